"""Everyone's cheapest legal line under prices of being there, exact: limits that a line breaks are counted, large ones priced."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line, new_scratch
from optimizer.rostering.search.teams.lines import MOST_CELLS, OFTEN, TRIES, LegalLines
from optimizer.rostering.search.teams.moves import ADDED, FADING, MOST_PRICE, Team

NONE = np.zeros(0, dtype=np.int64)
NO_SCRATCH = Scratch(np.zeros(0), NONE, NONE, np.zeros(0), NONE)


class Answers(NamedTuple):
    """What everyone answers to some prices.

    Parameters
    ----------
    bound : array of float, shape (agents,)
        No legal line is cheaper.
    value : array of float, shape (agents,)
        Price of the line; inf = none was found.
    own : array of float, shape (agents,)
        What the line costs by itself.
    line : array of int, shape (agents, days)
    """

    bound: FloatArray
    value: FloatArray
    own: FloatArray
    line: IntArray


@njit(cache=True, nogil=True)
def _answer(
    tables: LineTables,
    team: Team,
    wage: FloatArray,
    rows: IntArray,
    scratch: Scratch,
    value: FloatArray,
    own: FloatArray,
    line: IntArray,
) -> None:
    """Cheapest lines of agents who share tables; results are written to their rows."""
    price = np.empty(wage.shape, dtype=np.float64)
    for a in rows:
        for d in range(len(price)):
            for s in range(len(price[0])):
                price[d, s] = team.own[a, d, s] - wage[d, s]
        value[a], line[a] = best_line(tables, price, scratch)
        own[a] = value[a]
        if value[a] < np.inf:
            for d in range(len(price)):
                own[a] += wage[d, line[a, d]]


class Pricer:
    """Answers to prices; which limits an agent's tables hold is learnt from what the lines break."""

    def __init__(self, team: Team, lines: LegalLines, kept: Sequence[Iterable[int]] | None = None):
        self.team, self.lines, self.asked, self.effort = team, lines, 0, 0
        self.kept: list[set[int]] = [set(one) for one in kept or [()] * len(team.own)]
        self.broken = np.zeros(team.high.shape)
        self.limit_price = np.zeros(team.high.shape)
        self.scratch = NO_SCRATCH
        self._groups: list[tuple[LineTables, IntArray]] | None = None

    @property
    def kept_limits(self) -> tuple[frozenset[int], ...]:
        """Limits that stay in the tables of each agent."""
        return tuple(frozenset(one) for one in self.kept)

    def groups(self) -> list[tuple[LineTables, IntArray]]:
        """Agents by their tables."""
        if self._groups is None:
            found: dict[int, tuple[LineTables, list[int]]] = {}
            for a in range(len(self.team.own)):
                table = self._tables(a, self.kept[a])
                if table is not None:
                    found.setdefault(id(table), (table, []))[1].append(a)
            self._groups = [(table, np.array(rows, dtype=np.int64)) for table, rows in found.values()]
        return self._groups

    def _tables(self, a: int, kept: set[int]) -> LineTables | None:
        table = self.lines.tables(a, kept)
        if table is not None:
            self.scratch = new_scratch(table, self.scratch)
        return table

    def ask(self, wage: FloatArray, rows: IntArray | None = None) -> Answers:
        """Everyone's cheapest line when a symbol on a day earns `wage`, shape (days, symbols).

        Parameters
        ----------
        rows : array of int, or None
            Only these agents; the answers of the others mean nothing.
        """
        agents, days, _ = self.team.own.shape
        value, own, line = np.full(agents, np.inf), np.zeros(agents), np.full((agents, days), -1, dtype=np.int64)
        asked = np.ones(agents, dtype=bool) if rows is None else np.isin(np.arange(agents), rows)
        for table, members in self.groups():
            chosen = members[asked[members]]
            if len(chosen):
                self.effort += len(chosen) * int(table.base[-1])
                _answer(table, self.team, wage, chosen, self.scratch, value, own, line)
        self.asked += int(asked.sum())
        answers = Answers(value.copy(), value, own, line)
        self._keep_limits(answers, wage, asked)
        return answers

    def _keep_limits(self, answers: Answers, wage: FloatArray, asked: BoolArray) -> None:
        """Seek the lines anew that break a limit."""
        if not self.team.high.size:
            return
        used = self._used(answers.line)
        over = (used > self.team.high) & asked[:, None] & np.isfinite(answers.value)[:, None]
        self.broken[asked] = (1 - FADING) * self.broken[asked] + FADING * over[asked]
        for a in np.flatnonzero(over.any(axis=1)).tolist():
            self._seek(answers, wage, a, set(np.flatnonzero(over[a]).tolist()))
        self.keep_often(self.broken)

    def keep_often(self, broken: FloatArray) -> None:
        """Count the limits that an agent's lines break often, where the tables stay small; their shares begin anew."""
        for a, k in np.argwhere(broken > OFTEN).tolist():
            if k not in self.kept[a] and self.lines.cells(a, self.kept[a] | {k}) <= MOST_CELLS:
                self.kept[a].add(k)
                self._groups = None
            broken[a, k] = 0.0

    def _used(self, line: IntArray) -> IntArray:
        """How much of each limit everyone's line uses; shape (agents, limits)."""
        agents = np.arange(len(line))[:, None, None]
        limits = np.arange(self.team.high.shape[1])[None, :, None]
        return np.asarray(self.team.weight[agents, limits, line[:, None, :]].sum(axis=2))

    def _seek(self, answers: Answers, wage: FloatArray, a: int, broken: set[int]) -> None:
        """The cheapest line of one agent: with more limits counted, or priced where that would take too large tables."""
        kept, row, more = set(self.kept[a]), np.array([a]), self.limit_price[a]
        for _ in range(TRIES):
            for k in broken:
                if self.lines.cells(a, kept | {k}) <= MOST_CELLS:
                    kept.add(k)
                    more[k] = 0.0
                else:
                    more[k] = min(2 * more[k] + ADDED, MOST_PRICE)
            table = self._tables(a, kept)
            if table is None:
                answers.bound[a] = answers.value[a] = np.inf
                return
            paid = wage - (more[:, None] * self.team.weight[a]).sum(axis=0)
            _answer(table, self.team, paid, row, self.scratch, answers.value, answers.own, answers.line)
            if not np.isfinite(answers.value[a]):
                answers.bound[a] = np.inf
                return
            answers.bound[a] = max(answers.bound[a], answers.value[a] - float(more @ np.where(more > 0, self.team.high[a], 0)))
            used = self.team.weight[a][:, answers.line[a]].sum(axis=1)
            broken = set(np.flatnonzero(used > self.team.high[a]).tolist())
            if not broken:
                slack = (more > 0) & (used < self.team.high[a])
                answers.value[a] -= float(more @ used)
                more[slack] *= 0.9
                return
        answers.value[a] = np.inf
