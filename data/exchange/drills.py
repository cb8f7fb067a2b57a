"""Drills out, ``drill.csv`` and ``drill_replications.csv``; and their log, ``drills.csv``, which is only ever added to."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.cells import AWARE, TEXT, number, whole
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.exchange.rows import read_rows
from data.model.drill import DrillRecord, Paired

DRILL_FILE, REPLICATIONS_FILE, DRILLS_FILE = "drill.csv", "drill_replications.csv", "drills.csv"

DRILL = Table(
    "drill",
    (
        Column("measure", TEXT),
        Column("queue", TEXT, filled=False),
        *(optional(name, number()) for name in ("without", "with_echelons", "difference", "half_width")),
    ),
    keys=("measure", "queue"),
)
"""An empty queue is all of them together; ``half_width`` is that of the 95 % interval of the paired difference."""

REPLICATIONS = Table(
    "drill_replications",
    (
        Column("replication", whole(0)),
        Column("queue", TEXT),
        *(optional(f"service_level_{side}", number(0, 1)) for side in ("without", "with")),
        *(Column(f"lost_calls_{side}", number(0), "calls") for side in ("without", "with")),
        *alike("asked came", whole(0), "members"),
    ),
    keys=("replication", "queue"),
)

DRILLS = Table(
    "drills",
    (
        Column("scenario", TEXT),
        *alike("at held_at", AWARE),
        Column("version", TEXT),
        Column("replications", whole(1)),
        Column("seed", whole(0)),
        Column("score", number(0, 100)),
        Column("service", number(0, 1)),
        Column("strength", number(0)),
        Column("speed", number(0, 1)),
        *(optional(name, TEXT) for name in ("lessons", "lessons_zh")),
    ),
)


def write_drill(figures: Iterable[Paired], replications: Iterable[dict[str, Any]], folder: Path) -> None:
    """Write the figures of a drill, and those of each replication."""
    write_table(DRILL.frame(asdict(one) for one in figures), folder / DRILL_FILE)
    write_table(REPLICATIONS.frame(replications), folder / REPLICATIONS_FILE)


def read_drills(folder: Path) -> tuple[DrillRecord, ...]:
    """The log of drills, oldest first; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    path = folder / DRILLS_FILE
    return read_rows(path, DRILLS, DrillRecord) if path.is_file() else ()


def add_drill(record: DrillRecord, folder: Path) -> None:
    """Write the log with one drill more, in one go: a write that is cut short leaves the old file."""
    rows = [one.model_dump() for one in (*read_drills(folder), record)]
    write_table(DRILLS.frame(rows), folder / DRILLS_FILE)
