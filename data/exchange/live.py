"""The day as it runs: ``live.csv``, one row for each queue and interval, written by the switch."""

from collections.abc import Collection
from pathlib import Path

from data.cells import AWARE, TEXT, number
from data.columns import Column, Table, optional
from data.exchange.rows import read_rows
from data.model.live import LiveInterval

LIVE_FILE = "live.csv"

LIVE = Table(
    "live",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("offered", number(0), "calls"),
        *(optional(name, number(0), "calls") for name in ("answered", "in_target", "waiting")),
        optional("longest_wait_s", number(0), "s"),
    ),
    keys=("queue", "timestamp"),
)


def read_live(path: Path, queues: Collection[str]) -> tuple[LiveInterval, ...]:
    """Intervals of ``live.csv``; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    return read_rows(path, LIVE, LiveInterval, "queue", lambda row: (row.queue,), queues) if path.is_file() else ()
