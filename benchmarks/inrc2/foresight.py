"""What a stage believes of the weeks to come, from the weeks revealed so far and nothing else.

A nurse who is handed on tired, or has used up shifts and weekends, costs what the best plan of the weeks to come loses by it. So
a stage plans these weeks too. Their minimum cover is the largest of those revealed: a plan that cannot be completed is worth
nothing. Beyond it a nurse saves what she does in the mean over the weeks revealed. What the horizon leaves is hers for all the
weeks that are left; of more than `AHEAD`, those planned get their part.

References
----------
Legrain, Omer, Rosat (2020), An online stochastic algorithm for a dynamic nurse scheduling problem, doi:10.1016/j.ejor.2018.09.027.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import ceil

from benchmarks.inrc2.mapping import Bounds, Demand, Task, bounds_left, demands_of, requests_of
from data.exchange.inrc2 import Border, Cover, Scenario, Week

AHEAD = 4
"""Weeks that a stage plans at most: tables and time grow with them (house choice)."""


def task_ahead(scenario: Scenario, borders: Mapping[str, Border], revealed: Sequence[Week], left: int) -> Task:
    """The last week revealed and those to come, of `left` weeks in all.

    Parameters
    ----------
    borders : mapping
        What each nurse brings from the weeks planned.
    revealed : sequence of Week
        All weeks read so far.
    """
    now, weeks = revealed[-1], min(left, AHEAD)
    demands = (*demands_of(now.cover), *(demand for number in range(1, weeks) for demand in _expected(revealed, number)))
    bounds = {nurse: _part(bound, weeks, left) for nurse, bound in bounds_left(scenario, borders).items()}
    return Task(scenario, borders, weeks, demands, tuple(requests_of(now)), bounds)


def _expected(revealed: Sequence[Week], number: int) -> Iterator[Demand]:
    """Cover of a week that may be like any of those revealed, the number-th of those planned."""
    least: dict[tuple[str, str, int], int] = {}
    for one in chain.from_iterable(week.cover for week in revealed):
        key = one.shift, one.skill, one.day
        least[key] = max(least.get(key, 0), one.minimum)
    yield from demands_of((Cover(*key, heads, 0) for key, heads in least.items()), number)
    for week in revealed:
        yield from demands_of((replace(one, minimum=0) for one in week.cover), number, 1 / len(revealed))


def _part(bounds: Bounds, weeks: int, left: int) -> Bounds:
    """What some of the weeks left get of the bounds of all."""
    low, high, weekends = (number * weeks / left for number in (bounds.low, bounds.high, bounds.weekends))
    return Bounds(int(low), ceil(high), ceil(weekends))
