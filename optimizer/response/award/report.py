"""Whether everyone can earn points, and who holds how many; protected agents are told as a count alone."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.points import EARNED, Reason
from data.model.points_ledger import Ledger
from data.model.roster import Roster
from optimizer.response.award.deeds import fairness_numbers
from optimizer.response.award.earning import AwardTerms, Tariff
from optimizer.rostering.frame import Frame, frame_of
from optimizer.rostering.goals.fairness import duty_points
from optimizer.rostering.problem import RosterProblem

QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of the agents at which holdings are told (house choice)."""
TOP = 0.1
"""Share of the agents who count as holding most (house choice)."""


@dataclass(frozen=True)
class Chances:
    """Who of a group of agents can earn points in the period.

    Parameters
    ----------
    kind, name : str
        contract, team or night_ban, and which.
    shares : dict
        Share of them who can earn by each reason, in [0, 1].
    any_share : float
        Share who can earn in any way.
    """

    kind: str
    name: str
    agents: int
    shares: dict[Reason, float]
    any_share: float


@dataclass(frozen=True)
class PointsReport:
    """How points are spread.

    Parameters
    ----------
    total : int
        Points that all agents hold.
    quantiles : dict
        Points held at some shares of the agents, from the fewest on.
    gini : float
        0 = all hold the same, towards 1 = one holds all.
    top_share : float
        Share of all points that the tenth of the agents who hold most have, in [0, 1].
    protected, protected_earning : int
        Agents with a protection in the period, and those of them who can earn.
    """

    at: datetime
    chances: tuple[Chances, ...]
    total: int
    quantiles: dict[float, float]
    gini: float
    top_share: float
    protected: int
    protected_earning: int


def points_report(
    problem: RosterProblem, prices: FloatArray, ledger: Ledger, at: datetime, terms: AwardTerms | None = None
) -> PointsReport:
    """The report of the open days of a problem.

    Parameters
    ----------
    prices : array of float, shape (queues, slots)
        `Solution.prices`.
    at : datetime
        When points are counted.
    """
    can = can_earn(problem, Tariff(problem, prices, terms or AwardTerms()))
    held = np.array([max(0, ledger.held(agent.id, at)) for agent in problem.agents], dtype=np.int64)
    guarded = _guarded(problem, "no_night").any(axis=1) | _guarded(problem, "no_overtime").any(axis=1)
    quantiles = {share: float(np.quantile(held, share)) for share in QUANTILES}
    earning = int(can[guarded].any(axis=1).sum())
    spread = quantiles, gini(held), top_share(held)
    return PointsReport(at, _chances(problem, can), int(held.sum()), *spread, int(guarded.sum()), earning)


def gini(held: IntArray) -> float:
    """Gini coefficient of holdings; 0 where nobody holds anything.

    References
    ----------
    Sen (1997), On Economic Inequality, chapter 2; in the form for sorted values.
    """
    total, number = int(held.sum()), len(held)
    if total == 0:
        return 0.0
    ranks = 2 * np.arange(1, number + 1) - number - 1
    return float((ranks * np.sort(held)).sum() / (number * total))


def top_share(held: IntArray) -> float:
    """Share of all points that the tenth of the agents who hold most have, at least one agent; 0 where nobody holds anything."""
    most = max(1, round(TOP * len(held)))
    return float(np.sort(held)[-most:].sum() / max(1, held.sum()))


def can_earn(problem: RosterProblem, tariff: Tariff) -> BoolArray:
    """Who has an open day on which each reason can earn points; shape (agents, reasons) in the order of `EARNED`.

    A call-in takes membership of an echelon; it and overtime take a day that is no leave and on which overtime is not barred;
    an unpopular shift takes one that no rule about single days bars and that is worth something.
    """
    open_days = np.zeros(problem.grid.horizon.days, dtype=bool)
    open_days[problem.first_open : problem.end_open] = True
    free = open_days & (problem.leave < 0) & ~_guarded(problem, "no_overtime")
    member = np.array([bool(agent.echelon) for agent in problem.agents])
    short = _by_group(problem, lambda queues: _short_days(problem, tariff, queues))
    return np.stack([member & free.any(axis=1), (free & short).any(axis=1), _unpopular(problem, tariff)], axis=1)


def _by_group(problem: RosterProblem, told: Callable[[tuple[str, ...]], BoolArray]) -> BoolArray:
    """What is told of the skills of each agent; shape (agents, ...)."""
    return np.stack([told(group) for group in problem.groups])[problem.group_of]


def _short_days(problem: RosterProblem, tariff: Tariff, queues: tuple[str, ...]) -> BoolArray:
    """Days with an interval in which overtime earns; shape (days,)."""
    worth = tariff.worth(Reason.OVERTIME, queues)
    return np.asarray(np.bincount(problem.grid.day_of_slot, weights=worth, minlength=problem.grid.horizon.days) > 0)


def _unpopular(problem: RosterProblem, tariff: Tariff) -> BoolArray:
    """Who may work an unpopular shift that is worth something; shape (agents,)."""
    frame = frame_of(problem)
    worthy = _by_group(problem, lambda queues: _worthy(problem, frame, tariff, queues))
    days = slice(problem.first_open, problem.end_open)
    return np.asarray((np.isfinite(frame.crew.cost) & worthy)[:, days].any(axis=(1, 2)))


def _worthy(problem: RosterProblem, frame: Frame, tariff: Tariff, queues: tuple[str, ...]) -> BoolArray:
    """Unpopular shifts that are worth something to a group; shape (days, symbols)."""
    worth = tariff.worth(Reason.UNPOPULAR, queues)[problem.grid.size - frame.shape.slots :]
    running = np.concatenate([[0.0], worth.cumsum()])
    return (_unpopular_symbols(problem) > 0) & (running[frame.shape.end] > running[frame.shape.begin])


def _unpopular_symbols(problem: RosterProblem) -> IntArray:
    """Points of unpopular duty of each symbol on each day, from a roster with a row for each symbol; shape (days, symbols)."""
    codes, horizon = problem.alphabet.codes, problem.grid.horizon
    symbol = np.repeat(np.arange(len(codes))[:, None], horizon.days, axis=1)
    nothing = np.zeros_like(symbol)
    rows = Roster(codes, horizon, codes, symbol, nothing - 1, nothing, nothing - 1, nothing)
    return duty_points(fairness_numbers(problem), problem, rows).T


def _guarded(problem: RosterProblem, name: str) -> BoolArray:
    """Open days on which a protection bars something; shape (agents, days)."""
    barred = np.zeros((len(problem.agents), problem.grid.horizon.days), dtype=bool)
    for a, agent in enumerate(problem.agents):
        if agent.protection is not None and getattr(agent.protection, name):
            barred[a] = [agent.protection.holds(day) for day in problem.grid.horizon.dates]
    barred[:, : problem.first_open] = barred[:, problem.end_open :] = False
    return barred


def _chances(problem: RosterProblem, can: BoolArray) -> tuple[Chances, ...]:
    """Chances by contract, team and night ban."""
    banned = set(np.flatnonzero(_guarded(problem, "no_night").any(axis=1)).tolist())
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for a, agent in enumerate(problem.agents):
        for group in (("contract", agent.contract), ("team", agent.team), ("night_ban", "yes" if a in banned else "no")):
            members[group].append(a)
    return tuple(_chance(kind, name, can[rows]) for (kind, name), rows in sorted(members.items()))


def _chance(kind: str, name: str, can: BoolArray) -> Chances:
    shares = {reason: float(share) for reason, share in zip(EARNED, can.mean(axis=0), strict=True)}
    return Chances(kind, name, len(can), shares, float(can.any(axis=1).mean()))
