"""Fixed days: on given dates or weekdays a given shift or a day off stands, or does not stand.

A name is ``-`` (a day off), a shift code, a kind (``early``, ``day``, ``late``), ``night`` (at least three hours between 22:00
and 06:00), ``split`` (a pause of at least two hours) or ``work`` (any shift). Leave goes before: a day of leave is exempt. With a
weight it is a standing wish.

References
----------
House choice: fixed shifts and agreed days (a course, child care) are terms between the centre and the agent.
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import BoolArray, Frozen
from data.model.roster import OFF, AgentLine, Breach, Duty
from optimizer.rostering.language import Language, day_cost
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import Alphabet, LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach

ANY = "work"
"""Name of any shift."""

WEEKDAYS: dict[Tongue, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
"""How a sentence names a weekday."""


Name = Annotated[str, Field(min_length=1, examples=[OFF, ANY, "E", "N", "late", "night", "split"])]


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    names : tuple of str
        ``-``, names of shifts, or work: any of them keeps the day.
    dates : tuple of date
    weekdays : tuple of int
        Monday = 0; a day counts when its date or its weekday is named.
    forbidden : bool
        Whether none of the names may stand, instead of one of them having to.
    """

    names: tuple[Annotated[str, Field(min_length=1, examples=[OFF, ANY, "E", "N", "late", "night", "split"])], ...] = Field(
        min_length=1
    )
    dates: tuple[date, ...] = ()
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    forbidden: bool = False

    @model_validator(mode="after")
    def _names_a_day(self) -> Self:
        if not self.dates and not self.weekdays:
            raise ValueError("dates or weekdays must name a day")
        return self

    @cached_property
    def _dates(self) -> frozenset[date]:
        return frozenset(self.dates)

    def holds(self, day: date) -> bool:
        """Whether a day is one of those named."""
        return day in self._dates or day.weekday() in self.weekdays


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    days = [*(WEEKDAYS[language][weekday] for weekday in params.weekdays), *map(str, params.dates)]
    if language == "zh":
        must = "不得排" if params.forbidden else "须排"
        return f"{'、'.join(days)}{must} {'、'.join(params.names)}（休假除外）；每一天不符计 1。"
    must = "none" if params.forbidden else "one"
    return f"On {', '.join(days)} {must} of {', '.join(params.names)} stands, leave aside; each day amiss counts 1."


def shift_names(params: Params) -> tuple[str, ...]:
    """Shifts that the numbers name."""
    return tuple(name for name in params.names if name not in (OFF, ANY))


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day named on which something else stands."""
    found: list[Breach] = []
    for d in range(line.first_open, len(line.duties)):
        duty = line.duties[d]
        if params.holds(duty.day) and duty.kind != "leave" and any(_is(duty, name) for name in params.names) == params.forbidden:
            due = f"{'none' if params.forbidden else 'one'} of {', '.join(params.names)}"
            found.append(breach(line, d, d, 1, 0, 1, f"{duty.code} on {duty.day}, {due} is due"))
    return found


def _is(duty: Duty, name: str) -> bool:
    return duty.kind == "off" if name == OFF else duty.kind == "shift" if name == ANY else bears(duty, name)


def language(params: Params, context: LineContext, price: float) -> Language:
    """All symbols but those of the names, or but the others, forbidden on the open days named; leave is exempt."""
    holds = context.charged & np.array([params.holds(day) for day in context.dates])
    member = np.logical_or.reduce([_member(context.alphabet, name) for name in params.names])
    allowed = (member != params.forbidden) | context.alphabet.leave
    return day_cost(allowed[None, :] | ~holds[:, None], price) if holds.any() else Language()


def _member(alphabet: Alphabet, name: str) -> BoolArray:
    """Symbols of a name; shape (symbols,)."""
    if name == OFF:
        return np.array(alphabet.codes) == OFF
    return alphabet.is_shift if name == ANY else named(alphabet, name)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids; 2 June 2026 is a Tuesday."""
    tuesday = {"names": ["E", "L"], "weekdays": [1]}
    return (
        Example(tuesday, "- E N -", True),
        Example(tuesday, "- AL N -", True),
        Example(tuesday, "- - N -", False),
        Example(tuesday, "- - N -", True, history=2),
        Example({"names": ["-"], "dates": ["2026-06-02"]}, "E E - -", False),
        Example({"names": ["night"], "dates": ["2026-06-02"], "forbidden": True}, "N N - -", False),
        Example({"names": ["night", "work"], "dates": ["2026-06-02"]}, "- D - -", True),
    )
