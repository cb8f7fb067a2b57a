"""Agents without a legal line and demand out of reach: causes and repairs."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from explain_case import FIRST
from roster_case import problem_of

from data.model.people import Absence
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.rostering.explain import conflicts, crowding, helps, shadow_prices, unmet
from optimizer.rostering.frame import frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget

DAYS = 7
LEAST = RuleSpec(id="least", kind="hours", numbers={"period": "plan", "min_minutes": 5 * 480})
LEAVE = RuleSpec(id="leave", kind="leave")
ODD = RuleSpec(id="odd", kind="rest_between_shifts", numbers={"rest_minutes": 600})


def problem(*rules: RuleSpec, away: int = 3, agents: int = 3, need: int = 1) -> RosterProblem:
    """A week from 8 to 17 o'clock; g0 is on unpaid leave for the first days."""
    hour = np.arange(24 * DAYS) % 24
    heads = np.where((hour >= 8) & (hour < 17), need, 0)[None, :]
    made = problem_of(heads, (("a",),) * agents, 2, rules)
    absences = (Absence(agent="g0", first=FIRST, last=FIRST + timedelta(days=away - 1), code="UL", paid=False),)
    return replace(made, absences=absences)


def found(made: RosterProblem):
    frame = frame_of(made)
    return conflicts(frame, shadow_prices(made, frame.roster(frame.kept, {})))


def test_leave_against_least_hours_names_both_and_repairs_either() -> None:
    (one,) = found(problem(LEAST, LEAVE, ODD))
    assert one.agent == "g0"
    assert set(one.rules) == {"least", "leave"}
    repairs = {repair.rules: repair for repair in one.repairs}
    assert set(repairs) == {("least",), ("leave",)}
    assert [breach.amount for breach in repairs["least",].breaches] == [480]
    assert repairs["least",].line[:3] == ("UL", "UL", "UL")
    (day,) = repairs["leave",].breaches
    assert day.amount == 1
    assert repairs["leave",].paid_minutes == 5 * 480
    assert repairs["leave",].moves == ()


def test_leave_can_move_to_a_day_on_which_it_does_no_harm() -> None:
    run = RuleSpec(id="run", kind="run_length", numbers={"max_days": 2})
    made = problem(LEAST, run, LEAVE, away=1)
    (one,) = found(made)
    assert set(one.rules) == {"least", "run", "leave"}
    ((before, after),) = next(repair.moves for repair in one.repairs if repair.rules == ("leave",))
    assert (before, after) == (FIRST, FIRST + timedelta(days=1))
    moved = Absence(agent="g0", first=after, last=after, code="UL", paid=False)
    assert frame_of(replace(made, absences=(moved,))).unplaced == ()


def test_a_repair_serves_at_the_shadow_prices() -> None:
    (one,) = found(problem(LEAST, LEAVE))
    price = 20.0
    repair = next(repair for repair in one.repairs if repair.rules == ("leave",))
    # five early shifts, each eight hours on the phones where one agent is missing, if the search has nothing better
    assert repair.coverage == pytest.approx(-5 * 8 * price)
    assert repair.line.count("E") == 5


def test_two_conflicts_at_once_are_repaired_together() -> None:
    runs = RuleSpec(id="run", kind="run_length", numbers={"max_days": 1})
    free = RuleSpec(id="free", kind="days_off", numbers={"period": "plan", "min_days": 6})
    (one,) = found(problem(LEAST, runs, free, away=1, agents=1))
    assert len(one.rules) == 2
    assert "least" in one.rules
    assert [repair.rules for repair in one.repairs] == [("least",)]
    twice = RuleSpec(id="most", kind="hours", numbers={"period": "plan", "max_minutes": 0})
    others = RuleSpec(id="few", kind="days_off", numbers={"period": "plan", "min_days": 0, "max_days": 0})
    (both,) = found(problem(LEAST, twice, others, away=3, agents=1))
    assert both.repairs
    assert all(len(repair.rules) >= 2 for repair in both.repairs)


def test_a_week_that_keeps_paid_minutes_is_a_rule_too() -> None:
    made = problem(LEAVE, away=6)
    minutes = np.array([2 * 480, 0, 0])
    week = replace(made, max_line_minutes=minutes, min_line_minutes=minutes)
    (one,) = found(week)
    assert set(one.rules) == {"leave", "line_minutes"}
    lower = next(repair for repair in one.repairs if repair.rules == ("line_minutes",))
    assert [(breach.rule, breach.amount) for breach in lower.breaches] == [("line_minutes", 480)]


def test_everyone_else_is_still_rostered() -> None:
    made = problem(LEAST, LEAVE)
    solution = solve(made, budget=Budget(sweeps=4, bound_steps=0))
    assert [lost.agent for lost in solution.unplaced] == ["g0"]
    assert solution.roster is not None
    assert (solution.roster.paid_minutes[1:].sum(axis=1) >= 5 * 480).all()


def test_demand_out_of_reach_is_told_with_its_least_cost() -> None:
    made = replace(problem(LEAVE, away=3, need=3), wishes=())
    crowd = crowding(frame_of(made))
    missed = unmet(crowd)
    # three wanted, g0 on leave for three days of nine hours
    assert len(missed) == 27
    assert {(one.missing, one.most, one.cost) for one in missed} == {(1.0, 2.0, 20.0)}
    assert {one.start.date() for one in missed} == {FIRST + timedelta(days=k) for k in range(3)}
    cost = solve(made, budget=Budget(sweeps=6, bound_steps=0)).cost
    assert cost >= sum(one.cost for one in missed)


def test_what_helps_demand_out_of_reach() -> None:
    hour = np.arange(24 * DAYS) % 24
    heads = np.stack([np.where((hour >= 7) & (hour < 15), 2, 0), np.zeros(24 * DAYS, dtype=np.int64)])
    made = problem_of(heads, (("a",), ("a",), ("b",)), 1, (LEAVE,))
    goals = (*made.rulebook.goals, GoalSpec(kind="change", numbers={"overtime_cost": 15}))
    made = replace(made, rulebook=made.rulebook.model_copy(update={"goals": goals}))
    crowd = crowding(frame_of(made))
    assert {one.start.hour for one in unmet(crowd)} == {7}
    told = {one.kind: one for one in helps(crowd, shadow_prices(made, frame_of(made).roster(frame_of(made).kept, {})))}
    assert (told["overtime"].agents, told["overtime"].minutes) == (2, 2 * 60 * DAYS)
    assert told["overtime"].cost == pytest.approx(2 * DAYS * 15)
    assert told["overtime"].saved == pytest.approx(2 * DAYS * 20)
    assert "skills" not in told
    assert told["hire"].contract == "c"
    assert told["hire"].saved > 0
    taught = replace(made, requirement=replace(made.requirement, heads=np.stack([np.where(hour == 9, 3, 0), 0 * hour])))
    other = {one.kind: one for one in helps(crowding(frame_of(taught)), np.zeros((24 * DAYS, 2)))}
    assert other["skills"].agents == 1
    assert other["skills"].saved == pytest.approx(DAYS * 20)
    assert np.isnan(other["skills"].cost)
