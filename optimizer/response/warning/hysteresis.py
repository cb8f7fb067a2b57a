"""Levels that do not flap: they rise at their rung, and fall only when they were calm by a margin several times in a row."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.model.response import WarningLevel


@dataclass(frozen=True, slots=True)
class Held:
    """A level that stands, and how often in a row less was found."""

    level: WarningLevel = WarningLevel.NONE
    calm: int = 0


def stepped(held: Held, raised: WarningLevel, stays: WarningLevel, patience: int) -> Held:
    """The level after one more look.

    Parameters
    ----------
    raised : WarningLevel
        What is found at the rungs.
    stays : WarningLevel
        What is found at the rungs less their margins, not below `raised`; from `raised` to `stays` is the band.
    patience : int
        Looks in a row that must find less before the level falls, to `stays`.

    References
    ----------
    House choice; a Schmitt trigger with a counter.
    """
    if raised > held.level:
        return Held(raised)
    if stays >= held.level:
        return Held(held.level)
    return Held(stays) if held.calm + 1 >= patience else Held(held.level, held.calm + 1)


def stands(found: Iterable[bool | None], calm: Iterable[bool | None], rises: int, falls: int) -> int:
    """For how many of the last intervals a threshold has stood; 0 = it does not.

    Parameters
    ----------
    found, calm : iterables of bool or None
        Whether each interval is bad, and whether it is good by the margin; None = not known, which ends a row of either.
    rises, falls : int
        Bad intervals in a row after which it stands, calm ones after which it does not.
    """
    held, row, since = Held(), 0, 0
    for bad, good in zip(found, calm, strict=True):
        row = row + 1 if bad else 0
        raised = WarningLevel.BLUE if row >= rises else WarningLevel.NONE
        held = stepped(held, raised, WarningLevel(max(raised, not good)), falls)
        since = since + 1 if held.level and since else row if held.level else 0
    return since
