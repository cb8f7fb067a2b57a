"""What may still be done to each shift of a day that is under way, and the best of it against all others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from data.model.pauses import MOST_PLANS, pause_plans
from data.model.roster import Roster, ShiftTemplate
from data.model.time import DAY_MINUTES, epoch_minutes
from optimizer.rostering import coverage
from optimizer.rostering.coverage import Flow
from optimizer.rostering.goals import change
from optimizer.rostering.pauses import nearest, pause_slots
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.params import TweakParams

LONGEST_MINUTES = 960
"""No shift is made longer than the longest shift template can be."""
FARTHEST_MINUTES = 180
"""Starts and ends stay so near to the template that the verifier still knows the shift."""

Variant = tuple[int, int]
"""Wall-clock start and elapsed minutes of a shift."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift as it stands: all that its options depend on."""

    symbol: int
    start: int
    minutes: int
    meal: int
    meal_minutes: int
    breaks: tuple[int, ...]
    overtime: bool


class Options(NamedTuple):
    """Options of each agent on shift, one after the other; the first one changes nothing.

    Parameters
    ----------
    row : array of int, shape (shifts,)
        The agent of each shift.
    first : array of int, shape (shifts + 1,)
        Options of shift i are ``first[i] <= o < first[i + 1]``.
    group : array of int, shape (shifts,)
        Skill group.
    start, length, meal : array of int, shape (options,)
        As in a roster.
    breaks : array of int, shape (options, breaks)
    begin, end : array of int, shape (options,)
        Slots of the shift.
    away, back : array of int, shape (options, 1 + breaks)
        Slots of its meal and its breaks.
    extra : array of int, shape (options,)
        Paid minutes gained (+) or given back (-).
    cost : array of float, shape (options,)
    """

    row: IntArray
    first: IntArray
    group: IntArray
    start: IntArray
    length: IntArray
    meal: IntArray
    breaks: IntArray
    begin: IntArray
    end: IntArray
    away: IntArray
    back: IntArray
    extra: IntArray
    cost: FloatArray


def options_of(problem: RosterProblem, roster: Roster, day: int, now: datetime, params: TweakParams) -> Options:
    """All options of the agents on shift on a day, but for those whose day is locked; hard rules are not looked at yet."""
    maker = _Maker(problem, roster, day, epoch_minutes(now) + params.notice_minutes, params)
    held = False if problem.locked is None else problem.locked[:, day]
    rows = np.flatnonzero((roster.start[:, day] >= 0) & ~np.asarray(held))
    known: dict[Duty, IntArray] = {}
    tables: list[IntArray] = []
    for a in rows:
        duty = maker.duty(int(a))
        if duty not in known:
            known[duty] = np.concatenate(list(maker.choices(duty)))
        tables.append(known[duty])
    sizes = np.array([len(table) for table in tables], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    pauses = 1 + roster.breaks.shape[2]
    columns = np.concatenate([*tables, np.zeros((0, 5 + 3 * pauses), dtype=np.int64)]).T.copy()
    spec = [change.Params.model_validate(goal.numbers) for goal in problem.rulebook.goals if goal.kind == "change"]
    stay = columns[:, first[:-1]].repeat(sizes, axis=1)
    cost = sum((_prices(p, columns[: 2 + pauses], stay) for p in spec), np.zeros(columns.shape[1]))
    start, length, meal = columns[:3]
    begin, end, extra = columns[2 + pauses : 5 + pauses]
    breaks, away, back = (part.T.copy() for part in (columns[3 : 2 + pauses], *np.split(columns[5 + pauses :], 2)))
    return Options(rows, first, problem.group_of[rows], start, length, meal, breaks, begin, end, away, back, extra, cost)


def _prices(params: change.Params, now: IntArray, before: IntArray) -> FloatArray:
    """Price of each option by the goal `change`; it is told by its start, minutes and starts of its pauses."""
    longer = (now[1] - before[1]) / 60
    altered = (now[0] != before[0]) | (longer != 0)
    times = params.change_cost + params.overtime_cost * np.maximum(longer, 0) + params.early_cost * np.maximum(-longer, 0)
    return np.where(altered, times, np.where((now[2:] != before[2 : len(now)]).any(axis=0), params.move_cost, 0.0))


@dataclass(frozen=True, eq=False)
class _Maker:
    """Makes the options of a duty; nothing that would begin or end before the epoch minute `earliest` is changed."""

    problem: RosterProblem
    roster: Roster
    day: int
    earliest: int
    params: TweakParams

    def duty(self, a: int) -> Duty:
        roster, day, agent = self.roster, self.day, self.problem.agents[a]
        guard = agent.protection
        overtime = guard is None or not (guard.no_overtime and guard.holds(self.problem.grid.horizon.dates[day]))
        shape = (roster.symbol, roster.start, roster.minutes, roster.meal, roster.meal_minutes)
        symbol, start, minutes, meal, meal_minutes = (int(part[a, day]) for part in shape)
        return Duty(symbol, start, minutes, meal, meal_minutes, tuple(roster.breaks[a, day].tolist()), overtime)

    def choices(self, duty: Duty) -> Iterator[IntArray]:
        """Options of a duty: start, minutes, starts of the pauses, slots, paid minutes gained, slots of the pauses."""
        for start, minutes in self._variants(duty):
            ways = self._ways(duty, start, minutes)
            begin, end, pauses = self._slots(duty, start, minutes, ways)
            some = np.sort(np.unique(pauses, axis=0, return_index=True)[1])[:MOST_PLANS]
            times, slots = (np.tile(row, (len(some), 1)) for row in ([start, minutes], [begin, end, minutes - duty.minutes]))
            yield np.concatenate([times, ways[some], slots, pauses[some]], axis=1)

    def _variants(self, duty: Duty) -> Iterator[Variant]:
        yield duty.start, duty.minutes
        grid, params = self.problem.grid.minutes, self.params
        step = -(-params.step_minutes // grid) * grid
        template = self.problem.alphabet.shifts[duty.symbol - self.problem.alphabet.first_shift]
        finish = template.start_minute + template.minutes
        end = self._epoch(duty.start) + duty.minutes
        if end >= self.earliest:
            longest = min(duty.minutes + params.max_extend_minutes, LONGEST_MINUTES, finish + FARTHEST_MINUTES - duty.start)
            yield from ((duty.start, m) for m in range(duty.minutes + step, longest + 1, step) if duty.overtime)
            least = max(duty.minutes - params.max_early_minutes, finish - FARTHEST_MINUTES - duty.start, 1)
            shorter = range(duty.minutes - step, least - 1, -step)
            yield from ((duty.start, m) for m in shorter if end - duty.minutes + m >= self.earliest)
        if self._epoch(duty.start) >= self.earliest:
            for by in range(step, params.max_shift_minutes + 1, step):
                for start in (duty.start - by, duty.start + by):
                    near = abs(start - template.start_minute) <= FARTHEST_MINUTES >= abs(start + duty.minutes - finish)
                    if near and 0 <= start < DAY_MINUTES and self._epoch(start) >= self.earliest:
                        yield start, duty.minutes

    def _template(self, duty: Duty) -> ShiftTemplate:
        return self.problem.alphabet.shifts[duty.symbol - self.problem.alphabet.first_shift]

    def _ways(self, duty: Duty, start: int, minutes: int) -> IntArray:
        """Starts of the pauses, those first that move the fewest; shape (ways, 1 + breaks).

        What has begun stays, and a break that an early end leaves no room for is not taken.
        """
        stood, held = np.array([duty.meal, *duty.breaks]), self._held(duty, start, minutes)
        choices, lengths = self._choices(duty, start), self._lengths(duty)
        told = [choices[k] for k in held], [lengths[k] for k in held]
        plans = pause_plans(minutes, *told, self._template(duty).max_phone_minutes, int(0 in held))
        ways = np.full((len(plans), len(stood)), -1, dtype=np.int64)
        ways[:, held] = plans
        if (start, minutes) == (duty.start, duty.minutes):
            ways = np.concatenate([stood[None], ways[(ways != stood).any(axis=1)]])
        elif minutes >= self._template(duty).minutes and (stood[1:][: len(self._template(duty).breaks)] < 0).any():
            ways = ways[:0]  # a break that was not taken is missing in a whole shift
        return ways[np.argsort((ways != stood).sum(axis=1), kind="stable")]

    def _held(self, duty: Duty, start: int, minutes: int) -> list[int]:
        """Which of the meal (0) and the breaks are taken."""
        choices, lengths, was = self._choices(duty, start), self._lengths(duty), self._epoch(duty.start)
        kept = [k == 0 or was + stood < self.earliest for k, stood in enumerate((duty.meal, *duty.breaks))]
        room = [min(some, default=0) + length <= minutes for some, length in zip(choices, lengths, strict=True)]
        return [k for k, stood in enumerate((duty.meal, *duty.breaks)) if stood >= 0 and (kept[k] or room[k])]

    def _lengths(self, duty: Duty) -> list[int]:
        """Minutes of the meal and of each break."""
        rests = [rest.minutes for rest in self._template(duty).breaks][: len(duty.breaks)]
        return [duty.meal_minutes, *rests, *[0] * (len(duty.breaks) - len(rests))]

    def _choices(self, duty: Duty, start: int) -> list[list[int]]:
        """Possible starts of the meal and of each break; the one that stands comes first."""
        template, begin, was = self._template(duty), self._epoch(start), self._epoch(duty.start)
        windows = [template.meal_starts, *(rest.starts for rest in template.breaks), *[()] * len(duty.breaks)]
        return [
            [stood] if was + stood < self.earliest else [s for s in dict.fromkeys((stood, *starts)) if begin + s >= self.earliest]
            for stood, starts in zip((duty.meal, *duty.breaks), windows, strict=False)
        ]

    def _slots(self, duty: Duty, start: int, minutes: int, ways: IntArray) -> tuple[int, int, IntArray]:
        """Slots of the shift, and of its pauses: where they begin, then where they end; shape (ways, 2 + 2 breaks)."""
        grid = self.problem.grid
        first = int(grid.day_slot[self.problem.first_open])
        since = self._epoch(start) - int(grid.day_start_minutes[0])
        at, length = (int(n) for n in nearest(np.array([since, minutes]), grid.minutes))
        begin, end = at - first, at - first + length
        pauses = np.concatenate(pause_slots(ways, np.array(self._lengths(duty)), grid.minutes), axis=1)
        begin, end, pauses = (np.clip(t, 0, grid.size - first) for t in (begin, end, np.minimum(begin + pauses, end)))
        return int(begin), int(end), pauses

    def _epoch(self, start: int) -> int:
        return epoch_minutes(self.roster.instant(self.day, start))


@njit(cache=True, nogil=True)
def put(flow: Flow, options: Options, g: int, o: int, here: int) -> None:
    """Add an agent of group g in option o (`here` = 1) or take the agent out (-1)."""
    for t in range(options.begin[o], options.end[o]):
        resting = False
        for k in range(options.away.shape[1]):
            resting |= options.away[o, k] <= t < options.back[o, k]
        if not resting:
            if here > 0:
                coverage.add(flow, g, t)
            else:
                coverage.remove(flow, g, t)


@njit(cache=True, nogil=True)
def put_all(flow: Flow, options: Options, chosen: IntArray) -> None:
    """Add everyone in the option chosen."""
    for i in range(len(chosen)):
        put(flow, options, int(options.group[i]), int(chosen[i]), 1)


@njit(cache=True, nogil=True)
def _cheapest(options: Options, i: int, total: FloatArray, minute_price: float, room: float) -> tuple[float, int]:
    """Price and number of the best option of shift i that gains at most `room` minutes; -1 = none."""
    best, least = -1, np.inf
    for o in range(options.first[i], options.first[i + 1]):
        if options.extra[o] <= room:
            cover = total[options.end[o]] - total[options.begin[o]]
            for k in range(options.away.shape[1]):
                cover += total[options.away[o, k]] - total[options.back[o, k]]
            price = options.cost[o] + minute_price * options.extra[o] + cover
            if price < least - coverage.EPSILON:
                best, least = o, price
    return least, best


@njit(cache=True, nogil=True)
def answer_day(flow: Flow, options: Options, chosen: IntArray, order: IntArray, minute_price: float, room: float) -> None:
    """Let everyone in `order` choose anew, one after the other.

    Parameters
    ----------
    chosen : array of int, shape (shifts,)
        Option of each shift; changed in place.
    minute_price : float
        Price of a paid minute gained; a minute given back earns it.
    room : float
        Paid minutes that all may gain together; inf = no limit.
    """
    prices, total = np.zeros(len(flow.served)), np.zeros(len(flow.served) + 1)
    used = options.extra[chosen].sum()
    for i in order:
        g, old = int(options.group[i]), int(chosen[i])
        put(flow, options, g, old, -1)
        of = slice(options.first[i], options.first[i + 1])
        first, end = int(options.begin[of].min()), int(options.end[of].max())
        coverage.slot_prices(flow, g, first, end, prices)
        total[first] = 0.0
        for t in range(first, end):
            total[t + 1] = total[t] + prices[t]
        new = _cheapest(options, i, total, minute_price, room - used + options.extra[old])[1]
        chosen[i] = old if new < 0 else new
        used += options.extra[chosen[i]] - options.extra[old]
        put(flow, options, g, int(chosen[i]), 1)


@njit(cache=True, nogil=True)
def least_costs(options: Options, total: FloatArray, minute_price: float, steps: IntArray) -> float:
    """Sum of the cheapest options under prices of presence; who comes and goes is added to `steps`, (groups, slots + 1)."""
    value = 0.0
    for i in range(len(options.row)):
        g = options.group[i]
        least, o = _cheapest(options, i, total[g], minute_price, np.inf)
        value += least
        steps[g, options.begin[o]] += 1
        for k in range(options.away.shape[1]):
            steps[g, options.away[o, k]] -= 1
            steps[g, options.back[o, k]] += 1
        steps[g, options.end[o]] -= 1
    return value
