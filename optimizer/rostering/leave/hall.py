"""Wishes for leave as pieces that are granted whole or not at all, and what each takes of every quota."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.leave_plan import LeaveWish
from optimizer.rostering.leave.auction import Award, award
from optimizer.rostering.leave.room import LeaveRoom, Limit, most_lost

BLOCK = 2000
"""Pieces whose loads are worked out at once: some tens of megabytes."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Leave that is granted whole or not at all: a wish, or a day of one that may be split.

    Parameters
    ----------
    wish, row, first, end : array of int, shape (pieces,)
        Number of the wish, row of the agent, days.
    value : array of float, shape (pieces,)
        What it is worth.
    """

    wish: IntArray
    row: IntArray
    first: IntArray
    end: IntArray
    value: FloatArray


@dataclass(frozen=True, eq=False)
class Hall:
    """Wishes that are decided together, and what there is for them.

    Parameters
    ----------
    wishes : tuple of LeaveWish
    worth : array of float, shape (wishes,)
        Of a day of each.
    away : array of bool, shape (agents, days)
        Who is on leave already, leave as of right included.
    limits : tuple of Limit
    """

    room: LeaveRoom
    wishes: tuple[LeaveWish, ...]
    worth: FloatArray
    away: BoolArray
    limits: tuple[Limit, ...]

    @cached_property
    def pieces(self) -> Pieces:
        """What is granted whole or not at all."""
        cut = [(w, row, *span) for w, wish in enumerate(self.wishes) for row, *span in _cut(self.room, wish)]
        wish, row, first, end = np.array(cut, dtype=np.int64).reshape(-1, 4).T
        return Pieces(wish, row, first, end, self.worth[wish] * (end - first))

    @cached_property
    def quota(self) -> IntArray:
        """Of each limit."""
        return np.array([limit.quota.quota for limit in self.limits], dtype=np.int64)

    @cached_property
    def edges(self) -> IntArray:
        """First day and end of each limit; shape (2, limits)."""
        return np.array([(limit.first, limit.end) for limit in self.limits], dtype=np.int64).T

    @cached_property
    def counted(self) -> BoolArray:
        """Skill groups that each limit counts; shape (limits, groups)."""
        return np.array([limit.groups for limit in self.limits])

    @cached_property
    def most(self) -> IntArray:
        """Most that each agent takes of each limit; shape (limits, agents)."""
        lengths = {int(n): most_lost(self.room.capacity, int(n)) for n in np.unique(self.edges[1] - self.edges[0])}
        return np.array([lengths[int(n)] for n in self.edges[1] - self.edges[0]])

    def loads(self, row: IntArray, first: IntArray, end: IntArray) -> IntArray:
        """What leave takes of each limit; shape (limits, pieces)."""
        begins, ends = self.edges[:, :, None]
        overlap = np.clip(np.minimum(ends, end) - np.maximum(begins, first), 0, self.most[:, row])
        return overlap * self.counted[:, self.room.problem.group_of[row]]

    @cached_property
    def load(self) -> csr_array:
        """What each piece takes of each limit, and under them of the days of its agent."""
        cut = self.pieces
        blocks = [self.loads(cut.row[k], cut.first[k], cut.end[k]) for k in _blocks(len(cut.row))]
        own = _own_days(cut, len(self.room.problem.grid.horizon.dates))
        return csr_array(vstack([csr_array(np.hstack(blocks)), own]))

    def award(self) -> Award:
        """The auction."""
        own = np.ones(len(self.load.indptr) - 1 - len(self.quota), dtype=np.int64)
        return award(self.pieces.value, self.load, np.concatenate([self.quota, own]))


def _blocks(count: int) -> list[slice]:
    return [slice(k, k + BLOCK) for k in range(0, max(count, 1), BLOCK)]


def _own_days(cut: Pieces, days: int) -> csr_array:
    """Which pieces lie on each day of an agent on which two do; shape (agent-days, pieces)."""
    lengths = cut.end - cut.first
    piece = np.repeat(np.arange(len(lengths)), lengths)
    day = np.arange(len(piece)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + cut.first[piece]
    _, place, count = np.unique(cut.row[piece] * days + day, return_inverse=True, return_counts=True)
    shared = count[place] > 1
    rows = np.unique(place[shared], return_inverse=True)[1] if shared.any() else place[shared]
    shape = int(rows.max(initial=-1)) + 1, len(lengths)
    return coo_array((np.ones(len(rows), dtype=np.int64), (rows, piece[shared])), shape=shape).tocsr()


def span_of(room: LeaveRoom, wish: LeaveWish) -> tuple[int, int]:
    """Days of a wish, cut at the edges of the horizon."""
    horizon = room.problem.grid.horizon
    return max(horizon.index(wish.first), 0), min(horizon.index(wish.last) + 1, horizon.days)


def _cut(room: LeaveRoom, wish: LeaveWish) -> Iterator[tuple[int, int, int]]:
    row, (first, end) = room.problem.index[wish.agent], span_of(room, wish)
    yield from ((row, d, d + 1) for d in range(first, end)) if wish.split else ((row, first, end),)
