"""Two agents who are alike to the floor exchange a stretch of days: nobody else notices, only their own costs change."""

from itertools import combinations_with_replacement

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.compiled import compiled
from optimizer.rostering.frame import Crew, Frame, Lines, Shape
from optimizer.rostering.layout import LineTables
from optimizer.rostering.line import line_price

EPSILON = 1e-9
"""Gains below this are rounding."""


def swap(frame: Frame, lines: Lines, own: FloatArray, partners: int, rng: np.random.Generator) -> float:
    """Exchange stretches of days wherever that is legal and pays, the first that pays at once; the gain.

    Parameters
    ----------
    lines : Lines
        Changed in place; who is where does not change for queues, bands and teams.
    own : array of float, shape (agents,)
        What each agent's line costs beside coverage and crowds; changed in place.
    partners : int
        Agents under the same rules, drawn at random, with whom each agent is compared.
    """
    before, tables = float(own.sum()), frame.tables
    for rows in alike(frame):
        used = [rng.permutation(rows[frame.table_of[rows] == number]) for number in np.unique(frame.table_of[rows])]
        for first, second in combinations_with_replacement(used, 2):
            one, other = tables[frame.table_of[first[0]]], tables[frame.table_of[second[0]]]
            _swap_all(one, other, frame.shape, frame.crew, lines, own, first, second, partners)
    return before - float(own.sum())


def alike(frame: Frame) -> list[IntArray]:
    """Agents with a legal line by skill group, bands and teams: those who can take each other's place on the floor."""
    members = [frame.crowd.members(band) for band in range(len(frame.crowd.under))]
    key = np.column_stack([frame.crew.group, *frame.crowd.team, *members])[frame.placeable].astype(np.int64)
    kind = np.unique(key, axis=0, return_inverse=True)[1].ravel()
    return [frame.placeable[kind == number] for number in range(int(kind.max(initial=-1)) + 1)]


@njit(cache=True, nogil=True)
def _swap_all(
    one: LineTables,
    other: LineTables,
    shape: Shape,
    crew: Crew,
    lines: Lines,
    own: FloatArray,
    first: IntArray,
    second: IntArray,
    partners: int,
) -> None:
    """Compare each agent of `first`, under the tables `one`, with the next few of `second`, under the tables `other`."""
    extra = np.zeros(lines.symbol.shape[1])
    for i in range(len(first)):
        for k in range(min(partners, len(second))):
            a, b = first[i], second[(i + 1 + k) % len(second)]
            if a != b:
                _swap_pair(one, other, shape, crew, lines, a, b, extra)
        own[first[i]] = own_cost(one, shape, crew, lines, first[i])
    for b in second:
        own[b] = own_cost(other, shape, crew, lines, b)


@njit(cache=True, nogil=True)
def _swap_pair(
    one: LineTables, other: LineTables, shape: Shape, crew: Crew, lines: Lines, a: int, b: int, extra: FloatArray
) -> None:
    """Exchange between agents a and b the first stretch from each day on that pays.

    A stretch begins and ends with days on which they differ, and is walked if its days cost less than the rules could give back.
    """
    rules = line_price(one, lines.symbol[a]) + line_price(other, lines.symbol[b])
    _price_days(shape, crew, lines, a, b, extra)
    for first in range(shape.open_first, shape.open_end):
        days, d = 0.0, first
        while d < shape.open_end and days < np.inf and _differ(lines, a, b, first):
            days += extra[d]
            d += 1
            if days < rules - EPSILON and _differ(lines, a, b, d - 1):
                _exchange(lines, a, b, first, d)
                walked = line_price(one, lines.symbol[a]) + line_price(other, lines.symbol[b])
                if walked + days < rules - EPSILON:
                    rules = walked
                    _price_days(shape, crew, lines, a, b, extra)
                    break
                _exchange(lines, a, b, first, d)


@compiled
def _price_days(shape: Shape, crew: Crew, lines: Lines, a: int, b: int, extra: FloatArray) -> None:
    """What it costs two agents beside the rules to exchange each day; inf where it is forbidden."""
    for d in range(shape.open_first, shape.open_end):
        s, m, other, meal = lines.symbol[a, d], lines.meal[a, d], lines.symbol[b, d], lines.meal[b, d]
        now = day_cost(crew, a, d, s, m) + day_cost(crew, b, d, other, meal)
        extra[d] = day_cost(crew, a, d, other, meal) + day_cost(crew, b, d, s, m) - now


@compiled
def own_cost(tables: LineTables, shape: Shape, crew: Crew, lines: Lines, a: int) -> float:
    """What the line of agent a costs beside coverage and crowds; inf if it is forbidden."""
    cost = line_price(tables, lines.symbol[a])
    for d in range(len(lines.symbol[a])):
        is_open = shape.open_first <= d < shape.open_end
        cost += day_cost(crew, a, d, lines.symbol[a, d], lines.meal[a, d]) if is_open else crew.cost[a, d, lines.symbol[a, d]]
    return cost


@compiled
def _differ(lines: Lines, a: int, b: int, d: int) -> bool:
    """Whether two agents do different things on a day."""
    return lines.symbol[a, d] != lines.symbol[b, d] or lines.meal[a, d] != lines.meal[b, d]


@compiled
def _exchange(lines: Lines, a: int, b: int, first: int, end: int) -> None:
    """Exchange the days ``first <= d < end`` of two lines."""
    for part in (lines.symbol, lines.meal):
        for d in range(first, end):
            part[a, d], part[b, d] = part[b, d], part[a, d]


@compiled
def day_cost(crew: Crew, a: int, d: int, symbol: int, meal: int) -> float:
    """What a day costs agent a beside rules, coverage and crowds."""
    moved = crew.base_symbol[a, d] == symbol and crew.base_meal[a, d] != meal
    return crew.cost[a, d, symbol] + (crew.move_cost if moved else 0.0)
