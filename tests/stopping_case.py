"""Small stopping problems with heads that are proportional to calls, and their answers found without a lattice."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy.special import ndtr

from optimizer.response.stopping.lattice import Choice
from optimizer.response.stopping.level import Level
from optimizer.response.stopping.shortage import Shortage

PRICE = 10.0
PER_HEAD = 5.0
"""Calls of a slot that one agent answers."""


def level(slots: int, calls: float = 100.0, common: float = 0.3, own: float = 0.1) -> Level:
    return Level(np.full(slots, np.log(calls)), np.full(slots, common), np.full(slots, own))


def shortage(model: Level, there: float, first: int = 0) -> Shortage:
    """Heads are calls over `PER_HEAD`, on knots close enough that straight lines between them do not matter."""
    spread = np.maximum(np.hypot(model.common, model.own), 1e-6)[:, None]
    knots = model.log_rate[:, None] + spread * np.linspace(-7, 7, 400)
    return Shortage(model, first, knots, np.exp(knots) / PER_HEAD, np.full(len(model.own), there), PRICE)


def choice(heads: tuple[float, ...], delay: int, prices: tuple[float, ...], slots: int) -> Choice:
    """Orders of so many heads (nobody first), each at its price whenever it is given; too late = never."""
    price = np.tile(np.array(prices), (slots, 1))
    price[np.arange(slots) + delay >= slots, 1:] = np.inf
    return Choice(np.array(heads), np.full(slots, delay), price)


def expected_cost(case: Shortage, k: int, belief: float, extra: float) -> float:
    """Cost of a slot in closed form: the call option on a lognormal number of heads."""
    if k < case.first:
        return 0.0
    model = case.level
    spread = np.sqrt(model.common[k] ** 2 * model.variance[k] + model.own[k] ** 2)
    centre = model.log_rate[k] - np.log(PER_HEAD) + model.common[k] * belief
    strike = case.there[k] + extra
    if spread == 0:
        return PRICE * max(float(np.exp(centre)) - strike, 0.0)
    d = (centre - np.log(strike)) / spread
    return PRICE * float(np.exp(centre + spread**2 / 2) * ndtr(d + spread) - strike * ndtr(d))


Called = tuple[tuple[int, int], ...]
"""Of each tier the order and the slot from which on it is there; (0, 0) = waits."""


def extra_heads(choices: tuple[Choice, ...], called: Called, k: int) -> float:
    return sum(float(one.heads[order]) for one, (order, since) in zip(choices, called, strict=True) if order and since <= k)


def actions(choices: tuple[Choice, ...], called: Called, k: int) -> list[tuple[float, Called]]:
    """Everything that may be ordered at a slot, with its price."""
    found: list[tuple[float, Called]] = []
    for orders in product(*(range(len(one.heads)) if was == (0, 0) else (0,) for one, was in zip(choices, called, strict=True))):
        price = sum(float(one.price[k, order]) for one, order in zip(choices, orders, strict=True))
        then = tuple(
            (order, k + int(one.delay[k])) if order else was for one, was, order in zip(choices, called, orders, strict=True)
        )
        if price < np.inf:
            found.append((price, then))
    return found


def by_tree(case: Shortage, choices: tuple[Choice, ...], nodes: int = 31) -> float:
    """Least expected cost by a tree of all that may be seen and done: no lattice, no interpolation."""
    at, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    variance, slots = case.level.variance, len(case.there)

    @cache
    def cost(k: int, belief: float, called: Called) -> float:
        if k == slots:
            return 0.0
        step = np.sqrt(variance[k] - variance[k + 1])
        best = np.inf
        for price, then in actions(choices, called, k):
            after = expected_cost(case, k, belief, extra_heads(choices, then, k))
            if step == 0 or k == slots - 1:
                after += cost(k + 1, belief, then)
            else:
                after += sum(w * cost(k + 1, belief + step * x, then) for x, w in zip(at.tolist(), weight.tolist(), strict=True))
            best = min(best, price + after)
        return best

    return cost(0, 0.0, tuple((0, 0) for _ in choices))


@dataclass(frozen=True)
class Paths:
    """Days drawn from the model: what is believed before each slot, and the heads that each slot needs."""

    beliefs: np.ndarray
    heads: np.ndarray


def draw(model: Level, count: int, seed: int) -> Paths:
    """Calls are seen through Poisson noise of the log, as the model has it; beliefs by Kalman's recursion."""
    random, slots = np.random.default_rng(seed), len(model.own)
    shared, own = random.standard_normal((count, 1)), random.standard_normal((count, slots))
    logs = model.log_rate + model.common * shared + model.own * own
    seen = logs + random.standard_normal((count, slots)) * np.exp(-model.log_rate / 2)
    beliefs, mean, variance = np.zeros((count, slots)), np.zeros(count), 1.0
    for k in range(slots):
        beliefs[:, k] = mean
        noise = model.own[k] ** 2 + np.exp(-model.log_rate[k])
        gain = variance * model.common[k] / (variance * model.common[k] ** 2 + noise)
        mean = mean + gain * (seen[:, k] - model.log_rate[k] - model.common[k] * mean)
        variance *= 1 - gain * model.common[k]
    return Paths(beliefs, np.exp(logs) / PER_HEAD)


Policy = Callable[[int, np.ndarray, np.ndarray], np.ndarray]
"""Order of one tier that waits, from the slot, the beliefs and the days on which it waits; all of one shape."""


def played(case: Shortage, one: Choice, paths: Paths, policy: Policy) -> np.ndarray:
    """Cost of each day under a policy for one tier."""
    count, slots = paths.heads.shape
    order, since, cost = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count)
    for k in range(slots):
        waits = order == 0
        asked = np.where(waits, policy(k, paths.beliefs[:, k], waits), 0)
        cost += one.price[k, asked]
        since[asked > 0] = k + one.delay[k]
        order = np.where(waits, asked, order)
        there = np.where((order > 0) & (since <= k), one.heads[order], 0.0)
        if k >= case.first:
            cost += case.price * np.maximum(paths.heads[:, k] - case.there[k] - there, 0.0)
    return cost
