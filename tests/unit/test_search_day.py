from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from roster_case import FIRST, otherwise, requirement_of

from data.model.people import Absence, Protection
from data.model.roster import Roster
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import TweakParams, tweak
from optimizer.rostering.search.options import options_of
from optimizer.rostering.verify import verify

RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 480 * 2, "max_minutes": 480 * 3}),
    RuleSpec(id="leave", kind="leave"),
)
SKILLS = (("a",), ("a", "b"), ("b",), ("a",), ("a", "b"), ("b",))
CHEAP = {"change_cost": 0.5, "move_cost": 0.1, "overtime_cost": 1, "early_cost": 0.5}


def day(seed: int) -> tuple[RosterProblem, datetime]:
    """Four planned days; on the second, at ten, the calls are others than planned."""
    return otherwise(seed, 3, SKILLS, RULES, CHEAP)


def ends(roster: Roster) -> np.ndarray:
    return roster.start + roster.minutes


@pytest.mark.parametrize("seed", range(6))
def test_a_tweak_is_legal_gains_and_respects_now_and_the_hours(seed: int) -> None:
    problem, now = day(seed)
    base = problem.base
    assert base is not None
    solution = tweak(problem, 1, now, TweakParams(notice_minutes=60))
    roster = solution.roster
    assert roster is not None
    verdict = verify(problem, roster, solution.costs)
    assert verdict.legal
    stands = sum(verify(problem, replace(base, rhythm="day")).costs.values())
    assert 0 <= solution.bound <= solution.cost <= stands
    assert roster.paid_minutes[:, 1].sum() <= base.paid_minutes[:, 1].sum()
    others = np.arange(4) != 1
    earliest = 600 + 60
    assert (roster.start[:, others] == base.start[:, others]).all()
    moved = roster.start[:, 1] != base.start[:, 1]
    assert (np.minimum(roster.start[:, 1], base.start[:, 1])[moved] >= earliest).all()
    ended = ends(roster)[:, 1] != ends(base)[:, 1]
    assert (np.minimum(ends(roster), ends(base))[:, 1][ended] >= earliest).all()
    fed = (roster.start + roster.meal)[:, 1] != (base.start + base.meal)[:, 1]
    assert (np.minimum(roster.start + roster.meal, base.start + base.meal)[:, 1][fed & (base.meal[:, 1] >= 0)] >= earliest).all()


@pytest.mark.parametrize("minute", [400, 450, 600, 700, 800])
def test_no_option_touches_what_begins_or_ends_before_the_notice_is_over(minute: int) -> None:
    problem, _ = day(3)
    base = problem.base
    assert base is not None
    options = options_of(problem, base, 1, base.instant(1, minute), TweakParams(notice_minutes=60))
    row = np.repeat(options.row, np.diff(options.first))
    start, length, meal = (part[row, 1] for part in (base.start, base.minutes, base.meal))
    instants = (
        (options.start, start),
        (options.start + options.length, start + length),
        (np.where(meal < 0, 10**6, options.start + options.meal), np.where(meal < 0, 10**6, start + meal)),
    )
    assert len(row) > len(options.row)
    for after, before in instants:
        assert (np.minimum(after, before)[after != before] >= minute + 60).all()


def test_some_day_is_really_tweaked_and_more_hours_help() -> None:
    problem, now = day(3)
    assert problem.base is not None
    stands = sum(verify(problem, replace(problem.base, rhythm="day")).costs.values())
    exact, more = (tweak(problem, 1, now, TweakParams(max_extra_paid_minutes=m)).cost for m in (0, 600))
    assert more < exact < stands


@pytest.mark.parametrize("seed", range(4))
def test_the_hours_allowed_are_used_and_not_exceeded(seed: int) -> None:
    problem, now = day(seed)
    base = problem.base
    assert base is not None
    many = replace(problem, requirement=requirement_of(np.full((2, 96), 9), problem.grid))
    gains = [(tweak(many, 1, now, TweakParams(max_extra_paid_minutes=m)).roster, m) for m in (0, 60, 180)]
    for roster, most in gains:
        assert roster is not None
        gained = int(roster.paid_minutes[:, 1].sum() - base.paid_minutes[:, 1].sum())
        assert most - 60 < gained <= most


def test_after_the_last_shift_nothing_is_changed() -> None:
    problem, now = day(2)
    solution = tweak(problem, 1, now + timedelta(hours=14))
    assert solution.roster is not None
    assert solution.costs["goal.change"] == 0
    assert solution.bound == pytest.approx(solution.cost, rel=1e-3)


def test_no_overtime_for_those_protected() -> None:
    problem, now = day(1)
    params = TweakParams(max_extra_paid_minutes=6000)
    eager = tweak(problem, 1, now, params).roster
    guarded = replace(
        problem, agents=tuple(a.model_copy(update={"protection": Protection(no_overtime=True)}) for a in problem.agents)
    )
    calm = tweak(guarded, 1, now, params).roster
    assert eager is not None
    assert calm is not None
    assert problem.base is not None
    assert (eager.minutes > problem.base.minutes).any()
    assert not (calm.minutes > problem.base.minutes).any()


def test_rest_before_the_next_day_is_kept() -> None:
    problem, now = day(1)
    assert problem.base is not None
    free = GoalSpec(kind="change", numbers={"change_cost": 0, "overtime_cost": 0, "early_cost": 100})
    rules = (RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 600}),)
    rulebook = problem.rulebook.model_copy(update={"rules": rules, "goals": (GoalSpec(kind="coverage"), free)})
    symbol = np.tile([0, 2, 1, 0], (len(problem.agents), 1))
    late, early = symbol == 2, symbol == 1
    base = replace(
        problem.base,
        symbol=symbol,
        start=np.select([late, early], [840, 480], -1),
        minutes=np.select([late, early], [480, 540], 0),
        meal=np.where(early, 180, -1),
        meal_minutes=np.where(early, 60, 0),
    )
    problem = replace(problem, base=base, rulebook=rulebook, requirement=requirement_of(np.full((2, 96), 9), problem.grid))
    params = TweakParams(max_extra_paid_minutes=6000, max_shift_minutes=0)
    lawless = replace(problem, rulebook=rulebook.model_copy(update={"rules": ()}))
    longest, rested = tweak(lawless, 1, now, params).roster, tweak(problem, 1, now, params).roster
    assert longest is not None
    assert rested is not None
    assert (ends(longest)[:, 1] == 1440).all()
    assert (ends(rested)[:, 1] == 1320).all()


def test_who_falls_ill_gives_the_hours_to_others() -> None:
    problem, now = day(1)
    assert problem.base is not None
    row = int(np.flatnonzero(problem.base.start[:, 1] >= 0)[0])
    ill = Absence(agent=problem.agents[row].id, first=FIRST + timedelta(days=1), last=FIRST + timedelta(days=1), code="SL")
    solution = tweak(replace(problem, absences=(ill,)), 1, now)
    roster = solution.roster
    assert roster is not None
    assert roster.codes[roster.symbol[row, 1]] == "SL"
    assert roster.paid_minutes[:, 1].sum() <= problem.base.paid_minutes[:, 1].sum()


def test_a_day_that_is_not_open_is_refused() -> None:
    problem, now = day(1)
    with pytest.raises(ValueError, match="must be open"):
        tweak(problem, 2, now)
