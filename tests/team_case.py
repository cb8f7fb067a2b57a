"""Tiny teams for the search by shift: random rules over three symbols, every legal line of them, and their optimum by a solver.

Symbol 0 is the day off. All that is computed here is computed plainly: lines are priced by `rule_case.price_of`, rosters by loops,
programmes over lines are solved by HiGHS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from rule_case import price_of
from scipy.optimize import LinearConstraint, milp

from data.model.base import FloatArray, IntArray
from optimizer.rostering.language import Language, blocks, counter, run_limit, run_minimum, succession
from optimizer.rostering.search.teams.lines import LegalLines, Spoken
from optimizer.rostering.search.teams.moves import Team
from optimizer.rostering.search.teams.pricing import Pricer
from optimizer.rostering.search.teams.problem import TeamProblem

Column = tuple[int, IntArray, float]
"""An agent, a line, and what it costs the agent by itself."""
SYMBOLS = 3
WORKS = np.arange(SYMBOLS) > 0


def random_language(rng: np.random.Generator, days: int) -> Language:
    """Runs, a succession, weighted hours, blocks of days, and two or three limits, all with tight numbers."""
    always, plan = np.ones(days, dtype=bool), [(0, days)]
    bad = np.broadcast_to(rng.random((SYMBOLS, SYMBOLS)) < 0.15, (days, SYMBOLS, SYMBOLS))
    language = run_limit(WORKS, int(rng.integers(2, 4)), always) + succession(bad, always, float(rng.choice([np.inf, 4.0])))
    if rng.random() < 0.5:
        language += run_minimum(WORKS, 2, np.zeros(SYMBOLS, dtype=bool), always, float(rng.choice([np.inf, 3.0])))
    hours = np.broadcast_to(np.array([0, 8, 6]), (days, SYMBOLS))
    counters = [counter("hours", hours, plan, [int(rng.integers(0, 3)) * 8], [8 * days], float(rng.choice([np.inf, 1.0])))]
    counters.append(counter("pairs", 0 * hours, plan, [0], [int(rng.integers(0, 3))], emitted=days))
    language += Language((blocks(WORKS, np.arange(days) // 2, "pairs"),), tuple(counters))
    for s in range(1, SYMBOLS):
        told = np.broadcast_to(np.arange(SYMBOLS) == s, (days, SYMBOLS)).astype(np.int64)
        language += Language(counters=(counter(f"most {s}", told, plan, [0], [int(rng.integers(1, 3))]),))
    if rng.random() < 0.5:
        language += Language(counters=(counter("load", hours, plan, [0], [int(rng.integers(2, days)) * 7]),))
    return language


def random_team(rng: np.random.Generator, agents: int = 3, days: int = 4, grain: float = 1.0) -> "Tiny":
    """Agents under two sets of rules, with prices of their own, and heads that cost something on most days and symbols."""
    languages = tuple(random_language(rng, days) for _ in range(2))
    said = rng.integers(0, 2, agents)
    lines = LegalLines(tuple(Spoken.of(language, days) for language in languages), said, days, SYMBOLS)
    own = grain * rng.integers(0, 5, (agents, days, SYMBOLS)).astype(np.float64)
    own[rng.random(own.shape) < 0.08] = np.inf
    own[:, :, 0] = np.where(np.isinf(own).all(axis=2), 0.0, own[:, :, 0])
    step = grain * np.sort(rng.integers(-15, 8, (days, SYMBOLS, 3)), axis=2).astype(np.float64)
    step[rng.random((days, SYMBOLS)) < 0.2] = 0.0
    step[:, 0] = 0.0
    team = Team(own, step, lines.weight, lines.high)
    idle = float(np.maximum(-step, 0).sum())
    return Tiny(TeamProblem(team, lines, idle, grain), languages)


def placeable_team(rng: np.random.Generator, agents: int = 3, days: int = 4, grain: float = 1.0) -> "Tiny":
    """A random team in which everyone has a legal line."""
    while True:
        tiny = random_team(rng, agents, days, grain)
        if np.isfinite(tiny.price).any(axis=1).all():
            return tiny


@dataclass(frozen=True, eq=False)
class Tiny:
    """A team and all that can be said of it.

    Parameters
    ----------
    problem : TeamProblem
    languages : tuple of Language
        Whole, with their limits.
    """

    problem: TeamProblem
    languages: tuple[Language, ...]

    @cached_property
    def every(self) -> IntArray:
        """Every line, legal or not; shape (lines, days)."""
        return np.array(list(product(range(SYMBOLS), repeat=self.problem.lines.days)))

    @cached_property
    def price(self) -> FloatArray:
        """What each line costs each agent by itself; inf = forbidden; shape (agents, lines)."""
        said = np.array([[price_of(language, line) for line in self.every.tolist()] for language in self.languages])
        own = self.team.own[:, np.arange(self.problem.lines.days), self.every].sum(axis=2)
        return np.asarray(own + said[self.problem.lines.said])

    @property
    def team(self) -> Team:
        return self.problem.team

    def pricer(self) -> Pricer:
        return Pricer(self.team, self.problem.lines)

    def own_of(self, a: int, line: IntArray) -> float:
        """What a line costs an agent by itself; inf = forbidden."""
        return float(self.price[a, np.flatnonzero((self.every == line).all(axis=1))[0]])

    def cost_of(self, lines: IntArray) -> float:
        """What a roster costs."""
        return self.problem.idle + head_cost(self.team.step, lines) + sum(self.own_of(a, line) for a, line in enumerate(lines))

    @property
    def columns(self) -> list[Column]:
        """Every legal line of everyone, with its price."""
        return [(a, self.every[n], float(self.price[a, n])) for a, n in np.argwhere(np.isfinite(self.price)).tolist()]

    def optimum(self, whole: bool) -> float:
        """Cost of the best roster, or of the best mixture of lines."""
        return best_of(self.team, self.problem.idle, self.columns, whole)


def head_cost(step: FloatArray, lines: IntArray) -> float:
    """What the heads of some lines cost above nobody, head by head."""
    total = 0.0
    for d, s in np.ndindex(*step.shape[:2]):
        for n in range(sum(line[d] == s for line in lines)):
            total += float(step[d, s, min(n, step.shape[2] - 1)])
    return total


def best_of(team: Team, idle: float, columns: Sequence[Column], whole: bool) -> float:
    """Least cost of one of the lines for each agent, or of shares of them."""
    days, symbols, width = team.step.shape
    heads = [(d, s, n) for d in range(days) for s in range(symbols) for n in range(width)]
    matrix = np.zeros((days * symbols + len(team.own), len(columns) + len(heads)))
    for k, (a, line, _) in enumerate(columns):
        matrix[np.arange(days) * symbols + line, k] = 1.0
        matrix[days * symbols + a, k] = 1.0
    for k, (d, s, _) in enumerate(heads):
        matrix[d * symbols + s, len(columns) + k] = -1.0
    right = np.concatenate([np.zeros(days * symbols), np.ones(len(team.own))])
    most = [*[np.inf] * len(columns), *(1.0 if n < width - 1 else np.inf for *_, n in heads)]
    price = np.array([*(own for *_, own in columns), *(team.step[place] for place in heads)])
    found = milp(
        price, constraints=LinearConstraint(matrix, right, right), bounds=(0, np.array(most)),
        integrality=np.full(len(price), int(whole)), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    return idle + float(found.fun)
