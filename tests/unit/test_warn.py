"""Chances against brute force; levels, stretches, look-ahead and sentences of capacity warnings."""

import re
from dataclasses import replace

import numpy as np
import pytest
from response_case import GRID, SPREAD, at, forecast_of, queue, requirement_of
from scipy.special import ndtri

from data.model.demand import LEVELS
from data.model.errors import InvalidData
from data.model.response import WarningLadder, WarningLevel
from optimizer.response.warning.distribution import NORMAL_VARIANCE, SHARES, exceedance, rate_quantiles, rates_at
from optimizer.response.warning.explain import explain
from optimizer.response.warning.warn import (
    capacity_chances,
    outlook,
    realised_chances,
    slot_levels,
    stretches,
    warnings,
)
from optimizer.response.warning.wording import CHANCES
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.queueing import evaluate
from optimizer.staffing.realised import miss_chance, realised_service

POWER = queue("power")
MIXED = POWER.model_copy(update={"patience_mix": ((0.5, 24.0), (0.5, 216.0))})
NIGHT_AND_DAY = np.where(np.arange(GRID.size) % 48 < 16, 0.0, 120.0)[None]
"""Closed until 08:00, then 120 calls a slot: 16 Erlang."""
FORECAST = forecast_of(NIGHT_AND_DAY, [POWER])
REQUIREMENT = requirement_of(FORECAST, [POWER])
AMPLE = np.full((1, GRID.size), 40.0)
RED = WarningLevel.RED

LADDER = WarningLadder(chance=(0.3, 0.5, 0.7, 0.9), need=(0.95, 1.05, 1.2, 1.5))


def slot(day, hour):
    return GRID.slot(at(day, hour))


def short(spans, heads):
    """Ample staff but for some slots."""
    available = AMPLE.copy()
    for first, end in spans:
        available[0, first:end] = heads
    return available


def counted(calls, spread=SPREAD):
    """Rates drawn from a lognormal, and the forecast of the counts that they bring."""
    rng = np.random.default_rng(7)
    rates = calls * np.exp(spread * rng.normal(size=100_000))
    # from 15 calls on, forecasters give quantiles between whole numbers
    between = rng.uniform(-0.5, 0.5, rates.size) * (calls >= 15)
    quantiles = np.quantile(rng.poisson(rates) + between, LEVELS)
    return rates[:10_000], replace(FORECAST, quantiles=np.broadcast_to(quantiles, FORECAST.quantiles.shape))


@pytest.mark.parametrize("patient", [POWER, MIXED], ids=["exponential", "hyperexponential"])
def test_chance_equals_brute_force(patient):
    available = 13.0 + np.arange(GRID.size)[None] % 7
    rates, forecast = counted(120)
    chances = capacity_chances(forecast, REQUIREMENT, available, [patient])
    for k in range(slot(1, 10), slot(1, 13.5)):
        at_rates = (rates / 1800, 240.0, patient.staffing_patience_s, patient.target.threshold_s)
        service = evaluate(int(available[0, k]), *at_rates).service_level
        assert chances[0, k] == pytest.approx(np.mean(service < patient.target.service_level), abs=0.02)
    assert chances[0, slot(1, 10) : slot(1, 13.5)].std() > 0.15


def test_patience_counts_by_its_hazard_at_zero():
    """Half of the callers give up five times sooner than the mean says: fewer must wait, and fewer are needed."""
    chances = [capacity_chances(FORECAST, REQUIREMENT, AMPLE * 0.4, [each])[0, slot(1, 10)] for each in (POWER, MIXED)]
    realised = [realised_chances(FORECAST, REQUIREMENT, AMPLE * 0.4, [each])[0, slot(1, 10)] for each in (POWER, MIXED)]
    assert MIXED.patience_s == POWER.patience_s
    assert chances[1] < chances[0] - 0.05
    assert realised[1] < realised[0] - 0.02


@pytest.mark.parametrize(("calls", "borne"), [(6, 0.75), (6, 1.35), (20, 0.85), (20, 1.2), (60, 1.15)])
def test_poisson_noise_of_a_small_count_is_not_forecast_risk(calls, borne):
    """The rate is known to 12 %; the count is not, and its own noise would draw the chance towards one half."""
    rates, forecast = counted(calls, spread=0.12)
    quantiles, limit = forecast.quantiles[0, :1], np.array([calls * borne])
    truth = np.mean(rates > limit)
    with_noise, without = (exceedance(limit, each)[0] for each in (quantiles, rate_quantiles(quantiles)))
    assert without == pytest.approx(truth, abs=0.05)
    assert abs(with_noise - 0.5) < abs(without - 0.5) - 0.03


def test_rates_keep_the_mean_and_lose_the_poisson_variance():
    _, forecast = counted(40, spread=0.3)
    rate = rate_quantiles(forecast.quantiles[0, 0])
    assert np.sum(SHARES * rate) == pytest.approx(np.sum(SHARES * forecast.quantiles[0, 0]))
    spread = np.sqrt(np.sum(SHARES * (rate - np.sum(SHARES * rate)) ** 2) / NORMAL_VARIANCE)
    assert spread / (40 * np.exp(0.045)) == pytest.approx(np.sqrt(np.expm1(0.09)), rel=0.05)
    poisson_alone = np.quantile(np.random.default_rng(1).poisson(40, 100_000), LEVELS)
    assert np.ptp(rate_quantiles(poisson_alone * 0.8 + 8)) == 0


def test_rates_at_normal_quantiles_invert_the_exceedance():
    quantiles = FORECAST.quantiles[0, slot(1, 10)]
    probits = np.array([-4.0, -2.1, -0.7, 0.0, 0.03, 1.5, 2.2, 5.0])
    chances = exceedance(rates_at(quantiles, probits), np.broadcast_to(quantiles, (8, len(LEVELS))))
    np.testing.assert_allclose(ndtri(1 - chances), probits, atol=1e-5)


def test_chance_that_the_interval_itself_misses_equals_simulated_intervals():
    rng = np.random.default_rng(11)
    rates, forecast = counted(120, spread=0.1)
    found = realised_chances(forecast, REQUIREMENT, short([(slot(1, 10), slot(1, 11))], 17.0), [POWER])[0, slot(1, 10)]
    days = [
        simulate_day(rng.poisson(rate, 5), 1800, 240, 0.95, 120, 17, 20, seed=k, law="exponential").service_levels(axis=0)[4]
        for k, rate in enumerate(rates[:2000])
    ]
    assert found == pytest.approx(np.mean(np.array(days) < 0.8 - 1e-12), abs=0.04)


def test_the_two_chances_differ_where_staff_is_ample_and_where_it_lacks():
    """Luck lifts a small chance and lowers a large one; levels stand on the first alone."""
    available = AMPLE.copy()
    available[0, slot(1, 10)], available[0, slot(1, 11)] = 22, 14
    expected, realised = (f(FORECAST, REQUIREMENT, available, [POWER])[0] for f in (capacity_chances, realised_chances))
    assert expected[slot(1, 10)] < 0.05 < realised[slot(1, 10)]
    assert expected[slot(1, 11)] > 0.95 > realised[slot(1, 11)] > 0.6
    assert np.all(realised[NIGHT_AND_DAY[0] == 0] == 0)
    view = outlook(FORECAST, REQUIREMENT, available, [POWER])
    np.testing.assert_array_equal(view.chance_realised[0], realised)
    sure = replace(view, chance_realised=np.ones(view.chance.shape))
    np.testing.assert_array_equal(slot_levels(sure, GRID, at(1, 9), LADDER), slot_levels(view, GRID, at(1, 9), LADDER))


def test_chance_is_all_or_nothing_at_the_extremes_and_nothing_while_closed():
    open_ = NIGHT_AND_DAY > 0
    assert np.all(capacity_chances(FORECAST, REQUIREMENT, np.zeros_like(AMPLE), [POWER])[open_] == 1)
    assert np.all(capacity_chances(FORECAST, REQUIREMENT, AMPLE, [POWER]) < 1e-6)
    assert np.all(capacity_chances(FORECAST, REQUIREMENT, np.zeros_like(AMPLE), [POWER])[~open_] == 0)


def test_slots_before_the_origin_have_no_chance():
    forecast = replace(FORECAST, origin=at(2, 12))
    chances = capacity_chances(forecast, REQUIREMENT, np.zeros_like(AMPLE), [POWER])
    assert np.all(chances[0, : slot(2, 12)] == 0)
    assert chances[0, slot(2, 12)] == 1


def test_shrinkage_takes_agents_off_the_phones():
    lazy = queue("power", shrinkage=0.25)
    requirement = requirement_of(FORECAST, [lazy])
    chances = capacity_chances(FORECAST, requirement, AMPLE * 0.5, [lazy])
    np.testing.assert_allclose(chances, capacity_chances(FORECAST, REQUIREMENT, AMPLE * 0.375, [POWER]), atol=1e-12)


def test_distribution_meets_its_quantiles_and_its_lognormal_tails():
    every = FORECAST.quantiles[0, slot(1, 10)]
    levels = exceedance(every, np.broadcast_to(every, (len(LEVELS), len(LEVELS))))
    np.testing.assert_allclose(levels, 1 - np.array(LEVELS), atol=1e-12)
    far = 120 * np.exp(SPREAD * np.array([-3.0, 3.0]))
    np.testing.assert_allclose(exceedance(far, np.broadcast_to(every, (2, len(LEVELS)))), [0.99865, 0.00135], atol=2e-4)


def test_a_tail_runs_through_the_median_and_the_outer_quantile_even_if_the_last_two_are_equal():
    capped = np.minimum(FORECAST.quantiles[0, slot(1, 10)], FORECAST.quantiles[0, slot(1, 10), -2])
    chance = exceedance(capped[-1:] * 1.05, capped[None])[0]
    assert 0.001 < chance < 0.025


def test_a_point_forecast_is_a_step_and_a_point_mass_counts_as_borne():
    sure = np.full((3, len(LEVELS)), 100.0)
    np.testing.assert_array_equal(exceedance(np.array([99.0, 100.0, np.inf]), sure), [1, 0, 0])
    half_empty = np.where(np.array(LEVELS) <= 0.5, 0.0, 2.0)
    assert exceedance(np.array([0.0]), half_empty[None])[0] == pytest.approx(0.5)


def test_a_stretch_needs_two_intervals_and_survives_a_dip_of_one():
    live = np.ones(16, dtype=bool)
    levels = np.array([0, 2, 0, 2, 0, 0, 2, 2, 0, 2, 0, 0, 1, 3, 3, 0])
    assert list(stretches(levels, live, 2)) == [(6, 10, WarningLevel.YELLOW), (12, 15, WarningLevel.ORANGE)]
    assert [(first, end) for first, end, _ in stretches(levels, live, 1)] == [(1, 4), (6, 10), (12, 15)]
    live[8] = False
    assert next(stretches(levels, live, 2)) == (6, 8, WarningLevel.YELLOW)


def test_the_level_of_a_stretch_stands_two_intervals_in_a_row():
    levels = np.array([1, 4, 1, 3, 3, 1])
    assert list(stretches(levels, np.ones(6, dtype=bool), 2)) == [(0, 6, WarningLevel.ORANGE)]


def test_warning_carries_the_numbers_of_its_stretch():
    available = short([(slot(1, 10), slot(1, 12))], 13.0)
    (warning,) = warnings(FORECAST, REQUIREMENT, available, [POWER], now=at(1, 9), ladder=LADDER)
    view = outlook(FORECAST, REQUIREMENT, available, [POWER])
    need = int(REQUIREMENT.on_phone[0, slot(1, 10)])
    service = evaluate(13, 120 / 1800, 240.0, 120.0, POWER.target.threshold_s).service_level
    assert (warning.start, warning.end, warning.worst) == (at(1, 10), at(1, 12), at(1, 10))
    assert warning.level == RED
    assert warning.missing_heads == need - 13
    assert warning.need_over_capacity == pytest.approx(need / 13)
    assert warning.lost_calls == pytest.approx(4 * 120 * (0.8 - float(service)))
    assert warning.chance == view.chance[0, slot(1, 10)]
    assert warning.chance_realised == view.chance_realised[0, slot(1, 10) : slot(1, 12)].max()
    for message, tongue in ((warning.message, "en"), (warning.message_zh, "zh")):
        for name, number in zip(CHANCES[tongue], (warning.chance, warning.chance_realised), strict=True):
            assert re.search(rf"{name}\D*{number:.0%}", message)
    assert "10:00–12:00" in warning.message
    assert f"{warning.missing_heads:.1f}" in warning.message
    assert "红色预警" in warning.message_zh


@pytest.mark.parametrize(
    ("hours", "level"), [(12.0, 4), (24.0, 4), (24.5, 2), (48.0, 2), (48.5, 1)]
)  # fmt: skip
def test_farther_ahead_the_level_is_lowered_to_the_highest_allowed(hours, level):
    available = short([(slot(3, 10), slot(3, 10.5))], 5.0)
    now = at(3, 10 - hours)
    levels = slot_levels(outlook(FORECAST, REQUIREMENT, available, [POWER]), GRID, now, LADDER)
    assert levels[0, slot(3, 10)] == level


def test_beyond_the_last_look_ahead_there_is_no_warning():
    ladder = LADDER.model_copy(update={"look_ahead_hours": (24, 24, 24, 24)})
    available = short([(slot(3, 10), slot(3, 12))], 5.0)
    assert warnings(FORECAST, REQUIREMENT, available, [POWER], now=at(1, 8), ladder=ladder) == ()
    assert len(warnings(FORECAST, REQUIREMENT, available, [POWER], now=at(3, 8), ladder=ladder)) == 1


def test_the_past_warns_no_more_but_the_running_slot_does():
    available = short([(slot(1, 10), slot(1, 12))], 5.0)
    (warning,) = warnings(FORECAST, REQUIREMENT, available, [POWER], now=at(1, 10.75), ladder=LADDER)
    assert warning.start == at(1, 10.5)
    assert warnings(FORECAST, REQUIREMENT, available, [POWER], now=at(1, 12), ladder=LADDER) == ()


def test_need_alone_raises_a_level():
    point = replace(FORECAST, quantiles=np.zeros(FORECAST.quantiles.shape))
    need = int(REQUIREMENT.on_phone[0, slot(1, 10)])
    available = short([(slot(1, 10), slot(1, 12))], need / 1.1)
    missing = need - need / 1.1
    alone = LADDER.model_copy(update={"least_missing": missing - 0.01})
    (warning,) = warnings(point, REQUIREMENT, available, [POWER], now=at(1, 9), ladder=alone)
    assert warning.chance == 0
    assert warning.level == WarningLevel.YELLOW
    few = LADDER.model_copy(update={"least_missing": missing + 0.01})
    assert warnings(point, REQUIREMENT, available, [POWER], now=at(1, 9), ladder=few) == ()


def test_a_need_that_stands_stays_until_one_head_less_is_missing():
    need = int(REQUIREMENT.on_phone[0, slot(1, 10)])
    point = replace(FORECAST, quantiles=np.zeros(FORECAST.quantiles.shape))
    held = np.full((1, GRID.size), WarningLevel.YELLOW)
    levels = {
        missing: warnings(point, REQUIREMENT, short([(slot(1, 10), slot(1, 12))], need - missing), [POWER], now=at(1, 9), held=held)
        for missing in (2.0, 1.9, 1.0, 0.9)
    }
    assert [bool(found) for found in levels.values()] == [True, True, True, False]
    assert levels[2.0][0].reasons[0].measure == "need"


def test_nobody_available_is_told_in_words():
    (warning,) = warnings(FORECAST, REQUIREMENT, short([(slot(1, 10), slot(1, 12))], 0.0), [POWER], now=at(1, 9), ladder=LADDER)
    assert np.isinf(warning.need_over_capacity)
    assert "nobody is on the phones" in warning.message
    assert "无人在线" in warning.message_zh


def test_sorted_by_level_then_time():
    queues = [POWER, queue("ev")]
    forecast = forecast_of(np.repeat(NIGHT_AND_DAY, 2, axis=0), queues)
    available = np.repeat(AMPLE, 2, axis=0)
    available[0, slot(1, 9) : slot(1, 10)] = 17.5
    available[0, slot(1, 20) : slot(1, 21)] = 5
    available[1, slot(1, 14) : slot(1, 15)] = 5
    found = warnings(forecast, requirement_of(forecast, queues), available, queues, now=at(1, 8), ladder=LADDER)
    assert [(w.queue, w.start) for w in found] == [("ev", at(1, 14)), ("power", at(1, 20)), ("power", at(1, 9))]
    assert [w.level for w in found][:2] == [RED, RED]
    assert found[2].level < RED


def test_explanation_holds_formula_and_inputs_in_both_languages():
    available = short([(slot(1, 10), slot(1, 12))], 13.0)
    (warning,) = warnings(FORECAST, REQUIREMENT, available, [POWER], now=at(1, 9), ladder=LADDER)
    en, zh = (explain(warning, FORECAST, REQUIREMENT, available, [POWER], tongue=tongue) for tongue in ("en", "zh"))
    service = realised_service(13, rate_quantiles(FORECAST.quantiles[0, slot(1, 10)])[10] / 1800, 240, 120, 1800, POWER.target)
    for text, tongue in ((en, "en"), (zh, "zh")):
        for name, number in zip(CHANCES[tongue], (warning.chance, warning.chance_realised), strict=True):
            assert re.search(rf"(?i)^{name}\W*{number:.3f}", text, re.MULTILINE)
        assert f"{float(service.mean):.3f}" in text
        assert f"{float(service.deviation):.4f}" in text
        assert f"{float(miss_chance(service, 0.8)):.3f} = P(" in text
        assert f"{warning.missing_heads:.2f}" in text
        assert f"{warning.need_over_capacity:.2f}" in text
        assert f"{warning.lost_calls:.1f}" in text
        assert "13.0" in text
        assert "{" not in text
    assert "handle-time uncertainty left out" in en
    assert "红色" in zh


def test_what_does_not_fit_is_told_at_once():
    other = queue("ev")
    broken = AMPLE.copy()
    broken[0, 3] = np.nan
    with pytest.raises(InvalidData) as caught:
        warnings(FORECAST, REQUIREMENT, broken, [other], now=at(1, 9), ladder=LADDER)
    assert {finding.where for finding in caught.value.findings} == {"queues", "available"}
    with pytest.raises(InvalidData, match="shape"):
        capacity_chances(FORECAST, REQUIREMENT, AMPLE[:, 1:], [POWER])


def test_a_ladder_in_disorder_is_refused():
    with pytest.raises(ValueError, match="in order"):
        WarningLadder(chance=(0.5, 0.3, 0.7, 0.9))
    with pytest.raises(ValueError, match="in order"):
        WarningLadder(look_ahead_hours=(24, 48, 24, 24))
