"""Who served what: teams add up to all who were there, and those on leave are told apart."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from small_team import FIRST, SHIFTS, problem_of

from data.model.people import Absence
from data.model.roster import Roster
from optimizer.response.control import hands_of
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem

SKILLS = (("a",), ("a", "b"), ("b",), ("a", "b"), ("a",))
TEAMS = ("T1", "T2")


def early_shifts(problem: RosterProblem, days: int) -> Roster:
    """Everybody on the early shift of every day."""
    names = tuple(agent.id for agent in problem.agents)
    filled = np.ones((len(names), days), dtype=np.int64)
    template = SHIFTS[0]
    return Roster(
        names,
        problem.grid.horizon,
        ("-", template.code),
        filled,
        filled * template.start_minute,
        filled * template.minutes,
        filled * template.meal_earliest,
        filled * template.meal_minutes,
    )


def case(days: int) -> tuple[RosterProblem, Roster]:
    heads = np.zeros((2, 24 * days), dtype=np.int64)
    heads[:, 8:16] = 2
    problem = problem_of(heads, SKILLS, SHIFTS)
    agents = tuple(agent.model_copy(update={"team": TEAMS[k % 2] if k < 4 else ""}) for k, agent in enumerate(problem.agents))
    away = Absence(agent="g0", first=FIRST, last=FIRST)
    problem = replace(problem, agents=agents, absences=(away,))
    return problem, early_shifts(problem, days)


def test_teams_and_those_without_one_are_all_who_are_there() -> None:
    problem, roster = case(2)
    hands = hands_of(problem, roster, TEAMS)
    here = on_phones(problem, roster).astype(float)
    here[0, :24] = 0  # on leave
    np.testing.assert_allclose(hands.present.sum(axis=0), here.sum(axis=0))
    np.testing.assert_allclose(hands.teams.sum(axis=1)[0], here[[0, 2]].sum(axis=0))
    np.testing.assert_allclose(hands.teams.sum(axis=1)[1], here[[1, 3]].sum(axis=0))
    assert (hands.teams.sum(axis=0) <= hands.present + 1e-9).all()


def test_leave_is_the_difference_between_rostered_and_present() -> None:
    problem, roster = case(2)
    hands = hands_of(problem, roster, TEAMS)
    lost = (hands.rostered - hands.present).sum(axis=0)
    assert lost[:24].sum() == on_phones(problem, roster)[0, :24].sum() > 0
    assert lost[24:].sum() == 0
    assert problem.grid.horizon.last == FIRST + timedelta(days=1)
