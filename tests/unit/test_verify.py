"""The verifier on a legal little roster, and on every way to spoil it."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rule_case import AGENT, EXAMPLE_CENTRE, MONDAY, SHIFTS

from data.model.demand import Requirement
from data.model.errors import VerificationFailed
from data.model.people import Absence
from data.model.roster import Roster
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Scope
from data.model.time import Horizon, TimeGrid
from optimizer.rostering import goals
from optimizer.rostering import verify as verifier
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import agent_lines, confirm, verify

AGENTS = (AGENT, AGENT.model_copy(update={"id": "a2", "contract": "part"}))
LINES = ("E E AL L - N N", "D - D S S - -")
CODES = ("-", "AL", "E", "D", "L", "N", "S")
FIELDS = ("symbol", "start", "minutes", "meal", "meal_minutes")
GRID = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=MONDAY, days=7), minutes=30)
RULES = (
    RuleSpec(id="leave", kind="leave"),
    RuleSpec(id="contract", kind="contract_shifts"),
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="run", kind="run_length", numbers={"max_days": 1}, weight=2.5),
    RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 60}),
)


def needed() -> Requirement:
    shape = (1, GRID.size)
    nothing = np.zeros(shape, dtype=np.int64)
    curve = np.zeros((*shape, 1))
    return Requirement(("calls",), GRID, nothing, nothing, nothing, nothing, nothing, curve, np.zeros((1, GRID.size)), nothing)


def roster_of(lines: tuple[str, ...]) -> Roster:
    shifts = {shift.code: shift for shift in SHIFTS}
    symbol = np.array([[CODES.index(code) for code in line.split()] for line in lines])
    per_code = {code: shifts.get(code) for code in CODES}
    start = np.array([-1 if s is None else s.start_minute for s in per_code.values()])[symbol]
    minutes = np.array([0 if s is None else s.minutes for s in per_code.values()])[symbol]
    pause = np.array([0 if s is None else s.meal_minutes for s in per_code.values()])[symbol]
    meal = np.where(pause > 0, 240, -1)
    names = tuple(f"a{k + 1}" for k in range(len(lines)))
    return Roster(names, GRID.horizon, CODES, symbol, start, minutes, meal, pause)


def problem_of(base: Roster | None = None, first_open: int = 0, end_open: int = 7, **changes: object) -> RosterProblem:
    absence = Absence(agent="a1", first=date(2026, 6, 3), last=date(2026, 6, 3))
    book = Rulebook(id="test", rules=RULES, goals=(GoalSpec(kind="coverage"),))
    problem = RosterProblem(EXAMPLE_CENTRE, AGENTS, GRID, needed(), book, first_open, end_open, base, (absence,))
    return replace(problem, **changes)


def spoiled(field: str, agent: int, day: int, value: int, roster: Roster | None = None) -> Roster:
    roster = roster or roster_of(LINES)
    array = getattr(roster, field).copy()
    array[agent, day] = value
    return replace(roster, **{field: array})


LEGAL = roster_of(LINES)
DAY = problem_of(rhythm="day")


def test_a_legal_roster_is_confirmed_and_priced() -> None:
    verdict = confirm(problem_of(), LEGAL)
    assert verdict.costs["run"] == 2.5 * (1 + 1 + 2)
    assert [(b.rule, b.agent, b.amount) for b in verdict.priced] == [("run", "a1", 1), ("run", "a1", 1), ("run", "a2", 2)]
    coverage = goals.kinds()["coverage"]
    assert verdict.costs["goal.coverage"] == coverage.measure(coverage.Params(), problem_of(), LEGAL) > 0
    assert confirm(problem_of(), LEGAL, verdict.costs) == verdict


@pytest.mark.parametrize(
    ("name", "wrong"), [("run", 10.001), ("run", 0.0), ("goal.coverage", 1.0), ("goal.unheard_of", 1.0), ("goal.coverage", None)]
)
def test_a_wrong_claim_is_refused(name: str, wrong: float | None) -> None:
    costs = verify(problem_of(), LEGAL).costs
    claimed = {k: v for k, v in (costs | {name: wrong}).items() if v is not None}
    with pytest.raises(VerificationFailed, match=name):
        confirm(problem_of(), LEGAL, claimed)


def test_a_claim_may_differ_by_rounding() -> None:
    costs = verify(problem_of(), LEGAL).costs
    assert confirm(problem_of(), LEGAL, {name: cost * (1 + 1e-9) for name, cost in costs.items()}).legal


@pytest.mark.parametrize(
    ("line", "rule"),
    [("E E - L - N N", "leave"), ("E AL AL L - N N", "leave"), ("S E AL L - N N", "contract"), ("L E AL L - N N", "rest")],
)
def test_hard_rules_are_checked(line: str, rule: str) -> None:
    verdict = verify(problem_of(), roster_of((line, LINES[1])))
    assert [breach.rule for breach in verdict.breaches] == [rule]
    assert not verdict.legal
    with pytest.raises(VerificationFailed, match=f"{rule}: a1"):
        confirm(problem_of(), roster_of((line, LINES[1])))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda: spoiled("start", 0, 0, 450), "unlike its template"),
        (lambda: spoiled("minutes", 0, 0, 480), "unlike its template"),
        (lambda: spoiled("start", 0, 0, -1), "unlike its template"),
        (lambda: spoiled("start", 0, 0, 1500), "unlike its template"),
        (lambda: spoiled("meal", 0, 0, -1), "no meal"),
        (lambda: spoiled("meal", 0, 0, 301), "outside its window"),
        (lambda: spoiled("meal", 0, 0, 170), "outside its window"),
        (lambda: spoiled("meal_minutes", 0, 0, 60), "outside its window"),
        (lambda: spoiled("meal", 1, 3, 60), "outside its window"),
        (lambda: spoiled("minutes", 0, 4, 60), "holds working time"),
        (lambda: spoiled("meal", 0, 2, 60), "holds working time"),
    ],
)
def test_misshapen_days_are_faults(spoil: Callable[[], Roster], words: str) -> None:
    [fault] = verify(problem_of(), spoil()).faults
    assert words in fault
    assert fault.startswith(("a1 on 2026-06-0", "a2 on 2026-06-0"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda: spoiled("start", 0, 0, 420 + 181), "unlike its template"),
        (lambda: spoiled("minutes", 0, 0, 510 + 181), "unlike its template"),
        (lambda: spoiled("meal", 0, 0, 481), "outside its window"),
        (lambda: spoiled("meal", 0, 0, -1), "no meal"),
    ],
)
def test_the_day_rhythm_has_its_limits(spoil: Callable[[], Roster], words: str) -> None:
    [fault] = verify(DAY, spoil()).faults
    assert words in fault


def test_the_day_rhythm_may_move_shifts_and_meals() -> None:
    moved = spoiled("meal", 0, 0, 480, spoiled("minutes", 0, 0, 570))
    assert verify(DAY, moved).legal
    cut = spoiled("minutes", 0, 0, 360, spoiled("meal", 0, 0, -1, spoiled("meal_minutes", 0, 0, 0)))
    assert verify(DAY, cut).legal
    past_midnight = spoiled("start", 0, 6, 1500)
    assert verify(DAY, past_midnight).legal
    assert str(agent_lines(DAY, past_midnight)[0].duties[6].start) == "2026-06-08 01:00:00+08:00"
    longer = spoiled("minutes", 0, 0, 571)
    assert [breach.rule for breach in verify(DAY, longer).breaches] == ["overtime"]


def test_another_set_of_agents_days_or_codes_is_no_roster_of_the_problem() -> None:
    strangers = replace(LEGAL, agents=("a1", "a9"))
    later = replace(LEGAL, horizon=GRID.horizon.model_copy(update={"first": date(2026, 6, 8)}))
    unknown = replace(LEGAL, codes=("-", "XX", *CODES[2:]))
    for roster, words in ((strangers, "a2, a9"), (later, "the days"), (unknown, "'XX'"), (spoiled("symbol", 0, 0, 99), "99")):
        verdict = verify(problem_of(), roster)
        assert words in verdict.faults[0]
        assert verdict.costs == {}


def test_frozen_days_stand() -> None:
    base = roster_of(("E E AL L - N N", "- - D S S - D"))
    problem = problem_of(base, 2, 5)
    faults = verify(problem, LEGAL).faults
    assert faults == (
        "a2 on 2026-06-01: a frozen day was changed from - to D (minute 540 for 510, meal of 30 after 240)",
        "a2 on 2026-06-07: a frozen day was changed from D (minute 540 for 510, meal of 30 after 240) to -",
    )
    assert verify(problem, base).faults == ()
    early = spoiled("start", 0, 0, 400, base)
    assert verify(replace(problem, base=early), early).faults == ()
    (fault,) = verify(problem, early).faults
    assert "a1 on 2026-06-01: a frozen day was changed from E (minute 420 " in fault
    assert "to E (minute 400 " in fault


def test_costs_count_open_days_only() -> None:
    verdict = verify(problem_of(LEGAL, 4, 7), LEGAL)
    assert verdict.costs["run"] == 2.5 * 2
    assert [(b.agent, b.first) for b in verdict.priced] == [("a1", date(2026, 6, 6)), ("a2", date(2026, 6, 3))]


def test_the_cap_on_paid_minutes_holds() -> None:
    paid = LEGAL.paid_minutes.sum(axis=1)
    assert verify(problem_of(max_line_minutes=paid), LEGAL).legal
    [fault] = verify(problem_of(max_line_minutes=paid - [0, 1]), LEGAL).faults
    assert fault.startswith("a2:")


def test_duties_say_what_was_worked() -> None:
    late = spoiled("minutes", 0, 5, 540)
    duties = agent_lines(problem_of(), late)[0].duties
    assert [duty.kind for duty in duties] == ["shift", "shift", "leave", "shift", "off", "shift", "shift"]
    night = duties[5]
    assert (night.paid_minutes, night.credit_minutes, night.night_minutes, night.overtime_minutes) == (510, 480, 480, 30)
    assert night.start is not None
    assert night.end is not None
    assert night.meal_start is not None
    assert (night.start.isoformat(), night.end.isoformat()) == ("2026-06-06T22:00:00+08:00", "2026-06-07T07:00:00+08:00")
    assert night.meal_start.isoformat() == "2026-06-07T02:00:00+08:00"
    assert (duties[2].code, duties[2].credit_minutes, duties[4].credit_minutes) == ("AL", 480, 0)
    assert agent_lines(problem_of(), late)[0].leave == ("", "", "AL", "", "", "", "")


def altered(field: str, agent: int, day: int, value: int) -> Roster:
    """The legal roster with one value changed; a meal not to another start in its window, nor to another way to say none."""
    old = int(getattr(LEGAL, field)[agent, day])
    assume(value != old and (field != "symbol" or 0 <= value < len(CODES)))
    assume(field != "meal" or not ((180 <= value <= 300 and old >= 0) or (value < 0 and old < 0)))
    return spoiled(field, agent, day, value)


anything = {"agent": st.integers(0, 1), "day": st.integers(0, 6), "value": st.integers(-1, 8) | st.integers(-2000, 2000)}


@given(field=st.sampled_from(FIELDS), **anything)
def test_any_one_wrong_value_is_found(field: str, agent: int, day: int, value: int) -> None:
    verdict = verify(problem_of(), altered(field, agent, day, value))
    named = {fault.split(":")[0] for fault in verdict.faults} | {f"{b.agent} on {b.first}" for b in verdict.breaches}
    assert f"{AGENTS[agent].id} on {GRID.horizon.dates[day]}" in named


@given(field=st.sampled_from(FIELDS), first_open=st.integers(0, 6), length=st.integers(1, 7), **anything)
def test_any_frozen_day_that_was_changed_is_found(
    field: str, first_open: int, length: int, agent: int, day: int, value: int
) -> None:
    end_open = min(first_open + length, 7)
    assume(not first_open <= day < end_open)
    (fault,) = verify(problem_of(LEGAL, first_open, end_open), altered(field, agent, day, value)).faults
    assert fault.startswith(f"{AGENTS[agent].id} on {GRID.horizon.dates[day]}: a frozen day was changed")


@given(agent=st.integers(0, 1), missing=st.integers(1, 2000), least=st.booleans())
def test_any_agent_outside_the_paid_minutes_is_found(agent: int, missing: int, least: bool) -> None:
    paid = LEGAL.paid_minutes.sum(axis=1)
    other = paid + np.where(np.arange(2) == agent, missing if least else -missing, 0)
    bounds = {"max_line_minutes": np.maximum(paid, other), "min_line_minutes": other} if least else {"max_line_minutes": other}
    (fault,) = verify(problem_of(**bounds), LEGAL).faults
    assert fault.startswith(f"{AGENTS[agent].id}:")


def many(agents: int) -> tuple[RosterProblem, Roster]:
    """Copies of the two agents, some of the first breaking two rules, and a last row out of shape; runs bind the second alone."""
    rules = tuple(r.model_copy(update={"scope": Scope(contracts=("part",))}) if r.id == "run" else r for r in RULES)
    staff = tuple(AGENTS[k % 2].model_copy(update={"id": f"b{k}"}) for k in range(agents))
    absences = tuple(Absence(agent=agent.id, first=date(2026, 6, 3), last=date(2026, 6, 3)) for agent in staff[::2])
    roster = roster_of(tuple((*LINES, "L E - L - N N", LINES[1])[k % 4] for k in range(agents)))
    shifted = np.where(np.arange(agents)[:, None] == agents - 1, roster.start + 5, roster.start)
    roster = replace(roster, agents=tuple(agent.id for agent in staff), start=shifted)
    return problem_of(agents=staff, absences=absences, rulebook=Rulebook(id="test", rules=rules)), roster


def test_batches_and_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, roster = many(11)
    at_once = verify(problem, roster)
    assert [breach.agent for breach in at_once.breaches] == ["b2", "b2", "b6", "b6", "b10", "b10"]
    assert [breach.agent for breach in at_once.priced] == ["b1", "b3", "b5", "b7", "b9"]
    assert {fault.split(" on ")[0] for fault in at_once.faults} == {"b10"}
    monkeypatch.setattr(verifier, "BATCH", 3)
    assert verify(problem, roster) == at_once
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        assert verify(problem, roster, executor=processes) == at_once
