"""Days without a shift in a week, a calendar month or the plan.

For the minimum a day off and a day of leave both count as free; the maximum bounds days off alone. A period that the known
days cut short keeps its maximum; its minimum is cut in proportion to the days known and rounded down. Work days that history
holds beyond the limit are not charged again.

References
----------
Labour Law art. 38 (at least one day of rest a week); State Council rule on working time (1995) art. 7 (enterprises may place
it on any day); Directive 2003/88/EC art. 5. That leave counts as free: house choice.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Counter, Language, counter
from optimizer.rostering.problem import LineContext, PeriodName
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, Period, breach, over, periods, spent


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        week (Monday to Sunday), month (calendar) or plan (all open days).
    min_days : int
        Least days without a shift; 0 to 366.
    max_days : int or None
        Most days off; None = no maximum.
    """

    period: PeriodName = "week"
    min_days: int = Field(default=1, ge=0, le=366)
    max_days: int | None = Field(default=None, ge=0, le=366)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_days is not None and self.max_days < self.min_days:
            raise ValueError("max_days must not be less than min_days")
        return self


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    low, high, when = params.min_days, params.max_days, PERIOD_WORDS[language][params.period]
    if language == "zh":
        most = "" if high is None else f"，公休不超过 {high} 天"
        return f"{when}至少 {low} 天不排班（公休或休假）{most}；每差 1 天计 1。"
    most = "" if high is None else f", and at most {high} days off"
    return f"At least {low} days without a shift {when}{most}; each day outside counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too few free days or too many days off; the amount is the days outside."""
    off = [] if params.max_days is None else [int(duty.kind == "off") for duty in line.duties]
    found: list[Breach] = []
    for period in periods(line, params.period):
        found += _too_few(params.min_days * period.known // period.full, line, period)
        if params.max_days is not None:
            found += over(line, period, off, params.max_days, "days off")
    return found


def _too_few(least: int, line: AgentLine, period: Period) -> list[Breach]:
    """Free days that lack, less those that were lost before `first_open`."""
    free = period.known - sum(line.worked[period.first : period.end])
    if free >= least:
        return []
    amount = min(least, period.known - spent(line, period, line.worked)) - free
    message = f"{free} days without a shift from {line.duties[period.first].day}, at least {least}"
    return [breach(line, period.first, period.end - 1, free, least, amount, message)] if amount > 0 else []


def language(params: Params, context: LineContext, price: float) -> Language:
    """A counter of work days (the minimum, seen from the other side), and one of days off if they have a maximum."""
    symbols = np.arange(len(context.alphabet.codes))
    spans = context.periods(params.period)
    most_worked = [end - first - params.min_days * (end - first) // full for first, end, full in spans]
    counters = [_at_most("worked", context, params, context.alphabet.is_shift, most_worked, price)]
    if params.max_days is not None:
        counters.append(_at_most("off", context, params, symbols == 0, [params.max_days] * len(spans), price))
    return Language(counters=tuple(counters))


def _at_most(name: str, context: LineContext, params: Params, member: np.ndarray, most: list[int], price: float) -> Counter:
    """Days of a set of symbols, bounded in each period by `most` or by what history already holds."""
    spans = context.periods(params.period)
    high = [max(limit, int(member[context.history(first)].sum())) for limit, (first, _, _) in zip(most, spans, strict=True)]
    weight = np.tile(member.astype(np.int64), (context.days, 1))
    return counter(name, weight, [span[:2] for span in spans], [0] * len(spans), high, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"period": "week", "min_days": 1}, "E E E E E E -", True),
        Example({"period": "week", "min_days": 1}, "E E E E E E AL", True),
        Example({"period": "week", "min_days": 1}, "E E E E E E E", False),
        Example({"period": "week", "min_days": 2, "max_days": 3}, "E E E - - - -", False),
        Example({"period": "week", "min_days": 2, "max_days": 3}, "E E E AL AL - -", True),
        Example({"period": "week", "min_days": 2}, "E E E E E E -", True, history=6),
        Example({"period": "week", "min_days": 2}, "E E E E E E E", False, history=6),
        Example({"period": "week", "min_days": 2}, "E E E", True),
    )
