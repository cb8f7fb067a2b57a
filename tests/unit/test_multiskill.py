from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from data.model.centre import ServiceTarget
from data.model.errors import InvalidData
from optimizer.staffing.centre_model import CentreModel, SimulatedQueue, SkillGroup, steady
from optimizer.staffing.multiskill.bracket import bracket
from optimizer.staffing.multiskill.day import DayRepair, short
from optimizer.staffing.multiskill.margins import Margins, settled_margins, slot_margins
from optimizer.staffing.multiskill.requirement import multi_skill_requirement
from optimizer.staffing.multiskill.search import Effort, SteadySearch
from optimizer.staffing.multiskill.steady import steady_interval
from optimizer.staffing.queueing import evaluate, least_agents
from optimizer.staffing.simulate import simulate

TARGET = ServiceTarget()
QUICK = Effort(training=60, training_calls=8_000, trial_calls=40_000, settled_calls=200_000, trials=4, patience=1, days=60)


def centre(queues=2, flexible=True, specialists=True, slots=1):
    names = [f"q{k}" for k in range(queues)]
    streams = tuple(SimulatedQueue(name, 300.0, patience=((1.0, 150.0),)) for name in names)
    groups = [SkillGroup(name, (name,)) for name in names if specialists]
    groups += [SkillGroup("all", tuple(names), levels=(queues - 1,) * queues)] if flexible else []
    return CentreModel(streams, tuple(groups), 1800.0, slots)


def calls_of(*loads):
    return np.array(loads, dtype=float)[:, None] * 1800 / 300


def interval_of(model, *loads):
    return steady_interval(model, calls_of(*loads), 0)


@pytest.fixture(scope="module")
def small():
    """Two queues of 8 and 5 Erlang with at most 4 agents for both."""
    return multi_skill_requirement(centre(), calls_of(8, 5), [TARGET] * 2, seed=3, most=[np.inf, np.inf, 4], effort=QUICK)


# -- bounds --------------------------------------------------------------------------------------------------------------------


def test_bounds_of_separate_queues_are_their_erlang_a():
    bounds = bracket(interval_of(centre(flexible=False), 30, 12), [TARGET] * 2, np.ones(2), np.full(2, np.inf))
    alone = least_agents([30 / 300, 12 / 300], 300.0, 150.0, TARGET)[0]
    assert bounds.lower.tolist() == bounds.upper.tolist() == alone.tolist()


def test_an_agent_of_two_skills_counts_once():
    bounds = bracket(interval_of(centre(specialists=False), 30, 30), [TARGET] * 2, np.ones(1), np.array([np.inf]))
    assert bounds.lower_cost == least_agents(60 / 300, 300.0, 150.0, TARGET)[0] == 61
    assert bounds.upper_cost == 64


def test_every_set_of_queues_bounds_the_heads():
    # three queues, the pool of q0 and q1 cannot lend to q2
    groups = (*centre(3, flexible=False).groups, SkillGroup("01", ("q0", "q1")))
    model = replace(centre(3), groups=groups)
    bounds = bracket(interval_of(model, 20, 20, 20), [TARGET] * 3, np.array([1, 1, 1, 1.01]), np.full(4, np.inf))
    pool = {load: int(least_agents(load / 300, 300.0, 150.0, TARGET)[0]) for load in (20, 40)}
    assert bounds.lower[2] == pool[20]
    assert bounds.lower[[0, 1, 3]].sum() == pool[40]
    assert bounds.lower[[0, 3]].sum() >= pool[20]
    assert bounds.upper.tolist() == [pool[20]] * 3 + [0]


def test_bounds_keep_to_the_most_heads_and_the_cheaper_group():
    interval = interval_of(centre(), 30, 30)
    dear = bracket(interval, [TARGET] * 2, np.array([1, 1, 5.0]), np.full(3, np.inf))
    assert dear.lower[2] == dear.upper[2] == 0
    few = bracket(interval, [TARGET] * 2, np.ones(3), np.array([20, 25, np.inf]))
    assert (few.lower <= [20, 25, np.inf]).all()
    assert few.upper.sum() == 64
    own = bracket(interval, [TARGET] * 2, np.ones(3), np.array([31, 31, 0]))
    assert own.reason == "q0: one pool would need 32 agents, the groups that answer may have 31 heads"
    # enough for a pool, not for agents of their own
    pooled = bracket(interval, [TARGET] * 2, np.ones(3), np.array([0, 0, 61]))
    assert (pooled.lower_cost, pooled.upper_cost, pooled.upper.size, pooled.reason) == (61, np.inf, 0, "")


# -- margins -------------------------------------------------------------------------------------------------------------------


def test_margins_are_sums_over_sums_and_know_their_noise():
    model = centre(flexible=False, slots=3)
    calls = np.array([[60.0, 0.0, 90.0], [30.0, 60.0, 0.0]])
    days = simulate(model, calls, steady(np.array([12, 8]), model), seed=2, replications=400)
    answered = slot_margins(days, [replace_target(min_answer_rate=0.999, service_level=0.01)] * 2).margin
    np.testing.assert_allclose(answered[0, 2], days.service.answer_rates(0)[0, 2] - 0.999)
    at = slot_margins(days, [TARGET, replace_target(max_abandon_rate=0.01, min_answer_rate=0.995)])
    service = days.service
    level = service.answered_in_time.sum(axis=0)[0, 2] / service.offered.sum(axis=0)[0, 2]
    assert at.level[0, 2] == pytest.approx(level)
    assert at.margin[0, 2] == pytest.approx(level - 0.8)
    assert np.isnan(at.margin[[0, 1], [1, 2]]).all()
    lost = service.abandoned.sum(axis=0)[1, 1] / service.offered.sum(axis=0)[1, 1]
    assert at.margin[1, 1] == pytest.approx(min(at.level[1, 1] - 0.8, 0.01 - lost, 0.005 - lost))
    # the spread over independent thirds of the days agrees with the stated error
    thirds = [days_of(days, rows) for rows in np.array_split(np.arange(400), 20)]
    assert np.std([third[0, 2] for third in thirds]) == pytest.approx(at.error[0, 2] * 20**0.5, rel=0.5)


def replace_target(**changes):
    return TARGET.model_copy(update=changes)


def days_of(days, rows):
    return days.service.answered_in_time[rows].sum(axis=0) / np.maximum(days.service.offered[rows].sum(axis=0), 1)


def test_the_slowest_answer_and_the_busiest_agents_bound_too():
    model = centre(1, flexible=False)
    interval = steady_interval(model, calls_of(30), 0)
    run = interval.run(np.array([34]), calls=300_000, seed=5)
    exact = evaluate(34, 30 / 300, 300.0, 150.0, 20.0)
    for name, bound, reached in (("max_asa_s", 4.0, float(exact.asa_s)), ("max_occupancy", 0.7, float(exact.occupancy))):
        margin = settled_margins(run, [replace_target(**{name: bound})]).margin[0, 0]
        scale = bound if name == "max_asa_s" else 1
        assert margin == pytest.approx((bound - reached) / scale, abs=0.08)
        assert margin < 0


# -- one interval --------------------------------------------------------------------------------------------------------------


def test_fully_flexible_queues_need_the_pooled_erlang_a():
    found = multi_skill_requirement(
        centre(specialists=False), calls_of(30, 30), [TARGET] * 2, seed=1, effort=replace(QUICK, settled_calls=800_000)
    )
    assert found.status == "feasible"
    assert found.heads.tolist() == [[61]]


def test_specialists_need_their_erlang_a():
    found = multi_skill_requirement(centre(flexible=False), calls_of(12, 4), [TARGET] * 2, seed=1, effort=QUICK)
    alone = least_agents([12 / 300, 4 / 300], 300.0, 150.0, TARGET)[0]
    assert np.abs(found.heads[:, 0] - alone).max() <= 1  # lognormal, not exponential
    assert found.status == "feasible"


def test_every_queue_meets_its_target_between_the_bounds(small):
    assert small.status == "feasible"
    assert (small.margins.margin >= 0).all()
    assert small.lower_cost[0] <= small.heads.sum() <= small.upper_cost[0]
    assert small.heads[2, 0] <= 4
    assert small.heads.sum() < small.upper_cost[0]  # flexible agents save something
    assert small.surrogate is not None
    assert small.surrogate.simulations == QUICK.training


def test_no_agent_can_be_taken_away(small):
    interval = interval_of(centre(), 8, 5)
    for group in np.flatnonzero(small.heads[:, 0]):
        fewer = small.heads[:, 0] - np.eye(3, dtype=int)[group]
        run = interval.run(fewer, calls=400_000, seed=50)
        assert settled_margins(run, [TARGET] * 2).worst < 0.01


def test_the_same_side_by_side_and_with_a_surrogate_of_before(small):
    given = {"seed": 3, "most": [np.inf, np.inf, 4], "effort": QUICK}
    with ThreadPoolExecutor(2) as executor:
        again = multi_skill_requirement(
            centre(), calls_of(8, 5), [TARGET] * 2, **given, executor=executor, surrogate=small.surrogate
        )
    assert (again.heads == small.heads).all()
    assert (again.margins.level == small.margins.level).all()


def test_dear_flexible_agents_are_left_out():
    found = multi_skill_requirement(centre(), calls_of(8, 5), [TARGET] * 2, seed=3, cost=[1, 1, 4], effort=QUICK)
    assert found.heads[2, 0] == 0
    assert found.status == "feasible"


def test_the_search_adds_where_the_worst_queue_gains_most(small):
    limit = np.full(3, np.inf)
    search = SteadySearch(interval_of(centre(), 8, 5), [TARGET] * 2, np.ones(3), limit, small.surrogate, QUICK, seed=1)
    after = search._add(search.settle(np.array([13, 5, 0])))
    assert after is not None
    assert after.heads.tolist() in ([13, 6, 0], [13, 5, 1])


def test_the_search_takes_surplus_agents_away(small):
    limit = np.array([np.inf, np.inf, 4.0])
    search = SteadySearch(interval_of(centre(), 8, 5), [TARGET] * 2, np.ones(3), limit, small.surrogate, QUICK, seed=1)
    after = search._improve(search.settle(np.array([11, 8, 1])))
    assert after is not None
    assert after.heads.sum() < 20
    assert after.margins.worst >= 0
    # and nothing that misses a target, where there is nothing left to take
    last = search._improve(search.settle(small.heads[:, 0]))
    assert last is None or last.margins.worst >= 0


def test_a_useless_surrogate_costs_time_not_service(small):
    flat = np.zeros_like(small.surrogate.coefficients)
    flat[0] = 3.0  # everything is well, always
    rosy = replace(small.surrogate, coefficients=flat)
    given = {"seed": 3, "most": [np.inf, np.inf, 4], "effort": QUICK}
    found = multi_skill_requirement(centre(), calls_of(8, 5), [TARGET] * 2, **given, surrogate=rosy)
    assert found.status == "feasible"
    assert abs(found.heads.sum() - small.heads.sum()) <= 1


def test_a_queue_that_nobody_answers_is_a_reason_not_an_error():
    model = replace(centre(), groups=(SkillGroup("q0", ("q0",)),))
    found = multi_skill_requirement(model, calls_of(8, 5), [TARGET] * 2, seed=1, effort=QUICK)
    assert found.status == "infeasible"
    assert found.reasons == ("no group answers q1",)
    assert "q1" in found.reasons_zh[0]
    assert found.heads.sum() == 0
    # and where it has no calls there is no need
    assert bracket(interval_of(model, 8, 0), [TARGET] * 2, np.ones(1), np.array([np.inf])).reason == ""


def test_too_few_heads_to_be_had_are_told_by_what_they_reach():
    # enough for one perfect pool of both, too few with next to no flexible agents
    found = multi_skill_requirement(
        centre(), calls_of(12, 12), [TARGET] * 2, seed=1, most=[13, 13, 1], effort=replace(QUICK, rounds=10)
    )
    assert found.heads[:, 0].tolist() == [13, 13, 1]
    assert found.status == "infeasible"
    assert found.reasons[0].startswith("q0, slot 0: service level 7")


def test_no_calls_need_nobody():
    found = multi_skill_requirement(centre(), calls_of(0, 0), [TARGET] * 2, seed=1, effort=QUICK)
    assert (found.status, found.heads.sum(), found.surrogate) == ("feasible", 0, None)


def test_every_finding_at_once():
    wrong = replace_target(threshold_s=30.0)
    with pytest.raises(InvalidData) as raised:
        multi_skill_requirement(centre(), calls_of(8, -5), [TARGET, wrong], seed=1, cost=[1, 0, 1], most=[1, 2])
    assert [finding.column for finding in raised.value.findings] == ["calls", "cost", "most", "q1"]


# -- whole days ----------------------------------------------------------------------------------------------------------------

DAY = np.array([[20.0, 60.0, 40.0, 0.0], [10.0, 30.0, 50.0, 10.0]])


@pytest.fixture(scope="module")
def repair():
    limit = np.repeat([[np.inf], [np.inf], [3.0]], 4, axis=1)
    return DayRepair(centre(slots=4), DAY, [TARGET] * 2, np.ones(3), limit, days=150, rounds=10, seed=1)


def test_short_slots_of_a_day_are_repaired_and_surplus_agents_go(repair):
    poor, rich = np.array([[2, 5, 3, 1], [1, 2, 5, 1], [3, 3, 3, 3]]), np.array([[9, 16, 13, 4], [6, 10, 14, 6], [3, 3, 3, 3]])
    assert short(repair.run(poor, 1)).any()
    for start in (poor, rich):
        heads, margins = repair.solve(start)
        assert not short(margins).any()
        assert (heads[2] <= 3).all()
    more, _ = repair.solve(poor)
    assert more.sum() > poor.sum()
    less, _ = repair.solve(rich)
    assert less.sum() < rich.sum()


def test_a_day_is_met_slot_by_slot():
    found = multi_skill_requirement(centre(slots=4), DAY, [TARGET] * 2, seed=2, most=[np.inf, np.inf, 3], effort=QUICK)
    assert found.status == "feasible"
    assert found.heads.shape == found.steady_heads.shape == (3, 4)
    assert not short(found.margins).any()
    assert np.isnan(found.margins.level[0, 3])
    assert (found.heads[2] <= 3).all()
    assert (found.heads.sum(axis=0) > 0).all()
    # backlog and agents who finish their last call change a day little
    assert np.abs(found.heads.sum(axis=0) - found.steady_heads.sum(axis=0)).max() <= 3


def test_noise_and_a_trifle_are_not_short():
    margins = Margins(np.full((1, 4), 0.8), np.array([[0.001, 0.02, 0.001, np.nan]]), np.array([[-0.004, -0.015, -0.006, np.nan]]))
    assert short(margins).tolist() == [[False, False, True, False]]
