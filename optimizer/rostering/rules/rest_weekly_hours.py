"""In each week a rest of so many minutes without a break, whole days off in it.

A rest lasts from the end of a shift to the start of the next one, on the clock, with at least one day without a shift (off or
leave) between them; it counts in every week (Monday to Sunday) in which one of these days lies. A Sunday off thus lends its
week the night after it as well. Where the known days end, a rest that still runs is taken as long enough, and so is one that
runs when they begin; a week that they cut is not judged.

References
----------
Directive 2003/88/EC art. 5 (24 h and the 11 h of daily rest in each period of seven days). That the rest holds a whole calendar
day, and that the clock counts on the night of a clock change: house choice.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
from pydantic import Field

from data.model.base import Frozen, IntArray
from data.model.roster import AgentLine, Breach, Duty
from data.model.time import DAY_MINUTES
from optimizer.rostering.language import Automaton, Language
from optimizer.rostering.problem import Alphabet, LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach, periods

WEEK_DAYS = 7
INSIDE, JUDGED, SKIPPED = 0, 1, 2
"""What ends with a day: no week, one that is judged, or one that is not."""

NONE, BEFORE, NOW = 0, 1, 2
"""Whether days without a shift have followed the last shift: none, in the week before alone, or in this week too."""


class _Place(NamedTuple):
    """Where a line stands before a day.

    Parameters
    ----------
    since : int or None
        Minutes from the end of the last shift to the midnight before the day; None = rested long enough.
    free : int
        Days without a shift since then.
    rested : bool
        Whether this week has its rest.
    waits : bool
        Whether the week before has it only if the rest that is running becomes long enough.
    """

    since: int | None = None
    free: int = NONE
    rested: bool = False
    waits: bool = False


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    rest_minutes : int
        Least rest, minutes; 1440 to 4320.
    """

    rest_minutes: int = Field(default=2100, ge=1440, le=4320)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    least = params.rest_minutes
    if language == "zh":
        return f"每周至少有一次不间断休息，含整天不排班，不少于 {least} 分钟；每缺一周计 1。"
    return f"In a week at least one rest of {least} minutes without a break, whole days in it; each week without counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each whole week without its rest."""
    weeks = [week for week in periods(line, "week") if week.known == WEEK_DAYS]
    rested = {d for days in _rests(line) if _long_enough(line, days, params.rest_minutes) for d in days} if weeks else set[int]()
    return [
        breach(
            line, week.first, week.end - 1, 0, 1, 1, f"no rest of {params.rest_minutes} minutes from {line.duties[week.first].day}"
        )
        for week in weeks
        if rested.isdisjoint(range(week.first, week.end))
    ]


def _rests(line: AgentLine) -> list[list[int]]:
    """Runs of days without a shift."""
    return [list(days) for at_work, days in groupby(range(len(line.duties)), line.worked.__getitem__) if not at_work]


def _long_enough(line: AgentLine, days: list[int], least: int) -> bool:
    """Whether the time between the shifts around some days without one is long enough."""
    if days[0] == 0 or days[-1] == len(line.duties) - 1:
        return True
    before, after = line.duties[days[0] - 1], line.duties[days[-1] + 1]
    return (len(days) + 1) * DAY_MINUTES + _clock(after) - _clock(before) - _length(before) >= least


def _clock(duty: Duty) -> int:
    return duty.start.hour * 60 + duty.start.minute if duty.start else 0


def _length(duty: Duty) -> int:
    return (duty.minute_span[1] - duty.minute_span[0]) if duty.minute_span else 0


def language(params: Params, context: LineContext, price: float) -> Language:
    """An automaton that knows how long the agent has rested, and whether the week has had its rest."""
    following, lacks = _steps(context.alphabet, params.rest_minutes)
    forbidden = (lacks > 0) & np.isinf(price)
    cost = np.where((lacks > 0) & ~forbidden, (0.0 if np.isinf(price) else price) * lacks, 0.0)
    return Language((Automaton(np.where(forbidden, -1, following), cost, _week_ends(context), np.zeros(following.shape[1])),))


def _week_ends(context: LineContext) -> IntArray:
    """What ends with each day."""
    ends = np.full(context.days, INSIDE, dtype=np.int64)
    ends[[day.weekday() == WEEK_DAYS - 1 for day in context.dates]] = SKIPPED
    ends[[end - 1 for first, end, full in context.periods("week") if end - first == full]] = JUDGED
    return ends


@lru_cache(maxsize=8)
def _steps(alphabet: Alphabet, least: int) -> tuple[IntArray, IntArray]:
    """Following place, and weeks found without their rest, by what ends, place and symbol."""
    places, rows = {_Place(): 0}, list[list[list[tuple[int, int]]]]()
    while len(rows) < len(places):
        place = list(places)[len(rows)]
        rows.append(
            [[_numbered(places, _step(alphabet, least, place, s, e)) for s in range(len(alphabet.codes))] for e in range(3)]
        )
    table = np.array(rows, dtype=np.int64).transpose(1, 0, 2, 3)
    return table[..., 0], table[..., 1]


def _numbered(places: dict[_Place, int], step: tuple[_Place, int]) -> tuple[int, int]:
    """The step with the number of its place."""
    return places.setdefault(step[0], len(places)), step[1]


def _step(alphabet: Alphabet, least: int, place: _Place, symbol: int, ends: int) -> tuple[_Place, int]:
    """Where a symbol leads, and how many weeks it leaves without their rest."""
    after, lacks = _worked(alphabet, least, place, symbol) if alphabet.is_shift[symbol] else (_freed(least, place), 0)
    if ends == INSIDE:
        return after, lacks
    open_end = ends == JUDGED and not after.rested
    waits = open_end and after.free == NOW
    return _Place(after.since, min(after.free, BEFORE), False, after.waits or waits), lacks + (open_end and not waits)


def _worked(alphabet: Alphabet, least: int, place: _Place, symbol: int) -> tuple[_Place, int]:
    """A shift ends the rest: it was long enough, or the week that waits for it has none."""
    start, minutes = int(alphabet.start[symbol]), int(alphabet.minutes[symbol])
    enough = place.free != NONE and (place.since is None or place.since + start >= least)
    rested = place.rested or (enough and place.free == NOW)
    return _Place(DAY_MINUTES - start - minutes, NONE, rested), int(place.waits and not enough)


def _freed(least: int, place: _Place) -> _Place:
    """A day without a shift: one that makes any rest long enough settles the weeks it lies in."""
    since = None if place.since is None or place.since + DAY_MINUTES >= least else place.since + DAY_MINUTES
    return _Place(since, NOW, place.rested or since is None, place.waits and since is not None)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"rest_minutes": 2100}, "E E E E E E -  E", True),
        Example({"rest_minutes": 2100}, "E E E E E E E  -", False),
        Example({"rest_minutes": 2100}, "N N N N N N -  E", False),
        Example({"rest_minutes": 2100}, "N N N AL AL - -  E", True),
        Example({"rest_minutes": 2100}, "N N - E E E E  -", False),
        Example({"rest_minutes": 2100}, "E E E E E E E  E E -", True, history=7),
        Example({"rest_minutes": 2100}, "E E E E E E", True),
    )
