"""Shifts of some names in a week, a calendar month or the plan: at least so many, and at most.

A name is a shift code, a kind (``early``, ``day``, ``late``), ``night`` (at least three hours between 22:00 and 06:00) or
``split`` (a pause of at least two hours);
without names every shift counts. A day of leave may count into the minimum, on working days alone (a week of leave then is five
shifts) or on all days; it never counts into the maximum. A period that the known days cut short keeps its maximum; its minimum
is cut in proportion to the days known and rounded down. What history holds beyond the maximum is not charged again.

References
----------
HSE, *Good practice guidelines* for shift work (limit nights, share out unpopular shifts). Numbers and leave: house choice.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import BoolArray, Frozen, IntArray
from data.model.calendar import DayType
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Counter, Language, counter
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import LineContext, PeriodName
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, Period, breach, over, periods

AT_WORK = (DayType.WORK, DayType.MAKEUP)
"""Days of the calendar that are worked."""


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    names : tuple of str
        Names of shifts; empty = every shift.
    period : str
        week (Monday to Sunday), month (calendar) or plan (all open days).
    min_shifts : int
        Least shifts; 0 to 366.
    max_shifts : int or None
        Most shifts; None = no maximum.
    leave_counts : str
        Days of leave that count into the minimum: none, workdays (of the calendar) or all.
    """

    names: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    period: PeriodName = "week"
    min_shifts: int = Field(default=0, ge=0, le=366)
    max_shifts: int | None = Field(default=None, ge=0, le=366)
    leave_counts: Literal["none", "workdays", "all"] = "none"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_shifts is not None and self.max_shifts < self.min_shifts:
            raise ValueError("max_shifts must not be less than min_shifts")
        return self


LEAVE: dict[Tongue, dict[str, str]] = {
    "en": {"none": "", "workdays": " (leave on a working day is one)", "all": " (a day of leave is one)"},
    "zh": {"none": "", "workdays": "（工作日休假计为 1 个）", "all": "（休假 1 天计为 1 个）"},
}
"""How a sentence says what leave counts for."""


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    low, high, when = params.min_shifts, params.max_shifts, PERIOD_WORDS[language][params.period]
    leave = LEAVE[language][params.leave_counts]
    if language == "zh":
        what = f"{'、'.join(params.names)} 班次" if params.names else "班次"
        most = "" if high is None else f"、不超过 {high} 个"
        return f"{when}{what}不少于 {low} 个{leave}{most}；每差 1 个计 1。"
    what = f" of {', '.join(params.names)}" if params.names else ""
    most = "" if high is None else f" and at most {high}"
    return f"At least {low}{leave}{most} shifts{what} {when}; each shift outside counts 1."


def shift_names(params: Params) -> tuple[str, ...]:
    """Shifts that the numbers name."""
    return params.names


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too few or too many such shifts; the amount is the shifts outside."""
    shifts = [int(at_work) for at_work in line.worked] if not params.names else _named_shifts(params, line)
    found: list[Breach] = []
    for period in periods(line, params.period):
        if params.min_shifts:
            found += _too_few(params, line, period, shifts)
        if params.max_shifts is not None:
            found += over(line, period, shifts, params.max_shifts, "shifts")
    return found


def _named_shifts(params: Params, line: AgentLine) -> list[int]:
    return [
        int(at_work and any(bears(duty, name) for name in params.names))
        for duty, at_work in zip(line.duties, line.worked, strict=True)
    ]


def _too_few(params: Params, line: AgentLine, period: Period, shifts: list[int]) -> list[Breach]:
    """The breach of the minimum in a period, if any."""
    least = params.min_shifts * period.known // period.full
    total = sum(shifts[period.first : period.end])
    if total < least and params.leave_counts != "none":
        total += sum(_credited(params, line, d) for d in range(period.first, period.end))
    if total >= least:
        return []
    message = f"{total} shifts from {line.duties[period.first].day} to {line.duties[period.end - 1].day}, at least {least}"
    return [breach(line, period.first, period.end - 1, total, least, least - total, message)]


def _credited(params: Params, line: AgentLine, d: int) -> bool:
    """Whether a day is one of leave that counts."""
    duty = line.duties[d]
    return duty.kind == "leave" and (params.leave_counts == "all" or line.calendar.day_type(duty.day) in AT_WORK)


def language(params: Params, context: LineContext, price: float) -> Language:
    """A counter of the shifts; if leave counts, one for the minimum that counts it and one for the maximum that does not."""
    member = _members(params, context)
    spans = context.periods(params.period)
    least = [params.min_shifts * (end - first) // full for first, end, full in spans]
    most = [_most(params, context, member, first, end) for first, end, _ in spans]
    plain = np.tile(member.astype(np.int64), (context.days, 1))
    if params.leave_counts == "none" or not any(least):
        return Language(counters=_counter("shifts", plain, spans, least, most, price))
    roof = [end - first for first, end, _ in spans]
    credited = _counter("shifts and leave", plain + _leave(params, context), spans, least, roof, price)
    return Language(counters=credited + _counter("shifts", plain, spans, [0] * len(spans), most, price))


def _members(params: Params, context: LineContext) -> BoolArray:
    """Symbols that count; shape (symbols,)."""
    masks = [named(context.alphabet, name) for name in params.names] or [context.alphabet.is_shift]
    return np.logical_or.reduce(masks) & context.alphabet.is_shift


def _leave(params: Params, context: LineContext) -> IntArray:
    """1 for each leave symbol on the days on which leave counts; shape (days, symbols)."""
    days = [params.leave_counts == "all" or context.calendar.day_type(day) in AT_WORK for day in context.dates]
    return (np.array(days)[:, None] & context.alphabet.leave).astype(np.int64)


def _most(params: Params, context: LineContext, member: BoolArray, first: int, end: int) -> int:
    """Maximum of a period: the rule's, or what history holds; all its days if there is none."""
    return end - first if params.max_shifts is None else max(params.max_shifts, int(member[context.history(first)].sum()))


def _counter(
    name: str, weight: IntArray, spans: list[tuple[int, int, int]], low: list[int], high: list[int], price: float
) -> tuple[Counter, ...]:
    """The counter, unless no line can leave its bounds."""
    free = all(least == 0 and end - first <= most for (first, end, _), least, most in zip(spans, low, high, strict=True))
    return () if free else (counter(name, weight, [span[:2] for span in spans], low, high, price),)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    nights = {"names": ["night"], "period": "week", "min_shifts": 1, "max_shifts": 2}
    five = {"period": "week", "min_shifts": 5, "leave_counts": "workdays"}
    return (
        Example(nights, "N N - - E E -", True),
        Example(nights, "N N N - - E -", False),
        Example(nights, "E E E - - E -", False),
        Example(nights, "N N N - - E -", True, history=3),
        Example({"names": ["L", "T"], "period": "plan", "max_shifts": 1}, "L E T", False),
        Example(five, "E E AL AL AL - -", True),
        Example(five, "E E E E - AL AL", False),
        Example(five | {"leave_counts": "all"}, "E E E E - AL AL", True),
        Example({"period": "week", "min_shifts": 5}, "E E -", True),
        Example({"period": "week", "min_shifts": 5}, "E - -", False),
    )
