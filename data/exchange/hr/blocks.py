"""How days are cut into calls: batches of at most so many rows, and rectangles of people by days that a system lets be read."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from data.model.push import Cell

CHINA = ZoneInfo("Asia/Shanghai")
"""Days of the Chinese systems begin at midnight there."""


@dataclass(frozen=True)
class Block:
    """People and days that are read in one call."""

    users: tuple[str, ...]
    first: date
    last: date


def batches(cells: Sequence[Cell], most: int, by: Callable[[Cell], Hashable]) -> Iterator[list[Cell]]:
    """Batches of at most so many days, each of one group."""
    found = dict[Hashable, list[Cell]]()
    for cell in cells:
        found.setdefault(by(cell), []).append(cell)
    for held in found.values():
        yield from (held[k : k + most] for k in range(0, len(held), most))


def month_of(day: date) -> int:
    """A month as a number such as 202606."""
    return day.year * 100 + day.month


def blocks(cells: Sequence[Cell], users: int, span: Callable[[date, date], Hashable]) -> Iterator[Block]:
    """Blocks that hold all days, each of at most so many people.

    Parameters
    ----------
    span : callable
        Which stretch a day belongs to, of the first day of all and the day.
    """
    if not cells:
        return
    first = min(cell.day for cell in cells)
    ordered = sorted(cells, key=lambda cell: cell.day)
    for _, held in groupby(ordered, lambda cell: span(first, cell.day)):
        part = list(held)
        names = sorted({cell.user for cell in part})
        for k in range(0, len(names), users):
            yield Block(tuple(names[k : k + users]), part[0].day, part[-1].day)


def of_days(days: int) -> Callable[[date, date], Hashable]:
    """Stretches of so many days."""
    return lambda first, day: (day - first).days // days


def of_months(_: date, day: date) -> Hashable:
    """Calendar months."""
    return month_of(day)


def midnight(day: date) -> int:
    """Start of a day in China, s since 1970."""
    return int(datetime.combine(day, time(0), CHINA).timestamp())


def day_at(seconds: float) -> date:
    """Day in China of an instant, s since 1970."""
    return datetime.fromtimestamp(seconds, CHINA).date()
