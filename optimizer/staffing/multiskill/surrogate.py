"""A fast estimate of the service of every queue of a centre with skill groups, trained on simulations of that very centre.

A staffing is described by 20 physical measures of each queue: how its load flows onto the groups, and what pools that are too
poor or too rich would reach. A quadratic ridge regression on them learns the rest from simulated staffings around the plan.
The fit holds for one routing, whose hash it carries; there is none for all centres, for training takes seconds.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from data.model.base import FloatArray, IntArray
from data.model.errors import Finding, InvalidData
from optimizer.staffing.centre_model import CentreModel
from optimizer.staffing.multiskill.flow import FlowSplit, split_flow
from optimizer.staffing.multiskill.steady import SteadyInterval, probit

MEASURES = 20
"""Measures of a queue."""

REACH = 3.5
"""Measures count up to so many standard deviations of the trained ones: the quadratic is not trusted beyond (house choice)."""

RIDGE = 1.0
"""Penalty on the squared coefficients of the standardised terms (house choice)."""

FOLDS = 5
"""Parts of the cross-validation behind the held-out error (house choice)."""

SPREAD = (0.05, 0.06, 0.08, 0.5)
"""Training staffings: relative deviations of each load, of all heads and of those of each group, and of the latter in square
roots of the group (house choice)."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A trained estimate of the service level of every queue.

    Parameters
    ----------
    routing : str
        Hash of the queues, groups and overflow that it was trained for.
    centre, scale : array of float, shape (20,)
        Mean and standard deviation of the trained measures.
    coefficients : array of float, shape (231,)
        Of 1, each measure and each product of two, on the scale of normal quantiles.
    mae, p95 : float
        Held-out error of the service level: mean and 95th percentile of the absolute error over staffings that the fit had not
        seen, in [0, 1]; the noise of the simulations is part of it.
    simulations : int
    """

    routing: str
    centre: FloatArray
    scale: FloatArray
    coefficients: FloatArray
    mae: float
    p95: float
    simulations: int

    def probits(self, interval: SteadyInterval, heads: IntArray) -> FloatArray:
        """Normal quantiles of the service levels of many staffings, shape (staffings, queues); NaN for a queue without calls.

        Parameters
        ----------
        heads : array of int, shape (staffings, groups)

        Raises
        ------
        InvalidData
            When the interval has another routing than it was trained for.
        """
        if (read := routing_hash(interval.model)) != self.routing:
            raise InvalidData([Finding("surrogate", None, "routing", read, self.routing, "train it for this centre")])
        out = np.full((len(heads), interval.rates.size), np.nan)
        values = (measures(interval, heads) - self.centre) / self.scale
        out[:, interval.busy] = _terms(values) @ self.coefficients
        return out


def routing_hash(model: CentreModel) -> str:
    """Name of a routing: what of a centre decides who answers whom; handle times and slots do not."""
    queues = [(q.id, q.patience, q.threshold_s, q.definition, q.room, q.concurrency, q.reserve) for q in model.queues]
    return hashlib.sha256(repr((queues, model.groups, model.overflow_s)).encode()).hexdigest()[:16]


def train(
    plans: Sequence[tuple[SteadyInterval, IntArray]],
    *,
    seed: int,
    simulations: int = 300,
    calls: float = 40_000,
    executor: Executor | None = None,
) -> Surrogate:
    """Fit a surrogate to simulations of random staffings and loads around plans.

    Parameters
    ----------
    plans : sequence of (SteadyInterval, array of int, shape (groups,))
        Intervals of one centre and heads that may do; each is varied as often as the next.
    simulations : int
        Staffings simulated, at least 10.
    calls : float
        Calls of each.
    """
    rng = np.random.default_rng((seed, 21))
    cases = [varied(*plans[k % len(plans)], rng) for k in range(simulations)]

    def simulated(number: int) -> FloatArray:
        interval, heads = cases[number]
        return interval.run(heads, calls=calls, seed=seed + number).service_levels(axis=(0,))[1:].mean(axis=0)

    levels = list(map(simulated, range(simulations)) if executor is None else executor.map(simulated, range(simulations)))
    x = np.concatenate([measures(interval, heads[None])[0] for interval, heads in cases])
    y = np.concatenate([level[interval.busy] for level, (interval, _) in zip(levels, cases, strict=True)])
    fold = np.concatenate([np.full(interval.busy.size, number % FOLDS) for number, (interval, _) in enumerate(cases)])
    centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    terms, goal = _terms((x - centre) / scale), probit(y)
    error = np.empty(y.size)
    for part in range(FOLDS):
        error[fold == part] = ndtr(terms[fold == part] @ _ridge(terms[fold != part], goal[fold != part])) - y[fold == part]
    worst = float(np.quantile(np.abs(error), 0.95))
    routing = routing_hash(plans[0][0].model)
    return Surrogate(routing, centre, scale, _ridge(terms, goal), float(np.abs(error).mean()), worst, simulations)


def measures(interval: SteadyInterval, heads: IntArray) -> FloatArray:
    """The physical measures of staffings, shape (staffings, queues with calls, 20).

    Parameters
    ----------
    heads : array of int, shape (staffings, groups)
    """
    q, a = interval.busy, interval.load[interval.busy]
    agents, answers = heads * interval.capacity, interval.answers[interval.busy]
    split = split_flow(a, agents, answers)
    members = split.component[..., None] >> np.arange(q.size) & 1
    together = members @ a
    own = a / split.level
    shared = together / split.level
    # what the queue's groups have left when they have served the others
    left = np.maximum((answers * (agents[:, None] - split.flow.sum(axis=1)[:, None] + split.flow)).sum(axis=-1), 0.0)
    everyone = agents @ answers.any(axis=0)
    handle, patience_turns = interval.handle_time_s[q], interval.hang_up[q] * interval.handle_time_s[q]
    limit = np.array([interval.model.queues[k].threshold_s for k in q])
    rich = answers.sum(axis=0) > 1
    columns = (
        *_pool_columns(interval, split, own, shared, everyone, left),
        np.minimum(split.level, 10.0),
        (own - a) / a**0.5,
        (shared - together) / together**0.5,
        (left - a) / a**0.5,
        np.log(a),
        np.log(together),
        a / together,
        split.flow @ rich / a,
        (agents * ~rich) @ answers.T / a,
        agents @ answers.T / a,
        np.log(np.maximum(patience_turns, 1e-3)),
        limit / handle * a**0.5,
        np.log(handle * (members @ interval.rates[q]) / together),
        (a.sum() / np.maximum(everyone, 1.0))[:, None],
        members.sum(axis=-1),
        limit * interval.hang_up[q],
    )
    return np.stack([np.broadcast_to(column, own.shape) for column in columns], axis=-1)


def _pool_columns(
    interval: SteadyInterval, split: FlowSplit, own: FloatArray, shared: FloatArray, everyone: FloatArray, left: FloatArray
) -> list[FloatArray]:
    """Normal quantiles of the service level of four pools for each queue: its share, its component, everyone, what is left."""
    bits = 1 << interval.busy
    out = [np.empty(own.shape) for _ in range(4)]
    for k, q in enumerate(interval.busy.tolist()):
        out[0][:, k] = interval.pool_probit(1 << q, q, own[:, k])
        out[2][:, k] = interval.pool_probit(int(bits.sum()), q, everyone)
        out[3][:, k] = interval.pool_probit(1 << q, q, left[:, k])
        for component in np.unique(split.component[:, k]).tolist():
            rows = split.component[:, k] == component
            members = int(bits[component >> np.arange(bits.size) & 1 > 0].sum())
            out[1][rows, k] = interval.pool_probit(members, q, shared[rows, k])
    return out


def varied(interval: SteadyInterval, heads: IntArray, rng: np.random.Generator) -> tuple[SteadyInterval, IntArray]:
    """A random load and staffing near a plan."""
    of_load, of_all, of_group, of_root = SPREAD
    rates = interval.rates * np.exp(rng.normal(0, of_load, interval.rates.size))
    deviation = rng.normal(0, 1, heads.size) * (of_group * heads + of_root * heads**0.5)
    varied = heads * np.exp(rng.normal(0, of_all)) + deviation
    return SteadyInterval(interval.model, rates), np.maximum(np.floor(varied + rng.random(heads.size)), 0).astype(np.int64)


def _terms(values: FloatArray) -> FloatArray:
    """1, each measure and each product of two, over the last axis; measures beyond `REACH` count as if there."""
    held = np.clip(values, -REACH, REACH)
    first, second = np.triu_indices(held.shape[-1])
    return np.concatenate([np.ones((*held.shape[:-1], 1)), held, held[..., first] * held[..., second]], axis=-1)


def _ridge(terms: FloatArray, goal: FloatArray) -> FloatArray:
    """Coefficients of the ridge regression; the constant is free."""
    penalty = RIDGE * np.eye(terms.shape[1])
    penalty[0, 0] = 0.0
    return np.asarray(np.linalg.solve(terms.T @ terms + penalty, terms.T @ goal), np.float64)
