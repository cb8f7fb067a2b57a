"""Requests of agents: every cause is reached, what is granted is what was asked, and no roster is edited."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from roster_case import FIRST, SHIFTS, problem_of

from data.model.base import FloatArray, IntArray
from data.model.demand import Requirement
from data.model.errors import InvalidData
from data.model.people import Absence, Protection
from data.model.request import (
    Cover,
    Decision,
    EarlyLeave,
    GiveAway,
    Leave,
    Overtime,
    Request,
    RequestPolicy,
    Swap,
    Terms,
)
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import Judged, judge, judge_all, judge_at
from optimizer.rostering.requests.causes import OPEN, Cause
from optimizer.rostering.requests.desk import desk_of
from optimizer.rostering.requests.service import chance_at_the_mean
from optimizer.rostering.verify import verify
from optimizer.staffing.queueing import evaluate

DAYS = 14
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 1, 6, tzinfo=ZONE)
MADE = NOW - timedelta(hours=1)
LINES = {
    "g0": "E E E - - - -  E E E E - - -",
    "g1": "- - - E E E -  - - - - E E -",
    "g2": "L L L L - - -  L L L L - - -",
    "g3": "- - L L L L -  - - - L L - -",
    "g4": "N N - - E E -  - E E E E - -",
    "g5": "- - - - - - -  - - - - - - -",
}
SKILLS = (("a",), ("a",), ("a", "b"), ("b",), ("a",), ("a", "b"))
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}, title="Rest", title_zh="休息"),
    RuleSpec(id="run", kind="run_length", numbers={"max_days": 4}, title="Run", title_zh="连班"),
    RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 0, "max_minutes": 2400}),
    RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 120}),
    RuleSpec(id="protection", kind="protection"),
    RuleSpec(id="leave", kind="leave"),
)
EASY = Terms(notice_hours=0, most_added_chance=1, most_service_lost=1, most_a_month=99)
ALL_EASY = RequestPolicy(**dict.fromkeys(RequestPolicy.model_fields, EASY))


def day(number: int) -> date:
    """A day of the roster, from 1 on."""
    return FIRST + timedelta(days=number - 1)


def staffed(problem: RosterProblem, calls: float = 6.0) -> Requirement:
    """One agent on each queue from 8 to 22 o'clock, with the curve of so many calls an hour."""
    old, hour = problem.requirement, np.arange(problem.grid.size) % 24
    heads = np.tile(((hour >= 8) & (hour < 22)).astype(np.int64), (2, 1))
    rate = np.where(heads > 0, calls, 0.0)
    curve = evaluate(np.arange(9), rate[..., None] / 3600, 240.0, 60.0, 20.0).service_level
    handle, first = np.full(heads.shape, 240.0), np.zeros(heads.shape, dtype=np.int64)
    return replace(old, heads=heads, on_phone=heads, calls=rate, handle_time_s=handle, curve=curve, curve_first=first)


def team(rules: tuple[RuleSpec, ...] = RULES, **agents: Mapping[str, object]) -> RosterProblem:
    """Six agents for two weeks; fields of some of them otherwise."""
    problem = problem_of(np.zeros((2, 24 * DAYS), dtype=np.int64), SKILLS, len(SHIFTS), rules)
    changed = tuple(one.model_copy(update=dict(agents.get(one.id, {}))) for one in problem.agents)
    return replace(problem, agents=changed, requirement=staffed(problem))


def roster_of(problem: RosterProblem, lines: Mapping[str, str] = LINES) -> Roster:
    """The roster of these lines, meals as early as can be."""
    codes = problem.alphabet.codes
    symbol = np.array([[codes.index(code) for code in lines[agent.id].split()] for agent in problem.agents])
    shifts = {shift.code: shift for shift in problem.centre.shifts}

    def each(value: Callable[[str], int]) -> IntArray:
        return np.array([value(code) for code in codes])[symbol]

    start = each(lambda code: shifts[code].start_minute if code in shifts else -1)
    minutes = each(lambda code: shifts[code].minutes if code in shifts else 0)
    meal = each(lambda code: shifts[code].meal_earliest if code in shifts and shifts[code].meal_minutes else -1)
    pause = each(lambda code: shifts[code].meal_minutes if code in shifts else 0)
    names = tuple(agent.id for agent in problem.agents)
    return Roster(names, problem.grid.horizon, codes, symbol, start, minutes, meal, pause, version="v7", rhythm="day")


def swap(*days: int, agent: str = "g0", other: str = "g1", **more: object) -> Swap:
    return Swap(id="r", agent=agent, other=other, days=tuple(map(day, days)), made_at=MADE, **more)


def cover(number: int, agent: str = "g0", other: str = "g5", **more: object) -> Cover:
    return Cover(id="r", agent=agent, other=other, day=day(number), made_at=MADE, **more)


def give(number: int, *takers: str, agent: str = "g0") -> GiveAway:
    return GiveAway(id="r", agent=agent, day=day(number), takers=takers, made_at=MADE)


def longer(number: int, minutes: int, agent: str = "g2", before: bool = False) -> Overtime:
    return Overtime(id="r", agent=agent, day=day(number), minutes=minutes, before=before, made_at=MADE)


def early(number: int, minutes: int, agent: str = "g0") -> EarlyLeave:
    return EarlyLeave(id="r", agent=agent, day=day(number), minutes=minutes, made_at=MADE)


def leave(first: int, last: int, agent: str = "g0", **more: object) -> Leave:
    return Leave(id="r", agent=agent, first=day(first), last=day(last), made_at=MADE, **more)


def terms(**more: object) -> RequestPolicy:
    """Every kind under easy terms but for these."""
    return RequestPolicy(**dict.fromkeys(RequestPolicy.model_fields, EASY.model_copy(update=more)))


def decide(
    request: Request,
    policy: RequestPolicy = ALL_EASY,
    problem: RosterProblem | None = None,
    lines: Mapping[str, str] | None = None,
    now: datetime = NOW,
    chance: Callable[[int, IntArray, FloatArray], FloatArray] | None = None,
    granted: Sequence[Request] = (),
    seen: Mapping[str, Roster] | None = None,
    most: int = 0,
) -> Judged:
    asked = problem or team()
    roster = roster_of(asked, LINES | dict(lines or {}))
    before = {name: getattr(roster, name).copy() for name in ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")}
    found = judge(asked, roster, request, policy, now, chance=chance, granted=granted, seen=seen, most=most)
    assert all((getattr(roster, name) == array).all() for name, array in before.items())
    return found


def on_leave(agent: str, number: int, paid: bool = True) -> RosterProblem:
    return replace(team(), absences=(Absence(agent=agent, first=day(number), last=day(number), paid=paid),))


def breaky(code: str = "E") -> RosterProblem:
    """The longest stretch on the phones of a shift is as short as can be."""
    problem = team()
    shifts = tuple(s.model_copy(update={"max_phone_minutes": 300}) if s.code == code else s for s in SHIFTS)
    return replace(problem, centre=problem.centre.model_copy(update={"shifts": shifts}))


def without(rule: str) -> tuple[RuleSpec, ...]:
    return tuple(spec for spec in RULES if spec.id != rule)


NO_NIGHT = {"protection": Protection(no_night=True)}
NO_OVERTIME = {"protection": Protection(no_overtime=True)}

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
CLASH = "E E E - N E -  E E E E - - -"


def narrow_contract() -> RosterProblem:
    """Agent g5 has a contract without shift E."""
    problem = team(g5={"contract": "late"})
    late = problem.centre.contracts[0].model_copy(update={"id": "late", "shifts": ("L",)})
    centre = problem.centre.model_copy(update={"contracts": (*problem.centre.contracts, late)})
    return replace(problem, centre=centre)


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


def test_where_nobody_calls_service_is_not_touched() -> None:
    assert decide(early(1, 60, agent="g4")).decision.effect is None
    assert decide(cover(1, agent="g4", other="g5"), chance=sure).decision.effect is None


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


def test_open_causes_are_those_that_speak_of_the_terms() -> None:
    told = {"too_late", "quota_used_up", "not_needed", "service_at_risk", "service_lost", "leader_decides"}
    assert told == OPEN
