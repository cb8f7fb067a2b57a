import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.staffing.fits.patience import LEAST_ABANDONED, fit_patience, survival

CALLS = 20_000


def waits(patience, offered_s, seed=1):
    """What is seen of patience when the offered wait is exponential and three in ten wait for nothing."""
    rng = np.random.default_rng(seed)
    offered = rng.exponential(offered_s, patience.size) * (rng.random(patience.size) < 0.7)
    return np.minimum(patience, offered), patience < offered


def hyperexponential(share, means, seed=2):
    rng = np.random.default_rng(seed)
    return rng.exponential(np.where(rng.random(CALLS) < share, *means))


def test_an_exponential_patience_is_found_again():
    wait, lost = waits(np.random.default_rng(3).exponential(200, CALLS), 60)
    fit = fit_patience(wait, lost)
    assert (fit.method, fit.mix, fit.parts) == ("exponential", (), ((1.0, fit.mean_s),))
    assert fit.mean_s == pytest.approx(200, abs=3 * fit.mean_error_s)
    assert fit.hazard_patience_s == pytest.approx(200, abs=3 * fit.hazard_error_s)
    assert fit.mean_error_s < 0.02 * fit.mean_s
    assert fit.mean_s == pytest.approx(fit.exposure_s / fit.abandoned)


def test_to_ignore_censoring_is_biased_low():
    wait, lost = waits(np.random.default_rng(3).exponential(200, CALLS), 60)
    assert wait[lost].mean() < 0.3 * fit_patience(wait, lost).mean_s


def test_a_hyperexponential_patience_is_found_again():
    wait, lost = waits(hyperexponential(0.4, (30, 400)), 150)
    fit = fit_patience(wait, lost)
    assert fit.method == "hyperexponential"
    assert fit.parts == fit.mix
    (share, short), (rest, long) = fit.mix
    assert share + rest == pytest.approx(1)
    assert share == pytest.approx(0.4, abs=0.03)
    assert short == pytest.approx(30, rel=0.1)
    assert long == pytest.approx(400, rel=0.1)
    assert fit.mean_s == pytest.approx(0.4 * 30 + 0.6 * 400, abs=3 * fit.mean_error_s)
    assert fit.mean_error_s < 0.05 * fit.mean_s


def test_the_stated_error_of_the_mean_is_the_one_seen():
    fits = [fit_patience(*waits(hyperexponential(0.4, (30, 400), seed), 150, seed + 1)) for seed in range(0, 40, 2)]
    spread = np.std([fit.mean_s for fit in fits], ddof=1)
    assert np.mean([fit.mean_error_s for fit in fits]) == pytest.approx(spread, rel=0.4)


def test_the_hazard_near_zero_is_far_above_one_over_the_mean():
    wait, lost = waits(hyperexponential(0.5, (37.5, 262.5)), 60)
    fit = fit_patience(wait, lost, threshold_s=5)
    at_zero = 1 / (0.5 / 37.5 + 0.5 / 262.5)
    assert fit.window_s == 10
    assert fit.hazard_patience_s == pytest.approx(at_zero, rel=0.1)
    assert fit.hazard_patience_s < 0.5 * fit.mean_s


def test_too_few_abandoned_calls_are_said_so():
    wait, lost = np.full(500, 30.0), np.arange(500) < LEAST_ABANDONED - 1
    fit = fit_patience(wait, lost)
    assert (fit.method, fit.parts, fit.waited, fit.abandoned) == ("none", (), 500, LEAST_ABANDONED - 1)
    assert np.isnan([fit.mean_s, fit.mean_error_s, fit.hazard_patience_s, fit.window_s]).all()
    assert fit_patience(wait, np.arange(500) < LEAST_ABANDONED).method != "none"
    assert fit_patience([], []).method == "none"


def test_callers_who_did_not_wait_say_nothing():
    wait, lost = waits(np.random.default_rng(3).exponential(200, CALLS), 60)
    assert fit_patience(wait[wait > 0], lost[wait > 0]) == fit_patience(wait, lost)


def test_callers_who_never_hang_up_do_not_make_an_endless_mean():
    patience = np.where(np.random.default_rng(1).random(CALLS) < 0.3, np.random.default_rng(2).exponential(40, CALLS), np.inf)
    wait, lost = waits(patience, 100)
    fit = fit_patience(wait, lost)
    assert fit.mix[0] == pytest.approx((0.3, 40), rel=0.15)
    assert fit.mix[1][1] <= 10.001 * wait.max()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(1e-3, 1e6), st.booleans()), min_size=40, max_size=120))
def test_any_waits_give_a_law_or_say_that_they_are_too_few(calls):
    wait, lost = (np.array(column) for column in zip(*calls, strict=True))
    fit = fit_patience(wait, lost)
    assert (fit.method == "none") == (lost.sum() < LEAST_ABANDONED)
    if fit.method != "none":
        assert sum(share for share, _ in fit.parts) == pytest.approx(1)
        assert all(0 < mean < np.inf for _, mean in fit.parts)
        assert fit.mean_error_s > 0
        assert 0 < fit.hazard_patience_s < np.inf


def test_survival_of_a_small_case_by_hand():
    found = survival([1, 2, 2, 3, 4, 5], [True, True, False, False, True, False])
    assert found.time_s.tolist() == [1, 2, 4]
    np.testing.assert_allclose(found.share, [5 / 6, 2 / 3, 1 / 3])
    greenwood = 1 / 3 * np.sqrt(1 / (6 * 5) + 1 / (5 * 4) + 1 / (2 * 1))
    np.testing.assert_allclose(found.standard_error[-1], greenwood)
    np.testing.assert_allclose(found.at([0, 1, 3.9, 9]), [1, 5 / 6, 2 / 3, 1 / 3])
    assert found.mean_s(6) == pytest.approx(1 + 5 / 6 + 2 * 2 / 3 + 2 / 3)
    assert found.mean_s(1.5) == pytest.approx(1 + 0.5 * 5 / 6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=60))
def test_survival_falls_from_one_and_is_the_share_left_without_censoring(calls):
    times, ended = (np.array(column) for column in zip(*calls, strict=True))
    found = survival(times, ended)
    assert (np.diff(np.append(1.0, found.share)) < 0).all()
    assert (found.share > -1e-12).all()
    plain = survival(times, np.ones(times.size, dtype=bool))
    np.testing.assert_allclose(plain.at(plain.time_s), [(times > t).mean() for t in plain.time_s], atol=1e-12)
    assert plain.mean_s(100) == pytest.approx(times.mean())
