"""Synthetic call histories: profiles of week and day, holidays, season, events and noise, all from a seed."""

from datetime import date
from pathlib import Path

import numpy as np
from pydantic import Field

from data.exchange.calendars import calendar_for
from data.exchange.documents import load_toml
from data.model.base import BoolArray, FloatArray, Frozen
from data.model.calendar import Calendar, DayType
from data.model.centre import Centre, Queue
from data.model.demand import CallHistory, Event
from data.model.time import Horizon, TimeGrid

HEAT_PEAK, HEAT_WIDTH = 205, 35.0
"""Middle (24 July) and width, in days, of the hot season."""

DECAY_SHARE = 0.25
"""Extra calls of an event fall to 1/e in this share of it."""


class QueueLoad(Frozen):
    """What a queue is like.

    Parameters
    ----------
    daily : float
        Calls of a plain working day.
    weekday : tuple of float
        Factor of each weekday, Monday first.
    hours : tuple of float
        Weight of each hour of a plain day; any scale.
    holiday_hours : tuple of float
        The same on holidays and the day before; empty = as on plain days.
    holiday, eve, heat : float
        Factor on public holidays (and rest days moved to them), factor on the day before, rise in the middle of the hot season.
    day_noise, slot_noise : float
        Coefficient of variation of a day and of a slot beyond Poisson.
    """

    queue: str
    daily: float = Field(gt=0)
    weekday: tuple[float, ...] = Field(default=(1.0,) * 7, min_length=7, max_length=7)
    hours: tuple[float, ...] = Field(min_length=24, max_length=24)
    holiday_hours: tuple[float, ...] = ()
    holiday: float = Field(default=1.0, ge=0)
    eve: float = Field(default=1.0, ge=0)
    heat: float = Field(default=0.0, ge=0)
    day_noise: float = Field(default=0.05, ge=0)
    slot_noise: float = Field(default=0.05, gt=0)


class CallPlan(Frozen):
    """A synthetic history: days, loads, and the events as they truly happen (planners only know ``events.csv``)."""

    seed: int
    first: date
    days: int = Field(ge=1)
    minutes: int = 30
    loads: tuple[QueueLoad, ...]
    events: tuple[Event, ...] = ()


def read_call_plan(path: Path) -> CallPlan:
    """Read a ``calls.toml``."""
    return CallPlan.model_validate(load_toml(path))


def synthetic_calls(centre: Centre, plan: CallPlan) -> CallHistory:
    """Calls of a plan for a centre: negative-binomial counts about a mean, unknown while a queue is closed.

    Parameters
    ----------
    centre : Centre
        Gives zone, country, opening hours and handle times.
    """
    grid = TimeGrid(horizon=Horizon(zone=centre.zone, first=plan.first, days=plan.days), minutes=plan.minutes)
    calendar = calendar_for(centre, plan.first, grid.horizon.last)
    offered, handle = np.full((2, len(centre.queues), grid.size), np.nan)
    loads = {load.queue: load for load in plan.loads}
    for q, queue in enumerate(centre.queues):
        random = np.random.default_rng([plan.seed, q])
        opened = open_slots(queue, grid, calendar)
        counts = _counts(_mean(loads[queue.id], grid, calendar, plan.events, random), loads[queue.id].slot_noise, random)
        offered[q] = np.where(opened, counts, np.nan)
        handle[q] = np.where(opened & (counts > 0), _handle_time(queue, counts, random), np.nan)
    return CallHistory(tuple(queue.id for queue in centre.queues), grid, offered, handle)


def open_slots(queue: Queue, grid: TimeGrid, calendar: Calendar) -> BoolArray:
    """Slots in which a queue is open; shape (slots,)."""
    opened = np.zeros(grid.size, dtype=bool)
    for d, day in enumerate(grid.horizon.dates):
        span = queue.opening.span(day)
        if span is None or (queue.closes_on_holidays and calendar.day_type(day) == DayType.HOLIDAY):
            continue
        since = grid.wall_minute + 1440 * (grid.day_of_slot - d)
        opened |= (since >= span[0]) & (since < span[1])
    return opened


def _free_days(calendar: Calendar, grid: TimeGrid) -> BoolArray:
    """Public holidays, the rest days moved to them, and weekends that follow these at once; shape (days,)."""
    free = np.zeros(grid.horizon.days, dtype=bool)
    for d, day in enumerate(grid.horizon.dates):
        kind = calendar.day_type(day)
        moved = kind == DayType.REST and (day.weekday() < 5 or (d > 0 and free[d - 1]))
        free[d] = kind == DayType.HOLIDAY or moved
    return free


def _mean(
    load: QueueLoad, grid: TimeGrid, calendar: Calendar, events: tuple[Event, ...], random: np.random.Generator
) -> FloatArray:
    """Expected calls of every slot, the noise of the days included."""
    free = _free_days(calendar, grid)
    eve = np.append(free[1:] & ~free[:-1], False)
    types = [calendar.day_type(day) for day in grid.horizon.dates]
    levels = np.array([_level(load, day, types[d], bool(free[d]), bool(eve[d])) for d, day in enumerate(grid.horizon.dates)])
    levels *= random.lognormal(-(load.day_noise**2) / 2, load.day_noise, grid.horizon.days)
    plain, festive = _profile(load.hours, grid), _profile(load.holiday_hours or load.hours, grid)
    shape = np.where((free | eve)[grid.day_of_slot], festive[grid.wall_minute], plain[grid.wall_minute])
    mean = levels[grid.day_of_slot] * shape
    for event in (event for event in events if event.queue == load.queue):
        mean = _with_event(mean, event, grid)
    return mean


def _level(load: QueueLoad, day: date, kind: DayType, free: bool, eve: bool) -> float:
    """Calls of a day before noise."""
    weekday = 0 if kind == DayType.MAKEUP else day.weekday()
    heat = 1 + load.heat * np.exp(-(((day.timetuple().tm_yday - HEAT_PEAK) / HEAT_WIDTH) ** 2) / 2)
    return load.daily * heat * (load.holiday if free else load.weekday[weekday]) * (load.eve if eve else 1.0)


def _profile(hours: tuple[float, ...], grid: TimeGrid) -> FloatArray:
    """Share of a day's calls in a slot that begins at each minute of the day; hours are joined by straight lines."""
    middle = np.arange(-1, 25) * 60 + 30
    weight = np.interp(np.arange(1440) + grid.minutes / 2, middle, np.array([hours[-1], *hours, hours[0]]))
    return weight / weight.sum() * grid.minutes


def _with_event(mean: FloatArray, event: Event, grid: TimeGrid) -> FloatArray:
    slots = np.arange(grid.size)
    first, end = grid.slot(event.start), grid.slot(event.end)
    within = (slots >= first) & (slots < end)
    since = np.where(within, slots - first, 0)
    decay = np.where(within, np.exp(-since / (DECAY_SHARE * (end - first))), 0.0)
    extra = event.extra_calls * decay / decay.sum() if within.any() else 0.0
    return np.where(within, mean * event.factor, mean) + extra


def _counts(mean: FloatArray, noise: float, random: np.random.Generator) -> FloatArray:
    """Negative-binomial counts: Poisson with a gamma mean of the given coefficient of variation."""
    return random.poisson(mean * random.gamma(1 / noise**2, noise**2, len(mean))).astype(np.float64)


def _handle_time(queue: Queue, counts: FloatArray, random: np.random.Generator) -> FloatArray:
    """Mean handle time of so many calls, seconds, to a tenth."""
    spread = queue.handle_time_cv / np.sqrt(np.maximum(counts, 1))
    return np.round(queue.handle_time_s * np.exp(spread * random.standard_normal(len(counts)) * 0.5), 1)
