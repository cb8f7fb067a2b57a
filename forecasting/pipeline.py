"""From call history to forecast: each queue by itself, in local days by wall-clock cells."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import Calendar
from data.model.centre import OpeningHours
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.time import DAY_MINUTES, Horizon, TimeGrid
from forecasting.days import DayTable, Training, check, day_table, known_days, operating_days
from forecasting.features import DayFeatures, day_features
from forecasting.handle_time import handle_time_profile
from forecasting.methods import DayForecast, Forecaster, method_of
from forecasting.opening import WeekHours, week_hours

HALVING_MINUTES = 60
"""Outside the hours ever seen, the expected calls halve in this time (house choice)."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What is the same for every queue: the days asked for and what the calendar says of them."""

    calendar: Calendar
    features: DayFeatures
    horizon: Horizon
    today: date


def forecast(
    history: CallHistory,
    origin: datetime,
    horizon: Horizon,
    *,
    minutes: int,
    calendar: Calendar,
    opening: Mapping[str, OpeningHours] | None = None,
    closes_on_holidays: Collection[str] = (),
    handle_time_s: Mapping[str, float] | None = None,
    method: str = "principal",
) -> Forecast:
    """Calls and handle time expected in every queue and slot of a horizon.

    Parameters
    ----------
    history : CallHistory
        Native intervals; they are summed to `minutes`, never split.
    origin : datetime
        Aware; only slots complete by then are used. Inside the horizon, the rest of that day is conditioned on what was seen.
    minutes : int
        Length of a slot of the forecast; a multiple of the history's that divides a day.
    calendar : Calendar
        From the first day of the history to the last of the horizon.
    opening : mapping or None
        Opening hours of queues; for others, the cells usually seen in the history are open.
    closes_on_holidays : collection of str
        Queues that close on public holidays.
    handle_time_s : mapping or None
        Seconds assumed for queues whose handle time was not measured.
    method : str
        A file of `forecasting.methods`.

    Raises
    ------
    InvalidData
        With every queue that has no count before the origin, an interval that cannot be made, an unknown method.
    """
    known = history.before(origin)
    check(known, horizon.zone, minutes)
    forecaster = method_of(method)
    grid = TimeGrid(horizon=horizon, minutes=minutes)
    today = origin.astimezone(ZoneInfo(horizon.zone)).date()
    features = day_features(calendar, min(history.grid.horizon.first, horizon.first), max(horizon.last, today))
    asked = Asked(calendar, features, horizon, today)
    past = np.arange(grid.size) < grid.slot(origin)
    place = grid.day_of_slot, grid.wall_minute // minutes
    shape = (len(history.queues), grid.size)
    mean, quantiles, handle_time = np.zeros(shape), np.zeros((*shape, len(LEVELS))), np.zeros(shape)
    is_open = np.zeros(shape, dtype=bool)
    for q, queue in enumerate(history.queues):
        table = day_table(known, q, minutes)
        hours = week_hours(table, minutes, (opening or {}).get(queue), queue in closes_on_holidays, calendar)
        made, mask = _queue(table, hours, asked, forecaster)
        is_open[q] = mask[place]
        seen = known_days(horizon.dates, table)[place]
        fact = past & ~np.isnan(seen)
        mean[q] = np.where(is_open[q], np.where(fact, seen, made.mean[place]), 0)
        quantiles[q] = np.where(is_open[q][:, None], np.where(fact[:, None], seen[:, None], made.quantiles[place]), 0)
        handle_time[q] = handle_time_profile(known, q, minutes, (handle_time_s or {}).get(queue))[place[1]]
    note = f", {calendar.country} calendar provisional" if calendar.status == "provisional" else ""
    return Forecast(history.queues, grid, origin, mean, quantiles, handle_time, is_open, method + note)


def _queue(table: DayTable, hours: WeekHours, asked: Asked, forecaster: Forecaster) -> tuple[DayForecast, BoolArray]:
    """Forecast of every day of the horizon, shape (days, cells), and where it is open."""
    mask = hours.mask(asked.horizon.dates, asked.calendar)
    made = DayForecast(np.zeros(mask.shape), np.zeros((*mask.shape, len(LEVELS))))
    today = hours.mask([asked.today], asked.calendar)[0]
    rows = operating_days(table, today, asked.today)
    last = table.dates[rows[-1]]
    dates = _service_days(hours, asked, last)
    columns = np.flatnonzero((~np.isnan(table.calls[rows])).any(axis=0))
    wanted = [d for d in dates if asked.horizon.first <= d]
    if not wanted:
        return made, mask
    training = Training(tuple(table.dates[r] for r in rows), table.calls[np.ix_(rows, columns)], asked.features)
    fitted = forecaster.fit(training, max(1, sum(d > last for d in dates)))
    seen = known_days(dates, table)[:, columns]
    seen[[d <= last for d in dates]] = np.nan
    found = fitted.predict(dates, seen)
    keep = len(dates) - len(wanted)
    index = [asked.horizon.index(d) for d in wanted]
    cells, minutes = mask.shape[1], DAY_MINUTES // mask.shape[1]
    made.mean[index] = _spread_out(found.mean[keep:, :, None], columns, cells, minutes)[..., 0]
    made.quantiles[index] = _spread_out(found.quantiles[keep:], columns, cells, minutes)
    return made, mask


def _service_days(hours: WeekHours, asked: Asked, last: date) -> list[date]:
    """Open days of the horizon, and those between the last day learnt from and the horizon, in order."""
    first = min(last + timedelta(days=1), asked.horizon.first)
    dates = [first + timedelta(days=d) for d in range((asked.horizon.last - first).days + 1)]
    return [dates[d] for d in np.flatnonzero(hours.mask(dates, asked.calendar).any(axis=1))]


def _spread_out(values: FloatArray, columns: IntArray, cells: int, minutes: int) -> FloatArray:
    """Values of the columns ever seen laid out over all cells of the day; shape (days, cells, ...).

    A cell never seen lies between its neighbours; outside them all it fades from the nearest.
    """
    cell = np.arange(cells)
    right = np.minimum(np.searchsorted(columns, cell), len(columns) - 1)
    left = np.maximum(np.searchsorted(columns, cell, "right") - 1, 0)
    gap = np.maximum(columns[right] - columns[left], 1)
    share = np.clip((cell - columns[left]) / gap, 0, 1)
    outside = np.maximum(np.maximum(columns[0] - cell, cell - columns[-1]), 0)
    fade = 0.5 ** (outside * minutes / HALVING_MINUTES)
    blend = values[:, left] * (1 - share)[:, None] + values[:, right] * share[:, None]
    return blend * fade[:, None]
