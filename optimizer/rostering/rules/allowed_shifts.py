"""Only shifts of some names, or none of some, between two dates.

A name is a shift code, a kind (``early``, ``day``, ``late``), ``night`` (at least three hours between 22:00 and 06:00) or
``split`` (a pause of at least two hours).
With a weight the other shifts are not forbidden but priced, as unpopular ones are. The scope says whom it binds: an agent with
a medical "no night until", all who are under age.

References
----------
Labour Contract Law (2012) art. 17 (working hours are a term of the contract); Juvenile Protection Law (2024) art. 61; Directive
2003/88/EC art. 9 (transfer from night work). The reason is never stored (PIPL arts. 28, 55).
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import BoolArray, Frozen
from data.model.roster import AgentLine, Breach, Duty
from optimizer.rostering.language import Language, day_cost
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import Alphabet, LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    only : tuple of str
        Names of shifts that may stand; empty = all.
    never : tuple of str
        Names of shifts that may not stand.
    from_date, until_date : date or None
        First and last day on which it holds; None = no bound.
    """

    only: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    never: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    from_date: date | None = None
    until_date: date | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.only and not self.never:
            raise ValueError("only or never must name a shift")
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise ValueError("until_date must not be before from_date")
        return self

    def holds(self, day: date) -> bool:
        """Whether the rule is in force on a day."""
        return (self.from_date is None or day >= self.from_date) and (self.until_date is None or day <= self.until_date)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    only, never = params.only, params.never
    if language == "zh":
        dates = [f"自 {params.from_date} 起" if params.from_date else "", f"至 {params.until_date} 止" if params.until_date else ""]
        said = [f"只排 {'、'.join(only)} 班次" if only else "", f"不排 {'、'.join(never)} 班次" if never else ""]
        return f"{''.join(dates)}{'，'.join(filter(None, said))}；每一个不符的班次计 1。"
    dates = [f" from {params.from_date}" if params.from_date else "", f" until {params.until_date}" if params.until_date else ""]
    said = [f"only shifts of {', '.join(only)}" if only else "", f"no shift of {', '.join(never)}" if never else ""]
    text = " and ".join(filter(None, said))
    return f"{text[0].upper()}{text[1:]}{''.join(dates)}; each other shift counts 1."


def shift_names(params: Params) -> tuple[str, ...]:
    """Shifts that the numbers name."""
    return (*params.only, *params.never)


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day with a shift that may not stand."""
    found: list[Breach] = []
    for d in range(line.first_open, len(line.duties)):
        duty = line.duties[d]
        if line.worked[d] and params.holds(duty.day) and not _may_stand(params, duty):
            found.append(breach(line, d, d, 1, 0, 1, f"shift {duty.code} on {duty.day} is not allowed then"))
    return found


def _may_stand(params: Params, duty: Duty) -> bool:
    if params.only and not any(bears(duty, name) for name in params.only):
        return False
    return not any(bears(duty, name) for name in params.never)


def language(params: Params, context: LineContext, price: float) -> Language:
    """The other shift symbols forbidden on the open days on which it holds."""
    holds = context.charged & np.array([params.holds(day) for day in context.dates])
    allowed = _allowed(params, context.alphabet)
    return day_cost(allowed[None, :] | ~holds[:, None], price) if holds.any() else Language()


def _allowed(params: Params, alphabet: Alphabet) -> BoolArray:
    """Symbols that may stand; shape (symbols,)."""
    never = np.zeros(len(alphabet.codes), dtype=bool)
    only = never if params.only else alphabet.is_shift
    for name in params.only:
        only = only | named(alphabet, name)
    for name in params.never:
        never = never | named(alphabet, name)
    return ~alphabet.is_shift | (only & ~never)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    no_night = {"never": ["night"], "until_date": "2026-06-03"}
    return (
        Example({"only": ["E", "D"]}, "E D - AL", True),
        Example({"only": ["E", "D"]}, "E L - AL", False),
        Example({"only": ["E", "D"]}, "L E - AL", True, history=1),
        Example(no_night, "E L T N", True),
        Example(no_night, "E L N N", False),
        Example({"never": ["split"], "from_date": "2026-06-02"}, "T E E E", True),
    )
