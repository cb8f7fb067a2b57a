"""Start times that change by no more than so much from one work day to the next.

Starts are compared on the clock face: 23:30 and 00:30 differ by one hour.

References
----------
HSE, *Good practice guidelines* for shift work: regular and predictable hours. Numbers: house choice.
"""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from data.model.time import DAY_MINUTES
from optimizer.rostering.language import Language, aftermath
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    max_minutes : int
        Most minutes between two starts; 0 to 719.
    across_days_off : bool
        Whether shifts are compared across days without a shift too, or neighbouring days alone.
    """

    max_minutes: int = Field(ge=0, le=719)
    across_days_off: bool = False


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    most, across = params.max_minutes, params.across_days_off
    if language == "zh":
        pair = "前后两个班次（中间有不排班的日子也算）" if across else "相邻两天的班次"
        return f"{pair}上班钟点相差不超过 {most} 分钟；每次超出计 1。"
    pair = "one shift to the next, days without a shift between or not," if across else "one work day to the next day's shift"
    return f"From {pair} the start differs by at most {most} minutes; each larger change counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open shift that starts too far from the one before."""
    found: list[Breach] = []
    clock = [(d, duty.start.hour * 60 + duty.start.minute) for d, duty in enumerate(line.duties) if duty.start]
    for (last, before), (d, start) in pairwise(clock):
        apart = min(abs(start - before), DAY_MINUTES - abs(start - before))
        if apart > params.max_minutes and d >= line.first_open and (params.across_days_off or last == d - 1):
            duty = line.duties[d]
            message = f"{duty.code} on {duty.day} starts {apart} minutes off the shift before, at most {params.max_minutes}"
            found.append(breach(line, last, d, apart, params.max_minutes, 1, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """An automaton over the start of the last shift."""
    shift, start = context.alphabet.is_shift, context.alphabet.start
    ahead = (start[:, None] - start) % DAY_MINUTES
    far = (ahead > params.max_minutes) & (ahead < DAY_MINUTES - params.max_minutes) & shift[:, None] & shift
    return aftermath(far, ~shift, None if params.across_days_off else 0, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"max_minutes": 120}, "E D E - N N AL L", True),
        Example({"max_minutes": 120}, "E L", False),
        Example({"max_minutes": 120, "across_days_off": True}, "E D - E", True),
        Example({"max_minutes": 120, "across_days_off": True}, "E D - AL L", False),
        Example({"max_minutes": 120}, "E L L", True, history=2),
        Example({"max_minutes": 120}, "E L L", False, history=1),
    )
