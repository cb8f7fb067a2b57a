"""The goals: one file each, found by discovery and listed nowhere else.

A goal is a module with

- ``Params``: its numbers, a frozen pydantic model;
- ``sentence(params, language)``: one sentence with the numbers filled in, ``"en"`` or ``"zh"``;
- ``charge(params, problem)``: what the engines are to charge for, a `Charge`;
- ``measure(params, problem, roster)``: its cost in a finished roster, in plain Python, sharing no code with ``charge``.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.roster import Roster
from optimizer.rostering.curves import Curves
from optimizer.rostering.language import Language
from optimizer.rostering.problem import LineContext, RosterProblem
from optimizer.rostering.rules import Tongue


@dataclass(frozen=True, eq=False)
class Band:
    """How many of a set of agents are on the phones, slot by slot; numbers outside the band cost something.

    Parameters
    ----------
    members : array of bool, shape (agents,)
    low, high : array of int, shape (slots,)
        Slots of the whole grid; both bounds included.
    under, over : float
        Cost of one agent missing, and one too many, for one slot.
    """

    members: BoolArray
    low: IntArray
    high: IntArray
    under: float = 0.0
    over: float = 0.0


@dataclass(frozen=True, eq=False)
class Gathering:
    """How many heads of a team work the same shift on a day: each costs or saves something.

    What n heads cost is `idle` and the first n of `step`; it is never below 0. After the first head steps do not fall, so
    that the cost is convex in the further ones. Days before the first open one, and symbols that are no shift, are not charged.

    Parameters
    ----------
    team : array of int, shape (agents,)
        Number of the team, from 0 on without a gap; -1 = none.
    step : array of float, shape (days, symbols, width)
        Price of one more head of a team when n are there: entry ``min(n, width - 1)``.
    idle : array of float, shape (days, symbols)
        What it costs each team that nobody is there.
    """

    team: IntArray
    step: FloatArray
    idle: FloatArray


@dataclass(frozen=True, eq=False)
class Charge:
    """What a goal asks the engines to charge for; all that it leaves out is free.

    Parameters
    ----------
    prices : array of float, shape (agents, days, symbols), or None
        What each agent pays for each symbol on each day.
    language : function or None
        Of a `LineContext`: priced automata and counters of one agent's line. Agents with equal ones share their tables, so what
        is personal belongs into `prices`.
    bands : tuple of Band
    by_skills : bool
        Whether `language` depends on what the agent is skilled in.
    gathering : Gathering or None
    curves : Curves or None
        Cost of the agents on each queue in each slot of the grid.
    """

    prices: FloatArray | None = None
    language: Callable[[LineContext], Language] | None = None
    bands: tuple[Band, ...] = ()
    by_skills: bool = False
    gathering: Gathering | None = None
    curves: Curves | None = None


class GoalKind(Protocol):
    """What every module of this package offers."""

    Params: type[Frozen]

    def sentence(self, params: Any, language: Tongue) -> str: ...
    def charge(self, params: Any, problem: RosterProblem) -> Charge: ...
    def measure(self, params: Any, problem: RosterProblem, roster: Roster) -> float: ...


@cache
def kinds() -> dict[str, GoalKind]:
    """Every kind of goal by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(GoalKind, importlib.import_module(f"{__name__}.{name}")) for name in names}
