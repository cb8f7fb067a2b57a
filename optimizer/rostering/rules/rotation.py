"""A dated cyclic pattern: each crew works through the same days of shifts and days off, so many days ahead of the others.

Four crews on three shifts (四班三运转), two days on and two off (做二休二) and the like. A token of the pattern is ``-`` (a day
off), a shift code, a kind (``early``, ``day``, ``late``), ``night`` (at least three hours between 22:00 and 06:00),
``split`` (a pause of at least two hours) or ``work`` (any shift). Days of granted leave and days before the start are free.

References
----------
Rules on comprehensive working hours (劳部发〔1994〕503号) arts. 5, 6 (rotating work and rest). The patterns: house choice.
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, Frozen
from data.model.people import Agent
from data.model.roster import OFF, AgentLine, Breach, Duty
from optimizer.rostering.language import Language, day_cost
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import Alphabet, LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach

Offset = Annotated[int, Field(ge=0, le=365)]


READS_TEAM = True
"""Agents of different teams must not share this rule's language."""


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    pattern : str
        Tokens of the days of one cycle, blank between days.
    start : date
        First day of the pattern of a crew with offset 0.
    offsets : dict
        Team -> how many days it is ahead in the pattern; 0 to 365, a team that is not named 0.
    """

    pattern: str = Field(pattern=r"^\S+( +\S+)*$", examples=["E E - L L -", "night night - -", "work - T split -"])
    start: date
    offsets: dict[Annotated[str, Field(examples=["red", "blue"])], Offset] = {}

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Token of each day of the cycle."""
        return tuple(self.pattern.split())

    def due(self, agent: Agent, day: date) -> str:
        """Token that an agent's crew has on a day; empty before the start."""
        past = (day - self.start).days
        return "" if past < 0 else self.tokens[(past + self.offsets.get(agent.team, 0)) % len(self.tokens)]


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    ahead = [f"{team} {days}" for team, days in params.offsets.items()]
    if language == "zh":
        crews = f"（班组提前天数：{'、'.join(ahead)}）" if ahead else ""
        return f"自 {params.start} 起按“{params.pattern}”轮转{crews}，休假日除外；每一天不符计 1。"
    crews = f" (days ahead: {', '.join(ahead)})" if ahead else ""
    return f"From {params.start} on the days go round as {params.pattern}{crews}, leave aside; each day that departs counts 1."


def shift_names(params: Params) -> tuple[str, ...]:
    """Shifts that the numbers name."""
    return tuple(token for token in params.tokens if token not in (OFF, "work"))


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day that departs from the pattern."""
    found: list[Breach] = []
    past, cycle = (line.duties[0].day - params.start).days, params.tokens
    ahead = past + params.offsets.get(line.agent.team, 0)
    for d in range(max(line.first_open, -past), len(line.duties)):
        duty, token = line.duties[d], cycle[(d + ahead) % len(cycle)]
        if not (duty.code == token or line.leave[d] or _fits(duty, token)):
            found.append(breach(line, d, d, 1, 0, 1, f"{duty.code} on {duty.day}, the rotation has {token}"))
    return found


def _fits(duty: Duty, token: str) -> bool:
    """Whether a duty is what a token of the pattern asks for."""
    return duty.kind == "shift" if token == "work" else bears(duty, token)


def language(params: Params, context: LineContext, price: float) -> Language:
    """Symbols that the pattern does not have on a day forbidden."""
    allowed = np.array([_allowed(context.alphabet, params.due(context.agent, day)) for day in context.dates])
    return day_cost(allowed | ~(context.charged & (context.leave < 0))[:, None], price)


def _allowed(alphabet: Alphabet, token: str) -> BoolArray:
    """Symbols of a token; shape (symbols,)."""
    if not token:
        return np.ones(len(alphabet.codes), dtype=bool)
    codes = np.array(alphabet.codes)
    return {OFF: codes == OFF, "work": alphabet.is_shift}.get(token, named(alphabet, token))


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    crews = {"pattern": "E E - L L - night night - -", "start": date(2026, 6, 1), "offsets": {"red": 3}}
    return (
        Example(crews, "E E - L L - N N - - E E", True),
        Example(crews, "L L - N N - - E E", True, agent={"team": "red"}),
        Example(crews, "E E E", False),
        Example(crews, "E AL - UL -", False, leave={1: "AL", 3: "UL"}),
        Example(crews, "E AL - UL L", True, leave={1: "AL", 3: "UL"}),
        Example({"pattern": "work work - -", "start": date(2026, 6, 3)}, "- - E L - - N", True),
        Example({"pattern": "work work - -", "start": date(2026, 6, 1)}, "- E - -", True, history=1),
    )
