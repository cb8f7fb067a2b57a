"""How good the warnings were, out and in: ``warning_scores.csv``, a row for each kind of chance and, below it, for each level."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from data.cells import choice, number, whole
from data.columns import Column, Table, optional
from data.exchange.files import read_table, write_table
from data.model.response import COLOURS

SCORES_FILE = "warning_scores.csv"

SCORES = Table(
    "warning_scores",
    (
        Column("kind", choice("chance", "chance_realised")),
        optional("level", choice(*COLOURS)),
        Column("count", whole(0), "slots, or warnings of a level"),
        *(optional(name, number(0, 1)) for name in ("stated", "missed", "brier", "false_alarm_rate", "foreseen")),
        optional("lead_hours", number(), "h"),
    ),
)
"""Without a level: all chances of the kind; with one: the warnings that reached it or more."""


def write_scores(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """Write ``warning_scores.csv``."""
    write_table(SCORES.frame(rows), path)


def read_scores(path: Path) -> pd.DataFrame:
    """The rows as they were written; none if there is no file.

    Raises
    ------
    InvalidData
        With every cell that does not read.
    """
    return read_table(path, SCORES) if path.is_file() else pd.DataFrame(columns=SCORES.names)
