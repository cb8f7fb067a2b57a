"""Long tables ``queue, timestamp, ...`` back onto the arrays of a grid."""

from pathlib import Path

import numpy as np
import pandas as pd

from data.exchange.files import stop
from data.model.base import FloatArray, IntArray
from data.model.errors import Finding
from data.model.time import TimeGrid


def places(rows: pd.DataFrame, grid: TimeGrid, queues: tuple[str, ...], path: Path) -> tuple[IntArray, IntArray]:
    """Queue and slot of each row.

    Raises
    ------
    InvalidData
        Rows of unknown queues, or at times that are no slot of the grid.
    """
    row_of = {queue: q for q, queue in enumerate(queues)}
    slot_of = {stamp: s for s, stamp in enumerate(grid.index.tz_convert("UTC").to_pydatetime())}
    findings = [
        Finding(path.name, int(line), "queue", repr(queue), f"one of {', '.join(queues)}")
        for line, queue in zip(rows.index, rows["queue"], strict=True)
        if queue not in row_of
    ]
    expected = f"a slot of {grid.minutes} minutes from {grid.horizon.first} to {grid.horizon.last}"
    findings += [
        Finding(path.name, int(line), "timestamp", stamp.isoformat(), expected)
        for line, stamp in zip(rows.index, rows["timestamp"], strict=True)
        if stamp not in slot_of
    ]
    stop(findings)
    row = np.array([row_of[queue] for queue in rows["queue"]], dtype=np.int64)
    return row, np.array([slot_of[stamp] for stamp in rows["timestamp"]], dtype=np.int64)


def on_grid(rows: pd.DataFrame, name: str, place: tuple[IntArray, IntArray], shape: tuple[int, int]) -> FloatArray:
    """Column as an array, shape (queues, slots); 0 where no row stands."""
    values = np.zeros(shape)
    values[place] = rows[name].to_numpy(dtype=np.float64)
    return values
