"""What is remembered: deeds that were reckoned, wishes that were refused, call-outs that no roster shows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from roster_case import FIRST, problem_of

from data.model.ledger import Balance
from data.model.people import Wish
from data.model.points import PointsPolicy, Reason
from data.model.points_ledger import Ledger
from data.model.response import Activation
from data.model.roster import Roster
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.response.award.earning import AwardTerms, points_earned
from optimizer.rostering.carried import carried
from optimizer.rostering.fairness_balances import closing
from optimizer.rostering.goals import wishes
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget

BEFORE = FIRST - timedelta(days=1)


def two(*refused: float, memory: float = 0.25) -> RosterProblem:
    """One day on which one of two agents is needed, and both wish to be off; balances of wishes refused before."""
    heads = np.zeros((1, 24), dtype=np.int64)
    heads[0, 8:17] = 1
    problem = problem_of(heads, (("a",), ("a",)), 1, (RuleSpec(id="leave", kind="leave"),))
    goals = (GoalSpec(kind="coverage"), GoalSpec(kind="wishes", numbers={"memory": memory}))
    held = tuple(Balance(agent=f"g{k}", until=BEFORE, refused_wishes=more) for k, more in enumerate(refused))
    wished = tuple(Wish(agent=agent.id, day=FIRST) for agent in problem.agents)
    rulebook = problem.rulebook.model_copy(update={"goals": goals})
    return replace(problem, rulebook=rulebook, balances=held, wishes=wished)


def planned(problem: RosterProblem) -> Roster:
    roster = solve(problem, budget=Budget(sweeps=6, bound_steps=20)).roster
    assert roster is not None
    return roster


@pytest.mark.parametrize(("refused", "off"), [((3.0, 0.0), 0), ((0.0, 3.0), 1)])
def test_whose_wishes_were_refused_before_comes_first_next_time(refused: tuple[float, float], off: int) -> None:
    roster = planned(two(*refused))
    assert (roster.start[:, 0] < 0).tolist() == [k == off for k in range(2)]


def test_the_one_refused_now_is_granted_next_time() -> None:
    first = two(0.0, 0.0)
    roster = planned(first)
    after = carried(first, roster)
    assert sorted(balance.refused_wishes for balance in after) == [0, 1]
    worked = roster.start[:, 0] >= 0
    again = planned(replace(two(), balances=tuple(one.model_copy(update={"until": BEFORE}) for one in after)))
    assert ((again.start[:, 0] < 0) == worked).all()


def test_weights_lie_between_half_and_double_and_an_unknown_agent_is_average() -> None:
    assert wishes.weights(wishes.Params(), two(9.0, 1.0)).tolist() == [2.0, 0.5]
    assert wishes.weights(wishes.Params(), two(4.0)).tolist() == [1.0, 1.0]
    assert wishes.weights(wishes.Params(memory=0.0), two(9.0, 1.0)).tolist() == [1.0, 1.0]
    assert wishes.weights(wishes.Params(), two()).tolist() == [1.0, 1.0]


def test_refused_wishes_fade_over_a_year() -> None:
    problem = replace(two(10.0, 0.0), wishes=())
    assert [one.refused_wishes for one in carried(problem, planned(problem))] == [pytest.approx(10 * (1 - 1 / 365), abs=1e-3), 0]


def test_a_call_out_is_a_point_of_duty_when_the_plan_is_closed() -> None:
    problem = two(0.0, 0.0)
    roster, start = planned(problem), datetime(2026, 6, 1, 12, tzinfo=UTC)
    call = Activation("e", "a", start, start, start + timedelta(hours=2), ("g1",), start, 0.9, 0.1)
    gone = replace(call, start=start - timedelta(days=9), end=start - timedelta(days=9))
    plain, closed = carried(problem, roster), closing(problem, roster, [call, gone])
    assert [b.points - a.points for a, b in zip(plain, closed, strict=True)] == [-0.5, 0.5]
    assert [b.points_earned - a.points_earned for a, b in zip(plain, closed, strict=True)] == [0, 1]


def test_a_deed_that_was_reckoned_earns_nothing_again_even_if_its_points_were_rounded_to_none() -> None:
    days, terms = 7, AwardTerms(points_per_cost=0.013, short_share=0)
    problem = problem_of(np.ones((1, 24 * days), dtype=np.int64), (("a",),), 3, ())
    prices, ledger = np.ones((1, 24 * days)), Ledger(PointsPolicy(month_budget=1000))
    starts = [datetime(2026, 6, day, 2, tzinfo=UTC) for day in range(1, 8)]
    calls = [Activation("e", "a", s, s, s + timedelta(hours=20), ("g0",), s, 0.9, 0.1) for s in starts]
    empty = np.zeros((1, days), dtype=np.int64)
    roster = Roster(("g0",), problem.grid.horizon, ("-",), empty, empty - 1, empty, empty - 1, empty)
    first = points_earned(problem, roster, prices, ledger, calls, terms)
    assert sum(one.points for one in first) == int(7 * 0.013 * 20 * 2)
    at = datetime(2026, 7, 1, tzinfo=UTC)
    posted = ledger.posted(one.entry(at) for one in first if one.points)
    known = {one.deed.id for one in first}
    assert {one.deed.reason for one in first} == {Reason.CALL_IN}
    assert points_earned(problem, roster, prices, posted, calls, terms, known) == ()
    halves = [one for one in first if one.points == 0]
    assert not halves or points_earned(problem, roster, prices, posted, calls, terms)


def test_until_a_balance_nothing_is_counted_twice() -> None:
    problem = replace(two(2.0, 0.0), balances=tuple(Balance(agent=f"g{k}", until=FIRST) for k in range(2)))
    assert [one.refused_wishes for one in carried(problem, planned(problem))] == [0, 0]
    assert carried(problem, planned(problem))[0].until == date(2026, 6, 1)
