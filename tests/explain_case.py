"""Rosters small enough to try every line of an agent, for the tests of explanations."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from roster_case import FIRST, random_problem

from data.model.roster import Roster, Verdict
from optimizer.rostering.explain import stage_of
from optimizer.rostering.frame import frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import verify

__all__ = ["DAYS", "FIRST", "every_line", "plain_problem", "planned"]

DAYS = 5


def plain_problem(seed: int, agents: int = 4) -> RosterProblem:
    """Five days, shifts E and L without meals, random rules, wishes and leave."""
    problem = random_problem(np.random.default_rng(seed), agents, DAYS, 2)
    bare = {"meal_minutes": 0, "meal_earliest": 0, "meal_latest": 0}
    shifts = tuple(shift.model_copy(update=bare) for shift in problem.centre.shifts)
    return replace(problem, centre=problem.centre.model_copy(update={"shifts": shifts}))


def planned(problem: RosterProblem) -> Roster:
    """A roster in which each agent has answered once to those before; not the best there is."""
    frame = frame_of(problem)
    roster, anything = frame.roster(frame.kept, {}), np.ones(frame.crew.cost.shape[1:], dtype=np.bool_)
    for a in frame.placeable.tolist():
        stage = stage_of(problem, roster)
        found = stage.answer(a, anything)
        assert found is not None
        roster = stage.with_line(a, found)
    return roster


def every_line(problem: RosterProblem, roster: Roster, a: int) -> Iterator[tuple[tuple[int, ...], Verdict]]:
    """Every line of one agent, legal or not, with the verdict on the roster that has it, all others as they are."""
    alphabet = problem.alphabet
    for line in product(range(len(alphabet.codes)), repeat=DAYS):
        arrays = {name: getattr(roster, name).copy() for name in ("symbol", "start", "minutes")}
        arrays["symbol"][a] = line
        arrays["start"][a] = np.where(alphabet.is_shift, alphabet.start, -1)[list(line)]
        arrays["minutes"][a] = alphabet.minutes[list(line)]
        yield line, verify(problem, replace(roster, **arrays))
