"""Meals and breaks: the ways to place them, in slots, in the engines, in the verifier, and in files."""

from dataclasses import replace
from datetime import date, time
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from roster_case import FIRST, problem_of, requirement_of

from data.exchange.people import read_shifts, write_shifts
from data.exchange.rosters import read_roster, write_roster
from data.model.errors import Finding, InvalidData
from data.model.pauses import MOST_PLANS, Break
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, RuleSpec
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.frame import Lines, frame_of, presence
from optimizer.rostering.goals import coverage
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.pricing import price_line
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import TweakParams, solve, tweak
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

MEAL = {"meal_minutes": 60, "meal_earliest": 180, "meal_latest": 300, "meal_step": 60}
RESTS = (Break(minutes=15, earliest=75, latest=120), Break(minutes=15, earliest=360, latest=420, step=30))
EARLY = ShiftTemplate(code="E", start=time(8), minutes=540, **MEAL, breaks=RESTS, max_phone_minutes=150)
LATE = ShiftTemplate(code="L", start=time(14), minutes=480, breaks=(Break(minutes=30, earliest=180, latest=300, step=60),))
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 480 * 2, "max_minutes": 480 * 3}),
    RuleSpec(id="leave", kind="leave"),
)
SKILLS = (("a",), ("a", "b"), ("b",), ("a",), ("a", "b"), ("b",))
CHANGE = GoalSpec(kind="change", numbers={"change_cost": 0.5, "move_cost": 0.1, "overtime_cost": 1, "early_cost": 0.5})


def problem(slot: int, days: int = 3, seed: int = 0, shifts: tuple[ShiftTemplate, ...] = (EARLY, LATE)) -> RosterProblem:
    """Six agents, shifts with breaks, slots of so many minutes, random calls from eight to ten."""
    rng, many = np.random.default_rng(seed), 24 * 60 // slot
    hour = np.arange(days * many) * slot // 60 % 24
    heads = rng.integers(0, 4, (2, days * many)) * ((hour >= 8) & (hour < 22))
    hourly = problem_of(np.zeros((2, 24 * days), dtype=np.int64), SKILLS, len(shifts), RULES)
    grid = TimeGrid(horizon=hourly.grid.horizon, minutes=slot)
    centre = hourly.centre.model_copy(update={"shifts": shifts})
    return replace(hourly, centre=centre, grid=grid, requirement=requirement_of(heads, grid))


def solved(made: RosterProblem) -> Roster:
    """A month's roster."""
    roster = solve(made, budget=Budget(sweeps=6, bound_steps=0)).roster
    assert roster is not None
    return roster


def fits(shift: ShiftTemplate, plan: tuple[int, ...]) -> bool:
    """Whether a plan obeys the template, minute by minute."""
    lengths = [shift.meal_minutes, *(rest.minutes for rest in shift.breaks)]
    away = [minute for start, length in zip(plan, lengths, strict=True) if start >= 0 for minute in range(start, start + length)]
    if len(away) != len(set(away)) or any(minute >= shift.minutes for minute in away) or list(plan[1:]) != sorted(plan[1:]):
        return False
    edges = [-1, *sorted(away), shift.minutes]
    return max(later - earlier - 1 for earlier, later in pairwise(edges)) <= (shift.max_phone_minutes or shift.minutes)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, object]:
    windows = st.tuples(st.integers(1, 40), st.integers(0, 200), st.integers(0, 60), st.sampled_from((15, 20, 30)))
    rests = [Break(minutes=m, earliest=e, latest=e + more, step=step) for m, e, more, step in draw(st.lists(windows, max_size=2))]
    meal = draw(st.sampled_from(({}, {"meal_minutes": 30, "meal_earliest": 60, "meal_latest": 150})))
    longest = draw(st.none() | st.integers(60, 240))
    return {"code": "E", "start": time(8), "minutes": 240, "breaks": tuple(rests), "max_phone_minutes": longest, **meal}


@given(templates())
def test_the_plans_are_all_that_fit(told: dict[str, object]) -> None:
    shift = ShiftTemplate.model_construct(**told)
    meals = shift.meal_starts or (-1,)
    expected = [plan for plan in product(meals, *(rest.starts for rest in shift.breaks)) if fits(shift, plan)]
    assume(len(expected) <= MOST_PLANS)
    assert list(shift.plans) == expected
    if not expected:
        with pytest.raises(ValidationError, match="do not fit"):
            ShiftTemplate(**told)


def test_many_plans_are_thinned_evenly() -> None:
    wide = tuple(Break(minutes=10, earliest=at, latest=at + 100, step=10) for at in (30, 180, 330))
    plans = ShiftTemplate(code="E", start=time(8), minutes=480, breaks=wide).plans
    assert len(plans) == len(set(plans)) == MOST_PLANS
    assert plans[0] == (-1, 30, 180, 330)
    assert plans[-1] == (-1, 130, 280, 430)
    assert len({plan[1] for plan in plans}) == 11


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"max_phone_minutes": 60}, "do not fit into 540 minutes, with at most 60"),
        ({"breaks": (Break(minutes=15, earliest=530, latest=540),)}, "do not fit into 540 minutes"),
        ({"breaks": tuple(Break(minutes=1, earliest=0, latest=500, step=1) for _ in range(2))}, "too many"),
        ({"breaks": ({"minutes": 15, "earliest": 60, "latest": 30},)}, "the first is after the last"),
    ],
)
def test_pauses_that_cannot_be_are_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ShiftTemplate.model_validate({"code": "E", "start": time(8), "minutes": 540, **MEAL, **changed})


def test_shifts_with_breaks_read_as_they_were_written(tmp_path: Path) -> None:
    findings: list[Finding] = []
    write_shifts((EARLY, LATE), tmp_path / "shifts.csv")
    assert "15@75-120/15;15@360-420/30,150" in (tmp_path / "shifts.csv").read_text()
    assert [shift for _, shift in read_shifts(tmp_path / "shifts.csv", findings)] == [EARLY, LATE]
    write_shifts((LATE.model_copy(update={"breaks": ()}),), tmp_path / "bare.csv")
    assert "breaks" not in (tmp_path / "bare.csv").read_text()
    assert findings == []


@pytest.mark.parametrize("text", ["15", "15@60", "15@90-60", "0@60-90", "15@60-90/0", "15@60-90;"])
def test_breaks_that_do_not_read_are_findings(tmp_path: Path, text: str) -> None:
    findings: list[Finding] = []
    (tmp_path / "shifts.csv").write_text(f"code,start,minutes,breaks\nE,08:00,480,{text}\n")
    assert read_shifts(tmp_path / "shifts.csv", findings) == []
    assert [(finding.row, finding.column, finding.read) for finding in findings] == [(2, "breaks", repr(text))]
    assert "15@90-150/15" in findings[0].expected


def test_a_roster_with_breaks_reads_as_it_was_written(tmp_path: Path) -> None:
    made = problem(15)
    roster = solved(made)
    write_roster(roster, tmp_path / "roster.csv")
    again = read_roster(tmp_path / "roster.csv", made.centre)
    for name in ("start", "minutes", "meal", "meal_minutes", "breaks"):
        assert np.array_equal(getattr(again, name), getattr(roster, name))
    assert (roster.breaks >= 0).any()


def test_breaks_that_no_shift_has_are_findings(tmp_path: Path) -> None:
    row = "E,2026-06-01T08:00+08:00,2026-06-01T17:00+08:00,2026-06-01T07:00+08:00;2026-06-01T10:00+08:00;2026-06-01T15:00+08:00"
    (tmp_path / "roster.csv").write_text(f"agent,date,code,start,end,break_starts\ng0,2026-06-01,{row}\n")
    with pytest.raises(InvalidData) as raised:
        read_roster(tmp_path / "roster.csv", problem(15).centre)
    assert [(finding.column, finding.read) for finding in raised.value.findings] == [
        ("break_starts", "2026-06-01T07:00:00+08:00"),
        ("break_starts", "3 breaks"),
    ]


def test_more_days_have_no_breaks() -> None:
    roster = solved(problem(15))
    longer = roster.continued(roster.agents[::-1], Horizon(zone="Asia/Shanghai", first=FIRST, days=5))
    assert np.array_equal(longer.breaks[::-1, :3], roster.breaks)
    assert (longer.breaks[:, 3:] == -1).all()


@given(seed=st.integers(0, 2**32), slot=st.sampled_from((15, 20, 30, 60)))
def test_three_ways_to_count_agree(seed: int, slot: int) -> None:
    made, rng = problem(slot), np.random.default_rng(seed)
    shape, codes = (6, 3), made.alphabet.codes
    symbol = rng.integers(0, len(codes), shape)
    shift = symbol >= made.alphabet.first_shift
    start, minutes = np.where(shift, rng.integers(0, 96, shape) * 15, -1), np.where(shift, rng.integers(20, 60, shape) * 10, 0)
    meal, breaks = rng.integers(-1, 5, shape) * 45, rng.integers(0, 40, (*shape, 2)) * 15
    # the pauses of a roster do not overlap: those that would are left out
    pause = np.where(meal >= 0, rng.integers(1, 5, shape) * 15, 0)
    last = breaks[:, :, :1] >= breaks[:, :, 1:] - 40
    near = (breaks < (meal + pause)[:, :, None]) & (breaks + 30 > meal[:, :, None])
    breaks = np.where(near | last | (breaks + 30 > minutes[:, :, None]), -1, breaks)
    names = tuple(agent.id for agent in made.agents)
    roster = Roster(names, made.grid.horizon, codes, symbol, start, minutes, np.where(meal < 0, -1, meal), pause, breaks=breaks)
    seen = on_phones(made, roster)
    assert set(np.unique(seen)) <= {0, 1} or (np.diff(start) < 1440).any()
    of_group = np.stack([seen[made.group_of == group].sum(axis=0) for group in range(len(made.groups))])
    assert np.array_equal(of_group, coverage.present(made, roster))
    assert np.array_equal(of_group, presence(made, roster, np.ones(shape, dtype=np.bool_)))


@pytest.mark.parametrize(("slot", "away"), [(15, 6), (30, 2), (60, 1)])
def test_only_whole_slots_of_a_break_are_seen(slot: int, away: int) -> None:
    made = problem(slot, days=1)
    symbol = np.where(np.arange(6)[:, None] == 0, made.alphabet.codes.index("E"), 0)
    roster = replace(solved(made), symbol=symbol)
    fields = {"start": 480, "minutes": 540, "meal": 180, "meal_minutes": 60}
    shaped = {name: np.where(symbol > 0, value, -1 if name in ("start", "meal") else 0) for name, value in fields.items()}
    breaks = np.where(symbol[:, :, None] > 0, [75, 375], -1)
    assert 540 // slot - coverage.present(made, replace(roster, **shaped, breaks=breaks)).sum() == away


def test_a_break_behind_a_meal_that_is_rounded_up_takes_no_slot_twice() -> None:
    made = problem(30, days=1)
    symbol = np.where(np.arange(6)[:, None] == 0, made.alphabet.codes.index("L"), 0)
    works = symbol > 0
    meal, pause = np.where(works, 45, -1), np.where(works, 45, 0)
    times = np.where(works, 840, -1), np.where(works, 480, 0)
    breaks = np.where(works[:, :, None], [90, -1], -1)
    names = tuple(agent.id for agent in made.agents)
    roster = Roster(names, made.grid.horizon, made.alphabet.codes, symbol, *times, meal, pause, breaks=breaks)
    counts = on_phones(made, roster), coverage.present(made, roster), presence(made, roster, works)
    assert [int(count.sum()) for count in counts] == [14, 14, 14]


@pytest.mark.parametrize("slot", [15, 30, 60])
def test_a_month_is_legal_and_costs_what_it_claims(slot: int) -> None:
    made = problem(slot, seed=slot)
    solution = solve(made, budget=Budget(sweeps=8, bound_steps=60))
    assert solution.roster is not None
    verdict = verify(made, solution.roster, solution.costs)
    assert verdict.legal, verdict
    assert solution.bound <= solution.cost + 1e-6
    works = solution.roster.start >= 0
    assert (solution.roster.breaks[works][:, 0] >= 0).all()
    assert (solution.roster.breaks[~works] == -1).all()


def test_the_referee_agrees() -> None:
    made = problem(15, days=1, seed=1)
    best = solve_exact(made, seconds=30, workers=1)
    found = solve(made, budget=Budget(sweeps=12, bound_steps=200))
    assert best.roster is not None
    assert verify(made, best.roster, best.costs).legal
    assert found.bound <= best.cost + 1e-6
    assert best.bound <= found.cost + 1e-6


def test_a_shift_is_priced_with_its_best_plan() -> None:
    made = problem(15, days=1)
    frame, rng = frame_of(made), np.random.default_rng(1)
    worth, first = rng.random(frame.shape.slots), np.arange(6)[:, None] == 0
    price, plan = np.empty(frame.crew.cost.shape[1:]), np.full(frame.crew.cost.shape[1:], -1)
    price_line(frame.shape, frame.crew, 0, np.concatenate([[0.0], np.cumsum(worth)]), price, plan)
    for symbol in (1, 2):
        lines = [Lines(np.full((6, 1), symbol), np.full((6, 1), number)) for number in range(frame.shape.meals[symbol])]
        seen = [presence(made, frame.roster(line, {}), first)[made.group_of[0]] @ worth for line in lines]
        assert price[0, symbol] - frame.crew.cost[0, 0, symbol] == pytest.approx(min(seen))
        assert plan[0, symbol] == np.argmin(seen)


def test_breaks_that_are_not_seen_are_dealt_out() -> None:
    made = problem(30, days=1)
    frame = frame_of(made)
    assert frame.shape.meals.tolist() == [0, 2, 3]  # starts of the meal, and of the break of a whole slot
    everyone = frame.kept._replace(symbol=np.full((6, 1), made.alphabet.codes.index("E")), meal=np.zeros((6, 1), dtype=np.int64))
    roster = frame.roster(everyone, {})
    assert set(roster.meal.ravel()) == {180}
    assert len(set(map(tuple, roster.breaks[:, 0].tolist()))) == 4


def test_a_week_moves_no_break_for_nothing() -> None:
    made = problem(30)
    base = solved(made)
    odd = base.breaks.copy()
    odd[:, :, 1] = np.where(base.symbol == made.alphabet.codes.index("E"), 390, -1)
    base = replace(base, breaks=odd)
    rulebook = made.rulebook.model_copy(update={"goals": (GoalSpec(kind="coverage"), CHANGE)})
    week = replace(made, base=base, rhythm="week", first_open=1, end_open=3, rulebook=rulebook)
    solution = solve(week, budget=Budget(sweeps=8, bound_steps=0), hint=base)
    assert solution.roster is not None
    assert verify(week, solution.roster, solution.costs).legal
    same = (solution.roster.symbol == base.symbol) & (solution.roster.meal == base.meal)
    assert np.array_equal(solution.roster.breaks[same], base.breaks[same])


def spoiled(**changed: object) -> tuple[RosterProblem, Roster]:
    """One agent in shift E on one day, some field changed."""
    made = problem(15, days=1)
    made = replace(made, agents=made.agents[:1], rulebook=made.rulebook.model_copy(update={"rules": ()}))
    told = {"start": 480, "minutes": 540, "meal": 240, "meal_minutes": 60, "breaks": [120, 390], "symbol": 1} | changed
    fields = {name: np.array(value).reshape((1, 1, -1) if name == "breaks" else (1, 1)) for name, value in told.items()}
    return made, Roster(("g0",), made.grid.horizon, made.alphabet.codes, **fields)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"breaks": [60, 390]}, "out of their windows or order"),
        ({"breaks": [390, 120]}, "out of their windows or order"),
        ({"breaks": [120, -1]}, "has 1 breaks, expected 2"),
        ({"breaks": [120, 390, 400]}, "has 3 breaks, expected 2"),
        ({"meal": 300}, "165 minutes on the phones in one go, at most 150"),
        ({"meal": 180, "breaks": [120, 420]}, "180 minutes on the phones in one go, at most 150"),
        ({"symbol": 0, "start": -1, "minutes": 0, "meal": -1, "meal_minutes": 0}, "a break without a shift"),
    ],
)
def test_the_verifier_sees_each_fault(changed: dict[str, object], said: str) -> None:
    faults = verify(*spoiled(**changed)).faults
    assert faults == () if not said else any(said in fault for fault in faults), faults


def test_the_verifier_sees_pauses_that_overlap() -> None:
    made, roster = spoiled(meal=300, breaks=[120, 360], meal_minutes=60)
    wide = EARLY.model_copy(update={"breaks": (RESTS[0], Break(minutes=15, earliest=345, latest=420)), "max_phone_minutes": None})
    made = replace(made, centre=made.centre.model_copy(update={"shifts": (wide, LATE)}))
    assert verify(made, roster).faults == ()
    assert "overlap" in verify(made, replace(roster, breaks=np.array([[[120, 345]]]))).faults[0]


def test_a_frozen_break_stays() -> None:
    made = problem(15)
    base = solved(made)
    late = replace(made, base=base, first_open=1, end_open=3, rhythm="week")
    a = int(np.flatnonzero(base.breaks[:, 0, 0] >= 0)[0])
    moved = base.breaks.copy()
    moved[a, 0, 0] += 1
    (fault,) = verify(late, replace(base, breaks=moved, rhythm="week")).faults
    assert "a frozen day was changed" in fault
    assert f"breaks after {base.breaks[a, 0, 0]}" in fault


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("slot", [15, 30])
def test_a_day_under_way_keeps_what_has_begun(seed: int, slot: int) -> None:
    made = problem(slot, seed=seed)
    base = solved(made)
    rulebook = made.rulebook.model_copy(update={"goals": (GoalSpec(kind="coverage"), CHANGE)})
    other = problem(slot, seed=seed + 100).requirement
    today = replace(made, base=base, first_open=1, end_open=2, rhythm="day", rulebook=rulebook, requirement=other)
    solution = tweak(today, 1, base.instant(1, 600), TweakParams(notice_minutes=30))
    assert solution.roster is not None
    assert verify(today, solution.roster, solution.costs).legal
    assert solution.bound <= solution.cost + 1e-6
    was, now = ((roster.start[:, :, None] + roster.breaks)[:, 1] for roster in (base, solution.roster))
    held = base.breaks[:, 1] >= 0
    assert (was[held & (was < 630)] == now[held & (was < 630)]).all()
    assert (np.where(solution.roster.breaks[:, 1] < 0, 10**6, now)[held & (was >= 630)] >= 630).all()
    assert date.fromordinal(FIRST.toordinal() + 1) == base.horizon.dates[1]
