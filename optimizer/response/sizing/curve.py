"""The curve of cost against risk: the cheapest sizes, then those with the worst days bounded more and more, tried on fresh days.

Fractions of members cost least and are the bound of what whole ones cost; those are rounded up, and down where that is cheaper.
"""

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

ROUNDING = 1e-6
"""Fractions of a member below this are the solver's."""


def cost_against_risk(
    gaps: Gaps, fresh: Gaps, tiers: Sequence[EchelonTier], policy: SizingPolicy, pay_hour: float, most: int
) -> Iterator[SizePoint]:
    """Nobody on standby, the cheapest sizes, and those of each tighter bound that can be kept; none costs less than the one before.

    Parameters
    ----------
    gaps, fresh : Gaps
        Scenarios that sizes are made for, and others on which they are tried.
    pay_hour : float
        An hour of normal pay in the unit of `Queue.under_cost`.
    most : int
        Most members of a tier.
    """
    made, tried = (Programme(one, tiers, policy, pay_hour, most) for one in (gaps, fresh))
    nobody = _kept(made.solve(sizes=[0] * len(tiers)))
    yield _tried(tried, nobody, inf, nobody)
    relaxed = dict(_relaxed(made))
    for bound, plan in reversed(list(_sized(made, relaxed))):
        yield _tried(tried, plan, bound, relaxed[bound])


def _relaxed(made: Programme) -> Iterator[tuple[float, Plan]]:
    """The cheapest plan under each bound that can be kept, fractions of members allowed."""
    cheapest = _kept(made.solve())
    yield inf, cheapest
    for bound in (share * cheapest.tail_hours(made.policy.tail) for share in SHARES):
        plan = made.solve(bound)
        if plan is None:
            return
        yield bound, plan


def _sized(made: Programme, relaxed: dict[float, Plan]) -> Iterator[tuple[float, Plan]]:
    """Plans of whole sizes, the tightest bound first: what keeps it keeps the next one too, so that cost never falls with it."""
    safer: Plan | None = None
    for bound, plan in reversed(relaxed.items()):
        best = _rounded(made, bound, plan)
        if safer is not None and safer.objective < best.objective:
            best = min(best, _kept(made.solve(bound, _whole(safer))), key=lambda one: one.objective)
        yield bound, best
        safer = best


def _rounded(made: Programme, bound: float, relaxed: Plan) -> Plan:
    """The relaxed sizes rounded up, which keeps their bound, then tier by tier down where that is cheaper and keeps it too."""
    sizes = np.ceil(relaxed.sizes - ROUNDING).astype(np.int64)
    best = _kept(made.solve(bound, sizes.tolist()))
    for i in np.flatnonzero(sizes - relaxed.sizes > ROUNDING).tolist():
        fewer = sizes.copy()
        fewer[i] -= 1
        plan = made.solve(bound, fewer.tolist())
        if plan is not None and plan.objective < best.objective:
            best, sizes = plan, fewer
    return best


def _whole(plan: Plan) -> tuple[int, ...]:
    return tuple(int(size) for size in np.rint(plan.sizes))


def _kept(plan: Plan | None) -> Plan:
    """A plan that must exist: nothing is bounded, or what is held keeps the bound."""
    if plan is None:
        raise SolverFailure("MathOpt finds no plan for sizes that keep the bound")
    return plan


def _tried(tried: Programme, plan: Plan, bound: float, relaxed: Plan) -> SizePoint:
    """A plan on fresh scenarios: the worst days cost there what they did at the margin, so that as much is called for them."""
    share = tried.policy.tail
    found = _kept(tried.solve(sizes=_whole(plan), tail_price=relaxed.tail_price))
    half = 1.96 * float(found.each.std(ddof=1)) / np.sqrt(found.each.size) if found.each.size > 1 else inf
    return SizePoint(
        bound,
        _whole(plan),
        plan.standby,
        plan.called,
        plan.missing,
        float(plan.hours.mean()),
        plan.tail_hours(share),
        relaxed.objective,
        float(found.each.mean()),
        float(half),
        found.tail_hours(share),
    )
