from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields, replace
from multiprocessing import get_context

import numpy as np
import pytest

from data.model.errors import InvalidData
from optimizer.staffing.centre_model import (
    CentreModel,
    Duties,
    RecordedCalls,
    SimulatedQueue,
    SkillGroup,
    steady,
    with_absence,
    with_pauses,
)
from optimizer.staffing.service import CallCounts
from optimizer.staffing.simulate import Simulation, doubly_stochastic, replay, simulate

A = SimulatedQueue("a", 180.0, patience=((1.0, 120.0),))
B = replace(A, id="b", handle_time_s=300.0)
DEFERRED = SimulatedQueue("d", 400.0, reserve=2)
CHAT = SimulatedQueue("c", 400.0, patience=((1.0, 200.0),), concurrency=3)


def model(queues, groups, slots=8, **options) -> CentreModel:
    return CentreModel(tuple(queues), tuple(groups), 900.0, slots, **options)


def group(name, *queues, **options) -> SkillGroup:
    return SkillGroup(name, queues, **options)


TWO = model([A, B], [group("ga", "a"), group("gb", "b"), group("both", "a", "b", levels=(1, 1))])
CALLS = np.array([[60.0], [40.0]]) * np.ones((2, 8))


def same(one: Simulation, other: Simulation) -> bool:
    return all(np.array_equal(getattr(one.service, field.name), getattr(other.service, field.name)) for field in fields(CallCounts))


def counted(ran: Simulation, name: str) -> list[int]:
    return getattr(ran.service, name).sum(axis=(0, 2)).tolist()


def recorded(arrival, queue, handle, patience) -> RecordedCalls:
    return RecordedCalls(np.array(arrival, float), np.array(queue), np.array(handle, float), np.array(patience, float))


def on_duty(groups, start, end, agent=None, pace=None) -> Duties:
    agent = np.arange(len(groups)) if agent is None else np.array(agent)
    pace = np.ones(len(groups)) if pace is None else np.array(pace)
    return Duties(np.array(groups), pace, agent, np.array(start, float), np.array(end, float))


# -- laws


def test_every_call_is_answered_lost_or_blocked_and_the_seed_decides_all():
    queues = [replace(A, room=3, redial_probability=0.5), replace(B, redial_probability=0.3), CHAT, DEFERRED]
    every = group("all", "a", "b", "c", "d", priorities=(0, 0, 1, 2), levels=(1, 0, 0, 0))
    wide = model(queues, [group("ga", "a"), every], overflow_s=(0, 15))
    calls = np.array([[60.0], [40], [30], [10]]) * np.ones((4, 8))
    ran = simulate(wide, calls, steady([8, 18], wide), seed=3, replications=4)
    service = ran.service
    np.testing.assert_array_equal(service.offered, service.answered + service.abandoned + service.blocked)
    assert (service.redialled <= service.offered).all()
    assert service.redialled.sum() > 0
    assert counted(ran, "blocked")[0] > 0 == counted(ran, "blocked")[1]
    assert (service.answered_in_time <= service.answered).all()
    assert (service.reached_in_time >= service.answered_in_time).all()
    assert same(ran, simulate(wide, calls, steady([8, 18], wide), seed=3, replications=4))
    assert not same(ran, simulate(wide, calls, steady([8, 18], wide), seed=4, replications=4))


def test_threads_change_nothing():
    with ThreadPoolExecutor(2) as threads:
        shared = simulate(TWO, CALLS, steady([10, 10, 5], TWO), seed=1, replications=5, executor=threads)
    assert same(shared, simulate(TWO, CALLS, steady([10, 10, 5], TWO), seed=1, replications=5))


def test_an_idle_agent_who_answers_nothing_changes_nothing():
    staff = steady([9, 10, 4], TWO)
    more = model(TWO.queues, [*TWO.groups, group("none")])
    assert same(simulate(TWO, CALLS, staff, seed=1), simulate(more, CALLS, steady([9, 10, 4, 5], more), seed=1))


def test_two_staffings_meet_the_same_callers():
    lean, rich = (simulate(TWO, CALLS, steady(heads, TWO), seed=5, replications=3) for heads in ([8, 8, 4], [30, 30, 9]))
    np.testing.assert_array_equal(lean.service.offered, rich.service.offered)
    assert (lean.service.abandoned.sum(axis=(0, 2)) > rich.service.abandoned.sum(axis=(0, 2))).all()


def test_counts_come_exactly_and_rates_on_average():
    calls = np.array([[7.0, 0, 3, 9, 1, 0, 0, 2], [0, 0, 0, 5, 0, 0, 0, 0]])
    ran = simulate(TWO, calls, steady([5, 5, 0], TWO), seed=1, replications=2, counts=True)
    np.testing.assert_array_equal(ran.service.offered, np.stack([calls, calls]).astype(int))
    many = simulate(TWO, CALLS, steady([0, 0, 0], TWO), seed=1, replications=200).service.offered
    assert abs(many.mean(axis=(0, 2)) / [60, 40] - 1).max() < 0.01
    assert abs(many.var(axis=0).mean(axis=1) / [60, 40] - 1).max() < 0.2


def test_more_than_64_groups_and_queues():
    names = [f"q{k}" for k in range(70)]
    wide = model([replace(A, id=name) for name in names], [group(f"g{k}", names[k], names[k - 1]) for k in range(70)])
    calls = np.full((70, 8), 5.0)
    ran = simulate(wide, calls, steady(np.full(70, 3), wide), seed=1)
    np.testing.assert_array_equal(ran.service.offered, ran.service.answered + ran.service.abandoned)
    assert (ran.busy_s.sum(axis=(0, 2)) > 0).all()
    assert ran.service_levels().min() > 0.8


# -- routing


def test_the_best_level_first_and_in_it_who_has_been_idle_longest():
    two = model([A], [group("first", "a"), group("second", "a", levels=(1,))])
    calls = recorded([0, 1, 2, 3], [0] * 4, [100] * 4, [50] * 4)
    ran = replay(two, calls, on_duty([0, 1, 1], [0, 0, 0], [7200] * 3), seed=1)
    assert ran.busy_s.sum(axis=(0, 2)).tolist() == [100, 200]
    assert counted(ran, "abandoned") == [1]
    # three agents of one group: the calls go round
    one = model([A], [group("g", "a")])
    again = replay(one, recorded([0, 10, 20, 30], [0] * 4, [5] * 4, [50] * 4), on_duty([0] * 3, [0, 0, 0], [40, 25, 15]), seed=1)
    assert counted(again, "answered") == [4]
    assert again.overrun_s.sum() == 0


def test_a_call_overflows_only_after_its_wait():
    two = model([A], [group("first", "a"), group("second", "a", levels=(1,))], overflow_s=(0, 12))
    calls = recorded([0, 5], [0, 0], [100, 100], [500, 500])
    ran = replay(two, calls, on_duty([0, 1], [0, 0], [7200, 7200]), seed=1)
    assert ran.service.wait_sum.sum() == pytest.approx(12, abs=1e-3)
    assert ran.busy_s.sum(axis=(0, 2)).tolist() == [100, 100]


def test_an_agent_whom_overflow_does_not_yet_reach_leaves_the_call_waiting():
    two = model([A, B], [group("first", "a"), group("second", "b", "a", levels=(0, 1))], overflow_s=(0, 30))
    calls = recorded([0, 0.5, 1], [0, 1, 0], [100, 5, 50], [500, 500, 500])
    ran = replay(two, calls, on_duty([0, 1], [0, 0], [7200, 7200]), seed=1)
    # the second agent is free at 5.5 and takes the waiting call of a at 31
    assert ran.service.wait_sum.sum() == pytest.approx(30, abs=1e-3)


def test_priority_goes_before_the_longest_wait():
    calls = recorded([0, 1, 2], [0, 0, 1], [100, 10, 10], [500] * 3)
    for priorities, waited in (((0, 0), [99, 108]), ((1, 0), [109, 98])):
        one = model([A, B], [group("g", "a", "b", priorities=priorities)])
        ran = replay(one, calls, on_duty([0], [0], [7200]), seed=1)
        np.testing.assert_allclose(ran.service.wait_sum.sum(axis=(0, 2)), waited, atol=1e-3)


def test_a_head_start_counts_as_wait():
    calls = recorded([0, 1, 60], [0, 0, 1], [100, 10, 10], [500] * 3)
    for head_start, waited in ((0.0, [99, 50]), (90.0, [109, 40])):
        one = model([A, replace(B, head_start_s=head_start)], [group("g", "a", "b")])
        ran = replay(one, calls, on_duty([0], [0], [7200]), seed=1)
        np.testing.assert_allclose(ran.service.wait_sum.sum(axis=(0, 2)), waited, atol=1e-3)


def test_slow_agents_take_longer():
    one = model([A], [group("g", "a", pace=(2.0,))])
    ran = replay(one, recorded([0], [0], [100], [50]), on_duty([0], [0], [7200], pace=[1.5]), seed=1)
    assert ran.busy_s.sum() == 300


# -- duty


def test_who_leaves_finishes_the_call_and_the_meal_begins_late():
    one = model([A], [group("g", "a")])
    calls = recorded([95, 130, 500], [0] * 3, [100, 10, 10], [300, 300, 300])
    ran = replay(one, calls, on_duty([0], [0, 400], [100, 7200], agent=[0, 0]), seed=1)
    assert ran.overrun_s.sum() == pytest.approx(95, abs=1e-3)
    assert ran.service.wait_sum.sum() == pytest.approx(270, abs=1e-3)
    assert ran.staffed_s[0, 0, :].tolist() == [600] + [900] * 7


def test_who_comes_back_before_the_call_ends_is_simply_busy():
    one = model([A], [group("g", "a")])
    ran = replay(one, recorded([50, 60], [0, 0], [200, 10], [300, 300]), on_duty([0], [0, 120], [100, 7200], agent=[0, 0]), seed=1)
    assert ran.overrun_s.sum() == pytest.approx(20, abs=1e-3)
    assert counted(ran, "answered") == [2]


def test_at_the_end_the_line_is_served_or_lost():
    calls = recorded([7100, 7110], [0, 0], [200, 10], [500, 500])
    for closing, answered in (("serve", 2), ("lose", 1)):
        one = model([replace(A, closing=closing)], [group("g", "a")])
        ran = replay(one, calls, on_duty([0], [0], [7200]), seed=1)
        assert counted(ran, "answered") == [answered]
        assert ran.service.abandoned_wait_sum.sum() == pytest.approx(0 if answered == 2 else 90)


def test_a_queue_that_closes_sends_everyone_home():
    one = model([replace(A, closes_s=(900.0,))], [group("g", "a")])
    ran = replay(one, recorded([880, 890, 1000], [0] * 3, [100, 10, 10], [500] * 3), on_duty([0], [0], [7200]), seed=1)
    assert (counted(ran, "answered"), counted(ran, "abandoned")) == ([2], [1])
    assert ran.service.abandoned_wait_sum.sum() == 10


def test_callers_at_the_door_wait_for_the_first_agent():
    one = model([A], [group("g", "a")])
    calls = recorded([0, 10, 20], [0] * 3, [30, 30, 30], [1000, 50, 1000])
    ran = replay(one, calls, on_duty([0], [100], [7200]), seed=1)
    assert (counted(ran, "answered"), counted(ran, "abandoned")) == ([2], [1])
    assert ran.service.wait_sum.sum() == pytest.approx(100 + 110, abs=1e-3)
    assert ran.service.abandoned_wait_sum.sum() == 50


def test_heads_by_slot_come_and_go_in_order():
    one = model([A], [group("g", "a")], slots=4)
    staff = steady([[2, 3, 1, 1]], one)
    assert sorted(zip(staff.start_s, staff.end_s, strict=True)) == [(0, 1800), (0, 1800), (900, 3600)]
    assert staff.staffed_s(1, 900.0, 4).tolist() == [[1800, 2700, 900, 900]]


def test_absence_and_pauses_take_their_share():
    one = model([A], [group("g", "a")], slots=40)
    staff = steady([400], one)
    away = with_absence(staff, 0.1, seed=1)
    assert 330 < away.group.size < 390
    paused = with_pauses(away, 0.2, seed=1)
    share = paused.staffed_s(1, 900.0, 40).sum() / away.staffed_s(1, 900.0, 40).sum()
    assert abs(share - 0.8) < 0.01
    assert with_pauses(staff, 0.0, seed=1) is staff


# -- redials, room, chats, deferred work


def test_redials_are_as_many_as_the_chances_say():
    dial = replace(A, patience=((1.0, 30.0),), redial_probability=0.6, redial_persistence=0.5, redial_delay_s=60.0, attempts=2)
    one = model([dial], [group("g", "a")], slots=40)
    ran = simulate(one, np.full((1, 40), 50.0), steady([0], one), seed=1, replications=20)
    fresh = 2000 * 20
    assert counted(ran, "redialled")[0] / fresh == pytest.approx(0.6 + 0.6 * 0.3, abs=0.02)


def test_an_answered_caller_does_not_dial_again():
    dial = replace(A, redial_probability=0.999, redial_delay_s=1.0)
    one = model([dial], [group("g", "a")])
    ran = replay(one, recorded([0, 1], [0, 0], [20, 20], [500, 100]), on_duty([0], [0], [7200]), seed=1)
    assert counted(ran, "offered") == [2]


def test_no_room_blocks_and_who_hung_up_makes_room():
    one = model([replace(A, room=2)], [group("g", "a")])
    calls = recorded([0, 1, 2, 3, 30], [0] * 5, [100] * 5, [500, 10, 500, 500, 500])
    ran = replay(one, calls, on_duty([0], [0], [7200]), seed=1)
    assert (counted(ran, "blocked"), counted(ran, "abandoned"), counted(ran, "answered")) == ([1], [1], [3])


def test_three_chats_at_once_and_no_call_beside_them():
    one = model([CHAT, A], [group("g", "c", "a")])
    calls = recorded([0, 1, 2, 3, 4], [0, 0, 0, 0, 1], [100] * 5, [500] * 5)
    ran = replay(one, calls, on_duty([0], [0], [7200]), seed=1)
    waits = ran.service.wait_sum.sum(axis=(0, 2))
    # the fourth chat begins as the first ends, the call when all four are done
    assert waits == pytest.approx([97, 196], abs=1e-3)


def test_deferred_work_leaves_so_many_agents_idle():
    one = model([A, DEFERRED], [group("g", "a", "d", priorities=(0, 1))])
    calls = recorded([0, 1, 2, 3, 50], [1, 1, 1, 1, 0], [100] * 5, [5000] * 5)
    ran = replay(one, calls, on_duty([0] * 4, [0] * 4, [7200] * 4), seed=1)
    # two of four agents stay idle; with one of them on the call, the orders wait for the second end (101) and that call's (150)
    assert ran.service.wait_sum.sum(axis=(0, 2)) == pytest.approx([0, 99 + 147], abs=1e-3)


# -- doubly stochastic rates, frames, bad input


def test_rates_that_are_unsure_spread_the_days():
    drawn = doubly_stochastic(CALLS, 4000, 1, day_cv=0.2)
    days = drawn.sum(axis=(1, 2)) / CALLS.sum()
    assert days.mean() == pytest.approx(1, abs=0.02)
    assert days.std() == pytest.approx(0.2, abs=0.02)
    np.testing.assert_allclose(drawn[0] / CALLS, drawn[0, 0, 0] / CALLS[0, 0])
    apart = doubly_stochastic(CALLS, 2, 1, queue_cv=0.1, slot_cv=0.1)
    assert np.unique(apart / CALLS).size == apart.size


def test_the_frame_holds_a_row_for_each_queue_and_slot():
    frame = simulate(TWO, CALLS, steady([12, 12, 4], TWO), seed=1, replications=3).to_frame()
    assert frame.shape == (16, 7)
    assert frame["service_level"].between(0, 1).all()


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InvalidData) as caught:
        model([replace(A, handle_time_cv=-1.0, patience=((0.5, 9.0),)), A], [group("g", "x", levels=(1, 2))], overflow_s=(5, 1))
    assert {finding.column for finding in caught.value.findings} == {
        "handle_time_cv", "patience", "queues", "levels, priorities, pace", "overflow_s",
    }  # fmt: skip
    with pytest.raises(InvalidData) as caught:
        simulate(TWO, -CALLS[:1], on_duty([7], [5], [1]), seed=1, replications=0)
    assert {finding.column for finding in caught.value.findings} == {"replications", "calls (shape)", "calls", "group", "end_s"}
    with pytest.raises(InvalidData) as caught:
        replay(TWO, recorded([5, 1, 9e9], [0, 4, 0], [1, 1, 1], [1, 1, 1]), steady([1, 1, 1], TWO), seed=1)
    assert len(caught.value.findings) == 3


def test_processes_change_nothing():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        shared = simulate(TWO, CALLS, steady([10, 10, 5], TWO), seed=1, replications=2, executor=processes)
    assert same(shared, simulate(TWO, CALLS, steady([10, 10, 5], TWO), seed=1, replications=2))
