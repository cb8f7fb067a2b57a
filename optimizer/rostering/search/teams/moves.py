"""Line moves: one agent's whole line drawn anew against all others at a temperature.

Each day and symbol is priced at the margin of all others plus exponential noise in proportion to the temperature, and the cheapest
legal line takes the place of the old one: a move never leaves the legal lines, however many days it changes.

References
----------
Kirkpatrick, Gelatt, Vecchi (1983), Optimization by simulated annealing, doi:10.1126/science.220.4598.671. Noise on the prices:
house choice.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, uint64

from data.model.base import FloatArray, IntArray
from optimizer.compiled import compiled, inlined
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import Scratch, best_line

RETRIES = 4
"""Lines sought for one move before it is given up because of a limit."""
RAISED, ADDED, LOWERED = 1.5, 2.0, 0.9
"""How the price of a limit that is relaxed moves: up by so much when a line breaks it, down when one keeps it (house choice)."""
MOST_PRICE = 1e6
"""Above which it does not rise: two limits broken in turn would raise each other without end."""
FADING = 0.05
"""Weight of the last line in the share of lines that break a limit."""


class Team(NamedTuple):
    """What does not change during a search.

    Parameters
    ----------
    own : array of float, shape (agents, days, symbols)
        What each agent pays for each symbol, rules of the line apart; inf = not allowed.
    step : array of float, shape (days, symbols, width)
        What one more head on a symbol costs when n are there: ``step[d, s, min(n, width - 1)]``.
    weight : array of int, shape (agents, limits, symbols)
    high : array of int, shape (agents, limits)
    """

    own: FloatArray
    step: FloatArray
    weight: IntArray
    high: IntArray


class Floor(NamedTuple):
    """Who stands where, and the best that was seen; arrays are changed in place.

    Parameters
    ----------
    line, best : array of int, shape (agents, days)
    heads : array of int, shape (days, symbols)
    value : array of float, shape (agents,)
        What each line costs by itself, rules included.
    cost : array of float, shape (2,)
        Cost of `line` and of `best`.
    limit_price, broken : array of float, shape (agents, limits)
        Price of each relaxed limit, and the share of lines that broke it.
    seed : array of uint64, shape (1,)
    """

    line: IntArray
    best: IntArray
    heads: IntArray
    value: FloatArray
    cost: FloatArray
    limit_price: FloatArray
    broken: FloatArray
    seed: "np.ndarray[tuple[int], np.dtype[np.uint64]]"


@inlined
def uniform(seed: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> float:
    """A number in (0, 1): xorshift64*, Vigna (2016), doi:10.1145/2845077."""
    x = seed[0]
    x ^= x >> uint64(12)
    x ^= x << uint64(25)
    x ^= x >> uint64(27)
    seed[0] = x
    return (float((x * uint64(2685821657736338717)) >> uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@inlined
def margin(step: FloatArray, heads: int, d: int, s: int) -> float:
    """What one more head costs when so many are there."""
    return float(step[d, s, min(max(heads, 0), step.shape[2] - 1)])


@compiled
def _prices(team: Team, floor: Floor, a: int, temperature: float, price: FloatArray) -> None:
    """Price each symbol of each day for agent a."""
    days, symbols = price.shape
    for d in range(days):
        stands = floor.line[a, d]
        for s in range(symbols):
            own = team.own[a, d, s]
            if own == np.inf:
                price[d, s] = np.inf
                continue
            own += margin(team.step, floor.heads[d, s] - (1 if stands == s else 0), d, s)
            price[d, s] = own - temperature * np.log(uniform(floor.seed)) if temperature > 0 else own


@compiled
def _charge_limits(team: Team, floor: Floor, a: int, price: FloatArray, charged: FloatArray) -> None:
    """Copy the prices of agent a, and add those of the limits that are relaxed."""
    for d in range(price.shape[0]):
        for s in range(price.shape[1]):
            charged[d, s] = price[d, s]
    for k in range(team.high.shape[1]):
        more = floor.limit_price[a, k]
        if more > 0:
            for d in range(price.shape[0]):
                for s in range(price.shape[1]):
                    charged[d, s] += more * team.weight[a, k, s]


@compiled
def _judge(team: Team, floor: Floor, a: int, line: IntArray) -> bool:
    """Whether a line keeps all limits; their prices and the shares of lines that break them are moved."""
    kept = True
    for k in range(team.high.shape[1]):
        used = 0
        for d in range(len(line)):
            used += team.weight[a, k, line[d]]
        over = used > team.high[a, k]
        floor.broken[a, k] = (1 - FADING) * floor.broken[a, k] + (FADING if over else 0.0)
        if over:
            floor.limit_price[a, k] = min(floor.limit_price[a, k] * RAISED + ADDED, MOST_PRICE)
            kept = False
        elif used < team.high[a, k]:
            floor.limit_price[a, k] *= LOWERED if floor.limit_price[a, k] > FADING else 0.0
    return kept


@compiled
def _own_value(team: Team, a: int, value: float, line: IntArray, price: FloatArray) -> float:
    """What a line costs by itself: the price that was found less what was charged, plus the agent's own prices."""
    for d in range(len(line)):
        value += team.own[a, d, line[d]] - price[d, line[d]]
    return value


@compiled
def _put(team: Team, floor: Floor, a: int, value: float, line: IntArray) -> None:
    """Give agent a a line; heads and cost follow."""
    change = value - floor.value[a]
    for d in range(len(line)):
        old, new = floor.line[a, d], line[d]
        if old != new:
            change -= margin(team.step, floor.heads[d, old] - 1, d, old)
            floor.heads[d, old] -= 1
            change += margin(team.step, floor.heads[d, new], d, new)
            floor.heads[d, new] += 1
            floor.line[a, d] = new
    floor.value[a] = value
    floor.cost[0] += change


@njit(cache=True, nogil=True)
def move(tables: LineTables, team: Team, floor: Floor, rows: IntArray, temperature: float, scratch: Scratch) -> None:
    """Draw new lines for some agents, one after the other.

    Parameters
    ----------
    tables : LineTables
        Of all these agents.
    """
    price, charged = np.empty(team.own.shape[1:]), np.empty(team.own.shape[1:])
    for a in rows:
        _prices(team, floor, a, temperature, price)
        for _ in range(RETRIES):
            _charge_limits(team, floor, a, price, charged)
            value, line = best_line(tables, charged, scratch)
            if value == np.inf:
                break
            value = _own_value(team, a, value, line, charged)
            if _judge(team, floor, a, line):
                _put(team, floor, a, value, line)
                break
        if floor.cost[0] < floor.cost[1] - 1e-9:
            floor.cost[1] = floor.cost[0]
            floor.best[:] = floor.line
