"""In any so many days in a row at least one or two without a shift.

Days off and leave count as free, and so do the days before the known ones. Only a shift breaks the rule: each open one on the
last day of such a window with too few free days.

References
----------
ILO Weekly Rest Convention C14 (1921) art. 2 (24 hours in every seven days); Directive 2003/88/EC arts. 5, 16(a) (a
reference period of up to 14 days). That leave counts as free: house choice.
"""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language
from optimizer.rostering.language import rolling_rest as rolling
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    window_days : int
        Days in a row that are looked at; 2 to 14.
    min_days : int
        Least days without a shift among them; 1 or 2.
    """

    window_days: int = Field(ge=2, le=14)
    min_days: int = Field(default=1, ge=1, le=2)

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.min_days >= self.window_days:
            raise ValueError("min_days must be less than window_days")
        return self


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    window, least = params.window_days, params.min_days
    if language == "zh":
        return f"任意连续 {window} 天内至少 {least} 天不排班；每个使其不足的班次计 1。"
    return f"In any {window} days in a row at least {least} without a shift; each shift that ends such days with fewer counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open shift that ends a window with too few free days."""
    found: list[Breach] = []
    most = params.window_days - params.min_days
    for d in range(max(line.first_open, most), len(line.duties)):
        first = max(d - params.window_days + 1, 0)
        shifts = sum(line.worked[first : d + 1])
        if shifts > most and line.worked[d]:
            free = params.window_days - shifts
            message = f"{free} days without a shift in {params.window_days} up to {line.duties[d].day}, at least {params.min_days}"
            found.append(breach(line, first, d, free, params.min_days, 1, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """An automaton over the days since the last free ones."""
    return rolling(~context.alphabet.is_shift, params.window_days, params.min_days, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"window_days": 4}, "E E E AL E E E - E", True),
        Example({"window_days": 4}, "E E E L -", False),
        Example({"window_days": 5, "min_days": 2}, "E E E - - E E E", True),
        Example({"window_days": 5, "min_days": 2}, "E E - E - E E - E", True),
        Example({"window_days": 5, "min_days": 2}, "E E - E E E", False),
        Example({"window_days": 4}, "E E E E E - E", True, history=5),
        Example({"window_days": 4}, "E E E E -", False, history=3),
    )
