"""Plain counting over a finished line, for the `breaches` of the rules; engines never read it."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Literal

from data.model.roster import AgentLine, Breach, Duty
from data.model.rulebook import LiftedRule, RuleSpec
from optimizer.rostering.problem import PeriodName
from optimizer.rostering.rules import Tongue

LongName = Literal["quarter", "year"]
"""Calendar periods longer than a month; most of their days lie outside a line (`data.model.ledger.Balance`)."""

PERIOD_WORDS: dict[Tongue, dict[PeriodName | LongName, str]] = {
    "en": {
        "week": "in a week",
        "month": "in a calendar month",
        "quarter": "in a calendar quarter",
        "year": "in a calendar year",
        "plan": "in the plan",
    },
    "zh": {"week": "每周", "month": "每个自然月", "quarter": "每个自然季度", "year": "每个自然年", "plan": "整个计划期"},
}
"""How a sentence names a period."""

SPARED = "+"
"""Leave code that a rule reads on days on which it is lifted; no shift may have it."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days ``first <= d < end`` of a line, and how many days the whole period has."""

    first: int
    end: int
    full: int

    @property
    def known(self) -> int:
        """Days of the period that lie in the line."""
        return self.end - self.first


def periods(line: AgentLine, name: PeriodName | LongName) -> tuple[Period, ...]:
    """Weeks (Monday to Sunday) or calendar periods that are not over before `first_open`, or the plan as one period."""
    return _periods(line.duties[0].day, len(line.duties), line.first_open, name)


@lru_cache(maxsize=64)
def _periods(first: date, size: int, first_open: int, name: PeriodName | LongName) -> tuple[Period, ...]:
    """Periods of the days of a line: every line of a roster has the same."""
    if name == "plan":
        return (Period(first_open, size, size - first_open),)
    found: list[Period] = []
    for _, group in groupby(range(size), lambda d: whole_period(first + timedelta(days=d), name)):
        days = list(group)
        start, last = whole_period(first + timedelta(days=days[0]), name)
        found.append(Period(days[0], days[-1] + 1, (last - start).days + 1))
    return tuple(period for period in found if period.end > first_open)


def whole_period(day: date, name: PeriodName | LongName) -> tuple[date, date]:
    """First and last day of the week or calendar period that a day lies in."""
    if name == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[name]
    start = (day.month - 1) // months * months + 1
    last = start + months - 1
    return date(day.year, start, 1), date(day.year, last, monthrange(day.year, last)[1])


def spared(line: AgentLine, rule: RuleSpec) -> AgentLine:
    """The line as a rule reads it: paid leave on the days on which derogations lift the rule."""
    if not isinstance(rule, LiftedRule):
        return line
    free = [rule.lifted(duty.day) for duty in line.duties]
    paid = line.contract.daily_minutes
    seen = [
        Duty(duty.day, "leave", SPARED, credit_minutes=paid) if lift else duty for duty, lift in zip(line.duties, free, strict=True)
    ]
    leave = [SPARED if lift else code for code, lift in zip(line.leave, free, strict=True)]
    return replace(line, duties=tuple(seen), leave=tuple(leave))


def spent(line: AgentLine, period: Period, values: Sequence[int]) -> int:
    """What the history of a period adds to a count."""
    return sum(values[period.first : line.first_open])


def breach(line: AgentLine, first: int, last: int, measured: float, limit: float, amount: float, message: str) -> Breach:
    """A breach on days ``first <= d <= last``, its rule still to be named."""
    days = line.duties[first].day, line.duties[last].day
    return Breach("", line.agent.id, *days, measured, limit, amount, message)


def over(
    line: AgentLine, period: Period, values: Sequence[int], limit: int, what: str, allowed: int = 0, brought: int = 0
) -> list[Breach]:
    """The breach of a maximum in a period, if any: what history has used up already is not charged again.

    Parameters
    ----------
    values : sequence of int
        What each day of the line adds.
    limit : int
        The maximum.
    what : str
        Unit, for the message.
    allowed : int
        A higher total of the days that is nobody's fault, e.g. of leave; the maximum is not enforced below it.
    brought : int
        What the period holds from before the line.
    """
    total = sum(values[period.first : period.end])
    if brought + total <= limit or total <= allowed:
        return []
    amount = brought + total - max(limit, brought + max(allowed, spent(line, period, values)))
    if amount <= 0:
        return []
    total += brought
    message = f"{total} {what} from {line.duties[period.first].day} to {line.duties[period.end - 1].day}, at most {limit}"
    return [breach(line, period.first, period.end - 1, total, limit, amount, message)]


def long_runs(line: AgentLine, members: Sequence[bool], longest: int, what: str) -> list[Breach]:
    """A breach for each run of member days longer than `longest`; the amount is its open days beyond the limit."""
    found: list[Breach] = []
    for member, group in groupby(range(len(members)), members.__getitem__):
        days = list(group)
        beyond = [d for d in days[longest:] if d >= line.first_open]
        if member and beyond:
            message = f"{len(days)} {what} in a row from {line.duties[days[0]].day}, at most {longest}"
            found.append(breach(line, days[0], days[-1], len(days), longest, len(beyond), message))
    return found
