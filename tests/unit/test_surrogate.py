from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from data.model.errors import InvalidData
from optimizer.staffing.centre_model import CentreModel, SimulatedQueue, SkillGroup
from optimizer.staffing.multiskill.steady import SteadyInterval, probit, steady_interval
from optimizer.staffing.multiskill.surrogate import MEASURES, measures, routing_hash, train
from optimizer.staffing.queueing import evaluate

QUEUES = (
    SimulatedQueue("a", 240.0, patience=((1.0, 120.0),)),
    SimulatedQueue("b", 300.0, patience=((0.5, 60.0), (0.5, 240.0)), threshold_s=30.0),
    SimulatedQueue("c", 180.0, patience=((1.0, 90.0),)),
)
GROUPS = (SkillGroup("a", ("a",)), SkillGroup("b", ("b",)), SkillGroup("c", ("c",)), SkillGroup("ab", ("a", "b"), levels=(1, 1)))
CENTRE = CentreModel(QUEUES, GROUPS, 1800.0, 1)
RATES = np.array([9.0, 7.0, 4.0]) / [240, 300, 180]
PLAN = np.array([7, 6, 6, 5])


@pytest.fixture(scope="module")
def interval():
    return SteadyInterval(CENTRE, RATES)


@pytest.fixture(scope="module")
def trained(interval):
    return train([(interval, PLAN)], seed=4, simulations=120, calls=8_000)


def test_measures_of_separate_queues_are_their_erlang_a(interval):
    heads = np.array([[10, 8, 6, 0]])
    seen = measures(interval, heads)[0]
    assert seen.shape == (3, MEASURES)
    exact = probit(evaluate([10, 8, 6], RATES, [240.0, 300.0, 180.0], [120.0, 96.0, 90.0], [20.0, 30.0, 20.0]).service_level)
    # the share of a queue, its component and what the others leave are all the queue's own agents
    for column in (0, 1, 3):
        np.testing.assert_allclose(seen[:, column], exact, atol=1e-9)
    np.testing.assert_allclose(seen[:, 4], [0.9, 7 / 8, 4 / 6])
    assert seen[:, 18].tolist() == [1, 1, 1]


def test_measures_of_queues_that_share(interval):
    # 9 + 7 Erlang on 2 + 2 of their own and 16 shared
    seen = measures(interval, np.array([[2, 2, 6, 16]]))[0]
    np.testing.assert_allclose(seen[:2, 4], 16 / 20)
    assert seen[:, 18].tolist() == [2, 2, 1]
    np.testing.assert_allclose(seen[:2, 11], [1 - 2 * 0.8 / 9, 1 - 2 * 0.8 / 7])
    np.testing.assert_allclose(seen[:, 12], [2 / 9, 2 / 7, 6 / 4])
    assert (seen[:2, 1] > seen[:2, 0]).all()


def test_slower_groups_count_for_less():
    slow = replace(CENTRE, groups=(*GROUPS[:2], replace(GROUPS[2], pace=(2.0,)), GROUPS[3]))
    seen = measures(SteadyInterval(slow, RATES), np.array([[10, 8, 12, 0]]))
    np.testing.assert_allclose(seen[0, 2], measures(SteadyInterval(CENTRE, RATES), np.array([[10, 8, 6, 0]]))[0, 2], atol=1e-9)


def test_held_out_error_is_small_and_true(interval, trained):
    heads = np.array([[8, 7, 6, 4], [7, 5, 5, 6], [6, 6, 6, 5]])
    truth = np.array([interval.run(each, calls=200_000, seed=77).service_levels(axis=(0,))[1:].mean(axis=0) for each in heads])
    error = np.abs(ndtr(trained.probits(interval, heads)) - truth)
    assert trained.mae < 0.035
    assert trained.mae < trained.p95 < 0.12
    assert error.mean() < 0.03
    # one pool for everybody is far off
    assert np.abs(ndtr(measures(interval, heads)[..., 2]) - truth).mean() > 2 * error.mean()


def test_the_same_seed_trains_the_same_side_by_side(interval):
    given = {"seed": 9, "simulations": 30, "calls": 2_000}
    with ThreadPoolExecutor(2) as executor:
        beside = train([(interval, PLAN)], **given, executor=executor)
    alone = train([(interval, PLAN)], **given)
    other = train([(interval, PLAN)], **given | {"seed": 10})
    assert (alone.coefficients == beside.coefficients).all()
    assert (alone.mae, alone.p95) == (beside.mae, beside.p95)
    assert (alone.coefficients != other.coefficients).any()


def test_a_queue_without_calls_has_no_estimate(trained):
    quiet = SteadyInterval(CENTRE, RATES * [1, 1, 0])
    level = trained.probits(quiet, PLAN[None])[0]
    assert np.isnan(level).tolist() == [False, False, True]


def test_it_serves_the_routing_that_it_was_trained_for(trained):
    assert trained.routing == routing_hash(replace(CENTRE, slot_s=900.0, slots=4))
    groups = (*GROUPS[:3], replace(GROUPS[3], levels=(0, 1)))
    with pytest.raises(InvalidData) as raised:
        trained.probits(SteadyInterval(replace(CENTRE, groups=groups), RATES), PLAN[None])
    assert raised.value.findings[0].expected == trained.routing


def test_an_interval_takes_calls_and_handle_time_of_its_slot():
    queues = (replace(QUEUES[0], handle_time_s=np.array([200.0, 400.0]), closes_s=(3600.0,)), *QUEUES[1:])
    centre = CentreModel(queues, GROUPS, 1800.0, 2)
    interval = steady_interval(centre, np.array([[1.0, 18.0], [2.0, 36.0], [0.0, 9.0]]), 1)
    np.testing.assert_allclose(interval.rates, [0.01, 0.02, 0.005])
    np.testing.assert_allclose(interval.load, [4, 6, 0.9])
    assert interval.model.slots == 1
    assert interval.model.queues[0].closes_s == ()


def test_a_long_run_agrees_with_erlang_a():
    queue = SimulatedQueue("a", 60.0, law="exponential", patience=((1.0, 120.0),))
    interval = SteadyInterval(CentreModel((queue,), (SkillGroup("a", ("a",)),), 1800.0, 1), np.array([48 / 60]))
    run = interval.run(np.array([50]), calls=400_000, seed=1, runs=2)
    counted = run.service.offered[:, :, 1:].sum()
    assert abs(counted - 400_000) < 100
    level = run.service.answered_in_time[:, :, 1:].sum() / counted
    assert level == pytest.approx(0.94301895, abs=0.004)


def test_who_hangs_up_at_once_says_nothing_about_the_patience_of_the_others():
    queue = SimulatedQueue("a", 60.0, patience=((0.1, 0.0), (0.3, 60.0), (0.6, 240.0)))
    interval = SteadyInterval(CentreModel((queue,), (SkillGroup("a", ("a",)),), 1800.0, 1), np.array([0.5]))
    np.testing.assert_allclose(interval.hang_up, [(0.3 / 60 + 0.6 / 240) / 0.9])
