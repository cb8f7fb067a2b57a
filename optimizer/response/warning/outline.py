"""Capacity where there is no roster yet: a mean week of the plan, less the leave that is known."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.people import Absence, Agent
from data.model.time import DAY_MINUTES, TimeGrid


def away_days(agents: Sequence[str], absences: Sequence[Absence], dates: Sequence[date]) -> BoolArray:
    """On which days each agent is away; shape (agents, days)."""
    rows, away = {agent: row for row, agent in enumerate(agents)}, np.zeros((len(agents), len(dates)), dtype=np.bool_)
    for absence in absences:
        if absence.agent in rows:
            away[rows[absence.agent]] |= [absence.first <= day <= absence.last for day in dates]
    return away


def outline_capacity(
    available: FloatArray,
    plan: TimeGrid,
    ahead: TimeGrid,
    agents: Sequence[Agent],
    absences: Sequence[Absence],
    queues: Sequence[str],
) -> FloatArray:
    """Agents of each queue in the days ahead as in a mean week of a plan; shape (queues, slots ahead).

    A weekday that the plan has not is a mean day. The mean is scaled by the skilled agents who are not on leave, ahead over plan.

    Parameters
    ----------
    available : array of float, shape (queues, slots of the plan)
    plan, ahead : TimeGrid
        Of one interval; `plan` holds the days planned alone.
    """
    skilled = np.array([[queue in agent.skills for agent in agents] for queue in queues], dtype=np.float64)
    here, there = (_at_work(skilled, agents, absences, grid) for grid in (plan, ahead))
    usual = _by_week(here[:, plan.day_of_slot], plan, ahead)
    scale = np.divide(there[:, ahead.day_of_slot], usual, out=np.zeros(usual.shape), where=usual > 0)
    return _by_week(available, plan, ahead) * scale


def _at_work(skilled: FloatArray, agents: Sequence[Agent], absences: Sequence[Absence], grid: TimeGrid) -> FloatArray:
    """Skilled agents who are not away; shape (queues, days)."""
    away = away_days([agent.id for agent in agents], absences, grid.horizon.dates)
    return skilled @ (~away).astype(np.float64)


def _by_week(values: FloatArray, plan: TimeGrid, ahead: TimeGrid) -> FloatArray:
    """Mean of each weekday and time of day, for the slots ahead; where there is none, that of each time of day."""
    week, day = (_means(values, place(plan), place(ahead)) for place in (_slot_of_week, _slot_of_day))
    return np.where(np.isnan(week), np.nan_to_num(day), week)


def _means(values: FloatArray, place: IntArray, wanted: IntArray) -> FloatArray:
    """Mean of the values of each place, for the places wanted; NaN where there is none."""
    size = int(max(place.max(), wanted.max())) + 1
    count = np.bincount(place, minlength=size)
    total = np.array([np.bincount(place, weights=row, minlength=size) for row in values])
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)[:, wanted]


def _slot_of_day(grid: TimeGrid) -> IntArray:
    return grid.wall_minute // grid.minutes


def _slot_of_week(grid: TimeGrid) -> IntArray:
    weekday = np.array([day.weekday() for day in grid.horizon.dates])[grid.day_of_slot]
    return weekday * (DAY_MINUTES // grid.minutes) + _slot_of_day(grid)
