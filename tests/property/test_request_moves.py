"""Stand-ins who move a day: whatever is shown breaks nothing, and no pair of agent and day off is better than the first."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from explain_case import DAYS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from roster_case import random_problem

from data.model.request import Terms
from data.model.roster import Roster
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.rostering.frame import Lines, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import Desk, chance_at_the_mean, desk_of, stand_ins_at
from optimizer.rostering.requests.checks import breaches_made
from optimizer.rostering.requests.drafts import with_cells
from optimizer.rostering.requests.handover import handed
from optimizer.rostering.verify import verify

NOW = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
TERMS = Terms(notice_hours=20, most_added_chance=1, most_service_lost=1)
EXACT = RuleSpec(id="exact", kind="days_off", numbers={"period": "week", "min_days": 2, "max_days": 2})


def small_centre(seed: int) -> Desk:
    """Five agents for a week of five days, each off on two of them but for leave; rest may be broken, some days are locked.

    The night reaches into the early shift of the next day: who gives that up for the night is there at these hours all the same.
    """
    problem, rng = random_problem(np.random.default_rng(seed), 5, DAYS, 3), np.random.default_rng(seed)
    long = {"E": {"meal_minutes": 0, "meal_earliest": 0, "meal_latest": 0}, "N": {"minutes": 720}}
    shifts = tuple(shift.model_copy(update=long.get(shift.code, {})) for shift in problem.centre.shifts)
    problem = replace(problem, centre=problem.centre.model_copy(update={"shifts": shifts}))
    goals = (*problem.rulebook.goals, GoalSpec(kind="fairness", numbers={"weight": 0.5}))
    rules = (*problem.rulebook.rules, EXACT)
    problem = replace(problem, rulebook=problem.rulebook.model_copy(update={"goals": goals, "rules": rules}))
    shape = len(problem.agents), DAYS
    drawn = rng.integers(problem.alphabet.first_shift, len(problem.alphabet.codes), shape)
    free = np.argsort(rng.random(shape), axis=1) < 2
    symbol = np.where(problem.leave >= 0, problem.leave, np.where(free, 0, drawn))
    roster = frame_of(problem).roster(Lines(symbol, np.full(shape, -1)), {})
    known = replace(problem, base=roster, locked=rng.random(shape) < 0.1)
    return desk_of(known, roster, NOW, chance_at_the_mean(problem))


def broken(problem: RosterProblem, roster: Roster, agent: str) -> dict[str, float]:
    """Amounts of breach of hard rules by an agent, by rule."""
    amounts: dict[str, float] = {}
    for one in verify(problem, roster).breaches:
        if one.agent == agent:
            amounts[one.rule] = amounts.get(one.rule, 0.0) + one.amount
    return amounts


def cost_of(desk: Desk, after: Roster, giver: str) -> float:
    """What a roster costs, the weighted rules of the giver aside: they are the same whoever takes the shift."""
    problem = replace(desk.problem, rhythm="month")
    verdict, weights = verify(problem, after), {rule.id: rule.weight for rule in problem.rulebook.rules if rule.weight}
    goals = sum(cost for name, cost in verdict.costs.items() if name not in weights)
    return goals + sum((weights[b.rule] or 0.0) * b.amount for b in verdict.priced if b.agent != giver)


def every_pair(desk: Desk, giver: str, d: int) -> dict[tuple[str, int], float]:
    """What it costs with each agent and day off instead, or none (-1), that the verifier lets pass."""
    found, day = dict[tuple[str, int], float](), desk.day(d)
    for agent in desk.roster.agents:
        for e in (-1, *(e for e in range(DAYS) if e != d and may_be_off(desk, agent, e))):
            draft = handed(desk, giver, agent, day, None if e < 0 else desk.day(e))
            if draft.flaws or not draft.cells or desk.locked is None or desk.locked[desk.place(agent, day)]:
                continue
            after = with_cells(desk.roster, draft.cells)
            if all(breach.agent != agent for breach in breaches_made(desk, draft, after)):
                found[agent, e] = cost_of(desk, after, giver)
    return found


def may_be_off(desk: Desk, agent: str, e: int) -> bool:
    span = desk.roster.span(desk.problem.index[agent], e)
    held = desk.locked is not None and desk.locked[desk.problem.index[agent], e]
    return span is not None and not held and span[0] >= NOW + timedelta(hours=TERMS.notice_hours)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4), st.integers(0, DAYS - 1))
def test_no_pair_is_better_than_the_first(seed: int, row: int, d: int) -> None:
    desk = small_centre(seed)
    assume(desk.roster.start[row, d] >= 0)
    giver, day = desk.agent(row).id, desk.day(d)
    found, plain = stand_ins_at(desk, giver, day, most=99, terms=TERMS), every_pair(desk, giver, d)
    direct = {agent for agent, e in plain if e < 0}
    assert {one.agent for one in found.best if one.instead is None} == direct
    moved = [one for one in found.best if one.instead is not None]
    best = dict[str, float]()
    for (agent, _), cost in plain.items():
        if agent not in direct:
            best[agent] = min(cost, best.get(agent, np.inf))
    assert {one.agent for one in moved} == set(best)
    assert found.moving >= len(best)
    told = {one.agent: plain[one.agent, desk.roster.horizon.index(one.instead)] for one in moved if one.instead}
    assert told == pytest.approx(best)
    assert not moved or best[moved[0].agent] == pytest.approx(min(best.values()))
    own = {round(told[one.agent] - one.cost, 6) for one in moved}
    assert len(own) <= 1  # the costs differ from those of the roster by what the giver saves alone


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4), st.integers(0, DAYS - 1))
def test_whoever_moves_a_day_breaks_nothing(seed: int, row: int, d: int) -> None:
    desk = small_centre(seed)
    assume(desk.roster.start[row, d] >= 0)
    giver = desk.agent(row).id
    for one in stand_ins_at(desk, giver, desk.day(d), terms=TERMS).best:
        after = with_cells(desk.roster, handed(desk, giver, one.agent, desk.day(d), one.instead).cells)
        was, now = (broken(desk.problem, roster, one.agent) for roster in (desk.roster, after))
        assert all(amount <= was.get(rule, 0.0) + 1e-9 for rule, amount in now.items())
        assert set(verify(desk.problem, after).faults) <= set(verify(desk.problem, desk.roster).faults)
