"""Three ways to the cheapest line must agree: enumeration of every line, the CP-SAT model, the line engine.

And the cheapest roster: enumeration and CP-SAT agree, and the search lies between them and its own bound.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pytest
from ortools.sat.python import cp_model
from roster_case import random_demand
from small_team import SHIFTS, random_problem

from data.model.base import BoolArray
from data.model.roster import Roster
from data.model.rulebook import GoalSpec
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.cpsat_line import Objective, add_language
from optimizer.rostering.goals import kinds
from optimizer.rostering.language import Automaton, Carry, Counter, Language, blocks, counter, rest_after, run_limit, succession
from optimizer.rostering.line import best_line, new_scratch
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import compile_language
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget, Status
from optimizer.rostering.verify import verify


def cost_of(language: Language, line: tuple[int, ...]) -> float:
    """Price of a line, read off the definition of a language; inf = forbidden."""
    total = 0.0 if language.cost is None else sum(language.cost[d, s] for d, s in enumerate(line))
    emitted: dict[str, list[int]] = {c.name: [0] * len(line) for c in language.counters}
    for automaton in language.automata:
        state = automaton.start
        for d, s in enumerate(line):
            step = automaton.kind[d], state, s
            total += automaton.cost[step]
            if automaton.emit is not None and automaton.counter in emitted:
                emitted[automaton.counter][d] += automaton.emit[step]
            state = automaton.next[step]
            if state < 0:
                return np.inf
        total += automaton.final[state]
    return total + counted(language, line, emitted)


def counted(language: Language, line: tuple[int, ...], emitted: dict[str, list[int]]) -> float:
    """Price of all closings: the count of each period is its days, its start and what came by carry, whose givers come first."""
    total, came = 0.0, {c.name: [0] * len(line) for c in language.counters}
    waiting = list(language.counters)
    while waiting:
        c = next(c for c in waiting if all(w.carry is None or w.carry.counter != c.name for w in waiting))
        waiting.remove(c)
        first, count = 0, c.start
        for number, closing in enumerate(c.closes):
            count += sum(c.weight[d, line[d]] + emitted[c.name][d] + came[c.name][d] for d in range(first, closing + 1))
            if count > c.hi:
                return np.inf
            total += c.price[number, count]
            if c.carry is not None:
                came[c.carry.counter][closing] += int(c.carry.amount[number, count])
            first, count = closing + 1, 0
    return total


def enumerate_cheapest(language: Language, allowed: BoolArray) -> float:
    lines = product(*(np.flatnonzero(row) for row in allowed))
    return min((cost_of(language, line) for line in lines), default=np.inf)


def by_cpsat(language: Language, allowed: BoolArray) -> tuple[float, tuple[int, ...] | None]:
    model, objective = cp_model.CpModel(), Objective()
    line = add_language(model, language, allowed, objective)
    scale = objective.minimise(model)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return np.inf, None
    assert status == cp_model.OPTIMAL
    chosen = tuple(next(s for s, v in x.items() if solver.boolean_value(v)) for x in line.x)
    return solver.objective_value / scale + objective.constant, chosen


def by_line_engine(language: Language, allowed: BoolArray) -> float:
    tables = compile_language(language, *allowed.shape)
    cost = np.where(allowed, 0.0 if language.cost is None else language.cost, np.inf)
    return np.inf if tables is None else best_line(tables, cost, new_scratch(tables))[0]


def random_automaton(rng: np.random.Generator, days: int, symbols: int, counter_name: str) -> Automaton:
    kinds, states = int(rng.integers(1, 3)), int(rng.integers(1, 4))
    shape = kinds, states, symbols
    final = np.where(rng.random(states) < 0.2, np.inf, rng.integers(0, 3, states) * (rng.random() < 0.4))
    following = np.where(rng.random(shape) < 0.2, -1, rng.integers(0, states, shape))
    cost = rng.integers(0, 5, shape) * (rng.random() < 0.5) / 2
    emit = rng.integers(0, 2, shape) if counter_name and rng.random() < 0.7 else None
    return Automaton(following, cost, rng.integers(0, kinds, days), final, int(rng.integers(0, states)), emit, counter_name)


def random_counter(rng: np.random.Generator, days: int, symbols: int, name: str) -> Counter:
    closes = tuple(sorted(rng.choice(days, size=int(rng.integers(1, 3)), replace=False).tolist()))
    price = rng.integers(0, 6, (len(closes), int(rng.integers(2, 8)))).astype(float)
    price[rng.random(price.shape) < 0.35] = np.inf
    return Counter(name, rng.integers(0, 3, (days, symbols)), closes, price, int(rng.integers(0, 3)) * int(rng.integers(0, 2)))


def carrying(rng: np.random.Generator, counters: list[Counter]) -> list[Counter]:
    """Let some counters carry to the one before them."""
    for k, giver in enumerate(counters[1:]):
        if rng.random() < 0.7:
            counters[k + 1] = replace(giver, carry=Carry(counters[k].name, rng.integers(0, 3, giver.price.shape)))
    return counters


def random_rules(rng: np.random.Generator, days: int, symbols: int) -> Language:
    charged = np.arange(days) >= rng.integers(0, 3)
    work = np.arange(symbols) > 0
    price = [np.inf, 2.5][int(rng.integers(0, 2))]
    low = int(rng.integers(0, 4))
    pairs = rng.random((days, symbols, symbols)) < 0.2
    counted = counter("days", np.tile(work.astype(np.int64), (days, 1)), [(0, days)], [low], [low + int(rng.integers(0, 3))], price)
    halves = blocks(work, np.arange(days) // 2, "halves")
    few = Counter("halves", np.zeros((days, symbols), dtype=np.int64), (days - 1,), np.array([[0.0, 0.0, 1.0, 3.0]]))
    night = np.arange(symbols) == symbols - 1
    rules = succession(pairs, charged, price) + run_limit(work, int(rng.integers(1, 4)), charged)
    return rules + rest_after(night, ~work, int(rng.integers(1, 3)), charged, price) + Language((halves,), (counted, few))


def random_language(rng: np.random.Generator, days: int, symbols: int) -> Language:
    if rng.random() < 0.5:
        return random_rules(rng, days, symbols)
    counters = tuple(carrying(rng, [random_counter(rng, days, symbols, f"c{k}") for k in range(int(rng.integers(0, 4)))]))
    names = [*(count.name for count in counters), ""]
    automata = tuple(random_automaton(rng, days, symbols, str(rng.choice(names))) for _ in range(int(rng.integers(0, 3))))
    cost = np.where(rng.random((days, symbols)) < 0.1, np.inf, rng.integers(-8, 9, (days, symbols)) / 4)
    return Language(automata, counters, cost)


@pytest.mark.parametrize("seed", range(200))
def test_one_agent_costs_the_same_by_enumeration_by_cpsat_and_by_the_line_engine(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, symbols = int(rng.integers(4, 7)), int(rng.integers(2, 5))
    allowed = rng.random((days, symbols)) < 0.9
    prices = rng.integers(-12, 13, (days, symbols)) / 4
    language = random_language(rng, days, symbols) + Language(cost=prices)
    expected = enumerate_cheapest(language, allowed)
    found, line = by_cpsat(language, allowed)
    assert found == pytest.approx(expected, abs=1e-9)
    assert by_line_engine(language, allowed) == pytest.approx(expected, abs=1e-9)
    if line is not None:
        assert cost_of(language, line) == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_two_weeks_cost_the_same_by_cpsat_and_by_the_line_engine(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, symbols = 14, 4
    language = random_rules(rng, days, symbols) + Language(cost=rng.integers(-12, 13, (days, symbols)) / 4)
    allowed = rng.random((days, symbols)) < 0.9
    found, _ = by_cpsat(language, allowed)
    assert by_line_engine(language, allowed) == pytest.approx(found, abs=1e-9)


SHARED = ("coverage", "shift_cover")
SHORT_MEAL = SHIFTS[0].model_copy(update={"meal_latest": SHIFTS[0].meal_earliest})


def roster_of(problem: RosterProblem, symbols: Sequence[tuple[int, ...]]) -> Roster:
    """Roster of given lines in which every meal is as early as it can be."""
    alphabet, symbol = problem.alphabet, np.array(symbols)
    start = np.where(alphabet.is_shift, alphabet.start, -1)[symbol]
    pause = (alphabet.minutes - alphabet.paid_minutes)[symbol]
    meal = np.where(pause > 0, SHORT_MEAL.meal_earliest, -1)
    ids = tuple(agent.id for agent in problem.agents)
    return Roster(ids, problem.grid.horizon, alphabet.codes, symbol, start, alphabet.minutes[symbol], meal, pause)


def legal_lines(problem: RosterProblem) -> list[tuple[float, tuple[int, ...]]]:
    """Every legal line of the only agent of a problem, with its cost beside what agents share; the verifier says so."""
    found: list[tuple[float, tuple[int, ...]]] = []
    shared = {f"goal.{kind}" for kind in SHARED}
    for line in product(range(len(problem.alphabet.codes)), repeat=problem.grid.horizon.days):
        verdict = verify(problem, roster_of(problem, [line]))
        if verdict.legal and obeys_leave(problem, line):
            found.append((sum(cost for name, cost in verdict.costs.items() if name not in shared), line))
    return found


def obeys_leave(problem: RosterProblem, line: tuple[int, ...]) -> bool:
    """Leave stands on its days and on no other, in any rulebook."""
    leave = problem.leave[0]
    return all(s == due if due >= 0 else not problem.alphabet.leave[s] for s, due in zip(line, leave, strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_the_cheapest_roster_of_two_agents_is_that_of_enumeration(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 2, 5, (SHORT_MEAL, SHIFTS[1]), first=date(2026, 6, 4))
    least = least_of_two(problem)
    solution = solve_exact(problem, seconds=60, workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(least)
    assert solution.bound == pytest.approx(least)


def least_of_two(problem: RosterProblem) -> float:
    """Cost of the cheapest pair of legal lines, by what the goals measure of both together."""
    single = [legal_lines(replace(problem, agents=(agent,))) for agent in problem.agents]
    shared = [goal for goal in problem.rulebook.goals if goal.kind in SHARED]
    return min(
        own + other + sum(measured(goal, problem, roster_of(problem, [line, second])) for goal in shared)
        for (own, line), (other, second) in product(*single)
    )


def measured(goal: GoalSpec, problem: RosterProblem, roster: Roster) -> float:
    kind = kinds()[goal.kind]
    return kind.measure(kind.Params.model_validate(goal.numbers), problem, roster)


@pytest.mark.parametrize("seed", range(6))
def test_the_cheapest_roster_under_demand_by_shift_is_that_of_enumeration_and_of_the_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 2, 5, (SHORT_MEAL, SHIFTS[1]), first=date(2026, 6, 4))
    goals = (*problem.rulebook.goals, GoalSpec(kind="shift_cover", numbers={"scale": 4.0}))
    rulebook = problem.rulebook.model_copy(update={"goals": goals})
    problem = replace(problem, rulebook=rulebook, shift_demand=random_demand(problem, rng))
    least = least_of_two(problem)
    exact, month = solve_exact(problem, seconds=60, workers=1), solve(problem, budget=Budget(sweeps=20, bound_steps=40, effort=0))
    assert exact.status is Status.OPTIMAL
    assert exact.cost == pytest.approx(least)
    assert exact.bound == pytest.approx(least)
    assert month.bound <= least + 1e-6 <= month.cost + 2e-6


@pytest.mark.parametrize("seed", [2, 3, 6, 7, 8, 11])
def test_the_month_search_lies_between_the_optimum_and_its_own_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, int(rng.integers(2, 5)), int(rng.integers(7, 11)), SHIFTS[: int(rng.integers(2, 4))])
    exact = solve_exact(problem, seconds=60, workers=1)
    month = solve(problem, budget=Budget(sweeps=20, bound_steps=40))
    assert exact.status is Status.OPTIMAL
    assert month.bound <= exact.cost + 1e-6 <= month.cost + 2e-6
    assert month.cost <= 1.1 * exact.cost
