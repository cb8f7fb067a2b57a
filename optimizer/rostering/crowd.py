"""Agents counted together: bands of agents on the phones, and heads of teams on each shift and day."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.compiled import compiled, inlined
from optimizer.rostering.goals import Band, Gathering


class Crowd(NamedTuple):
    """Bands and teams as arrays.

    Parameters
    ----------
    first, band : array of int, shape (agents + 1,) and (memberships,)
        Bands of agent a are ``band[first[a]:first[a + 1]]``.
    low, high : array of int, shape (bands, slots)
    under, over : array of float, shape (bands,)
    team : array of int, shape (gatherings, agents)
        Each gathering numbers its teams on from those of the one before; -1 = none.
    step : array of float, shape (gatherings, days, symbols, width)
        Price of one more head of a team when n are there: entry ``min(n, width - 1)``.
    idle : array of float, shape (gatherings, days, symbols)
        What it costs each team that nobody is there.
    """

    first: IntArray
    band: IntArray
    low: IntArray
    high: IntArray
    under: FloatArray
    over: FloatArray
    team: IntArray
    step: FloatArray
    idle: FloatArray

    def members(self, band: int) -> BoolArray:
        """Who belongs to a band; shape (agents,)."""
        agents = np.arange(len(self.first) - 1)
        return np.isin(agents, np.repeat(agents, np.diff(self.first))[self.band == band])

    @property
    def teams(self) -> list[range]:
        """Numbers of the teams of each gathering."""
        ends = np.maximum.accumulate(self.team.max(axis=1, initial=-1) + 1).tolist()
        return [range(first, end) for first, end in pairwise([0, *ends])]


class Heads(NamedTuple):
    """How many are there now: members of each band by slot, (bands, slots), and of each team by shift, (teams, days, symbols)."""

    band: IntArray
    team: IntArray


def crowd_of(bands: Sequence[Band], gatherings: Sequence[Gathering], agents: int, slots: slice) -> Crowd:
    """Bands in the slots of a search, and all gatherings."""
    member = np.array([band.members for band in bands], dtype=bool).reshape(len(bands), agents)
    low, high = (np.array([getattr(band, name)[slots] for band in bands], dtype=np.int64) for name in ("low", "high"))
    under, over = (np.array([getattr(band, name) for band in bands], dtype=np.float64) for name in ("under", "over"))
    shape = (len(bands), -1) if bands else (0, 0)
    first = np.concatenate([[0], member.sum(axis=0).cumsum()])
    flat = first, np.nonzero(member.T)[1], low.reshape(shape), high.reshape(shape), under, over
    return Crowd(*flat, _numbered(gatherings, agents), *_priced(gatherings))


def _numbered(gatherings: Sequence[Gathering], agents: int) -> IntArray:
    """Teams of all gatherings, none of which share a number; shape (gatherings, agents)."""
    team = np.full((len(gatherings), agents), -1, dtype=np.int64)
    before = 0
    for row, gathering in zip(team, gatherings, strict=True):
        row[:] = np.where(gathering.team >= 0, gathering.team + before, -1)
        before = max(before, int(row.max(initial=-1)) + 1)
    return team


def _priced(gatherings: Sequence[Gathering]) -> tuple[FloatArray, FloatArray]:
    """Steps, as wide as the widest, and what nobody costs."""
    if not gatherings:
        return np.zeros((0, 0, 0, 1)), np.zeros((0, 0, 0))
    width = max(gathering.step.shape[2] for gathering in gatherings)
    steps = [np.pad(one.step, ((0, 0), (0, 0), (0, width - one.step.shape[2])), mode="edge") for one in gatherings]
    return np.array(steps, dtype=np.float64), np.array([one.idle for one in gatherings], dtype=np.float64)


def crowd_cost(crowd: Crowd, heads: Heads, first_day: int, first_shift: int) -> float:
    """Cost of the bands left, and of the heads of each team on the shifts from a day on."""
    missing, beyond = np.maximum(crowd.low - heads.band, 0), np.maximum(heads.band - crowd.high, 0)
    bands = float(missing.sum(axis=1) @ crowd.under + beyond.sum(axis=1) @ crowd.over)
    idle = crowd.idle[:, first_day:, first_shift:].sum(axis=(1, 2))
    return bands + sum(
        len(teams) * float(idle[k]) + _heads_cost(crowd, heads, k, teams.start, teams.stop, first_day, first_shift)
        for k, teams in enumerate(crowd.teams)
    )


@compiled
def _heads_cost(crowd: Crowd, heads: Heads, k: int, first: int, end: int, first_day: int, first_shift: int) -> float:
    """Steps of all heads of the teams ``first <= team < end`` of gathering k; few additions, one for each shift worked."""
    cost, last = 0.0, crowd.step.shape[3] - 1
    for team in range(first, end):
        for d in range(first_day, heads.team.shape[1]):
            for s in range(first_shift, heads.team.shape[2]):
                for there in range(heads.team[team, d, s]):
                    cost += float(crowd.step[k, d, s, min(there, last)])
    return cost


@inlined
def band_price(crowd: Crowd, heads: Heads, a: int, t: int, here: int) -> float:
    """What agent a changes in the bands by being there in slot t; `here` = 1 if counted already."""
    price = 0.0
    for k in range(crowd.first[a], crowd.first[a + 1]):
        b = crowd.band[k]
        others = heads.band[b, t] - here
        if others < crowd.low[b, t]:
            price -= float(crowd.under[b])
        if others >= crowd.high[b, t]:
            price += float(crowd.over[b])
    return price


@inlined
def come_or_go(crowd: Crowd, heads: Heads, a: int, t: int, agents: int) -> None:
    """Count agent a in (1) or out (-1) of the bands of slot t."""
    for k in range(crowd.first[a], crowd.first[a + 1]):
        heads.band[crowd.band[k], t] += agents


@inlined
def code_price(crowd: Crowd, heads: Heads, a: int, d: int, s: int, own: int) -> float:
    """What it costs the teams of agent a that the agent works shift s on day d; `own` is the shift counted there already."""
    price = 0.0
    for k in range(len(crowd.team)):
        team = crowd.team[k, a]
        if team >= 0:
            there = heads.team[team, d, s] - (1 if own == s else 0)
            price += float(crowd.step[k, d, s, min(there, crowd.step.shape[3] - 1)])
    return price


@compiled
def gather(crowd: Crowd, heads: Heads, a: int, symbol: IntArray, agents: int) -> None:
    """Count the line of agent a, shape (days,), into (1) or out of (-1) the agent's teams."""
    for k in range(len(crowd.team)):
        if crowd.team[k, a] >= 0:
            for d in range(len(symbol)):
                heads.team[crowd.team[k, a], d, symbol[d]] += agents
