"""What each number of changes buys in a week adjustment, and the best roster inside a change budget.

Nobody's week is cut in two: an agent keeps the week that stands or takes another whole one, as the hours of the week are kept and
every rule then holds as it stands. The weeks to choose from are those of the full adjustment and of searches in which each change
has a price of its own besides; who takes which is chosen against exact coverage (`optimizer.rostering.change_budget_kernels`).
The same prices bound what n changes can gain: no roster with n changes costs less than a bound at the price mu, less mu n.

References
----------
Fisher (1981), The Lagrangian relaxation method, doi:10.1287/mnsc.27.1.1.
"""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import nan
from time import perf_counter

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.change_budget import ChangeBudget, Classed, NoticeClass, Priced, Refused, Used, Within
from data.model.roster import Change, Roster
from optimizer.rostering.bound import climb, flat_prices, line_dual
from optimizer.rostering.change_budget_pool import Pool, Stand, base_of, changeable_days, moved_minutes
from optimizer.rostering.compare import compare
from optimizer.rostering.executor import usable_cores
from optimizer.rostering.frame import Frame, Lines, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.confirmation import confirmed
from optimizer.rostering.search.descent import Descent, descend
from optimizer.rostering.search.month import start_lines
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.solution import Budget, keep_going
from optimizer.rostering.verify import TOLERANCE

COUNTS = (0, 2, 5, 10, 25, 50, 100)
"""Numbers of changes that are priced beside those of the full adjustment."""
SCALES = (8.0, 4.0, 2.0, 1.0)
"""Prices of a change in the searches, as multiples of what one of the full adjustment gains in the mean, falling (house choice)."""
WIDTHS = (1.0, 0.0, 0.0)
"""Half-widths of the sweeps of each such search, agents (house choice)."""
BOUND_STEPS = 200
"""Steps of the bound at each price (house choice; with 40 it was a tenth below the cost, with 200 a hundredth)."""
BOUND_STEP_LENGTHS = (0.3, 0.02)
"""First and last length of its steps, as in `optimizer.rostering.bound` (house choice)."""
NO_LIMIT = 1 << 60
"""A limit that nothing reaches."""


def price_list(
    problem: RosterProblem,
    adjusted: Roster,
    counts: Sequence[int] = COUNTS,
    *,
    scales: Sequence[float] = SCALES,
    bound_steps: int = BOUND_STEPS,
    prices: FloatArray | None = None,
    seed: int = 0,
    executor: Executor | None = None,
) -> tuple[Priced, ...]:
    """The best rosters found with at most so many changed days of agents, from the base to the full adjustment; costs do not rise.

    Parameters
    ----------
    problem : RosterProblem
        Of a week, with its base.
    adjusted : Roster
        The full adjustment of it. The last entry is this roster, or a cheaper one with no more changes.
    counts : sequence of int
        Those of the full adjustment and more are left out.
    scales : sequence of float
        As `SCALES`; none = agents choose between the base and the full adjustment alone.
    bound_steps : int
        0 = no bound.
    prices : array of float, shape (queues, slots of the grid), or None
        `Solution.prices`, from which the bound starts.
    executor : Executor or None
        Where the bound is computed; None = threads of its own.

    Returns
    -------
    tuple of Priced
        Each one verified. The knee is the entry farthest above the chord from the first to the last, in cost saved by changes.

    Raises
    ------
    InvalidData
        If the problem is of a month, or has no base.
    VerificationFailed
        If a roster breaks a rule other than for an agent who has no legal line, or costs something else than was found.
    """
    base_of(problem)
    frame = frame_of(problem)
    full = start_lines(frame, adjusted)
    with nullcontext(executor) if executor is not None else ThreadPoolExecutor(usable_cores()) as workers:
        lines, bounds = _searched(Pool.of(frame, [full]), scales, bound_steps, prices, seed, workers)
    pool = Pool.of(frame, [full, *lines])
    return _told(pool, tuple(_chosen(pool, counts, seed)), bounds)


def within(
    problem: RosterProblem,
    priced: Sequence[Priced],
    budget: ChangeBudget,
    now: datetime,
    *,
    declined: Collection[tuple[str, date]] = (),
    seed: int = 0,
) -> Within:
    """The best roster found inside a budget, out of the weeks that agents have in the rosters of a price list.

    Parameters
    ----------
    priced : sequence of Priced
        What `price_list` found for the same problem.
    now : datetime
        Aware; when agents are told. What has begun by then does not change.
    declined : collection of (agent, date)
        Days on which an agent does not accept a change.

    Raises
    ------
    InvalidData
        If the problem is of a month, or has no base.
    VerificationFailed
        As in `price_list`.
    """
    base_of(problem)
    frame, now = frame_of(problem), now.astimezone(problem.grid.horizon.start.tzinfo)
    pool = Pool.of(frame, [start_lines(frame, one.roster) for one in priced])
    limits = _limits(pool, budget, now, declined)
    most = np.array([NO_LIMIT if one is None else int(one) for _, one, _ in limits], dtype=np.int64)
    stand = Stand(pool, np.stack([use for _, _, use in limits], axis=2), most)
    cost = stand.improve_from(_starts(stand), np.random.default_rng(seed))
    found = _priced(pool, stand.choice, int(stand.used_by(stand.choice)[2]), cost, nan)
    told = (Used(name, *_in_unit(name, int(n), one)) for (name, one, _), n in zip(limits, stand.used_by(stand.choice), strict=True))
    refused = sorted(_refused(stand, [name for name, _, _ in limits]), key=lambda one: -one.gain)
    return Within(found, classed(found.changes, now, budget.classes), tuple(told), tuple(refused))


def classed(changes: Sequence[Change], now: datetime, classes: Sequence[NoticeClass]) -> tuple[Classed, ...]:
    """Each change with its class of notice, which says whether the agent has to accept it.

    Parameters
    ----------
    now : datetime
        When agents are told, in the zone of the centre.
    """
    return tuple(Classed(change, _class_of(change.day - now.date(), classes)) for change in changes)


def _class_of(notice: timedelta, classes: Sequence[NoticeClass]) -> NoticeClass:
    return next(one for one in classes if one.below_days is None or notice.days < one.below_days)


def _starts(stand: Stand) -> list[IntArray]:
    """The base, and the cheapest of the rosters that keeps to all limits."""
    pool = stand.pool
    kept = [
        way
        for way in map(pool.taking, range(len(pool.own)))
        if (stand.used_by(way) <= np.maximum(stand.offers.most, stand.used_by(pool.start))).all()
    ]
    return [pool.start, *sorted(kept, key=stand.cost_of)[:1]]


def _searched(
    pair: Pool, scales: Sequence[float], steps: int, prices: FloatArray | None, seed: int, executor: Executor
) -> tuple[list[Lines], list[tuple[float, float]]]:
    """Lines found at each price of a change, from the base on, and (price, bound)."""
    frame, full = pair.frame, pair.taking(1)
    stand = Stand(pair, pair.changed.sum(axis=2)[:, :, None], np.array([NO_LIMIT]))
    gain, changes = stand.cost_of(pair.start) - stand.cost_of(full), int((stand.used_by(full) - stand.used_by(pair.start))[0])
    if gain <= 0 or changes <= 0:
        return [], []
    lines, bounds, now = [pair.line(pair.start)], list[tuple[float, float]](), perf_counter()
    start = flat_prices(frame.curves) if prices is None else np.ascontiguousarray(prices.T[len(prices.T) - frame.shape.slots :])
    for price in (scale * gain / changes for scale in scales):
        dear = _dearer(frame, price)
        found = descend(Descent(dear, lines[-1], SearchParams(seed=seed), present=True), WIDTHS, Budget(), keep_going, began=now)
        lines.append(found.lines)
        if steps:
            climbed = climb(line_dual(dear, executor), start, steps, np.inf, seed, keep_going, found.cost, BOUND_STEP_LENGTHS)
            start = climbed.prices
            bounds.append((price, climbed.bound))
    return lines[1:], bounds


def _dearer(frame: Frame, price: float) -> Frame:
    """The same problem, each changed day of an agent at a price besides."""
    problem, stood, alphabet = frame.problem, frame.stood, frame.problem.alphabet
    base = base_of(problem)
    before = np.array([alphabet.codes.index(code) for code in base.codes])[base.symbol]
    same = np.where(alphabet.is_shift, stood.symbol[:, :, None], before[:, :, None]) == np.arange(len(alphabet.codes))
    cost = frame.crew.cost + price * (~same & changeable_days(problem)[:, :, None])
    crew = frame.crew._replace(cost=cost, base_symbol=stood.symbol, base_meal=stood.meal, move_cost=frame.crew.move_cost + price)
    return replace(frame, crew=crew)


def _chosen(pool: Pool, counts: Sequence[int], seed: int) -> Iterator[tuple[int, float, IntArray]]:
    """Number of changes allowed, cost and choice, as the numbers rise; no cost is above the one before."""
    rng, full = np.random.default_rng(seed), pool.taking(1)
    stand = Stand(pool, pool.changed.sum(axis=2)[:, :, None], np.array([0]))
    most = int(stand.used_by(full)[0])
    kept = stand.choice
    for count in (*sorted(n for n in set(counts) if 0 <= n < most), most):
        stand.allow(np.array([count]))
        fitting = [way for way in map(pool.taking, range(1, len(pool.own))) if stand.used_by(way)[0] <= count]
        best = stand.improve_from([kept, *sorted(fitting, key=stand.cost_of)[:1]], rng)
        kept = stand.choice.copy()
        yield count, best, kept


def _told(pool: Pool, chosen: Sequence[tuple[int, float, IntArray]], bounds: list[tuple[float, float]]) -> tuple[Priced, ...]:
    """The entries of a price list."""
    found: list[Priced] = []
    for most, cost, choice in chosen:
        # a bound is on the cost and the price of the changes together
        known = [bound - price * most for price, bound in bounds]
        entry = _priced(pool, choice, most, cost, max(known, default=nan))
        further = len(entry.changes) - len(found[-1].changes) if found else 0
        found.append(replace(entry, gain_per_change=(found[-1].cost - entry.cost) / further if further > 0 else 0.0))
    knee = _knee(found)
    return tuple(replace(entry, knee=k == knee) for k, entry in enumerate(found))


def _knee(found: Sequence[Priced]) -> int:
    """Entry farthest above the chord from the first to the last, both axes as shares; -1 = nothing is gained.

    References
    ----------
    Satopaa, Albrecht, Irwin, Raghavan (2011), Finding a "kneedle" in a haystack, doi:10.1109/ICDCSW.2011.20.
    """
    changes, saved = np.array([len(one.changes) for one in found]), np.array([found[0].cost - one.cost for one in found])
    if saved[-1] <= 0 or changes[-1] <= changes[0]:
        return -1
    return int((saved / saved[-1] - (changes - changes[0]) / (changes[-1] - changes[0])).argmax())


def _priced(pool: Pool, choice: IntArray, most: int, claimed: float, bound: float) -> Priced:
    """A choice as a verified roster with its figures."""
    problem, roster = pool.frame.problem, pool.roster(choice)
    cost, told = _verified(pool.frame, roster, claimed), compare(problem, base_of(problem), roster)
    on_leave = {(problem.agents[a].id, problem.grid.horizon.dates[d]) for a, d in np.argwhere(problem.leave >= 0).tolist()}
    changes = tuple(one for one in told.changes if (one.agent, one.day) not in on_leave)
    after = {measure.name: measure.after for measure in told.measures}
    return Priced(
        most,
        roster,
        changes,
        cost,
        bound,
        after["service level, by calls"],
        int(after["intervals below target"]),
        len({one.agent for one in changes}),
        float(moved_minutes(pool.frame, roster).sum() / 60),
    )


def _verified(frame: Frame, roster: Roster, claimed: float) -> float:
    """What the verifier says a roster costs."""
    return float(sum(confirmed(frame.problem, roster, frame.unplaced, claimed, "choice").costs.values()))


Limit = tuple[str, float | None, IntArray]
"""Name, most (hours: in minutes), and what each line of each agent takes of it, shape (lines, agents)."""


def _limits(pool: Pool, budget: ChangeBudget, now: datetime, declined: Collection[tuple[str, date]]) -> list[Limit]:
    """Everything that a choice must keep to."""
    problem, changed = pool.frame.problem, pool.changed
    notice = np.array([budget.classes.index(_class_of(day - now.date(), budget.classes)) for day in problem.grid.horizon.dates])
    no = np.zeros(changed.shape[1:], dtype=np.bool_)
    for agent, day in declined:
        row, d = problem.index.get(agent, -1), problem.grid.horizon.index(day)
        if row >= 0 and 0 <= d < problem.grid.horizon.days:
            no[row, d] = True
    minutes = None if budget.max_hours is None else 60 * budget.max_hours
    days: list[tuple[str, float | None, BoolArray]] = [
        ("changes", budget.max_changes, changed),
        *((one.name, one.most, changed & (notice == k)) for k, one in enumerate(budget.classes)),
        ("past", 0, changed & _begun(pool, now)),
        ("declined", 0, changed & no),
    ]
    people = np.asarray(changed.any(axis=2), dtype=np.int64)
    counted = ((name, most, np.asarray(which.sum(axis=2), dtype=np.int64)) for name, most, which in days)
    return [("people", budget.max_people, people), ("hours", minutes, pool.moved), *counted]


def _begun(pool: Pool, now: datetime) -> BoolArray:
    """Days on which the shift of the base, or of the line, has begun by `now`, and all days before; shape (lines, agents, days)."""
    horizon = pool.frame.problem.grid.horizon
    today, minute = horizon.index(now.date()), now.hour * 60 + now.minute
    old, new = base_of(pool.frame.problem).start, np.stack([roster.start for roster in pool.rosters])
    begun, days = ((old >= 0) & (old <= minute)) | ((new >= 0) & (new <= minute)), np.arange(horizon.days)
    return (days < today) | ((days == today) & begun)


def _in_unit(name: str, used: int, most: float | None) -> tuple[float, float | None]:
    """Hours from minutes."""
    return (used / 60, None if most is None else most / 60) if name == "hours" else (float(used), most)


def _refused(stand: Stand, names: Sequence[str]) -> Iterator[Refused]:
    """Agents for whom another line would pay but for the limits, and which of them."""
    offers, used, pool = stand.offers, stand.used_by(stand.choice), stand.pool
    for a in pool.frame.placeable.tolist():
        held, cost = int(stand.choice[a]), stand.line_costs(a)
        k = int(cost.argmin())
        more = offers.use[k, a] - offers.use[held, a]
        reasons = tuple(names[r] for r in np.flatnonzero((more > 0) & (used + more > offers.most)).tolist())
        if reasons and cost[k] < cost[held] - TOLERANCE:
            yield Refused(pool.frame.problem.agents[a].id, int(pool.changed[k, a].sum()), float(cost[held] - cost[k]), reasons)
