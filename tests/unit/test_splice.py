"""Rosters put together from the days of two, and days set by hand that every rhythm keeps."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from roster_case import FIRST, SHIFTS, random_problem, requirement_of

from data.model.roster import OFF, Break, Roster
from data.model.rulebook import GoalSpec
from data.model.splice import days_of, days_off, differing, locked_days, part_of, spliced, with_days, with_shift
from data.model.time import Horizon
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import TweakParams, solve, tweak
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

QUICK = Budget(sweeps=6, bound_steps=0, rounds=2)


def some_roster(seed: int, agents: int = 5, days: int = 10) -> tuple[RosterProblem, Roster]:
    problem = random_problem(np.random.default_rng(seed), agents, days, 2)
    roster = solve(problem, budget=QUICK).roster
    assert roster is not None
    return problem, roster


def test_a_splice_has_each_day_of_the_one_that_it_is_taken_from() -> None:
    _, one = some_roster(0)
    other = replace(some_roster(1)[1], agents=one.agents)
    which = np.random.default_rng(2).random(one.symbol.shape) < 0.5
    mixed = spliced(one, other, which)
    assert not differing(mixed, other)[which].any()
    assert not differing(mixed, one)[~which].any()
    assert differing(mixed, one)[which].sum() == differing(other, one)[which].sum() > 0


def test_days_of_another_roster_are_found_by_agent_and_date() -> None:
    _, roster = some_roster(3)
    later = Horizon(zone=roster.horizon.zone, first=FIRST + timedelta(days=4), days=10)
    blank = days_off(roster.agents[::-1], later)
    wanted = [(roster.agents[1], FIRST + timedelta(days=5)), ("nobody", FIRST), (roster.agents[0], FIRST)]
    kept, which = with_days(blank, roster, wanted)
    assert list(days_of(kept, which)) == wanted[:1]
    a, d = np.argwhere(which)[0]
    assert kept.codes[kept.symbol[a, d]] == roster.codes[roster.symbol[1, 5]]
    assert kept.start[a, d] == roster.start[1, 5]
    assert (kept.start[~which] == -1).all()


def test_a_day_is_set_to_a_shift_of_a_template_or_to_a_day_off() -> None:
    _, roster = some_roster(4)
    early = with_shift(roster, 2, 3, SHIFTS[0])
    assert list(days_of(early, differing(early, roster))) in ([], [(roster.agents[2], FIRST + timedelta(days=3))])
    assert (early.start[2, 3], early.minutes[2, 3], early.meal_minutes[2, 3]) == (480, 540, 60)
    assert early.meal[2, 3] == SHIFTS[0].meal_starts[0]
    free = with_shift(early, 2, 3, None)
    assert (free.codes[free.symbol[2, 3]], free.start[2, 3], free.paid_minutes[2, 3]) == (OFF, -1, 0)


def test_leave_is_not_a_day_off() -> None:
    _, roster = some_roster(4)
    free = with_shift(roster, 2, 3, None)
    symbol = free.symbol.copy()
    symbol[2, 3] = len(free.codes)
    away = replace(free, codes=(*free.codes, "AL"), symbol=symbol)
    assert list(days_of(away, differing(away, free))) == [(roster.agents[2], FIRST + timedelta(days=3))]


WITH_BREAKS = SHIFTS[0].model_copy(update={"breaks": (Break(minutes=15, earliest=60, latest=120, step=60),)})


def test_breaks_are_set_taken_and_told_apart() -> None:
    _, roster = some_roster(4)
    one = with_shift(with_shift(roster, 0, 0, WITH_BREAKS), 1, 1, SHIFTS[1])
    assert (one.breaks.shape[2], one.breaks[0, 0].tolist(), one.breaks[1, 1].tolist()) == (1, [60], [-1])
    assert roster.breaks.shape[2] == 0
    later = replace(one, breaks=np.where(one.breaks >= 0, 120, -1))
    assert list(days_of(one, differing(one, later))) == [(roster.agents[0], FIRST)]
    both = np.ones(roster.symbol.shape, dtype=np.bool_)
    assert spliced(one, later, both).breaks.tolist() == later.breaks.tolist()
    assert spliced(one, later, ~both).breaks.tolist() == one.breaks.tolist()
    assert not differing(spliced(roster, one, both), one).any()
    assert with_shift(one, 0, 0, None).breaks.max() == -1
    assert one.breaks[0, 0] == [60]


def test_days_that_either_roster_lacks_are_left_out() -> None:
    _, roster = some_roster(3)
    first, last = FIRST + timedelta(days=2), FIRST + timedelta(days=5)
    some = part_of(replace(roster, agents=("x", *roster.agents[1:])), first, last)
    days = [first - timedelta(days=1), first, last, last + timedelta(days=1), FIRST + timedelta(days=10)]
    wanted = [(agent, day) for agent in ("x", *roster.agents) for day in days]
    known = [(agent, day) for agent in roster.agents[1:] for day in (first, last)]
    assert list(days_of(roster, with_days(roster, some, wanted)[1])) == known
    assert list(days_of(some, with_days(some, roster, wanted)[1])) == known


def test_a_part_has_its_days_and_no_other() -> None:
    _, roster = some_roster(4)
    roster = with_shift(roster, 0, 3, WITH_BREAKS)
    part = part_of(roster, FIRST + timedelta(days=2), FIRST + timedelta(days=4))
    assert part.horizon.dates == roster.horizon.dates[2:5]
    for name in ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks"):
        assert getattr(part, name).tolist() == getattr(roster, name)[:, 2:5].tolist()


def test_no_days_are_no_lock() -> None:
    _, roster = some_roster(4)
    assert locked_days([], roster) is None
    assert locked_days([("nobody", FIRST)], roster) is None


def locked_problem(seed: int, rhythm: str) -> RosterProblem:
    """A roster with two days set by hand against what a search would do, open again in some rhythm."""
    problem, roster = some_roster(seed, 6, 14)
    goals = (*problem.rulebook.goals, GoalSpec(kind="change"))
    book = problem.rulebook.model_copy(update={"goals": goals, "rules": problem.rulebook.rules[-1:]})
    held = with_shift(with_shift(roster, 0, 9, SHIFTS[1]), 3, 8, None)
    locked = locked_days([(held.agents[0], FIRST + timedelta(days=9)), (held.agents[3], FIRST + timedelta(days=8))], held)
    first, end = (0, 14) if rhythm == "month" else (7, 14)
    calm = replace(problem.requirement, heads=np.where(np.arange(24 * 14) // 24 == 8, 3, 0) + 0 * problem.requirement.heads)
    parts = {"rulebook": book, "base": held, "locked": locked, "requirement": calm, "absences": (), "wishes": ()}
    return replace(problem, **parts, first_open=first, end_open=end, rhythm=rhythm)


@pytest.mark.parametrize("rhythm", ["month", "week"])
@pytest.mark.parametrize("seed", [5, 6])
def test_days_set_by_hand_stand_whatever_is_planned_again(rhythm: str, seed: int) -> None:
    problem = locked_problem(seed, rhythm)
    with ThreadPoolExecutor(1) as executor:
        found = solve(problem, budget=QUICK, executor=executor)
        loose = solve(replace(problem, locked=None), budget=QUICK, executor=executor)
    assert found.roster is not None
    assert loose.roster is not None
    assert problem.base is not None
    codes = [np.array(roster.codes)[roster.symbol] for roster in (found.roster, problem.base)]
    assert (codes[0] == codes[1])[problem.locked].all()
    assert not verify(problem, found.roster, found.costs).faults
    # without the lock nobody would stay on the shift that no call asks for
    assert loose.roster.start[0, 9] < 0 or loose.roster.start[3, 8] >= 0
    faults = verify(problem, loose.roster).faults
    assert any("a locked day was changed" in fault for fault in faults)


@pytest.mark.parametrize("seed", range(3))
def test_days_set_by_hand_are_not_tweaked(seed: int) -> None:
    problem, roster = some_roster(seed, 8, 3)
    late = np.where(np.arange(72) % 24 >= 18, 4, 0) + 0 * problem.requirement.heads
    goals = (*problem.rulebook.goals, GoalSpec(kind="change"))
    book = problem.rulebook.model_copy(update={"goals": goals, "rules": ()})
    day = replace(
        problem, base=roster, rulebook=book, requirement=requirement_of(late, problem.grid), first_open=1, end_open=2, rhythm="day"
    )
    now = problem.grid.index[24].to_pydatetime()
    loose = tweak(day, 1, now, TweakParams()).roster
    assert loose is not None
    changed = differing(loose, roster)
    assert changed.any()
    held = tweak(replace(day, locked=changed), 1, now, TweakParams()).roster
    assert held is not None
    assert not differing(held, roster)[changed].any()
