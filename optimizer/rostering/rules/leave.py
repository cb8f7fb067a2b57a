"""Leave stands on its days: on a day of leave its code and nothing else, and no leave code on any other day.

References
----------
Annual Leave Regulation (2007) art. 5 (the employer plans leave with the employee); that a granted leave binds the roster
is a house choice.
"""

from collections.abc import Sequence

import numpy as np

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, day_cost
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """No numbers."""


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    if language == "zh":
        return "休假日只排所批的休假，其他日期不得排休假；每一天不符计 1。"
    return "On a day of leave that leave stands, and leave stands on no other day; each day amiss counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day whose leave is missing, wrong or not granted."""
    found: list[Breach] = []
    for d in range(line.first_open, len(line.duties)):
        duty, due = line.duties[d], line.leave[d]
        if duty.code != due if due else duty.kind == "leave":
            found.append(breach(line, d, d, 1, 0, 1, f"{duty.code} on {duty.day}, leave is {due or 'not granted'}"))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Only the leave symbol on its days, none of them on others."""
    symbols = np.arange(len(context.alphabet.codes))
    due = context.leave[:, None]
    allowed = np.where(due >= 0, symbols == due, ~context.alphabet.leave)
    return day_cost(allowed | ~context.charged[:, None], price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({}, "E AL AL - D", True, leave={1: "AL", 2: "AL"}),
        Example({}, "E AL D - D", False, leave={1: "AL", 2: "AL"}),
        Example({}, "E AL D - D", False),
        Example({}, "AL UL D - D", True, history=2, leave={0: "UL"}),
        Example({}, "E UL D - D", False, leave={1: "AL"}),
    )
