"""The planner's overrides in and out: ``overrides.csv``, one row per layer."""

from collections.abc import Collection, Iterable
from pathlib import Path

from data.exchange.files import write_table
from data.exchange.rows import read_rows
from data.model.override import Override
from data.tables import OVERRIDES


def read_overrides(path: Path, queues: Collection[str]) -> tuple[Override, ...]:
    """Overrides of ``overrides.csv``, in the order of the rows.

    Parameters
    ----------
    queues : collection of str
        Ids that the centre has.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, an id that stands twice, an empty range, a value that does not fit its
        kind, unknown queues.
    """
    return read_rows(path, OVERRIDES, Override, "queues", lambda override: override.queues, queues)


def write_overrides(overrides: Iterable[Override], path: Path) -> None:
    """Write ``overrides.csv``."""
    rows = (override.model_dump() | {"queues": override.queues or None} for override in overrides)
    write_table(OVERRIDES.frame(rows), path)
