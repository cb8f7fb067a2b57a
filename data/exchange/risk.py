"""Service risks in and out: ``risk_steps.csv``, the register, which is only ever added to, and ``risk_map.csv``."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.cells import AWARE, DAY, TEXT, choice, number, whole, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.exchange.steps import read_steps, told_in_json
from data.model.risk import BANDS, RiskCell
from data.model.risk_register import Rating, RiskBook, RiskItem, RiskStep, Treatment

RISK_MAP_FILE = "risk_map.csv"

RISK_STEPS = Table(
    "risk_steps",
    (
        Column("risk", TEXT),
        Column("deed", word_of(RiskStep, "deed")),
        Column("by", TEXT),
        Column("at", AWARE),
        *(optional(name, TEXT) for name in ("reason", "title", "title_zh")),
        *(optional(name, word_of(RiskItem, name)) for name in ("source", "cause")),
        *(optional(name, TEXT) for name in ("project", "scenario", "owner")),
        *(optional(name, whole(1)) for name in ("likelihood", "severity", "index")),
        optional("basis", word_of(Rating, "basis")),
        optional("review_by", DAY),
        optional("treatment", word_of(Treatment, "kind")),
        optional("cost_hours", number(0), "hours of normal pay"),
        *(optional(name, TEXT) for name in ("plan", "told")),
        Column("step", TEXT),
    ),
)
"""``step`` is the step in JSON, from which it is read back; the columns before it say it for people."""

RISK_MAP = Table(
    "risk_map",
    (
        Column("project", TEXT),
        *alike("start end", AWARE),
        Column("scenario", TEXT),
        *alike("chance scenario_chance", number(0, 1)),
        Column("likelihood", whole(1)),
        *alike("lost_calls weighted_calls", number(0), "an hour"),
        Column("missing_share", number(0, 1)),
        Column("hours", number(0)),
        *alike("severity index", whole(1)),
        Column("band", choice(*BANDS)),
        *alike("text text_zh", TEXT),
    ),
    keys=("project", "start", "scenario"),
)


def read_risks(folder: Path) -> RiskBook:
    """The register of a folder; empty if there is none yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    return read_steps(folder / RiskBook.FILE, RISK_STEPS, told_in_json(RiskStep), RiskBook())


def write_risks(book: RiskBook, folder: Path) -> None:
    """Write all steps anew, in one go."""
    write_table(RISK_STEPS.frame(_row(step) for step in book.steps), folder / book.FILE)


def _row(step: RiskStep) -> dict[str, Any]:
    row = step.model_dump(include={"risk", "deed", "by", "at", "reason", "plan", "told"})
    if step.item is not None:
        row |= step.item.model_dump(exclude={"id"})
    if step.rating is not None:
        row |= step.rating.model_dump(include={"basis", "review_by"}) | _classes(step.rating)
    if step.options:
        row |= {"treatment": step.treatment.kind, "cost_hours": step.treatment.cost_hours} | _classes(step.treatment)
    return row | {"step": step.model_dump_json(exclude_defaults=True)}


def _classes(rated: Rating | Treatment) -> dict[str, int]:
    return {"likelihood": rated.likelihood, "severity": rated.severity, "index": rated.index}


def write_risk_map(cells: Iterable[tuple[RiskCell, str, str]], path: Path) -> None:
    """Write the cells of the map, each with its formula in words (English, Chinese)."""
    write_table(RISK_MAP.frame(asdict(cell) | {"text": en, "text_zh": zh} for cell, en, zh in cells), path)
