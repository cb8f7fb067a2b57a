"""Laws of the leave auction on random small centres."""

from datetime import timedelta
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from leave_case import case, room_of, wish
from small_team import FIRST

from data.model.leave_plan import LeavePlan, LeavePolicy, LeaveWish
from optimizer.rostering.leave import plan_leave
from optimizer.rostering.leave.hall import Hall

WISHES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 11), st.integers(1, 3), st.integers(1, 5), st.integers(0, 100)),
    min_size=1,
    max_size=9,
)
HEADS = st.tuples(st.integers(1, 2), st.integers(1, 2))
SHARES = st.sampled_from([0.25, 0.5, 1.0])


def made(rows: list[tuple[int, int, int, int, int]]) -> list[LeaveWish]:
    return [wish(k, a, first, days, rank=rank, bid=bid) for k, (a, first, days, rank, bid) in enumerate(rows)]


def run(heads: tuple[int, int], wishes: list[LeaveWish], **policy: float) -> LeavePlan:
    return plan_leave(room_of(case(heads, 9), LeavePolicy.model_validate(policy)), wishes, {})


@settings(max_examples=25, deadline=None)
@given(HEADS, WISHES, SHARES)
def test_quotas_hold_and_the_award_is_the_best_of_all(
    heads: tuple[int, int], rows: list[tuple[int, int, int, int, int]], share: float
) -> None:
    policy, wishes = LeavePolicy(most_share=share), made(rows)
    room = room_of(case(heads, 9), policy)
    away = room.problem.leave >= 0
    plan = plan_leave(room, wishes, {})
    hall = Hall(room, tuple(wishes), np.array([policy.day_value(one, 0.0) for one in wishes]), away, room.limits(away))
    own = np.ones(len(hall.load.indptr) - 1 - len(hall.quota), dtype=np.int64)
    quota, load = np.concatenate([hall.quota, own]), hall.load.toarray()
    worth = np.rint(1000 * hall.pieces.value) / 1000
    best = max(worth @ take for take in map(np.array, product((0, 1), repeat=len(wishes))) if (load @ take <= quota).all())
    granted = np.array([one.outcome == "granted" for one in plan.decisions])
    assert (load @ granted <= quota).all()
    assert np.isclose(plan.value, best)
    assert np.isclose(plan.bound, best)


@settings(max_examples=15, deadline=None)
@given(HEADS, WISHES, SHARES)
def test_a_greater_chance_never_lowers_what_is_granted(
    heads: tuple[int, int], rows: list[tuple[int, int, int, int, int]], share: float
) -> None:
    values = [run(heads, made(rows), most_share=share, most_chance=x).value for x in (0.05, 0.2, 0.4, 0.7)]
    assert all(low <= high + 1e-9 for low, high in zip(values, values[1:], strict=False))


@settings(max_examples=15, deadline=None)
@given(HEADS, WISHES)
def test_a_wish_granted_alone_stays_granted_if_nobody_else_asks_for_its_weeks(
    heads: tuple[int, int], rows: list[tuple[int, int, int, int, int]]
) -> None:
    alone = wish(90, 0, 13, 1)
    others = [one for one in made(rows) if one.last < FIRST + timedelta(days=7)]
    assert run(heads, [alone]).decisions[0].outcome == next(
        one.outcome for one in run(heads, [alone, *others]).decisions if one.wish == alone.id
    )


@settings(max_examples=15, deadline=None)
@given(HEADS, WISHES, SHARES)
def test_what_is_offered_would_be_granted_beside_the_award(
    heads: tuple[int, int], rows: list[tuple[int, int, int, int, int]], share: float
) -> None:
    wishes = made(rows)
    plan = run(heads, wishes, most_share=share)
    of = {one.wish: one for one in plan.decisions}
    moved = [
        one.model_copy(update={"first": offer[0], "last": offer[1]}) if (offer := of[one.id].offer) else one
        for one in wishes
        if of[one.id].granted or of[one.id].offer
    ]
    assert {one.outcome for one in run(heads, moved, most_share=share).decisions} <= {"granted"}
