"""The search over a team: a first roster, moves at falling temperature beside the first columns, dives, and neighbourhoods.

The first roster gives everyone the cheapest whole line in turn. Line moves improve it while the first columns are found, which give
the bound. Dives fix the columns of the whole team a few at a time; then neighbourhoods of some agents on some days are renewed,
those more often that have gained more. Work is handed out ahead and its answers are taken in the order in which it was handed
out: with a budget in steps the roster is the same whatever runs it.
"""

from collections import deque
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from math import ceil, inf, isinf
from time import monotonic

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.executor import Resident
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.teams.arms import LONG, WHOLE, Arm, Arms
from optimizer.rostering.search.teams.columns import WALK
from optimizer.rostering.search.teams.dive import Dived, Stand
from optimizer.rostering.search.teams.part import cover_cost, heads_of
from optimizer.rostering.search.teams.problem import TeamProblem
from optimizer.rostering.search.teams.renew import Task, renew
from optimizer.rostering.search.teams.root import Root, RootTask, root
from optimizer.rostering.search.teams.squad import Squad
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, Progress, Status

AHEAD = 4
"""Neighbourhoods handed out before the first of them is awaited."""
MOVES = 1500
"""Moves of each agent at falling temperature."""
EXCHANGES = 30_000
"""Small moves for each agent and day after these."""
HOT, COLD = 0.2, 0.3
"""First temperature in units of the largest margin of a head, last one in units of the smallest price (house choice)."""
MOVES_SHARE, ROOT_SHARE, DIVE_SHARE = 0.2, 0.35, 0.6
"""Shares of the seconds left that the moves, the first columns and the dives may take."""
FEW = 0.02
"""Share of the agents whose lines are fixed at a time: with few the dives are better by far."""
DIVES = (4, 10)
"""Rounds of columns between two fixings of the whole team, by dive: the first takes the largest share, the second with chance."""
RESTARTS = 4
"""How often they are begun anew, each time with twice the rounds, if none of them was of use."""
BETWEEN = 3
"""The same in a neighbourhood."""
SEEDS = 20
"""Lines of each agent that a neighbourhood begins with: more slow the master down."""
DOUBT = 0.05
"""Chance of an agent whose line could not be cheaper, as a share of that of the dearest one."""
EVEN = 4
"""One in so many neighbourhoods may also change lines for others that cost the same."""
SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class TeamFound:
    """What the search found; shapes as in `Stand`."""

    stand: Stand
    cost: float
    bound: float
    status: Status
    steps: int


class TeamSearch:
    """One search.

    Parameters
    ----------
    problem : TeamProblem
    executor : Executor
        Where columns, dives and neighbourhoods run.
    """

    def __init__(self, problem: TeamProblem, params: SearchParams, budget: Budget, watch: Watch, executor: Executor):
        self.problem, self.params, self.budget, self.watch = problem, params, budget, watch
        self.team = problem.team
        self.executor = executor
        self.stand = Stand(np.zeros((0, 0), dtype=np.int64), np.zeros(0))
        self.cost, self.steps = inf, 0
        self.bound = 0.0 if (self.team.own >= 0).all() else -inf
        self.found: Root | None = None
        self.pool: list[Stand] = []
        self.squad = Squad(problem.team, problem.lines, problem.idle, params.seed)
        self._began = monotonic()

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.team.own)

    @property
    def days(self) -> int:
        """Number of days."""
        return self.team.own.shape[1]

    def begin(self, hint: IntArray | None) -> IntArray:
        """A first line for everyone, if possible as in `hint`; rows of the agents who have no legal line."""
        lost = self.squad.insert(hint)
        if not len(lost):
            self._stand_on_squad()
            # only now, so that the tables compiled so far go with it
            self.resident = Resident(self.executor, [(self.problem.team, self.problem.lines)])
        return lost

    def run(self) -> TeamFound:
        """Search until nothing can be better, the budget is spent, or the listener says stop."""
        if self._going("first roster", 0.0):
            self._columns()
        if self.found is not None and self._going("columns", 0.1):
            self._dives()
        self._neighbourhoods()
        status = Status.OPTIMAL if self.proved else Status.CANCELLED if self.watch.stopped else Status.FEASIBLE
        return TeamFound(self.stand, self.cost, min(self.bound, self.cost), status, self.steps)

    def _stand_on_squad(self) -> None:
        squad = self.squad
        line = squad.floor.best.copy()
        self.cost, self.stand = (
            float(squad.floor.cost[1]),
            Stand(line, np.array([squad.own_of(a, line[a]) for a in range(self.agents)])),
        )

    @property
    def ceiling(self) -> float:
        """What a better roster costs at most."""
        return self.cost - max(self.problem.grain - SLACK, SLACK * max(1.0, abs(self.cost)))

    @property
    def proved(self) -> bool:
        """Whether nothing can cost less."""
        return self.bound > self.ceiling

    def _going(self, phase: str, done: float) -> bool:
        seconds = monotonic() - self._began
        going = self.watch(Progress(phase, done, self.cost, max(0.0, self.bound), seconds))
        return going and not self.proved and self.watch.left(self.budget) > 0

    def _until(self, share: float) -> float:
        left = self.watch.left(self.budget)
        return inf if isinf(left) else monotonic() + share * left

    def _columns(self) -> None:
        """First columns on the executor, line moves beside them."""
        seeds = tuple(Stand(self.stand.line[a : a + 1], self.stand.own[a : a + 1]) for a in range(self.agents))
        whole = self.days <= WHOLE
        rounds, share = (self.budget.bound_steps, ROOT_SHARE) if whole else (0, MOVES_SHARE)
        task = RootTask(seeds, self.problem.idle, self.cost, self._until(share), rounds)
        future = self.resident.submit(root, task) if self.budget.bound_steps else None
        until = self._until(MOVES_SHARE)
        # a whole line of a long horizon takes too long for a move
        self.squad.anneal(MOVES * self.agents if self.days <= LONG else 0, *self._temperatures(), self._until(MOVES_SHARE / 2))
        self.squad.exchange(EXCHANGES * self.agents * self.days, self.problem.grain or self._temperatures()[1], until)
        self._stand_on_squad()
        if future is not None:
            self.found = future.result()
            grain = self.problem.grain
            bound = ceil(self.found.bound / grain - SLACK) * grain if grain else self.found.bound
            self.bound = max(self.bound, bound)
            self.pool = list(self.found.pool)

    def _temperatures(self) -> tuple[float, float]:
        step = np.abs(self.team.step)
        cold = COLD * float(step[step > 0].min(initial=1.0))
        return max(HOT * float(step.max(initial=0.0)), cold), cold

    def _dives(self) -> None:
        """Everyone's columns fixed: a few dives side by side, and again by chance until one is of use."""
        until, everyone, before = self._until(DIVE_SHARE), np.arange(self.agents), self.cost
        if monotonic() + self._seconds_of_dive() > until:
            return
        for start in range(RESTARTS):
            # the very first dive is without chance: its seed is even
            seeds = [2 * (start * len(DIVES) + number) + (start + number > 0) for number in range(len(DIVES))]
            tasks = [
                self._task(everyone, 0, self.days, self.ceiling, seed, until, rounds << start)
                for seed, rounds in zip(seeds, DIVES, strict=True)
            ]
            for task, future in [(task, self.resident.submit(renew, task)) for task in tasks]:
                self._take(task, future.result())
            if not self._going("dive", 0.2) or self.cost < before or monotonic() > until:
                return

    def _seconds_of_dive(self) -> float:
        """How long the shorter dive of the whole team would take at the pace of the first columns."""
        lines = self.agents**2 / 2 * min(DIVES) * (WALK + 2)
        return inf if self.found is None else lines * self.found.pace

    def _neighbourhoods(self) -> None:
        """Renew neighbourhoods, a few handed out ahead; their answers are taken in the same order."""
        arms, many = Arms(self.agents, self.days, self.params.seed), self.budget.rounds
        waiting: deque[tuple[Arm, Task, Future[Dived]]] = deque()
        while self.steps < many and self._going("neighbourhoods", self.steps / many):
            while len(waiting) < AHEAD:
                waiting.append(self._handed_out(arms, self.steps + len(waiting)))
            arm, task, future = waiting.popleft()
            renewed, before = future.result(), self.cost
            self._take(task, renewed)
            arm.learn(before - self.cost, renewed.effort)
            self.steps += 1
        for *_, future in waiting:
            future.cancel()

    def _handed_out(self, arms: Arms, number: int) -> tuple[Arm, Task, Future[Dived]]:
        arm, rows, first, end = arms.draw(self._promise())
        ceiling = self.cost + SLACK if number % EVEN == 0 else self.ceiling
        task = self._task(rows, first, end, ceiling, number, self._until(1.0), BETWEEN)
        return arm, task, self.resident.submit(renew, task)

    def _promise(self) -> FloatArray:
        """How much each agent's line costs above the cheapest under the prices of the bound."""
        if self.found is None or self.found.wage is None:
            return np.ones(self.agents)
        earned = self.found.wage[np.arange(self.days), self.stand.line].sum(axis=1)
        excess = np.maximum(self.stand.own - earned - self.found.low, 0.0)
        return np.asarray(excess + DOUBT * excess.max() + SLACK)

    def _task(self, rows: IntArray, first: int, end: int, ceiling: float, seed: int, until: float, rounds: int) -> Task:
        rest, found = np.setdiff1d(np.arange(self.agents), rows), self.found
        seeds = [self.pool[a] for a in rows] if self.pool and end - first == self.days else [_none(self.days)] * len(rows)
        few = len(seeds[0].own) if len(rows) == self.agents else SEEDS
        return Task(
            rows, first, end, heads_of(self.stand.line[rest], self.team.own.shape[2]),
            Stand(self.stand.line[rows], self.stand.own[rows]), tuple(Stand(one.line[:few], one.own[:few]) for one in seeds),
            None if found is None else found.wage, tuple(frozenset[int]() if found is None else found.kept[a] for a in rows),
            self.cost, ceiling, FEW, rounds, seed, until,
        )  # fmt: skip

    def _take(self, task: Task, renewed: Dived) -> None:
        """Put new lines in place, if they are legal beside what has changed since they were sought, and cost no more."""
        if renewed.stand is None:
            return
        line, own, days = self.stand.line.copy(), self.stand.own.copy(), slice(task.first, task.end)
        line[task.rows, days] = renewed.stand.line[:, days]
        own[task.rows] = [self.squad.own_of(a, line[a]) for a in task.rows]
        cost = self.problem.idle + cover_cost(self.team.step, heads_of(line, self.team.own.shape[2])) + float(own.sum())
        if cost <= self.cost + SLACK:
            self.stand, self.cost = Stand(line, own), cost
            self._remember(task.rows, Stand(line[task.rows], own[task.rows]))

    def _remember(self, rows: IntArray, stand: Stand) -> None:
        """Lines that were of use come first among the seeds."""
        for i, a in enumerate(rows.tolist() if self.pool else ()):
            known = self.pool[a]
            many = len(known.own)
            self.pool[a] = Stand(np.vstack([stand.line[i], known.line])[:many], np.append(stand.own[i], known.own)[:many])


def _none(days: int) -> Stand:
    """No lines."""
    return Stand(np.zeros((0, days), dtype=np.int64), np.zeros(0))
