"""Exclusions in and out, ``exclusions.csv``: the planner accepts a suggestion by keeping its row."""

from collections.abc import Collection, Iterable
from pathlib import Path

from data.exchange.files import write_table
from data.exchange.rows import read_rows
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
    return read_rows(path, EXCLUSIONS, Exclusion, "queue", lambda exclusion: [exclusion.queue], queues)


def write_exclusions(exclusions: Iterable[Exclusion], path: Path) -> None:
    """Write ``exclusions.csv``; without exclusions, its header alone."""
    write_table(EXCLUSIONS.frame(exclusion.model_dump() for exclusion in exclusions), path)
