"""Decisions on a threatened stretch: who is called, by when, and what they say; nobody who may not be called ever is."""

from dataclasses import replace

import numpy as np
import pytest
from response_case import GRID, agent, at, forecast_of, queue, requirement_of, roster_of, tier

from data.model.call_decision import CallDecision, DecisionPolicy
from data.model.people import Protection
from optimizer.response.echelon.limits import Limits
from optimizer.response.echelon.reserve import reserve
from optimizer.response.stopping import Duty, decide
from optimizer.response.warning.warn import warnings

POWER = queue("power")
TIERS = (tier("e1", 1, 30), tier("e2", 2, 60), tier("e3", 3, 120))
PEOPLE = [agent(f"{echelon}-{k}", echelon=echelon) for echelon in ("e1", "e2", "e3") for k in range(6)]
CHEAP = 5.0
"""Price of an hour of pay."""


def duty(share: float, now: float = 10.0, spread: float = 0.15, pay_hour: float = CHEAP, people=PEOPLE) -> Duty:
    """A share of the heads required is there from 14:00 to 18:00 of the first day, all of them and more at other times."""
    made = forecast_of(np.full((1, GRID.size), 200.0), [POWER], at(1, now), spread=spread)
    need = requirement_of(made, [POWER])
    there = need.heads * 1.5
    there[:, 28:36] = need.heads[:, 28:36] * share
    members = reserve(people, roster_of(people, {}))
    return Duty(
        made, need, there, (POWER,), TIERS, members, Limits(), 1440, lambda *_: True, pay_hour, at(1, now), DecisionPolicy()
    )


def decided(case: Duty) -> tuple[CallDecision, ...]:
    return decide(case, warnings(case.forecast, case.requirement, case.available, case.queues, now=case.now))


def test_a_gap_hours_ahead_waits_and_says_from_how_many_calls_on() -> None:
    (decision,) = decided(duty(0.8))
    assert (decision.start, decision.end) == (at(1, 14), at(1, 18))
    assert decision.cost_wait < decision.cost_now < decision.cost_never
    for one, notice in zip(decision.tiers, (0.5, 1.0, 2.0), strict=True):
        assert one.asked == 0
        for threshold in one.thresholds:
            assert at(1, 14 - 2) <= threshold.at <= at(1, 18 - notice)
            assert threshold.since == at(1, 10)
        if one.thresholds:
            assert one.decide_by == one.thresholds[-1].at
            assert f"decide by {one.decide_by:%H:%M}" in one.reason
            assert f"最迟{one.decide_by:%H:%M}决定" in one.reason_zh
    assert any(one.thresholds for one in decision.tiers)


def test_a_gap_that_begins_is_answered_at_once_by_who_is_there_in_time() -> None:
    (decision,) = decided(duty(0.6, now=13.5))
    assert decision.cost_now < decision.cost_wait
    called = {one.echelon: one for one in decision.tiers if one.asked}
    assert called["e1"].arrival == at(1, 14)
    assert called["e1"].asked == len(called["e1"].members) == 6
    assert "call 6 of e1 now" in called["e1"].reason
    assert "现在召集" in called["e1"].reason_zh


def test_a_duty_that_costs_more_than_it_mends_is_called_at_no_moment() -> None:
    (decision,) = decided(duty(0.85, pay_hour=500.0))
    assert all(one.asked == 0 and one.decide_by is None for one in decision.tiers)
    assert decision.cost_wait == pytest.approx(decision.cost_never, rel=1e-2)
    # 1.5 hours of pay at 500 against 20 an agent-hour
    assert "does not pay: an hour of its duty costs 1.5 x 500 = 750 and mends 20 x 1 = 20 at most" in decision.tiers[0].reason


def test_a_rule_of_the_book_has_the_last_word_on_who_is_asked() -> None:
    barred = PEOPLE[0].id
    (decision,) = decided(replace(duty(0.6, now=13.5), keeps=lambda name, *_: name != barred))
    asked = {name for one in decision.tiers for name in one.members}
    assert asked
    assert barred not in asked
    assert {one.id for one in PEOPLE[1:6]} <= asked


def test_who_may_not_be_called_is_counted_with_the_cause() -> None:
    people = [agent(f"e1-{k}", skills=("ev",)) for k in range(4)]
    (decision,) = decided(duty(0.5, now=13.5, people=people))
    assert "nobody of e1 may be called; cannot be called: 4 not skilled for the queue." in decision.tiers[0].reason
    assert "不具备该队列技能4人" in decision.tiers[0].reason_zh


def test_who_may_not_be_called_is_never_asked() -> None:
    """Protected, on other skills, or on duty: the rest are called in their place."""
    held = [agent("e1-held", protection=Protection(no_overtime=True)), agent("e1-other", skills=("ev",))]
    people = [*held, *PEOPLE[:3]]
    (decision,) = decided(duty(0.5, now=13.5, people=people))
    asked = {name for one in decision.tiers for name in one.members}
    assert asked == {person.id for person in PEOPLE[:3]}
    assert decision.tiers[0].able == 3


def test_members_called_for_one_stretch_are_gone_for_the_next() -> None:
    case = duty(0.5, now=13.5)
    two = replace(
        case,
        forecast=forecast_of(np.full((2, GRID.size), 200.0), [POWER, queue("b")], at(1, 13.5)),
        queues=(POWER, queue("b")),
        available=np.repeat(case.available, 2, axis=0),
        members=reserve([agent(person.id, person.echelon, ("power", "b")) for person in PEOPLE[:6]], roster_of(PEOPLE[:6], {})),
    )
    two = replace(two, requirement=requirement_of(two.forecast, two.queues))
    first, second = decided(two)
    names = [[name for one in decision.tiers for name in one.members] for decision in (first, second)]
    assert len(names[0]) == 6
    assert names[1] == []
    assert second.tiers[0].able == 0


def test_a_long_stretch_is_cut_into_even_duties_and_tomorrow_is_not_decided() -> None:
    case = duty(0.8)
    there = case.available.copy()
    there[:, 28:40] = case.requirement.heads[:, 28:40] * 0.8
    there[:, 60:80] = case.requirement.heads[:, 60:80] * 0.6
    spans = sorted((one.start, one.end) for one in decided(replace(case, available=there)))
    assert spans == [(at(1, 14), at(1, 17)), (at(1, 17), at(1, 20))]


def test_without_echelons_nothing_is_decided() -> None:
    assert decided(replace(duty(0.8), tiers=())) == ()


def test_a_duty_within_the_overtime_of_a_day_keeps_the_limits_of_overtime() -> None:
    for day_minutes, able in ((1440, 0), (180, 6)):
        case = replace(duty(0.6, now=13.5), limits=Limits(month_minutes=120), overtime_day_minutes=day_minutes)
        assert {one.able for one in decided(case)[0].tiers} == {able}, "beyond it somebody approves"


def test_the_notice_counts_from_now_and_not_from_the_running_interval() -> None:
    (decision,) = decided(duty(0.6, now=13 + 40 / 60))
    assert {one.echelon: one.arrival for one in decision.tiers}["e1"] == at(1, 14.5), "there at 14:10"


@pytest.mark.parametrize("terms", [{"answer_share": 0.5}, {"efficiency": 0.5}, {"least_paid_minutes": 480}])
def test_fewer_who_come_slower_ones_and_dearer_ones_make_calling_worth_less(terms: dict[str, float]) -> None:
    case = duty(0.6, now=13.5)
    worse = replace(case, tiers=tuple(one.model_copy(update=terms) for one in TIERS), members=duty(0.6).members)
    assert decided(worse)[0].cost_now > decided(case)[0].cost_now * 1.01


def test_the_highest_warning_is_decided_first_and_no_duty_outlasts_any_tier() -> None:
    queues = (POWER, queue("b"))
    made = forecast_of(np.full((2, GRID.size), 200.0), queues, at(1, 13.5))
    need = requirement_of(made, queues)
    there = need.heads * 1.5
    there[0, 28:36], there[1, 28:36] = need.heads[0, 28:36] * 0.9, need.heads[1, 28:36] * 0.5
    case = replace(duty(0.6, now=13.5), forecast=made, requirement=need, available=there, queues=queues)
    assert [one.queue for one in decided(case)] == ["b", "power"]
    short = duty(0.6, now=13.5)
    cut = replace(short, tiers=(TIERS[0], TIERS[1].model_copy(update={"max_minutes": 120})))
    assert {(one.start, one.end) for one in decided(cut)} == {(at(1, 14), at(1, 16)), (at(1, 16), at(1, 18))}


def test_a_stretch_over_midnight_is_decided_whole_and_what_begins_too_late_is_left() -> None:
    case = duty(1.5, now=22)
    there = case.available.copy()
    short = np.r_[case.grid.slot(at(1, 23)) : case.grid.slot(at(2, 3)), case.grid.slot(at(2, 15)) : case.grid.slot(at(2, 17))]
    there[:, short] *= 0.4
    (decision,) = decided(replace(case, available=there))
    assert (decision.start, decision.end) == (at(1, 23), at(2, 3))
    later = replace(case, available=there, policy=DecisionPolicy(ahead_hours=18))
    assert [one.start for one in sorted(decided(later), key=lambda one: one.start)] == [at(1, 23), at(2, 15)]
