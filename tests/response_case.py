"""A small centre for the tests of warnings and call-outs: two queues, two tiers, three days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray
from data.model.centre import WEEKDAYS, EchelonTier, OpeningHours, Queue, ServiceTarget
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.people import Agent, Protection
from data.model.roster import Roster
from data.model.time import Horizon, TimeGrid
from optimizer.staffing.queueing import evaluate, least_agents

ZONE = "Asia/Shanghai"
GRID = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 6, 1), days=3), minutes=30)
POINTS = 40
SPREAD = 0.15
ALL_WEEK = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))


def at(day: int, hour: float) -> datetime:
    """Wall-clock instant of a day of June 2026."""
    return datetime(2026, 6, day, tzinfo=ZoneInfo(ZONE)) + timedelta(hours=hour)


def queue(name: str, shrinkage: float = 0.0) -> Queue:
    return Queue(
        id=name, name=name, name_zh="队列", project="p", opening=ALL_WEEK, target=ServiceTarget(), handle_time_s=240.0,
        patience_s=120.0, shrinkage=shrinkage,
    )  # fmt: skip


def lognormal_quantiles(mean: FloatArray, spread: float = SPREAD) -> FloatArray:
    return mean[..., None] * np.exp(spread * ndtri(np.array(LEVELS)))


def forecast_of(calls: FloatArray, queues: Sequence[Queue], origin: datetime | None = None, spread: float = SPREAD) -> Forecast:
    """Lognormal forecast of so many calls a slot; a slot without calls is closed."""
    calls = np.asarray(calls, dtype=np.float64)
    handle = np.broadcast_to(np.array([[q.handle_time_s] for q in queues]), calls.shape)
    names = tuple(q.id for q in queues)
    return Forecast(names, GRID, origin or at(1, 0), calls, lognormal_quantiles(calls, spread), handle, calls > 0)


def requirement_of(forecast: Forecast, queues: Sequence[Queue]) -> Requirement:
    rate = forecast.mean / (60 * GRID.minutes)
    patience = np.array([[q.patience_s] for q in queues])
    need = least_agents(rate, forecast.handle_time_s, patience, queues[0].target)[0]
    first = np.maximum(need - POINTS // 2, 0)
    heads = first[..., None] + np.arange(POINTS)
    spread = (rate[..., None], forecast.handle_time_s[..., None], patience[..., None])
    curve = evaluate(heads, *spread, queues[0].target.threshold_s).service_level
    lost = np.array([[q.shrinkage] for q in queues]) * np.ones(need.shape)
    roster = np.ceil(need / (1 - lost)).astype(np.int64)
    zero = np.zeros(need.shape, dtype=np.int64)
    return Requirement(forecast.queues, GRID, need, roster, forecast.mean, forecast.handle_time_s, first, curve, lost, zero)


def agent(name: str, echelon: str = "e1", skills: tuple[str, ...] = ("power",), protection: Protection | None = None) -> Agent:
    return Agent(id=name, contract="c", skills=skills, echelon=echelon, protection=protection)


def tier(name: str, number: int = 1, notice: int = 60, longest: int = 240, efficiency: float = 1.0) -> EchelonTier:
    return EchelonTier(
        id=name, name=name, name_zh="梯队", tier=number, notice_minutes=notice, max_minutes=longest, efficiency=efficiency
    )


def roster_of(
    agents: Sequence[Agent], shifts: dict[tuple[str, int], tuple[float, float]], leave: set[tuple[str, int]] = frozenset()
) -> Roster:
    """Roster with shifts ``(agent, day of June): (first hour, hours)`` and leave days."""
    names = tuple(person.id for person in agents)
    symbol, minutes = np.zeros((2, len(names), GRID.horizon.days), dtype=np.int64)
    start, meal = np.full((2, *symbol.shape), -1)
    for (name, day), (hour, hours) in shifts.items():
        place = (names.index(name), day - 1)
        symbol[place], start[place], minutes[place] = 2, int(hour * 60), int(hours * 60)
    for name, day in leave:
        symbol[names.index(name), day - 1] = 1
    return Roster(names, GRID.horizon, ("-", "AL", "D"), symbol, start, minutes, meal, np.zeros_like(symbol))
