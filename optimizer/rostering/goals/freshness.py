"""Freshness: each agent works some shifts in the opening hours of each of the agent's queues, so that no skill is forgotten.

Queues that are open round the clock say nothing, as every shift overlaps them. A shift overlaps with its whole length, meal
included, by the wall clock.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, Frozen, IntArray
from data.model.calendar import Calendar, DayType
from data.model.centre import WEEKDAYS, Queue
from data.model.roster import Roster, ShiftTemplate
from data.model.time import DAY_MINUTES
from optimizer.rostering.goals import Charge
from optimizer.rostering.language import Automaton, Language
from optimizer.rostering.problem import LineContext, RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """How many shifts keep a skill fresh, and what one missing costs. Numbers: house choice.

    Parameters
    ----------
    min_shifts : int
        In the plan, for each queue; 0 to 9.
    min_minutes : int
        Least overlap of a shift with the opening hours.
    cost : float
        Of each shift missing.
    """

    min_shifts: int = Field(default=2, ge=0, le=9)
    min_minutes: int = Field(default=240, ge=1, le=1440)
    cost: float = Field(default=5.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    p = params
    if language == "zh":
        return (
            f"计划期内每名坐席对所持每项非全天开放队列的技能，至少有 {p.min_shifts:g} 个班次与其开放时间重叠"
            f"不少于 {p.min_minutes:g} 分钟；每缺一个计 {p.cost:g}。"
        )
    return (
        f"In the plan each agent works at least {p.min_shifts:g} shifts that lie for {p.min_minutes:g} minutes or more in the "
        f"opening hours of each queue of the agent's that is not always open; each shift missing costs {p.cost:g}."
    )


def charge(params: Params, problem: RosterProblem) -> Charge:
    opened = {queue.id: _open_minutes(problem, queue) for queue in problem.centre.queues if not _always(queue)}
    charged = (np.arange(problem.grid.horizon.days) >= problem.first_open)[:, None]
    automata = {name: _automaton(params, charged & (minutes >= params.min_minutes)) for name, minutes in opened.items()}
    return Charge(language=partial(_language, automata), by_skills=True)


def _language(automata: Mapping[str, Automaton], context: LineContext) -> Language:
    """An automaton for each queue: one that counts no further than it must is smaller than a counter of all days."""
    return Language(tuple(automata[skill] for skill in context.agent.skills if skill in automata))


def _always(queue: Queue) -> bool:
    return all(queue.opening.hours.get(day) == ("00:00", "24:00") for day in WEEKDAYS)


def _automaton(params: Params, hits: BoolArray) -> Automaton:
    """Count the hits, of shape (days, symbols), up to the least; what is missing is priced at the end."""
    tables, kind = np.unique(hits, axis=0, return_inverse=True)
    count = np.arange(params.min_shifts + 1)
    following = np.minimum(count[:, None] + tables[:, None, :], params.min_shifts).astype(np.int64)
    missing = np.array([params.cost * (params.min_shifts - held) for held in count.tolist()])
    return Automaton(following, np.zeros(following.shape), kind.ravel().astype(np.int64), missing)


def _open_minutes(problem: RosterProblem, queue: Queue) -> IntArray:
    """Minutes of each symbol's shift on each day in which a queue is open; shape (days, symbols)."""
    alphabet, dates = problem.alphabet, problem.grid.horizon.dates
    start, end = alphabet.start, alphabet.start + alphabet.minutes
    minutes = np.zeros((len(dates), len(alphabet.codes)), dtype=np.int64)
    for d, day in enumerate(dates):
        for beside in (-1, 0, 1):
            span = _span(queue, problem.calendar, day + timedelta(days=beside))
            if span is not None:
                first, last = (edge + beside * DAY_MINUTES for edge in span)
                minutes[d] += np.maximum(np.minimum(end, last) - np.maximum(start, first), 0)
    return np.where(alphabet.is_shift, minutes, 0)


def _span(queue: Queue, calendar: Calendar, day: date) -> tuple[int, int] | None:
    closed = queue.closes_on_holidays and calendar.day_type(day) is DayType.HOLIDAY
    return None if closed else queue.opening.span(day)


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    missing = 0
    for queue in problem.centre.queues:
        if list(queue.opening.hours.values()) != [("00:00", "24:00")] * len(WEEKDAYS):
            fresh = _fresh_shifts(params, problem, roster, queue)
            lacking = (max(0, params.min_shifts - count) for count in fresh)
            missing += sum(less for agent, less in zip(problem.agents, lacking, strict=True) if queue.id in agent.skills)
    return params.cost * missing


def _fresh_shifts(params: Params, problem: RosterProblem, roster: Roster, queue: Queue) -> list[int]:
    """Shifts of each agent on the charged days that overlap the opening hours of a queue long enough."""
    shifts = {shift.code: shift for shift in problem.centre.shifts}
    count = np.zeros(len(roster.agents), dtype=np.int64)
    for d in range(problem.first_open, roster.horizon.days):
        windows = _windows(queue, problem.calendar, roster.horizon.dates[d])
        long = [code in shifts and _shared(shifts[code], windows) >= params.min_minutes for code in roster.codes]
        count += np.array(long)[roster.symbol[:, d]]
    return count.tolist()


def _windows(queue: Queue, calendar: Calendar, day: date) -> list[range]:
    """Open minutes that a shift of the day may meet, counted from the midnight before it."""
    windows: list[range] = []
    for k in (-1, 0, 1):
        near = day + timedelta(days=k)
        span = queue.opening.span(near)
        if span and not (queue.closes_on_holidays and calendar.day_type(near) == DayType.HOLIDAY):
            windows.append(range(span[0] + 1440 * k, span[1] + 1440 * k))
    return windows


def _shared(shift: ShiftTemplate, windows: list[range]) -> int:
    begin, end = shift.start_minute, shift.start_minute + shift.minutes
    return sum(len(range(max(begin, window.start), min(end, window.stop))) for window in windows)
