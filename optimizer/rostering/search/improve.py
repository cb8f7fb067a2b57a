"""The improvement: from the best roster, smooth a little, let everyone answer anew, exchange days, and keep what is cheaper.

A round that gains nothing in this way closes neighbourhoods exactly (`optimizer.rostering.search.closing`).

Half-widths of a few agents disturb a good roster just enough: the curves still lean on the prices of the bound, so that the
answers that follow end in another roster of the same quality, now and then a better one. Each round makes some such trials side by
side from the same roster and with seeds of their own, so that the roster depends neither on the threads nor on their number.

References
----------
Lourenço, Martin, Stützle (2003), Iterated local search, doi:10.1007/0-306-48056-5_11.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from math import inf
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray
from optimizer.rostering.executor import usable_cores
from optimizer.rostering.frame import Frame, Lines
from optimizer.rostering.search.closing import close
from optimizer.rostering.search.descent import Descent, Found
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.swaps import swap
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, Status


class Trial(NamedTuple):
    """A roster tried and its exact cost; inf = given up."""

    cost: float
    descent: Descent


def improve(
    frame: Frame, found: Found, prices: FloatArray | None, bound: float, params: SearchParams, budget: Budget, watch: Watch
) -> Found:
    """The best roster after some rounds; never dearer than `found`.

    Parameters
    ----------
    found : Found
        Where to begin; returned as it is unless its status is feasible.
    prices : array of float, shape (slots, queues), or None
        Prices that the smoothed curves lean on.
    bound : float
        The bound so far, for progress.
    """
    rng, number = np.random.default_rng(params.seed), 0

    def going() -> bool:
        return not watch.stopped and watch.left(budget) > 0

    with ThreadPoolExecutor(min(usable_cores(), params.trials)) as threads:
        while found.status is Status.FEASIBLE and number < budget.rounds:
            number += 1
            seeds = rng.integers(2**32, size=params.trials).tolist()
            trying = partial(_try, frame, found.lines, prices, params, going)
            trial = min(threads.map(trying, seeds), key=lambda trial: trial.cost)
            if trial.cost >= found.cost:
                trial = _close(frame, found, prices, replace(params, seed=seeds[0]), threads, going)
            better = trial.cost < found.cost
            found = replace(found, lines=trial.descent.lines, cost=trial.cost) if better else found
            record = trial.descent.progress("improvement", number / budget.rounds, found.cost, bound, watch.began)
            if not watch(record):
                found = replace(found, status=Status.CANCELLED)
            elif record.seconds > budget.seconds:
                found = replace(found, status=Status.OUT_OF_BUDGET)
    return found


def _try(
    frame: Frame, lines: Lines, prices: FloatArray | None, params: SearchParams, going: Callable[[], bool], seed: int
) -> Trial:
    """Disturb some lines, let everyone answer, and exchange days; given up when the search has to stop."""
    descent = Descent(frame, lines, replace(params, seed=seed), present=True)
    wide, cost = descent.rng.uniform(*params.trial_widths), inf
    for width in (*np.geomspace(wide, params.end_width, params.trial_sweeps), *[0.0] * params.trial_exact_sweeps):
        if not going():
            return Trial(inf, descent)
        cost = descent.sweep(float(width), prices)
    return Trial(cost - swap(frame, descent.lines, descent.own, params.partners, descent.rng), descent)


def _close(
    frame: Frame,
    found: Found,
    prices: FloatArray | None,
    params: SearchParams,
    threads: ThreadPoolExecutor,
    going: Callable[[], bool],
) -> Trial:
    """Close neighbourhoods of the best roster."""
    descent = Descent(frame, found.lines, params, present=True)
    return Trial(close(descent, found.cost, prices, threads, going), descent)
