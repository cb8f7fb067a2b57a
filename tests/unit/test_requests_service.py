"""What a request does to service, and the nearest others that would do."""

from datetime import datetime

import numpy as np
from request_case import ZONE, cover, day, decide, early, give, leave, swap, terms

from data.model.base import FloatArray, IntArray


def test_the_effect_names_the_interval_that_is_hurt_most() -> None:
    effect = decide(early(8, 180)).decision.effect
    assert effect is not None
    assert effect.queue == "b"  # who answers both queues serves the dearer one alone
    assert effect.start == datetime(2026, 6, 8, 14, tzinfo=ZONE)
    assert effect.service_before > effect.service_after
    assert (effect.agents_before, effect.agents_after) == (1.0, 0.0)
    assert effect.chance_after > effect.chance_before
    assert effect.lost > 0.5


def sure(row: int, slots: IntArray, available: FloatArray) -> FloatArray:
    """The target is missed without an agent; it is asked of open slots alone."""
    assert ((slots % 24 >= 8) & (slots % 24 < 22)).all()
    return np.where(available < 1, 1.0, 0.25)


def test_the_chance_may_come_from_a_forecast() -> None:
    effect = decide(early(8, 180), chance=sure).decision.effect
    assert effect is not None
    assert (effect.chance_before, effect.chance_after, effect.added_chance) == (0.25, 1.0, 0.75)


def test_where_nobody_calls_service_is_not_touched() -> None:
    assert decide(early(1, 60, agent="g4")).decision.effect is None
    assert decide(cover(1, agent="g4", other="g5"), chance=sure).decision.effect is None


def test_the_nearest_leave_is_told() -> None:
    decision = decide(leave(8, 8), terms(most_added_chance=0.05), most=3, chance=sure).decision
    assert decision.cause == "service_at_risk"
    assert [alternative.days for alternative in decision.alternatives] == [(day(9),), (day(10),), (day(11),)]
    assert decide(leave(10, 10), terms(most_added_chance=0.05), most=3, chance=sure).decision.outcome == "granted"


def test_of_leave_that_is_asked_too_late_later_days_are_told() -> None:
    decision = decide(leave(2, 2), terms(notice_hours=72), most=1).decision
    assert decision.cause == "too_late"
    assert decision.alternatives[0].days == (day(8),)
    assert decide(cover(2), terms(consent=True), most=1).decision.alternatives == ()


def test_stand_ins_are_told_where_a_cover_is_refused() -> None:
    decision = decide(cover(9, other="g3"), most=2).decision
    assert decision.cause == "skill_missing"
    assert [alternative.agent for alternative in decision.alternatives] == ["g5", "g1"]
    assert "g5 covers the shift of g0" in decision.alternatives[0].sentence
    assert decide(give(9), most=2).decision.alternatives[0].agent == "g5"
    assert decide(swap(9, other="g3"), most=1).decision.alternatives[0].agent == "g5"


def test_a_shorter_early_leave_is_told() -> None:
    decision = decide(early(2, 230), most=1).decision
    assert decision.cause == "too_far"
    assert decision.alternatives[0].minutes == 180
