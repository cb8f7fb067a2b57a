"""Two rosters side by side: every figure is that of a recount."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from roster_case import SHIFTS, random_problem

from data.model.errors import InvalidData
from data.model.people import Wish
from data.model.roster import Roster
from data.model.splice import differing, with_shift
from optimizer.rostering.compare import Comparison, compare
from optimizer.rostering.explain import allotted
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify


def case(seed: int) -> tuple[RosterProblem, Roster, Roster]:
    problem = random_problem(np.random.default_rng(seed), 6, 9, 2)
    roster = solve(problem, budget=Budget(sweeps=6, bound_steps=0)).roster
    assert roster is not None
    other = with_shift(with_shift(roster, 1, 2, SHIFTS[1]), 4, 5, None)
    return problem, roster, replace(with_shift(other, 1, 6, SHIFTS[0]), version="v2")


def figures(found: Comparison) -> dict[str, tuple[float, float]]:
    return {one.name: (one.before, one.after) for one in (*found.measures, *found.costs)}


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_those_of_a_recount(seed: int) -> None:
    problem, one, other = case(seed)
    found, told = compare(problem, one, other), figures(compare(problem, one, other))
    differs = differing(one, other)
    assert {(change.agent, change.day) for change in found.changes} == {
        (one.agents[a], one.horizon.dates[d]) for a, d in np.argwhere(differs).tolist()
    }
    assert told["people whose days change"] == (0, differs.any(axis=1).sum())
    assert told["days that change"] == (0, differs.sum())
    assert told["paid hours"] == tuple(roster.paid_minutes.sum() / 60 for roster in (one, other))
    for k, roster in enumerate((one, other)):
        costs = verify(problem, roster).costs
        assert told["total cost"][k] == pytest.approx(sum(costs.values()))
        assert {name: told[name][k] for name in costs} == pytest.approx(costs)
        wishes = [w for w in problem.wishes if w.kind == "off"]
        free = sum(bool(roster.start[problem.index[w.agent], problem.grid.horizon.index(w.day)] < 0) for w in wishes)
        assert told["wishes granted"][k] >= free


@pytest.mark.parametrize("seed", range(4))
def test_intervals_are_those_in_which_agents_on_a_queue_differ(seed: int) -> None:
    problem, one, other = case(seed)
    found = compare(problem, one, other)
    served = allotted(problem, one), allotted(problem, other)
    assert len(found.intervals) == (served[0] != served[1]).sum()
    for row in found.intervals.to_dict("records"):
        q, slot = problem.requirement.queues.index(row["queue"]), problem.grid.slot(row["timestamp"])
        assert (row["before"], row["after"]) == (served[0][q, slot], served[1][q, slot])


def curved(seed: int) -> tuple[RosterProblem, Roster, Roster]:
    """Days three to eight open, calls and a rising staffing curve, a fifth of the agents off the phones, every kind of wish."""
    problem, one, other = case(seed)
    rng, need = np.random.default_rng(seed), problem.requirement
    shape = need.heads.shape
    curve = np.tile(np.linspace(0.0, 1.0, 4), (*shape, 1))
    calls = np.where(need.heads > 0, rng.integers(1, 9, shape), 0).astype(np.float64)
    need = replace(need, calls=calls, curve=curve, shrinkage=np.full(shape, 0.2))
    wishes = tuple(
        Wish(agent=agent, day=day, kind=kind, shift="" if kind == "off" else "E")
        for agent, kind, day in product(one.agents, ("off", "on", "avoid"), problem.grid.horizon.dates)
    )
    return replace(problem, requirement=need, wishes=wishes, first_open=2, end_open=8), one, other


@pytest.mark.parametrize("seed", range(4))
def test_service_hours_and_wishes_are_those_of_the_open_days(seed: int) -> None:
    problem, one, other = curved(seed)
    found = compare(problem, one, other)
    told, need, charged = figures(found), problem.requirement, slice(24 * 2, 24 * 8)
    for k, roster in enumerate((one, other)):
        heads = allotted(problem, roster)
        service = np.minimum(heads * 0.8 / 3, 1)
        reached = (service * need.calls)[:, charged].sum() / need.calls[:, charged].sum()
        assert told["service level, by calls"][k] == pytest.approx(reached)
        missed = (service < 0.8) & (need.calls > 0)
        assert told["intervals below target"][k] == missed[:, charged].sum()
        assert told["paid hours"][k] == roster.paid_minutes[:, 2:8].sum() / 60
        codes = np.array(roster.codes)[roster.symbol][:, 2:8]
        assert told["wishes granted"][k] == ((roster.start[:, 2:8] < 0).sum() + (codes == "E").sum() + (codes != "E").sum())
        for row in found.intervals.to_dict("records"):
            place = need.queues.index(row["queue"]), problem.grid.slot(row["timestamp"])
            assert row[("service_before", "service_after")[k]] == pytest.approx(service[place])
    assert told["service level, by calls"][0] != told["service level, by calls"][1]
    moved = abs(one.paid_minutes - other.paid_minutes)[:, 2:8].sum() / 60
    assert told["paid hours added or given back"] == (0, moved)
    assert all(measure.difference == measure.after - measure.before for measure in found.measures)


def test_a_service_at_the_target_reaches_it() -> None:
    problem, one, _ = curved(0)
    queues = tuple(
        queue.model_copy(update={"target": queue.target.model_copy(update={"service_level": 0.8 / 3})})
        for queue in problem.centre.queues
    )
    problem = replace(problem, centre=problem.centre.model_copy(update={"queues": queues}))
    told = figures(compare(problem, one, one))
    some = (allotted(problem, one) == 0) & (problem.requirement.calls > 0)
    assert told["intervals below target"] == (some[:, 48:192].sum(),) * 2


def test_a_roster_is_like_itself() -> None:
    problem, one, _ = case(1)
    found = compare(problem, one, one)
    assert (found.changes, len(found.intervals)) == ((), 0)
    assert all(measure.difference == 0 for measure in (*found.measures, *found.costs))


def test_rosters_of_other_people_or_days_are_refused() -> None:
    problem, one, _ = case(2)
    other = replace(one, agents=one.agents[::-1], horizon=one.horizon.model_copy(update={"zone": "UTC"}))
    with pytest.raises(InvalidData) as caught:
        compare(problem, one, other)
    assert {finding.column for finding in caught.value.findings} == {"agents", "days"}
