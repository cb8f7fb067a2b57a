"""What an act does to service where it is worst: the agents on each queue before and after, put to their best use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.offphone import Placement
from data.model.request import Effect
from optimizer.response.trough import off_phones
from optimizer.rostering.coverage import cover_cost
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.service import service_at


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of a day before and after some acts.

    Parameters
    ----------
    service_before, service_after : float
        Share of the calls that are answered in target by the staffing curves; NaN without calls.
    risky_before, risky_after : int
        Intervals of all queues whose chance of missing the target reaches a threshold.
    """

    service_before: float
    service_after: float
    risky_before: int
    risky_after: int


def rest_of_day(desk: Desk, grown: IntArray, ahead: IntArray, threshold: float) -> Rest:
    """What a change of presence does to all queues from now to the end of the day.

    Parameters
    ----------
    grown : array of int, shape (groups, slots from the first open one on)
    ahead : array of int
        Slots that count.
    threshold : float
        Chance from which an interval is at risk.
    """
    here, at = desk.present[:, ahead], ahead + desk.first_slot
    need, figures = desk.problem.requirement, list[tuple[float, int]]()
    live = (need.calls[:, at] > 0) | (need.heads[:, at] > 0)
    for present in (here, here + grown[:, ahead]):
        served, met, risky = desk.flow(ahead, present).served.T.astype(np.float64), 0.0, 0
        for row in np.flatnonzero(live.any(axis=1)).tolist():
            of = live[row]
            met += float((need.calls[row, at[of]] * service_at(desk.problem, row, at[of], served[row, of])).sum())
            risky += int((desk.chance(row, at[of], served[row, of]) >= threshold).sum())
        calls = float(need.calls[:, at].sum())
        figures.append((met / calls if calls else float("nan"), risky))
    (before, risky_before), (after, risky_after) = figures
    return Rest(before, after, risky_before, risky_after)


def with_work_off(desk: Desk, placements: Sequence[Placement]) -> Desk:
    """The desk without those who are off the phones for other work."""
    left = replace(desk)
    present = np.maximum(desk.present - off_phones(desk.problem, placements), 0)
    vars(left).update({"present": present, "curves": desk.curves})
    return left


def saved(desk: Desk, present: IntArray, slots: IntArray, grown: IntArray) -> float:
    """Cost of coverage that a change of presence saves.

    Parameters
    ----------
    present : array of int, shape (groups, slots from the first open one on)
    slots, grown
        As of `optimizer.rostering.requests.service.touched`.
    """
    here = present[:, slots]
    before, after = (cover_cost(desk.flow(slots, agents)) for agents in (here, here + grown))
    return before - after


def worst_of(desk: Desk, present: IntArray, slots: IntArray, grown: IntArray) -> Effect | None:
    """Effect of a change of presence on the worst interval and queue that it touches; None if it touches none with calls."""
    here = present[:, slots]
    before, after = (desk.flow(slots, agents).served.T.astype(np.float64) for agents in (here, here + grown))
    return worst_between(desk, slots, before, after)


def worst_between(desk: Desk, slots: IntArray, before: FloatArray, after: FloatArray) -> Effect | None:
    """Effect on the interval and queue with the highest chance of missing the target, before or after.

    Parameters
    ----------
    slots : array of int, shape (slots,)
        From the first open one on.
    before, after : array of float, shape (queues, slots)
        Agents on each queue, before shrinkage.
    """
    need, at = desk.problem.requirement, slots + desk.first_slot
    live = ((need.calls[:, at] > 0) | (need.heads[:, at] > 0)) & (before != after)
    if not live.any():
        return None
    chance, service = np.zeros((2, 2, *live.shape))
    for row in np.flatnonzero(live.any(axis=1)).tolist():
        of = live[row]
        for k, agents in enumerate((before[row, of], after[row, of])):
            chance[k, row, of] = desk.chance(row, at[of], agents)
            service[k, row, of] = service_at(desk.problem, row, at[of], agents)
    highest = np.where(live, np.maximum(*chance), -1.0)
    # among equals the one whose chance or service changes most
    order = np.lexsort((-np.abs(service[1] - service[0]).ravel(), -np.abs(chance[1] - chance[0]).ravel(), -highest.ravel()))
    row, k = (int(i) for i in np.unravel_index(order[0], live.shape))
    return Effect(
        queue=need.queues[row],
        start=desk.instant(int(slots[k])),
        **{f"chance_{name}": float(chance[n, row, k]) for n, name in enumerate(("before", "after"))},
        **{f"service_{name}": float(service[n, row, k]) for n, name in enumerate(("before", "after"))},
        agents_before=float(before[row, k]),
        agents_after=float(after[row, k]),
    )
