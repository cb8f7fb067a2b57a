"""Why a version differs from the one before: who, when, in which numbers."""

from dataclasses import replace

import numpy as np
import pytest
from roster_case import FIRST, problem_of

from data.model.roster import Roster
from optimizer.rostering.explain import allotted, changes_of
from optimizer.rostering.problem import RosterProblem

DAYS = 3
EARLY = {"symbol": 1, "start": 480, "minutes": 540, "meal": 240, "meal_minutes": 60}
LATE = {"symbol": 2, "start": 840, "minutes": 480}
IDLE = {"symbol": 0, "start": -1, "minutes": 0, "meal": -1, "meal_minutes": 0}


@pytest.fixture
def problem() -> RosterProblem:
    """Three agents, two of them early and one late each day; two are wanted from 8 to 17 and from 18 to 22 o'clock."""
    hour = np.arange(24 * DAYS) % 24
    heads = np.where((hour >= 8) & (hour < 17), 1, np.where((hour >= 18) & (hour < 22), 2, 0))[None, :]
    made = problem_of(heads, (("a",),) * 3, 2, ())
    arrays = {name: np.full((3, DAYS), value) for name, value in IDLE.items()}
    for row, duty in ((0, EARLY), (1, EARLY), (2, LATE)):
        for name, value in duty.items():
            arrays[name][row] = value
    base = Roster(("g0", "g1", "g2"), made.grid.horizon, made.alphabet.codes, **arrays)
    return replace(made, base=base, rhythm="week")


def with_duty(roster: Roster, a: int, d: int, **duty: int) -> Roster:
    arrays = {name: getattr(roster, name).copy() for name in IDLE}
    for name, value in (IDLE | duty).items():
        arrays[name][a, d] = value
    return replace(roster, **arrays)


def test_an_equal_roster_has_no_changes(problem: RosterProblem) -> None:
    assert problem.base is not None
    assert changes_of(problem, problem.base) == ()


def test_a_moved_shift_says_where_agents_were_missing_and_where_too_many(problem: RosterProblem) -> None:
    after = with_duty(problem.base, 1, 1, **LATE)
    (change,) = changes_of(problem, after)
    assert (change.agent, change.day, change.rhythm) == ("g1", FIRST.replace(day=2), "week")
    assert (change.before, change.after) == ("E 08:00-17:00 meal +240", "L 14:00-22:00")
    # gained 17 to 22: one too many at 17, one short in the four hours after; lost 8 to 14 without the meal: one too many
    assert change.reason == "now 17:00-22:00 (short by 0.6); no longer 08:00-14:00 (over by 1.0)"
    assert change.minutes == 0


@pytest.mark.parametrize(
    ("duty", "minutes", "after", "reason"),
    [
        ({}, -480, "-", "no longer 08:00-17:00 (over by 1.4)"),
        (EARLY | {"minutes": 600}, 60, "E 08:00-18:00 meal +240", "now 17:00-18:00 (over by 1.0)"),
        (EARLY | {"minutes": 420}, -120, "E 08:00-15:00 meal +240", "no longer 15:00-17:00 (over by 2.0)"),
        (
            EARLY | {"meal": 300},
            0,
            "E 08:00-17:00 meal +300",
            "now 12:00-13:00 (short by 1.0); no longer 13:00-14:00 (over by 1.0)",
        ),
    ],
    ids=["day off", "overtime", "early leave", "meal"],
)
def test_minutes_gained_and_given_back(problem: RosterProblem, duty: dict[str, int], minutes: int, after: str, reason: str) -> None:
    (change,) = changes_of(problem, with_duty(problem.base, 1, 0, **duty))
    assert (change.minutes, change.after, change.reason) == (minutes, after, reason)


def test_every_changed_open_day_is_told_and_no_frozen_one(problem: RosterProblem) -> None:
    after = with_duty(with_duty(with_duty(problem.base, 0, 0, **LATE), 2, 1, **EARLY), 0, 2)
    assert [(c.agent, c.day.day) for c in changes_of(problem, after)] == [("g0", 1), ("g2", 2), ("g0", 3)]
    partly = replace(problem, first_open=1, end_open=2)
    assert [(c.agent, c.day.day) for c in changes_of(partly, after)] == [("g2", 2)]


def test_a_month_plan_changes_nothing(problem: RosterProblem) -> None:
    after = with_duty(problem.base, 1, 1, **LATE)
    assert changes_of(replace(problem, rhythm="month"), after) == ()
    assert changes_of(replace(problem, base=None), after) == ()


def test_agents_are_allotted_hour_by_hour(problem: RosterProblem) -> None:
    day = allotted(problem, problem.base)[0, :24]
    assert day[:8].sum() == 0
    assert day[8:24].tolist() == [2, 2, 2, 2, 0, 2, 3, 3, 3, 1, 1, 1, 1, 1, 0, 0]
