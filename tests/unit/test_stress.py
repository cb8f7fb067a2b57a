"""Stress tests: common random numbers hold, breaks are found and counted, and what is told to mend them does so lawfully."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import FIRST, SHIFTS, problem_of

from api.stress import load_of
from data.model.centre import EchelonTier
from data.model.demand import LEVELS, Forecast
from data.model.offphone import Placement
from data.model.people import Protection
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from data.model.stress import (
    Fix,
    LongerCalls,
    MoreAbsence,
    MoreCalls,
    Outcome,
    Scenario,
    Shock,
    SlowSystem,
    Step,
    Storm,
    StressPolicy,
)
from data.model.time import Horizon, TimeGrid
from optimizer.response.stress.fix import Bench, replays, stressed
from optimizer.response.stress.staff import Stretches, duties, with_changes, without
from optimizer.response.stress.trial import Load, Trial, baseline, blocks_of, missing_heads, replay, with_heads
from optimizer.response.stress.wording import fix_text
from optimizer.rostering.requests import chance_at_the_mean, desk_of
from optimizer.rostering.requests.drafts import cell_of
from optimizer.rostering.verify import verify

DAYS, REPLICATIONS, SEED = 3, 12, 5
SKILLS = (*((("a",),) * 8), ("b", "a"), ("b",))
EARLY = ("E E E", "E E E", "E E E", "E E E", "- - -", "- - -", "- - -", "- - -", "E E E", "E E E")
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="run", kind="run_length", numbers={"max_days": 5}),
    RuleSpec(id="protection", kind="protection"),
)
POLICY = StressPolicy(least_calls=1)


def bench_of(
    lines: Sequence[str] = EARLY,
    *,
    hours: tuple[int, int] = (8, 17),
    calls: float = 24.0,
    meals: Sequence[int] = (180, 180, 180, 180),
    policy: StressPolicy = POLICY,
    tiers: tuple[EchelonTier, ...] = (),
    echelon: Sequence[str] = (),
    protected: Sequence[str] = (),
    placements: tuple[Placement, ...] = (),
    absent: float = 0.0,
    pausing: float = 0.0,
    fixes: int = 9,
) -> Bench:
    """Ten agents for three days, of whom the roster's lines tell; meals of the early shifts, minutes after their start."""
    problem = problem_of(np.zeros((2, 24 * DAYS), dtype=np.int64), SKILLS, len(SHIFTS), RULES)
    guard = Protection(no_overtime=True)
    changes = {agent: {"echelon": tiers[0].id} for agent in echelon} | {agent: {"protection": guard} for agent in protected}
    agents = tuple(agent.model_copy(update=changes.get(agent.id, {})) for agent in problem.agents)
    problem = replace(problem, agents=agents, centre=problem.centre.model_copy(update={"echelons": tiers}))
    codes, alphabet = problem.alphabet.codes, problem.alphabet
    symbol = np.array([[codes.index(code) for code in line.split()] for line in lines])
    start = np.where(alphabet.is_shift[symbol], alphabet.start[symbol], -1)
    own = np.array([meals[k] if k < len(meals) else 240 for k in range(len(agents))])[:, None]
    meal = np.where(symbol == codes.index("E"), own, -1)
    names = tuple(agent.id for agent in agents)
    roster = Roster(names, problem.grid.horizon, codes, symbol, start, alphabet.minutes[symbol], meal, np.where(meal >= 0, 60, 0))
    made = forecast_of(problem.grid, hours, calls)
    trial = Trial(problem.centre, agents, roster, made, placements, absent, pausing, policy, SEED, REPLICATIONS)
    return Bench(trial, desk_of(problem, roster, problem.grid.horizon.start, chance_at_the_mean(problem)), {}, fixes)


def forecast_of(grid: TimeGrid, hours: tuple[int, int], calls: float) -> Forecast:
    """So many calls an hour of queue a, a tenth of them of b, between two hours of every day."""
    hour = np.arange(grid.size) % 24
    is_open = np.tile((hour >= hours[0]) & (hour < hours[1]), (2, 1))
    mean = np.where(is_open, [[calls], [calls / 10]], 0.0)
    quantiles = np.repeat(mean[:, :, None], len(LEVELS), axis=2)
    return Forecast(("a", "b"), grid, grid.horizon.start, mean, quantiles, np.full(mean.shape, 240.0), is_open)


def calls_of(bench: Bench) -> np.ndarray:
    return np.random.default_rng(1).poisson(bench.trial.forecast.mean, (REPLICATIONS, *bench.trial.forecast.mean.shape)) * 1.0


def usual_of(bench: Bench) -> Load:
    return baseline(bench.trial, "as_forecast", calls_of(bench))


def outcome_of(bench: Bench, *shocks: Shock) -> tuple[Outcome, Roster]:
    usual = usual_of(bench)
    load = load_of("s", Scenario(shocks=shocks), usual, bench.trial.forecast, SEED) if shocks else usual
    return stressed(bench, load, replays(bench.trial, usual))


def fix_on(outcome: Outcome, queue: str, hour: int) -> Fix:
    """The fix of the first day's run of a queue that holds an hour."""
    found = [
        one for one in outcome.broken if one.queue == queue and one.start.date() == FIRST and one.start.hour <= hour < one.end.hour
    ]
    assert found, [(one.queue, one.start, one.end) for one in outcome.broken]
    assert found[0].fix is not None
    return found[0].fix


def kinds(steps: Sequence[Step]) -> list[str]:
    return [step.kind for step in steps]


def test_same_seed_same_outcome_with_threads_or_without() -> None:
    bench = bench_of(absent=0.1, pausing=0.1)
    with ThreadPoolExecutor(2) as threads:
        threaded = replace(bench, trial=replace(bench.trial, executor=threads))
        assert outcome_of(threaded, MoreCalls(more=0.2))[0] == outcome_of(bench, MoreCalls(more=0.2))[0]


ZERO = (
    MoreAbsence(share=0),
    LongerCalls(more=0),
    MoreCalls(more=0),
    Storm(at=time(9), times=1),
    SlowSystem(seconds=0),
    MoreCalls(more=5, first=FIRST + timedelta(days=9)),
)


@pytest.mark.parametrize("shock", ZERO)
def test_nothing_more_is_as_forecast(shock: Shock) -> None:
    bench = bench_of(absent=0.1, pausing=0.1, fixes=0)
    as_forecast, nothing = outcome_of(bench)[0], outcome_of(bench, shock)[0]
    assert nothing.service_levels == as_forecast.service_levels
    assert [replace(one, scenario="") for one in nothing.broken] == [replace(one, scenario="") for one in as_forecast.broken]


@given(shares=st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)))
@settings(max_examples=15, deadline=None)
def test_more_absence_only_takes_agents_away_and_serves_no_better(shares: tuple[float, float]) -> None:
    bench = bench_of(fixes=0, absent=0.05, meals=(180, 240, 240, 300))
    few, many = (outcome_of(bench, MoreAbsence(share=share))[0] for share in sorted(shares))
    assert many.service_levels["a"] <= few.service_levels["a"] + 1e-9
    assert many.lost_calls >= few.lost_calls - 1e-9


@pytest.mark.parametrize("shock", [MoreAbsence(share=0.3), LongerCalls(more=0.5), MoreCalls(more=0.5), SlowSystem(seconds=120)])
def test_every_shock_hurts(shock: Shock) -> None:
    bench = bench_of(fixes=0, meals=(180, 240, 240, 300))
    assert outcome_of(bench, shock)[0].service_levels["a"] < outcome_of(bench)[0].service_levels["a"] - 0.02


def test_the_change_of_one_shift_leaves_all_others_as_they_were() -> None:
    bench = bench_of(absent=0.3, pausing=0.2)
    trial, day = bench.trial, bench.trial.days[0]
    late = cell_of(trial.roster, (0, 0))._replace(start=600)
    moved = with_changes(day.held, trial.agents, trial.roster, {(0, 0): late, (4, 0): late}, day.grid, trial.centre.shifts)
    names = np.arange(1.0, len(trial.crew) + 1)  # a pace of one's own tells agents apart
    for k in range(REPLICATIONS):
        before, after = (duties(held, 0, day.draws, k, 0.3, trial.group, names, []) for held in (day.held, moved))
        told = [set(zip(one.pace[one.agent], one.start_s, one.end_s, strict=True)) for one in (before, after)]
        assert {pace for pace, *_ in told[0] ^ told[1]} <= {1.0, 5.0}
    assert 4 in moved.row


def test_a_night_shift_of_the_day_before_is_there() -> None:
    bench = bench_of(("N - -", *EARLY[1:]))
    held = bench.trial.days[1].held.of(bench.trial.days[1].held.row == 0)
    assert (held.start_s / 3600).tolist() == [0.0]
    assert (held.end_s / 3600).tolist() == [6.0]


SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 9)), max_size=8)


def minutes_of(spans: Sequence[tuple[int, int, int]]) -> tuple[Stretches, set[tuple[int, int]]]:
    """Stretches of three agents, put one after the other where they overlap, and the minutes that they cover."""
    taken, kept = set[tuple[int, int]](), list[tuple[int, int, int]]()
    for row, start, length in sorted(spans):
        mine = {(row, minute) for minute in range(start, start + length)}
        if not mine & taken:
            taken |= mine
            kept.append((row, start, start + length))
    row, start, end = np.array(kept, dtype=np.int64).reshape(-1, 3).T
    return Stretches(row, np.zeros_like(row), start.astype(float), end.astype(float)), taken


@given(held=SPANS, away=SPANS)
def test_what_is_away_is_taken_out(held: list[tuple[int, int, int]], away: list[tuple[int, int, int]]) -> None:
    (here, on), (gone, off) = minutes_of(held), minutes_of(away)
    left = without(here, gone)
    spans = zip(left.row.tolist(), left.start_s.tolist(), left.end_s.tolist(), strict=True)
    covered = [(row, minute) for row, start, end in spans for minute in range(int(start), int(end))]
    assert sorted(covered) == sorted(on - off)


@given(calls=st.lists(st.sampled_from([0.0, 1.0, 8.0, 30.0]), min_size=1, max_size=40), least=st.sampled_from([30, 60, 90]))
def test_blocks_hold_every_open_slot_once_and_are_long_enough(calls: list[float], least: int) -> None:
    mean = np.array(calls)
    blocks = list(blocks_of(mean, mean > 0, 30, StressPolicy(least_minutes=least, least_calls=20)))
    assert sorted(slot for first, end in blocks for slot in range(first, end)) == np.flatnonzero(mean).tolist()
    for first, end in blocks:
        alone = (first == 0 or mean[first - 1] == 0) and (end == len(mean) or mean[end] == 0)
        assert alone or (30 * (end - first) >= least and (mean[first:end].sum() >= 20 or end - first >= 4))


def test_missing_agents_mend_a_run_and_fewer_do_not() -> None:
    bench = bench_of(hours=(8, 20), lines=EARLY)
    load = usual_of(bench)
    found = replay(bench.trial, bench.trial.days[0], load)
    (run,) = [run for run in found.runs if (run.row, run.first) == (0, 17)]
    heads = missing_heads(found, load)
    after, less = (with_heads(found, load, [n - take for n in heads]) for take in (0, 1))
    assert after.chance(run) <= POLICY.chance < less.chance(run)


def test_meals_move_out_of_a_gap_for_nothing() -> None:
    outcome, roster = outcome_of(bench_of())
    fix = fix_on(outcome, "a", 11)
    assert fix.cured
    assert kinds(fix.steps) == ["pauses"]
    assert fix.cost_hours == 0
    assert (roster.meal[:4, 0] != 180).any()


def late_gap(**more: object) -> Bench:
    """Nobody stays after 17:00, when calls still come for two hours."""
    return bench_of(hours=(8, 19), meals=(180, 240, 240, 300), calls=12.0, **more)  # pyright: ignore[reportArgumentType]


def test_overtime_within_the_law_where_nothing_else_is_cheaper() -> None:
    bench = late_gap(protected=("g0",))
    outcome, roster = outcome_of(bench, MoreAbsence(share=0.0))
    fix = fix_on(outcome, "a", 17)
    assert fix.cured
    assert kinds(fix.steps) == ["overtime"]
    (step,) = fix.steps
    assert step.cost_hours == pytest.approx(1.5 * step.minutes / 60)
    assert step.minutes <= 180 * len(step.agents)
    assert "g0" not in step.agents
    assert roster.start[0].tolist() == bench.trial.roster.start[0].tolist()
    assert not verify(bench.desk.problem, roster).breaches


def test_echelons_come_in_time_and_only_if_they_may() -> None:
    tier = EchelonTier(id="e1", name="One", tier=1, notice_minutes=60, max_minutes=240)
    policy = POLICY.model_copy(update={"overtime_day_minutes": 0})
    bench = late_gap(policy=policy, tiers=(tier,), echelon=("g4", "g5", "g6", "g9"))
    fix = fix_on(outcome_of(bench)[0], "a", 17)
    assert fix.cured
    assert kinds(fix.steps) == ["call_out"]
    assert set(fix.steps[0].agents) <= {"g4", "g5", "g6"}
    assert {(start.hour, end.hour) for start, end in fix.steps[0].spans} == {(17, 19)}
    late = fix_on(outcome_of(bench, MoreCalls(more=0.01, notice_minutes=0))[0], "a", 17)
    assert all(start.hour == 18 for step in late.steps for start, _ in step.spans)


def test_one_more_shift_for_who_is_off_if_there_is_notice() -> None:
    lines = ("E E E", "E E E", "E E E", "L L L", "- - -", "- - -", "- - -", "- - -", "E E E", "E E E")
    bench = late_gap(lines=lines, policy=POLICY.model_copy(update={"overtime_day_minutes": 0}))
    outcome, roster = outcome_of(bench)
    fix = fix_on(outcome, "a", 17)
    assert fix.cured
    assert kinds(fix.steps) == ["shift"]
    assert set(fix.steps[0].agents) <= {"g4", "g5", "g6", "g7"}
    assert fix.cost_hours == pytest.approx(2 * 8 * len(fix.steps[0].agents))
    assert not verify(bench.desk.problem, roster).breaches
    late = fix_on(outcome_of(bench, MoreCalls(more=0.01, notice_minutes=60))[0], "a", 17)
    assert not late.cured
    assert late.failed["shift"] == "nobody"


def test_what_cannot_be_cured_says_so_and_is_not_left_in() -> None:
    bench = late_gap(policy=POLICY.model_copy(update={"overtime_day_minutes": 0}))
    outcome, roster = outcome_of(bench)
    fix = fix_on(outcome, "a", 17)
    assert not fix.cured
    assert fix.failed["overtime"] == "nobody"
    assert np.array_equal(roster.minutes, bench.trial.roster.minutes)
    broken = next(one for one in outcome.broken if one.fix is fix)
    assert "NOT CURED" in fix_text(broken, "en")
    assert "未能解决" in fix_text(broken, "zh")


def test_help_that_does_not_cure_is_told_and_not_left_in() -> None:
    bench = bench_of(hours=(8, 22), meals=(180, 240, 240, 300), calls=12.0)
    outcome, roster = outcome_of(bench)
    fix = fix_on(outcome, "a", 17)
    assert not fix.cured
    assert kinds(fix.steps) == ["overtime"]
    assert fix.failed["overtime"] == "not_enough"
    assert np.array_equal(roster.minutes, bench.trial.roster.minutes)


def test_work_off_the_phones_keeps_agents_away_and_is_taken_out_first() -> None:
    start = datetime.combine(FIRST, time(9), tzinfo=bench_of().trial.forecast.grid.horizon.start.tzinfo)
    work = Placement(task="t", agents=("g0", "g1", "g2", "g3"), start=start, minutes=60)
    meals = (180, 240, 240, 300)
    assert not [one for one in outcome_of(bench_of(meals=meals))[0].broken if one.start.hour == 9]
    bench = bench_of(meals=meals, placements=(work,))
    fix = fix_on(outcome_of(bench)[0], "a", 9)
    assert fix.cured
    assert kinds(fix.steps) == ["off_phone"]
    stays = fix_on(outcome_of(replace(bench, movable={"t": False}))[0], "a", 9)
    assert "off_phone" not in kinds(stays.steps)


def test_agents_of_other_queues_are_told_as_lent() -> None:
    fix = fix_on(outcome_of(bench_of())[0], "a", 11)
    assert fix.sharing == 1


def test_a_storm_is_at_its_height_as_high_as_told_on_each_day_alone() -> None:
    bench = bench_of(hours=(0, 24))
    made, usual = bench.trial.forecast, usual_of(bench)
    flat = replace(usual, calls=np.full(usual.calls.shape, 1000.0))
    storm = load_of("s", Scenario(shocks=(Storm(at=time(10), times=3, last=FIRST + timedelta(days=1)),)), flat, made, SEED)
    factor = storm.calls[0, 0].reshape(DAYS, 24) / 1000
    assert factor.max(axis=1)[:2] == pytest.approx([3.0, 3.0], abs=2e-3)
    assert (factor[2] < 1.03).all()  # what the storm of the day before leaves after midnight
    assert factor[0, :10] == pytest.approx(np.ones(10))
    assert (np.diff(factor[0, 11:]) <= 0).all()
    assert (storm.calls[:, 1] == 1000).all()
    assert storm.notice_minutes == 0


def test_small_queues_grow_too() -> None:
    bench = bench_of()
    usual = usual_of(bench)
    ones = replace(usual, calls=np.ones((4000, *usual.calls.shape[1:])))
    assert load_of("s", Scenario(shocks=(MoreCalls(more=0.1),)), ones, bench.trial.forecast, SEED).calls.mean() == pytest.approx(
        1.1, abs=0.01
    )


def test_a_window_and_days_bound_a_shock() -> None:
    bench, day = bench_of(hours=(0, 24)), date(2026, 6, 2)
    shock = SlowSystem(seconds=60, start=time(10), end=time(12), queues=("b",), first=day, last=day)
    slow = load_of("s", Scenario(shocks=(shock,)), usual_of(bench), bench.trial.forecast, SEED).handle_time_s
    assert np.argwhere(slow == 300.0).tolist() == [[1, 34], [1, 35]]
    assert (np.delete(slow.ravel(), [72 + 34, 72 + 35]) == 240.0).all()


def test_a_day_is_the_same_whatever_days_are_tested_with_it() -> None:
    bench = bench_of(absent=0.1, pausing=0.1)
    usual, made = usual_of(bench), bench.trial.forecast
    horizon = Horizon(zone=made.grid.horizon.zone, first=made.grid.horizon.dates[1], days=1)
    alone = replace(bench.trial, forecast=made.on(TimeGrid(horizon=horizon, minutes=60)))
    slots = slice(24, 48)
    load = Load("x", usual.calls[:, :, slots], usual.handle_time_s[:, slots], usual.absent[1:2])
    one, other = replay(bench.trial, bench.trial.days[1], usual), replay(alone, alone.days[0], load)
    assert np.array_equal(one.ran.service.answered_in_time, other.ran.service.answered_in_time)
