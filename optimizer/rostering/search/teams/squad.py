"""A chain of line moves: a first line for everyone, then moves at falling temperature, in batches of agents who share tables."""

from time import monotonic

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.line import line_price
from optimizer.rostering.search.teams.exchanges import exchange
from optimizer.rostering.search.teams.lines import LegalLines
from optimizer.rostering.search.teams.moves import Floor, Team, move
from optimizer.rostering.search.teams.part import heads_of
from optimizer.rostering.search.teams.pricing import Pricer

BATCH = 12
"""Moves of one call of the kernel."""
LOOK = 50 * BATCH
"""Moves between two looks at the clock, and at the limits that are broken often."""


class Squad:
    """One chain.

    Parameters
    ----------
    team : Team
    lines : LegalLines
    idle : float
        Cost of nobody being there.
    seed : int
    """

    def __init__(self, team: Team, lines: LegalLines, idle: float, seed: int):
        self.team, self.lines, self.pricer, self.rng = team, lines, Pricer(team, lines), np.random.default_rng(seed)
        self.floor = _nobody(team, idle, int(self.rng.integers(1, 2**63)))

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.team.own)

    @property
    def days(self) -> int:
        """Number of days."""
        return self.team.own.shape[1]

    def insert(self, hint: IntArray | None = None) -> IntArray:
        """Give everyone the line of a hint if it is legal, else the cheapest, in random order, as if the team grew to its size.

        Returns
        -------
        array of int
            Rows of the agents who have no legal line; with any, the floor is of no use.
        """
        lost: list[int] = []
        for done, a in enumerate(self.rng.permutation(self.agents).tolist()):
            line = self._first_line(a, None if hint is None else hint[a], self.agents / (done + 1))
            if line is None:
                lost.append(a)
            else:
                self.take(a, line)
        self._keep_best()
        return np.array(sorted(lost), dtype=np.int64)

    def _first_line(self, a: int, hint: IntArray | None, grown: float) -> IntArray | None:
        if hint is not None and np.isfinite(self.own_of(a, hint)):
            return hint
        answers = self.pricer.ask(self.rng.random(self.floor.heads.shape) - self._margin(grown), np.array([a]))
        return answers.line[a] if np.isfinite(answers.value[a]) else None

    def _margin(self, grown: float) -> FloatArray:
        """Margin of each symbol and day if the heads were so many times as many."""
        place = np.minimum((self.floor.heads * grown).astype(np.int64), self.team.step.shape[2] - 1)
        return np.take_along_axis(self.team.step, place[:, :, None], axis=2)[:, :, 0]

    def take(self, a: int, line: IntArray) -> None:
        """Put a line on the floor; the agent has none yet."""
        days, heads = np.arange(self.days), self.floor.heads
        self.floor.line[a] = line
        there = np.minimum(heads[days, line], self.team.step.shape[2] - 1)
        self.floor.value[a] = self.own_of(a, line)
        self.floor.cost[0] += self.team.step[days, line, there].sum() + self.floor.value[a]
        heads[days, line] += 1

    def own_of(self, a: int, line: IntArray) -> float:
        """What a line of an agent costs by itself; inf = it is not legal."""
        table, used = self.lines.tables(a, self.pricer.kept[a]), self.team.weight[a][:, line].sum(axis=1)
        if table is None or (used > self.team.high[a]).any():
            return np.inf
        return float(self.team.own[a, np.arange(self.days), line].sum() + line_price(table, line))

    def _keep_best(self) -> None:
        """What stands is the best so far."""
        self.floor.cost[1] = self.floor.cost[0]
        self.floor.best[:] = self.floor.line

    def anneal(self, moves: int, hot: float, cold: float, until: float) -> None:
        """Moves at falling temperature."""
        for done in range(0, moves, BATCH):
            if done % LOOK == 0:
                self.pricer.keep_often(self.floor.broken)
                if monotonic() > until:
                    return
            self._batch(hot * (cold / hot) ** (done / moves))

    def exchange(self, moves: int, grain: float, until: float) -> None:
        """Small moves from the best lines so far on."""
        groups, of = self.pricer.groups(), np.zeros(self.agents, dtype=np.int64)
        for number, (_, rows) in enumerate(groups):
            of[rows] = number
        self._stand_on_best()
        exchange(self.team, [table for table, _ in groups], of, self.floor, moves, grain, until)

    def _stand_on_best(self) -> None:
        line, heads = self.floor.best.copy(), heads_of(self.floor.best, self.floor.heads.shape[1])
        self.floor.line[:], self.floor.heads[:], self.floor.cost[0] = line, heads, self.floor.cost[1]
        self.floor.value[:] = [self.own_of(a, line[a]) for a in range(self.agents)]

    def _batch(self, temperature: float) -> None:
        groups = self.pricer.groups()
        many = np.array([len(rows) for _, rows in groups], dtype=np.float64)
        table, rows = groups[int(self.rng.choice(len(groups), p=many / many.sum()))]
        move(table, self.team, self.floor, rows[self.rng.integers(len(rows), size=BATCH)], temperature, self.pricer.scratch)


def _nobody(team: Team, idle: float, seed: int) -> Floor:
    """A floor without anybody."""
    agents, days, symbols = team.own.shape
    line, limits = np.zeros((2, agents, days), dtype=np.int64), np.zeros((2, *team.high.shape))
    heads, cost = np.zeros((days, symbols), dtype=np.int64), np.array([idle, np.inf])
    return Floor(line[0], line[1], heads, np.zeros(agents), cost, limits[0], limits[1], np.array([seed], dtype=np.uint64))
