"""A draft: the cells of a roster that a request would change, and the roster with them in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray
from data.model.people import Absence
from data.model.request import Reason
from data.model.roster import OFF, Roster
from data.model.splice import SHAPE

Place = tuple[int, int]
"""Row of an agent, and day."""


class Cell(NamedTuple):
    """What stands on an agent's day; fields as in `Roster`."""

    code: str
    start: int = -1
    minutes: int = 0
    meal: int = -1
    meal_minutes: int = 0
    breaks: tuple[int, ...] = ()

    @property
    def worked(self) -> bool:
        """Whether it is a shift."""
        return self.start >= 0


@dataclass(frozen=True)
class Draft:
    """One way to grant a request.

    Parameters
    ----------
    cells : dict
        What would stand at each place that changes; empty if the form does not allow to tell.
    absences : tuple of Absence
        Leave that would be granted with it.
    flaws : tuple of Reason
        What the kind of request finds wrong.
    taker : str
        Agent who takes over a shift; empty = none.
    """

    cells: Mapping[Place, Cell] = field(default_factory=dict[Place, Cell])
    absences: tuple[Absence, ...] = ()
    flaws: tuple[Reason, ...] = ()
    taker: str = ""

    @property
    def rows(self) -> tuple[int, ...]:
        """Agents who change."""
        return tuple(sorted({row for row, _ in self.cells}))


def cell_of(roster: Roster, place: Place) -> Cell:
    """What stands at a place."""
    start, minutes, meal, meal_minutes = (int(getattr(roster, name)[place]) for name in SHAPE)
    breaks = tuple(roster.breaks[place].tolist())
    return Cell(roster.codes[roster.symbol[place]], start, minutes, meal, meal_minutes, breaks)


def day_off(code: str = OFF) -> Cell:
    """A day without a shift."""
    return Cell(code)


def with_cells(roster: Roster, cells: Mapping[Place, Cell]) -> Roster:
    """Another roster with some cells changed; codes that it does not have yet are added."""
    codes = tuple(dict.fromkeys((*roster.codes, *(cell.code for cell in cells.values()))))
    parts = {name: getattr(roster, name).copy() for name in ("symbol", *SHAPE, "breaks")}
    for place, cell in cells.items():
        for name, value in zip(("symbol", *SHAPE), (codes.index(cell.code), *cell[1:5]), strict=True):
            parts[name][place] = value
        parts["breaks"][place] = np.resize((*cell.breaks, *[-1] * parts["breaks"].shape[2]), parts["breaks"].shape[2])
    return replace(roster, codes=codes, **parts)


def rows_of(roster: Roster, rows: Sequence[int]) -> Roster:
    """Some agents of a roster."""
    parts = {name: getattr(roster, name)[list(rows)] for name in ("symbol", *SHAPE, "breaks")}
    return replace(roster, agents=tuple(roster.agents[row] for row in rows), **parts)


def mask_of(roster: Roster, cells: Mapping[Place, Cell]) -> BoolArray:
    """Which days of which agents change; shape (agents, days)."""
    mask = np.zeros(roster.symbol.shape, dtype=np.bool_)
    for place in cells:
        mask[place] = True
    return mask


def first_change(before: Roster, after: Roster, place: Place) -> datetime | None:
    """First instant at which an agent's day differs, its midnight if neither has a shift; None = it is the same."""
    if cell_of(before, place) == cell_of(after, place):
        return None
    spans = [span for roster in (before, after) if (span := roster.span(*place)) is not None]
    if not spans:
        return before.instant(place[1], 0)
    if len(spans) == 2 and spans[0][0] == spans[1][0] and spans[0][1] != spans[1][1]:
        return min(end for _, end in spans)
    return min(start for start, _ in spans)
