"""The realised service of one interval: how far it strays from the expected one, and the chance that it misses the target.

Even at a known rate the service of a single interval is a matter of luck. It varies by the *path*: whether the interval finds
the queue long or short, from the variance of its steady state and the time in which that is forgotten (Poisson equation of
the birth-death chain, an exponential correlation fitted to it). And by the *luck of the single calls* around the path. The
realised service has a Beta law with this mean and variance; where fewer than `FEW` calls count, their number is Poisson and
the share of good ones takes only the steps of that number (beta-binomial around the path).

A call counts, and is good, as the service-level definition says. In ``offered``, ``virtual_wait`` and ``answered_or_short``
every call counts, so the variance is that of an average. In ``answered`` and ``offered_less_short`` the calls that count vary
too: a ratio, to first order around its mean. The mean equals `optimizer.staffing.queueing.evaluate` in all five.

Intervals with more calls serve them worse, so the mean over intervals lies above that over calls. The law of few calls is
centred between the two (`kernels.realised.between_means`), that of many on the latter.

Left out: handle times and patience that are not exponential, a rate that changes inside the interval, and the backlog of the
intervals before, beyond what the steady state of this one holds. `FEW` and the centre of the law of few calls were chosen on
16 simulated queues, where the chance at a known rate is wrong by .04 at most. On 30 other queues drawn at random (0.2 to 250
Erlang, exponential and lognormal handle times, all five definitions, targets of 70, 80 and 90 %; 900 checks) it was wrong by
.013 on average and by .065 at most, by more than .04 in 4 % of them: mostly too high where the target lies far above the
expected service.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, ndtr, ndtri

from data.model.base import BoolArray, FloatArray
from data.model.centre import ServiceTarget
from data.model.errors import Finding, InvalidData
from optimizer.staffing.kernels.realised import few_miss_all, moments_all
from optimizer.staffing.queueing import DEFINITIONS

FEW = 100.0
"""Calls that count, below which their number is told apart (house choice, from 16 simulated queues)."""

NODES: FloatArray = np.linspace(-2.8, 2.8, 9)
"""Standard normal quantiles at which the rate of an uncertain interval is asked for (house choice)."""

SURE = 1e-12
"""Chances are kept this far from 0 and 1 where they are joined on the probit scale."""

_FINE = np.linspace(-4.9, 4.9, 71)
_DENSITY = np.exp(-0.5 * _FINE**2) / np.sum(np.exp(-0.5 * _FINE**2))
_LEFT = np.clip(np.searchsorted(NODES, _FINE) - 1, 0, NODES.size - 2)
_SHARE = (_FINE - NODES[_LEFT]) / (NODES[_LEFT + 1] - NODES[_LEFT])
"""Points of the integral, their weights, and where each lies between (beyond the outer two: past) two nodes."""


@dataclass(frozen=True, eq=False)
class RealisedService:
    """Service of the calls of an interval at a known rate; arrays of one shape.

    Parameters
    ----------
    mean : array of float
        Expected service level, in [0, 1]; 1 where no calls come.
    path_variance, luck_variance : array of float
        Variance by the path of the queue, and by the single calls around it.
    calls : array of float
        Mean number of calls that count.
    slope : array of float
        Change of the service of the interval per relative change of the number of its calls; not positive.
    """

    mean: FloatArray
    path_variance: FloatArray
    luck_variance: FloatArray
    calls: FloatArray
    slope: FloatArray

    @property
    def deviation(self) -> FloatArray:
        """Standard deviation of the realised service level."""
        return np.sqrt(self.path_variance + self.luck_variance)


def realised_service(
    agents: ArrayLike, calls_per_s: ArrayLike, handle_time_s: ArrayLike, patience_s: ArrayLike, slot_s: float, target: ServiceTarget
) -> RealisedService:
    """Mean and variance of the service that an interval realises.

    Parameters
    ----------
    agents : array of int
        Agents on the phones, at least 0.
    calls_per_s : array of float
        Arrival rate, at least 0.
    handle_time_s, patience_s : array of float
        Mean handle time and mean patience, seconds, above 0; patience inf = nobody hangs up.
    slot_s : float
        Length of the interval, seconds.
    target : ServiceTarget
        Its threshold and definition are used.

    Raises
    ------
    InvalidData
        With every parameter that is out of its range.

    References
    ----------
    Whitt, Asymptotic formulas for Markov processes with applications to simulation (1992), doi:10.1287/opre.40.2.279; the
    exponential correlation and the Beta law: house choice.
    """
    given = [np.asarray(values, dtype=np.float64) for values in (agents, calls_per_s, handle_time_s, patience_s)]
    n, rate, handle, patience = map(np.array, np.broadcast_arrays(*given))
    _check(n, rate, handle, patience, slot_s)
    rows = _moments(n.ravel(), handle.ravel(), patience.ravel(), rate.reshape(-1, 1), slot_s, target)
    return RealisedService(*(row.reshape(n.shape) for row in rows))


def miss_chance(service: RealisedService, level: float) -> FloatArray:
    """Chance that an interval with calls realises a service level below `level`; 0 where no calls come."""
    few, some = service.calls < FEW, service.calls > 0
    chance = np.array(1.0 - service.mean)
    low, high = few & some, ~few & some
    mean, path, calls, slope = (each[low] for each in (service.mean, service.path_variance, service.calls, service.slope))
    chance[low] = few_miss_all(mean, path, calls, slope, FEW, level)
    mean = np.clip(service.mean[high], 1e-9, 1 - 1e-9)
    size = np.maximum(mean * (1 - mean) / np.maximum(service.deviation[high] ** 2, 1e-12) - 1, 1e-6)
    chance[high] = betainc(mean * size, (1 - mean) * size, level)
    return chance


def realised_miss_chance(
    agents: FloatArray, rates: FloatArray, handle_time_s: FloatArray, patience_s: FloatArray, slot_s: float, target: ServiceTarget
) -> FloatArray:
    """Chance that an interval of uncertain rate realises a service below its target: forecast risk and luck of the queue.

    The chance at the rates of `NODES` is joined by straight lines on the probit scale, where it is nearly straight, and
    integrated. Gauss and Hermite's rule with as many nodes is wrong by up to .13 where a large queue falls off steeply, this by
    .013 (400 queues of 0.5 to 1,000 Erlang that the nodes were not chosen on). Between whole agents the chance is linear: a
    whole number drawn with that mean.

    Parameters
    ----------
    agents : array of float, shape (cells,)
        Agents on the phones, at least 0; need not be whole.
    rates : array of float, shape (cells, len(NODES))
        Calls per second at the standard normal quantiles `NODES` of the forecast.
    handle_time_s, patience_s, slot_s, target
        As in `realised_service`; arrays of shape (cells,). The service level is that of the target.

    Raises
    ------
    InvalidData
        As in `realised_service`.
    """
    whole = np.floor(agents)
    _check(whole, rates, handle_time_s, patience_s, slot_s)
    chance = _mixed(whole, handle_time_s, patience_s, rates, slot_s, target)
    part = np.flatnonzero(agents > whole)
    more = _mixed(whole[part] + 1, handle_time_s[part], patience_s[part], rates[part], slot_s, target)
    chance[part] += (agents - whole)[part] * (more - chance[part])
    return chance


def _mixed(
    n: FloatArray, handle: FloatArray, patience: FloatArray, rates: FloatArray, slot_s: float, target: ServiceTarget
) -> FloatArray:
    """Chance over the nodes of the rate for whole agents; shape (cells,)."""
    known = miss_chance(RealisedService(*_moments(n, handle, patience, rates, slot_s, target)), target.service_level)
    probit = ndtri(np.clip(known, SURE, 1 - SURE))
    joined = probit[:, _LEFT] + _SHARE * (probit[:, _LEFT + 1] - probit[:, _LEFT])
    # what is sure at every node is sure
    return np.where(np.ptp(known, axis=1) > 0, np.sum(ndtr(joined) * _DENSITY, axis=1), known[:, 0])


def _moments(
    n: FloatArray, handle: FloatArray, patience: FloatArray, rates: FloatArray, slot_s: float, target: ServiceTarget
) -> FloatArray:
    """The five numbers of `RealisedService` at every rate; shape (5, cells, rates)."""
    kind = DEFINITIONS.index(target.definition)
    # a copy: what is read-only would be compiled once more
    return moments_all(n.astype(np.int64), rates.copy(), 1 / handle, 1 / patience, float(target.threshold_s), float(slot_s), kind)


def _check(n: FloatArray, rates: FloatArray, handle: FloatArray, patience: FloatArray, slot_s: float) -> None:
    """Raise `InvalidData` with every parameter that is out of its range."""
    claims: tuple[tuple[str, FloatArray, BoolArray, str], ...] = (
        ("agents", n, (n >= 0) & (n < 2**53) & (n == np.floor(n)), "a whole number, at least 0"),
        ("calls_per_s", rates, (rates >= 0) & np.isfinite(rates), "at least 0 and finite"),
        ("handle_time_s", handle, (handle > 0) & np.isfinite(handle), "above 0 and finite"),
        ("patience_s", patience, patience > 0, "above 0"),
        ("slot_s", np.array([slot_s]), np.array([0 < slot_s < np.inf]), "above 0 and finite"),
    )
    findings = [
        Finding("realised", None, name, str(read[~fits].flat[0]), wanted) for name, read, fits, wanted in claims if not fits.all()
    ]
    if findings:
        raise InvalidData(findings)
