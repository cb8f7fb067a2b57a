"""Drills: members are asked in their order and lawfully, both sides meet the same luck, and the score is what its formula says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from response_case import GRID, ZONE, agent, at, forecast_of, queue, requirement_of, roster_of, tier
from scipy import stats
from test_stress import bench_of, usual_of

from api.drill import replayed_on
from data.model.centre import EchelonTier
from data.model.demand import CallHistory
from data.model.drill import DrillOutcome, DrillPolicy, DrillRecord, Muster, Readiness, Score, due
from data.model.errors import InvalidData
from data.model.people import Agent, Protection
from data.model.response import Activation, CallOutPlan
from data.model.time import Horizon, TimeGrid, epoch_minutes
from optimizer.response.drill import Call, Drilled, Order, drilled, luck_of, mustered, orders_of, outcome_of, replications_of
from optimizer.response.drill.lessons import RedRun, lessons_of
from optimizer.response.drill.outcome import paired
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import reserve
from optimizer.response.echelon.trigger import plan_call_outs
from optimizer.response.warning.warn import warnings

QUEUES = (queue("power"), queue("ev"))
REST = 660
POLICY = DrillPolicy()


def order_of(
    heads: int = 3, line: Sequence[int] = range(10), asked: int = 0, start: int = 60, end: int = 300, **fields: float
) -> Order:
    called = tier("e1", notice=60).model_copy(update={"answer_share": 0.5, "response_minutes": 10} | fields)
    return Order(called, "power", Span(start, end, ZONE), asked, heads, tuple(line))


def came(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if call.begins < np.inf]


places = st.integers(1, 8)


@given(seed=st.integers(0, 10_000), heads=places, members=st.integers(0, 12), share=st.floats(0.05, 1), end=st.integers(70, 400))
def test_everybody_is_asked_once_in_the_order_of_the_line_until_enough_said_yes(
    seed: int, heads: int, members: int, share: float, end: int
) -> None:
    order = order_of(heads, range(members), end=end, answer_share=share)
    calls = mustered((order, replace(order, heads=1)), luck_of(members, seed, 0))
    asked = [call.member for call in calls]
    assert len(asked) == len(set(asked))
    first = [call for call in calls if call.order == 0]
    assert [call.member for call in first] == list(range(len(first)))
    yes = [call for call in first if call.answer == "accepted"]
    assert len(yes) <= heads
    for call in first:
        assert call.asked + order.tier.notice_minutes < end
        assert (call.begins < np.inf) <= (call.answer == "accepted")
        assert call.begins >= order.span.start
    # whoever is asked takes the place of somebody who said no, and no more of them than that
    assert len(first) <= heads + sum(call.answer != "accepted" for call in first)


def test_all_say_yes_and_nobody_is_asked_beyond_those_wanted() -> None:
    calls = mustered((order_of(3, answer_share=1.0),), luck_of(10, 1, 0))
    assert [call.answer for call in calls] == ["accepted"] * 3
    assert [call.asked for call in calls] == [0, 0, 0]


def test_a_silent_member_holds_the_place_for_the_whole_window_and_one_who_declines_does_not() -> None:
    luck = np.full((3, 3), 0.5)
    luck[:, 0] = (0.9, 0.6, 0.1)  # silent, declines, comes, at a share of one half
    calls = mustered((order_of(1, range(3), end=400),), luck)
    assert [call.answer for call in calls] == ["no_answer", "declined", "accepted"]
    assert [call.asked for call in calls] == [0, 10, 15]
    # the median of a lognormal of mean 1 lies a little below it
    assert calls[2].begins == pytest.approx(15 + 60 * np.exp(-0.02))


def test_who_would_arrive_after_the_duty_does_not_come() -> None:
    luck = np.array([[0.1, 0.5, 0.999]])  # says yes, and travels three standard deviations longer than usual
    (call,) = mustered((order_of(1, range(1), end=70),), luck)
    assert (call.answer, call.begins) == ("accepted", np.inf)


def test_the_share_who_say_yes_is_that_of_the_tier() -> None:
    calls = [call for k in range(400) for call in mustered((order_of(20, range(20), answer_share=0.7),), luck_of(20, 3, k))]
    share = np.mean([call.answer == "accepted" for call in calls])
    assert share == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / len(calls)))


def staff_of(
    rng: np.random.Generator,
) -> tuple[tuple[Agent, ...], dict[tuple[str, int], tuple[float, float]], set[tuple[str, int]]]:
    skills = (("power",), ("ev",), ("power", "ev"))
    guards = (None, None, Protection(no_night=True), Protection(no_overtime=True))
    agents = tuple(agent(f"a{k}", f"e{1 + k % 2}", skills[int(rng.integers(3))], guards[int(rng.integers(4))]) for k in range(24))
    shifts = {(one.id, day): (float(rng.integers(0, 16)), 8.0) for one in agents for day in (1, 2, 3) if rng.random() < 0.4}
    away = {(one.id, day) for one in agents for day in (1, 2, 3) if (one.id, day) not in shifts and rng.random() < 0.1}
    return agents, shifts, away


def plan_of(agents: Sequence[Agent], roster: object, tiers: Sequence[EchelonTier], peak: float) -> CallOutPlan:
    mean = np.full((2, GRID.size), 20.0)
    mean[:, 20:32] = peak
    made = forecast_of(mean, QUEUES)
    need = requirement_of(forecast_of(np.full((2, GRID.size), 20.0), QUEUES), QUEUES)
    available = need.heads.astype(float)
    found = warnings(made, requirement_of(made, QUEUES), available, QUEUES, now=at(1, 6))
    return plan_call_outs(
        found, forecast=made, requirement=requirement_of(made, QUEUES), available=available, queues=QUEUES, tiers=tiers,
        agents=agents, roster=roster, limits=Limits(rest_minutes=REST), now=at(1, 6),  # type: ignore[arg-type]
    )  # fmt: skip


@given(seed=st.integers(0, 500), peak=st.floats(40, 120))
@settings(max_examples=15, deadline=None)
def test_whoever_comes_is_lawful_at_that_time(seed: int, peak: float) -> None:
    agents, shifts, away = staff_of(np.random.default_rng(seed))
    roster, tiers = roster_of(agents, shifts, away), (tier("e1", 1, 30), tier("e2", 2, 90))
    members = reserve(agents, roster)
    plan = plan_of(agents, roster, tiers, peak)
    orders = orders_of(plan, {one.id: one for one in tiers}, members, Limits(rest_minutes=REST), epoch_minutes(at(1, 6)), ZONE)
    calls = [call for k in range(5) for call in mustered(orders, luck_of(len(members.agents), seed, k))]
    event(f"{len(came(calls)) // 20 * 20} and more came")
    midnight = epoch_minutes(at(1, 0))
    for call in came(calls):
        order, one = orders[call.order], members.agents[call.member]
        begins, end = call.begins - midnight, order.span.end - midnight
        assert order.queue in one.skills
        assert one.echelon == order.tier.id
        assert end - begins <= order.tier.max_minutes
        assert not (one.protection and one.protection.no_overtime)
        minutes = np.arange(int(np.ceil(begins)), end)
        if one.protection and one.protection.no_night:
            assert not ((minutes % 1440 < 360) | (minutes % 1440 >= 1320)).any()
        for day in {1 + int(minute) // 1440 for minute in minutes}:
            assert (one.id, day) not in away
        for (name, day), (hour, hours) in shifts.items():
            first = (day - 1) * 1440 + hour * 60
            if name == one.id:
                assert begins - (first + hours * 60) >= REST or first - end >= REST


def test_an_order_is_asked_a_window_before_the_last_moment_and_only_an_approver_lifts_overtime() -> None:
    members = reserve([agent("a")], roster_of([agent("a")], {}))
    tiers = {"e1": tier("e1").model_copy(update={"response_minutes": 10})}
    call = Activation("e1", "power", at(2, 9), at(2, 10), at(2, 13), ("a",), at(2, 10), 0.9, 0.1)

    def ordered(one: Activation, hour: float) -> Order:
        plan = CallOutPlan((one,), (), (), np.zeros((1, 1)), np.zeros((1, 1)))
        (order,) = orders_of(plan, tiers, members, Limits(month_minutes=120), epoch_minutes(at(2, hour)), ZONE)
        return order

    assert [ordered(call, hour).asked_at - epoch_minutes(at(2, 9)) for hour in (6, 8.9)] == [-10, -6]
    assert [ordered(replace(call, needs_approval=approved), 6).line for approved in (False, True)] == [(), (0,)]


def drill_of(
    orders: tuple[Order, ...] = (),
    share: float = 1.0,
    day_minutes: int | None = None,
    efficiency: float = 1.0,
    *,
    day: int = 0,
    window: slice = slice(10, 24),
    unskilled: Mapping[str, float] | None = None,
) -> tuple[Drilled, DrillOutcome]:
    reserve_tier = tier("t", notice=30).model_copy(
        update={"answer_share": share, "hour_cost": 2.0, "least_paid_minutes": 300, "efficiency": efficiency}
    )
    bench = bench_of(calls=60.0, tiers=(reserve_tier,), echelon=("g4", "g5", "g6", "g7"), absent=0.1, pausing=0.1)
    trial = bench.trial
    members = reserve(trial.agents, trial.roster)
    start = int(trial.days[day].grid.day_start_minutes[0])
    known = tuple(
        replace(one, tier=reserve_tier, queue="a", span=Span(start + 600, start + 900, ZONE), asked_at=start + 560)
        for one in orders
    )
    found = drilled(trial, usual_of(bench), known, members, window, ("a",), Limits(rest_minutes=REST, day_minutes=day_minutes))
    return found, outcome_of(found, POLICY, unskilled or {})


def test_without_orders_both_sides_are_the_same_and_cost_nothing() -> None:
    _, outcome = drill_of()
    assert all(one.difference == 0 and one.half_width == 0 for one in outcome.figures if not np.isnan(one.without))
    assert outcome.musters == ()
    assert (outcome.score.strength, outcome.score.speed) == (1.0, 1.0)


def test_members_who_come_help_and_are_paid_and_the_same_seed_says_the_same() -> None:
    order = order_of(4, range(4))
    found, outcome = drill_of((order,))
    again = drill_of((order,))[1]
    assert outcome.figures == again.figures
    figures = {(one.measure, one.queue): one for one in outcome.figures}
    assert figures["service_level", "a"].difference > 2 * figures["service_level", "a"].half_width > 0
    assert figures["lost_calls", ""].difference < 0
    # four members, each paid five hours at least, twice
    assert figures["cost_hours", ""].with_echelons == pytest.approx(4 * 300 / 60 * 2.0)
    alone = found.alone
    assert figures["lost_calls", ""].without == pytest.approx(
        (alone.abandoned + alone.blocked)[:, :, 10:24].sum(axis=(1, 2)).mean()
    )
    slow = {(one.measure, one.queue): one for one in drill_of((order,), efficiency=0.3)[1].figures}
    assert slow["service_level", "a"].with_echelons < figures["service_level", "a"].with_echelons
    (muster,) = outcome.musters
    assert (muster.wanted, muster.came, muster.asked) == (4, 4.0, 4.0)
    rows = list(replications_of(found))
    lost = [sum(row["lost_calls_with"] - row["lost_calls_without"] for row in rows if row["replication"] == k) for k in range(12)]
    assert figures["lost_calls", ""].difference == pytest.approx(np.mean(lost))
    assert {row["came"] for row in rows if row["queue"] == "a"} == {4}
    assert {row["came"] for row in rows if row["queue"] == "b"} == {0}


def test_a_drill_over_midnight_counts_the_next_day_and_who_comes_on_it() -> None:
    order = order_of(4, range(4))
    found, outcome = drill_of((order,), day=1, window=slice(10, 38))
    more = (found.helped.answered - found.alone.answered).sum(axis=(0, 1))
    assert (more[:24] == 0).all()
    assert more[24:38].sum() > 0
    lost = (found.alone.abandoned + found.alone.blocked)[:, :, 10:38].sum(axis=(1, 2)).mean()
    figures = {(one.measure, one.queue): one for one in outcome.figures}
    assert figures["lost_calls", ""].without == pytest.approx(lost)
    assert figures["lost_calls", ""].difference < 0
    that_day = {(one.measure, one.queue): one for one in drill_of((order,), day=1)[1].figures}
    assert that_day["lost_calls", ""].difference == 0


def test_where_agents_lack_and_nobody_could_be_wanted_strength_and_speed_are_nothing() -> None:
    score = drill_of(unskilled={"a": 5.0})[1].score
    assert (score.strength, score.speed) == (0.0, 0.0)


def test_who_never_comes_leaves_the_day_as_it_was_and_is_a_lesson() -> None:
    _, outcome = drill_of((order_of(4, range(4)),), share=1e-9)
    assert all(one.difference == 0 for one in outcome.figures if not np.isnan(one.without))
    assert {lesson.kind for lesson in outcome.lessons} >= {"late", "few"}
    assert all(lesson.text[0].endswith(".") and lesson.text[1].endswith("。") for lesson in outcome.lessons)
    assert outcome.score.strength == outcome.score.speed == 0


def test_a_duty_that_needs_an_approver_counts_as_one_that_can_be_done() -> None:
    free, approved = (drill_of(day_minutes=most)[1].readiness for most in (None, 60))
    assert sum(one.free for one in free) > 0
    assert approved == free


def test_paired_differences_have_the_interval_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(4)
    before = rng.normal(10, 5, 30)
    after = before + rng.normal(1, 0.5, 30)
    got = paired("wait_s", "a", before, after)
    low, high = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert (got.difference - got.half_width, got.difference + got.half_width) == pytest.approx((low, high))
    assert np.isnan(paired("wait_s", "a", np.full(3, np.nan), np.ones(3)).difference)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_score_lies_between_nothing_and_a_hundred_and_grows_with_each_part(service: float, strength: float, speed: float) -> None:
    points = Score(service, strength, speed, POLICY.weights).points
    assert -1e-9 <= points <= 100 + 1e-9
    assert points == pytest.approx(40 * service + 30 * strength + 30 * speed)


def test_a_drill_is_due_when_the_last_is_older_than_the_rhythm() -> None:
    told = {"version": "v1", "replications": 2, "seed": 1, "score": 50, "service": 1, "strength": 1, "speed": 1}
    record = DrillRecord.model_validate({"scenario": "ice", "at": at(1, 8), "held_at": at(1, 9)} | told)
    assert due((), "ice", at(2, 0), POLICY)
    assert not due((record,), "ice", at(30, 0), POLICY)
    assert due((record,), "ice", at(1, 9) + timedelta(days=32), POLICY)
    assert due((record,), "typhoon", at(2, 0), POLICY)


def test_a_recording_of_one_day_is_moved_to_the_day_of_the_drill_and_more_days_are_refused() -> None:
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 1, 5), days=2), minutes=30)
    offered = np.full((1, 96), np.nan)
    offered[0, 48:] = np.arange(48)
    history = CallHistory(("power",), grid, offered, np.full((1, 96), np.nan))
    moved = replayed_on(history, at(3, 8), "calls.csv")
    assert moved.grid.horizon.first == date(2026, 6, 3)
    assert moved.offered[0].tolist() == list(range(48))
    with pytest.raises(InvalidData, match="2 days"):
        replayed_on(replace(history, offered=np.ones((1, 96))), at(3, 8), "calls.csv")


def test_lessons_name_what_was_late_lacked_skills_or_stayed_red() -> None:
    late = Muster("E3", wanted=10, asked=12, accepted=9, came=9, in_time=0.5, minutes_to_80=150, late_minutes=25)
    ready = (Readiness("ev", "ev", 20, 15, 3), Readiness("ev", "power", 30, 2, 1), Readiness("power", "power", 30, 30, 9))
    red = RedRun("power", (at(1, 10), at(1, 12)), 0.9)
    found = {lesson.kind: lesson.text for lesson in lessons_of([late], [red], {"ev": 7.0}, ready, POLICY)}
    assert found.keys() == {"late", "skill", "red"}
    for words in ("E3", "25"):
        assert all(words in text for text in found["late"])
    for words in ("ev", "7", "17", "50", "4"):
        assert all(words in text for text in found["skill"])
    assert all("10:00–12:00" in text and "90%" in text for text in found["red"])
    calm = list(lessons_of([], [], {}, ready, POLICY))
    assert [lesson.kind for lesson in calm] == ["room"]
