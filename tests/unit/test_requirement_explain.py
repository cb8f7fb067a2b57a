"""Every number of a requirement expands to its inputs, its formula and what else it hangs on, in both languages."""

from dataclasses import replace

import numpy as np
import pytest
from requirement_case import forecast, humps, queue, steady

from data.model.centre import ServiceTarget, ShrinkageCause
from data.model.errors import InvalidData
from optimizer.staffing.expected import WEIGHTS, rate_nodes
from optimizer.staffing.explain.requirement import explain
from optimizer.staffing.explain.requirement_wording import CAPS, LINES, TARGET_WORDS, WORDS
from optimizer.staffing.pool import TARGETS
from optimizer.staffing.queueing import evaluate
from optimizer.staffing.requirement import require
from optimizer.staffing.transient import transient

CALLS = humps()[None]
OPEN = CALLS > 0
LEAVE = ShrinkageCause(id="leave", name="Leave", name_zh="休假", share=0.1, known_days=14, fade_days=30)
CAUSES = (
    LEAVE,
    ShrinkageCause(id="illness", share=0.04),
    ShrinkageCause(id="courses", share=0.02, known_days=90),
    ShrinkageCause(id="breaks", share=0.03, known_days=7),
)


@pytest.mark.parametrize("load", ["mean", 0.8, "expected"])
@pytest.mark.parametrize("load_model", ["stationary", "offered_load", "carried"])
@pytest.mark.parametrize("model", ["erlang_a", "erlang_c"])
def test_every_option_is_explained_with_the_numbers_of_the_requirement(load, load_model, model):
    given, one = forecast(CALLS, spread=0.1, is_open=OPEN), queue(min_staff=2, shrinkage=0.1)
    made = require(given, [one], load=load, load_model=load_model, model=model)
    for slot in (0, 15, 24, 40):
        told = explain(made, one, slot, forecast=given)
        assert told.results["on_phone"] == made.on_phone[0, slot]
        assert told.results["heads"] == made.heads[0, slot]
        assert told.binding == TARGETS[made.binding[0, slot]]
        assert len(told.lines) == len(told.lines_zh) >= 6
        if load_model != "carried":
            curve = made.service(made.on_phone.astype(float))[0, slot]
            assert told.results["service_level"] == pytest.approx(curve, abs=1e-9)
        elif load == "mean" and OPEN[0, slot] and told.binding == "service_level":
            assert told.results["service_level"] >= 0.8 > told.results["service_level_one_less"]


def test_no_words_are_left_to_fill_and_both_tongues_tell_the_same_numbers():
    for texts in (*LINES.values(), *WORDS.values(), *CAPS.values()):
        fields = [{part.split(":")[0] for part in text.split("{")[1:]} for text in texts]
        assert {f.split("}")[0] for f in fields[0]} == {f.split("}")[0] for f in fields[1]}
    assert tuple(TARGET_WORDS) == TARGETS


def test_expected_service_tells_the_spread_of_the_rate_and_needs_its_forecast():
    given, one = steady(60, spread=0.15), queue("q0")
    made = require(given, [one], load="expected")
    told = explain(made, one, 3, forecast=given)
    rates = rate_nodes(given)[0, 3] / 1800
    assert told.results["rate_spread"] == pytest.approx(0.15, rel=0.02)
    assert told.results["low_calls"] < 360 < told.results["high_calls"]
    assert told.results["service_level"] == pytest.approx(
        evaluate(made.on_phone[0, 3], rates, 300, 150, 20).service_level @ WEIGHTS
    )
    assert "15.0% of the mean" in told.lines[0]
    assert "泊松" in told.lines_zh[0]
    for other in (None, replace(given, mean=given.mean * 1.1), steady(60, 60)):
        with pytest.raises(InvalidData, match="echelon require"):
            explain(made, one, 3, forecast=other)


def test_a_quantile_is_named():
    told = explain(require(steady(60, spread=0.15), [queue("q0")], load=0.8), queue("q0"), 3)
    assert "quantile 0.8 of the forecast" in told.lines[0]
    assert "0.8 分位数" in told.lines_zh[0]


def test_carried_lines_tell_the_service_of_the_whole_staffing_and_what_was_left_over():
    given, one = forecast(CALLS, is_open=OPEN), queue()
    made = require(given, [one], load_model="carried")
    slot = int(np.flatnonzero(made.on_phone[0] != require(given, [one]).on_phone[0])[0])
    told = explain(made, one, slot)
    whole = transient(CALLS / 1800, 300.0, 150.0, made.on_phone, 1800.0, 20.0)
    assert told.results["service_level"] == pytest.approx(whole.service_level[0, slot])
    assert told.results["left"] == pytest.approx(whole.end_in_system[0, slot - 1])
    assert told.results["moved"] == made.on_phone[0, slot] - require(given, [one]).on_phone[0, slot]
    assert f"{told.results['moved']:+.0f} for what earlier slots leave over" in told.lines[5]
    assert "稳态模型" in told.lines_zh[5]
    first = explain(require(steady(20), [queue("q0")], load_model="carried"), queue("q0"), 0)
    assert first.results["left"] == first.results["settled"] == pytest.approx(20, abs=1.5)


def test_patience_room_places_and_caps_are_told():
    target = ServiceTarget(max_abandon_rate=0.05, max_asa_s=30, max_occupancy=0.9, min_answer_rate=0.9)
    one = queue("q0", patience_mix=((0.5, 37.5), (0.5, 262.5)), room=4, channel="chat", concurrency=2, target=target)
    told = explain(require(steady(20), [one]), one, 0)
    text = " ".join(told.lines)
    assert told.inputs["patience_s"] == pytest.approx(one.staffing_patience_s)
    for part in (
        "65.625 s",
        "150 s is the mean",
        "room for 4",
        "x 2 chats",
        "find no room",
        "at most 5.0%",
        "at most 30 s",
        "at least 90.0%",
    ):
        assert part in text
    for part in ("65.625 秒", "最多 4 人", "2 个会话", "被拒", "接通率不低于 90.0%"):
        assert part in " ".join(told.lines_zh)
    assert "chats" not in " ".join(explain(require(steady(20), [queue("q0")]), queue("q0"), 0).lines)


@pytest.mark.parametrize("load", ["mean", 0.8, "expected"])
def test_deferred_work_tells_what_came_what_is_done_and_the_other_queues(load):
    orders = queue("orders", channel="deferred", due_minutes=240, target=ServiceTarget(max_occupancy=0.8))
    given = forecast(np.stack([CALLS[0], np.where(OPEN[0], 12.0, 0)]), is_open=OPEN, names=("care", "orders"))
    made = require(given, [queue(), orders], load=load)
    told = explain(made, orders, 20)
    assert told.results["others"] == made.on_phone[0, 20]
    assert told.results["total"] == made.on_phone[:, 20].sum()
    assert told.results["done"] == made.on_phone[1, :21].sum()
    assert told.results["come"] == pytest.approx(made.calls[1, :21].sum() * 300 / 1800 / 0.8)
    assert told.results["due_slots"] == 8
    assert told.binding in ("due", "none")
    assert any("due 240 min" in line for line in told.lines)
    assert any("240 分钟" in line for line in told.lines_zh)


def test_every_cause_of_shrinkage_is_told_with_its_part():
    one, given = queue("q0", shrinkage=0.1), steady(40)
    made = require(given, [one], causes=CAUSES)
    told = explain(made, one, 0, causes=CAUSES)
    ahead = (given.grid.horizon.start - given.origin).total_seconds() / 86400
    part = 0.1 * (1 - np.exp(-(ahead - 14) / 30))
    assert made.shrinkage[0, 0] == pytest.approx(0.1 + part + 0.04 + 0 + 0.03)
    leave, illness, courses, breaks = told.lines[-4:]
    assert f"= {part:.2%}" in leave
    assert "Leave" in leave
    assert "休假" in told.lines_zh[-4]
    assert ("4.00%" in illness, "0.00% of 2.00%" in courses, "3.00%" in breaks) == (True, True, True)
    assert "10.0%" in told.lines[-5]


def test_a_requirement_that_does_not_say_how_it_was_made_is_refused():
    made = require(steady(40), [queue("q0")])
    with pytest.raises(InvalidData, match="how the requirement was made"):
        explain(replace(made, origin={}), queue("q0"), 0)
