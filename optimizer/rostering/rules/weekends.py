"""Weekends with work: at most so many in a calendar month or the plan, at most so many in a row, and whole ones if asked.

A weekend counts when a shift starts on its Saturday or its Sunday. One that the edge of a period cuts counts in each period
in which one of its days is worked. Weekends that history holds beyond a limit are not charged again. A weekend is broken when
a shift starts on one of its days alone; one of which only a day is known is not.

References
----------
HSE, *Good practice guidelines* for shift work: build in regular free weekends. Numbers: house choice.
"""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen, IntArray
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, block_runs, blocks, counter, succession
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, Period, breach, over, periods

SATURDAY, SUNDAY = 5, 6


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        month (calendar) or plan (all open days): of `max_weekends`.
    max_weekends : int or None
        Most weekends with work; 0 to 53, None = no maximum.
    max_in_row : int or None
        Most weekends with work in a row; 1 to 52 (1 = alternate weekends), None = no maximum.
    whole : bool
        Whether a weekend with work on one day alone counts 1 too.
    """

    period: Literal["month", "plan"] = "month"
    max_weekends: int | None = Field(default=None, ge=0, le=53)
    max_in_row: int | None = Field(default=None, ge=1, le=52)
    whole: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.max_weekends is None and self.max_in_row is None and not self.whole:
            raise ValueError("give max_weekends, max_in_row or whole")
        return self


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    when, most, row = PERIOD_WORDS[language][params.period], params.max_weekends, params.max_in_row
    if language == "zh":
        parts = [f"{when}有班的周末不超过 {most} 个"] if most is not None else []
        parts += [f"连续有班的周末不超过 {row} 个"] if row is not None else []
        parts += ["周末两天要么都有班、要么都没有"] if params.whole else []
        return f"{'；'.join(parts)}；每超出 1 个计 1。"
    parts = [f"at most {most} weekends with a shift {when}"] if most is not None else []
    parts += [f"at most {row} weekends with a shift in a row"] if row is not None else []
    parts += ["a shift on both days of a weekend or on neither"] if params.whole else []
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}; each weekend beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too many worked weekends, for each weekend too many in a row and for each broken one."""
    found: list[Breach] = []
    if params.max_weekends is not None:
        for period in periods(line, params.period):
            found += over(line, period, _first_worked(line, period), params.max_weekends, "weekends")
    if params.max_in_row is not None:
        found += _in_row(line, params.max_in_row)
    return found + (_broken(line) if params.whole else [])


def _first_worked(line: AgentLine, period: Period) -> list[int]:
    """1 on the first worked day of each weekend inside the period, 0 on every other day."""
    marks, monday = [0] * len(line.duties), -line.duties[0].day.weekday()
    for saturday in range(monday + SATURDAY, period.end, 7):
        worked = [d for d in (saturday, saturday + 1) if period.first <= d < period.end and line.worked[d]]
        if worked:
            marks[worked[0]] = 1
    return marks


def _in_row(line: AgentLine, most: int) -> list[Breach]:
    """One breach for each weekend whose first shift, on an open day, makes too many in a row."""
    found: list[Breach] = []
    row = 0
    for saturday in range(SATURDAY - line.duties[0].day.weekday(), len(line.duties), 7):
        worked = [d for d in (saturday, saturday + 1) if 0 <= d < len(line.duties) and line.worked[d]]
        row = row + 1 if worked else 0
        if row > most and worked[0] >= line.first_open:
            message = f"{row} weekends with a shift in a row up to {line.duties[worked[0]].day}, at most {most}"
            found.append(breach(line, worked[0], worked[0], row, most, 1, message))
    return found


def _broken(line: AgentLine) -> list[Breach]:
    """One breach for each weekend that ends on an open day and has a shift on one day alone."""
    found: list[Breach] = []
    for sunday in range(SUNDAY - line.duties[0].day.weekday(), len(line.duties), 7):
        if sunday >= max(line.first_open, 1) and line.worked[sunday - 1] != line.worked[sunday]:
            message = f"a shift on one day alone of the weekend that ends on {line.duties[sunday].day}"
            found.append(breach(line, sunday - 1, sunday, 1, 0, 1, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Automata that follow the weekends, and the counter that one of them feeds."""
    shift, weekday = context.alphabet.is_shift, np.array([day.weekday() for day in context.dates])
    total = Language()
    if params.max_weekends is not None:
        total += _counted(params, params.max_weekends, context, price)
    if params.max_in_row is not None:
        total += block_runs(shift, weekday == SATURDAY, weekday == SUNDAY, params.max_in_row, context.charged, price)
    if params.whole:
        uneven = (weekday == SUNDAY)[:, None, None] & (shift[:, None] != shift)
        total += succession(uneven, context.charged, price)
    return total


def _counted(params: Params, most: int, context: LineContext, price: float) -> Language:
    """An automaton that reports each worked weekend once, and its counter."""
    shift = context.alphabet.is_shift
    spans = context.periods(params.period)
    block = _weekend_of_day(context, [span[:2] for span in spans])
    high = [max(most, _history(context, block, first)) for first, _, _ in spans]
    none = np.zeros((context.days, len(shift)), dtype=np.int64)
    reach = max((len(np.unique(block[first:end])) for first, end, _ in spans), default=0)
    count = counter("weekends", none, [span[:2] for span in spans], [0] * len(spans), high, price, emitted=reach)
    return Language((blocks(shift, block, "weekends"),), (count,))


def _weekend_of_day(context: LineContext, spans: list[tuple[int, int]]) -> IntArray:
    """Number of the weekend each day lies in, cut at the edges of periods; -1 = none."""
    block = np.full(context.days, -1, dtype=np.int64)
    number = 0
    for first, end in spans:
        for d in range(first, end):
            if context.dates[d].weekday() >= SATURDAY:
                number += d == first or block[d - 1] < 0
                block[d] = number
    return block


def _history(context: LineContext, block: IntArray, first: int) -> int:
    """Weekends of a period that history has already worked."""
    known = context.history(first)
    worked = block[first : first + len(known)][context.alphabet.is_shift[known]]
    return len(np.unique(worked[worked >= 0]))


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    week = "- - - - - "
    return (
        Example({"period": "month", "max_weekends": 1}, f"{week} E E  {week} - - E", True),
        Example({"period": "month", "max_weekends": 1}, f"{week} E -  {week} - E", False),
        Example({"period": "plan", "max_weekends": 1}, f"{week} E -  {week} - E", True, history=7),
        Example({"period": "month", "max_weekends": 0}, f"{week} E E", True, history=6),
        Example({"period": "month", "max_weekends": 0}, f"{week} - E", False, history=6),
        Example({"whole": True}, f"{week} E N  {week} - AL", True),
        Example({"whole": True}, f"{week} E -", False),
        Example({"whole": True}, f"{week} E -", False, history=6),
        Example({"max_in_row": 1}, f"{week} E -  {week} - -  {week} E E", True),
        Example({"max_in_row": 1}, f"{week} E -  {week} - E", False),
        Example({"max_in_row": 2}, f"{week} E -  {week} - E  E - - - - - -", True),
        Example({"max_in_row": 1}, f"{week} E E  {week} E E", True, history=13),
    )
