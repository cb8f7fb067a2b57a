"""Whether a history is enough for the forecast that is asked for: what can be judged, what cannot, and what would help."""

from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.calendar import Calendar, DayType
from data.model.demand import CallHistory
from forecasting.calibration import noise_floor
from forecasting.days import FULL_WEEKS, DayTable, Training, day_table, operating_days
from forecasting.features import day_features
from forecasting.methods import same_weekday
from forecasting.sufficiency_wording import Facts, sentences

ENOUGH_HOLIDAYS = 4
"""Times that a holiday must have been met before its effect is judged by itself (house choice)."""
SMALL_CALLS = 2.0
"""Mean calls per interval under which single intervals cannot be forecast usefully (house choice: noise alone is half)."""
SPARSE_SHARE = 0.8
"""Share of the usual intervals that should be known (house choice)."""


class Step(StrEnum):
    """Step of the ladder: no history, the mean of same weekdays, a small model, the full model, one with an annual season."""

    NONE = "none"
    SAME_WEEKDAY = "same_weekday"
    SMALL = "small"
    FULL = "full"
    YEARLY = "yearly"


class Lack(StrEnum):
    """What cannot be judged, or only with assumptions."""

    LEVEL = "level"
    CURVE = "curve"
    MONTH = "month"
    YEAR = "year"
    HOLIDAY = "holiday"
    QUANTILES = "quantiles"
    SMALL = "small"
    SPARSE = "sparse"
    FAR = "far"


class Sufficiency(Frozen):
    """How far the history of a queue carries.

    Parameters
    ----------
    weeks : float
        Weeks of operating days with counts before the origin.
    known_share : float
        Share of the usual intervals between first and last count that are known, in [0, 1].
    calls_per_slot : float
        Mean calls per open interval of the forecast.
    wape_floor : float
        Error that Poisson noise alone leaves in one interval, as a share of the calls; at most 2.
    step : Step
        Step of the ladder that will be used.
    lacks : tuple of Lack
        Empty = nothing is lacking.
    holidays : tuple of str
        Holidays in the days asked for that were met fewer than four times.
    message, message_zh : str
    """

    queue: str
    weeks: float = Field(ge=0)
    known_share: float = Field(ge=0, le=1)
    calls_per_slot: float = Field(ge=0)
    wape_floor: float = Field(ge=0)
    step: Step
    lacks: tuple[Lack, ...] = ()
    holidays: tuple[str, ...] = ()
    message: str = ""
    message_zh: str = ""

    @property
    def enough(self) -> bool:
        """Whether nothing is lacking."""
        return not self.lacks


def sufficiency(
    history: CallHistory, origin: datetime, horizon_days: int, minutes: int, calendar: Calendar | None = None
) -> tuple[Sufficiency, ...]:
    """Judge the history of every queue before a forecast is made; it never fails for want of data.

    Parameters
    ----------
    origin : datetime
        Aware; what comes after it is not looked at.
    horizon_days : int
        Days to forecast, at least 1.
    minutes : int
        Interval of the forecast; a multiple of the history's that divides a day.
    calendar : Calendar or None
        From the first day of the history to the last one asked for; None = no holidays.
    """
    known = history.before(origin)
    calendar = calendar or Calendar()
    today = origin.astimezone(ZoneInfo(history.grid.horizon.zone)).date()
    found: list[Sufficiency] = []
    for q, queue in enumerate(history.queues):
        if np.isnan(known.offered[q]).all():
            found.append(_none(queue))
            continue
        table = day_table(known, q, minutes)
        rows = operating_days(table, np.any(table.usual, axis=0), today)
        columns = np.flatnonzero((~np.isnan(table.calls[rows])).any(axis=0))
        features = day_features(calendar, table.dates[0], max(table.dates[-1], today))
        training = Training(tuple(table.dates[r] for r in rows), table.calls[np.ix_(rows, columns)], features)
        asked = [today + timedelta(days=d) for d in range(horizon_days)]
        holidays = _unmet(table, calendar, [calendar.name(day) for day in asked if calendar.day_type(day) is DayType.HOLIDAY])
        found.append(_judged(queue, table, training, horizon_days, holidays))
    return tuple(found)


def _none(queue: str) -> Sufficiency:
    facts = Facts(queue, 0.0, 0.0, 0.0, 0.0, Step.NONE.value, (Lack.LEVEL.value,), ())
    texts = sentences(facts)
    return Sufficiency(
        queue=queue,
        weeks=0,
        known_share=0,
        calls_per_slot=0,
        wape_floor=0,
        step=Step.NONE,
        lacks=(Lack.LEVEL,),
        message=texts[0],
        message_zh=texts[1],
    )


def _judged(queue: str, table: DayTable, training: Training, horizon_days: int, holidays: tuple[str, ...]) -> Sufficiency:
    usual = table.calls[~np.isnan(table.calls)]
    calls = float(usual.mean())
    floor = min(noise_floor(np.array([max(calls, 1e-3)])).wape, 2.0)
    share, step = _known_share(table), _step(training)
    lacks = tuple(_lacks(training, horizon_days, holidays, calls, share))
    weeks = round(training.weeks, 1)
    facts = Facts(queue, weeks, share, calls, floor, step.value, tuple(lack.value for lack in lacks), holidays)
    message, message_zh = sentences(facts)
    return Sufficiency(
        queue=queue,
        weeks=weeks,
        known_share=share,
        calls_per_slot=calls,
        wape_floor=floor,
        step=step,
        lacks=lacks,
        holidays=holidays,
        message=message,
        message_zh=message_zh,
    )


def _known_share(table: DayTable) -> float:
    days = np.flatnonzero(~np.isnan(table.calls).all(axis=1))
    weekday = np.array([table.dates[d].weekday() for d in range(days[0], days[-1] + 1)])
    usual, known = table.usual[weekday], ~np.isnan(table.calls[days[0] : days[-1] + 1])
    return float((usual & known).sum() / usual.sum()) if usual.any() else 1.0


def _step(training: Training) -> Step:
    if training.short:
        return Step.SAME_WEEKDAY
    if not training.full:
        return Step.SMALL
    return Step.YEARLY if training.yearly else Step.FULL


def _lacks(training: Training, horizon_days: int, holidays: tuple[str, ...], calls: float, share: float) -> list[Lack]:
    """What is lacking, in the order in which it should be told."""
    errors = same_weekday.fit(training, 1).errors if training.short else np.zeros(same_weekday.LEAST_ERRORS)
    told = {
        Lack.CURVE: training.short,
        Lack.MONTH: training.weeks < FULL_WEEKS,
        Lack.YEAR: not training.yearly,
        Lack.HOLIDAY: bool(holidays),
        Lack.QUANTILES: len(errors) < same_weekday.LEAST_ERRORS,
        Lack.SMALL: calls < SMALL_CALLS,
        Lack.SPARSE: share < SPARSE_SHARE,
        Lack.FAR: horizon_days > max(7.0, (training.dates[-1] - training.dates[0]).days),
    }
    return [lack for lack, holds in told.items() if holds]


def _unmet(table: DayTable, calendar: Calendar, asked: list[str]) -> tuple[str, ...]:
    """Holidays asked for that the history holds fewer than four of, each closure counted once."""
    seen = [bool(day.any()) for day in ~np.isnan(table.calls)]
    names = [calendar.name(day) if calendar.day_type(day) is DayType.HOLIDAY else "" for day in table.dates]
    closures = groupby(zip(names, seen, strict=True), key=_name)
    met = Counter(name for name, days in closures if any(answered for _, answered in days))
    return tuple(name for name in dict.fromkeys(asked) if met[name] < ENOUGH_HOLIDAYS)


def _name(day: tuple[str, bool]) -> str:
    return day[0]
