"""At most so many nights in a row.

A night is a shift with at least `min_night_minutes` between 22:00 and 06:00.

References
----------
HSE, *Good practice guidelines* for shift work: 2 to 3 nights in a row.
"""

from collections.abc import Sequence

from pydantic import Field

from data.model.base import Frozen
from data.model.roster import NIGHT_SHIFT_MINUTES, AgentLine, Breach
from optimizer.rostering.language import Language, run_limit
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import long_runs


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    max_nights : int
        Most nights in a row; 1 to 31.
    min_night_minutes : int
        Minutes of night work that make a shift a night; 1 to 480.
    """

    max_nights: int = Field(ge=1, le=31)
    min_night_minutes: int = Field(default=NIGHT_SHIFT_MINUTES, ge=1, le=480)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    least = params.min_night_minutes
    if language == "zh":
        return f"连续夜班（22:00 至 06:00 之间不少于 {least} 分钟）不超过 {params.max_nights} 个；每超出 1 个计 1。"
    nights = f"At most {params.max_nights} nights (shifts with {least} minutes or more between 22:00 and 06:00)"
    return f"{nights} in a row; each night beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each run too long; the amount is its open nights beyond the limit."""
    return long_runs(line, [d.night_minutes >= params.min_night_minutes for d in line.duties], params.max_nights, "nights")


def language(params: Params, context: LineContext, price: float) -> Language:
    """A run limit over the night symbols."""
    night = context.alphabet.night_minutes >= params.min_night_minutes
    return run_limit(night, params.max_nights, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"max_nights": 2}, "N N - N N E", True),
        Example({"max_nights": 2}, "N N N - -", False),
        Example({"max_nights": 2}, "N N N - -", True, history=3),
        Example({"max_nights": 2}, "N N N N -", False, history=3),
    )
