"""At most so many statutory holidays worked in a calendar month or the plan, by the day or by the festival.

A holiday is worked when a shift starts on it. By the festival, holidays on days in a row count once, however many of them are
worked: with a maximum of one, somebody who works one of two festivals has the other free. A festival that the edge of a period
cuts counts in each period in which one of its days is worked. What history holds beyond the limit is not charged again.

References
----------
Measures on Holidays (2024) art. 2 (the days); Labour Law art. 40 (they are free as a rule). Numbers: house choice.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, Frozen, IntArray
from data.model.calendar import DayType
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, blocks, counter
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, Period, over, periods


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        month (calendar) or plan (all open days).
    count : str
        days, or festivals (holidays on days in a row).
    max_worked : int
        Most of them worked; 0 to 31.
    """

    period: Literal["month", "plan"] = "plan"
    count: Literal["days", "festivals"] = "days"
    max_worked: int = Field(ge=0, le=31)


WHAT: dict[Tongue, dict[str, str]] = {
    "en": {"days": "statutory holidays", "festivals": "festivals (statutory holidays in a row)"},
    "zh": {"days": "法定节假日（天）", "festivals": "节日（相连的法定节假日）"},
}
"""How a sentence names what is counted."""


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    when, what = PERIOD_WORDS[language][params.period], WHAT[language][params.count]
    if language == "zh":
        return f"{when}上班的{what}不超过 {params.max_worked} 个；每超出 1 个计 1。"
    return f"At most {params.max_worked} {what} worked {when}; each one beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too many holidays worked; the amount is those beyond."""
    if not line.calendar.table:
        return []
    holiday = [line.calendar.day_type(duty.day) is DayType.HOLIDAY for duty in line.duties]
    worked = [int(free and at_work) for free, at_work in zip(holiday, line.worked, strict=True)]
    found: list[Breach] = []
    for period in periods(line, params.period):
        if sum(worked[period.first : period.end]) > params.max_worked:
            marks = worked if params.count == "days" else _first_worked(holiday, worked, period)
            found += over(line, period, marks, params.max_worked, params.count)
    return found


def _first_worked(holiday: list[bool], worked: list[int], period: Period) -> list[int]:
    """1 on the first worked day of each festival inside the period, 0 on every other day."""
    marks, met = [0] * len(worked), False
    for d in range(period.first, period.end):
        met = met and holiday[d]
        marks[d] = int(worked[d] and not met)
        met = met or worked[d] > 0
    return marks


def language(params: Params, context: LineContext, price: float) -> Language:
    """A counter of shifts on holidays, or an automaton that reports each worked festival once and its counter."""
    holiday = np.array([context.calendar.day_type(day) is DayType.HOLIDAY for day in context.dates])
    spans = [span[:2] for span in context.periods(params.period)]
    spans = [(first, end) for first, end in spans if holiday[first:end].any()]
    return (_days if params.count == "days" else _festivals)(params, context, holiday, spans, price)


def _days(params: Params, context: LineContext, holiday: BoolArray, spans: list[tuple[int, int]], price: float) -> Language:
    shift = context.alphabet.is_shift
    high = [max(params.max_worked, _worked(context, holiday.cumsum(), holiday, first)) for first, _ in spans]
    weight = (holiday[:, None] & shift).astype(np.int64)
    return Language(counters=(counter("holidays", weight, spans, [0] * len(spans), high, price),)) if spans else Language()


def _festivals(params: Params, context: LineContext, holiday: BoolArray, spans: list[tuple[int, int]], price: float) -> Language:
    shift = context.alphabet.is_shift
    block = _festival_of_day(holiday, spans)
    high = [max(params.max_worked, _worked(context, block, holiday, first)) for first, _ in spans]
    most = max((len(np.unique(block[first:end])) for first, end in spans), default=0)
    none = np.zeros((context.days, len(shift)), dtype=np.int64)
    count = counter("festivals", none, spans, [0] * len(spans), high, price, emitted=most)
    return Language((blocks(shift, block, "festivals"),), (count,)) if spans else Language()


def _festival_of_day(holiday: BoolArray, spans: list[tuple[int, int]]) -> IntArray:
    """Number of the festival each day lies in, cut at the edges of periods; -1 = none."""
    begins = holiday & ~np.concatenate([[False], holiday[:-1]])
    begins[[first for first, _ in spans]] |= holiday[[first for first, _ in spans]]
    inside = np.zeros(len(holiday), dtype=bool)
    for first, end in spans:
        inside[first:end] = True
    return np.where(holiday & inside, begins.cumsum(), -1)


def _worked(context: LineContext, block: IntArray, holiday: BoolArray, first: int) -> int:
    """Blocks of holidays of a period that history has already worked."""
    known = context.history(first)
    days = slice(first, first + len(known))
    return len(np.unique(block[days][context.alphabet.is_shift[known] & holiday[days]]))


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids; a Friday in the middle of June is a holiday there."""
    none, festival = {"max_worked": 0}, {"max_worked": 0, "period": "month", "count": "festivals"}
    return (
        Example(none, "E E E E - - E " * 3, True),
        Example(none, "E E E E E - - " * 3, False),
        Example(none, "E E E E E - - " * 3, True, history=20),
        Example(festival, "E E E E E - - " * 3, False),
        Example(festival, "E E E E E - - " * 3, True, history=20),
    )
