"""Rest between the end of a shift and the start of the next day's shift, in elapsed minutes.

Instants are compared, so a clock change shortens or lengthens the rest. Only neighbouring days are compared: a shift lasts
at most 16 h, so with a whole day free between two shifts the rest is longer than the 24 h that a rule may ask for, unless
the first shift runs into that free day; what is left of such a day counts as rest enough.

References
----------
Directive 2003/88/EC art. 3 (11 consecutive hours in 24). Chinese law sets no such minimum: a house choice there.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, succession
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    rest_minutes : int
        Least rest, minutes; 1 to 1440.
    """

    rest_minutes: int = Field(ge=1, le=1440)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    if language == "zh":
        return f"相邻两天的班次之间至少休息 {params.rest_minutes} 分钟；每缺 1 分钟计 1。"
    return f"At least {params.rest_minutes} minutes of rest between the shifts of two days in a row; each missing minute counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each pair of shifts too close; the amount is the missing minutes."""
    found: list[Breach] = []
    for d in range(max(line.first_open, 1), len(line.duties)):
        before, after = line.duties[d - 1].minute_span, line.duties[d].minute_span
        if before and after and (rest := after[0] - before[1]) < params.rest_minutes:
            message = f"{rest} minutes of rest before the shift of {line.duties[d].day}, at least {params.rest_minutes}"
            found.append(breach(line, d - 1, d, rest, params.rest_minutes, params.rest_minutes - rest, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Pairs of symbols priced by the minutes they lack, day by day (a clock change moves the starts)."""
    start, shift = context.shift_start, context.alphabet.is_shift
    end = start + context.alphabet.minutes
    missing = np.zeros((context.days, len(shift), len(shift)), dtype=np.int64)
    missing[1:] = params.rest_minutes - (start[1:, None, :] - end[:-1, :, None])
    bad = (missing > 0) & shift[:, None] & shift[None, :]
    return succession(bad, context.charged, price * np.maximum(missing, 1))


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"rest_minutes": 660}, "E E L L - N N - E", True),
        Example({"rest_minutes": 660}, "L E", False),
        Example({"rest_minutes": 660}, "N D", False),
        Example({"rest_minutes": 660}, "L E E", True, history=2),
        Example({"rest_minutes": 660}, "L E E", False, history=1),
    )
