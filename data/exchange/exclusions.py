"""Exclusions in and out, ``exclusions.csv``: the planner accepts a suggestion by keeping its row."""

from collections.abc import Collection, Iterable
from pathlib import Path

from pydantic import ValidationError

from data.exchange.documents import findings_of
from data.exchange.files import read_table, stop, write_table
from data.model.errors import Finding
from data.model.exclusion import Exclusion
from data.tables import EXCLUSIONS

EXCLUSIONS_FILE = "exclusions.csv"


def read_exclusions(path: Path, queues: Collection[str]) -> tuple[Exclusion, ...]:
    """Exclusions of ``exclusions.csv``, in the order of the rows.

    Parameters
    ----------
    queues : collection of str
        Queues that the history has.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, ends before starts, unknown queues.
    """
    rows = read_table(path, EXCLUSIONS)
    found: list[Exclusion] = []
    findings: list[Finding] = []
    for line, record in zip(rows.index, rows.to_dict("records"), strict=True):
        if record["queue"] not in queues:
            findings.append(Finding(path.name, int(line), "queue", repr(record["queue"]), f"one of {', '.join(queues)}"))
        try:
            found.append(Exclusion.model_validate(record))
        except ValidationError as error:
            findings += findings_of(error, path.name, int(line))
    stop(findings)
    return tuple(found)


def write_exclusions(exclusions: Iterable[Exclusion], path: Path) -> None:
    """Write ``exclusions.csv``; without exclusions, its header alone."""
    write_table(EXCLUSIONS.frame(exclusion.model_dump() for exclusion in exclusions), path)
