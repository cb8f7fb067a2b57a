"""Call-outs step by step: states, room for asks, the file, pay, points, the verifier's word and shifts without rest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from response_case import agent, at, roster_of
from roster_case import FIRST, problem_of

from data.exchange.call_outs import read_call_outs, write_call_outs
from data.exchange.reach import read_reach
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.call_out import CallOut, CallOutBook, CallOutStep, asked
from data.model.centre import EchelonTier
from data.model.errors import InvalidData, NotFound
from data.model.reach import Reach, unreachable
from data.model.response import Activation
from data.model.rulebook import Rulebook, RuleSpec
from optimizer.response.award.deeds import call_ins
from optimizer.response.echelon import Candidate, broken, call_out_pay, next_to_ask, shifts_without_rest
from optimizer.response.echelon.lawful import keeping
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget

NOW = datetime(2026, 6, 2, 10, tzinfo=UTC)
CALL = CallOut(
    id="c0001", echelon="e1", queue="q", start=NOW + timedelta(hours=2), end=NOW + timedelta(hours=5), heads=2,
    response_minutes=10, answer_share=0.8, reason="storm",
)  # fmt: skip
BEGUN = CallOutBook().take(CallOutStep(call_out="c0001", deed="started", by="li", at=NOW, reason="storm", started=CALL))


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def deed(name: str, member: str, minutes: float) -> CallOutStep:
    return CallOutStep(call_out="c0001", deed=name, by="li", at=later(minutes), agent=member)


def ask(book: CallOutBook, minutes: float, *members: str) -> CallOutBook:
    return book.take(*asked(CALL, members, "li", later(minutes)))


def line(*names: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(name, False, 600, 0) for name in names)


def test_two_heads_at_four_answers_in_five_are_three_asks() -> None:
    assert BEGUN.room("c0001", NOW) == 3
    assert next_to_ask(BEGUN, "c0001", line("d", "c", "b", "a"), NOW) == ("a", "b", "c")
    ranked = [
        Candidate("a", False, 600, 0),
        Candidate("b", False, 900, 9),
        Candidate("c", True, 0, 99),
        Candidate("d", False, 900, 8),
    ]
    assert next_to_ask(BEGUN, "c0001", ranked, NOW) == ("c", "d", "b")


def test_the_next_in_line_is_asked_when_the_time_to_answer_is_over() -> None:
    book = ask(BEGUN, 0, "a", "b", "c")
    assert next_to_ask(book, "c0001", line("d"), later(10)) == ()
    assert book.states("c0001", later(10))["a"] == "asked"
    assert book.states("c0001", later(11))["a"] == "no_answer"
    book = book.take(deed("accepted", "a", 5))
    assert book.room("c0001", later(5)) == 0, "one is missing: two asks at that share, which are open"
    assert next_to_ask(book, "c0001", line("d", "e", "f"), later(11)) == ("d", "e")


def test_who_declined_is_asked_no_more_that_day() -> None:
    book = ask(BEGUN, 0, "a").take(deed("declined", "a", 1))
    assert book.declined_on(NOW.date()) == {"a"}
    with pytest.raises(InvalidData, match="declined that day"):
        ask(book, 2, "a")


def test_who_declined_is_passed_by_in_other_call_outs_of_that_day_alone() -> None:
    begun = CallOutStep(call_out="c0002", deed="started", by="li", at=later(2), started=CALL.model_copy(update={"id": "c0002"}))
    book = ask(BEGUN, 0, "a").take(deed("declined", "a", 1), begun)
    assert next_to_ask(book, "c0002", line("a", "b"), later(2)) == ("b",)
    assert next_to_ask(book, "c0002", line("a", "b"), later(24 * 60)) == ("a", "b")


def test_who_is_wanted_by_one_call_out_is_not_asked_by_another() -> None:
    other = CALL.model_copy(update={"id": "c0002"})
    book = ask(BEGUN, 0, "a").take(CallOutStep(call_out="c0002", deed="started", by="li", at=NOW, started=other))
    assert next_to_ask(book, "c0002", line("a", "b"), NOW) == ("b",)
    with pytest.raises(InvalidData, match="elsewhere"):
        book.take(*asked(other, ["a"], "li", NOW))


def test_a_third_yes_for_two_heads_is_told_that_nobody_more_is_needed() -> None:
    book = ask(BEGUN, 0, "a", "b", "c").take(deed("accepted", "a", 1), deed("accepted", "b", 2))
    with pytest.raises(InvalidData, match="nobody more is needed"):
        book.take(deed("accepted", "c", 3))
    assert book.take(deed("stood_down", "c", 3)).coming("c0001", later(3)) == ("a", "b")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidData) as caught:
        BEGUN.take(deed("arrived", "a", 1), deed("accepted", "b", 1), CallOutStep(call_out="c9", deed="ended", by="li", at=NOW))
    assert len(caught.value.findings) == 3
    with pytest.raises(InvalidData, match="a time from"):
        BEGUN.take(*asked(CALL, ["a"], "li", later(-1)))
    with pytest.raises(InvalidData, match="not stood down"):
        ask(BEGUN, 0, "a").take(CallOutStep(call_out="c0001", deed="ended", by="li", at=NOW))
    with pytest.raises(InvalidData, match="no further ask"):
        ask(BEGUN, 0, "a", "b", "c", "d")
    with pytest.raises(InvalidData, match="last moment to answer"):
        BEGUN.take(deed("asked", "a", 0))
    with pytest.raises(NotFound, match="c0001"):
        BEGUN.known("c9")


def worked() -> CallOutBook:
    """One comes before the start, one late; one is stood down in time, one an hour after the end."""
    book = ask(BEGUN, 0, "a", "b", "c").take(deed("accepted", "a", 1), deed("accepted", "b", 2), deed("stood_down", "c", 3))
    book = book.take(deed("arrived", "a", 100), deed("arrived", "b", 150))
    down = deed("stood_down", "a", 300), deed("stood_down", "b", 360)
    return book.take(*down, CallOutStep(call_out="c0001", deed="ended", by="li", at=later(360)))


def test_served_is_from_the_start_or_the_arrival_to_the_stand_down() -> None:
    book = worked()
    assert [(one.agent, one.start, one.end) for one in book.served("c0001")] == [
        ("a", later(120), later(300)),
        ("b", later(150), later(360)),
    ]
    assert book.running() == ()
    with pytest.raises(InvalidData, match="it has ended"):
        ask(book, 400, "d")


def test_who_is_stood_down_before_the_start_has_served_nothing() -> None:
    book = ask(BEGUN, 0, "a").take(deed("accepted", "a", 1), deed("arrived", "a", 100), deed("stood_down", "a", 110))
    assert book.served("c0001") == ()


def test_a_call_out_ends_after_it_starts() -> None:
    with pytest.raises(ValidationError):
        CallOut.model_validate(CALL.model_dump() | {"end": CALL.start})


def test_the_file_is_read_as_it_was_written_and_is_only_added_to(tmp_path: Path) -> None:
    assert read_call_outs(tmp_path) == CallOutBook()
    write_call_outs(worked(), tmp_path)
    assert read_call_outs(tmp_path) == worked()
    path = tmp_path / CallOutBook.FILE
    text = path.read_text("utf-8")
    assert ",2,10,0.8" in text
    path.write_text("\n".join(row for row in text.splitlines() if ",accepted," not in row) + "\n", "utf-8")
    with pytest.raises(InvalidData) as caught:
        read_call_outs(tmp_path)
    rows = [finding.row for finding in caught.value.findings]
    assert rows == [7, 8, 9, 10], "two arrive, and are stood down, who never said that they would come"


def test_reach_holds_within_its_stretch_and_the_last_row_counts(tmp_path: Path) -> None:
    away = Reach(agent="a", at=NOW, until=later(60), reachable=False)
    back = Reach(agent="a", at=later(30), until=later(40), reachable=True)
    assert unreachable((away, back), later(10)) == {"a"}
    assert unreachable((away, back), later(35)) == frozenset()
    assert unreachable((away, back), later(60)) == frozenset()
    (tmp_path / "reach.csv").write_text(
        "agent,at,until,reachable,channel\na,2026-06-02T10:00+00:00,2026-06-02T11:00+00:00,no,phone\n"
        "x,2026-06-02T10:00+00:00,2026-06-02T09:00+00:00,no,\ny,2026-06-02T10:00+00:00,2026-06-02T12:00+00:00,yes,\n", "utf-8",
    )  # fmt: skip
    with pytest.raises(InvalidData) as caught:
        read_reach(tmp_path, ["a"])
    assert [finding.row for finding in caught.value.findings] == [3, 4]


# -- what comes of a duty


def planned(*rules: RuleSpec, **terms: object) -> RosterProblem:
    problem = problem_of(np.zeros((1, 24 * 14), dtype=np.int64), (("a",),), 1, rules)
    tier = EchelonTier(id="e1", name="E", tier=1, notice_minutes=0, max_minutes=600, **terms)
    return RosterProblem(
        problem.centre.model_copy(update={"echelons": (tier,)}), problem.agents, problem.grid, problem.requirement,
        problem.rulebook, 0, 14,
    )  # fmt: skip


def duty(start: datetime, hours: float) -> Activation:
    return Activation("e1", "a", start, start, start + timedelta(hours=hours), ("g0",), start, 0.0, 0.0)


def instant(day: int, hour: float) -> datetime:
    """Wall-clock instant of a day of the problem, 0 = Monday."""
    return at(1, 24 * day + hour)


def pay(problem: RosterProblem, *served: Activation) -> list[tuple[int, int, str]]:
    roster = roster_of([agent("g0")], {("g0", 1): (8, 9)})
    last = FIRST + timedelta(days=13)
    return [(one.minutes, one.paid_minutes, one.pay_code) for one in call_out_pay(problem, roster, served, FIRST, last)]


def test_pay_is_at_least_what_the_tier_says_and_by_the_day() -> None:
    problem = planned(least_paid_minutes=120)
    assert pay(problem, duty(instant(1, 10), 1)) == [(60, 120, "150")]
    assert pay(problem, duty(instant(1, 10), 3)) == [(180, 180, "150")]
    assert pay(problem, duty(instant(5, 10), 3)) == [(180, 180, "200")], "a Saturday"
    assert pay(planned(pay_code="EM"), duty(instant(5, 10), 3)) == [(180, 180, "EM")]
    assert pay(problem, duty(instant(0, 16), 3)) == [(120, 120, "150")], "an hour lies in the shift"
    assert pay(problem, duty(instant(0, 9), 3)) == [], "all of it does"
    assert pay(problem, duty(instant(-1, 10), 3)) == [], "before the period"
    assert pay(problem, duty(instant(0, 16), 1.5)) == [(30, 30, "150")], "a shift goes before: no least"
    assert pay(problem, duty(instant(13, 10), 3)) == [(180, 180, "200")], "the last day counts"
    feast = replace(problem, calendar=Calendar(table={FIRST + timedelta(days=1): SpecialDay(type=DayType.HOLIDAY)}))
    assert pay(feast, duty(instant(1, 10), 3)) == [(180, 180, "300")]
    summed = problem.centre.contracts[0].model_copy(update={"hours_system": "comprehensive"})
    other = replace(problem, centre=problem.centre.model_copy(update={"contracts": (summed,)}))
    assert pay(other, duty(instant(5, 10), 3)) == [(180, 180, "150")], "a rest day of others"


def test_points_carry_the_factor_of_the_tier() -> None:
    for factor in (1.0, 1.5):
        (found,) = call_ins(planned(points_factor=factor), [duty(instant(1, 10), 2)])
        assert found.factor == factor


def test_shifts_that_begin_before_the_rest_is_over_are_listed() -> None:
    roster = roster_of([agent("a"), agent("b")], {("a", 2): (8, 9), ("b", 2): (8, 9), ("a", 1): (8, 9)})
    start = at(1, 20)
    late = Activation("e1", "q", start, start, at(1, 22), ("a", "b", "gone"), start, 0.0, 0.0)
    found = list(shifts_without_rest(roster, [(late, 0)], 11 * 60))
    assert [(one.agent, one.day, one.shift, one.rest_minutes, one.least_minutes) for one in found] == [
        ("a", date(2026, 6, 2), "D", 600, 660),
        ("b", date(2026, 6, 2), "D", 600, 660),
    ]
    assert list(shifts_without_rest(roster, [(late, 0)], 10 * 60)) == []
    assert len(list(shifts_without_rest(roster, [(late, 12 * 60)], 0))) == 2, "the tier asks for more"
    running = replace(late, end=at(2, 10), members=("a",))
    assert [one.rest_minutes for one in shifts_without_rest(roster, [(running, 0)], 0)] == [-120], "begun while at work"


def test_the_verifier_says_which_rules_a_duty_breaks() -> None:
    rules = (
        RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
        RuleSpec(id="rolling", kind="rolling_rest", numbers={"window_days": 6}),
        RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 180}),
        RuleSpec(id="hours", kind="hours", numbers={"period": "plan", "min_minutes": 8 * 480, "max_minutes": 8 * 480}),
        RuleSpec(id="only", kind="contract_shifts"),
        RuleSpec(id="soft", kind="rest_between_shifts", weight=1.0, numbers={"rest_minutes": 720}),
    )
    problem = planned(*rules)
    roster = solve(problem, budget=Budget(sweeps=2, bound_steps=0)).roster
    assert roster is not None
    free = [day for day in range(1, 13) if roster.start[0, day] < 0]
    for day in range(14):
        first, long = (
            {b.rule for b in broken(problem, roster, "g0", instant(day, 10), instant(day, 10 + h), approved=False)} for h in (1, 4)
        )
        kept = {b.rule for b in broken(problem, roster, "g0", instant(day, 10), instant(day, 14), approved=True)}
        assert "overtime" in long - first - kept, "four hours exceed three, unless somebody approves"
        worked_days = {d for d in range(14) if roster.start[0, d] >= 0} | {day}
        full = any(set(range(d, d + 6)) <= worked_days for d in range(9))
        assert ("rolling" in first) == (full and day in free)
    assert broken(problem, roster, "g0", instant(20, 10), instant(20, 12), approved=False) == [], "beyond the roster"
    last = max(day for day in range(13) if roster.start[0, day + 1] >= 0 and roster.start[0, day] < 0)
    night = broken(problem, roster, "g0", instant(last, 20), instant(last, 22), approved=False)
    assert {b.rule for b in night} >= {"rest"}, "ten hours before the early shift"
    assert "soft" not in {b.rule for b in night}, "what is weighed holds nobody back"
    approved = broken(problem, roster, "g0", instant(last, 20), instant(last, 22), approved=True)
    assert "rest" in {b.rule for b in approved}, "an approver lifts overtime, not rest"
    row = next(day for day in range(1, 14) if roster.start[0, day - 1] >= 0 and roster.start[0, day] >= 0)
    early = broken(problem, roster, "g0", instant(row, 3), instant(row, 4), approved=False)
    assert "rest" in {b.rule for b in early}, "ten hours after the shift of the day before, ahead of its own"
    nights, strict = (
        replace(problem, rulebook=Rulebook(id="r", rules=(RuleSpec(id="only", kind=kind, numbers=numbers),)))
        for kind, numbers in (("night_length", {"max_minutes": 120}), ("run_length", {"max_days": 1}))
    )
    assert broken(nights, roster, "g0", instant(free[0], 22), instant(free[0], 25), approved=True), "three hours of a night"
    capped = replace(
        problem, rulebook=Rulebook(id="r", rules=(RuleSpec(id="o", kind="overtime", numbers={"max_day_minutes": 60}),))
    )
    keeps = keeping(capped, roster, 180)
    told = [keeps("g0", instant(free[0], 10), instant(free[0], 10 + hours)) for hours in (1, 3, 4)]
    assert told == [True, False, True], "beyond the overtime of a day somebody is held to have approved"
    quiet = next(day for day in range(14) if roster.start[0, day] >= 0)
    assert broken(strict, roster, "g0", instant(quiet, 20), instant(quiet, 21), approved=False) == [], "broken as it was before"
