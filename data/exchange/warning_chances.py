"""What each look of the warnings said: ``warning_chances/``, one Parquet file a look, never edited.

A file of its own for each look keeps the record append-only at a cost that does not grow with it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.cells import AWARE, TEXT, choice, number
from data.columns import Column, Table, alike
from data.exchange.files import read_text, stop, write_table
from data.model.response import COLOURS

CHANCES_FOLDER = "warning_chances"

WARNING_CHANCES = Table(
    "warning_chances",
    (
        Column("looked_at", AWARE),
        Column("queue", TEXT),
        Column("slot", AWARE),
        *alike("chance chance_realised", number(0, 1)),
        Column("level", choice(*COLOURS)),
    ),
    keys=("queue", "slot"),
)


def write_look(records: Iterable[dict[str, Any]], folder: Path, at: datetime) -> None:
    """Keep what a look said; a second look of the same minute takes the place of the first."""
    write_table(WARNING_CHANCES.frame(records), folder / f"{at.astimezone(UTC):%Y%m%dT%H%MZ}.parquet")


def read_looks(folder: Path) -> pd.DataFrame:
    """Everything that was said, in the order of the looks, instants in UTC; no rows if there is no folder.

    Raises
    ------
    InvalidData
        With every finding in every file.
    """
    texts = {path: read_text(path) for path in sorted(folder.glob("*.parquet"))}
    stop([finding for path, text in texts.items() for finding in WARNING_CHANCES.check(text, path.name)])
    parts = [WARNING_CHANCES.values(text) for text in texts.values()]
    said = pd.concat(parts, ignore_index=True) if parts else WARNING_CHANCES.frame(())
    return said.assign(**{name: pd.to_datetime(said[name], utc=True) for name in ("looked_at", "slot")})
