"""Small moves by the million: two agents exchange a stretch of days, or one agent does the same thing on a stretch of days.

An exchange leaves all heads as they are, so it passes where cover is hard and every change of one line alone would break it. Moves
that forbid or cost too much for the temperature are refused.

References
----------
Ceschia, Guido, Schaerf (2020), Solving the static INRC-II nurse rostering problem by simulated annealing based on large
neighborhoods, doi:10.1007/s10479-018-03154-8. Shares of the moves: house choice.
"""

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.compiled import compiled, inlined
from optimizer.rostering.layout import LineTables
from optimizer.rostering.search.teams.moves import Floor, Team, margin, uniform
from optimizer.rostering.search.teams.walks import Trail, Walks, changed_price, retrace, walks_of

EXCHANGES, LONGER, LONGEST = 0.9, 0.85, 14
"""Share of exchanges among the moves, chance that a stretch is a day longer, and its most days."""
FREE, SAME = 0.3, 0.6
"""Chances, cumulated, that a stretch is made free, or like the day before it; else a symbol is drawn."""
HOT, COLD = 1.2, 0.2
"""First and last temperature in units of the grain of all costs: 6 and 1 where prices are multiples of 5."""
BATCH = 200_000
"""Moves between two looks at the clock."""


class Choices(NamedTuple):
    """What may be drawn.

    Parameters
    ----------
    symbols : array of int, shape (agents, symbols)
        Symbols that an agent may have on some open day; the first `many` count.
    many : array of int, shape (agents,)
    mates : array of int, shape (agents, agents)
        Who has a shift in common with an agent; the first `friends` count.
    friends : array of int, shape (agents,)
    """

    symbols: IntArray
    many: IntArray
    mates: IntArray
    friends: IntArray


class Chain(NamedTuple):
    """What goes along with the lines that stand.

    Parameters
    ----------
    price : array of float, shape (agents,)
        What the rules charge for each line.
    used : array of int, shape (agents, limits)
    stale : array of bool, shape (agents,)
        Whose line is another than in the best roster.
    """

    price: FloatArray
    used: IntArray
    stale: BoolArray


def choices_of(team: Team, first_open: int) -> Choices:
    """Symbols and partners of everyone."""
    able: BoolArray = np.logical_or.reduce(np.isfinite(team.own[:, first_open:]), axis=1)
    common = (able[:, None] & able[None]).sum(axis=2) > 1
    np.fill_diagonal(common, False)
    return Choices(*_listed(able), *_listed(common))


def _listed(told: BoolArray) -> tuple[IntArray, IntArray]:
    """Numbers of the true entries of each row, packed to the left, and how many they are."""
    return np.argsort(~told, axis=1, kind="stable"), told.sum(axis=1)


def exchange(team: Team, tables: Sequence[LineTables], of: IntArray, floor: Floor, moves: int, grain: float, until: float) -> None:
    """Moves at falling temperature from the lines of a floor on.

    Parameters
    ----------
    tables : sequence of LineTables
        With the limits left out that `team` holds.
    of : array of int, shape (agents,)
        Table of each agent.
    moves : int
    grain : float
        Unit of temperature: the least difference of two costs.
    until : float
        `time.monotonic` at which it stops.
    """
    first_open = int(np.argmax(np.append((np.isfinite(team.own).sum(axis=2) > 1).sum(axis=0)[:-1], 1) > 0))
    walks, choices = walks_of(tables, of), choices_of(team, first_open)
    shape = len(floor.line), int(np.diff(walks.op0).max())
    trail = Trail(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.zeros(shape))
    used = np.array([team.weight[a][:, line].sum(axis=1) for a, line in enumerate(floor.line)]).reshape(team.high.shape)
    chain = Chain(np.zeros(len(used)), used, np.zeros(len(used), dtype=np.bool_))
    scratch = np.zeros(floor.line.shape[1], dtype=np.int64)
    prepare(walks, trail, floor, chain.price)
    for done in range(0, moves, BATCH):
        if monotonic() > until:
            return
        temperature = grain * HOT * (COLD / HOT) ** (done / moves)
        some = min(BATCH, moves - done)
        small_moves(walks, trail, team, floor, chain, choices, first_open, some, temperature, scratch)


@compiled
def prepare(walks: Walks, trail: Trail, floor: Floor, own: FloatArray) -> None:
    """Trails and prices of the lines that stand."""
    for a in range(len(floor.line)):
        own[a] = retrace(walks, trail, a, floor.line[a], -1, floor.line.shape[1])


@compiled
def small_moves(
    walks: Walks,
    trail: Trail,
    team: Team,
    floor: Floor,
    chain: Chain,
    choices: Choices,
    first_open: int,
    moves: int,
    temperature: float,
    new: IntArray,
) -> None:
    """So many moves at one temperature."""
    agents, days = floor.line.shape
    for _ in range(moves):
        limit = -temperature * np.log(uniform(floor.seed))
        a = int(uniform(floor.seed) * agents)
        first = first_open + int(uniform(floor.seed) * (days - first_open))
        end = first + 1
        while end < days and end - first < LONGEST and uniform(floor.seed) < LONGER:
            end += 1
        if uniform(floor.seed) < EXCHANGES:
            if choices.friends[a] > 0:
                b = choices.mates[a, int(uniform(floor.seed) * choices.friends[a])]
                _exchange(walks, trail, team, floor, chain, a, b, first, end, limit)
        else:
            symbol = _drawn(floor, choices, a, first)
            _change(walks, trail, team, floor, chain, a, symbol, first, end, limit, new)
        if floor.cost[0] < floor.cost[1] - 1e-9:
            floor.cost[1] = floor.cost[0]
            for i in range(agents):
                if chain.stale[i]:
                    chain.stale[i] = False
                    for d in range(days):
                        floor.best[i, d] = floor.line[i, d]


@inlined
def _drawn(floor: Floor, choices: Choices, a: int, first: int) -> int:
    """Free, what stands on the day before, or any symbol of the agent."""
    chance = uniform(floor.seed)
    if chance < FREE:
        return 0
    if chance < SAME and first > 0:
        return int(floor.line[a, first - 1])
    return int(choices.symbols[a, int(uniform(floor.seed) * choices.many[a])])


@inlined
def _keeps(team: Team, used: IntArray, a: int, old: IntArray, new: IntArray, first: int, end: int) -> bool:
    """Whether an agent's limits hold with other days."""
    for k in range(team.high.shape[1]):
        many = used[a, k]
        for d in range(first, end):
            many += team.weight[a, k, new[d]] - team.weight[a, k, old[d]]
        if many > team.high[a, k] and many > used[a, k]:
            return False
    return True


@inlined
def _count(team: Team, used: IntArray, a: int, old: int, new: int) -> None:
    for k in range(team.high.shape[1]):
        used[a, k] += team.weight[a, k, new] - team.weight[a, k, old]


@inlined
def _exchange(
    walks: Walks,
    trail: Trail,
    team: Team,
    floor: Floor,
    chain: Chain,
    a: int,
    b: int,
    first: int,
    end: int,
    limit: float,
) -> None:
    """Two agents exchange a stretch of days, if that does not cost more than `limit`."""
    while first < end and floor.line[a, first] == floor.line[b, first]:
        first += 1
    while first < end and floor.line[a, end - 1] == floor.line[b, end - 1]:
        end -= 1
    mine = theirs = 0.0
    for d in range(first, end):
        x, y = floor.line[a, d], floor.line[b, d]
        mine += team.own[a, d, y] - team.own[a, d, x]
        theirs += team.own[b, d, x] - team.own[b, d, y]
    if first == end or mine == np.inf or theirs == np.inf:
        return
    one = changed_price(walks, trail, a, floor.line[a], floor.line[b], first, end, chain.price[a])
    if one == np.inf or not _keeps(team, chain.used, a, floor.line[a], floor.line[b], first, end):
        return
    other = changed_price(walks, trail, b, floor.line[b], floor.line[a], first, end, chain.price[b])
    mine, theirs = mine + one - chain.price[a], theirs + other - chain.price[b]
    if mine + theirs > limit or not _keeps(team, chain.used, b, floor.line[b], floor.line[a], first, end):
        return
    for d in range(first, end):
        x, y = floor.line[a, d], floor.line[b, d]
        _count(team, chain.used, a, x, y)
        _count(team, chain.used, b, y, x)
        floor.line[a, d], floor.line[b, d] = y, x
    chain.price[a], chain.price[b] = one, other
    chain.stale[a] = chain.stale[b] = True
    floor.value[a] += mine
    floor.value[b] += theirs
    floor.cost[0] += mine + theirs
    retrace(walks, trail, a, floor.line[a], first, end)
    retrace(walks, trail, b, floor.line[b], first, end)


@inlined
def _change(
    walks: Walks,
    trail: Trail,
    team: Team,
    floor: Floor,
    chain: Chain,
    a: int,
    symbol: int,
    first: int,
    end: int,
    limit: float,
    new: IntArray,
) -> None:
    """An agent has one symbol on a stretch of days, if that does not cost more than `limit`."""
    while first < end and floor.line[a, first] == symbol:
        first += 1
    while first < end and floor.line[a, end - 1] == symbol:
        end -= 1
    own = cover = 0.0
    for d in range(first, end):
        old = floor.line[a, d]
        new[d] = symbol
        if old != symbol:
            own += team.own[a, d, symbol] - team.own[a, d, old]
            cover += margin(team.step, floor.heads[d, symbol], d, symbol) - margin(team.step, floor.heads[d, old] - 1, d, old)
    if first == end or own == np.inf:
        return
    one = changed_price(walks, trail, a, floor.line[a], new, first, end, chain.price[a])
    own += one - chain.price[a]
    if own + cover > limit or not _keeps(team, chain.used, a, floor.line[a], new, first, end):
        return
    for d in range(first, end):
        old = floor.line[a, d]
        floor.heads[d, old] -= 1
        floor.heads[d, symbol] += 1
        _count(team, chain.used, a, old, symbol)
        floor.line[a, d] = symbol
    chain.price[a] = one
    chain.stale[a] = True
    floor.value[a] += own
    floor.cost[0] += own + cover
    retrace(walks, trail, a, floor.line[a], first, end)
