"""Around a statutory holiday at most so many work days in a row; leave and days off end a run.

The days around a holiday are those from `reach_days` before its first to `reach_days` after its last, the holiday included. A
run is counted whole, also where it begins before them; of its days beyond the limit those around a holiday are charged.

References
----------
Measures on Holidays (2024) art. 7 (around a statutory holiday as a rule at most 6 days). How far around reaches: house choice.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.calendar import Calendar, DayType
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, run_limit
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach, long_runs

ONE = timedelta(days=1)


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    max_days : int
        Most work days in a row; 1 to 31.
    reach_days : int
        Days before and after a holiday that are around it; 0 to 31.
    """

    max_days: int = Field(default=6, ge=1, le=31)
    reach_days: int = Field(default=7, ge=0, le=31)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    most, reach = params.max_days, params.reach_days
    if language == "zh":
        return f"法定节假日及其前后 {reach} 天内，连续工作不超过 {most} 天；每超出 1 天计 1。"
    around = f"On statutory holidays and within {reach} days of them"
    return f"{around} at most {most} work days in a row; each day beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each run too long; the amount is its open days beyond the limit that lie around a holiday."""
    return [b for run in long_runs(line, line.worked, params.max_days, "work days") for b in _around(params, line, run)]


def _around(params: Params, line: AgentLine, run: Breach) -> list[Breach]:
    """What of a run too long lies around a holiday."""
    first = (run.first - line.duties[0].day).days
    last = first + int(run.measured)
    beyond = range(max(line.first_open, first + params.max_days), last)
    found = sum(_near(line.calendar, line.duties[d].day, params.reach_days) for d in beyond)
    message = f"{run.message}, around a holiday"
    return [breach(line, first, last - 1, run.measured, params.max_days, found, message)] if found else []


def _near(calendar: Calendar, day: date, reach: int) -> bool:
    return any(calendar.day_type(day + ONE * k) is DayType.HOLIDAY for k in range(-reach, reach + 1))


def language(params: Params, context: LineContext, price: float) -> Language:
    """A run limit over the shift symbols, charged around holidays; nothing without a holiday."""
    reach = params.reach_days
    dates = [context.dates[0] + ONE * d for d in range(-reach, context.days + reach)]
    holiday = np.array([context.calendar.day_type(day) is DayType.HOLIDAY for day in dates])
    around = np.convolve(holiday, np.ones(2 * reach + 1), mode="valid") > 0
    charged = context.charged & around
    return run_limit(context.alphabet.is_shift, params.max_days, charged, price) if charged.any() else Language()


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids; a Friday in the middle of June is a holiday there."""
    three = {"max_days": 3, "reach_days": 2}
    return (
        Example(three, "E E E E E - -", True),
        Example(three, "E E E - " * 5, True),
        Example(three, "E " * 20, False),
        Example(three, "E " * 20 + "- E", True, history=20),
        Example(three, "E " * 20, False, history=5),
    )
