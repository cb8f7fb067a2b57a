"""The hours of a drill simulated without and with the members who were called, and what the difference is.

Both meet the same callers, the same absences and the same pauses (common random numbers), so that their difference is known better
than either.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import numpy as np
from scipy import stats

from data.model.base import FloatArray
from data.model.centre import ServiceLevelDefinition
from data.model.drill import DrillOutcome, DrillPolicy, Measure, Muster, Paired, Readiness, Score
from optimizer.response.drill.lessons import RedRun, lessons_of
from optimizer.response.drill.muster import Call, Order, luck_of, mustered
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Reserve
from optimizer.response.stress.staff import Helper, away_for, without
from optimizer.response.stress.trial import Day, Load, Trial, simulated
from optimizer.staffing.service import CallCounts
from optimizer.staffing.simulate import Simulation

FIGURES = tuple(one.name for one in fields(CallCounts))

MOST_THERE = 0.8
"""Share of the wanted whose arrival is timed."""


@dataclass(frozen=True, eq=False)
class Drilled:
    """The hours from the start of a scenario without and with the echelons.

    Parameters
    ----------
    alone, helped : CallCounts
        Of shape (replications, queues, slots of the days).
    window : slice
        Slots that are looked at, from the start of the scenario on.
    queues : tuple of str
        That the scenario moves.
    calls : tuple of tuple of Call
        Who was called, replication by replication.
    """

    trial: Trial
    orders: tuple[Order, ...]
    members: Reserve
    calls: tuple[tuple[Call, ...], ...]
    alone: CallCounts
    helped: CallCounts
    window: slice
    queues: tuple[str, ...]
    limits: Limits


def drilled(
    trial: Trial, load: Load, orders: tuple[Order, ...], members: Reserve, window: slice, queues: tuple[str, ...], limits: Limits
) -> Drilled:
    """Simulate the days of a trial under the load of a scenario, without and with the echelons.

    Each day begins with empty lines.

    Parameters
    ----------
    window : slice
        Slots that are looked at, from the one with which the scenario begins.
    queues : tuple of str
        That it moves.
    limits : Limits
        What the rulebook asks of whoever is called.
    """
    calls = tuple(mustered(orders, luck_of(len(members.agents), trial.seed, k)) for k in range(trial.replications))
    sides = zip(*(_day(trial, load, day, orders, members, calls) for day in trial.days), strict=True)
    alone, helped = (_joined([ran.service for ran in side]) for side in sides)
    return Drilled(trial, orders, members, calls, alone, helped, window, queues, limits)


def _day(
    trial: Trial, load: Load, day: Day, orders: Sequence[Order], members: Reserve, calls: Sequence[Sequence[Call]]
) -> tuple[Simulation, Simulation]:
    """A day without and with those who came."""
    there = without(day.held, away_for(trial.placements, trial.rows, day.grid))
    none: list[list[Helper]] = [[] for _ in calls]
    helpers = [list(_helpers(trial, day, orders, members, each)) for each in calls]
    return simulated(trial, day, load, there, none), simulated(trial, day, load, there, helpers)


def _joined(days: Sequence[CallCounts]) -> CallCounts:
    """Counts of days in a row."""
    return CallCounts(*(np.concatenate([getattr(one, name) for one in days], axis=2) for name in FIGURES))


def _helpers(trial: Trial, day: Day, orders: Sequence[Order], members: Reserve, calls: Sequence[Call]) -> Iterator[Helper]:
    """Members who came, while they are on the phones on a day."""
    midnight, last = int(day.grid.day_start_minutes[0]), int(day.grid.day_start_minutes[-1])
    for call in calls:
        order = orders[call.order]
        begin, end = max(call.begins, midnight), min(order.span.end, last)
        if begin < end:
            efficiency = order.tier.efficiency * members.agents[call.member].efficiency * (1 - trial.pausing)
            span = 60.0 * (begin - midnight), 60.0 * (end - midnight)
            yield Helper(1, trial.alone(order.queue), 1 / efficiency, *span)


def outcome_of(found: Drilled, policy: DrillPolicy, unskilled: Mapping[str, float]) -> DrillOutcome:
    """Figures, musters, readiness, lessons and score of a drill.

    Parameters
    ----------
    unskilled : mapping of str to float
        Agents missing that no echelon could give, by queue, as the plan has it.
    """
    figures, musters, ready = tuple(figures_of(found)), tuple(musters_of(found, policy)), tuple(readiness_of(found, unskilled))
    lessons = tuple(lessons_of(musters, red_runs(found), unskilled, ready, policy))
    return DrillOutcome(figures, musters, ready, lessons, score_of(figures, musters, found, policy, unskilled))


def figures_of(found: Drilled) -> Iterator[Paired]:
    """Service level, lost calls and waits of each queue, and lost calls and cost of all together."""
    sides = [_sums(found, side) for side in (found.alone, found.helped)]
    for q, (queue, definition) in enumerate(_definitions(found).items()):
        before, after = (side[q] for side in sides)
        yield paired("service_level", queue, before.levels(definition, ()), after.levels(definition, ()))
        yield paired("lost_calls", queue, _lost(before), _lost(after))
        yield paired("wait_s", queue, before.mean_waits_s(()), after.mean_waits_s(()))
    yield paired("lost_calls", "", *(sum((_lost(one) for one in side), start=np.zeros(1)) for side in sides))
    cost = costs_of(found)
    yield paired("cost_hours", "", np.zeros_like(cost), cost)


def _lost(counts: CallCounts) -> FloatArray:
    return (counts.abandoned + counts.blocked).astype(np.float64)


def _definitions(found: Drilled) -> dict[str, ServiceLevelDefinition]:
    """How the service level of each queue is meant."""
    return {queue: found.trial.centre.queue(queue).target.definition for queue in found.trial.forecast.queues}


def _sums(found: Drilled, counts: CallCounts) -> list[CallCounts]:
    """Counts of each queue over the slots that are looked at; shape (replications,)."""
    sums = {name: getattr(counts, name)[:, :, found.window].sum(axis=2) for name in FIGURES}
    return [CallCounts(**{name: sums[name][:, q] for name in FIGURES}) for q in range(counts.offered.shape[1])]


def replications_of(found: Drilled) -> Iterator[dict[str, Any]]:
    """Service level and lost calls of each replication and queue without and with the echelons, and who was asked and came."""
    alone, helped = (_sums(found, side) for side in (found.alone, found.helped))
    for q, (queue, definition) in enumerate(_definitions(found).items()):
        sides = {"without": alone[q], "with": helped[q]}
        levels = {f"service_level_{side}": counts.levels(definition, ()) for side, counts in sides.items()}
        columns = levels | {f"lost_calls_{side}": _lost(counts) for side, counts in sides.items()}
        for k, calls in enumerate(found.calls):
            mine = [call for call in calls if found.orders[call.order].queue == queue]
            people = {"asked": len(mine), "came": sum(call.begins < np.inf for call in mine)}
            yield {"replication": k, "queue": queue} | {name: float(cells[k]) for name, cells in columns.items()} | people


def paired(measure: Measure, queue: str, before: FloatArray, after: FloatArray) -> Paired:
    """Means and the difference of a measure, over the replications in which both are known.

    Parameters
    ----------
    before, after : array of float, shape (replications,)

    References
    ----------
    Law, Simulation Modeling and Analysis (5th ed. 2015), 10.2.1: the paired-t confidence interval.
    """
    known = ~np.isnan(before) & ~np.isnan(after)
    if not known.any():
        return Paired(measure, queue, np.nan, np.nan, np.nan, np.nan)
    apart, runs = (after - before)[known], int(known.sum())
    half = float(stats.t.ppf(0.975, runs - 1) * apart.std(ddof=1) / np.sqrt(runs)) if runs > 1 else np.nan
    return Paired(measure, queue, float(before[known].mean()), float(after[known].mean()), float(apart.mean()), half)


def costs_of(found: Drilled) -> FloatArray:
    """Paid time of the members who came, hours of normal pay; shape (replications,)."""
    return np.array([sum(_cost(found.orders[call.order], call) for call in calls) for calls in found.calls], dtype=np.float64)


def _cost(order: Order, call: Call) -> float:
    """A duty is paid from when it begins, and as at least so long as the tier says."""
    if call.begins == np.inf:
        return 0.0
    return max(order.span.end - call.begins, order.tier.least_paid_minutes) / 60 * order.tier.hour_cost


def musters_of(found: Drilled, policy: DrillPolicy) -> Iterator[Muster]:
    """How each tier that was called answered, in the order of the tiers."""
    runs = len(found.calls)
    for tier in sorted({order.tier.id: order.tier for order in found.orders}.values(), key=lambda one: (one.tier, one.id)):
        numbers = [k for k, order in enumerate(found.orders) if order.tier.id == tier.id]
        mine = [call for calls in found.calls for call in calls if call.order in numbers]
        wanted = sum(found.orders[k].heads for k in numbers)
        starts = [found.orders[call.order].span.start for call in mine]
        came = sum(call.begins < np.inf for call in mine)
        timely = sum(call.begins <= start + policy.late_minutes for call, start in zip(mine, starts, strict=True))
        waits = [_minutes_to(found.orders[k], k, calls) for k in numbers for calls in found.calls]
        since, late = (float(np.median([wait[part] for wait in waits])) for part in (0, 1))
        accepted = sum(call.answer == "accepted" for call in mine)
        yield Muster(tier.id, wanted, len(mine) / runs, accepted / runs, came / runs, timely / runs / wanted, since, late)


def _minutes_to(order: Order, number: int, calls: Sequence[Call]) -> tuple[float, float]:
    """Minutes from the first call, and from the planned start, until four of five of the wanted are on the phones."""
    begins = sorted(call.begins for call in calls if call.order == number)
    place = int(np.ceil(MOST_THERE * order.heads)) - 1
    there = begins[place] if place < len(begins) else np.inf
    return there - order.asked_at, max(0.0, there - order.span.start)


def readiness_of(found: Drilled, unskilled: Collection[str]) -> Iterator[Readiness]:
    """Members of the reserve who could answer each queue that matters, by the project of their first skill.

    A duty that needs an approver is held to have one, as in `orders_of`.
    """
    trial, members, limits = found.trial, found.members, found.limits.lifted(True)
    tiers, grid = trial.centre.echelons, trial.forecast.grid
    start = int(grid.day_start_minutes[0]) + found.window.start * grid.minutes
    project = [trial.centre.queue(agent.skills[0]).project for agent in members.agents]
    for queue in dict.fromkeys((*found.queues, *unskilled)):
        free, skilled = np.zeros(len(project), dtype=np.bool_), members.skilled(queue)
        for tier in tiers:
            begin = start + tier.notice_minutes
            free[members.able(tier, queue, Span(begin, begin + tier.max_minutes, grid.horizon.zone), limits)] = True
        for name in sorted(set(project)):
            of = [k for k, one in enumerate(project) if one == name]
            yield Readiness(queue, name, len(of), int(skilled[of].sum()), int(free[of].sum()))


def red_runs(found: Drilled) -> list[RedRun]:
    """The longest run of each queue of the scenario that breaks with the echelons all the same, as a stress test has it."""
    runs = list[RedRun]()
    grid = found.trial.forecast.grid
    stamps = grid.index
    for q, queue in enumerate(found.trial.forecast.queues):
        share = _missed(found, q)
        red = np.flatnonzero(np.diff(np.concatenate([[False], share > found.trial.policy.chance, [False]]).astype(np.int64)))
        spans = sorted(red.reshape(-1, 2).tolist(), key=lambda span: span[0] - span[1])
        if spans and queue in found.queues:
            first, end = spans[0]
            start = stamps[found.window.start + first].to_pydatetime()
            span = (start, start + timedelta(minutes=(end - first) * grid.minutes))
            runs.append(RedRun(queue, span, float(share[first:end].max())))
    return runs


def _missed(found: Drilled, q: int) -> FloatArray:
    """Share of the replications in which each slot from the start on misses its target with the echelons."""
    part = CallCounts(*(getattr(found.helped, name)[:, q, found.window] for name in FIGURES))
    levels = part.levels(list(_definitions(found).values())[q], ())
    known = ~np.isnan(levels)
    return (levels < found.trial.targets[q]).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def score_of(
    figures: Sequence[Paired], musters: Sequence[Muster], found: Drilled, policy: DrillPolicy, unskilled: Collection[str]
) -> Score:
    """Score of a drill; its parts are those of `Score`. Where nobody was wanted, strength and speed are whole if nobody lacks."""
    levels = {one.queue: one.with_echelons for one in figures if one.measure == "service_level"}
    goals = dict(zip(found.trial.forecast.queues, found.trial.targets, strict=True))
    service = [min(1.0, levels[queue] / goals[queue]) for queue in found.queues if levels[queue] == levels[queue]]
    wanted, alone = sum(one.wanted for one in musters), float(not unskilled)
    strength = min(1.0, sum(one.came for one in musters) / wanted) if wanted else alone
    speed = sum(one.in_time * one.wanted for one in musters) / wanted if wanted else alone
    return Score(float(np.mean(service)) if service else 1.0, strength, min(speed, 1.0), policy.weights)
