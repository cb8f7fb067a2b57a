"""League, fair causes and hot intervals on days made by hand: identities, closed forms and simulation as oracles."""

import numpy as np
import pytest
from control_case import TEAMS, grid_of, served_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.model.base import FloatArray
from data.model.control import ControlPolicy
from optimizer.response.control import CAUSES, Row, Scene, Served, hot_intervals, hot_scenes, league, split
from optimizer.response.control.causes import told_apart
from optimizer.response.control.hot import beyond_chance
from optimizer.response.control.league import credible, places, risk
from optimizer.response.control.wording import fair_statement, formula_text

POLICY = ControlPolicy()
DAYS = 20


def thirds(slots: int) -> FloatArray:
    """Each team serves both queues alike."""
    return np.full((3, 2, slots), 1 / 3)


def rows_of(served: Served, policy: ControlPolicy = POLICY) -> dict[str, Row]:
    return {row.unit: row for row in league(served, split(served, policy), policy)}


def of_levels(rng: np.random.Generator, days: int = DAYS) -> FloatArray:
    return np.where(rng.random((2, 24 * days)) < 0.3, rng.uniform(0.2, 0.79, (2, 24 * days)), 0.9)


@given(
    gap=arrays(np.float64, 6, elements=st.floats(0, 40)),
    terms=arrays(np.float64, (5, 6), elements=st.floats(-30, 30)),
    unlucky=arrays(np.bool_, 6),
)
def test_causes_sum_to_the_gap_and_practice_is_only_what_the_system_leaves(
    gap: FloatArray, terms: FloatArray, unlucky: FloatArray
) -> None:
    heads = told_apart(gap, terms, unlucky)
    assert (heads >= 0).all()
    np.testing.assert_allclose(heads.sum(axis=0), gap, atol=1e-9)
    system = np.maximum(terms, 0).sum(axis=0)
    np.testing.assert_allclose(heads[5:].sum(axis=0), np.maximum(gap - system, 0), atol=1e-9)
    assert (heads[6][~unlucky] == 0).all()


def test_what_was_not_measured_is_never_called_practice() -> None:
    served = served_of(of_levels(np.random.default_rng(1)), thirds(24 * DAYS), measured=False)
    assert split(served, POLICY).practice.sum() == 0
    assert not any(row.named for unit, row in rows_of(served).items() if unit.startswith("team:"))


def test_a_forecast_that_was_too_low_is_the_systems_fault_and_an_event_is_told_apart() -> None:
    level = np.full((2, 24 * 6), 0.9)
    level[0, 10::24] = 0.3
    served = served_of(level, thirds(24 * 6))
    low = Served(**(vars_of(served) | {"foreseen": 0.5 * served.calls}))
    found = split(low, POLICY)
    at = np.flatnonzero(low.missed[0])
    assert (found.shares[CAUSES.index("forecast"), 0, at] > 0).all()
    assert found.shares[CAUSES.index("event")].sum() == 0
    on = Served(**(vars_of(low) | {"disturbed": np.ones_like(low.missed)}))
    swapped = split(on, POLICY)
    np.testing.assert_allclose(swapped.shares[CAUSES.index("event")], found.shares[CAUSES.index("forecast")])


def vars_of(served: Served) -> dict[str, object]:
    return {name: getattr(served, name) for name in Served.__dataclass_fields__}


def test_enough_agents_and_a_poor_measured_service_leave_practice() -> None:
    level = np.full((2, 24 * 6), 0.9)
    level[0, 10::24] = 0.3
    served = Served(**(vars_of(served_of(level, thirds(24 * 6))) | {"present": np.full(level.shape, 14.0)}))
    rostered = Served(**(vars_of(served) | {"rostered": served.present}))
    found = split(rostered, POLICY)
    np.testing.assert_allclose(found.practice[rostered.missed], 1.0)


def test_present_agents_bound_what_a_measured_service_amounts_to_and_luck_has_its_width() -> None:
    level = np.full((2, 24 * 6), 0.9)
    level[0, 10::24] = 0.3
    served = served_of(level, thirds(24 * 6))
    few = Served(**(vars_of(served) | {"present": np.full(level.shape, 3.0)}))
    np.testing.assert_allclose(split(few, POLICY).gap[few.missed], split(few, POLICY).needed[few.missed] - 3)
    enough = {"present": np.full(level.shape, 14.0), "rostered": np.full(level.shape, 14.0)}
    half = np.arange(level.shape[1]) < level.shape[1] // 2
    found = split(Served(**(vars_of(served) | enough | {"measured": half & np.ones_like(served.missed)})), POLICY).practice
    assert found[:, half].any()
    assert not found[:, ~half].any(), "what was not measured is luck"
    wide = ControlPolicy(luck_deviations=1e6)
    assert not split(Served(**(vars_of(served) | enough)), wide).practice.any()


def test_too_few_rostered_is_one_cause_and_who_stayed_away_another() -> None:
    level = np.full((2, 24 * 6), 0.9)
    level[0, 10::24] = 0.3
    served = served_of(level, thirds(24 * 6), measured=False)
    rostered = split(served, POLICY).needed.max() - 3
    away = Served(**(vars_of(served) | {"rostered": np.full(level.shape, rostered), "present": np.full(level.shape, rostered - 2)}))
    heads = split(away, POLICY).heads[:, away.missed]
    np.testing.assert_allclose(heads[CAUSES.index("understaffed")], 3)
    np.testing.assert_allclose(heads[CAUSES.index("absence")], 2)


def test_a_place_asks_for_days_and_for_calls() -> None:
    served = served_of(of_levels(np.random.default_rng(2)), thirds(24 * DAYS))
    for policy in (ControlPolicy(least_days=DAYS + 1, least_calls=1), ControlPolicy(least_days=2, least_calls=10**9)):
        assert {(row.place, row.named) for row in rows_of(served, policy).values()} == {(0, False)}


def test_teams_are_named_for_practice_that_was_measured_and_projects_for_all() -> None:
    rng = np.random.default_rng(11)
    level = np.where(rng.random((2, 24 * DAYS)) < 0.5, rng.uniform(0.1, 0.4, (2, 24 * DAYS)), 0.9)
    enough = {"present": np.full(level.shape, 14.0), "rostered": np.full(level.shape, 14.0)}
    rows = rows_of(Served(**(vars_of(served_of(level, thirds(24 * DAYS))) | enough)))
    assert all(row.named for row in rows.values())
    blind = rows_of(Served(**(vars_of(served_of(level, thirds(24 * DAYS), measured=False)) | enough)))
    assert {unit for unit, row in blind.items() if row.named} == {"project:p", "project:r"}


def test_the_index_is_likelihood_times_severity_and_projects_sum_their_queues() -> None:
    served = served_of(of_levels(np.random.default_rng(2)), thirds(24 * DAYS))
    found = split(served, POLICY)
    for row in league(served, found, POLICY):
        assert row.index == pytest.approx(100 * row.likelihood * row.severity)
        assert sum(row.causes.values()) == pytest.approx(1.0)
    project = rows_of(served)["project:p"]
    assert project.missed == served.missed[0].sum()
    assert project.index == pytest.approx(100 * risk(served, found, POLICY)[0].mean())
    assert project.likelihood == pytest.approx(served.missed[0].mean())


def test_severity_is_its_three_shares_by_hand() -> None:
    served = served_of(np.where(np.arange(48) == 5, 0.4, 0.9)[None].repeat(2, axis=0), thirds(48))
    found = split(served, POLICY)
    missing = found.gap[0, 5] / found.needed[0, 5]
    assert risk(served, found, POLICY)[0, 5] == pytest.approx(0.4 * 0.5 + 0.3 * missing + 0.3 * 0.1)
    assert risk(served, found, POLICY).astype(bool).sum() == 2


def test_a_team_meets_only_the_intervals_that_its_agents_served() -> None:
    level = np.full((2, 24 * DAYS), 0.9)
    level[0] = 0.5
    exposure = np.zeros((3, 2, level.shape[1]))
    exposure[0, 0] = exposure[1, 1] = 1.0
    rows = rows_of(served_of(level, exposure))
    assert rows["team:T1"].likelihood == 1.0
    assert (rows["team:T2"].index, rows["team:T2"].missed) == (0.0, 0.0)
    assert (rows["team:T3"].calls, rows["team:T3"].place) == (0.0, 0)


def test_who_has_few_calls_gets_no_place_and_is_drawn_to_the_mean() -> None:
    level = of_levels(np.random.default_rng(3))
    exposure = thirds(level.shape[1])
    exposure[2] = 0.0
    exposure[2, 0, :24] = 1 / 3
    rows = rows_of(served_of(level, exposure, calls=60.0))
    small, large = rows["team:T3"], rows["team:T1"]
    assert (small.place, small.named) == (0, False)
    assert small.credibility <= large.credibility
    assert large.place > 0


def test_units_that_are_alike_share_every_place() -> None:
    rows = rows_of(served_of(of_levels(np.random.default_rng(4)), thirds(24 * DAYS)))
    assert {(rows[f"team:{team}"].first, rows[f"team:{team}"].last) for team in TEAMS} == {(1, 3)}


def test_credible_means_lie_between_own_and_common_and_grow_with_weight() -> None:
    rng = np.random.default_rng(5)
    weights = np.outer([1.0, 10.0, 100.0, 1000.0], np.ones(DAYS))
    values = rng.normal(0, 1, (4, DAYS)) / np.sqrt(weights) + np.array([[-1.0], [0.5], [1.5], [0.0]])
    found = credible(values, weights)
    assert (np.diff(found.credibility) > 0).all()
    common = np.sum(found.credibility * found.raw) / found.credibility.sum()
    np.testing.assert_allclose(found.mean, common + found.credibility * (found.raw - common))


def test_credible_means_are_nearer_to_the_truth_than_observed_ones() -> None:
    """Simulation: units with true means, few days; the mean squared error falls, and the open deviation is what is left."""
    rng, weights = np.random.default_rng(6), np.outer(np.linspace(1, 20, 30), np.ones(DAYS))
    own, drawn, said = [], [], []
    for _ in range(200):
        truth = rng.normal(3, 0.3, (30, 1))
        found = credible(truth + rng.normal(0, 4, weights.shape) / np.sqrt(weights), weights)
        own.append(np.mean((found.raw - truth[:, 0]) ** 2))
        drawn.append(np.mean((found.mean - truth[:, 0]) ** 2))
        said.append(np.mean(found.deviation**2))
    assert np.mean(drawn) < 0.8 * np.mean(own)
    assert np.mean(said) == pytest.approx(np.mean(drawn), rel=0.25)


def test_far_apart_units_have_sure_places() -> None:
    values = np.array([[1.0], [5.0], [3.0]]) + np.random.default_rng(7).normal(0, 0.01, (3, DAYS))
    place, low, high = places(credible(values, np.ones((3, DAYS))), np.arange(3), 0.9, 0)
    assert place.tolist() == low.tolist() == high.tolist() == [3, 1, 2]


@given(st.integers(0, 2**32 - 1))
def test_false_shares_are_those_of_the_step_up_procedure(seed: int) -> None:
    """Brute force: told at level q if some rank k has its p-value at most q k / m."""
    rng = np.random.default_rng(seed)
    times = rng.integers(1, 12, 15)
    missed, base = rng.binomial(times, 0.4), np.full(15, 0.25)
    tail = np.array([
        sum(np.prod([1.0]) * _choose(n, j) * 0.25**j * 0.75 ** (n - j) for j in range(k, n + 1))
        for k, n in zip(missed, times, strict=True)
    ])  # fmt: skip
    for q in (0.05, 0.2, 0.5):
        ordered = np.sort(tail)
        passed = np.flatnonzero(ordered <= q * np.arange(1, 16) / 15 + 1e-12)
        cut = ordered[passed[-1]] if len(passed) else -1.0
        told = beyond_chance(missed, times, base) <= q + 1e-12
        assert (told == (tail <= cut + 1e-12)).all()


def _choose(n: int, k: int) -> float:
    return float(np.prod([(n - j) / (j + 1) for j in range(k)])) if k else 1.0


def test_pure_chance_is_hardly_ever_called_hot_and_a_planted_interval_is() -> None:
    rng, days = np.random.default_rng(8), 7 * 16
    told = 0
    for _ in range(20):
        level = np.where(rng.random((2, 24 * days)) < 0.2, 0.5, 0.9)
        told += len(hot_intervals(served_of(level, thirds(24 * days)), 0.1)) > 0
    assert told <= 6
    level[0, 9 : 24 * days : 24 * 7] = 0.4
    found = hot_intervals(served_of(level, thirds(24 * days)), 0.1)
    assert ("a", 0, 9 * 60) in [(one.queue, one.weekday, one.minute) for one in found]


def test_a_scene_that_breaks_its_days_is_found_and_a_harmless_one_is_not() -> None:
    rng, days = np.random.default_rng(9), 60
    level = np.where(rng.random((2, 24 * days)) < 0.1, 0.7, 0.9)
    index = grid_of(days).index
    storms = [
        Scene("storm", "风暴", "a", index[24 * d].to_pydatetime(), index[24 * d + 12].to_pydatetime()) for d in range(0, 60, 7)
    ]
    for scene in storms:
        level[0, scene.slots(grid_of(days))] = 0.3
    fair = [Scene("fair", "", "b", one.start, one.end) for one in storms]
    found = hot_scenes(served_of(level, thirds(24 * days)), [*storms, *fair], 0.1)
    assert [(one.where, one.missed, one.times) for one in found] == [("storm", 9, 9)]


def test_the_statement_puts_the_system_first_and_both_languages_say_the_figures() -> None:
    served = served_of(of_levels(np.random.default_rng(10)), thirds(24 * DAYS))
    row = rows_of(served)["team:T1"]
    for tongue in ("en", "zh"):
        told = fair_statement(row, tongue, measured=True)
        assert f"{row.missed:.0f}" in told
        assert "T1" in told
        assert f"{row.index:.2f}" in formula_text(row, POLICY, tongue)
    assert "cannot be judged" in fair_statement(row, "en", measured=False)
