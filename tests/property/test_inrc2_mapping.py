"""The competition's evaluator and the product's verifier agree on every roster of an instance that is mapped to a problem."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from inrc2_case import random_history, random_scenario, random_solution, random_week

from benchmarks.inrc2.evaluator import evaluate
from benchmarks.inrc2.mapping import MISSING, cost_brought, static_task
from benchmarks.inrc2.stages import borders_after
from optimizer.rostering.line import line_price
from optimizer.rostering.product import compile_language
from optimizer.rostering.ruling import line_language
from optimizer.rostering.verify import verify

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_the_verifier_charges_what_the_evaluator_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scenario = random_scenario(rng)
    history = random_history(rng, scenario)
    weeks = [random_week(rng, scenario) for _ in range(scenario.weeks)]
    solutions = [random_solution(rng, scenario) for _ in weeks]
    report, task = evaluate(scenario, history, weeks, solutions), static_task(scenario, history, weeks)
    verdict = verify(task.problem, task.roster(solutions))
    assert not verdict.faults
    assert len(verdict.breaches) == report.hard.succession
    said = sum(verdict.costs.values()) + cost_brought(scenario, history) - MISSING * report.hard.minimum_cover
    assert said == report.cost, (report, verdict.costs)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_the_engine_charges_what_the_verifier_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scenario = random_scenario(rng)
    task = static_task(scenario, random_history(rng, scenario), [random_week(rng, scenario) for _ in range(scenario.weeks)])
    problem, roster = task.problem, task.roster([random_solution(rng, scenario) for _ in range(scenario.weeks)])
    verdict, priced = verify(problem, roster), 0.0
    for agent, context, line in zip(problem.agents, problem.contexts, roster.symbol, strict=True):
        language = line_language(problem.binding(agent), context)
        tables = compile_language(language, problem.grid.horizon.days, len(problem.alphabet.codes))
        assert tables is not None
        priced += line_price(tables, line) + (0.0 if language.cost is None else language.cost[range(len(line)), line].sum())
    costs = {name: cost for name, cost in verdict.costs.items() if not name.startswith("goal.")}
    assert priced == (np.inf if verdict.breaches else sum(costs.values()))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_weeks_judged_one_by_one_cost_what_they_cost_together(seed: int) -> None:
    """The borders handed on carry all that the weeks before mean for those to come."""
    rng = np.random.default_rng(seed)
    scenario = random_scenario(rng)
    history = random_history(rng, scenario)
    weeks = [random_week(rng, scenario) for _ in range(scenario.weeks)]
    solutions = [random_solution(rng, scenario) for _ in weeks]
    together, borders, apart = evaluate(scenario, history, weeks, solutions), dict(history), 0.0
    for week, solution in zip(weeks, solutions, strict=True):
        verdict = verify((task := static_task(scenario, borders, [week])).problem, task.roster([solution]))
        rules = {name: cost for name, cost in verdict.costs.items() if not name.startswith(("total.", "weekends."))}
        apart += sum(rules.values())
        borders = borders_after(scenario, borders, solution)
    ended = evaluate(replace(scenario, weeks=0), borders, [], []).soft
    assert (ended.assignments, ended.weekends) == (together.soft.assignments, together.soft.weekends)
    assert apart - MISSING * together.hard.minimum_cover == together.cost - ended.assignments - ended.weekends
