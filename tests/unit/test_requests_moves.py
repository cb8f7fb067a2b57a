"""Covers by somebody who is off on another day instead, and shifts of agents who fell ill."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from pydantic import ValidationError
from request_case import ALL_EASY, DAYS, EASY, LINES, NOW, RULES, ZONE, cover, day, decide, give, on_leave, roster_of, team, terms

from data.model.base import FloatArray, IntArray
from data.model.request import Cover, Terms
from data.model.rulebook import RuleSpec
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import Desk, StandIns, chance_at_the_mean, desk_of, judge_at, stand_ins_at

FOUR_DAYS = RuleSpec(id="days", kind="days_off", numbers={"period": "week", "min_days": 3, "max_days": 3}, title="Four days")
EXACT = (*(spec for spec in RULES if spec.id != "run"), FOUR_DAYS)
EVEN = {
    "g0": "E E E E - - -  E E E E - - -",
    "g1": "- - - E E E E  - - - E E E E",
    "g2": "L L L L - - -  L L L L - - -",
    "g3": "- - L L L L -  - - L L L L -",
    "g4": "E - - E E E -  - E E E E - -",
    "g5": "- - E E E E -  E E - - E E -",
}
"""Everybody works four days a week."""


def desk(lines: Mapping[str, str] = EVEN, problem: RosterProblem | None = None, now: datetime = NOW) -> Desk:
    asked = problem or team(EXACT)
    roster = roster_of(asked, lines)
    return desk_of(asked, roster, now, chance_at_the_mean(asked))


def moved(found: StandIns) -> dict[str, int]:
    """Who is shown with which day off, by its number."""
    return {one.agent: (one.instead - day(1)).days + 1 for one in found.best if one.instead is not None}


def test_under_exact_hours_somebody_moves_a_day_of_the_same_week() -> None:
    found = stand_ins_at(desk(), "g0", day(2), terms=EASY)
    assert found.able == 0
    assert moved(found).keys() == {"g1", "g4", "g5"}
    assert found.moving == 3
    assert all(3 <= number <= 7 or number == 1 for number in moved(found).values())
    first = found.best[0]
    assert f", off on {first.instead} instead:" in first.sentence
    assert f"，{first.instead} 改为休息：" in first.sentence_zh
    assert {(one.cause, one.rule): one.count for one in found.refused}["rule_broken", "days"] == 3


def test_nobody_moves_a_day_where_enough_need_not() -> None:
    found = stand_ins_at(desk(problem=team()), "g0", day(2), most=1, terms=EASY)
    assert (len(found.best), found.best[0].instead, found.moving) == (1, None, 0)


@pytest.mark.parametrize(("now", "hours"), [(datetime(2026, 6, 5, 7, tzinfo=ZONE), 0.0), (NOW, 97.0)])
def test_the_day_off_is_neither_past_nor_within_notice(now: datetime, hours: float) -> None:
    """Day 4 at 8 o'clock is gone, or less than 97 hours ahead, though day 2 may still be asked about."""
    found = stand_ins_at(desk(now=now), "g0", day(2), terms=EASY.model_copy(update={"notice_hours": hours}))
    assert moved(found)
    assert min(moved(found).values()) >= 5


def test_days_set_by_hand_are_not_moved() -> None:
    locked = np.zeros((6, DAYS), dtype=np.bool_)
    locked[:, 2:5] = True
    found = stand_ins_at(desk(problem=replace(team(EXACT), locked=locked)), "g0", day(2), terms=EASY)
    assert set(moved(found).values()) <= {1, 6, 7}


def late_in_the_week(row: int, slots: IntArray, available: FloatArray) -> FloatArray:
    """From the fifth day on nobody can be spared; before it nobody is missed."""
    return np.where((slots // 24 >= 4) & (available < 4), 1 - available / 4, 0.5)


def test_the_day_off_keeps_the_limits_of_service() -> None:
    limited = EASY.model_copy(update={"most_added_chance": 0.1})
    alike = replace(desk(), chance=late_in_the_week)
    found = stand_ins_at(alike, "g0", day(2), terms=limited)
    assert moved(found)
    assert max(moved(found).values()) < 5
    assert found.beyond is None
    none = stand_ins_at(alike, "g0", day(2), terms=EASY.model_copy(update={"most_added_chance": -1.0}))
    assert (moved(none), none.moving) == ({}, 3)
    assert none.beyond is not None
    assert none.beyond.reason.cause == "service_at_risk"
    assert none.beyond.stand_in.agent == none.beyond.reason.agent


def test_a_cover_with_a_day_off_instead_is_granted_as_one() -> None:
    short = {"problem": team(tuple(spec for spec in EXACT if spec.id != "days")), "lines": EVEN}
    judged = decide(cover(2, other="g4", instead=day(4)), **short)
    assert judged.decision.outcome == "granted", judged.decision.reasons
    assert judged.roster is not None
    codes = np.array(judged.roster.codes)[judged.roster.symbol]
    assert codes[0, :4].tolist() == ["E", "-", "E", "E"]
    assert codes[4, :4].tolist() == ["E", "E", "-", "-"]
    assert "g4 covers the shift of g0 on 2026-06-02 and is off on 2026-06-04 instead: granted." in judged.decision.sentence
    assert "，2026-06-04 改为休息：批准" in judged.decision.sentence_zh
    assert decide(cover(2, other="g4", instead=day(2 + 1)), **short).decision.cause == "no_shift"
    assert decide(cover(2, other="g4", instead=day(4)), terms(notice_hours=25), **short).decision.outcome == "granted"


def test_nobody_takes_a_shift_and_is_off_on_the_same_day() -> None:
    with pytest.raises(ValidationError, match="same day"):
        cover(2, instead=day(2))


def test_a_refused_cover_asks_the_colleague_to_move_a_day() -> None:
    """The agent's own days are too few then: both swap two days; with leave the colleague alone moves one."""
    decision = decide(cover(2, other="g4"), problem=team(EXACT), lines=EVEN, most=2).decision
    assert decision.cause == "rule_broken"
    assert {(one.kind, one.instead) for one in decision.alternatives} == {("swap", None)}
    assert decision.alternatives[0].agent == "g4"
    assert len(decision.alternatives[0].days) == 2
    ill = replace(team(EXACT), absences=on_leave("g0", 2).absences)
    for asked in (cover(2, other="g4"), give(2)):
        found = judge_at(desk(problem=ill), asked, ALL_EASY).decision
        assert found.alternatives
        for one in found.alternatives:
            assert (one.kind, one.days) == ("cover", (day(2),))
            again = Cover(id="r", agent="g0", other=one.agent, day=day(2), instead=one.instead, made_at=asked.made_at)
            assert judge_at(desk(problem=ill), again, ALL_EASY).decision.outcome == "granted"


def test_the_shift_of_somebody_ill_is_handed_over_and_leave_stands() -> None:
    judged = decide(cover(2), problem=on_leave("g0", 2))
    assert judged.decision.outcome == "granted", judged.decision.reasons
    roster = judged.roster
    assert roster is not None
    assert roster.codes[roster.symbol[0, 1]] == "AL"
    assert roster.codes[roster.symbol[5, 1]] == "E"
    assert decide(give(2, "g5"), problem=on_leave("g0", 2)).decision.taker == "g5"
    assert decide(give(2), problem=on_leave("g0", 2)).decision.cause == "no_taker"


def test_whoever_is_ill_is_not_missed_again() -> None:
    """g2 answers both queues, g0, who takes over, the one of g1: against the roster that counts g2 the other one loses."""
    strict = terms(most_added_chance=0, most_service_lost=0)
    lines = LINES | {
        "g2": "L L L L - - -  L L L L - - -",
        "g0": "- - - - - - -  - - - - - - -",
        "g1": "- L - - - - -  - - - - - - -",
    }
    asked = cover(2, agent="g2", other="g0")
    assert decide(asked, strict, lines=lines).decision.outcome == "refused"
    ill = decide(asked, strict, lines=lines, problem=on_leave("g2", 2)).decision
    assert ill.outcome == "granted", ill.reasons
    assert ill.effect is not None
    assert ill.effect.added_chance <= 0


def certain(row: int, slots: IntArray, available: FloatArray) -> FloatArray:
    """Every target is missed, whoever is there."""
    return np.ones(len(slots))


@pytest.mark.parametrize("other", ["g1", "g5"])
def test_limits_bind_the_difference_alone(other: str) -> None:
    """Where targets are missed anyway, the same shift with the same skills, or more, is taken over under no matter which limits."""
    strict = terms(most_added_chance=0, most_service_lost=0)
    found = decide(cover(2, other=other), strict, chance=certain).decision
    assert (found.outcome, found.effect) == ("granted", None)


def test_who_may_not_simply_be_off_is_told() -> None:
    found = stand_ins_at(desk(), "g0", day(2), terms=EASY)
    assert found.bound is not None
    assert (found.bound.rule, found.leave) == ("days", "")
    ill = stand_ins_at(desk(problem=replace(team(EXACT), absences=on_leave("g0", 2).absences)), "g0", day(2), terms=Terms())
    assert (ill.bound, ill.leave) == (None, "AL")
