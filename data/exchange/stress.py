"""Stress tests in and out: ``stress.toml``, the scenarios of a centre, and ``stress.csv``, one row for each broken run."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.cells import AWARE, FLAG, IDS, TEXT, number, whole
from data.columns import Column, Table, alike, optional
from data.exchange.documents import findings_of, load_toml
from data.exchange.files import stop, write_table
from data.model.errors import Finding, InvalidData
from data.model.stress import Broken, StressBook

SCENARIOS_FILE, STRESS_FILE = "stress.toml", "stress.csv"

STRESS = Table(
    "stress",
    (
        *alike("scenario queue", TEXT),
        *alike("start end", AWARE),
        *alike("chance chance_as_forecast service_level target", number(0, 1)),
        Column("missing", whole(0), "agents on the phones"),
        Column("lost_calls", number(0), "a replication"),
        Column("worst_replication", whole(0)),
        Column("worst_service_level", number(0, 1)),
        *(optional(name, kind) for name, kind in (("cured", FLAG), ("fix", TEXT), ("fix_agents", IDS))),
        optional("fix_hours", number(0), "paid hours more"),
        optional("fix_cost_hours", number(0), "hours of normal pay"),
        *(optional(f"{name}_after", number(0, 1)) for name in ("chance", "service_level")),
        *(optional(name, TEXT) for name in ("not_by", "text", "text_zh")),
    ),
)
"""Without a fix none was looked for; ``fix`` names its steps, ``not_by`` the measures that do not cure it, and why."""


def read_scenarios(path: Path, queues: Collection[str]) -> StressBook:
    """Scenarios of a file; without one those of the house.

    Raises
    ------
    InvalidData
        With every finding: ranges, unknown kinds and keys, unknown queues.
    """
    if not path.is_file():
        return StressBook()
    try:
        book = StressBook.model_validate(load_toml(path))
    except ValidationError as error:
        raise InvalidData(findings_of(error, path.name)) from error
    unknown = [(name, queue) for name, scenario in book.scenarios.items() for queue in scenario.queues if queue not in queues]
    expected = f"one of {', '.join(queues)}"
    stop([Finding(path.name, None, f"scenarios.{name}", repr(queue), expected) for name, queue in unknown])
    return book


def write_stress(found: Iterable[tuple[Broken, str, str]], path: Path) -> None:
    """Write broken runs, each with its fix in words (English, Chinese)."""
    write_table(STRESS.frame(_row(*one) for one in found), path)


def _row(broken: Broken, text: str, text_zh: str) -> dict[str, Any]:
    names = ("scenario", "queue", "start", "end", "chance", "service_level", "target", "missing", "lost_calls")
    row = {name: getattr(broken, name) for name in names}
    row |= {"chance_as_forecast": broken.usual_chance}
    row |= {"worst_replication": broken.worst, "worst_service_level": broken.worst_level, "text": text, "text_zh": text_zh}
    fix = broken.fix
    if fix is None:
        return row
    return row | {
        "cured": fix.cured,
        "fix": ";".join(step.kind for step in fix.steps),
        "fix_agents": tuple(dict.fromkeys(agent for step in fix.steps for agent in step.agents)),
        "fix_hours": sum(step.minutes for step in fix.steps) / 60,
        "fix_cost_hours": fix.cost_hours,
        "chance_after": fix.chance,
        "service_level_after": fix.service_level,
        "not_by": ";".join(f"{kind}={cause}" for kind, cause in fix.failed.items()),
    }
