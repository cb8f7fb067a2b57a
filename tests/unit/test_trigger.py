"""Call-outs: enough and not more, in the order of the tiers, in time, with rest, and never against a protection."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from response_case import GRID, agent, at, forecast_of, queue, requirement_of, roster_of, tier

from data.model.people import Absence, Protection
from data.model.response import CallOutPolicy, WarningLadder, WarningLevel
from data.model.rulebook import Rulebook, RuleSpec
from optimizer.response.echelon.limits import Limits
from optimizer.response.echelon.trigger import plan_call_outs
from optimizer.response.warning.warn import capacity_chances, warnings

POWER = queue("power")
OPEN = np.where(np.arange(GRID.size) % 48 < 12, 0.0, 120.0)[None]
FORECAST = forecast_of(OPEN, [POWER])
REQUIREMENT = requirement_of(FORECAST, [POWER])
LADDER = WarningLadder(chance=(0.3, 0.5, 0.7, 0.9), need=(0.95, 1.05, 1.2, 1.5))
BLUE = LADDER.chance[0]
REST = 11 * 60


def slot(day, hour):
    return GRID.slot(at(day, hour))


def short(first, end, heads, rows=1):
    available = np.full((rows, GRID.size), 40.0)
    available[0, first:end] = heads
    return available


FIRST = tier("e1")
GAP = short(slot(2, 10), slot(2, 12), 14.0)


def plan(agents, *, available=GAP, tiers=(FIRST,), shifts=None, leave=frozenset(), absences=(), now=None, **more):
    queues, forecast, requirement = (more.pop(name, default) for name, default in CASE.items())
    now = now or at(2, 6)
    ladder = more.setdefault("ladder", LADDER)
    found = warnings(forecast, requirement, available, queues, now=now, ladder=ladder)
    return plan_call_outs(
        more.pop("warnings", found), forecast=forecast, requirement=requirement, available=available, queues=queues, tiers=tiers,
        agents=agents, roster=roster_of(agents, shifts or {}, leave), absences=absences,
        limits=more.pop("limits", Limits(rest_minutes=REST)), now=now, **more,
    )  # fmt: skip


CASE = {"queues": [POWER], "forecast": FORECAST, "requirement": REQUIREMENT}
MANY = [agent(f"a{k:02}") for k in range(20)]


def test_as_few_members_as_calm_the_worst_slot():
    result = plan(MANY)
    (call,) = result.activations
    assert (call.start, call.end, call.call_by) == (at(2, 10), at(2, 12), at(2, 9))
    assert call.chance_before >= 0.7
    assert call.chance_after < BLUE
    fewer = GAP.copy()
    fewer[0, slot(2, 10) : slot(2, 12)] += len(call.members) - 1
    assert capacity_chances(FORECAST, REQUIREMENT, fewer, [POWER])[0, slot(2, 10)] >= BLUE
    assert not call.needs_approval
    assert result.unmet == ()


def test_capacity_and_chances_after_the_call():
    result = plan(MANY, tiers=[tier("e1", efficiency=0.6)])
    (call,) = result.activations
    added = result.available - GAP
    inside = (np.arange(GRID.size) >= slot(2, 10)) & (np.arange(GRID.size) < slot(2, 12))
    np.testing.assert_allclose(added[0, inside], 0.6 * len(call.members))
    assert np.all(added[0, ~inside] == 0)
    np.testing.assert_array_equal(result.chances, capacity_chances(FORECAST, REQUIREMENT, result.available, [POWER]))
    assert call.chance_after == result.chances[0, slot(2, 10)]
    assert len(call.members) > len(plan(MANY).activations[0].members)
    assert "0.6" in call.reason
    assert f"{call.chance_after:.0%}" in call.reason_zh


def test_the_next_tier_gives_what_the_first_cannot():
    first = [agent(f"a{k}") for k in range(2)]
    second = [agent(f"b{k:02}", "e2") for k in range(20)]
    tiers = [tier("e2", 2, notice=120), tier("e1", 1)]
    calls = plan([*second, *first], tiers=tiers).activations
    assert [call.echelon for call in calls] == ["e1", "e2"]
    assert calls[0].members == ("a0", "a1")
    assert calls[0].chance_after == calls[1].chance_before
    assert calls[0].chance_after >= BLUE > calls[1].chance_after
    assert calls[1].call_by == at(2, 8)
    assert len(first) + len(calls[1].members) == len(plan(MANY).activations[0].members)


def test_what_no_echelon_covers_is_stated():
    result = plan(MANY[:1])
    (left,) = result.unmet
    assert (left.start, left.end, left.slots) == (at(2, 10), at(2, 12), 4)
    assert left.chance == result.activations[0].chance_after
    assert left.missing_heads == REQUIREMENT.on_phone[0, slot(2, 10)] - 15
    assert f"{left.missing_heads:.1f}" in left.reason
    assert "未覆盖" in left.reason_zh


def test_nobody_to_call():
    assert plan([]).activations == ()
    assert plan(MANY, tiers=()).activations == ()
    assert len(plan([]).unmet) == 1
    calm = plan(MANY, warnings=())
    assert (calm.activations, calm.standbys, calm.unmet) == ((), (), ())
    np.testing.assert_array_equal(calm.available, GAP)


def test_protections_are_never_called():
    no_overtime = Protection(no_overtime=True)
    people = [agent("a", protection=no_overtime), agent("b", protection=Protection(no_overtime=True, until=date(2026, 6, 2)))]
    free = [
        agent("c", protection=Protection(no_overtime=True, until=date(2026, 6, 1))),
        agent("d", protection=Protection(no_night=True)),
    ]
    result = plan([*people, *free])
    assert set(result.activations[0].members) == {"c", "d"}
    assert "2 protected" in result.activations[0].reason


def test_no_night_holds_from_ten_in_the_evening():
    people = [agent("a", protection=Protection(no_night=True)), agent("b")]
    for hour, called in ((20, {"a", "b"}), (20.5, {"b"}), (22, {"b"})):
        gap = short(slot(2, hour), slot(2, hour + 2), 10.0)
        assert set(plan(people, available=gap, now=at(2, 8)).activations[0].members) == called


@pytest.mark.parametrize(
    ("shift", "called"),
    [
        ((2, 9, 8), False),
        ((2, 11.5, 4), False),
        ((2, 2, 8), False),
        ((2, 12, 4), False),
        ((1, 15, 8), True),
        ((1, 15.5, 8), False),
        ((2, 23, 4), True),
        ((2, 22.5, 4), False),
    ],
)
def test_on_duty_or_without_rest_on_either_side_nobody_is_called(shift, called):
    day, hour, hours = shift
    result = plan(MANY[:1], shifts={("a00", day): (hour, hours)})
    assert bool(result.activations) == called


def test_the_strictest_hard_rest_of_the_rulebook_counts():
    kind = "rest_between_shifts"
    spec = [RuleSpec(id=f"r{k}", kind=kind, numbers={"rest_minutes": rest}) for k, rest in enumerate((600, 660))]
    soft = RuleSpec(id="soft", kind=kind, numbers={"rest_minutes": 720}, weight=1.0)
    assert Limits.of(Rulebook(id="b", rules=(*spec, soft))).rest_minutes == 660
    assert Limits.of(Rulebook(id="b", rules=(soft,))).rest_minutes == 0


def test_leave_skills_and_borders_of_the_tier_keep_members_out():
    people = [agent("a"), agent("b"), agent("c", skills=("ev",)), agent("d", ""), agent("e")]
    ill = Absence(agent="b", first=date(2026, 6, 2), last=date(2026, 6, 2), code="SL")
    result = plan(people, leave={("a", 2)}, absences=[ill])
    assert result.activations[0].members == ("e",)
    assert "2 on leave" in result.activations[0].reason
    assert "1人" in result.activations[0].reason_zh
    elsewhere = tier("e1").model_copy(update={"queues": ("ev",)})
    assert plan(people, tiers=[elsewhere]).activations == ()


def test_the_rested_come_first_then_those_with_fewer_hours():
    people = [agent("a"), agent("b"), agent("c")]
    shifts = {("a", 1): (8, 8), ("b", 1): (14, 8)}
    eager = CallOutPolicy(call_level=WarningLevel.YELLOW)
    gap = short(slot(2, 10), slot(2, 12), 17.0)
    assert plan(people, available=gap, shifts=shifts, policy=eager).activations[0].members == ("c", "a")
    busy = {("a", 1): (0, 4), ("b", 1): (0, 3), ("c", 1): (0, 2)}
    late = short(slot(3, 10), slot(3, 12), 17.0)
    assert plan(people, available=late, shifts=busy, now=at(3, 6), policy=eager).activations[0].members == ("c", "b")


def test_too_late_for_the_notice_the_duty_starts_when_they_can_be_there():
    (call,) = plan(MANY, now=at(2, 9.75)).activations
    assert (call.start, call.end, call.call_by) == (at(2, 11), at(2, 12), at(2, 10))
    result = plan(MANY, now=at(2, 9.75))
    assert (result.unmet[0].start, result.unmet[0].end) == (at(2, 10), at(2, 11))
    assert plan(MANY, now=at(2, 11.25)).activations == ()


def test_call_by_is_never_past():
    for minutes in range(0, 120, 7):
        now = at(2, 8.5) + timedelta(minutes=minutes)
        for call in plan(MANY, now=now).activations:
            assert call.call_by >= now
            assert call.start - call.call_by == timedelta(minutes=60)


def test_a_long_gap_takes_several_duties_and_other_people():
    gap = short(slot(2, 8), slot(2, 18), 14.0)
    result = plan([agent(f"a{k:02}") for k in range(40)], available=gap, tiers=[tier("e1", longest=250)])
    spans = sorted((call.start, call.end) for call in result.activations)
    assert spans == [(at(2, 8), at(2, 12)), (at(2, 12), at(2, 16)), (at(2, 16), at(2, 18))]
    called = [member for call in result.activations for member in call.members]
    assert len(called) == len(set(called))
    assert result.unmet == ()
    assert all(call.needs_approval == (call.end - call.start > timedelta(hours=3)) for call in result.activations)


def test_a_tier_shorter_than_a_slot_cannot_help():
    assert plan(MANY, tiers=[tier("e1", longest=20)]).activations == ()


def test_beyond_three_hours_a_person_approves():
    gap = short(slot(2, 10), slot(2, 14), 14.0)
    (call,) = plan(MANY, available=gap).activations
    assert call.needs_approval
    assert "art. 42" in call.approval
    assert "第四十二条" in call.approval_zh
    (allowed,) = plan(MANY, available=gap, policy=CallOutPolicy(overtime_day_minutes=240)).activations
    assert not allowed.needs_approval
    assert allowed.approval == ""


def test_three_hours_need_no_approver_and_so_keep_the_limits_of_overtime():
    limits = Limits(rest_minutes=REST, month_minutes=120)
    exact, longer = (plan(MANY, available=short(slot(2, 10), slot(2, end), 14.0), limits=limits) for end in (13, 14))
    assert exact.activations == ()
    assert [call.needs_approval for call in longer.activations] == [True]


def test_whoever_was_called_rests_as_long_as_the_tier_asks_before_the_next_duty():
    twice = GAP.copy()
    twice[0, slot(2, 16) : slot(2, 18)] = 14.0
    first = plan(MANY).activations[0]
    few = MANY[: len(first.members)]
    for rest, times in ((0, 2), (600, 1)):
        calls = plan(few, available=twice, tiers=[FIRST.model_copy(update={"rest_minutes": rest})], limits=Limits()).activations
        assert len(calls) == times
    done = replace(first, start=at(2, 4), end=at(2, 6), members=tuple(one.id for one in MANY))
    assert plan(MANY, served=[done]).activations == (), "a duty done this morning counts"


def test_nobody_is_called_twice_at_the_same_time():
    queues = [POWER, queue("ev")]
    forecast = forecast_of(np.repeat(OPEN, 2, axis=0), queues)
    requirement = requirement_of(forecast, queues)
    people = [agent(f"a{k:02}", skills=("power", "ev")) for k in range(8)]
    gap = np.repeat(GAP, 2, axis=0)
    result = plan(people, available=gap, queues=queues, forecast=forecast, requirement=requirement)
    called = [member for call in result.activations for member in call.members]
    assert {call.queue for call in result.activations} == {"power", "ev"}
    assert len(called) == len(set(called)) == 8
    assert [left.queue for left in result.unmet] == ["ev"]


def test_yellow_puts_the_first_echelon_on_notice_and_calls_nobody():
    gap = short(slot(2, 10), slot(2, 12), 17.5)
    ladder = WarningLadder(chance=(0.3, 0.4, 0.9, 0.95), need=LADDER.need)
    people = [agent("a"), agent("b"), agent("c", "e2")]
    result = plan(people, available=gap, tiers=[tier("e1"), tier("e2", 2)], shifts={("b", 2): (10, 8)}, ladder=ladder)
    (notice,) = result.standbys
    assert result.activations == ()
    assert (notice.echelon, notice.members, notice.call_by) == ("e1", ("a",), at(2, 9))
    assert (notice.start, notice.end) == (at(2, 10), at(2, 12))
    assert "黄色" in notice.reason_zh
    np.testing.assert_array_equal(result.available, gap)


def test_the_policy_says_from_which_level_to_call():
    gap = short(slot(2, 10), slot(2, 12), 17.5)
    ladder = WarningLadder(chance=(0.3, 0.4, 0.9, 0.95), need=LADDER.need)
    eager = CallOutPolicy(call_level=WarningLevel.YELLOW)
    assert len(plan(MANY, available=gap, ladder=ladder, policy=eager).activations) == 1


def test_only_the_slots_at_the_calling_level_are_covered():
    gap = short(slot(2, 8), slot(2, 14), 19.0)
    gap[0, slot(2, 10) : slot(2, 11)] = 12.0
    (call,) = plan(MANY, available=gap).activations
    assert (call.start, call.end) == (at(2, 10), at(2, 11))


def test_fewer_available_never_calls_fewer():
    called = [len(plan(MANY, available=short(slot(2, 10), slot(2, 12), float(n))).activations[0].members) for n in range(6, 17)]
    assert called == sorted(called, reverse=True)
    assert called[0] - called[-1] == 10


def test_who_would_break_a_rule_is_passed_by():
    first = plan(MANY).activations[0].members
    asked = []

    def keeps(name, start, end):
        asked.append((name, start, end))
        return name != first[0]

    (call,) = plan(MANY, keeps=keeps).activations
    assert first[0] not in call.members
    assert len(call.members) == len(first)
    assert asked[0] == (first[0], call.start, call.end)
    assert len(asked) == len(first) + 1
    assert "1 held back by a rule of the rulebook" in call.reason
    assert "受排班细则限制1人" in call.reason_zh
