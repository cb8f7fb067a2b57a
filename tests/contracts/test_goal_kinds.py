"""Every goal that is discovered: schema, sentences, and a charge that is what the finished roster costs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from goal_case import charged
from roster_case import FIRST, random_demand, random_problem

from data.model.base import IntArray
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import EchelonTier, OpeningHours, Site
from data.model.ledger import Balance
from data.model.people import Agent, HoursSystem, ShiftKind
from data.model.roster import Roster
from data.model.rulebook import GoalSpec
from optimizer.rostering.frame import Lines, frame_of, kept_lines
from optimizer.rostering.goals import Charge, kinds
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import compile_language

DAYS, FIRST_OPEN, END_OPEN = 11, 3, 9
SEEDS = range(6)
SHIFT_KINDS: tuple[ShiftKind, ...] = ("early", "day", "late", "night", "split")
SYSTEMS: tuple[HoursSystem, ...] = ("standard", "comprehensive", "part_time", "flexible")
NUMBERS: dict[str, dict[str, Any]] = {
    "change": {"move_cost": 0},
    "fairness": {"weight": 0.5, "night": 2, "weekend": 1, "holiday": 4, "festival": 5, "unpopular": 3, "kinds": ["early"]},
    "freshness": {"min_shifts": 4},
    "holidays_off": {"agents": {"g0": (FIRST, FIRST + timedelta(days=4)), "stranger": (FIRST, FIRST)}},
}
"""Numbers under which a kind is additive, or says all that it can say; else the defaults."""

every_kind = pytest.mark.parametrize("kind", sorted(kinds()))
every_charge = pytest.mark.parametrize("kind", sorted(set(kinds()) - {"coverage"}))  # coverage is charged by the engines


def random_roster(problem: RosterProblem, rng: np.random.Generator) -> Roster:
    """Any symbols and meals at all, legal or not, in the shapes of the templates."""
    shape = len(problem.agents), problem.grid.horizon.days
    symbol = rng.integers(0, len(problem.alphabet.codes), shape)
    return frame_of(problem).roster(Lines(symbol, _meals(problem, symbol, rng)), {})


def _meals(problem: RosterProblem, symbol: IntArray, rng: np.random.Generator) -> IntArray:
    count = problem.alphabet.of_shifts([len(shift.meal_starts) for shift in problem.alphabet.shifts])[symbol]
    return np.where(count > 0, rng.integers(0, 1000, symbol.shape) % np.maximum(count, 1), -1)


def week_problem(seed: int) -> RosterProblem:
    """Eleven days around a week's end, six of them open against a random base, in a centre that has all that goals read."""
    rng = np.random.default_rng(seed)
    problem = varied(random_problem(rng, 6, DAYS, 3), rng)
    base = random_roster(problem, rng)
    goals = (*problem.rulebook.goals, GoalSpec(kind="change"))
    rulebook = problem.rulebook.model_copy(update={"goals": goals})
    return replace(problem, base=base, first_open=FIRST_OPEN, end_open=END_OPEN, rhythm="week", rulebook=rulebook)


def varied(problem: RosterProblem, rng: np.random.Generator) -> RosterProblem:
    """The problem with all that goals read drawn at random: sites, teams, contracts, opening hours, holidays, shift demand ..."""
    centre = problem.centre
    contracts = [centre.contracts[0].model_copy(update={"id": system, "hours_system": system}) for system in SYSTEMS]
    hours = OpeningHours(hours={"mon": ("08:00", "20:00"), "wed": ("20:00", "14:00"), "sat": ("09:00", "17:00")})
    holidays = bool(rng.integers(2))
    queue = centre.queues[1].model_copy(update={"opening": hours, "closes_on_holidays": holidays})
    shifts = [shift.model_copy(update={"kind": rng.choice(SHIFT_KINDS)}) for shift in centre.shifts]
    made = {
        "sites": (Site(id="north", name="N", seats=1), Site(id="south", name="S")),
        "echelons": tuple(EchelonTier(id=name, name=name, tier=1, notice_minutes=0, max_minutes=60) for name in ("x", "y", "z")),
        "contracts": tuple(contracts),
        "queues": (centre.queues[0], queue),
        "shifts": tuple(shifts),
    }
    agents = tuple(_varied_agent(agent, rng) for agent in problem.agents)
    held = tuple(_balance(agent, rng) for agent in agents[1:])
    known = {"balances": held, "calendar": _calendar(rng), "shift_demand": random_demand(problem, rng)}
    return replace(problem, centre=centre.model_copy(update=made), agents=agents, **known)


def _varied_agent(agent: Agent, rng: np.random.Generator) -> Agent:
    return agent.model_copy(
        update={
            "site": rng.choice(["north", "south", ""]),
            "team": rng.choice(["t1", "t2", ""]),
            "echelon": rng.choice(["x", "y", ""]),
            "contract": rng.choice(SYSTEMS),
            "prefers": tuple(rng.permutation(SHIFT_KINDS)[: rng.integers(5)].tolist()),
        }
    )


def _balance(agent: Agent, rng: np.random.Generator) -> Balance:
    until = FIRST + timedelta(days=int(rng.integers(-3, 6)))
    return Balance(agent=agent.id, until=until, points=float(rng.integers(-9, 9)), refused_wishes=float(rng.integers(6)))


def _calendar(rng: np.random.Generator) -> Calendar:
    types, names = list(DayType), ["Chinese New Year's Eve", "National Day"]
    days = rng.choice(DAYS, 6, replace=False).tolist()
    special = [SpecialDay(type=types[k % 4], name=names[k % 2]) for k in rng.permutation(6).tolist()]
    return Calendar(table={FIRST + timedelta(days=day): kind for day, kind in zip(days, special, strict=True)})


@every_kind
def test_numbers_have_defaults_and_a_schema_and_sentences_hold_them(kind: str) -> None:
    goal = kinds()[kind]
    params = goal.Params.model_validate({})
    assert goal.Params.model_validate_json(params.model_dump_json()) == params
    assert goal.Params.model_json_schema()["type"] == "object"
    for language in ("en", "zh"):
        text = goal.sentence(params, language)
        assert all(f"{value:g}" in text for value in params.model_dump().values() if isinstance(value, int | float))


@every_charge
def test_what_is_charged_is_what_the_roster_costs(kind: str) -> None:
    goal, costs = kinds()[kind], list[float]()
    params = goal.Params.model_validate(NUMBERS.get(kind, {}))
    for seed in SEEDS:
        problem = week_problem(seed)
        roster = random_roster(problem, np.random.default_rng(seed + 100))
        costs.append(charged(charge_of(kind, problem), problem, roster))
        assert goal.measure(params, problem, roster) == pytest.approx(costs[-1]), seed
    assert len(set(costs)) > 1


@every_charge
def test_what_is_charged_of_a_month_without_history_is_what_it_costs(kind: str) -> None:
    goal = kinds()[kind]
    params = goal.Params.model_validate(NUMBERS.get(kind, {}))
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        problem = varied(random_problem(rng, 6, DAYS, 3), rng)
        roster = random_roster(problem, rng)
        assert goal.measure(params, problem, roster) == pytest.approx(charged(charge_of(kind, problem), problem, roster)), seed


def charge_of(kind: str, problem: RosterProblem) -> Charge:
    return kinds()[kind].charge(kinds()[kind].Params.model_validate(NUMBERS.get(kind, {})), problem)


@every_charge
def test_the_language_of_a_charge_compiles_and_prices_no_counter_below_nothing(kind: str) -> None:
    problem = week_problem(1)
    spoken = charge_of(kind, problem).language
    if spoken is None:
        return
    for context in problem.contexts:
        language = spoken(context)
        assert all((np.diff(counter.price, 2) >= -1e-9).all() and (counter.price >= 0).all() for counter in language.counters)
        assert compile_language(language, DAYS, len(problem.alphabet.codes)) is not None


def test_a_kept_line_is_found_again() -> None:
    problem = replace(week_problem(1), absences=())
    roster = random_roster(problem, np.random.default_rng(7))
    again = frame_of(problem).roster(kept_lines(problem, roster), {})
    assert (again.meal == roster.meal).all()
    assert (again.start == roster.start).all()
