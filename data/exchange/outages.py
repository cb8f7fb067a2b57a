"""Outages in and out: ``outages.csv``, one row per outage and queue."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from data.exchange.documents import findings_of
from data.exchange.files import read_text, stop, write_table
from data.model.errors import Finding
from data.model.outage import Outage
from data.tables import OUTAGES

OUTAGES_FILE = "outages.csv"


def read_outages(path: Path, queues: Collection[str]) -> tuple[Outage, ...]:
    """Outages of ``outages.csv``, in the order of the rows.

    Parameters
    ----------
    queues : collection of str
        Ids that the centre has.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, a restoration before the start, unknown queues.
    """
    text = read_text(path)
    findings = OUTAGES.check(text, path.name)
    if any(finding.row == 1 for finding in findings):  # without its columns no row can be judged
        stop(findings)
    sound = text[~text.index.isin([finding.row for finding in findings])]
    made = list(_made(sound, path.name, findings))
    findings += [
        Finding(path.name, line, "queue", repr(outage.queue), f"one of {', '.join(queues)}")
        for line, outage in made
        if outage.queue not in queues
    ]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(outage for _, outage in made)


def _made(text: pd.DataFrame, where: str, findings: list[Finding]) -> Iterator[tuple[int, Outage]]:
    """Outages with their lines; what the model refuses is added to `findings`, as it stands in the file."""
    rows = zip(text.index, text.to_dict("records"), OUTAGES.values(text).to_dict("records"), strict=True)
    for line, cells, record in rows:
        try:
            yield int(line), Outage.model_validate(_filled(record))
        except ValidationError as error:
            refused = findings_of(error, where, int(line))
            findings += [replace(finding, read=repr(cells.get(finding.column, ""))) for finding in refused]


def _filled(record: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in record.items() if value is not None and value == value}


def write_outages(outages: Iterable[Outage], path: Path) -> None:
    """Write ``outages.csv``."""
    write_table(OUTAGES.frame(outage.model_dump() for outage in outages), path)
