"""At most so many nights in a week, a calendar month or the plan.

A night is a shift with at least `min_night_minutes` between 22:00 and 06:00. Nights that history holds beyond the limit are
not charged again.

References
----------
HSE, *Good practice guidelines* for shift work (avoid permanent nights). Numbers: house choice.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import NIGHT_SHIFT_MINUTES, AgentLine, Breach
from optimizer.rostering.language import Language, counter
from optimizer.rostering.problem import LineContext, PeriodName
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, over, periods


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        week (Monday to Sunday), month (calendar) or plan (all open days).
    max_nights : int
        Most nights; 0 to 366.
    min_night_minutes : int
        Minutes of night work that make a shift a night; 1 to 480.
    """

    period: PeriodName = "month"
    max_nights: int = Field(ge=0, le=366)
    min_night_minutes: int = Field(default=NIGHT_SHIFT_MINUTES, ge=1, le=480)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    when, least = PERIOD_WORDS[language][params.period], params.min_night_minutes
    if language == "zh":
        return f"{when}夜班（22:00 至 06:00 之间不少于 {least} 分钟）不超过 {params.max_nights} 个；每超出 1 个计 1。"
    nights = f"At most {params.max_nights} nights (shifts with {least} minutes or more between 22:00 and 06:00)"
    return f"{nights} {when}; each night beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too many nights; the amount is the nights beyond."""
    night = [int(minutes >= params.min_night_minutes) for minutes in line.night_minutes]
    if sum(night) <= params.max_nights:
        return []
    return [b for period in periods(line, params.period) for b in over(line, period, night, params.max_nights, "nights")]


def language(params: Params, context: LineContext, price: float) -> Language:
    """One counter of nights."""
    night = (context.alphabet.night_minutes >= params.min_night_minutes).astype(np.int64)
    spans = context.periods(params.period)
    high = [max(params.max_nights, int(night[context.history(first)].sum())) for first, _, _ in spans]
    weight = np.tile(night, (context.days, 1))
    return Language(counters=(counter("nights", weight, [span[:2] for span in spans], [0] * len(spans), high, price),))


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"period": "week", "max_nights": 2}, "N N - - E E - N", True),
        Example({"period": "week", "max_nights": 2}, "N N - - N - -", False),
        Example({"period": "week", "max_nights": 2}, "N N N - E E -", True, history=3),
        Example({"period": "week", "max_nights": 2}, "N N N - E N -", False, history=3),
        Example({"period": "plan", "max_nights": 1}, "N N N -", True, history=2),
    )
