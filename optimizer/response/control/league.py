"""The monthly league of teams and projects by risk index = likelihood x severity, and how sure a place in it is.

A unit's likelihood is the share of its calls that came in intervals which missed their target; the severity that of these
intervals. Calls of an interval count for a team by its share of the agents who served them. A project answers for all of its
index, a team only for the part that no cause of the system explains. Adherence is in none of it.

The index of a unit with few calls is mostly luck: it is drawn towards the mean of all by its credibility, and places are drawn
from what is then left open, so that nobody is first or last by chance alone.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from data.model.base import FloatArray, IntArray
from data.model.control import Cause, ControlPolicy
from optimizer.response.control.causes import CAUSES, Split
from optimizer.response.control.served import Served

DRAWS = 4000
"""Leagues drawn for the intervals of the places (house choice: a chance of a tenth is known to half a point)."""


@dataclass(frozen=True, eq=False)
class Credible:
    """Means of units, drawn towards their common mean.

    Parameters
    ----------
    raw, mean, deviation : array of float, shape (units,)
        Mean as observed, its credible value, and the standard deviation of what stays open.
    credibility : array of float, shape (units,)
        Weight of a unit's own figures, in [0, 1].
    """

    raw: FloatArray
    mean: FloatArray
    deviation: FloatArray
    credibility: FloatArray


def credible(values: FloatArray, weights: FloatArray) -> Credible:
    """Credible means of units from their days, a day's variance falling with its weight.

    Parameters
    ----------
    values, weights : array of float, shape (units, days)
        Weights not negative; days without weight are not there. A unit without any gets the common mean.

    References
    ----------
    Bühlmann, Gisler, A Course in Credibility Theory and its Applications (2005), section 4, doi:10.1007/3-540-29273-X.
    """
    volume = weights.sum(axis=1)
    raw = np.divide((weights * values).sum(axis=1), volume, out=np.zeros_like(volume), where=volume > 0)
    degrees = np.maximum((weights > 0).sum(axis=1) - 1, 0).sum()
    within = float((weights * (values - raw[:, None]) ** 2).sum() / max(degrees, 1))
    share = volume / max(volume.sum(), 1e-300)
    total, units = float(share @ raw), int((volume > 0).sum())
    spread = float(share @ (raw - total) ** 2) - max(units - 1, 0) * within / max(volume.sum(), 1e-300)
    between = max(spread / max(1 - float(share @ share), 1e-12), 0.0) if units > 1 else 0.0
    trust = volume * between / np.maximum(volume * between + within, 1e-300)
    common = float(trust @ raw / trust.sum()) if trust.sum() > 0 else total
    return Credible(raw, common + trust * (raw - common), np.sqrt((1 - trust) * between), trust)


def places(found: Credible, ranked: IntArray, sure: float, seed: int) -> tuple[IntArray, IntArray, IntArray]:
    """Place of each ranked unit, the highest mean first, and the interval in which it lies with a chance of `sure`.

    References
    ----------
    Goldstein, Spiegelhalter, League tables and their limitations (1996), doi:10.2307/2983325; normal draws: house choice.
    """
    rng = np.random.default_rng(seed)
    drawn = found.mean[ranked] + found.deviation[ranked] * rng.standard_normal((DRAWS, len(ranked)))
    # units that are alike share their places by lot
    order = np.lexsort((rng.random(drawn.shape), -drawn), axis=1)
    rank = np.argsort(order, axis=1) + 1
    tail = 100 * (1 - sure) / 2
    low, high = np.percentile(rank, [tail, 100 - tail], axis=0, method="nearest")
    place = np.argsort(np.argsort(-found.mean[ranked], kind="stable"), kind="stable") + 1
    return place, low.astype(np.int64), high.astype(np.int64)


@dataclass(frozen=True)
class Row:
    """A unit in the league; the index is 100 x likelihood x severity.

    Parameters
    ----------
    calls, days : float, int
        Calls served by it, and days with any.
    missed : float
        Intervals missed, each counted by the unit's share of it.
    lost, abandoned, missing_hours : float
        Calls not served as the target asks, calls abandoned in missed intervals, agent-hours missing; the unit's share.
    index, credible : float
        As observed, and drawn towards the mean of its kind.
    answers : float
        Credible index of the part that the unit answers for.
    credibility : float
        Weight of its own figures in `credible`.
    chance : float
        Chance that the true index it answers for is at least that from which on units are named.
    place, first, last : int
        Place, 1 = highest index, and its interval; 0 = too few days or calls for one.
    named : bool
        Whether a named warning is proposed.
    causes : dict
        Share of its index by cause.
    """

    unit: str
    calls: float
    days: int
    missed: float
    lost: float
    abandoned: float
    missing_hours: float
    likelihood: float
    severity: float
    index: float
    credible: float
    credibility: float
    answers: float
    chance: float
    place: int
    first: int
    last: int
    named: bool
    causes: dict[Cause, float]


def risk(served: Served, found: Split, policy: ControlPolicy) -> FloatArray:
    """Severity of each missed interval, in [0, 1]; 0 where the target was met; shape (queues, slots).

    Severity = lost_weight x (target - level) / target + missing_weight x missing / needed agents + abandoned_weight x abandoned /
    calls.
    """
    calls = np.maximum(served.counted, 1e-12)
    lost = np.where(served.missed, (served.target - np.nan_to_num(served.level)) / served.target, 0.0)
    missing = np.divide(found.gap, found.needed, out=np.zeros_like(found.gap), where=found.needed > 0)
    gone = np.where(served.missed, np.nan_to_num(served.abandoned) / calls, 0.0)
    weights = policy.lost_weight, policy.missing_weight, policy.abandoned_weight
    return sum((w * np.clip(part, 0.0, 1.0) for w, part in zip(weights, (lost, missing, gone), strict=True)), np.zeros_like(lost))


def league(served: Served, found: Split, policy: ControlPolicy, seed: int = 0) -> tuple[Row, ...]:
    """All units, projects first, of each kind the highest credible index first."""
    kinds = [_judged(served, found, policy, kind, seed) for kind in ("project", "team")]
    rows = [_row(one, k, policy) for one in kinds for k in range(len(one.units))]
    return tuple(sorted(rows, key=lambda row: (row.unit.partition(":")[0], row.place == 0, row.place, row.unit)))


class _Kind(NamedTuple):
    """The figures of all units of one kind; `calls` has shape (units, days), `sums` (5, units), `causes` (units, causes)."""

    units: tuple[str, ...]
    calls: FloatArray
    sums: FloatArray
    whole: Credible
    answers: Credible
    chance: FloatArray
    place: IntArray
    causes: FloatArray


def _judged(served: Served, found: Split, policy: ControlPolicy, kind: str, seed: int) -> _Kind:
    chosen = [k for k, unit in enumerate(served.units) if unit.startswith(f"{kind}:")]
    part, risks = served.part[chosen], risk(served, found, policy)
    calls = served.by_day((part * served.counted).sum(axis=1))
    own = risks * found.practice if kind == "team" else risks
    whole, answers = (credible(_daily(served, part * values, calls), calls) for values in (risks, own))
    enough = (calls.sum(axis=1) >= policy.least_calls) & ((calls > 0).sum(axis=1) >= policy.least_days)
    ranked, place = np.flatnonzero(enough), np.zeros((3, len(chosen)), dtype=np.int64)
    if len(ranked):
        place[:, ranked] = places(whole, ranked, policy.sure, seed)
    units, chance = tuple(served.units[k] for k in chosen), _chance(answers, policy.named_index / 100)
    causes = _causes(part * served.counted * risks, found)
    return _Kind(units, calls, _sums(served, found, part), whole, answers, chance, place, causes)


def _daily(served: Served, values: FloatArray, calls: FloatArray) -> FloatArray:
    """Mean of values, shape (units, queues, slots), over a unit's calls of each day; shape (units, days)."""
    sums = served.by_day((values * served.counted).sum(axis=1))
    return np.divide(sums, calls, out=np.zeros_like(sums), where=calls > 0)


def _chance(answers: Credible, threshold: float) -> FloatArray:
    """Chance that the true mean is at least a threshold; all or nothing where nothing is left open."""
    sure = np.where(answers.mean >= threshold, np.inf, -np.inf)
    return ndtr(np.divide(answers.mean - threshold, answers.deviation, out=sure, where=answers.deviation > 0))


def _sums(served: Served, found: Split, part: FloatArray) -> FloatArray:
    """Of missed intervals: their number, calls, calls lost and abandoned, agent-hours missing; shape (5, units)."""
    calls, gone = (np.where(served.missed, np.nan_to_num(values), 0.0) for values in (served.counted, served.abandoned))
    each = (served.missed, calls, served.lost, gone, found.gap * served.grid.minutes / 60)
    return np.array([(part * values).sum(axis=(1, 2)) for values in each])


def _causes(weighted: FloatArray, found: Split) -> FloatArray:
    """Share of each cause in the risk of units; shape (units, causes)."""
    sums = np.einsum("uqt,cqt->uc", weighted, found.shares)
    total = sums.sum(axis=1, keepdims=True)
    return np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)


def _row(one: _Kind, k: int, policy: ControlPolicy) -> Row:
    volume, whole, chance = float(one.calls[k].sum()), one.whole, float(one.chance[k])
    missed, in_missed, lost, abandoned, hours = one.sums[:, k].tolist()
    likelihood = in_missed / volume if volume else 0.0
    place, first, last = one.place[:, k].tolist()
    return Row(
        unit=one.units[k],
        calls=volume,
        days=int((one.calls[k] > 0).sum()),
        missed=missed,
        lost=lost,
        abandoned=abandoned,
        missing_hours=hours,
        likelihood=likelihood,
        severity=float(whole.raw[k]) / likelihood if likelihood else 0.0,
        index=100 * float(whole.raw[k]),
        credible=100 * float(whole.mean[k]),
        credibility=float(whole.credibility[k]),
        answers=100 * float(one.answers.mean[k]),
        chance=chance,
        place=place,
        first=first,
        last=last,
        named=place > 0 and chance >= policy.sure,
        causes=dict(zip(CAUSES, one.causes[k].tolist(), strict=True)),
    )
