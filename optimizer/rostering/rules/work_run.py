"""At most so many work days in a row; leave and days off end a run.

References
----------
Measures on Holidays (2024) art. 7: around a statutory holiday as a rule at most 6 days. HSE, *Good practice guidelines*
for shift work: 5 to 7 days.
"""

from collections.abc import Sequence

from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, run_limit
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import long_runs


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    max_days : int
        Most work days in a row; 1 to 31.
    """

    max_days: int = Field(ge=1, le=31)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    if language == "zh":
        return f"连续工作不超过 {params.max_days} 天；每超出 1 天计 1。"
    return f"At most {params.max_days} work days in a row; each day beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each run too long; the amount is its open days beyond the limit."""
    return long_runs(line, [duty.kind == "shift" for duty in line.duties], params.max_days, "work days")


def language(params: Params, context: LineContext, price: float) -> Language:
    """A run limit over the shift symbols."""
    return run_limit(context.alphabet.is_shift, params.max_days, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"max_days": 3}, "E E E AL E E E - E", True),
        Example({"max_days": 3}, "E E E L -", False),
        Example({"max_days": 3}, "E E E E E - E", True, history=5),
        Example({"max_days": 3}, "E E E E E E -", False, history=5),
        Example({"max_days": 3}, "E E E L -", False, history=2),
    )
