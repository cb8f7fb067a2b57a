"""The goals: one file each, found by discovery and listed nowhere else.

A goal is a module with

- ``Params``: its numbers, a frozen pydantic model;
- ``sentence(params, language)``: one sentence with the numbers filled in, ``"en"`` or ``"zh"``;
- ``prices(params, problem)``: what each agent pays for each symbol on each day, shape (agents, days, symbols): the
  additive goals; a goal that is not additive (coverage) returns None and is modelled by the drivers;
- ``measure(params, problem, roster)``: its cost in a finished roster, in plain Python, sharing no code with ``prices``.
"""

import importlib
import pkgutil
from functools import cache
from typing import Any, Protocol, cast

from data.model.base import FloatArray, Frozen
from data.model.roster import Roster
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class GoalKind(Protocol):
    """What every module of this package offers."""

    Params: type[Frozen]

    def sentence(self, params: Any, language: Tongue) -> str: ...
    def prices(self, params: Any, problem: RosterProblem) -> FloatArray | None: ...
    def measure(self, params: Any, problem: RosterProblem, roster: Roster) -> float: ...


@cache
def kinds() -> dict[str, GoalKind]:
    """Every kind of goal by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(GoalKind, importlib.import_module(f"{__name__}.{name}")) for name in names}
