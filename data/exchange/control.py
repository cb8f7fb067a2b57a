"""Three-level control in and out: ``control_steps.csv``, which is only ever added to."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.cells import AWARE, DAY, INSTANT, TEXT, number, word_of
from data.columns import Column, Table, optional
from data.exchange.files import read_text, stop, write_table
from data.exchange.rows import Wrong, unknown
from data.exchange.steps import read_steps
from data.model.base import FloatArray
from data.model.centre import Centre
from data.model.control import ControlBook, ControlStep, units_of
from data.model.people import Agent, person_finder
from data.model.time import TimeGrid, as_local

CONTROL_STEPS = Table(
    "control_steps",
    (
        Column("case", TEXT),
        Column("deed", word_of(ControlStep, "deed")),
        Column("by", TEXT),
        Column("at", AWARE),
        Column("text", TEXT),
        optional("proof", TEXT),
        optional("due", DAY),
        *(optional(name, TEXT) for name in ("unit", "queue", "month", "cause")),
        optional("index", number(0, 100)),
    ),
)

LEVELS_MEASURED = Table(
    "calls",
    (
        Column("queue", TEXT),
        Column("timestamp", INSTANT),
        Column("offered", number(0), "calls", filled=False),
        Column("service_level", number(0, 1), filled=False),
    ),
    extra=True,
)
"""The columns of ``calls.csv`` that say how it was answered."""


def read_control(folder: Path, centre: Centre, agents: Sequence[Agent]) -> ControlBook:
    """The cases of a folder, taken step by step anew; empty if there are none yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, every step that could not be taken when it says it was, unknown units and queues, and
        every agent who is named.
    """
    units = units_of(centre, agents)

    def wrong(step: ControlStep) -> Iterator[Wrong]:
        yield from unknown("unit", [step.unit] if step.unit else [], units)
        yield from misplaced(step, centre, agents)

    return read_steps(folder / ControlBook.FILE, CONTROL_STEPS, ControlStep.model_validate, ControlBook(), wrong)


def misplaced(step: ControlStep, centre: Centre, agents: Sequence[Agent]) -> Iterator[Wrong]:
    """What a step may not say: a queue that is not there, a person."""
    queues = [queue.id for queue in centre.queues]
    if step.queue and step.queue not in queues:
        yield "queue", repr(step.queue), f"one of {', '.join(queues)}, or nothing", ""
    named = person_finder(agents)
    for column in ("text", "proof"):
        for person in named(getattr(step, column)):
            yield column, repr(person), "no person: control concerns teams and projects", "write what happened, not who"


def write_control(book: ControlBook, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    rows = (step.model_dump() | {"index": step.index if step.deed == "named" else None} for step in book.steps)
    write_table(CONTROL_STEPS.frame(rows), folder / book.FILE)


def read_levels(path: Path, zone: str, queues: Sequence[str], grid: TimeGrid) -> FloatArray:
    """Service levels that ``calls.csv`` measured, weighted by its calls; NaN = not measured; shape (queues, slots).

    Parameters
    ----------
    path : Path
        With a column ``service_level``, in [0, 1], beside those of the calls; without it nothing was measured.

    Raises
    ------
    InvalidData
        With every finding.
    """
    good, base = np.zeros((2, len(queues), grid.size))
    text = read_text(path)
    if "service_level" not in text.columns:
        return np.full(good.shape, np.nan)
    stop(LEVELS_MEASURED.check(text, path.name))
    rows = LEVELS_MEASURED.values(text).dropna()
    rows = rows[rows["queue"].isin(queues)]
    instants = pd.DatetimeIndex(pd.to_datetime([as_local(stamp, zone) for stamp in rows["timestamp"]], utc=True))
    slot = grid.slots(instants)
    inside = (slot >= 0) & (slot < grid.size)
    place = np.array([queues.index(name) for name in rows["queue"][inside]], dtype=np.int64), slot[inside]
    calls = rows["offered"].to_numpy(np.float64)[inside]
    np.add.at(good, place, calls * rows["service_level"].to_numpy(np.float64)[inside])
    np.add.at(base, place, calls)
    return np.divide(good, base, out=np.full(good.shape, np.nan), where=base > 0)
