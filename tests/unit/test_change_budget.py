"""What each number of changes buys, and what a budget refuses: every figure is that of a recount."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import isnan

import numpy as np
import pytest
from pydantic import ValidationError
from roster_case import FIRST, random_problem, requirement_of

from data.model.base import IntArray
from data.model.change_budget import NOTICE_CLASSES, ChangeBudget, NoticeClass, Priced, Used, Within
from data.model.errors import InvalidData, VerificationFailed
from data.model.people import Absence
from data.model.roster import Change, Roster
from data.model.rulebook import GoalSpec, RuleSpec
from data.model.splice import days_off, differing, spliced
from optimizer.rostering import change_budget
from optimizer.rostering.change_budget import classed, price_list, within
from optimizer.rostering.change_budget_pool import Pool, Stand, base_of
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.frame import frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.search.month import start_lines
from optimizer.rostering.solution import Budget, Status
from optimizer.rostering.verify import verify

COUNTS = (0, 1, 2, 3, 5, 8)
WEEK = 7
"""First open day."""
NO_LIMIT = (NoticeClass(name="any", name_zh="任何"),)
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="run", kind="run_length", numbers={"max_days": 5}),
    RuleSpec(id="weekends", kind="weekends", numbers={"max_weekends": 1}, weight=3.25),
    RuleSpec(id="leave", kind="leave"),
)


@cache
def week(seed: int, agents: int = 10, ill: bool = False, change_cost: float = 0.5) -> tuple[RosterProblem, Roster]:
    """A planned fortnight whose second week meets other calls, and its full adjustment; everyone keeps the paid hours."""
    rng = np.random.default_rng(seed)
    month = random_problem(rng, agents, 14, 2)
    cheap = GoalSpec(
        kind="change", numbers={"change_cost": change_cost, "call_in_cost": 2 * change_cost, "move_cost": change_cost / 4}
    )
    rulebook = month.rulebook.model_copy(update={"rules": RULES, "goals": (*month.rulebook.goals, cheap)})
    month = replace(month, rulebook=rulebook, absences=())
    base = solve(month, budget=Budget(sweeps=8, bound_steps=0)).roster
    assert base is not None
    heads, opened = month.requirement.heads, month.requirement.heads > 0
    other = (np.roll(heads, 5, axis=1) + rng.integers(0, 2, heads.shape)) * opened
    away = Absence(agent="g1", first=FIRST + timedelta(days=8), last=FIRST + timedelta(days=9), code="SL")
    problem = replace(
        month,
        requirement=requirement_of(other, month.grid),
        base=base, first_open=WEEK, end_open=14, rhythm="week", absences=(away,) if ill else (),
    )  # fmt: skip
    hours = np.where(problem.leave < 0, base.paid_minutes, 0)[:, WEEK:].sum(axis=1)
    problem = replace(problem, max_line_minutes=hours, min_line_minutes=hours)
    adjusted = solve(problem, budget=Budget(sweeps=8, bound_steps=0))
    assert adjusted.roster is not None
    assert not adjusted.unplaced
    return problem, adjusted.roster


@cache
def prices_of(seed: int, ill: bool = False) -> tuple[Priced, ...]:
    return price_list(*week(seed, ill=ill), COUNTS, bound_steps=10)


def counted(problem: RosterProblem, roster: Roster) -> int:
    """Agents' days that differ from the base, those on leave aside."""
    return int((differing(base_of(problem), roster) & (problem.leave < 0)).sum())


def total(problem: RosterProblem, roster: Roster) -> float:
    return sum(verify(problem, roster).costs.values())


def now_of(problem: RosterProblem, day: int, hour: int = 7) -> datetime:
    return base_of(problem).instant(day, 60 * hour)


def used_of(found: Within) -> dict[str, Used]:
    return {one.name: one for one in found.used}


@pytest.mark.parametrize("seed", range(4))
def test_the_list_goes_from_the_base_to_the_full_adjustment(seed: int) -> None:
    problem, adjusted = week(seed)
    found = prices_of(seed)
    assert problem.base is not None
    assert not differing(problem.base, found[0].roster).any()
    assert found[0].cost == pytest.approx(total(problem, problem.base))
    assert found[-1].most == counted(problem, adjusted) > 0
    assert found[-1].cost <= total(problem, adjusted) + 1e-6
    assert [one.most for one in found[:-1]] == [count for count in COUNTS if count < found[-1].most]


@pytest.mark.parametrize("seed", range(4))
def test_entries_are_legal_keep_to_their_number_and_never_cost_more(seed: int) -> None:
    problem, found = week(seed)[0], prices_of(seed)
    for one in found:
        verdict = verify(problem, one.roster)
        assert verdict.legal
        assert one.cost == pytest.approx(sum(verdict.costs.values()))
        assert len(one.changes) == counted(problem, one.roster) <= one.most
        assert one.people == len({change.agent for change in one.changes})
        assert all(change.reason for change in one.changes)
        assert one.bound <= one.cost + 1e-6
    for before, after in pairwise(found):
        assert after.cost <= before.cost + 1e-9
        further = len(after.changes) - len(before.changes)
        assert after.gain_per_change == pytest.approx((before.cost - after.cost) / further if further > 0 else 0)
    assert found[0].cost > found[-1].cost


def test_hours_are_those_worked_at_another_time() -> None:
    problem = week(0)[0]
    base = base_of(problem)
    for one in prices_of(0):
        hours = 0.0
        for a in range(len(problem.agents)):
            work = [
                {(d, m) for d in range(WEEK, 14) for m in range(r.start[a, d], r.start[a, d] + r.minutes[a, d])}
                for r in (base, one.roster)
            ]
            hours += max(len(work[0] - work[1]), len(work[1] - work[0])) / 60
        assert one.hours == pytest.approx(hours)


@pytest.mark.parametrize("seed", range(3))
def test_no_roster_with_so_many_changes_costs_less_than_the_bound(seed: int) -> None:
    problem, adjusted = week(40 + seed, agents=4)
    free = replace(problem, max_line_minutes=None, min_line_minutes=None)
    found = price_list(free, adjusted, (0, 1, 2), bound_steps=60)
    exact = solve_exact(free, seconds=20, workers=1)
    assert exact.status is Status.OPTIMAL
    assert found[-1].bound <= found[-1].cost
    # the cheapest roster of all, however many changes it takes, is above the bound for its own number
    assert exact.roster is not None
    many = price_list(free, exact.roster, (), bound_steps=60)[-1]
    assert many.bound <= exact.cost + 1e-6
    assert many.cost == pytest.approx(exact.cost)


def test_more_prices_are_no_worse_than_the_two_rosters_alone() -> None:
    problem, adjusted = week(1)
    alone = price_list(problem, adjusted, COUNTS, scales=())
    assert all(isnan(one.bound) for one in alone)
    assert sum(one.cost for one in prices_of(1)) <= sum(one.cost for one in alone) + 1e-6


@pytest.mark.parametrize("seed", range(2, 6))
def test_the_choice_is_the_best_of_all_subsets(seed: int) -> None:
    problem, adjusted = week(seed, agents=7)
    frame = frame_of(problem)
    pool = Pool.of(frame, [start_lines(frame, adjusted)])
    moving = np.flatnonzero(pool.changed[1].any(axis=1))
    counts = pool.changed.sum(axis=2)
    ways = [
        np.where(np.isin(np.arange(7), moving[[b >> k & 1 == 1 for k in range(len(moving))]]), 1, 0)
        for b in range(1 << len(moving))
    ]
    told = [(int(counts[way, np.arange(7)].sum()), total(problem, pool.roster(way))) for way in ways]
    for one in price_list(problem, adjusted, (1, 2, 4, 6), scales=()):
        assert one.cost == pytest.approx(min(cost for n, cost in told if n <= one.most))


@pytest.mark.parametrize("seed", range(3))
def test_a_stand_knows_what_every_choice_costs(seed: int) -> None:
    problem, adjusted = week(seed, ill=True)
    frame, rng = frame_of(problem), np.random.default_rng(seed)
    pool = Pool.of(frame, [start_lines(frame, adjusted), *(start_lines(frame, one.roster) for one in prices_of(seed, ill=True))])
    stand = Stand(pool, pool.changed.sum(axis=2)[:, :, None], np.array([0]))
    for _ in range(5):
        drawn = rng.integers(0, len(pool.own), len(problem.agents))
        choice: IntArray = np.where(np.isfinite(pool.own[drawn, np.arange(len(drawn))]), drawn, pool.start)
        cost = stand.cost_of(choice)
        assert cost == pytest.approx(total(problem, pool.roster(choice)))
        a = int(rng.integers(len(drawn)))
        told = stand.line_costs(a)
        for k in np.flatnonzero(np.isfinite(told)).tolist():
            other = choice.copy()
            other[a] = k
            assert told[k] - told[choice[a]] == pytest.approx(total(problem, pool.roster(other)) - cost)


def test_new_leave_is_not_the_planners_change() -> None:
    problem, found = week(3, ill=True)[0], prices_of(3, ill=True)
    assert problem.base is not None
    codes = np.array(found[0].roster.codes)[found[0].roster.symbol]
    assert (codes[1, 8:10] == "SL").all()
    assert len(found[0].changes) == 0
    away = {("g1", date(2026, 6, 9)), ("g1", date(2026, 6, 10))}
    assert not [one for entry in found for one in entry.changes if (one.agent, one.day) in away]


def banned(agent: int) -> tuple[RosterProblem, Roster]:
    """A week in which an agent may not work any more the first shift of it that stands, and its full adjustment."""
    problem, _ = week(0)
    base = base_of(problem)
    day = WEEK + int(np.flatnonzero(base.start[agent, WEEK:] >= 0)[0])
    code = base.codes[base.symbol[agent, day]]
    never = RuleSpec(id="never", kind="allowed_shifts", numbers={"never": [code]}, scope={"agents": [f"g{agent}"]})  # type: ignore[arg-type]
    rulebook = problem.rulebook.model_copy(update={"rules": (*problem.rulebook.rules, never)})
    problem = replace(problem, rulebook=rulebook, max_line_minutes=None, min_line_minutes=None)
    adjusted = solve(problem, budget=Budget(sweeps=6, bound_steps=0)).roster
    assert adjusted is not None
    return problem, adjusted


def test_a_line_that_is_no_longer_legal_changes_whatever_the_number() -> None:
    problem, adjusted = banned(0)
    first = price_list(problem, adjusted, (0,), bound_steps=0)[0]
    assert {one.agent for one in first.changes} == {"g0"}
    found = within(problem, [first], ChangeBudget(max_people=0, max_hours=None, classes=NO_LIMIT), now_of(problem, 0))
    assert used_of(found)["people"] == Used("people", 1.0, 0)


def test_whose_line_is_no_longer_legal_begins_with_the_one_that_changes_least() -> None:
    problem, adjusted = banned(0)
    frame = frame_of(problem)
    open_days = np.broadcast_to(np.arange(14) >= WEEK, adjusted.symbol.shape)
    idle = spliced(adjusted, days_off(adjusted.agents, adjusted.horizon), open_days)
    ways = [start_lines(frame, roster) for roster in (adjusted, idle)]
    for pool in (Pool.of(frame, ways), Pool.of(frame, ways[::-1])):
        assert np.isfinite(pool.own[1:, 0]).all()
        taken = pool.changed[pool.start, np.arange(len(pool.start))].sum(axis=1).tolist()
        changes = pool.changed[1:, 0].sum(axis=1).tolist()
        assert taken == [min(changes), *[0] * (len(taken) - 1)]
        assert 0 < min(changes) < max(changes)


def test_a_limit_that_forced_changes_have_passed_stops_nobody_else() -> None:
    problem, adjusted = banned(0)
    priced = price_list(problem, adjusted, (0,), bound_steps=0)
    forced, asked = len(priced[0].changes), [("g0", day) for day in problem.grid.horizon.dates]
    few = ChangeBudget(max_people=None, max_hours=None, max_changes=forced + 2, classes=NO_LIMIT)
    found = within(problem, priced, few, now_of(problem, 0), declined=asked)
    assert used_of(found)["declined"].used == forced > 0
    assert {one.change.agent for one in found.changes} > {"g0"}
    assert {reason for one in found.refused if one.agent != "g0" for reason in one.reasons} == {"changes"}


def test_the_knee_is_farthest_above_the_chord() -> None:
    found = prices_of(0)
    changes, saved = [len(one.changes) for one in found], [found[0].cost - one.cost for one in found]
    height = [s / saved[-1] - c / changes[-1] for s, c in zip(saved, changes, strict=True)]
    assert [one.knee for one in found] == [k == int(np.argmax(height)) for k in range(len(found))]


def test_nothing_to_gain_has_no_knee() -> None:
    problem, _ = week(0)
    assert problem.base is not None
    found = price_list(problem, problem.base, bound_steps=10)
    assert len(found) == 1
    assert not found[0].knee


@pytest.mark.parametrize("limit", ["people", "hours", "changes", "any"])
def test_a_budget_is_kept_and_says_what_it_refuses(limit: str) -> None:
    problem, priced = week(0)[0], prices_of(0)
    most = {"people": None, "hours": None, "changes": None} | {limit: 2}
    classes = (NoticeClass(name="any", name_zh="任何", most=most.get("any")),)
    budget = ChangeBudget(max_people=most["people"], max_hours=most["hours"], max_changes=most["changes"], classes=classes)
    found = within(problem, priced, budget, now_of(problem, 0))
    told = used_of(found)
    one = found.priced
    recount = {"people": one.people, "hours": one.hours, "changes": len(one.changes), "any": len(found.changes)}
    assert {name: told[name].used for name in recount} == pytest.approx(recount)
    assert recount[limit] <= 2
    assert found.refused
    assert {reason for one in found.refused for reason in one.reasons} == {limit}
    assert found.priced.cost == pytest.approx(total(problem, found.priced.roster))
    assert [one.gain for one in found.refused] == sorted((one.gain for one in found.refused), reverse=True)
    assert verify(problem, found.priced.roster).legal


@pytest.mark.parametrize("limit", ["people", "hours", "changes"])
def test_a_budget_as_large_as_an_entry_needs_costs_no_more(limit: str) -> None:
    problem, priced = week(0)[0], prices_of(0)
    entry = priced[3]
    takes = {"people": entry.people, "hours": entry.hours, "changes": len(entry.changes)}[limit]
    budget = {"max_people": None, "max_hours": None, "classes": NO_LIMIT, f"max_{limit}": takes}
    found = within(problem, priced, ChangeBudget.model_validate(budget), now_of(problem, 0))
    assert found.priced.cost <= entry.cost + 1e-6
    assert used_of(found)[limit].most == pytest.approx(takes)
    assert 0 < used_of(found)[limit].used <= takes


def test_each_class_of_notice_counts_its_own_days() -> None:
    problem, priced = week(0)[0], prices_of(0)
    classes = NoticeClass(name="soon", name_zh="近", below_days=10), NoticeClass(name="later", name_zh="远", most=3)
    found = within(problem, priced, ChangeBudget(max_people=None, max_hours=None, classes=classes), now_of(problem, 0))
    counts = [sum(one.notice == kind for one in found.changes) for kind in classes]
    assert counts == [used_of(found)[kind.name].used for kind in classes]
    assert (counts[0] > 0, 0 < counts[1] <= 3) == (True, True)


def test_a_budget_without_limits_finds_the_full_adjustment() -> None:
    problem, priced = week(1)[0], prices_of(1)
    free = ChangeBudget(max_people=None, max_hours=None, classes=NO_LIMIT)
    found = within(problem, priced, free, now_of(problem, 0))
    assert found.priced.cost <= priced[-1].cost + 1e-6
    assert found.refused == ()


@pytest.mark.parametrize("hour", [8, 12])
@pytest.mark.parametrize("day", range(WEEK, 12))
def test_what_has_begun_stays_as_it_is(day: int, hour: int) -> None:
    problem, priced = week(0)[0], prices_of(0)
    free = ChangeBudget(max_people=None, max_hours=None, classes=NO_LIMIT)
    found = within(problem, priced, free, now_of(problem, day, hour))
    base = base_of(problem)
    differs = differing(base, found.priced.roster)
    assert not differs[:, :day].any()
    for a in np.flatnonzero(differs[:, day]).tolist():
        starts = base.start[a, day], found.priced.roster.start[a, day]
        assert all(start < 0 or start > 60 * hour for start in starts)
    assert "past" in {reason for one in found.refused for reason in one.reasons}


def test_nobody_is_called_in_for_a_shift_that_has_begun() -> None:
    problem, adjusted = week(0)
    idle = replace(problem, base=days_off(adjusted.agents, adjusted.horizon), max_line_minutes=None, min_line_minutes=None)
    full = solve(idle, budget=Budget(sweeps=4, bound_steps=0)).roster
    assert full is not None
    priced = price_list(idle, full, (0,), bound_steps=0)
    assert (priced[-1].roster.start[:, WEEK] == 480).any()
    found = within(idle, priced, ChangeBudget(max_people=None, max_hours=None, classes=NO_LIMIT), now_of(problem, WEEK, 12))
    assert found.changes
    assert not (found.priced.roster.start[:, WEEK] == 480).any()
    assert {reason for one in found.refused for reason in one.reasons} == {"past"}


def test_who_declines_keeps_the_day() -> None:
    problem, priced = week(0)[0], prices_of(0)
    free = ChangeBudget(max_people=None, max_hours=None, classes=NO_LIMIT)
    asked = [(one.agent, one.day) for one in priced[-1].changes]
    some = within(problem, priced, free, now_of(problem, 0), declined=asked[:1])
    assert asked[0] not in {(one.change.agent, one.change.day) for one in some.changes}
    everyone = [(agent.id, day) for agent in problem.agents for day in problem.grid.horizon.dates]
    none = within(problem, priced, free, now_of(problem, 0), declined=[*everyone, ("nobody", FIRST), ("g0", date(2020, 1, 1))])
    assert none.changes == ()
    assert {reason for one in none.refused for reason in one.reasons} == {"declined"}


def test_changes_are_classed_by_local_days() -> None:
    problem, _ = week(0)
    told = [Change("g0", FIRST + timedelta(days=d), "-", "E", "week", "") for d in (0, 1, 2, 3, 13, 14, 40)]
    found = classed(told, now_of(problem, 0, 23), NOTICE_CLASSES)
    names = ["same day", "under 3 days", "under 3 days", "under 14 days", "under 14 days", "later", "later"]
    assert [one.notice.name for one in found] == names
    assert [one.consent for one in found] == [True, *[False] * 6]


@pytest.mark.parametrize("edges", [(), (3, 1, None), (1, 3), (None, None), (None, 3, None), (2, 2, None)])
def test_classes_that_do_not_rise_are_refused(edges: tuple[int | None, ...]) -> None:
    classes = tuple(NoticeClass(name=str(k), name_zh="", below_days=edge) for k, edge in enumerate(edges))
    with pytest.raises(ValidationError, match="rise in below_days"):
        ChangeBudget(classes=classes)


def test_only_a_week_with_a_base_has_changes() -> None:
    problem, adjusted = week(0)
    for wrong in (replace(problem, rhythm="month"), replace(problem, base=None, first_open=0, end_open=14)):
        with pytest.raises(InvalidData, match="a week adjustment"):
            price_list(wrong, adjusted)
        with pytest.raises(InvalidData, match="a week adjustment"):
            within(wrong, (), ChangeBudget(), now_of(problem, 0))


def test_an_illegal_adjustment_of_someone_is_left_aside_and_frozen_days_stand() -> None:
    problem, adjusted = week(1)
    idle = days_off(adjusted.agents, adjusted.horizon)
    which = np.zeros(adjusted.symbol.shape, dtype=np.bool_)
    a = int(np.flatnonzero(adjusted.start[:, WEEK:].max(axis=1) >= 0)[0])
    which[a] = True
    last = price_list(problem, spliced(adjusted, idle, which), (), bound_steps=0)[-1]
    assert verify(problem, last.roster).legal


def test_a_cost_that_the_verifier_does_not_find_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, adjusted = week(0)

    def dearer(frame: object, roster: Roster, claimed: float) -> float:
        return verified(frame, roster, claimed + 1)  # type: ignore[arg-type]

    verified = change_budget._verified  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(change_budget, "_verified", dearer)
    with pytest.raises(VerificationFailed, match="the choice claims a cost"):
        price_list(problem, adjusted, (0,), bound_steps=0)
