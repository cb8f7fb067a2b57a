"""The flow kernel against a linear programme on random convex curves; the goal's own count against both."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import random_problem
from scipy.optimize import linprog

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import ServiceTarget
from data.model.demand import Requirement
from data.model.roster import Roster
from optimizer.rostering import coverage
from optimizer.rostering.curves import Curves
from optimizer.rostering.frame import presence
from optimizer.rostering.goals import coverage as goal
from optimizer.rostering.problem import RosterProblem

EVERYONE = 60.0


def segments(curves: Curves) -> tuple[FloatArray, FloatArray]:
    """Lengths and slopes of the pieces of all curves; shapes (queues, slots, pieces)."""
    edges = np.concatenate([np.zeros((*curves.first.shape, 1)), curves.bend, curves.bend[:, :, -1:] + EVERYONE], axis=2)
    slope = curves.first[:, :, None] + np.concatenate([np.zeros((*curves.first.shape, 1)), curves.step.cumsum(axis=2)], axis=2)
    return np.diff(edges, axis=2).swapaxes(0, 1), slope.swapaxes(0, 1)


def least_cost(present: IntArray, curves: Curves, t: int, mask: BoolArray) -> float:
    """Cheapest split of one slot by a dense linear programme; present (groups,)."""
    (groups, queues), (length, slope) = mask.shape, (part[:, t] for part in segments(curves))
    pieces = length.shape[1]
    rows = [np.concatenate([np.repeat(np.arange(groups) == g, queues), np.zeros(length.size)]) for g in range(groups)]
    for q in range(queues):
        one = np.arange(queues) == q
        rows.append(np.concatenate([np.tile(one, groups), -np.repeat(one, pieces).astype(float)]))
    limits = [(0, None if allowed else 0) for allowed in mask.ravel()] + [(0, most) for most in length.ravel()]
    cost = np.concatenate([np.zeros(groups * queues), slope.ravel()])
    answer = linprog(cost, A_eq=np.array(rows, dtype=float), b_eq=np.concatenate([present, np.zeros(queues)]), bounds=limits)
    return float(answer.fun) + float(curves.cost(np.zeros(curves.first.shape))[t].sum())


def least_of(present: IntArray, curves: Curves, mask: BoolArray) -> float:
    return sum(least_cost(present[:, t], curves, t, mask) for t in range(present.shape[1]))


def centre(rng: np.random.Generator, slots: int = 3, bends: int = 4) -> tuple[Curves, BoolArray]:
    """Random convex curves and skills of three queues and four groups; now and then bends coincide or have no step."""
    shape = slots, 3, int(rng.integers(1, bends + 1))
    bend, step = np.sort(rng.integers(0, 8, shape), axis=2).astype(float), rng.uniform(0, 9, shape) * (rng.random(shape) < 0.8)
    first = -step.sum(axis=2) * rng.uniform(0.3, 1, shape[:2])
    mask = rng.random((4, 3)) < 0.5
    mask[np.arange(4), rng.integers(0, 3, 4)] = True
    return Curves(first, bend, step), mask


def wander(rng: np.random.Generator, flow: coverage.Flow, present: IntArray, steps: int) -> None:
    """Add and remove agents at random."""
    for _ in range(steps):
        g, t = int(rng.integers(len(present))), int(rng.integers(present.shape[1]))
        if present[g, t] and rng.random() < 0.45:
            coverage.remove_one(flow, g, t)
            present[g, t] -= 1
        else:
            coverage.add_one(flow, g, t)
            present[g, t] += 1


def wandered(rng: np.random.Generator, steps: int) -> tuple[Curves, BoolArray, coverage.Flow, IntArray]:
    curves, mask = centre(rng)
    flow, present = coverage.new_flow(curves, mask), np.zeros((4, 3), dtype=np.int64)
    wander(rng, flow, present, steps)
    return curves, mask, flow, present


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_history_of_adding_and_removing_ends_at_least_cost(seed: int) -> None:
    curves, mask, flow, present = wandered(np.random.default_rng(seed), 40)
    assert coverage.cover_cost(flow) == pytest.approx(least_of(present, curves, mask), rel=1e-9, abs=1e-9)
    assert (present == flow.placed.sum(axis=2).T).all()
    assert (flow.placed.sum(axis=1) == flow.served).all()
    assert not flow.placed[:, ~mask].any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_price_of_a_slot_is_what_one_agent_more_costs(seed: int) -> None:
    curves, mask, flow, present = wandered(np.random.default_rng(seed), 25)
    for g in range(4):
        asked = np.zeros(3)
        coverage.slot_prices(flow, g, 0, 3, asked)
        for t in range(3):
            more = present[:, t] + (np.arange(4) == g)
            added = least_cost(more, curves, t, mask) - least_cost(present[:, t], curves, t, mask)
            assert asked[t] == pytest.approx(added, abs=1e-7)
            assert coverage.price_of(flow, g, t) == asked[t]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_refund_is_what_the_slot_is_cheaper_by_with_the_agent(seed: int) -> None:
    curves, mask, flow, present = wandered(np.random.default_rng(seed), 40)
    for g, t in np.argwhere(present).tolist():
        fewer = present[:, t] - (np.arange(4) == g)
        added = least_cost(present[:, t], curves, t, mask) - least_cost(fewer, curves, t, mask)
        assert coverage.refund(flow, g, t) == pytest.approx(added, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_balance_undoes_what_smoothing_did(seed: int) -> None:
    rng = np.random.default_rng(seed)
    curves, mask = centre(rng)
    flow, present = coverage.new_flow(curves, mask), np.zeros((4, 3), dtype=np.int64)
    smooth = coverage.smoothed(flow, curves, np.full((3, 3), 3.0))
    wander(rng, smooth, present, 40)
    coverage.refresh(flow)
    coverage.balance(flow)
    assert coverage.cover_cost(flow) == pytest.approx(least_of(present, curves, mask), rel=1e-9, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_goal_counts_the_same_greedily_and_by_programme(seed: int) -> None:
    rng = np.random.default_rng(seed)
    curves, mask = centre(rng, slots=5)
    present = rng.integers(0, 4, (4, 5))
    cheapest = least_of(present, curves, mask) - float(curves.cost(np.zeros((5, 3))).sum())
    assert goal._greedy(present, *segments(curves), mask) == pytest.approx(cheapest)
    assert goal._programme(present, *segments(curves), mask) == pytest.approx(cheapest)


def told(rng: np.random.Generator, problem: RosterProblem) -> RosterProblem:
    """The problem with calls, shrinkage, staffing curves and least staff drawn at random, some slots without any."""
    need, shape = problem.requirement, problem.requirement.heads.shape
    points = int(rng.integers(1, 12))
    curve = np.sort(rng.uniform(0, 1, (*shape, points)) ** rng.uniform(0.1, 2, (*shape, 1)), axis=2)
    known = rng.random((*shape, 1)) < 0.8
    made = Requirement(
        queues=need.queues,
        grid=need.grid,
        on_phone=rng.integers(0, 7, shape),
        heads=rng.integers(0, 8, shape) * (rng.random(shape) < 0.8),
        calls=rng.uniform(0, 30, shape) * (rng.random(shape) < 0.7),
        handle_time_s=need.handle_time_s,
        curve_first=rng.integers(0, 5, shape),
        curve=np.where(known, curve, 1.0),
        shrinkage=rng.choice([0.0, 0.1, 0.3], shape),
        binding=need.binding,
    )
    deferred = {"channel": "deferred", "due_minutes": 600}
    queues = tuple(
        queue.model_copy(
            update={"min_staff": int(rng.integers(4)), "over_cost": float(rng.choice([0, 1.7]))}
            | {"target": ServiceTarget(service_level=float(rng.uniform(0.1, 0.99)))}
            | (deferred if rng.random() < 0.2 else {})
        )
        for queue in problem.centre.queues
    )
    return replace(problem, requirement=made, centre=problem.centre.model_copy(update={"queues": queues}))


def drawn(rng: np.random.Generator, problem: RosterProblem) -> Roster:
    """A roster of whole hours, whatever the rules say."""
    shape = len(problem.agents), problem.grid.horizon.days
    start, minutes = rng.integers(-4, 20, shape) * 60, rng.integers(1, 12, shape) * 60
    start, meal = np.where(start < 0, -1, start), np.where(rng.random(shape) < 0.5, 180, -1)
    names, codes = tuple(agent.id for agent in problem.agents), problem.alphabet.codes
    return Roster(names, problem.grid.horizon, codes, np.zeros(shape, dtype=np.int64), start, minutes, meal, 60 * (meal >= 0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["heads", "service", "calls"]))
def test_the_engines_are_charged_what_the_roster_is_measured_to_cost(seed: int, by: str) -> None:
    rng = np.random.default_rng(seed)
    problem = replace(told(rng, random_problem(rng, int(rng.integers(1, 25)), 2, 3)), first_open=int(rng.integers(2)))
    numbers = {"min_heads_cost": rng.uniform(1, 5), "bends": int(rng.integers(1, 7)), "call_cost": rng.uniform(0.1, 5)}
    params = goal.Params.model_validate({"by": by} | numbers)
    roster, first = drawn(rng, problem), 24 * problem.first_open
    made = goal.charge(params, problem).curves
    assert made is not None
    assert (made.first <= 0).all()
    assert (made.step >= 0).all()
    assert (np.diff(made.bend, axis=2) >= 0).all()
    flow = coverage.new_flow(made.of(slice(first, None)), problem.group_mask)
    coverage.add_many(flow, presence(problem, roster, np.ones(roster.start.shape, dtype=bool)))
    assert goal.measure(params, problem, roster) == pytest.approx(coverage.cover_cost(flow), abs=1e-6, rel=1e-9)
