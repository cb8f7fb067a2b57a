"""The flow kernel against a linear programme, and the goal's own count against both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering import coverage
from optimizer.rostering.goals import coverage as goal


def least_cost(present: IntArray, heads: FloatArray, mask: BoolArray, prices: FloatArray) -> float:
    """Cheapest split of one slot by a dense linear programme; present (groups,), heads (queues,)."""
    groups, queues = mask.shape
    cost = np.concatenate([np.zeros(groups * queues), prices[0], prices[1]])
    rows = [np.concatenate([np.repeat(np.arange(groups) == g, queues), np.zeros(2 * queues)]) for g in range(groups)]
    for q in range(queues):
        one = np.arange(queues) == q
        rows.append(np.concatenate([np.tile(one, groups), one, -one.astype(float)]))
    limits = [(0, None if allowed else 0) for allowed in mask.ravel()] + [(0, None)] * (2 * queues)
    return float(linprog(cost, A_eq=np.array(rows, dtype=float), b_eq=np.concatenate([present, heads]), bounds=limits).fun)


def centre(rng: np.random.Generator, slots: int = 3) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Random heads (slots, queues), prices and skills of three queues and four groups."""
    mask = rng.random((4, 3)) < 0.5
    mask[np.arange(4), rng.integers(0, 3, 4)] = True
    return rng.integers(0, 5, (slots, 3)).astype(float), rng.uniform(0.5, 20, (2, 3)), mask


def wander(rng: np.random.Generator, flow: coverage.Flow, present: IntArray, steps: int) -> None:
    """Add and remove agents at random."""
    parent = np.empty(3, dtype=np.int64)
    for _ in range(steps):
        g, t = int(rng.integers(len(present))), int(rng.integers(present.shape[1]))
        if present[g, t] and rng.random() < 0.45:
            coverage.remove(flow, g, t, parent)
            present[g, t] -= 1
        else:
            coverage.add(flow, g, t, parent)
            present[g, t] += 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_history_of_adding_and_removing_ends_at_least_cost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads, prices, mask = centre(rng)
    flow, present = coverage.new_flow(heads, prices, mask), np.zeros((4, 3), dtype=np.int64)
    wander(rng, flow, present, 40)
    cheapest = sum(least_cost(present[:, t], heads[t], mask, prices) for t in range(3))
    assert coverage.cover_cost(flow) == pytest.approx(cheapest, rel=1e-9)
    assert (present == flow.placed.sum(axis=2).T).all()
    assert (flow.placed.sum(axis=1) == flow.served).all()
    assert not flow.placed[:, ~mask].any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_price_of_a_slot_is_what_one_agent_more_costs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads, prices, mask = centre(rng)
    flow, present = coverage.new_flow(heads, prices, mask), np.zeros((4, 3), dtype=np.int64)
    wander(rng, flow, present, 25)
    for g in range(4):
        asked = np.zeros(3)
        coverage.slot_prices(flow, g, 0, 3, asked)
        for t in range(3):
            more = present[:, t] + (np.arange(4) == g)
            added = least_cost(more, heads[t], mask, prices) - least_cost(present[:, t], heads[t], mask, prices)
            assert asked[t] == pytest.approx(added, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_balance_undoes_what_smoothing_did(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads, prices, mask = centre(rng)
    flow, present = coverage.new_flow(heads, prices, mask), np.zeros((4, 3), dtype=np.int64)
    smooth = coverage.smoothed(flow, 3.0)
    wander(rng, smooth, present, 40)
    coverage.balance(flow)
    cheapest = sum(least_cost(present[:, t], heads[t], mask, prices) for t in range(3))
    assert coverage.cover_cost(flow) == pytest.approx(cheapest, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_goal_counts_the_same_greedily_and_by_programme(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads, prices, mask = centre(rng, slots=5)
    present = rng.integers(0, 4, (4, 5))
    cheapest = sum(least_cost(present[:, t], heads[t], mask, prices) for t in range(5))
    assert goal._greedy(present, heads.T, mask, prices) == pytest.approx(cheapest)
    assert goal._programme(present, heads.T, mask, prices) == pytest.approx(cheapest)
