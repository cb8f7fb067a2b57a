"""Agents counted together: bands of agents on the phones, and teams that gather on the same shifts."""

from collections.abc import Sequence
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
    team : array of int, shape (agents,)
        -1 = none.
    price : float
        Of each shift code that a team uses on a day.
    """

    first: IntArray
    band: IntArray
    low: IntArray
    high: IntArray
    under: FloatArray
    over: FloatArray
    team: IntArray
    price: float

    def members(self, band: int) -> BoolArray:
        """Who belongs to a band; shape (agents,)."""
        owner = np.repeat(np.arange(len(self.team)), np.diff(self.first))
        return np.isin(np.arange(len(self.team)), owner[self.band == band])


class Heads(NamedTuple):
    """How many are there now: members of each band by slot, (bands, slots), and of each team by shift, (teams, days, symbols)."""

    band: IntArray
    team: IntArray


def crowd_of(bands: Sequence[Band], gatherings: Sequence[Gathering], agents: int, slots: slice) -> Crowd:
    """Bands in the slots of a search; of the gatherings the last one that names teams."""
    member = np.array([band.members for band in bands], dtype=bool).reshape(len(bands), agents)
    low, high = (np.array([getattr(band, name)[slots] for band in bands], dtype=np.int64) for name in ("low", "high"))
    under, over = (np.array([getattr(band, name) for band in bands], dtype=np.float64) for name in ("under", "over"))
    shape = (len(bands), -1) if bands else (0, 0)
    team = gatherings[-1].team if gatherings else np.full(agents, -1, dtype=np.int64)
    price = gatherings[-1].price if gatherings else 0.0
    first = np.concatenate([[0], member.sum(axis=0).cumsum()])
    return Crowd(first, np.nonzero(member.T)[1], low.reshape(shape), high.reshape(shape), under, over, team.astype(np.int64), price)


def crowd_cost(crowd: Crowd, heads: Heads, first_day: int, first_shift: int) -> float:
    """Cost of the bands left, and of the shifts that teams use from a day on."""
    missing, beyond = np.maximum(crowd.low - heads.band, 0), np.maximum(heads.band - crowd.high, 0)
    bands = float(missing.sum(axis=1) @ crowd.under + beyond.sum(axis=1) @ crowd.over)
    return bands + crowd.price * int((heads.team[:, first_day:, first_shift:] > 0).sum())


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
    """What it costs the team of agent a that the agent works shift s on day d; `own` is the shift that is counted there already."""
    team = crowd.team[a]
    if team < 0:
        return 0.0
    return crowd.price if heads.team[team, d, s] - (1 if own == s else 0) == 0 else 0.0


@compiled
def gather(crowd: Crowd, heads: Heads, a: int, symbol: IntArray, agents: int) -> None:
    """Count the line of agent a, shape (days,), into (1) or out of (-1) the agent's team."""
    if crowd.team[a] >= 0:
        for d in range(len(symbol)):
            heads.team[crowd.team[a], d, symbol[d]] += agents
