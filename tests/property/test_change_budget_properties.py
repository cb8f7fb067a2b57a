"""Change budgets under every goal at once: no limit is passed, costs are the verifier's and fall as more may change."""

from dataclasses import replace
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_search_goals import full_problem

from data.model.change_budget import ChangeBudget, NoticeClass, Priced
from data.model.splice import differing
from optimizer.rostering.change_budget import price_list, within
from optimizer.rostering.change_budget_pool import Pool, Stand
from optimizer.rostering.frame import frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.search.month import start_lines
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

SEEDS = st.integers(0, 3)
MOST = st.none() | st.integers(0, 12)


@cache
def case(seed: int) -> tuple[RosterProblem, tuple[Priced, ...]]:
    """The second week of a fortnight under every goal, with other demand, and its price list."""
    problem = full_problem(seed)
    month = solve(problem, budget=Budget(sweeps=3, bound_steps=0)).roster
    assert month is not None
    heads = np.roll(problem.requirement.heads, 4, axis=1)
    changed = replace(problem.requirement, heads=heads, on_phone=heads)
    week = replace(problem, base=month, requirement=changed, first_open=7, end_open=12, rhythm="week")
    found = solve(week, budget=Budget(sweeps=6, bound_steps=0))
    assert found.roster is not None
    return week, price_list(week, found.roster, (0, 1, 2, 4, 8, 16), bound_steps=5)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_a_list_is_legal_verified_monotone_and_above_its_bound(seed: int) -> None:
    problem, found = case(seed)
    forced = len(found[0].changes)
    for one in found:
        verdict = verify(problem, one.roster)
        assert not verdict.faults
        assert abs(sum(verdict.costs.values()) - one.cost) < 1e-6
        assert len(one.changes) <= max(one.most, forced)
        assert one.bound <= one.cost + 1e-6
    assert all(b.cost <= a.cost + 1e-9 for a, b in zip(found, found[1:], strict=False))


@settings(max_examples=25, deadline=None)
@given(SEEDS, MOST, MOST, MOST, MOST, MOST, st.integers(3, 13))
def test_no_limit_is_passed(
    seed: int, people: int | None, hours: int | None, changes: int | None, soon: int | None, later: int | None, day: int
) -> None:
    problem, priced = case(seed)
    base = problem.base
    assert base is not None
    classes = (
        NoticeClass(name="soon", name_zh="近", below_days=3, most=soon),
        NoticeClass(name="later", name_zh="远", most=later),
    )
    now = base.instant(day, 600)
    budget = ChangeBudget(max_people=people, max_hours=hours, max_changes=changes, classes=classes)
    found = within(problem, priced, budget, now)
    forced = {change.agent for change in priced[0].changes}
    if not forced:
        assert all(one.most is None or one.used <= one.most for one in found.used)
        assert not differing(base, found.priced.roster)[:, : min(day, 12)].any()
    assert found.priced.cost <= priced[0].cost + 1e-6
    assert not verify(problem, found.priced.roster).faults
    names = {one.name for one in found.used}
    assert all(one.reasons and set(one.reasons) <= names and one.gain > 0 for one in found.refused)


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(0, 6), st.integers(0, 99))
def test_another_line_costs_what_the_verifier_says(seed: int, a: int, drawn: int) -> None:
    problem, priced = case(seed)
    frame = frame_of(problem)
    pool = Pool.of(frame, [start_lines(frame, one.roster) for one in priced])
    stand = Stand(pool, pool.changed.sum(axis=2)[:, :, None], np.array([0]))
    stand.take(pool.taking(drawn % len(pool.own)))
    choice, told = stand.choice.copy(), stand.line_costs(a)
    costs = {}
    for k in np.flatnonzero(np.isfinite(told)).tolist():
        choice[a] = k
        costs[k] = told[k] - sum(verify(problem, pool.roster(choice)).costs.values())
    assert np.allclose(list(costs.values()), next(iter(costs.values()), 0.0))
