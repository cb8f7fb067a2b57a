"""Who may be called for an emergency duty: every cause by itself, and all of them against plain Python over random members."""

from datetime import date, timedelta

import numpy as np
import pytest
from response_case import GRID, agent, at, roster_of, tier

from data.model.ledger import Balance
from data.model.people import Absence, Protection
from data.model.response import Activation
from data.model.rulebook import Rulebook, RuleSpec
from data.model.time import epoch_minutes
from optimizer.response.echelon import candidates
from optimizer.response.echelon.calling import judged
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import CAUSES, reserve

TIER = tier("e1")
FREE = Limits()
SHIFTS = {("a", 1): (8, 9), ("a", 3): (8, 9)}


def span(day: int, hour: float, hours: float = 2) -> Span:
    start = epoch_minutes(at(day, hour))
    return Span(start, start + int(60 * hours), GRID.horizon.zone)


def served(day: int, hour: float, hours: float, *members: str) -> Activation:
    start, end = at(day, hour), at(day, hour + hours)
    return Activation("e1", "power", start, start, end, members, start, 0.0, 0.0)


def cause(duty: Span, limits: Limits = FREE, *, person=None, called=TIER, queue="power", shifts=SHIFTS, leave=frozenset(), **known):
    member = person or agent("a")
    held = reserve([member], roster_of([member], shifts, leave), **known)
    (found,) = held.causes(held.members(called), called, queue, duty, limits).tolist()
    return CAUSES[found - 1] if found else ""


def test_a_free_member_may_be_called() -> None:
    assert cause(span(2, 10)) == ""


def test_skill_and_the_queues_that_a_tier_is_lent_to() -> None:
    assert cause(span(2, 10), queue="ev") == "skill"
    assert cause(span(2, 10), called=TIER.model_copy(update={"queues": ("ev",)})) == "skill"
    assert cause(span(2, 10), queue="") == ""


@pytest.mark.parametrize(
    ("guard", "hour", "expected"),
    [({"no_overtime": True}, 10, "protection"), ({"no_night": True}, 10, ""), ({"no_night": True}, 21, "protection")],
)
def test_a_protection_holds_until_its_last_day(guard: dict[str, bool], hour: int, expected: str) -> None:
    for until, told in ((None, expected), (date(2026, 6, 2), expected), (date(2026, 6, 1), "")):
        assert cause(span(2, hour), person=agent("a", protection=Protection(**guard, until=until)), shifts={}) == told


def test_leave_of_the_roster_and_leave_told_later() -> None:
    assert cause(span(2, 23), leave={("a", 2)}, shifts={}) == "leave"
    away = Absence(agent="a", first=date(2026, 6, 3), last=date(2026, 6, 4))
    assert cause(span(2, 23), absences=[away], shifts={}) == "leave"
    assert cause(span(2, 22), absences=[away], shifts={}) == ""
    assert [cause(span(day, 10), absences=[away], shifts={}) for day in (4, 5)] == ["leave", ""]


def test_shifts_and_the_rest_around_them() -> None:
    assert cause(span(1, 16)) == "duty"
    limits = Limits(rest_minutes=11 * 60)
    assert [cause(span(2, hour), limits) for hour in (3, 4, 19, 20)] == ["rest", "", "", "rest"]


def test_the_rest_of_a_tier_holds_after_its_duties_alone() -> None:
    rested = TIER.model_copy(update={"rest_minutes": 12 * 60})
    known = {"served": [(served(2, 0, 2, "a"), 12 * 60)], "shifts": {}}
    assert [cause(span(2, hour), called=rested, **known) for hour in (13, 14)] == ["rest", ""]
    # before a shift that follows the rest of the tier is kept too, before the duty it is not asked
    assert [cause(span(2, hour), called=rested) for hour in (18, 19)] == ["", "rest"]
    assert cause(span(3, 6), called=rested) == "rest", "it ends as the shift begins"
    assert cause(span(1, 17), called=rested, shifts={("a", 1): (8, 9)}) == ""


def test_the_rest_day_of_the_week_and_runs_of_work() -> None:
    """Monday to Wednesday are known; the other days of the week are free."""
    busy = {("a", 1): (8, 4), ("a", 3): (8, 4)}
    assert cause(span(2, 16), Limits(free_days=5), shifts=busy) == "weekly_rest"
    assert cause(span(2, 16), Limits(free_days=4), shifts=busy) == ""
    assert cause(span(1, 16), Limits(free_days=5), shifts=busy) == "", "a day that is worked anyway costs no free day"
    assert cause(span(2, 16), Limits(run_days=2), shifts=busy) == "run"
    assert cause(span(2, 16), Limits(run_days=3), shifts=busy) == ""
    assert cause(span(4, 16), Limits(run_days=1), shifts=busy) == "run", "the days before it count"


def test_overtime_of_the_day_and_the_month_and_its_lifting() -> None:
    limits = Limits(day_minutes=180, month_minutes=300)
    assert cause(span(2, 10, 4), limits, shifts={}) == "overtime"
    assert cause(span(2, 10, 4), limits.lifted(True), shifts={}) == ""
    assert Limits(660, 1, 6, 180, 300).lifted(True) == Limits(660, 1, 6), "an approver lifts no rest"
    done = [(served(1, 0, 3, "a"), 0)]
    assert cause(span(2, 10, 2), limits, shifts={}, served=done) == ""
    assert cause(span(2, 10, 2.5), limits, shifts={}, served=done) == "overtime"
    brought = [Balance(agent="a", until=date(2026, 6, 1), overtime_minutes=200)]
    assert cause(span(2, 10, 2), limits, shifts={}, balances=brought) == "overtime"
    assert cause(span(2, 10, 2), limits, shifts={}, served=done, balances=brought) == "overtime", "a balance knows its days"


def test_a_duty_that_the_roster_holds_is_counted_once() -> None:
    both = [(served(1, 10, 2, "a"), 0)]
    known = reserve([agent("a")], roster_of([agent("a")], SHIFTS), served=both)
    assert known.minutes.tolist() == [18 * 60]
    assert known.overtime.sum() == 0
    assert known.called.sum() == 1


def test_the_cap_counts_duties_of_the_month() -> None:
    capped = TIER.model_copy(update={"month_cap": 1})
    assert cause(span(3, 10), called=capped, shifts={}, served=[(served(1, 8, 2, "a"), 0)]) == "month_cap"
    assert cause(span(3, 10), called=capped, shifts={}, served=[(served(1, -40, 2, "a"), 0)]) == "", "30 May is another month"
    whole = [(served(1, -31 * 24 + 8, 2, "a"), 0)]
    assert cause(span(1, -14), called=capped, shifts={}, served=whole) == "month_cap", "the first of May is known on its last day"


def test_who_declined_or_cannot_be_reached_is_no_candidate_and_the_law_speaks_first() -> None:
    people = [agent(name) for name in "abcd"]
    held = reserve(people, roster_of(people, {}, {("d", 2)}))
    known = {"unreachable": {"b", "c", "d"}, "declined": {"c", "d"}}
    causes = judged(held, held.members(TIER), TIER, "power", span(2, 10), FREE, **known)
    assert [CAUSES[k - 1] if k else "" for k in causes.tolist()] == ["", "unreachable", "declined", "leave"]
    assert [one.agent for one in candidates(held, TIER, "power", span(2, 10), FREE, **known)] == ["a"]


def test_limits_are_the_strictest_hard_numbers() -> None:
    def rule(name: str, kind: str, weight: float | None = None, **numbers: object) -> RuleSpec:
        return RuleSpec(id=name, kind=kind, numbers=numbers, weight=weight)

    book = Rulebook(
        id="b",
        rules=(
            rule("r", "rest_between_shifts", rest_minutes=600),
            rule("s", "rest_between_shifts", rest_minutes=660),
            rule("t", "rest_between_shifts", 1.0, rest_minutes=720),
            rule("w", "days_off", period="week", min_days=1),
            rule("m", "days_off", period="month", min_days=8),
            rule("n", "run_length", of="night", max_days=3),
            rule("d", "run_length", of="work", max_days=6),
            rule("o", "overtime", max_day_minutes=180, max_month_minutes=2160),
            rule("p", "overtime", 1.0, max_day_minutes=60),
        ),
    )
    assert Limits.of(book) == Limits(660, 1, 6, 180, 2160)
    assert Limits.of(Rulebook(id="b")) == FREE


def test_ranking_puts_standby_first_then_rest_then_minutes_then_id() -> None:
    people = [agent(name) for name in "dcba"]
    shifts = {("d", 1): (8, 8), ("c", 1): (8, 4), ("b", 1): (8, 4), ("a", 1): (8, 3)}
    held = reserve(people, roster_of(people, shifts))
    duty, rows = span(1, 18), np.arange(4)
    assert held.ids(held.ranked(rows, duty)) == ("a", "b", "c", "d")
    assert held.ids(held.ranked(rows, duty, np.array([True, False, False, False]))) == ("d", "a", "b", "c")


def plainly(person, shifts, leave, done, duty: Span, called, limits: Limits) -> str:
    """The same causes, member by member and day by day."""
    local = duty.local_start
    held = [(at(day, h), at(day, h + n), 0) for (name, day), (h, n) in shifts.items() if name == person.id]
    held += [(one.start, one.end, rest) for one, rest in done if person.id in one.members]
    begin, end = (duty.local_start + timedelta(minutes=m) for m in (0, duty.minutes))
    days = {(begin + timedelta(minutes=m)).date() for m in range(0, duty.minutes, 30)}
    guard = person.protection
    night = any((begin + timedelta(minutes=m)).hour in (22, 23, 0, 1, 2, 3, 4, 5) for m in range(0, duty.minutes, 30))
    gaps = [(s - end).total_seconds() / 60 if s >= end else (begin - e).total_seconds() / 60 for s, e, _ in held]
    asked = [max(limits.rest_minutes, called.rest_minutes if s >= end else rest) for s, _, rest in held]
    worked = {s.date() for s, _, _ in held}
    monday = local.date() - timedelta(days=local.weekday())
    week = {monday + timedelta(days=d) for d in range(7)}
    run = worked | {local.date()}
    first = last = local.date()
    while first - timedelta(days=1) in run:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in run:
        last += timedelta(days=1)
    new = local.date() not in worked
    extra = [(one.start.date(), (one.end - one.start).total_seconds() / 60) for one, _ in done if person.id in one.members]
    today = sum(m for day, m in extra if day == local.date())
    month = [m for day, m in extra if (day.year, day.month) == (local.year, local.month)]
    told = {
        "protection": guard is not None and guard.holds(min(days)) and (guard.no_overtime or (guard.no_night and night)),
        "leave": any((person.id, day.day) in leave and day.month == 6 for day in days),
        "duty": any(gap < 0 for gap in gaps),
        "rest": any(gap < least for gap, least in zip(gaps, asked, strict=True)),
        "weekly_rest": new and 7 - len((worked | {local.date()}) & week) < limits.free_days,
        "run": new and limits.run_days is not None and (last - first).days + 1 > limits.run_days,
        "overtime": limits.day_minutes is not None
        and (today + duty.minutes > limits.day_minutes or sum(month) + duty.minutes > (limits.month_minutes or 0)),
        "month_cap": called.month_cap is not None and len(month) >= called.month_cap,
    }
    return next((name for name, holds in told.items() if holds), "")


@pytest.mark.parametrize("seed", range(40))
def test_the_arrays_say_what_plain_python_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    guards = [None, Protection(no_night=True), Protection(no_overtime=True, until=date(2026, 6, 2))]
    people = [agent(f"a{k}", protection=guards[int(rng.integers(3))] if rng.random() < 0.4 else None) for k in range(12)]
    shifts, leave, done = {}, set(), []
    for person in people:
        for day in (1, 2, 3):
            draw = rng.random()
            if draw < 0.4:
                shifts[person.id, day] = (int(rng.integers(5, 16)), int(rng.integers(4, 10)))
            elif draw < 0.5:
                leave.add((person.id, day))
            elif draw < 0.65:
                done.append((served(day, int(rng.integers(0, 20)), int(rng.integers(1, 4)), person.id), int(rng.integers(0, 700))))
    called = TIER.model_copy(update={"rest_minutes": int(rng.integers(0, 600)), "month_cap": [None, 1][int(rng.integers(2))]})
    limits = Limits(
        int(rng.integers(0, 700)),
        int(rng.integers(0, 7)),
        [None, 1, 2, 3][int(rng.integers(4))],
        *[(None, None), (180, 400)][seed % 2],
    )
    held = reserve(people, roster_of(people, shifts, leave), served=done)
    for _ in range(8):
        duty = span(int(rng.integers(1, 4)), int(rng.integers(0, 24)), int(rng.integers(1, 5)))
        found = held.causes(held.members(called), called, "power", duty, limits).tolist()
        for person, code in zip(people, found, strict=True):
            assert (CAUSES[code - 1] if code else "") == plainly(person, shifts, leave, done, duty, called, limits), person.id
