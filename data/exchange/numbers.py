"""Numbers of versions: one more than the last one, or what was set aside for whoever works on a copy of a folder.

Two who work on copies of one folder at the same time each find their own numbers in ``.next``; a number that is not used is a gap.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from data.exchange.atomic import write_text

NEXT_FILE = ".next"


def set_aside(folder: Path, numbers: dict[str, int]) -> None:
    """Say which numbers the next versions of a folder take: kind of version -> number."""
    write_text(folder / NEXT_FILE, json.dumps(numbers))


def next_number(folder: Path, kind: str, taken: Iterable[int]) -> int:
    """Number of the next version.

    Parameters
    ----------
    kind : str
        roster or forecast.
    taken : iterable of int
        Numbers of those that stand in the folder.
    """
    file = folder / NEXT_FILE
    aside = json.loads(file.read_text(encoding="utf-8")).get(kind, 1) if file.is_file() else 1
    return max(aside, max(taken, default=0) + 1)
