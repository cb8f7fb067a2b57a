import numpy as np
import pytest

from optimizer.staffing.fits.handle_time import LEAST_CALLS, LONGEST_S, fit_handle_time

CALLS = 20_000


def lognormal(mean, cv, seed=1, calls=CALLS):
    sigma = np.sqrt(np.log1p(cv**2))
    return mean * np.exp(sigma * np.random.default_rng(seed).standard_normal(calls) - sigma**2 / 2)


HOURS = np.random.default_rng(0).integers(8, 20, CALLS)


def test_mean_and_spread_are_found_again():
    fit = fit_handle_time(lognormal(300, 0.8), HOURS)
    assert fit.enough
    assert fit.mean_s == pytest.approx(300, abs=3 * fit.mean_error_s)
    assert fit.cv == pytest.approx(0.8, abs=0.03)
    assert fit.median_s == pytest.approx(300 / np.sqrt(1 + 0.8**2), rel=0.02)
    assert fit.worst_quantile_error < 0.03
    assert not fit.hour_matters


def test_calls_left_open_do_not_spoil_it():
    seconds = lognormal(300, 0.8)
    seconds[:20] = 50_000
    fit = fit_handle_time(seconds, HOURS)
    assert fit.long == (seconds > LONGEST_S).sum() >= 20
    assert fit.mean_s == pytest.approx(303, abs=6)
    assert fit.cv == pytest.approx(0.8, abs=0.03)


def test_short_calls_are_work_but_do_not_shape_the_law():
    seconds = np.append(lognormal(300, 0.8), np.full(CALLS // 10, 2.0))
    fit = fit_handle_time(seconds, np.append(HOURS, HOURS[: CALLS // 10]))
    assert fit.short == CALLS // 10
    assert fit.mean_s == pytest.approx((300 + 0.2) / 1.1, rel=0.02)
    assert fit.cv == pytest.approx(0.8, abs=0.03)


def test_a_law_that_does_not_fit_shows():
    fit = fit_handle_time(np.random.default_rng(1).exponential(300, CALLS), HOURS)
    assert fit.worst_quantile_error > 0.1


def test_hours_that_differ_matter_and_chance_is_taken_out():
    true = 300 * (1 + 0.2 * np.sin(np.arange(24)))
    fit = fit_handle_time(lognormal(1, 0.8) * true[HOURS], HOURS)
    used = np.unique(HOURS)
    assert fit.hour_matters
    assert fit.hour_cv == pytest.approx(true[used].std() / true[used].mean(), rel=0.15)
    np.testing.assert_allclose(fit.by_hour_s[used], true[used], rtol=0.06)
    np.testing.assert_allclose(fit.by_hour_s[:8], fit.mean_s)
    few = fit_handle_time(lognormal(300, 0.8)[:200], HOURS[:200])
    assert np.ptp(few.by_hour_s) < 0.3 * 300


def test_unknown_handle_times_are_left_out_and_too_few_are_said_so():
    seconds = lognormal(300, 0.8)
    seconds[::2] = np.nan
    assert fit_handle_time(seconds, HOURS).calls == CALLS // 2
    few = fit_handle_time(lognormal(300, 0.8, calls=LEAST_CALLS - 1), HOURS[: LEAST_CALLS - 1])
    assert not few.enough
    assert np.isnan(few.mean_s)
    assert np.isnan(few.worst_quantile_error)
