"""Shifts of a roster that come too soon after an emergency duty: they are to be moved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from data.model.response import Activation
from data.model.roster import Roster
from data.model.time import epoch_minutes


@dataclass(frozen=True, slots=True)
class Broken:
    """A shift that leaves too little rest after a duty.

    Parameters
    ----------
    rest_minutes : int
        From the end of the duty to the start of the shift; negative if the duty still runs then.
    least_minutes : int
    """

    agent: str
    day: date
    shift: str
    start: datetime
    duty_end: datetime
    rest_minutes: int
    least_minutes: int


def shifts_without_rest(roster: Roster, served: Iterable[tuple[Activation, int]], rest_minutes: int) -> Iterator[Broken]:
    """Shifts that begin after an emergency duty began and before its rest is over.

    Parameters
    ----------
    served : iterable of (Activation, int)
        Duties, and the least rest after each by its tier, minutes.
    rest_minutes : int
        Least rest by the rulebook.
    """
    place, begin = {agent: row for row, agent in enumerate(roster.agents)}, roster.begin_minutes
    for one, own in served:
        (first, end), least = (epoch_minutes(one.start), epoch_minutes(one.end)), max(own, rest_minutes)
        for agent in one.members:
            row = begin[place[agent]] if agent in place else begin[:0, 0]
            for day in ((row > first) & (row < end + least)).nonzero()[0].tolist():
                start = roster.instant(day, int(roster.start[place[agent], day]))
                code = roster.codes[int(roster.symbol[place[agent], day])]
                yield Broken(agent, roster.horizon.dates[day], code, start, one.end, int(row[day]) - end, least)
