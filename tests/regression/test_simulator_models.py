"""The simulator against exact queues and the published examples of the ContactCenters library."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from optimizer.staffing.centre_model import CentreModel, SimulatedQueue, SkillGroup, steady
from optimizer.staffing.queueing import evaluate
from optimizer.staffing.simulate import Simulation, simulate

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "queueing"
WARM = 4
RUNS = 24


def one_queue(slots: int, **options) -> CentreModel:
    return CentreModel((SimulatedQueue("q", **options),), (SkillGroup("g", ("q",)),), 1800.0, slots)


def score(values, exact: float) -> float:
    values = np.asarray(values, dtype=float)
    return abs(values.mean() - exact) / (values.std(ddof=1) / np.sqrt(values.size))


def settled(ran: Simulation, name: str):
    """Sums over the slots after the warm-up, one for each replication."""
    return getattr(ran.service, name)[:, 0, WARM:].sum(axis=1)


@pytest.mark.parametrize(
    ("agents", "load", "handle", "patience", "seed"), [(50, 48, 60, 120, 1), (10, 10, 180, 60, 2), (200, 205, 300, 150, 3)]
)
def test_long_runs_agree_with_erlang_a(agents, load, handle, patience, seed):
    exact = evaluate(agents, load / handle, handle, patience, 20)
    queue = one_queue(48 + WARM, handle_time_s=handle, law="exponential", patience=((1.0, patience),))
    ran = simulate(queue, np.full((1, 48 + WARM), 1800 * load / handle), steady([agents], queue), seed=seed, replications=RUNS)
    offered = settled(ran, "offered")
    assert score(settled(ran, "answered_in_time") / offered, float(exact.service_level)) < 4
    assert score(settled(ran, "abandoned") / offered, float(exact.abandon_rate)) < 4
    virtual = evaluate(agents, load / handle, handle, patience, 20, "virtual_wait")
    assert score(settled(ran, "reached_in_time") / offered, float(virtual.service_level)) < 4


def test_a_finite_room_agrees_with_the_exact_chain():
    """Row K1 of the oracles: 30 agents, 36 places, 33 Erlang."""
    queue = one_queue(48 + WARM, handle_time_s=120, law="exponential", patience=((1.0, 100.0),), threshold_s=15, room=6)
    ran = simulate(queue, np.full((1, 48 + WARM), 1800 * 33 / 120), steady([30], queue), seed=4, replications=RUNS)
    offered = settled(ran, "offered")
    assert score(settled(ran, "blocked") / offered, 0.072032275) < 4
    assert score(settled(ran, "abandoned") / offered, 0.063867946) < 4
    assert score(settled(ran, "answered_in_time") / offered, 0.70925919) < 4


@pytest.mark.skipif(not DATA.exists(), reason=f"no benchmark data at {DATA}")
@pytest.mark.parametrize(("patience", "room", "published"), [(0, None, "MMC"), (60, None, "MMCAb"), (0, 5, "MMCBlocked")])
def test_the_published_examples_come_out(patience, room, published):
    """A day of 480 minutes that starts empty: 4.2 calls a minute, two minutes each, 12 agents, threshold 20 s."""
    stated = json.loads((DATA / "models.json").read_text())[published]["published"]
    queue = SimulatedQueue(
        "q", 120.0, law="exponential", patience=((1.0, float(patience)),) if patience else (), threshold_s=20.0, room=room
    )
    model = CentreModel((queue,), (SkillGroup("g", ("q",)),), 1800.0, 16)
    ran = simulate(model, np.full((1, 16), 126.0), steady([12], model), seed=5, replications=1000)
    service = ran.service
    assert service.answered_in_time.sum() / 1000 == pytest.approx(stated["in_target_mean"], rel=0.002)
    assert float(service.levels("answered")) == pytest.approx(stated.get("SL", stated.get("SL0")), abs=0.003)
    assert float(service.mean_waits_s()) / 60 == pytest.approx(stated.get("ASA", stated.get("ASA_served")), abs=0.003)
    # theirs counts the day alone, ours the calls that end after it as well
    assert ran.occupancy[0] == pytest.approx(stated["occupancy"] + 8.4 * 2 / (12 * 480), abs=0.004)
    for name, key in (("abandoned", "abandoned_mean"), ("blocked", "blocked_mean")):
        if key in stated:
            assert getattr(service, name).sum() / 1000 == pytest.approx(stated[key], rel=0.03)


@pytest.mark.skipif(not DATA.exists(), reason=f"no benchmark data at {DATA}")
def test_a_centre_with_a_busyness_of_the_day_comes_out():
    """CallCC: thirteen hours, gamma busyness of the day, one caller in ten hangs up at once; all is over 1,660 calls."""
    stated = json.loads((DATA / "models.json").read_text())["CallCC"]
    queue = SimulatedQueue("q", 100.0, law="exponential", patience=((0.1, 0.0), (0.9, 1000.0)), closing="serve")
    model = CentreModel((queue,), (SkillGroup("g", ("q",)),), 3600.0, 13)
    runs, rng = 4000, np.random.default_rng(6)
    busyness = rng.gamma(10.0, 0.1, runs)
    calls = busyness[:, None, None] * np.array(stated["arrivals_per_hour"], dtype=float)
    ran = simulate(model, calls, steady([stated["agents"]], model), seed=6, replications=runs)
    service, published = ran.service, stated["published"]
    assert service.offered.sum() / runs == pytest.approx(published["arrivals_mean"], rel=0.03)
    every = runs * 1660
    assert (service.answered_in_time + service.abandoned_short).sum() / every == pytest.approx(
        published["prop_wait_lt_20s"], abs=0.02
    )
    assert service.abandoned.sum() / every == pytest.approx(published["prop_lost"], abs=0.006)
    waits = service.wait_sum.sum() + service.abandoned_wait_sum.sum()
    assert waits / every == pytest.approx(published["mean_wait_s"], abs=3.0)
