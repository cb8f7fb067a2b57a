"""The scores of warnings against sums done by hand, brute force, and chances that are true or not."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from data.model.response import WarningLevel
from optimizer.response.warning.scoring import (
    EDGES,
    LevelScore,
    calibration_p,
    chance_score,
    level_scores,
    pooled,
    rate_interval,
    recalibrated,
    recalibrated_ahead,
)

NONE, BLUE, YELLOW, ORANGE, RED = WarningLevel


def drawn(seed: int, count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Chances over [0, 1] and outcomes that follow them."""
    rng = np.random.default_rng(seed)
    chances = rng.random(count)
    return chances, rng.random(count) < chances


def test_five_slots_by_hand() -> None:
    found = chance_score(np.array([0.1, 0.1, 0.8, 0.8, 0.8]), np.array([0, 1, 1, 1, 0], dtype=bool))
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.04 + 0.04 + 0.64) / 5)
    assert found.rate == pytest.approx(0.6)
    assert found.reliability == pytest.approx(0.4 * 0.4**2 + 0.6 * (0.8 - 2 / 3) ** 2)
    assert found.resolution == pytest.approx(0.4 * 0.1**2 + 0.6 * (2 / 3 - 0.6) ** 2)
    assert found.uncertainty == pytest.approx(0.24)
    assert found.within == pytest.approx(0, abs=1e-12)
    assert found.skill == pytest.approx(1 - found.brier / 0.24)
    assert [(each.count, each.misses) for each in found.bins] == [(2, 1), (3, 2)]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_parts_add_up_to_the_brier_score_of_a_loop(cells: list[tuple[float, bool]]) -> None:
    chances, missed = np.array([c for c, _ in cells]), np.array([m for _, m in cells])
    found = chance_score(chances, missed)
    assert found.brier == pytest.approx(sum((c - m) ** 2 for c, m in cells) / len(cells))
    assert found.brier == pytest.approx(found.reliability - found.resolution + found.uncertainty + found.within)
    held = [[m for c, m in cells if low <= c < high or c == high == 1] for low, high in zip(EDGES, EDGES[1:], strict=False)]
    assert [(len(part), sum(part)) for part in held if part] == [(each.count, each.misses) for each in found.bins]
    assert all(each.low <= each.rate <= each.high for each in found.bins)
    assert 0 <= found.calibrated <= 1


def test_true_chances_are_called_so_as_often_as_the_test_says() -> None:
    found = [calibration_p(*drawn(seed)) for seed in range(200)]
    assert np.mean(np.array(found) < 0.05) < binom.ppf(0.999, 200, 0.05) / 200
    assert np.mean(np.array(found) < 0.5) > binom.ppf(0.001, 200, 0.5) / 200


@pytest.mark.parametrize("wrong", [lambda p: 0.9 * p + 0.1, lambda p: 0.5 + 0.8 * (p - 0.5), lambda p: p**2])
def test_chances_that_are_shifted_or_too_bold_are_found_out(wrong) -> None:
    chances, missed = drawn(1)
    assert calibration_p(wrong(chances), missed) < 1e-4
    assert calibration_p(wrong(chances), missed, np.arange(chances.size)) < 1e-4


def test_days_that_are_alike_need_blocks() -> None:
    rng = np.random.default_rng(3)
    days = np.repeat(np.arange(60), 20)
    alone, by_day = [], []
    for _ in range(100):
        chances = np.repeat(rng.uniform(0.1, 0.9, 60), 20)
        missed = np.repeat(rng.random(60), 20) < chances  # a day misses as a whole
        alone.append(calibration_p(chances, missed) < 0.05)
        by_day.append(calibration_p(chances, missed, days) < 0.05)
    assert np.mean(alone) > 0.4
    assert np.mean(by_day) < 0.15
    assert np.isnan(calibration_p(chances, missed, days // 5))


@pytest.mark.parametrize(("misses", "count"), [(0, 12), (3, 12), (12, 12), (1, 1), (40, 90)])
def test_the_interval_holds_every_rate_that_the_count_does_not_rule_out(misses: int, count: int) -> None:
    low, high = rate_interval(misses, count)
    rates = np.linspace(0, 1, 2001)
    kept = rates[(binom.sf(misses - 1, count, rates) >= 0.025) & (binom.cdf(misses, count, rates) >= 0.025)]
    assert (low, high) == pytest.approx((kept.min(), kept.max()), abs=1e-3)


def brute(levels, looked, starts, missed, slot, level) -> LevelScore:
    """The definition, slot by slot."""
    first = {}
    for k, s in product(range(len(looked)), range(len(starts))):
        if not np.isnan(missed[s]) and looked[k] <= starts[s] and levels[k][s] >= level:
            first[s] = min(first.get(s, np.inf), looked[k])
    known = [s for s in range(len(starts)) if not np.isnan(missed[s])]
    runs: list[list[int]] = []
    for before, s in zip([None, *known], known, strict=False):
        if s in first:
            joins = bool(runs) and runs[-1][-1] == before and starts[s] - starts[before] <= slot
            runs[-1].append(s) if joins else runs.append([s])
    leads = tuple(starts[next(s for s in r if missed[s])] - min(first[s] for s in r) for r in runs if any(missed[s] for s in r))
    bad = [s for s in known if missed[s]]
    return LevelScore(level, len(runs), len(runs) - len(leads), len(first), len(bad), sum(s in first for s in bad), leads)


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_levels_are_scored_as_slot_by_slot(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slots, looks = int(rng.integers(1, 14)), int(rng.integers(0, 4))
    starts = 30.0 * np.cumsum(rng.choice([1, 1, 1, 4], slots))
    looked = np.sort(rng.uniform(-100, 30 * slots, looks))
    levels, missed = rng.integers(0, 5, (looks, slots)), rng.choice([0.0, 1.0, np.nan], slots)
    found = level_scores(levels, looked, starts, missed, 30.0)
    assert found == [brute(levels, looked, starts, missed, 30, level) for level in (BLUE, YELLOW, ORANGE, RED)]
    rates = [score.foreseen for score in found]
    assert rates == sorted(rates, reverse=True)


def test_a_warning_raised_a_day_ahead_and_one_that_came_to_nothing() -> None:
    starts = np.array([600.0, 630, 660, 900])
    levels = np.array([[1, 1, 0, 2], [0, 3, 0, 0]])
    blue, yellow, orange, red = level_scores(levels, np.array([-840.0, 540]), starts, np.array([0.0, 1, 1, 0]), 30)
    assert (blue.warnings, blue.false_alarms, blue.misses, blue.foreseen, blue.leads) == (2, 1, 2, 1, (630 + 840,))
    assert (yellow.warnings, yellow.false_alarms, yellow.leads) == (2, 1, (90.0,))
    assert orange.hit_rate == 0.5
    assert (blue.in_vain_rate, orange.in_vain_rate) == pytest.approx((2 / 3, 0))
    assert orange.lead_quartiles == (90, 90, 90)
    assert np.isnan(red.false_alarm_rate)
    both = pooled([[blue, red], [blue, red]])
    assert (both[0].warnings, both[0].leads, both[1].misses) == (4, (1470.0, 1470.0), 4)


def test_recalibration_mends_chances_to_come_and_leaves_true_ones_alone() -> None:
    chances, missed = drawn(5)
    later, came = drawn(6)
    bold = np.clip(0.5 + 2 * (chances - 0.5), 0, 1), np.clip(0.5 + 2 * (later - 0.5), 0, 1)
    mended = recalibrated(bold[0], missed)(bold[1])
    assert chance_score(mended, came).brier < chance_score(bold[1], came).brier - 0.01
    assert chance_score(recalibrated(chances, missed)(later), came).brier < chance_score(later, came).brier + 0.005
    assert (np.diff(recalibrated(bold[0], missed)(np.linspace(0, 1, 50))) >= 0).all()


def test_nothing_that_came_later_is_learnt_from() -> None:
    chances, missed = drawn(8, 2000)
    day = np.repeat(np.arange(20), 100)
    made = day - 2
    found = recalibrated_ahead(chances, missed, made, day)
    assert np.isnan(found[made < 3]).all()
    assert not np.isnan(found[made >= 3]).any()
    flipped = np.where(day >= 10, ~missed, missed)
    again = recalibrated_ahead(chances, flipped, made, day)
    assert np.array_equal(found[made <= 10], again[made <= 10], equal_nan=True)
    assert not np.allclose(found[made > 12], again[made > 12])
