"""A night holds at most so many minutes of work.

A night is a shift with at least `min_night_minutes` between 22:00 and 06:00; its paid minutes count, overtime included. A bound
for each night keeps the average of the directive whatever the days around it hold.

References
----------
Directive 2003/88/EC art. 8 (night workers: 8 h in 24 h on average, and in any 24 h where the work is a special strain).
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import NIGHT_SHIFT_MINUTES, AgentLine, Breach
from optimizer.rostering.language import Language
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    max_minutes : int
        Most minutes worked in a night; 1 to 960.
    min_night_minutes : int
        Minutes of night work that make a shift a night; 1 to 480.
    """

    max_minutes: int = Field(default=480, ge=1, le=960)
    min_night_minutes: int = Field(default=NIGHT_SHIFT_MINUTES, ge=1, le=480)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    most, least = params.max_minutes, params.min_night_minutes
    if language == "zh":
        return f"夜班（22:00 至 06:00 之间不少于 {least} 分钟）工作不超过 {most} 分钟；每超出 1 分钟计 1。"
    nights = f"A night (a shift with {least} minutes or more between 22:00 and 06:00)"
    return f"{nights} holds at most {most} minutes of work; each minute beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open night too long; the amount is the minutes beyond."""
    least, most, found = params.min_night_minutes, params.max_minutes, list[Breach]()
    for d in range(line.first_open, len(line.duties)):
        if line.night_minutes[d] >= least and (worked := line.duties[d].paid_minutes) > most:
            message = f"{worked} minutes of work in the night of {line.duties[d].day}, at most {most}"
            found.append(breach(line, d, d, worked, most, worked - most, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Night symbols priced by their minutes beyond the limit."""
    beyond = np.where(
        context.alphabet.night_minutes >= params.min_night_minutes, context.alphabet.paid_minutes - params.max_minutes, 0
    )
    prices = np.where(beyond > 0, price * np.maximum(beyond, 1), 0.0)
    return Language(cost=np.where(context.charged[:, None], prices, 0.0)) if prices.any() else Language()


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids; the example night holds 480 minutes."""
    return (
        Example({"max_minutes": 480}, "N N - T", True),
        Example({"max_minutes": 479}, "E N -", False),
        Example({"max_minutes": 479}, "N E -", True, history=1),
    )
