"""Overtime and early leave: shifts made longer or shorter, with their meals placed anew."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from request_case import ALL_EASY, ZONE, breaky, cover, decide, early, longer, narrow_contract, roster_of, team, terms, without
from roster_case import SHIFTS

from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import judge


def test_overtime_where_somebody_is_missing_is_granted_at_either_end() -> None:
    after = decide(longer(5, 120, agent="g1"), lines={"g2": "- - - - - - -  - - - - - - -"}).roster
    assert after is not None
    assert (after.start[1, 4], after.minutes[1, 4], after.meal[1, 4]) == (480, 660, 180)
    before = decide(longer(3, 120, before=True), lines={"g0": "- - - - - - -  - - - - - - -"}).roster
    assert before is not None
    assert (before.start[2, 2], before.minutes[2, 2]) == (720, 600)


def test_coming_earlier_leaves_the_meal_at_its_time() -> None:
    problem = team()
    need = replace(problem.requirement, heads=problem.requirement.heads + 3)
    roster = decide(longer(3, 120, agent="g0", before=True), problem=replace(problem, requirement=need)).roster
    assert roster is not None
    assert roster.start[0, 2] + roster.meal[0, 2] == 480 + 180


def test_an_early_leave_moves_the_meal_or_drops_it() -> None:
    kept = decide(early(2, 120)).roster
    assert kept is not None
    assert (kept.minutes[0, 1], kept.meal[0, 1], kept.meal_minutes[0, 1]) == (420, 180, 60)
    dropped = decide(early(2, 180), problem=late_meal(), lines={"g0": "E E E - - - -  - - - - - - -"}).roster
    assert dropped is not None
    assert (dropped.minutes[0, 1], dropped.meal[0, 1], dropped.meal_minutes[0, 1]) == (360, -1, 0)


def test_a_long_shift_keeps_its_meal() -> None:
    decision = decide(early(2, 165), problem=late_meal()).decision
    assert decision.cause == "meal_unplaced"
    assert "375 minutes" in decision.sentence


def test_a_shift_under_way_may_end_otherwise_but_not_be_another_ones() -> None:
    noon = datetime(2026, 6, 2, 12, 30, tzinfo=ZONE)
    roster = decide(early(2, 120), terms(notice_hours=2), now=noon).roster
    assert roster is not None
    assert roster.meal[0, 1] == 180
    assert decide(early(2, 180), terms(notice_hours=2), now=noon).decision.cause == "too_late"
    assert decide(early(2, 180), now=noon + timedelta(hours=2)).decision.cause == "past"
    assert decide(cover(2), now=noon).decision.cause == "past"


def test_a_meal_that_is_over_cannot_be_placed_anew() -> None:
    problem = breaky()
    need = replace(problem.requirement, heads=problem.requirement.heads + 3)
    problem, morning = replace(problem, requirement=need), datetime(2026, 6, 2, 10, 30, tzinfo=ZONE)
    roster = decide(longer(2, 60, agent="g0"), problem=problem, now=morning).roster
    assert roster is not None
    assert roster.meal[0, 1] == 240
    after = decide(longer(2, 60, agent="g0"), problem=problem, now=morning + timedelta(hours=2)).decision
    assert after.cause == "meal_unplaced"


def test_a_meal_moves_as_little_as_can_be_and_not_into_the_past() -> None:
    problem = team()
    shifts = tuple(s.model_copy(update={"meal_latest": 420}) if s.code == "E" else s for s in SHIFTS)
    problem = replace(problem, centre=problem.centre.model_copy(update={"shifts": shifts}))
    roster = roster_of(problem)
    late = replace(roster, meal=np.where(roster.meal == 180, 420, roster.meal))
    noon = datetime(2026, 6, 2, 12, tzinfo=ZONE)
    after = judge(problem, late, early(2, 120), ALL_EASY, noon).roster
    assert after is not None
    assert after.meal[0, 1] == 360
    found = judge(problem, late, early(2, 120), ALL_EASY, noon + timedelta(hours=2)).decision
    assert found.cause == "meal_unplaced"


def test_who_has_a_shift_outside_of_the_contract_may_leave_it_early() -> None:
    lines = {"g5": "- E - - - - -  - - - - - - -"}
    assert decide(early(2, 60, agent="g5"), problem=narrow_contract(), lines=lines).decision.outcome == "granted"


def late_meal() -> RosterProblem:
    """Shift E eats at its end."""
    problem = team(without("overtime"))
    shifts = tuple(s.model_copy(update={"meal_earliest": 330, "meal_latest": 420}) if s.code == "E" else s for s in SHIFTS)
    return replace(problem, centre=problem.centre.model_copy(update={"shifts": shifts}))
