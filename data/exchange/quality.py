"""Orders of repeat calls and SERVQUAL scores in: ``repeat_orders.csv`` and ``servqual.csv``."""

from collections.abc import Collection
from pathlib import Path

from data.cells import AWARE, FLAG, TEXT, number, whole_of, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.rows import read_rows
from data.model.quality import HIGHEST, LOWEST, RepeatOrder, ServqualScore

ORDERS_FILE = "repeat_orders.csv"
SERVQUAL_FILE = "servqual.csv"

REPEAT_ORDERS = Table(
    "repeat_orders",
    (
        *alike("id queue", TEXT),
        *alike("opened promised", AWARE),
        optional("answered", AWARE),
        optional("final", FLAG),
        optional("cause", TEXT),
    ),
    keys=("id",),
)

SERVQUAL = Table(
    "servqual",
    (
        *alike("period project", TEXT),
        Column("dimension", word_of(ServqualScore, "dimension")),
        *alike("perception expectation", number(LOWEST, HIGHEST)),
        Column("n", whole_of(ServqualScore, "n")),
        optional("gap_sd", number(0)),
    ),
    keys=("period", "project", "dimension"),
)


def read_orders(folder: Path, queues: Collection[str]) -> tuple[RepeatOrder, ...]:
    """Orders of ``repeat_orders.csv``, in the order of the rows; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, times out of order, unknown queues.
    """
    path = folder / ORDERS_FILE
    return read_rows(path, REPEAT_ORDERS, RepeatOrder, "queue", lambda order: [order.queue], queues) if path.is_file() else ()


def read_servqual(folder: Path, projects: Collection[str]) -> tuple[ServqualScore, ...]:
    """Scores of ``servqual.csv``, in the order of the rows.

    Raises
    ------
    InvalidData
        With every finding: no file, cells that do not read, unknown projects.
    """
    return read_rows(folder / SERVQUAL_FILE, SERVQUAL, ServqualScore, "project", lambda score: [score.project], projects)
