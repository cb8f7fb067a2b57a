"""What a solver is given beside the problem, and what it answers: parameters, budget, progress, solution."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import nan

from data.model.base import FloatArray
from data.model.roster import Roster, Verdict


class Status(Enum):
    """How a search ended; infeasible is an answer."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    OUT_OF_BUDGET = "out of budget"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop: whichever comes first. A budget in steps alone gives the same roster on every machine.

    Parameters
    ----------
    sweeps : int
        Passes over all agents of the search.
    bound_steps : int
        Steps of the bound; 0 = no bound is computed, and the search does without its prices. Of a team whose cover is by shift:
        rounds of its first columns.
    rounds : int
        Rounds of improvement after the sweeps; each looks at every agent's neighbourhood once. Of such a team: neighbourhoods.
    effort : float
        Deterministic effort of the exact model on a team so small that it suits, two or three seconds a unit; 0 = none.
    seconds : float
        Wall-clock limit; inf = none.
    """

    sweeps: int = 30
    bound_steps: int = 400
    rounds: int = 0
    effort: float = 0.0
    seconds: float = float("inf")


@dataclass(frozen=True, slots=True)
class Progress:
    """One record of a running search."""

    phase: str
    done: float
    """Share of the budget used, in [0, 1]."""
    cost: float
    bound: float
    seconds: float
    coverage: float = nan
    """Share of the agents required that are there, in [0, 1]."""
    service: float = nan
    """Share of the calls that the staffing curve expects to be served in target, in [0, 1]; nan = not known."""

    @property
    def gap(self) -> float:
        """Share of the cost that the bound does not cover, in [0, 1]."""
        return gap_of(self.cost, self.bound)


def gap_of(cost: float, bound: float) -> float:
    """Share of a cost that a bound does not cover, in [0, 1]; 0 when proved."""
    return 0.0 if cost <= 0 else min(1.0, max(0.0, 1.0 - bound / cost))


OnProgress = Callable[[Progress], bool]
"""Called with each record; returning False asks the search to stop with the best it has."""


def keep_going(_: Progress) -> bool:
    """Listener that never stops a search."""
    return True


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An agent for whom no legal line exists; the roster keeps the line of `base`, or days off."""

    agent: str
    reason: str


@dataclass(frozen=True)
class Solution:
    """The answer of a search.

    Parameters
    ----------
    roster : Roster or None
        None only when infeasible.
    costs : dict
        Cost per goal and per weighted rule, by name; they add up to `cost`.
    bound : float
        No roster can cost less; valid at any time (float64 Lagrangian or the solver's own), 0 if not computed.
    verdict : Verdict or None
        What the independent verifier found before the roster left; None for a roster read from a file.
    prices : array of float, shape (queues, slots), or None
        What one agent more is worth in each slot of the grid: the prices of the bound.
    """

    status: Status
    roster: Roster | None
    costs: dict[str, float]
    bound: float
    seconds: float
    sweeps: int
    unplaced: tuple[Unplaced, ...] = ()
    verdict: Verdict | None = None
    prices: FloatArray | None = None

    @property
    def cost(self) -> float:
        """Total cost."""
        return float(sum(self.costs.values()))

    @property
    def gap(self) -> float:
        """Share of the cost that the bound does not cover, in [0, 1]; 0 when proved."""
        return gap_of(self.cost, self.bound)
