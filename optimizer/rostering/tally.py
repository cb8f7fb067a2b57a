"""Plain counting over a finished line, for the `breaches` of the rules; engines never read it."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from data.model.roster import AgentLine, Breach
from optimizer.rostering.problem import PeriodName
from optimizer.rostering.rules import Tongue

PERIOD_WORDS: dict[Tongue, dict[PeriodName, str]] = {
    "en": {"week": "in a week", "month": "in a calendar month", "plan": "in the plan"},
    "zh": {"week": "每周", "month": "每个自然月", "plan": "整个计划期"},
}
"""How a sentence names a period."""


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


def periods(line: AgentLine, name: PeriodName) -> list[Period]:
    """Weeks (Monday to Sunday) or calendar months that are not over before `first_open`, or the plan as one period."""
    size = len(line.duties)
    if name == "plan":
        return [Period(line.first_open, size, size - line.first_open)]
    found: list[Period] = []
    for _, group in groupby(range(size), lambda d: _key(line.duties[d].day, name)):
        days = list(group)
        day = line.duties[days[0]].day
        found.append(Period(days[0], days[-1] + 1, 7 if name == "week" else monthrange(day.year, day.month)[1]))
    return [period for period in found if period.end > line.first_open]


def _key(day: date, name: PeriodName) -> tuple[int, int]:
    return (day.isocalendar().year, day.isocalendar().week) if name == "week" else (day.year, day.month)


def spent(line: AgentLine, period: Period, values: Sequence[int]) -> int:
    """What the history of a period adds to a count."""
    return sum(values[period.first : line.first_open])


def breach(line: AgentLine, first: int, last: int, measured: float, limit: float, amount: float, message: str) -> Breach:
    """A breach on days ``first <= d <= last``, its rule still to be named."""
    days = line.duties[first].day, line.duties[last].day
    return Breach("", line.agent.id, *days, measured, limit, amount, message)


def over(line: AgentLine, period: Period, values: Sequence[int], limit: int, what: str, allowed: int = 0) -> list[Breach]:
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
        A higher total that is nobody's fault, e.g. of leave; the maximum is not enforced below it.
    """
    total = sum(values[period.first : period.end])
    amount = total - max(limit, allowed, spent(line, period, values))
    message = f"{total} {what} from {line.duties[period.first].day} to {line.duties[period.end - 1].day}, at most {limit}"
    return [breach(line, period.first, period.end - 1, total, limit, amount, message)] if amount > 0 else []


def long_runs(line: AgentLine, members: Sequence[bool], longest: int, what: str) -> list[Breach]:
    """A breach for each run of member days longer than `longest`; the amount is its open days beyond the limit."""
    found: list[Breach] = []
    for member, group in groupby(range(len(members)), lambda d: members[d]):
        days = list(group)
        beyond = [d for d in days[longest:] if d >= line.first_open]
        if member and beyond:
            message = f"{len(days)} {what} in a row from {line.duties[days[0]].day}, at most {longest}"
            found.append(breach(line, days[0], days[-1], len(days), longest, len(beyond), message))
    return found
