"""Outages in and out: ``outages.csv``, one row per outage and queue."""

from collections.abc import Collection, Iterable
from pathlib import Path

from data.exchange.files import write_table
from data.exchange.rows import read_rows
from data.model.outage import Outage
from data.tables import OUTAGES


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
    return read_rows(path, OUTAGES, Outage, "queue", lambda outage: [outage.queue], queues)


def write_outages(outages: Iterable[Outage], path: Path) -> None:
    """Write ``outages.csv``."""
    write_table(OUTAGES.frame(outage.model_dump() for outage in outages), path)
