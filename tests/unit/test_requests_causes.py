"""Every cause of the catalogue is reached, and told in both languages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from string import Formatter

import numpy as np
import pytest
from request_case import (
    DAYS,
    NO_NIGHT,
    NOW,
    breaky,
    cover,
    decide,
    early,
    give,
    leave,
    longer,
    narrow_contract,
    on_leave,
    swap,
    team,
    terms,
    without,
)

from data.model.request import Decision
from optimizer.rostering.requests import Judged
from optimizer.rostering.requests.causes import OPEN, Cause

CLASH = "E E E - N E -  E E E E - - -"
CASES: dict[Cause, Callable[[], Judged]] = {
    Cause.KIND_REFUSED: lambda: decide(cover(2), terms(answer="refuse")),
    Cause.UNKNOWN_AGENT: lambda: decide(cover(2, other="nobody")),
    Cause.OUTSIDE_ROSTER: lambda: decide(leave(14, 15)),
    Cause.FROM_THE_FUTURE: lambda: decide(cover(2).model_copy(update={"made_at": NOW + timedelta(minutes=1)})),
    Cause.NEWER_VERSION: lambda: decide(cover(2, version="v6")),
    Cause.SAME_AGENT: lambda: decide(swap(2, other="g0")),
    Cause.NO_SHIFT: lambda: decide(cover(4)),
    Cause.ON_LEAVE: lambda: decide(cover(2), problem=on_leave("g5", 2)),
    Cause.AT_WORK: lambda: decide(cover(2, other="g2")),
    Cause.NOTHING_CHANGES: lambda: decide(swap(7)),
    Cause.NO_LEAVE_CODE: lambda: decide(leave(2, 2, code="E")),
    Cause.PAY_OF_LEAVE: lambda: decide(leave(2, 2, paid=False), problem=on_leave("g5", 9)),
    Cause.NO_TAKER: lambda: decide(give(2)),
    Cause.DAY_BEFORE: lambda: decide(longer(2, 500, agent="g0", before=True)),
    Cause.TOO_FAR: lambda: decide(longer(2, 240), problem=team(without("overtime"))),
    Cause.NO_SHIFT_LEFT: lambda: decide(early(2, 540)),
    Cause.MEAL_UNPLACED: lambda: decide(longer(2, 150, agent="g0"), problem=breaky()),
    Cause.PAST: lambda: decide(cover(1), now=NOW + timedelta(hours=2)),
    Cause.CONSENT_MISSING: lambda: decide(cover(2), terms(consent=True)),
    Cause.OUTSIDE_CONTRACT: lambda: decide(cover(2), problem=narrow_contract()),
    Cause.SKILL_MISSING: lambda: decide(cover(8, other="g3")),
    Cause.PROTECTED: lambda: decide(cover(2, agent="g4"), problem=team(g5=NO_NIGHT)),
    Cause.OVERLAP: lambda: decide(longer(6, 180, agent="g0", before=True), lines={"g0": CLASH}, problem=team(())),
    Cause.LOCKED: lambda: decide(cover(2), problem=replace(team(), locked=np.ones((6, DAYS), dtype=np.bool_))),
    Cause.REST_TOO_SHORT: lambda: decide(cover(4, agent="g1", other="g2"), lines={"g2": "L L L - - - -  - - - - - - -"}),
    Cause.HOURS_BOUND: lambda: decide(longer(2, 150)),
    Cause.RULE_BROKEN: lambda: decide(cover(4, agent="g1", other="g0"), lines={"g0": "E E E - E - -  - - - - - - -"}),
    Cause.TOO_LATE: lambda: decide(cover(1), terms(notice_hours=24)),
    Cause.QUOTA_USED_UP: lambda: decide(cover(2), terms(most_a_month=1), granted=[cover(1)]),
    Cause.NOT_NEEDED: lambda: decide(longer(2, 60)),
    Cause.SERVICE_AT_RISK: lambda: decide(early(8, 180), terms(most_added_chance=0.05)),
    Cause.SERVICE_LOST: lambda: decide(early(8, 180), terms(most_service_lost=0.05)),
    Cause.LEADER_DECIDES: lambda: decide(cover(2), terms(answer="review")),
}


@pytest.mark.parametrize("cause", Cause, ids=lambda cause: cause.code)
def test_every_cause_is_reached(cause: Cause) -> None:
    judged = CASES[cause]()
    decision = judged.decision
    assert decision.cause == cause.code, decision.reasons
    assert decision.outcome == ("to_leader" if cause is Cause.LEADER_DECIDES else "refused")
    assert judged.roster is None
    assert decision.reasons[0].sentence in decision.sentence
    assert decision.reasons[0].sentence_zh in decision.sentence_zh
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


@pytest.mark.parametrize("cause", Cause, ids=lambda cause: cause.code)
def test_both_languages_tell_the_same_numbers(cause: Cause) -> None:
    names = [{part[1].removesuffix("_zh") for part in Formatter().parse(text) if part[1]} for text in cause.texts.values()]
    assert names[0] - {"agent"} >= names[1] - {"agent"}
    assert cause.texts["en"].endswith(".")
    assert cause.texts["zh"].endswith("。")


def test_open_causes_are_those_that_speak_of_the_terms() -> None:
    told = {"too_late", "quota_used_up", "not_needed", "service_at_risk", "service_lost", "leader_decides"}
    assert told == OPEN
