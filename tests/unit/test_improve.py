from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from threading import Lock

import numpy as np
import pytest
from roster_case import problem_of, random_problem

from data.model.people import Wish
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from optimizer.rostering.coverage import cover_cost
from optimizer.rostering.frame import Frame, Lines, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.search.closing import close, margins, presence
from optimizer.rostering.search.descent import Descent, Found
from optimizer.rostering.search.improve import improve
from optimizer.rostering.search.swaps import alike, own_cost, swap
from optimizer.rostering.search.sweep import place
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, Progress, Solution, Status, keep_going
from optimizer.rostering.verify import verify

BUDGET = Budget(sweeps=6, bound_steps=30)
PARTS = ("symbol", "start", "minutes", "meal", "meal_minutes")


def case(seed: int) -> RosterProblem:
    return random_problem(np.random.default_rng(seed), 10, 14, 3)


def placed(seed: int) -> Descent:
    """Agents placed without regard to each other's wishes: there is something to exchange."""
    frame = frame_of(case(seed))
    descent = Descent(frame, frame.kept, SearchParams(seed=seed), present=False)
    descent.insert(1.0)
    return descent


def present(descent: Descent) -> np.ndarray:
    """Agents on each queue at best, for the lines as they are."""
    anew = Descent(descent.frame, descent.lines, descent.params, present=True)
    return anew.floor.flow.placed.sum(axis=2)


def costs(frame: Frame, lines: Lines) -> np.ndarray:
    return np.array([own_cost(frame.tables[frame.table_of[a]], frame.shape, frame.crew, lines, int(a)) for a in frame.placeable])


@pytest.mark.parametrize("seed", range(8))
def test_own_costs_are_what_the_sweeps_say(seed: int) -> None:
    descent = placed(seed)
    assert costs(descent.frame, descent.lines) == pytest.approx(descent.own[descent.frame.placeable])


@pytest.mark.parametrize("seed", range(8))
def test_a_swap_moves_nobody_on_the_floor_and_gains_what_it_says(seed: int) -> None:
    descent = placed(seed)
    frame, before, there = descent.frame, float(descent.own.sum()), present(descent)
    gain = swap(frame, descent.lines, descent.own, 10, np.random.default_rng(0))
    assert gain >= -1e-9
    assert descent.own.sum() == pytest.approx(before - gain)
    assert costs(frame, descent.lines) == pytest.approx(descent.own[frame.placeable])
    assert (present(descent) == there).all()
    assert not verify(frame.problem, frame.roster(descent.lines, {})).faults


def test_two_who_want_each_others_day_off_get_it() -> None:
    rules = (RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 480, "max_minutes": 480}),)
    problem = problem_of(np.ones((1, 48), dtype=np.int64), (("a",), ("a",), ("b",)), 1, rules)
    wishes = tuple(Wish(agent=f"g{a}", day=problem.grid.horizon.dates[a], rank=1) for a in range(2))
    frame = frame_of(replace(problem, wishes=wishes))
    lines = Lines(np.array([[1, 0], [0, 1], [1, 0]]), np.array([[0, -1], [-1, 1], [0, -1]]))
    descent = Descent(frame, lines, SearchParams(), present=True)
    own = costs(frame, lines)
    assert swap(frame, descent.lines, own, 1, descent.rng) > 0
    assert own.sum() == 0
    assert descent.lines.symbol.tolist() == [[0, 1], [1, 0], [1, 0]]
    assert descent.lines.meal.tolist() == [[-1, 1], [0, -1], [0, -1]]


def test_who_may_take_whose_place() -> None:
    frame = placed(1).frame
    kinds = alike(frame)
    assert sorted(np.concatenate(kinds)) == frame.placeable.tolist()
    assert all(len(set(frame.crew.group[rows])) == 1 for rows in kinds)


@pytest.mark.parametrize("seed", range(6))
def test_closing_costs_exactly_what_it_says_and_never_more(seed: int) -> None:
    descent = placed(seed)
    before = descent.exact_cost()
    with ThreadPoolExecutor(2) as threads:
        after = close(descent, before, None, threads, lambda: True)
    anew = Descent(descent.frame, descent.lines, descent.params, present=True)
    anew.own[:] = descent.own
    assert after <= before
    assert after == pytest.approx(anew.exact_cost()) == pytest.approx(descent.exact_cost())
    assert costs(descent.frame, descent.lines) == pytest.approx(descent.own[descent.frame.placeable])


def test_two_agents_are_closed_together_where_each_alone_is_stuck() -> None:
    rules = (RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 480, "max_minutes": 480}),)
    problem = problem_of(np.ones((1, 48), dtype=np.int64), (("a",), ("a",)), 1, rules)
    wishes = tuple(Wish(agent=f"g{a}", day=problem.grid.horizon.dates[a], rank=1) for a in range(2))
    frame = frame_of(replace(problem, wishes=wishes))
    descent = Descent(frame, Lines(np.array([[1, 0], [0, 1]]), np.array([[0, -1], [-1, 0]])), SearchParams(), present=True)
    alone = descent.sweep(0.0)
    with ThreadPoolExecutor(1) as threads:
        together = close(descent, alone, np.full(frame.curves.first.shape, 10.0), threads, lambda: True)
    assert together < alone
    assert descent.lines.symbol.tolist() == [[0, 1], [1, 0]]


def test_what_the_first_second_and_third_agent_cost_is_what_the_flow_says() -> None:
    descent = placed(2)
    frame, rows = descent.frame, max(alike(descent.frame), key=len)[:3]
    before = descent.floor.flow.served.copy()
    margin = margins(frame.shape, frame.crew, descent.floor, descent.lines, rows)
    there = presence(frame.shape, Lines(descent.lines.symbol[rows], descent.lines.meal[rows])).sum(axis=0)
    assert (np.diff(margin, axis=0) >= -1e-9).all()
    descent.exact_cost()
    assert (descent.floor.flow.served.sum(axis=1) == before.sum(axis=1)).all()
    full = cover_cost(descent.floor.flow)
    place(frame.shape, frame.crew, descent.floor, descent.lines, rows, -1, np.zeros(frame.shape.slots, dtype=np.int64))
    paid = sum(float(margin[k][there > k].sum()) for k in range(len(rows)))
    assert full - cover_cost(descent.floor.flow) == pytest.approx(paid)


def improved(seed: int, rounds: int) -> Solution:
    return solve(case(seed), params=SearchParams(seed=seed), budget=Budget(sweeps=1, bound_steps=0, rounds=rounds))


def test_rounds_never_cost_and_sometimes_gain() -> None:
    pairs = [(improved(seed, 0), improved(seed, 2)) for seed in range(3)]
    assert all(after.cost <= before.cost + 1e-9 for before, after in pairs)
    assert any(after.cost < before.cost for before, after in pairs)


def test_the_roster_does_not_depend_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    rosters: list[Roster | None] = []
    for cores in (1, 4):
        monkeypatch.setattr("optimizer.rostering.search.improve.usable_cores", lambda cores=cores: cores)
        rosters.append(solve(case(2), params=SearchParams(trials=4), budget=replace(BUDGET, rounds=3)).roster)
    one, four = rosters
    assert one is not None
    assert four is not None
    assert all((getattr(one, part) == getattr(four, part)).all() for part in PARTS)


def test_progress_falls_and_may_stop_the_rounds() -> None:
    seen: list[Progress] = []
    lock = Lock()

    def listen(record: Progress) -> bool:
        with lock:
            seen.extend([record] if record.phase == "improvement" else [])
            return len(seen) < 2

    solution = solve(case(3), budget=replace(BUDGET, rounds=50), on_progress=listen)
    assert solution.status is Status.CANCELLED
    assert len(seen) == 2
    assert all(one.cost >= other.cost and one.done < other.done for one, other in pairwise(seen))
    assert solution.verdict is not None
    assert not solution.verdict.faults


def test_seconds_end_the_rounds() -> None:
    descent = placed(4)
    found = Found(descent.lines, descent.sweep(0.0), Status.FEASIBLE, 1)
    budget = Budget(rounds=10**6, seconds=0.0)
    ended = improve(descent.frame, found, None, 0.0, SearchParams(), budget, Watch(keep_going))
    assert ended.status is Status.OUT_OF_BUDGET
    assert ended.cost == found.cost
    assert ended.lines is found.lines
