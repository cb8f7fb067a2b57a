"""Only shifts that the contract names.

References
----------
Labour Contract Law (2012) art. 17 (working hours are a term of the contract).
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
        return "只排合同允许的班次；每一个不符的班次计 1。"
    return "Only shifts that the contract allows; each other shift counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day with a shift that the contract does not name."""
    known, found = line.contract.shifts, list[Breach]()
    for d in range(line.first_open, len(line.duties)):
        duty = line.duties[d]
        if duty.kind == "shift" and duty.code not in known:
            message = f"shift {duty.code} on {duty.day}, contract {line.contract.id} does not allow it"
            found.append(breach(line, d, d, 1, 0, 1, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Shift symbols of other contracts forbidden on every open day."""
    alphabet = context.alphabet
    usable = ~alphabet.is_shift | np.isin(alphabet.codes, context.contract.shifts)
    return day_cost(usable[None, :] | ~context.charged[:, None], price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids; the example contract allows every shift but the four-hour S."""
    return (
        Example({}, "E D L N - AL", True),
        Example({}, "E D S N - AL", False),
        Example({}, "S S E", True, history=2),
    )
