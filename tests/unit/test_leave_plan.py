"""Leave before a month is planned: quotas that follow the risk, and what each agent gets and is told."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from leave_case import case, room_of, wish
from small_team import FIRST

from data.model.leave_plan import LeavePlan, LeavePolicy, LeaveWish
from data.model.people import Absence
from optimizer.rostering.leave import plan_leave, quota_words
from optimizer.rostering.leave.capacity import capacity_of
from optimizer.rostering.leave.need import cover_of, slot_needs

SHARED = LeavePolicy(most_share=1.0)


def decided(plan: LeavePlan) -> dict[str, str]:
    return {one.wish: one.outcome for one in plan.decisions}


def tight(*wishes: LeaveWish, policy: LeavePolicy = SHARED, heads: tuple[int, int] = (3, 2)) -> LeavePlan:
    return plan_leave(room_of(case(heads), policy), wishes, {})


def test_agents_can_work_what_the_rules_leave() -> None:
    capacity = capacity_of(case(days=14))
    assert capacity.workdays == pytest.approx(5 / 7)
    assert capacity.shift_minutes == pytest.approx(480)


def test_needs_fall_with_the_chance_that_is_borne() -> None:
    problem = case((4, 2))
    needs = slot_needs(
        problem, lambda row, slots, n: np.clip(1 - n / (2 * problem.requirement.heads[row, slots]), 0, 1), np.array([0.25, 0.5])
    )
    assert needs[:, 0, 9].tolist() == [6, 4]
    assert not needs[:, 0, 3].any()


def test_shifts_cover_the_need_and_their_meals() -> None:
    problem = case((4, 2), days=3)
    need = np.where(problem.requirement.heads[0] > 0, 4.0, 0.0)
    paid = cover_of(problem).paid(need, frozenset("E"), problem.grid.day_of_slot, 0.0)
    assert paid / 480 == pytest.approx(np.full(3, 6.0))  # the meal at one of three hours: a third is away in each
    assert (cover_of(problem).paid(need, frozenset("E"), problem.grid.day_of_slot, 0.1) < paid).all()


def test_a_quota_is_what_is_plannable_less_what_is_needed() -> None:
    plan = tight()
    for quota in plan.quotas:
        if quota.kind != "share":
            assert quota.quota == max(0, int(np.floor(quota.plannable - quota.need + 1e-6)))
    week = next(one for one in plan.quotas if one.kind == "week" and len(one.queues) == 2)
    assert week.plannable == pytest.approx(60.0)
    assert all(str(week.quota) in quota_words(week, SHARED, tongue) for tongue in ("en", "zh"))


def test_leave_that_stands_takes_from_the_quota() -> None:
    problem = case()
    gone = (Absence(agent="g0", first=FIRST, last=FIRST),)
    before, after = (plan_leave(room_of(one, SHARED), (), {}) for one in (problem, replace(problem, absences=gone)))
    pairs = [(b, a) for b, a in zip(before.quotas, after.quotas, strict=True) if b.first <= FIRST <= b.last and b.queues != ("b",)]
    assert all(a.plannable == pytest.approx(b.plannable - 1) for b, a in pairs if b.kind == "week" and len(b.queues) == 2)


def test_the_share_of_a_skill_group_binds() -> None:
    plan = plan_leave(room_of(case((1, 1)), LeavePolicy(most_share=0.25)), [wish(1, 0, 2), wish(2, 3, 2, rank=1)], {})
    assert decided(plan) == {"w001": "refused", "w002": "granted"}
    refused = plan.decisions[0]
    assert "25%" in refused.sentence
    assert "1 of rank 1" in refused.sentence
    assert "g3" not in refused.sentence + refused.sentence_zh
    assert refused.offer is not None


def test_the_offer_is_the_nearest_day_with_room_and_offers_do_not_collide() -> None:
    asked = [wish(1, 0, 2, rank=1), wish(2, 3, 2), wish(3, 6, 2)]
    plan = plan_leave(room_of(case((1, 1)), LeavePolicy(most_share=0.25)), asked, {})
    offers = [one.offer[0] for one in plan.decisions if one.offer]
    assert offers == [FIRST + timedelta(days=1), FIRST + timedelta(days=3)]


def test_leave_as_of_right_is_granted_whatever_the_quota() -> None:
    plan = tight(*(wish(k, k, 2, 3, code="ML", rank=5, bid=9) for k in range(9)), heads=(9, 9))
    assert set(decided(plan).values()) == {"granted"}
    assert not any(one.points for one in plan.decisions)
    assert not any(one.quota for one in plan.quotas if one.kind == "day" and one.first == FIRST + timedelta(days=2))


def test_leave_as_of_right_spares_the_days_on_leave() -> None:
    problem = replace(case(), absences=(Absence(agent="g0", first=FIRST + timedelta(days=1), last=FIRST + timedelta(days=1)),))
    plan = plan_leave(room_of(problem), [wish(1, 0, 0, 4, code="ML"), wish(2, 0, 1)], {})
    spans = plan.decisions[0].granted
    assert [((first - FIRST).days, (last - FIRST).days) for first, last in spans] == [(0, 0), (2, 3)]
    assert plan.decisions[1].cause == "on_leave"


def test_leave_stays_in_one_piece_unless_it_may_be_split() -> None:
    others = [wish(k, 3 * k, 2, rank=1) for k in range(1, 2)]
    policy = LeavePolicy(most_share=0.25)
    whole, parted = (
        plan_leave(room_of(case((1, 1)), policy), [*others, wish(9, 0, 1, 3, rank=5, split=split)], {}) for split in (False, True)
    )
    assert decided(whole)["w009"] == "refused"
    part = next(one for one in parted.decisions if one.wish == "w009")
    assert part.outcome == "part"
    assert [(first - FIRST).days for first, _ in part.granted] == [1, 3]


def test_two_wishes_of_an_agent_never_hold_the_same_day() -> None:
    plan = plan_leave(room_of(case((1, 1)), SHARED), [wish(1, 0, 2, 2, rank=1), wish(2, 0, 3, 2)], {})
    assert [one.cause for one in plan.decisions] == ["", "own_wish"]


@pytest.mark.parametrize(("told", "refused"), [({"bid": 50}, {}), ({}, {"g3": 2.0})])
def test_bids_and_earlier_refusals_decide_between_equals(told: dict[str, int], refused: dict[str, float]) -> None:
    asked = [wish(1, 0, 2, bid=20 if told else 0), wish(2, 3, 2, **told)]
    plan = plan_leave(room_of(case((1, 1)), LeavePolicy(most_share=0.25)), asked, refused)
    assert decided(plan) == {"w001": "refused", "w002": "granted"}
    assert [one.points for one in plan.decisions] == [0, 20 if told else 0]


def test_a_bid_does_not_outweigh_a_rank() -> None:
    asked = [wish(1, 0, 2, rank=2), wish(2, 3, 2, rank=3, bid=10**6)]
    plan = plan_leave(room_of(case((1, 1)), LeavePolicy(most_share=0.25)), asked, {"g3": 100.0})
    assert decided(plan) == {"w001": "granted", "w002": "refused"}


def test_what_lies_outside_of_the_days_waits() -> None:
    plan = tight(wish(1, 0, 12, 5), wish(2, 1, 40), wish(3, 2, 12, 60, code="ML"))
    assert decided(plan) == {"w003": "granted"}


def test_the_chance_grows_by_what_is_granted_and_stays_in_bounds() -> None:
    asked = [wish(k, k % 60, k % 7, 2) for k in range(60)]
    plan = plan_leave(room_of(case((10, 5), agents=60), SHARED), asked, {})
    assert {"granted", "refused"} == set(decided(plan).values())
    assert any(day.chance > day.chance_before for day in plan.days)
    for day in plan.days:
        assert day.chance <= max(SHARED.most_chance, day.chance_before) + 1e-9
        assert day.granted <= day.quota
        assert day.week_granted <= day.week_quota
