"""Credited minutes in a period: paid minutes of shifts, and the normal day of paid leave.

The maximum holds whatever is known of the period. It is never lower than what history has used up and leave must credit
(one normal day for each open day of leave), so leave alone breaks nothing. A period that the known days cut short keeps its
maximum; its minimum is cut in proportion to the days known and rounded down to whole normal days of the contract. Unpaid
leave credits nothing: give a minimum that it may put out of reach a weight.

Of a quarter or a year, the agent's balance knows the days up to `Balance.until`, and the line is counted after that day
alone; a period whose days all lie in the balance is not judged. On a day the numbers bound each shift; as an average of the
days worked they bound shifts alone, leave and days off left out.

References
----------
Labour Law art. 36; State Council rule on working time (1995) art. 3 (8 h a day, 40 h a week); 人社部发〔2025〕2号 (20.67 days a
month, 62 a quarter, 248 a year of 8 h); 劳部发〔1994〕503号 art. 5 (periods of comprehensive hours); Labour Contract Law art. 68
(part-time: on average 4 h a day, at most 24 h a week); Directive 2003/88/EC arts. 6, 16 (48 h a week on average). Rounding and
leave: house choice.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen, IntArray
from data.model.ledger import Balance
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Counter, Language, counter
from optimizer.rostering.problem import LineContext, PeriodName
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, LongName, Period, breach, over, periods, whole_period

WEEK_DAYS = 7


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        day (each shift), week (Monday to Sunday), month, quarter or year (calendar), or plan (all open days).
    per : str
        period: the minutes are those of the period; week: of a week on average, times the weeks of the period; day: of a day
        worked on average (a maximum in a week, a month or the plan).
    min_minutes : int
        Least credited minutes; 0 = no minimum.
    max_minutes : int or None
        Most credited minutes; None = no maximum.
    """

    period: Literal["day"] | PeriodName | LongName = "week"
    per: Literal["period", "week", "day"] = "period"
    min_minutes: int = Field(default=0, ge=0, le=527040)
    max_minutes: int | None = Field(default=None, ge=0, le=527040)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_minutes is not None and self.max_minutes < self.min_minutes:
            raise ValueError("max_minutes must not be less than min_minutes")
        return self

    @model_validator(mode="after")
    def _averaged(self) -> Self:
        if self.period == "day" and self.per != "period":
            raise ValueError("the numbers of a day are those of the day: leave per out")
        if self.per == "day" and (self.period in ("quarter", "year") or self.min_minutes or self.max_minutes is None):
            raise ValueError("an average of the days worked is a maximum in a week, a month or the plan")
        return self

    def scaled(self, minutes: int, days: int) -> int:
        """A number of the rule for a whole period of so many days, minutes."""
        return minutes * days // WEEK_DAYS if self.per == "week" else minutes


UNITS: dict[Tongue, dict[str, str]] = {
    "en": {"period": "", "week": " a week on average", "day": " a day worked on average"},
    "zh": {"period": "", "week": "平均每周", "day": "平均每个工作日"},
}
"""What the numbers are per, as a sentence says it."""


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    low, high, unit = params.min_minutes, params.max_minutes, UNITS[language][params.per]
    if language == "zh":
        when = "每个班次" if params.period == "day" else PERIOD_WORDS["zh"][params.period]
        most = "" if high is None else f"、不超过 {high} 分钟"
        return f"{when}{unit}计入工时不少于 {low} 分钟{most}；每差 1 分钟计 1。"
    when = "for each shift" if params.period == "day" else PERIOD_WORDS["en"][params.period]
    most = "" if high is None else f" and at most {high} minutes"
    return f"At least {low} minutes{most} credited{unit} {when}; each minute outside counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period, or shift, with too few or too many minutes; the amount is the minutes outside."""
    if params.period == "day":
        return _odd_shifts(params, line)
    if params.per == "day":
        return _long_days(params, line, params.period)
    credit = [duty.credit_minutes for duty in line.duties]
    sums = [_sum_of(line, period, params.period) for period in periods(line, params.period)]
    return [
        b
        for one in sums
        if one.days.known > 0
        for b in (*_too_few(params, line, one, credit), *_too_many(params, line, one, credit))
    ]


@dataclass(frozen=True, slots=True)
class _Sum:
    """What a period holds: the minutes that the balance brings, and those of the days of the line after it; `known` counts both."""

    days: Period
    known: int
    brought: int = 0


def _odd_shifts(params: Params, line: AgentLine) -> list[Breach]:
    """Open days whose shift credits too few or too many minutes."""
    low, high, found = params.min_minutes, params.max_minutes, list[Breach]()
    for d in range(line.first_open, len(line.duties)):
        minutes = line.duties[d].credit_minutes
        if line.worked[d] and (minutes < low or (high is not None and minutes > high)):
            limit = low if high is None or minutes < low else high
            message = f"{minutes} minutes credited on {line.duties[d].day}, at {'least' if minutes < low else 'most'} {limit}"
            found.append(breach(line, d, d, minutes, limit, abs(minutes - limit), message))
    return found


def _long_days(params: Params, line: AgentLine, name: PeriodName | LongName) -> list[Breach]:
    """Periods whose shifts are longer than the average that is allowed."""
    most = params.max_minutes or 0
    beyond = [duty.credit_minutes - most if duty.kind == "shift" else 0 for duty in line.duties]
    return [b for period in periods(line, name) for b in over(line, period, beyond, 0, f"minutes beyond {most} a day worked")]


def _sum_of(line: AgentLine, period: Period, name: PeriodName | LongName) -> _Sum:
    """The sum of a period; a balance knows something of a quarter or a year if it ends in it or later."""
    if name not in ("quarter", "year") or line.balance is None:
        return _Sum(period, period.known)
    start, until = whole_period(line.duties[period.first].day, name)[0], line.balance.until
    if until < start:
        return _Sum(period, period.known)
    days = Period(max(period.first, (until - line.duties[0].day).days + 1), period.end, period.full)
    brought = line.balance.quarter_minutes if name == "quarter" else line.balance.year_minutes
    return _Sum(days, (until - start).days + 1 + days.known, brought)


def _too_few(params: Params, line: AgentLine, one: _Sum, credit: list[int]) -> list[Breach]:
    """The breach of the minimum, if any; the minimum is cut when not all days are known."""
    period, normal = one.days, line.contract.daily_minutes
    least, total = params.scaled(params.min_minutes, period.full), one.brought + sum(credit[period.first : period.end])
    if one.known < period.full:
        least = least * one.known // (period.full * normal) * normal
    if total >= least:
        return []
    message = f"{total} minutes from {line.duties[period.first].day} to {line.duties[period.end - 1].day}, at least {least}"
    return [breach(line, period.first, period.end - 1, total, least, least - total, message)]


def _too_many(params: Params, line: AgentLine, one: _Sum, credit: list[int]) -> list[Breach]:
    """The breach of the maximum, if any, beyond what history and leave take."""
    period = one.days
    if params.max_minutes is None or one.brought + sum(credit[period.first : period.end]) <= params.scaled(
        params.max_minutes, period.full
    ):
        return []
    leave = sum(map(bool, line.leave[max(period.first, line.first_open) : period.end])) * line.contract.daily_minutes
    taken = sum(credit[period.first : line.first_open]) + leave
    return over(line, period, credit, params.scaled(params.max_minutes, period.full), "minutes", taken, one.brought)


@dataclass(frozen=True)
class _Span:
    """Days ``first <= d < end`` that count, of a period of `full` days, `known` of them known; `brought` is what came before."""

    first: int
    end: int
    full: int
    known: int
    brought: int = 0


def language(params: Params, context: LineContext, price: float) -> Language:
    """One counter of minutes, if any line can leave the bounds; prices of the symbols where they bound each shift."""
    weight = context.alphabet.credit_minutes(context.contract)
    if params.period == "day":
        return Language(cost=np.where(context.charged[:, None], _shift_prices(params, context, weight, price), 0.0))
    if params.per == "day":
        return _average(params, context, weight, price, params.period)
    spans = _spans(context, params.period)
    low = [max(0, _least(params, context, span) - span.brought) for span in spans]
    high = [_most(params, context, span, weight) for span in spans]
    return _counted(context, weight, [(span.first, span.end) for span in spans], low, high, price)


def _counted(
    context: LineContext, weight: IntArray, days: list[tuple[int, int]], low: list[int], high: list[int], price: float
) -> Language:
    """A counter of minutes; none if no line can leave the bounds."""
    count = counter("hours", np.tile(weight, (context.days, 1)), days, low, high, price)
    return Language(counters=(count,) if _binds(count) else ())


def _binds(count: Counter) -> bool:
    """Whether some value is priced or cannot be held."""
    edges = [0, *(close + 1 for close in count.closes)]
    most = count.weight.max(axis=1)
    reach = max((int(most[a:b].sum()) for a, b in zip(edges, edges[1:], strict=False)), default=0)
    return bool(count.price.any()) or reach > count.hi


def _shift_prices(params: Params, context: LineContext, weight: IntArray, price: float) -> np.ndarray:
    """Price of each symbol by the minutes that it credits outside the bounds of a day."""
    high = int(weight.max()) if params.max_minutes is None else params.max_minutes
    outside = np.maximum(params.min_minutes - weight, 0) + np.maximum(weight - high, 0)
    return np.where(context.alphabet.is_shift & (outside > 0), price * np.maximum(outside, 1), 0.0)


def _average(params: Params, context: LineContext, weight: IntArray, price: float, name: PeriodName | LongName) -> Language:
    """A counter of minutes beyond the average; each day gets as many more as keep every symbol from falling below zero."""
    beyond = np.where(context.alphabet.is_shift, weight - (params.max_minutes or 0), 0)
    shift = -int(beyond.min())
    spans = _spans(context, name)
    high = [max(0, int(beyond[context.history(span.first)].sum())) + shift * (span.end - span.first) for span in spans]
    return _counted(context, beyond + shift, [(span.first, span.end) for span in spans], [0] * len(spans), high, price)


def _spans(context: LineContext, name: PeriodName | LongName) -> list[_Span]:
    """The periods with days that count."""
    if name not in ("quarter", "year"):
        return [_Span(first, end, full, end - first) for first, end, full in context.periods(name)]
    months = 3 if name == "quarter" else 12
    key = [(day.year, (day.month - 1) // months) for day in context.dates]
    edges = [0, *(d for d in range(1, context.days) if key[d] != key[d - 1]), context.days]
    spans = [_long_span(context, first, end, months) for first, end in zip(edges, edges[1:], strict=False)]
    return [span for span in spans if span.end > max(span.first, context.first_open)]


def _long_span(context: LineContext, first: int, end: int, months: int) -> _Span:
    """What the balance and the line know of a quarter or a year; no day counts if the balance knows them all."""
    day = context.dates[first]
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    full = sum(monthrange(day.year, start.month + k)[1] for k in range(months))
    balance = context.balance
    if balance is None or balance.until < start:
        return _Span(first, end, full, end - first)
    after = max(first, (balance.until - context.dates[0]).days + 1)
    known = (balance.until - start).days + 1 + end - after
    return _Span(after, end, full, known, _total(balance, months))


def _total(balance: Balance, months: int) -> int:
    return balance.quarter_minutes if months < 12 else balance.year_minutes


def _least(params: Params, context: LineContext, span: _Span) -> int:
    """Minimum of a period; cut when not all of its days are known."""
    least, normal = params.scaled(params.min_minutes, span.full), context.contract.daily_minutes
    return least if span.known == span.full else (least * span.known // span.full) // normal * normal


def _most(params: Params, context: LineContext, span: _Span, weight: IntArray) -> int:
    """Maximum of the days that count: what the rule leaves of it, or what history and leave already take.

    No more than the days can hold, so that agents with different balances, but room enough, count alike.
    """
    reach = int(weight.max()) * (span.end - span.first)
    if params.max_minutes is None:
        return reach
    leave = int((context.leave[max(span.first, context.first_open) : span.end] >= 0).sum()) * context.contract.daily_minutes
    room = params.scaled(params.max_minutes, span.full) - span.brought
    return min(reach, max(room, int(weight[context.history(span.first)].sum()) + leave))


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    week = {"period": "week", "min_minutes": 2400, "max_minutes": 2400}
    average = {"period": "week", "per": "day", "max_minutes": 360}
    return (
        Example(week, "E E E E E - -", True),
        Example(week, "E E E E AL - -", True, leave={4: "AL"}),
        Example(week, "E E E E - - -", False),
        Example(week, "E E E E E E -", False),
        Example(week, "E E E E E E - E E E E E - -", True, history=7),
        Example(week, "E E E E E E - E E E E E - -", True, history=6),
        Example(week, "E E E E E E - E E E E E - -", False, history=5),
        Example(week, "AL AL AL AL AL AL AL", True, leave=dict.fromkeys(range(7), "AL")),
        Example({"period": "day", "max_minutes": 300}, "S S - AL", True),
        Example({"period": "day", "max_minutes": 300}, "S E - AL", False),
        Example(average, "S E - AL", True),
        Example(average, "S E E AL", False),
        Example({"period": "plan", "per": "week", "max_minutes": 1680}, "E - E - E - - E - E - E - E", True),
        Example({"period": "plan", "per": "week", "max_minutes": 1679}, "E - E - E - - E - E - E - E", False),
        Example({"period": "quarter", "max_minutes": 480}, "E - -", True),
        Example({"period": "quarter", "max_minutes": 480}, "E - E", False),
    )
