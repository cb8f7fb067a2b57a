"""The carried load on two-hump days: what the staffing found reaches in simulation, and what forgetting costs."""

import numpy as np
import pytest

from data.model.centre import ServiceTarget
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.queueing import least_agents
from optimizer.staffing.transient import forward_search, transient

SLOT_S, PATIENCE_S, TARGET = 1800.0, 150.0, ServiceTarget()


def two_humps(peak, handle):
    """Calls per second in half hours."""
    hour = (np.arange(48) + 0.5) / 2
    shape = np.exp(-0.5 * ((hour - 10.5) / 1.8) ** 2) + 0.8 * np.exp(-0.5 * ((hour - 16) / 2.2) ** 2)
    return peak / handle * np.maximum(shape / shape.max(), 0.05)


def simulated(calls, handle, agents, law, days, seed):
    came = np.random.default_rng(seed).poisson(calls * SLOT_S, (days, calls.size))
    return simulate_day(
        came, SLOT_S, handle, 0.95, PATIENCE_S, agents, TARGET.threshold_s, seed=seed, replications=days, law=law
    )  # fmt: skip


# peak load, handle time, days (fewer where calls are many), bias allowed for a lognormal handle time
@pytest.mark.parametrize(
    ("peak", "handle", "days", "lognormal"), [(50, 300, 400, 0.01), (300, 300, 250, 0.015), (300, 1200, 300, 0.01)]
)
def test_day_service_level_agrees_with_simulation(peak, handle, days, lognormal):
    calls = two_humps(peak, handle)
    agents, expected = forward_search(calls, handle, PATIENCE_S, SLOT_S, TARGET)
    assert (expected.service_level >= TARGET.service_level).all()
    for law, bias in (("exponential", 0.005), ("lognormal", lognormal)):
        seen = simulated(calls, handle, agents, law, days, 11)
        assert abs(seen.service_level - expected.service_levels()) < bias, law
        assert abs(seen.abandon_rate - (1 - expected.answered.sum() / expected.offered.sum())) < 0.005
        assert abs(seen.occupancy - expected.busy.sum() / expected.on_duty.sum()) < 0.01


def test_leavers_who_finish_their_call_are_what_the_plain_solver_misses():
    calls = two_humps(300, 1200)
    agents, expected = forward_search(calls, 1200, PATIENCE_S, SLOT_S, TARGET)
    plain = transient(calls, 1200, PATIENCE_S, agents, SLOT_S, TARGET.threshold_s, departing=False)
    seen = simulated(calls, 1200, agents, "exponential", 200, 12)
    assert seen.service_level - plain.service_levels() > 0.03
    assert abs(seen.service_level - expected.service_levels()) < 0.01


def test_staffing_each_slot_by_its_own_rate_wastes_what_leavers_still_do():
    """Without leavers who finish their call the same staffing would look short in a third of the slots."""
    calls = two_humps(300, 1200)
    forgetful, _ = least_agents(calls, 1200, PATIENCE_S, TARGET)
    agents, expected = forward_search(calls, 1200, PATIENCE_S, SLOT_S, TARGET)
    reached, plain = (
        transient(calls, 1200, PATIENCE_S, forgetful, SLOT_S, TARGET.threshold_s, departing=departing)
        for departing in (True, False)
    )
    assert agents.sum() < 0.98 * forgetful.sum()
    busy = calls > 0.1 * calls.max()
    assert np.abs(expected.service_level - 0.8)[busy].mean() < 0.25 * np.abs(reached.service_level - 0.8)[busy].mean()
    assert (plain.service_level < 0.79).mean() > 0.25
    assert plain.service_level.min() < 0.65


def test_one_less_is_short_in_a_month_of_six_queues():
    """Of a month of six queues, a slot in 43 of the first ten days is tried with one agent less."""
    peaks, handle = np.array([3, 20, 60, 120, 250, 400]), np.array([180.0, 240, 300, 420, 600, 300])
    noise = np.exp(0.08 * np.random.default_rng(1).standard_normal((6, 30, 1)))
    calls = (noise * np.stack([two_humps(*pair) for pair in zip(peaks, handle, strict=True)])[:, None]).reshape(6, -1)
    agents, seen = forward_search(calls, handle[:, None], PATIENCE_S, SLOT_S, TARGET)
    assert (seen.service_level >= TARGET.service_level).all()
    again = transient(calls, handle[:, None], PATIENCE_S, agents, SLOT_S, TARGET.threshold_s)
    np.testing.assert_allclose(again.service_level, seen.service_level, atol=1e-9)
    for slot in range(5, 480, 43):
        fewer = agents[:, : slot + 1].copy()
        fewer[:, slot] -= 1
        at = transient(calls[:, : slot + 1], handle[:, None], PATIENCE_S, fewer, SLOT_S, TARGET.threshold_s)
        assert (at.service_level[:, slot][fewer[:, slot] > 0] < TARGET.service_level).all()
