"""Systems that rosters are pushed to: one module each, found by its name, exactly by the documented contract of its vendor.

A module offers ``KIND``, a `Pusher`. A system is told the same as often as need be: each takes a day that is sent twice as one.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Protocol

from data.exchange.hr.wire import Key, Line, Told
from data.model.push import Cell, Connection

OWN = frozenset({"blocks", "connections", "wire"})
"""Modules that are no system."""


class Session(Protocol):
    """A system that is being told."""

    @property
    def files(self) -> dict[str, str]:
        """Texts to keep beside the report, by the name of their file."""
        ...

    def send(self, cells: Sequence[Cell]) -> Told:
        """Send days; which were accepted, which refused and why, and which were not sent."""
        ...

    def read(self, cells: Sequence[Cell], /) -> dict[Key, tuple[str, str]]:
        """Shift and group that the system has by now, by user and day; a day that it says nothing of is left out."""
        ...


class Pusher(Protocol):
    """What a system asks for, and how it is spoken to.

    Parameters
    ----------
    needs : frozenset
        Fields of the connection that must be filled.
    shifts_named : bool
        Whether it knows shifts by ids of its own.
    groups_named : bool
        Whether each person is in an attendance group.
    reads_back : bool
        Whether what it has can be read.
    settles_s : float
        How long what was sent may take at most until it can be read, s.
    past_days, ahead_days : int or None
        How far from today a day may lie.
    """

    needs: frozenset[str]
    shifts_named: bool
    groups_named: bool
    reads_back: bool
    settles_s: float
    past_days: int | None
    ahead_days: int | None

    def open(self, connection: Connection, secret: str, line: Line) -> Session:
        """Begin to speak to the system."""
        ...

    def wrong_shift(self, shift: str) -> str:
        """What is wrong with an id of a shift; empty = nothing."""
        ...

    def wrong_group(self, group: str) -> str:
        """What is wrong with an id of a group; empty = nothing."""
        ...


@cache
def systems() -> dict[str, Pusher]:
    """Every system by its name."""
    names = sorted({module.name for module in pkgutil.iter_modules(__path__)} - OWN)
    return {name: importlib.import_module(f"{__name__}.{name}").KIND for name in names}


def too_far(pusher: Pusher, day: date, today: date) -> bool:
    """Whether a system takes no such day."""
    ahead = (day - today).days
    past, most = pusher.past_days, pusher.ahead_days
    return (past is not None and -ahead > past) or (most is not None and ahead > most)
