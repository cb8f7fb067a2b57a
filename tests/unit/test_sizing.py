"""The two-stage programme of the sizes against enumeration, the newsvendor, and the laws of its curve."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizing_case import PRICE, gaps, tier

from data.model.centre import EchelonTier
from data.model.echelon_size import SizePoint, SizingPolicy
from optimizer.response.sizing import Gaps, cost_against_risk
from optimizer.response.sizing.gaps import merged
from optimizer.response.sizing.programme import Programme

POLICY = SizingPolicy(standby_hours=4.0, tail=0.25)
HOUR = 10.0
DAYS = st.lists(st.floats(0, 60).map(lambda x: round(x, 1)), min_size=4, max_size=8)
SEASONS = st.integers(1, 4).flatmap(
    lambda n: st.lists(DAYS.filter(lambda d: len(d) >= 4).map(lambda d: d[:4]), min_size=n, max_size=n)
)


def by_hand(hours: list[list[float]], size: int, reach: float = 4.0, hour_cost: float = 1.5) -> float:
    """Cost of a day with so many members: they come wherever an hour of theirs is cheaper than one missing."""
    pays = hour_cost * HOUR < PRICE
    helped = [min(gap, size * reach) if pays else 0.0 for day in hours for gap in day]
    missing = [gap - help_ for gap, help_ in zip((gap for day in hours for gap in day), helped, strict=True)]
    return size * 0.1 * 4.0 * HOUR + (hour_cost * HOUR * sum(helped) + PRICE * sum(missing)) / len(missing)


def curve(case: Gaps, *tiers: EchelonTier, most: int = 60) -> list[SizePoint]:
    """Points of the curve, the cheapest first."""
    return list(cost_against_risk(case, case, tiers, POLICY, HOUR, most))[1:]


@settings(max_examples=15, deadline=None)
@given(SEASONS)
def test_the_best_size_is_the_best_of_all(hours: list[list[float]]) -> None:
    """Cost is convex in one size, so that the best whole one lies beside the best fraction."""
    found = curve(gaps(hours), tier(), most=16)[0]
    best = min(by_hand(hours, size) for size in range(17))
    assert found.cost == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert found.least <= found.cost + 1e-6


@settings(max_examples=8, deadline=None)
@given(SEASONS.filter(lambda hours: max(map(max, hours)) > 0), st.floats(0.02, 0.2), st.floats(1.0, 1.9))
def test_no_sizes_cost_less_than_the_bound_and_rounding_costs_little(
    hours: list[list[float]], standby: float, hour_cost: float
) -> None:
    """Two tiers; every pair of sizes is tried at every bound. Rounding up costs a member of each tier on standby at most."""
    tiers = (tier("E1"), tier("E2", standby_cost=standby, hour_cost=hour_cost, answer_share=0.6))
    case = gaps(hours, tiers=2)
    programme = Programme(case, tiers, POLICY, HOUR, most=4)
    for point in curve(case, *tiers, most=4):
        plans = [programme.solve(point.bound, pair) for pair in product(range(5), repeat=2)]
        best = min(plan.objective for plan in plans if plan is not None)
        assert point.least <= best + 1e-6
        assert best - 1e-6 <= point.cost <= point.least + (0.1 + standby) * POLICY.standby_hours * HOUR + 1e-6
        assert point.tail_hours <= point.bound + 1e-6


@settings(max_examples=10, deadline=None)
@given(SEASONS, st.data())
def test_gaps_that_are_alike_may_be_one(hours: list[list[float]], data: st.DataObject) -> None:
    """A season of several gaps a day with two prices and two reaches costs the same if those that are alike are put together."""
    one = gaps(hours * 2, tiers=1)
    size = one.hours.size
    price, reach = (
        np.array(data.draw(st.lists(st.sampled_from(of), min_size=size, max_size=size))) for of in ((20.0, 40.0), (2.0, 4.0))
    )
    case = replace(one, scenario=one.scenario // 2, scenarios=len(hours), price=price, reach=reach.reshape(-1, 1))
    together = merged(case)
    assert together.hours.sum() == pytest.approx(case.hours.sum())
    kinds = set(zip(case.scenario.tolist(), case.day.tolist(), price.tolist(), reach.tolist(), strict=True))
    assert together.hours.size == len(kinds)
    apart, joint = (Programme(each, [tier(month_cap=2)], POLICY, HOUR, most=9).solve() for each in (case, together))
    assert apart is not None
    assert joint is not None
    assert joint.objective == pytest.approx(apart.objective, rel=1e-6, abs=1e-6)


def test_the_size_is_the_newsvendors_quantile() -> None:
    """One more member is worth ``reach x (price - pay)`` on the days that need it, and costs standby on all: a quantile of days."""
    hours = [[4.0 * k] for k in range(1, 41)]
    standby, gain = 0.1 * 4.0 * HOUR, 4.0 * (PRICE - 1.5 * HOUR)
    wanted = int(np.ceil(40 * (1 - standby / gain)))
    assert abs(curve(gaps(hours), tier())[0].sizes[0] - wanted) <= 1


def test_who_answers_counts_and_the_cap_of_the_month_binds() -> None:
    hours = [[8.0, 8.0, 8.0, 8.0]]
    sizes = {}
    for name, terms in {"all": {}, "half": {"answer_share": 0.5}, "capped": {"month_cap": 1}}.items():
        found = Programme(gaps(hours), [tier(standby_cost=0.01, **terms)], POLICY, HOUR, most=50).solve(0.0)
        assert found is not None
        sizes[name] = round(float(found.sizes[0]), 6)
    # two come a day: two members, four if half of them answer, eight if each may come once in the month
    assert sizes == {"all": 2, "half": 4, "capped": 8}


def test_what_a_head_is_worth_and_what_a_call_costs_at_least() -> None:
    """Eight hours are missing on one day; a duty of two hours is paid as three."""
    found = {
        name: Programme(gaps([[8.0]], reach=2.0), [tier(standby_cost=0.0, **terms)], POLICY, HOUR, most=20).solve(0.0)
        for name, terms in {"plain": {}, "slow": {"efficiency": 0.5}, "least": {"least_paid_minutes": 180}}.items()
    }
    paid = {name: plan.called for name, plan in found.items() if plan is not None}
    assert paid == pytest.approx({"plain": 8 * 15.0, "slow": 16 * 15.0, "least": 12 * 15.0})


def test_a_cap_is_of_one_month_of_one_scenario() -> None:
    one, two = (
        Programme(gaps([[8.0]] * many), [tier(standby_cost=0.01, month_cap=1)], POLICY, HOUR, most=50).solve(0.0) for many in (1, 2)
    )
    assert one is not None
    assert two is not None
    assert one.sizes == pytest.approx(two.sizes)


def test_a_bound_that_nobody_can_keep_is_an_answer() -> None:
    assert Programme(gaps([[40.0]]), [tier()], POLICY, HOUR, most=2).solve(10.0) is None


def test_worst_days_are_those_of_the_sorted_list() -> None:
    hours = [[1.0, 9.0, 5.0, 3.0], [2.0, 30.0, 0.0, 7.0]]
    found = Programme(gaps(hours), [tier()], POLICY, HOUR, most=0).solve()
    assert found is not None
    assert found.tail_hours(0.25) == pytest.approx((30.0 + 9.0) / 2)
    assert found.tail_hours(0.2) == pytest.approx((30.0 + 0.6 * 9.0) / 1.6)


@settings(max_examples=10, deadline=None)
@given(SEASONS)
def test_cost_falls_with_the_bound_and_is_convex(hours: list[list[float]]) -> None:
    """Of the linear relaxation; the value of a linear programme is convex in a right-hand side."""
    programme = Programme(gaps(hours), [tier()], POLICY, HOUR, most=200)
    free = programme.solve()
    assert free is not None
    bounds = np.linspace(0.1, 1.0, 7) * max(free.tail_hours(POLICY.tail), 1e-3)
    costs = [plan.objective for bound in bounds if (plan := programme.solve(float(bound)))]
    assert len(costs) == len(bounds)
    assert np.all(np.diff(costs) <= 1e-6 * (1 + costs[0]))
    assert np.all(np.diff(costs, 2) >= -1e-6 * (1 + costs[0]))


def test_the_price_of_the_tail_is_the_slope_of_the_curve() -> None:
    hours = [[float(k)] for k in range(1, 61)]
    programme = Programme(gaps(hours), [tier(standby_cost=0.4)], POLICY, HOUR, most=200)
    free = programme.solve()
    assert free is not None
    bound, step = 0.5 * free.tail_hours(POLICY.tail), 1e-3
    at, tighter = programme.solve(bound), programme.solve(bound - step)
    assert at is not None
    assert tighter is not None
    assert tighter.tail_price > 0
    assert (tighter.objective - at.objective) / step == pytest.approx(tighter.tail_price, rel=1e-3)


def test_points_get_safer_and_dearer_and_are_tried_on_other_days() -> None:
    random = np.random.default_rng(4)
    made, fresh = (gaps(random.gamma(0.4, 30.0, (30, 5)).tolist()) for _ in range(2))
    without, *points = cost_against_risk(made, fresh, [tier()], POLICY, HOUR, most=100)
    assert without.sizes == (0,)
    assert points[0].cost <= without.cost
    assert len(points) > 2
    for before, after in zip(points, points[1:], strict=False):
        assert after.tail_hours <= after.bound + 1e-6 < before.bound
        assert after.cost >= before.cost - 1e-6 * before.cost
    for point in points:
        # 30 seasons of 5 days: the interval of the fresh cost holds the cost that was claimed
        assert abs(point.fresh - point.cost) < 3 * point.fresh_half
