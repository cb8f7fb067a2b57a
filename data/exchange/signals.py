"""Signals in and out: ``signals.csv``, one row for each thing heard; rows are only ever added."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from data.cells import AWARE, IDS, TEXT, choice, number, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.exchange.rows import Wrong, lined_rows, unknown
from data.model.centre import Centre
from data.model.response import COLOURS
from data.model.signal import Signal

SIGNALS_FILE = "signals.csv"

SIGNALS = Table(
    "signals",
    (
        Column("id", TEXT),
        Column("source", word_of(Signal, "source")),
        *alike("at until", AWARE),
        optional("heard_at", AWARE),
        optional("region", TEXT),
        optional("queues", IDS),
        optional("level", choice(*COLOURS)),
        *(optional(name, number(0)) for name in ("weight", "uplift")),
        *(optional(name, TEXT) for name in ("scenario", "text", "by")),
    ),
    keys=("id",),
)


def read_signals(path: Path, centre: Centre) -> tuple[Signal, ...]:
    """Signals of ``signals.csv``, in the order of the rows; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, an end before the start, unknown queues and regions.
    """
    if not path.is_file():
        return ()
    queues, regions = [queue.id for queue in centre.queues], [region.id for region in centre.regions]

    def wrong(signal: Signal) -> Iterator[Wrong]:
        yield from unknown("queues", signal.queues, queues)
        if signal.region and signal.region not in regions:
            expected = f"one of {', '.join(regions)}, or nothing" if regions else "nothing: centre.toml has no regions"
            yield "region", repr(signal.region), expected, ""

    return tuple(signal for _, signal in lined_rows(path, SIGNALS, Signal.model_validate, wrong))


def write_signals(signals: Iterable[Signal], path: Path) -> None:
    """Write ``signals.csv``."""
    rows = (signal.model_dump() | {"level": signal.level.colour, "queues": ";".join(signal.queues)} for signal in signals)
    write_table(SIGNALS.frame(rows), path)
