"""The curve of cost against risk: the cheapest sizes, then those with the worst days bounded more and more, tried on fresh days."""

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np

from data.model.centre import EchelonTier
from data.model.echelon_size import SizePoint, SizingPolicy
from data.model.errors import SolverFailure
from optimizer.response.sizing.gaps import Gaps
from optimizer.response.sizing.programme import Plan, Programme

SHARES = (0.8, 0.6, 0.4, 0.2, 0.1)
"""Bounds of the curve, as shares of the hours missing on the worst days at the cheapest sizes (house choice)."""


def cost_against_risk(
    gaps: Gaps, fresh: Gaps, tiers: Sequence[EchelonTier], policy: SizingPolicy, hour_price: float, most: int
) -> Iterator[SizePoint]:
    """Nobody on standby, the cheapest sizes, and those of each tighter bound that can be kept.

    Parameters
    ----------
    gaps, fresh : Gaps
        Scenarios that sizes are made for, and others on which they are tried.
    hour_price : float
        An hour of normal pay in the unit of `Queue.under_cost`.
    most : int
        Most members of a tier.
    """
    made, tried = (Programme(one, tiers, policy, hour_price, most) for one in (gaps, fresh))
    nobody = [0] * len(tiers)
    made.hold(nobody)
    yield _tried(tried, _kept(made.solve(whole=False)), inf, 0.0)
    made.hold(None)
    cheapest = _kept(made.solve(whole=True))
    yield _tried(tried, cheapest, inf, 0.0)
    for bound in (share * cheapest.tail_hours(policy.tail) for share in SHARES):
        relaxed = made.solve(bound, whole=False)
        sized = None if relaxed is None else made.solve(bound, whole=True)
        if relaxed is None or sized is None:
            return
        yield _tried(tried, sized, bound, relaxed.tail_price)


def _kept(plan: Plan | None) -> Plan:
    """A plan that must exist, as nothing is bounded."""
    if plan is None:
        raise SolverFailure("MathOpt finds no sizes though nothing is bounded")
    return plan


def _tried(tried: Programme, plan: Plan, bound: float, tail_price: float) -> SizePoint:
    """A plan on fresh scenarios: the worst days cost there what they did at the margin, so that as much is called for them."""
    share, sizes = tried.policy.tail, tuple(int(size) for size in np.rint(plan.sizes))
    tried.hold(sizes, tail_price)
    found = _kept(tried.solve(whole=False))
    half = 1.96 * float(found.each.std(ddof=1)) / np.sqrt(found.each.size) if found.each.size > 1 else inf
    return SizePoint(
        bound,
        sizes,
        plan.standby,
        plan.called,
        plan.missing,
        float(plan.hours.mean()),
        plan.tail_hours(share),
        plan.least,
        float(found.each.mean()),
        float(half),
        found.tail_hours(share),
    )
