"""Requests of agents: what is granted is what was asked, and no roster is edited."""

from dataclasses import replace

import numpy as np
import pytest
from request_case import (
    ALL_EASY,
    LINES,
    NO_OVERTIME,
    NOW,
    RULES,
    cover,
    decide,
    early,
    give,
    leave,
    longer,
    roster_of,
    swap,
    team,
    terms,
)

from data.model.errors import InvalidData
from optimizer.rostering.requests import judge, judge_all, judge_at
from optimizer.rostering.requests.desk import desk_of
from optimizer.rostering.requests.service import chance_at_the_mean
from optimizer.rostering.verify import verify


def test_a_cover_is_granted_and_moves_the_shift_as_it_stands() -> None:
    judged = decide(cover(2, consents=("g5",)), terms(consent=True))
    assert judged.decision.outcome == "granted"
    assert judged.decision.cause == ""
    assert judged.decision.taker == "g5"
    roster = judged.roster
    assert roster is not None
    assert (roster.version, roster.parent, roster.rhythm) == ("v7+r", "v7", "day")
    assert roster.codes[roster.symbol[0, 1]] == "-"
    assert roster.codes[roster.symbol[5, 1]] == "E"
    assert (roster.start[5, 1], roster.minutes[5, 1], roster.meal[5, 1], roster.meal_minutes[5, 1]) == (480, 540, 180, 60)
    assert (roster.symbol != roster_of(team()).symbol).sum() == 2
    assert judged.decision.effect is None  # the skills that are there differ, but only by more


def test_a_swap_exchanges_whole_days() -> None:
    judged = decide(swap(3, 4))
    assert judged.decision.outcome == "granted", judged.decision.reasons
    roster = judged.roster
    assert roster is not None
    codes = np.array(roster.codes)[roster.symbol]
    assert codes[0, :6].tolist() == ["E", "E", "-", "E", "-", "-"]
    assert codes[1, :6].tolist() == ["-", "-", "E", "-", "E", "E"]
    assert judged.decision.effect is None


def test_the_first_who_may_take_a_shift_gets_it() -> None:
    judged = decide(give(9, "g3", "nobody", "g2", "g1", "g5"))
    assert judged.decision.taker == "g1"
    assert judged.decision.reasons == ()


def test_of_a_shift_that_nobody_may_take_all_causes_are_told_in_order() -> None:
    decision = decide(give(9, "g3", "nobody", "g2")).decision
    assert [(reason.cause, reason.agent) for reason in decision.reasons] == [
        ("unknown_agent", "nobody"), ("at_work", "g2"), ("skill_missing", "g3"),
    ]  # fmt: skip
    assert decision.sentence.endswith("And 2 more.")


def test_leave_takes_the_days_and_comes_with_its_absence() -> None:
    request = leave(2, 5, code="SL", paid=False)
    judged = decide(request)
    assert judged.decision.outcome == "granted", judged.decision.reasons
    assert judged.absences == (request.absence,)
    roster = judged.roster
    assert roster is not None
    assert np.array(roster.codes)[roster.symbol][0, :6].tolist() == ["E", "SL", "SL", "SL", "SL", "-"]
    problem = team()
    after = replace(problem, base=roster, rhythm="day", absences=judged.absences)
    assert verify(after, roster).legal


def test_a_breach_that_stood_before_does_not_count() -> None:
    long_run = {"g0": "E E E E E E -  - - - - - - -", "g5": "- - - - - - -  - - - - - - -"}
    decision = decide(cover(6, agent="g0", other="g1"), lines=long_run | {"g1": "- - - - - - -  - - - - - - -"}).decision
    assert decision.outcome == "granted", decision.reasons
    worse = decide(cover(7, agent="g1", other="g0"), lines=long_run | {"g1": "- - - - - - E  - - - - - - -"}).decision
    assert ("rule_broken", "g0", "run") in [(reason.cause, reason.agent, reason.rule) for reason in worse.reasons]


def test_a_breach_that_grows_counts_though_another_one_falls() -> None:
    rules = tuple(spec for spec in RULES if spec.id == "hours")
    lines = {"g0": "E E E E E E -  E E E E E E -", "g5": "- - - - - - -  - - - - - - E"}
    decision = decide(swap(1, 14, other="g5"), lines=lines, problem=team(rules)).decision
    assert [(reason.cause, reason.agent, reason.rule) for reason in decision.reasons] == [("hours_bound", "g0", "hours")]
    assert "3360" in decision.reasons[0].sentence
    assert decide(swap(1, other="g5"), lines=lines, problem=team(rules)).decision.outcome == "granted"


def test_an_older_version_holds_where_its_days_are_as_they_were() -> None:
    problem = team()
    same, other = roster_of(problem), roster_of(problem, LINES | {"g5": "- E - - - - -  - - - - - - -"})
    assert decide(cover(2, version="v6"), seen={"v6": same}).decision.outcome == "granted"
    found = decide(cover(2, version="v6"), seen={"v6": other}).decision
    assert [(reason.cause, reason.agent) for reason in found.reasons] == [("newer_version", "g5")]
    assert decide(cover(2, version="v7")).decision.outcome == "granted"


def test_protection_and_overtime_are_told_once() -> None:
    problem = team(g2=NO_OVERTIME)
    short = {"g0": "- - - - - - -  - - - - - - -"}
    found = decide(longer(3, 60, before=True), problem=problem, lines=short).decision
    assert [reason.cause for reason in found.reasons] == ["protected"]


def test_what_only_the_terms_forbid_goes_to_a_leader_where_one_decides() -> None:
    policy = terms(answer="review", notice_hours=24)
    decision = decide(cover(1), policy).decision
    assert (decision.outcome, decision.cause) == ("to_leader", "too_late")
    assert decide(cover(1), policy.overruled("cover")).decision.outcome == "granted"
    assert decide(cover(1, other="g2"), policy).decision.outcome == "refused"


def test_a_roster_of_other_agents_is_no_roster_of_the_problem() -> None:
    problem = team()
    fewer = replace(problem, agents=problem.agents[:-1])
    with pytest.raises(InvalidData, match="agents"):
        judge(fewer, roster_of(problem), cover(2), ALL_EASY, NOW)


def test_many_requests_share_a_desk() -> None:
    problem = team()
    desk = desk_of(problem, roster_of(problem), NOW, chance_at_the_mean(problem))
    alone = [decide(request).decision for request in (cover(2), early(8, 180))]
    assert [judge_at(desk, request, ALL_EASY, most=0).decision for request in (cover(2), early(8, 180))] == alone


def test_requests_are_judged_in_the_order_in_which_they_were_made() -> None:
    problem = team()
    desk = desk_of(problem, roster_of(problem), NOW, chance_at_the_mean(problem))
    late = cover(2, agent="g0").model_copy(update={"id": "late", "made_at": NOW})
    asked = [late, cover(2, agent="g0", other="g1"), leave(8, 9).model_copy(update={"id": "z", "made_at": NOW})]
    judged, after = judge_all(desk, asked, ALL_EASY, most=0)
    assert [(one.decision.request, one.decision.cause) for one in judged] == [("r", ""), ("late", "no_shift"), ("z", "")]
    assert (after.roster.version, after.roster.parent) == ("v7+r+z", "v7+r")
    assert after.problem.absences == (leave(8, 9).absence,)
    assert set(after.seen) == {"v7", "v7+r"}
    again = judge_all(after, [cover(3, version="v7")], ALL_EASY, most=0)[0][0]
    assert again.decision.outcome == "granted"
    quota = judge_all(desk, [cover(2), cover(3).model_copy(update={"id": "s"})], terms(most_a_month=1), most=0)[0]
    assert [one.decision.cause for one in quota] == ["", "quota_used_up"]
