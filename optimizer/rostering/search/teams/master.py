"""The master of column generation: a live linear programme over the lines known, never built anew (OR-Tools MathOpt, GLOP).

Rows: heads of each symbol on each day whose margin is not always nothing, and one line for each agent. What heads cost is convex
and piecewise linear: each slope is one variable. Lines are fixed by their bounds alone.

References
----------
Barnhart, Johnson, Nemhauser, Savelsbergh, Vance (1998), Branch-and-price, doi:10.1287/opre.46.3.316.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

from data.model.base import FloatArray, IntArray
from optimizer.rostering.search.teams.moves import Team

QUICK = mathopt.SolveParameters(presolve=mathopt.Emphasis.OFF)
SOLD = mathopt.VariableFilter(skip_zero_values=True)
NOTHING = mathopt.VariableFilter(skip_zero_values=True, filtered_items=())
"""What of a result is read: reading all of it takes longer than finding it."""


class Relaxed(NamedTuple):
    """An optimum of the master.

    Parameters
    ----------
    cost : float
    wage : array of float, shape (days, symbols)
        Dual prices of a head.
    rent : array of float, shape (agents,)
        Dual prices of an agent's line.
    share : array of float, shape (columns,)
        How much of each line is taken.
    """

    cost: float
    wage: FloatArray
    rent: FloatArray
    share: FloatArray


class Master:
    """Lines known so far, and their linear programme."""

    def __init__(self, team: Team, idle: float):
        self.team, self.agents, self.idle = team, len(team.own), idle
        self.model = mathopt.Model(name="lines")
        self.model.objective.offset = idle
        self.known: dict[tuple[int, bytes], int] = {}
        self.line: list[IntArray] = []
        self.own: list[float] = []
        self.agent: list[int] = []
        self.columns: list[mathopt.Variable] = []
        self.number: dict[mathopt.Variable, int] = {}
        self.of_agent: list[list[int]] = [[] for _ in range(self.agents)]
        self.heads = self._heads()
        self.one = [self.model.add_linear_constraint(lb=1.0, ub=1.0) for _ in range(self.agents)]
        self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)
        self.fixed: dict[int, int] = {}
        self.barred: set[int] = set()

    def _heads(self) -> dict[tuple[int, int], mathopt.LinearConstraint]:
        """One row for each symbol of a day whose heads cost something, with a variable for each slope."""
        days, symbols, width = self.team.step.shape
        rows: dict[tuple[int, int], mathopt.LinearConstraint] = {}
        for d in range(days):
            for s in range(symbols):
                step = self.team.step[d, s]
                if not step.any():
                    continue
                row = rows[d, s] = self.model.add_linear_constraint(lb=0.0, ub=0.0)
                edges = [0, *(np.flatnonzero(np.diff(step)) + 1).tolist(), width]
                for first, end in zip(edges, edges[1:], strict=False):
                    many = float(end - first) if end < width else float("inf")
                    piece = self.model.add_variable(lb=0.0, ub=many)
                    row.set_coefficient(piece, -1.0)
                    self.model.objective.set_linear_coefficient(piece, float(step[first]))
        return rows

    def add(self, a: int, line: IntArray, own: float) -> bool:
        """One more line of an agent; whether it is new."""
        key = (a, line.tobytes())
        if key in self.known:
            return False
        self.known[key] = number = len(self.columns)
        column = self.model.add_variable(lb=0.0, ub=0.0 if a in self.fixed else float("inf"))
        self.one[a].set_coefficient(column, 1.0)
        self.model.objective.set_linear_coefficient(column, own)
        for d, s in enumerate(line.tolist()):
            row = self.heads.get((d, s))
            if row is not None:
                row.set_coefficient(column, 1.0)
        self.columns.append(column)
        self.number[column] = number
        self.line.append(line.copy())
        self.own.append(own)
        self.agent.append(a)
        self.of_agent[a].append(number)
        return True

    def take_back(self, agents: Iterable[int]) -> None:
        """Let agents choose again, but not the lines that they were given."""
        for a in agents:
            self.barred.add(self.fixed.pop(a))
            for number in self.of_agent[a]:
                self.columns[number].upper_bound = 0.0 if number in self.barred else float("inf")

    @property
    def free_rows(self) -> IntArray:
        """Agents whose line is not fixed."""
        return np.array([a for a in range(self.agents) if a not in self.fixed], dtype=np.int64)

    @property
    def fixed_heads(self) -> IntArray:
        """Heads of those who are; shape (days, symbols)."""
        heads = np.zeros(self.team.step.shape[:2], dtype=np.int64)
        for number in self.fixed.values():
            heads[np.arange(len(heads)), self.line[number]] += 1
        return heads

    def fix(self, a: int, number: int) -> None:
        """Give an agent one line for good."""
        self.fixed[a] = number
        for other in self.of_agent[a]:
            self.columns[other].upper_bound = 1.0 if other == number else 0.0

    def solve(self) -> Relaxed:
        """The optimum over the lines known."""
        asked = mathopt.ModelSolveParameters(variable_values_filter=SOLD, reduced_costs_filter=NOTHING)
        result = self.solver.solve(params=QUICK, model_params=asked)
        dual = np.array(result.dual_values([*self.heads.values(), *self.one]))
        wage = np.zeros(self.team.step.shape[:2])
        for (d, s), value in zip(self.heads, dual, strict=False):
            wage[d, s] = value
        taken = [(self.number[column], value) for column, value in result.variable_values().items() if column in self.number]
        share = np.zeros(len(self.columns))
        for number, value in taken:
            share[number] = value
        return Relaxed(result.objective_value(), wage, dual[len(self.heads) :], share)

    def fixed_value(self, wage: FloatArray) -> float:
        """What is fixed costs, less what it earns."""
        days = np.arange(wage.shape[0])
        return self.idle + sum(self.own[k] - float(wage[days, self.line[k]].sum()) for k in self.fixed.values())

    def taken(self) -> tuple[IntArray, FloatArray]:
        """Lines that are fixed, by agent, shape (fixed, days), and what each costs by itself."""
        chosen = [self.fixed[a] for a in sorted(self.fixed)]
        return np.stack([self.line[k] for k in chosen]), np.array([self.own[k] for k in chosen])

    def cheapest(self, a: int, wage: FloatArray, many: int) -> tuple[IntArray, FloatArray]:
        """Lines of an agent that cost least under some prices, and what each costs by itself."""
        numbers = np.array(self.of_agent[a])
        line, own = np.stack([self.line[k] for k in numbers]), np.array([self.own[k] for k in numbers])
        order = np.argsort(own - wage[np.arange(len(wage)), line].sum(axis=1), kind="stable")[:many]
        return line[order], own[order]
