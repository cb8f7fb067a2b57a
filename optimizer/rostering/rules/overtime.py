"""At most so much overtime on a day and in a calendar month.

Overtime exists only in finished duties (paid minutes beyond the shift template), so the engines, which give out templates,
see nothing of this rule; the verifier does. Overtime of the month that history holds beyond the limit is not charged again.
Of the month in which a balance ends, the balance knows the days up to its last one.

An emergency is no number of the rule: a `Derogation` lifts it for given agents on given days, and overtime of these days counts
neither on the day nor in the month.

References
----------
Labour Law art. 41 (with special reason at most 3 h a day, 36 h a month), art. 42 (emergencies lift both).
"""

from collections.abc import Sequence

from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import Period, breach, over, periods, whole_period


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    max_day_minutes : int
        Most overtime on a day, minutes; 0 to 960.
    max_month_minutes : int
        Most overtime in a calendar month, minutes; 0 to 14880.
    """

    max_day_minutes: int = Field(default=180, ge=0, le=960)
    max_month_minutes: int = Field(default=2160, ge=0, le=14880)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    day, month = params.max_day_minutes, params.max_month_minutes
    if language == "zh":
        return f"加班每天不超过 {day} 分钟，每个自然月不超过 {month} 分钟；每超出 1 分钟各计 1。"
    return f"At most {day} minutes of overtime on a day and {month} in a calendar month; each minute beyond either counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day, and for each month, beyond its limit; the amount is the minutes beyond."""
    minutes = [duty.overtime_minutes for duty in line.duties]
    if not any(minutes):
        return []
    limit, found = params.max_day_minutes, list[Breach]()
    for d in range(line.first_open, len(minutes)):
        if minutes[d] > limit:
            message = f"{minutes[d]} minutes of overtime on {line.duties[d].day}, at most {limit}"
            found.append(breach(line, d, d, minutes[d], limit, minutes[d] - limit, message))
    for period in periods(line, "month"):
        found += _month(params, line, period, minutes)
    return found


def _month(params: Params, line: AgentLine, period: Period, minutes: list[int]) -> list[Breach]:
    """The breach of the limit of a month, if any: what the balance brings, and the days of the line after it."""
    brought, first = 0, period.first
    if line.balance and line.balance.until >= whole_period(line.duties[first].day, "month")[0]:
        brought = line.balance.overtime_minutes
        first = max(first, (line.balance.until - line.duties[0].day).days + 1)
    if first >= period.end:
        return []
    counted = Period(first, period.end, period.full)
    return over(line, counted, minutes, params.max_month_minutes, "minutes of overtime", brought=brought)


def language(params: Params, context: LineContext, price: float) -> Language:
    """Nothing: a template holds no overtime."""
    return Language()


def examples() -> Sequence[Example]:
    """A line of templates, which holds no overtime (tests/unit/test_rules_overtime.py shows what it forbids)."""
    return (Example({"max_day_minutes": 0, "max_month_minutes": 0}, "E E E N -", True),)
