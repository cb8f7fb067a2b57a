"""How the load of queues spreads over skill groups: the water-filling flow split.

Every queue pours its load onto the groups that answer it, as water into connected vessels, until no load can move to a
group that is less busy. The utilisations are then the most equal ones there are: no queue's level can fall without another
higher one rising. Each Erlang of load is carried once, so that an agent of several skills is never counted twice.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import Finding, InvalidData

SETTLED = 1e-11
"""The sweeps end when no level moves by more than this share of itself (house choice)."""

SWEEPS = 20_000
"""Most sweeps over the queues (house choice): a chain of 30 queues settles within 3,000."""

SAME = 1e-6
"""Levels closer than this share are one level (house choice)."""


@dataclass(frozen=True, eq=False)
class FlowSplit:
    """Where the load goes, for one staffing or for many.

    Parameters
    ----------
    flow : array of float, shape (..., queues, groups)
        Erlang of a queue's load on a group; a queue's flows sum to its load, all zero where nobody can answer it.
    level : array of float, shape (..., queues)
        Utilisation of the groups that carry the queue, the lowest within its reach; inf where there is load and nobody.
    component : array of int, shape (..., queues)
        Bit r is set where queue r shares agents with the queue: some group that answers both has their common level.
        Groups that are busier than a queue's level do not help it.
    """

    flow: FloatArray
    level: FloatArray
    component: IntArray


def split_flow(load: ArrayLike, heads: ArrayLike, answers: ArrayLike) -> FlowSplit:
    """Split the load of each queue over the groups that answer it, utilisations equal and lowest.

    Parameters
    ----------
    load : array of float, shape (queues,)
        Erlang, at least 0.
    heads : array of float, shape (..., groups)
        Agents on the phones, at least 0; need not be whole.
    answers : array of bool, shape (queues, groups)
        Which group answers which queue; at most 62 queues.

    Raises
    ------
    InvalidData
        With every argument that is out of its range or shape.

    References
    ----------
    Megiddo, Optimal flows in networks with multiple sources and sinks (1974), doi:10.1007/BF01585506: the flow whose
    utilisations, sorted, are the least.
    """
    a, n, skills = np.asarray(load, np.float64), np.asarray(heads, np.float64), np.asarray(answers, np.bool_)
    _check(a, n, skills)
    many = np.ascontiguousarray(n.reshape(-1, n.shape[-1]))
    flow, level = split_all(a, many, skills)
    level = np.where((a == 0) & np.isinf(level), 0.0, level)
    component = shared_all(level, flow.sum(axis=1) / np.where(many > 0, many, 1.0), many, skills)
    shape = n.shape[:-1]
    return FlowSplit(flow.reshape(*shape, *skills.shape), level.reshape(*shape, a.size), component.reshape(*shape, a.size))


def _check(load: FloatArray, heads: FloatArray, answers: BoolArray) -> None:
    shapes = f"load {load.shape}, heads {heads.shape}, answers {answers.shape}"
    fits = answers.ndim == 2 and heads.ndim >= 1 and (*load.shape, heads.shape[-1]) == answers.shape
    amounts = (("load", load), ("heads", heads))
    findings = [
        Finding("flow", None, name, str(values.flat[np.argmin(np.isfinite(values) & (values >= 0))]), "at least 0 and finite")
        for name, values in amounts
        if not (np.isfinite(values) & (values >= 0)).all()
    ]
    if not fits or load.size > 62:
        findings.append(Finding("flow", None, None, shapes, "(queues,), (..., groups) and (queues, groups), at most 62 queues"))
    if findings:
        raise InvalidData(findings)


@njit(cache=True, nogil=True)
def water_level(load: float, used: FloatArray, heads: FloatArray, open_to: BoolArray) -> float:
    """Lowest level at which `load` fits on top of what the groups carry already; inf without a group.

    A group that is busier than the level takes nothing; leaving it out lowers the level, until none is.
    """
    level = np.inf
    while True:
        poured, room = load, 0.0
        for g in range(heads.size):
            if open_to[g] and heads[g] > 0.0 and used[g] < level * heads[g]:
                poured += used[g]
                room += heads[g]
        if room == 0.0 or poured >= level * room * (1.0 - 1e-15):
            return level
        level = poured / room


@njit(cache=True, nogil=True)
def split_one(load: FloatArray, heads: FloatArray, answers: BoolArray, flow: FloatArray, level: FloatArray) -> None:
    """Pour queue after queue until the levels rest; fills `flow` and `level`.

    Each pouring minimises ``sum used^2 / heads`` in the flows of one queue; the sweeps end at its one least point, which
    has the most equal utilisations.
    """
    used = np.zeros(heads.size)
    for _ in range(SWEEPS):
        moved = 0.0
        for q in range(load.size):
            used -= flow[q]
            new = water_level(load[q], used, heads, answers[q])
            moved = max(moved, abs(new - level[q]) / new) if 0.0 < new < np.inf else moved
            level[q] = new
            for g in range(heads.size):
                carries = answers[q, g] and heads[g] > 0.0 and load[q] > 0.0
                flow[q, g] = max(0.0, new * heads[g] - used[g]) if carries else 0.0
                used[g] = max(0.0, used[g] + flow[q, g])
        if moved <= SETTLED:
            break


@njit(cache=True, nogil=True)
def split_all(load: FloatArray, heads: FloatArray, answers: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Flows (staffings, queues, groups) and levels (staffings, queues) of many staffings."""
    flow = np.zeros((heads.shape[0], load.size, heads.shape[1]))
    level = np.zeros((heads.shape[0], load.size))
    for k in range(heads.shape[0]):
        split_one(load, heads[k], answers, flow[k], level[k])
    return flow, level


@njit(cache=True, nogil=True)
def shared_all(level: FloatArray, utilisation: FloatArray, heads: FloatArray, answers: BoolArray) -> IntArray:
    """Components of queues that share agents, as bit sets: the same level, held by a group that answers them all."""
    staffings, queues = level.shape
    out = np.empty((staffings, queues), np.int64)
    for k in range(staffings):
        for q in range(queues):
            out[k, q] = np.int64(1) << q
        for g in range(heads.shape[1]):
            if heads[k, g] <= 0.0:
                continue
            joined = np.int64(0)
            for q in range(queues):
                if answers[q, g] and abs(level[k, q] - utilisation[k, g]) <= SAME * utilisation[k, g]:
                    joined |= out[k, q]
            for q in range(queues):
                if out[k, q] & joined:
                    out[k, q] = out[k, q] | joined
    return out
