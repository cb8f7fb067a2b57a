"""Column generation: everyone's cheapest line under smoothed dual prices of the master joins it, until no line is cheaper.

The Lagrangian value at any prices is a bound on the cost of every roster, so the best one found is, whenever it stops.

References
----------
Wentges (1997), Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming, doi:10.1016/S0969-6016(97)00001-4.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.search.teams.master import Master, Relaxed
from optimizer.rostering.search.teams.pricing import Pricer

SMOOTHING, MORE, LESS, MOST = 0.7, 0.05, 0.8, 0.9
"""Share of the best prices so far in those asked for, and how it moves (house choice, measured)."""
LEANING = 0.85
"""The first share, where prices to lean on are given."""
WALK, PACE, MOMENTUM = 6, 0.5, 0.7
"""Steps uphill from the prices asked for, their length in Polyak steps, and how much of the last one each keeps: lines are found
faster than masters are solved."""
ASCENT, JOINING = 80, 15
"""Steps uphill before the first master, and the last ones of them, whose lines join it: they save more than half of its rounds."""
NOTHING = 1e-6
CLOSE = 0.2
"""Distance of bound and master at which generation stops."""


def clipped(step: FloatArray, wage: FloatArray) -> FloatArray:
    """Wages that the margins can pay: minus the first margin down to minus the last."""
    return np.clip(wage, -step[:, :, -1], -step[:, :, 0])


class Generated(NamedTuple):
    """What generation found: the last optimum of the master, the best bound, and the prices that gave it."""

    relaxed: Relaxed
    bound: float
    wage: FloatArray
    rounds: int
    done: bool


def generate(
    master: Master,
    pricer: Pricer,
    going: Callable[[], bool],
    start: FloatArray | None = None,
    most: int = 400,
    close: float = CLOSE,
    ceiling: float = np.inf,
) -> Generated:
    """Lines until the bound meets the master; agents that are fixed do not answer.

    Parameters
    ----------
    start : array of float, shape (days, symbols), or None
        Prices to lean on.
    most : int
        Rounds.
    close : float
        Distance of bound and master that is near enough.
    """
    smooth, centre, best, rounds = SMOOTHING if start is None else LEANING, start, -np.inf, 0
    while True:
        relaxed, rounds = master.solve(), rounds + 1
        wage = relaxed.wage if centre is None else smooth * centre + (1 - smooth) * relaxed.wage
        asked = _ask(master, pricer, clipped(master.team.step, wage))
        new, better = asked.new, asked
        _ask(master, pricer, clipped(master.team.step, relaxed.wage), relaxed)
        for further in _walk(master, pricer, asked, relaxed.cost, WALK if new else 0, relaxed):
            better = max(better, further, key=_bound_of)
        if better.bound > best:
            best, centre = better.bound, better.wage
            smooth = min(MOST, smooth + MORE) if new else smooth
        else:
            smooth *= LESS
        done = relaxed.cost - best < close or (not new and smooth < NOTHING)
        if done or rounds >= most or best > ceiling or not going():
            return Generated(relaxed, best, wage if centre is None else centre, rounds, done)
        smooth = smooth if new else 0.0


class Asked(NamedTuple):
    """Prices, the lines new to the master, the bound, and the heads wanted beyond those there."""

    wage: FloatArray
    new: int
    bound: float
    slope: FloatArray


def _bound_of(asked: Asked) -> float:
    return asked.bound


def _ask(master: Master, pricer: Pricer, wage: FloatArray, relaxed: Relaxed | None = None, *, joins: bool = True) -> Asked:
    """Everyone's answers join the master, or only those that are cheaper than what it takes."""
    free, step = master.free_rows, master.team.step
    answers, new = pricer.ask(wage, free), 0
    known = np.isfinite(answers.value) & joins
    if relaxed is not None:
        known &= answers.own - _earned(relaxed.wage, answers.line) < relaxed.rent - NOTHING
    heads = master.fixed_heads.astype(np.float64)
    for a in free[known[free]].tolist():
        new += master.add(a, answers.line[a], float(answers.own[a]))
    for a in free.tolist():
        heads[np.arange(len(heads)), answers.line[a]] += 1
    bound = master.fixed_value(wage) + float(answers.bound[free].sum())
    gain = step + wage[:, :, None]
    return Asked(wage, new, bound + float(np.minimum(gain, 0.0).sum()), (gain < 0).sum(axis=2) - heads)


def _walk(
    master: Master, pricer: Pricer, asked: Asked, cost: float, steps: int, relaxed: Relaxed | None = None, idle: int = 0
) -> Iterator[Asked]:
    """Polyak steps with momentum: wages rise where more heads are wanted than are there. Lines of the first `idle` do not join."""
    step = master.team.step
    priced, drift = step.any(axis=2), np.zeros(asked.wage.shape)
    for number in range(steps):
        drift = MOMENTUM * drift + np.where(priced, asked.slope, 0.0)
        length = PACE * max(cost - asked.bound, 0.0) / max(float((drift**2).sum()), 1.0)
        asked = _ask(master, pricer, clipped(step, asked.wage + length * drift), relaxed, joins=number >= idle)
        yield asked


def ascend(master: Master, pricer: Pricer, cost: float, going: Callable[[], bool]) -> Asked:
    """Prices to lean on, and their bound: the best of some steps uphill from no price at all; lines of the last ones join.

    Parameters
    ----------
    cost : float
        Of a roster.
    """
    best = _ask(master, pricer, clipped(master.team.step, np.zeros(master.team.step.shape[:2])), joins=False)
    for further in _walk(master, pricer, best, cost, ASCENT, idle=ASCENT - JOINING):
        best = max(best, further, key=_bound_of)
        if not going():
            break
    return best


def _earned(wage: FloatArray, line: IntArray) -> FloatArray:
    """What lines earn; shape (agents,)."""
    return np.asarray(wage[np.arange(wage.shape[0]), line].sum(axis=1))
