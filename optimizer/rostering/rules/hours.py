"""Credited minutes in a week, a calendar month or the plan: paid minutes of shifts, and the normal day of paid leave.

The maximum holds whatever is known of the period. It is never lower than what history has used up and leave must credit
(one normal day for each open day of leave), so leave alone breaks nothing. A period that the known days cut short keeps its
maximum; its minimum is cut in proportion to the days known and rounded down to whole normal days of the contract. Unpaid
leave credits nothing: give a minimum that it may put out of reach a weight.

References
----------
Labour Law art. 36; State Council rule on working time (1995) art. 3 (40 h a week); 人社部发〔2025〕2号 (20.67 days a month);
Labour Contract Law art. 68 (part-time: 24 h a week). Rounding and leave: house choice.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, counter
from optimizer.rostering.problem import LineContext, PeriodName
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, Period, breach, over, periods


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        week (Monday to Sunday), month (calendar) or plan (all open days).
    min_minutes : int
        Least credited minutes; 0 = no minimum.
    max_minutes : int or None
        Most credited minutes; None = no maximum.
    """

    period: PeriodName = "week"
    min_minutes: int = Field(default=0, ge=0, le=527040)
    max_minutes: int | None = Field(default=None, ge=0, le=527040)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_minutes is not None and self.max_minutes < self.min_minutes:
            raise ValueError("max_minutes must not be less than min_minutes")
        return self


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    low, high, when = params.min_minutes, params.max_minutes, PERIOD_WORDS[language][params.period]
    if language == "zh":
        most = "" if high is None else f"、不超过 {high} 分钟"
        return f"{when}计入工时不少于 {low} 分钟{most}；每差 1 分钟计 1。"
    most = "" if high is None else f" and at most {high} minutes"
    return f"At least {low} minutes{most} credited {when}; each minute outside counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too few or too many minutes; the amount is the minutes outside."""
    credit = [duty.credit_minutes for duty in line.duties]
    return [found for period in periods(line, params.period) for found in _outside(params, line, period, credit)]


def _outside(params: Params, line: AgentLine, period: Period, credit: list[int]) -> list[Breach]:
    normal, total = line.contract.daily_minutes, sum(credit[period.first : period.end])
    least = params.min_minutes
    if period.known < period.full:
        least = least * period.known // (period.full * normal) * normal
    found: list[Breach] = []
    if total < least:
        message = f"{total} minutes from {line.duties[period.first].day} to {line.duties[period.end - 1].day}, at least {least}"
        found.append(breach(line, period.first, period.end - 1, total, least, least - total, message))
    if params.max_minutes is not None:
        leave = sum(normal for d in range(max(period.first, line.first_open), period.end) if line.leave[d])
        history = sum(credit[period.first : line.first_open])
        found += over(line, period, credit, params.max_minutes, "minutes", history + leave)
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """One counter of minutes."""
    weight = context.alphabet.credit_minutes(context.contract)
    spans = context.periods(params.period)
    low = [_least(params, context, end - first, full) for first, end, full in spans]
    high = [_most(params, context, first, end) for first, end, _ in spans]
    every_day = np.tile(weight, (context.days, 1))
    return Language(counters=(counter("hours", every_day, [span[:2] for span in spans], low, high, price),))


def _least(params: Params, context: LineContext, known: int, full: int) -> int:
    """Minimum of a period; cut when only `known` of its `full` days are known."""
    normal = context.contract.daily_minutes
    return params.min_minutes if known == full else (params.min_minutes * known // full) // normal * normal


def _most(params: Params, context: LineContext, first: int, end: int) -> int:
    """Maximum of a period: the rule's, or what history and leave already take."""
    weight = context.alphabet.credit_minutes(context.contract)
    if params.max_minutes is None:
        return int(weight.max()) * (end - first)
    leave = int((context.leave[max(first, context.first_open) : end] >= 0).sum()) * context.contract.daily_minutes
    return max(params.max_minutes, int(weight[context.history(first)].sum()) + leave)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    week = {"period": "week", "min_minutes": 2400, "max_minutes": 2400}
    return (
        Example(week, "E E E E E - -", True),
        Example(week, "E E E E AL - -", True, leave={4: "AL"}),
        Example(week, "E E E E - - -", False),
        Example(week, "E E E E E E -", False),
        Example(week, "E E E E E E - E E E E E - -", True, history=7),
        Example(week, "E E E E E E - E E E E E - -", True, history=6),
        Example(week, "E E E E E E - E E E E E - -", False, history=5),
        Example(week, "AL AL AL AL AL AL AL", True, leave=dict.fromkeys(range(7), "AL")),
    )
