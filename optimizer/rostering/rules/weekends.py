"""At most so many weekends with work in a calendar month or the plan.

A weekend counts when a shift starts on its Saturday or its Sunday. One that the edge of a period cuts counts in each period
in which one of its days is worked. Weekends that history holds beyond the limit are not charged again.

References
----------
HSE, *Good practice guidelines* for shift work: build in regular free weekends. Numbers: house choice.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from data.model.base import Frozen, IntArray
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, blocks, counter
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, Period, over, periods

SATURDAY = 5


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        month (calendar) or plan (all open days).
    max_weekends : int
        Most weekends with work; 0 to 53.
    """

    period: Literal["month", "plan"] = "month"
    max_weekends: int = Field(ge=0, le=53)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    when = PERIOD_WORDS[language][params.period]
    if language == "zh":
        return f"{when}有班的周末不超过 {params.max_weekends} 个；每超出 1 个计 1。"
    return f"At most {params.max_weekends} weekends with a shift {when}; each weekend beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too many worked weekends; the amount is the weekends beyond."""
    found: list[Breach] = []
    for period in periods(line, params.period):
        found += over(line, period, _first_worked(line, period), params.max_weekends, "weekends")
    return found


def _first_worked(line: AgentLine, period: Period) -> list[int]:
    """1 on the first worked day of each weekend inside the period, 0 on every other day."""
    marks = [0] * len(line.duties)
    for d in range(period.first, period.end):
        sunday_after_work = d > period.first and line.duties[d].day.weekday() > SATURDAY and marks[d - 1]
        if line.duties[d].day.weekday() >= SATURDAY and line.duties[d].kind == "shift" and not sunday_after_work:
            marks[d] = 1
    return marks


def language(params: Params, context: LineContext, price: float) -> Language:
    """An automaton that reports each worked weekend once, and its counter."""
    shift = context.alphabet.is_shift
    spans = context.periods(params.period)
    block = _weekend_of_day(context, [span[:2] for span in spans])
    high = [max(params.max_weekends, _history(context, block, first)) for first, _, _ in spans]
    none = np.zeros((context.days, len(shift)), dtype=np.int64)
    most = max((len(np.unique(block[first:end])) for first, end, _ in spans), default=0)
    count = counter("weekends", none, [span[:2] for span in spans], [0] * len(spans), high, price, emitted=most)
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
    return (
        Example({"period": "month", "max_weekends": 1}, "- - - - - E E  - - - - - - - E", True),
        Example({"period": "month", "max_weekends": 1}, "- - - - - E -  - - - - - - E", False),
        Example({"period": "plan", "max_weekends": 1}, "- - - - - E -  - - - - - - E", True, history=7),
        Example({"period": "month", "max_weekends": 0}, "- - - - - E E", True, history=6),
        Example({"period": "month", "max_weekends": 0}, "- - - - - - E", False, history=6),
    )
