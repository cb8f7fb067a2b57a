"""After a night, or a run of nights: another night, or so many days without a shift in a row.

A night is a shift with at least `min_night_minutes` between 22:00 and 06:00; days off and leave both rest.

References
----------
HSE, *Good practice guidelines* for shift work: two nights of full sleep when changing from nights to days.
"""

from collections.abc import Sequence

from pydantic import Field

from data.model.base import Frozen
from data.model.roster import NIGHT_SHIFT_MINUTES, AgentLine, Breach
from optimizer.rostering.language import Language, rest_after
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    days : int
        Days without a shift that follow a run of nights; 1 to 7.
    min_night_minutes : int
        Minutes of night work that make a shift a night; 1 to 480.
    """

    days: int = Field(ge=1, le=7)
    min_night_minutes: int = Field(default=NIGHT_SHIFT_MINUTES, ge=1, le=480)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    least = params.min_night_minutes
    if language == "zh":
        return f"夜班（22:00 至 06:00 之间不少于 {least} 分钟）之后须接夜班或连续 {params.days} 天不排班；每次违反计 1。"
    nights = f"After a night (a shift with {least} minutes or more between 22:00 and 06:00)"
    return f"{nights} another night or {params.days} days without a shift in a row; each return too early counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day shift that comes too soon after the last night."""
    found: list[Breach] = []
    last_night: int | None = None
    for d, duty in enumerate(line.duties):
        if duty.night_minutes >= params.min_night_minutes:
            last_night = d
        elif duty.kind == "shift" and last_night is not None:
            rested, last, last_night = d - last_night - 1, last_night, None
            if d >= line.first_open and rested < params.days:
                message = f"{duty.code} on {duty.day} after {rested} days of rest from a night, at least {params.days}"
                found.append(breach(line, last, d, rested, params.days, 1, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Rest due after the night symbols."""
    night = context.alphabet.night_minutes >= params.min_night_minutes
    return rest_after(night, ~context.alphabet.is_shift, params.days, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"days": 2}, "N N - AL E E", True),
        Example({"days": 2}, "N - N - - E", True),
        Example({"days": 2}, "N N - E", False),
        Example({"days": 2}, "N E - E", True, history=2),
        Example({"days": 2}, "N - E", False, history=2),
    )
