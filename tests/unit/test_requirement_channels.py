"""Patience near zero, limited room, chats, deferred work, lines that run on and shrinkage by cause, in one requirement."""

from dataclasses import replace

import numpy as np
import pytest
from requirement_case import forecast, humps, queue, steady

from data.model.centre import ServiceTarget, ShrinkageCause
from data.model.errors import InvalidData
from optimizer.staffing.pool import TARGETS
from optimizer.staffing.queueing import evaluate, least_agents
from optimizer.staffing.requirement import require
from optimizer.staffing.transient import forward_search, transient

NIGHT_AND_DAY = humps()[None]
OPEN = NIGHT_AND_DAY > 0


def both(calls, items, **fields):
    """A call queue and one of deferred work over the same hours."""
    deferred = queue("orders", channel="deferred", due_minutes=480, **fields)
    return forecast(np.stack([calls, items]), is_open=OPEN, names=("care", "orders")), [queue(), deferred]


def test_patience_is_that_near_zero():
    mixed = queue("q0", patience_mix=((0.5, 37.5), (0.5, 262.5)))
    made = require(steady(50), [mixed])
    assert made.on_phone[0, 0] == least_agents(50 / 300, 300, mixed.staffing_patience_s, ServiceTarget())[0]
    assert made.on_phone[0, 0] < require(steady(50), [queue("q0")]).on_phone[0, 0]


def test_callers_who_find_no_room_are_reckoned_with():
    small = queue("q0", room=2, target=ServiceTarget(min_answer_rate=0.97))
    made = require(steady(20), [small])
    n = int(made.on_phone[0, 0])
    assert [float(evaluate(k, 20 / 300, 300, 150, 20, room=2).answer_rate) >= 0.97 for k in (n - 1, n)] == [False, True]
    assert TARGETS[made.binding[0, 0]] == "answer_rate"
    points = made.curve_first[0, 0] + np.arange(made.curve.shape[-1])
    np.testing.assert_allclose(made.curve[0, 0], evaluate(points, 20 / 300, 300, 150, 20, room=2).service_level, atol=1e-12)


@pytest.mark.parametrize("concurrency", [1, 2, 3])
@pytest.mark.parametrize("load", ["mean", "expected"])
def test_chats_share_the_places_of_all_agents(concurrency, load):
    chat = queue("q0", channel="chat", concurrency=concurrency)
    made = require(steady(43, spread=0.1), [chat], load=load)
    places = require(steady(43, spread=0.1), [queue("q0")], load=load).on_phone[0, 0]
    assert made.on_phone[0, 0] == -(-places // concurrency)
    reached = made.service(made.on_phone.astype(float))[0, 0]
    assert reached >= 0.8 > made.service(made.on_phone - 1.0)[0, 0]
    if load == "mean":
        assert reached == pytest.approx(float(evaluate(made.on_phone[0, 0] * concurrency, 43 / 300, 300, 150, 20).service_level))


def test_carried_lines_are_staffed_by_the_forward_search():
    given = forecast(NIGHT_AND_DAY, is_open=OPEN)
    one = queue(min_staff=3)
    made = require(given, [one], load_model="carried")
    asked, _ = forward_search(NIGHT_AND_DAY / 1800, 300.0, 150.0, 1800.0, one.target, min_agents=np.where(OPEN, 3, 0))
    np.testing.assert_array_equal(made.on_phone, asked)
    reached = transient(NIGHT_AND_DAY / 1800, 300.0, 150.0, made.on_phone, 1800.0, 20.0).service_level
    assert (reached[OPEN] >= 0.8).all()
    assert made.on_phone.sum() < require(given, [one]).on_phone.sum()
    assert (made.on_phone[~OPEN] == 0).all()


def test_the_curve_of_carried_lines_meets_the_target_at_the_agents():
    made = require(forecast(NIGHT_AND_DAY, is_open=OPEN), [queue()], load_model="carried")
    steadily = require(forecast(NIGHT_AND_DAY, is_open=OPEN), [queue()])
    moved = made.on_phone - steadily.on_phone
    assert moved.min() < 0 < moved.max()
    assert (made.service(made.on_phone.astype(float))[OPEN] >= 0.8).all()
    assert (made.service(made.on_phone - 1.0)[OPEN] < 0.8).all()
    for d in (-2.0, 1.0):
        np.testing.assert_allclose(made.service(made.on_phone + d), steadily.service(steadily.on_phone + d), atol=1e-9)


def test_expected_service_adds_to_carried_lines_what_it_adds_in_the_long_run():
    given = forecast(NIGHT_AND_DAY, spread=0.1, is_open=OPEN)
    carried, steadily = (
        [require(given, [queue()], load=load, load_model=how).on_phone for load in ("mean", "expected")]
        for how in ("carried", "stationary")
    )
    np.testing.assert_array_equal(carried[1] - carried[0], steadily[1] - steadily[0])
    assert (carried[1] > carried[0]).any()


def test_least_staff_binds_where_it_is_more_than_carried_lines_ask_for():
    made = require(forecast(NIGHT_AND_DAY, is_open=OPEN), [queue(min_staff=20)], load_model="carried")
    low = OPEN & (require(forecast(NIGHT_AND_DAY, is_open=OPEN), [queue()]).on_phone < 15)
    assert low.any()
    assert (made.on_phone[low] == 20).all()
    assert (made.binding[low] == TARGETS.index("min_staff")).all()


def test_what_binds_carried_lines_is_told_also_where_only_they_let_the_least_staff_do():
    given = forecast(NIGHT_AND_DAY, is_open=OPEN)
    steadily = require(given, [queue()]).on_phone
    asked = require(given, [queue()], load_model="carried").on_phone
    place = int(np.flatnonzero(asked[0] < steadily[0])[-1])
    for least in (int(asked[0, place]), int(steadily[0, place])):
        made = require(given, [queue(min_staff=least)], load_model="carried")
        assert made.on_phone[0, place] == least
        assert TARGETS[made.binding[0, place]] == "min_staff"
        assert (made.binding[OPEN] > 0).all()
    capped = queue(target=ServiceTarget(max_occupancy=0.7))
    assert set(require(given, [capped], load_model="carried").binding[OPEN]) >= {TARGETS.index("occupancy")}


def test_carried_chats_have_whole_agents():
    made = require(forecast(NIGHT_AND_DAY, is_open=OPEN), [queue(channel="chat", concurrency=3)], load_model="carried")
    reached = transient(NIGHT_AND_DAY / 1800, 300.0, 150.0, 3 * made.on_phone, 1800.0, 20.0).service_level
    assert (reached[OPEN] >= 0.8).all()


def test_deferred_work_is_levelled_over_the_other_queues():
    items = np.zeros(48)
    items[18:30] = 24.0
    given, queues = both(humps(), items)
    made = require(given, queues)
    alone = require(replace(given, mean=given.mean * [[1], [0]]), queues)
    assert alone.on_phone[1].sum() == 0
    assert made.on_phone[1].sum() == round(items.sum() * 300 / 1800)
    np.testing.assert_array_equal(made.on_phone[0], alone.on_phone[0])
    assert made.on_phone.sum(axis=0).max() == made.on_phone[0].max()
    assert (made.on_phone[1, ~OPEN[0]] == 0).all()
    done, work = np.cumsum(made.on_phone[1]), np.cumsum(items * 300 / 1800)
    assert (done <= work + 1).all()
    assert (done[16:] >= work[:-16] - 1e-9).all()
    assert set(made.binding[1]) == {0, TARGETS.index("due")}


def test_the_curve_of_deferred_work_is_the_share_done():
    given, queues = both(humps(), np.where(OPEN[0], 30.0, 0.0))
    made = require(given, queues)
    busy = made.on_phone[1] > 1
    assert busy.any()
    np.testing.assert_allclose(made.service(made.on_phone.astype(float))[1], 1.0)
    np.testing.assert_allclose(made.service(made.on_phone - 1.0)[1, busy], 1 - 1 / made.on_phone[1, busy])


def test_a_requirement_of_deferred_work_alone_is_flat():
    items = np.zeros((1, 48))
    items[0, 18] = 60.0
    made = require(forecast(items, names=("orders",)), [queue("orders", channel="deferred", due_minutes=300)], load="expected")
    assert made.on_phone[0].tolist() == [0] * 18 + [1] * 10 + [0] * 20
    assert made.curve.shape[-1] >= 2


def test_the_occupancy_of_deferred_work_is_capped_and_least_staff_holds():
    given, queues = both(np.zeros(48), np.where(OPEN[0], 30.0, 0.0), target=ServiceTarget(max_occupancy=0.5), min_staff=1)
    made = require(given, queues)
    assert made.on_phone[1].sum() >= 2 * 30 * OPEN.sum() * 300 / 1800 - 1e-9
    assert (made.on_phone[1, OPEN[0]] >= 1).all()


def test_the_most_urgent_of_two_kinds_of_work_is_placed_first():
    items = np.zeros((2, 48))
    items[:, 10] = 36.0
    queues = [queue(name, channel="deferred", due_minutes=due) for name, due in (("slow", 360), ("fast", 60))]
    made = require(forecast(items, names=("slow", "fast")), queues)
    assert made.on_phone[1, 10:12].tolist() == [3, 3]
    assert made.on_phone[0, 10:12].sum() == 0
    assert made.on_phone[0].sum() == 6


def test_work_that_comes_while_closed_waits_and_what_is_late_is_told():
    items = np.zeros((1, 48))
    items[0, 10] = 6.0
    is_open = np.zeros((1, 48), dtype=np.bool_)
    is_open[0, 20:] = True
    given = forecast(items, is_open=is_open, names=("orders",))
    late, patient = (require(given, [queue("orders", channel="deferred", due_minutes=due)]) for due in (120, 600))
    assert late.origin["late_hours"] == "orders 0.5"
    assert late.on_phone[0, 20] == 1
    assert "late_hours" not in patient.origin
    assert patient.on_phone[0, 20:30].sum() == patient.on_phone.sum() == 1


def test_causes_of_shrinkage_come_in_with_the_days_ahead():
    given, causes = steady(40), [ShrinkageCause(id="leave", share=0.2, known_days=7)]
    early = require(given, [queue("q0", shrinkage=0.1)], causes=causes)
    late = require(replace(given, origin=given.grid.horizon.start), [queue("q0", shrinkage=0.1)], causes=causes)
    np.testing.assert_allclose(early.shrinkage, 0.3)
    np.testing.assert_allclose(late.shrinkage, 0.1)
    assert early.heads[0, 0] == np.ceil(early.on_phone[0, 0] / 0.7 - 1e-9)
    assert late.heads[0, 0] == np.ceil(early.on_phone[0, 0] / 0.9 - 1e-9)
    with pytest.raises(InvalidData, match="below 1"):
        require(given, [queue("q0", shrinkage=0.85)], causes=causes)


def test_every_option_out_of_its_range_is_named():
    with pytest.raises(InvalidData) as error:
        require(steady(1), [queue("q0")], load="mode", load_model="psychic", points=1)
    assert [one.column for one in error.value.findings] == ["load", "load_model", "points"]
