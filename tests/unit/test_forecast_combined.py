"""The default method: weights and stretch from the queue's own past."""

from collections.abc import Sequence
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from forecast_case import FIRST, days_from, level_of, off, poisson, training, wave

from data.model.base import FloatArray
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.demand import LEVELS
from forecasting.days import Training
from forecasting.methods import DayForecast, combined, principal, structural
from forecasting.methods.combined import MEMBERS, STRETCH, WEIGHTS, Combined, averaged, judged, stretched
from forecasting.quantiles import counts, root

CELLS = 24
DAYS = days_from(FIRST, 220)
LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)


def made_up(days: int, *, noise: float = 0.05, seed: int = 1) -> FloatArray:
    effect = np.exp(noise * np.random.default_rng(seed + 100).standard_normal(days))
    return poisson(level_of(DAYS[:days]) * effect, 60, CELLS, seed)


class Scaled:
    """A member that is right up to a factor, with so many times the true spread."""

    def __init__(self, factor: float, width: float = 1.0) -> None:
        self.factor, self.width = factor, width

    def fit(self, learnt: Training, steps: int) -> SimpleNamespace:
        total = float(np.nansum(learnt.calls) / level_of(learnt.dates).sum())
        shape = np.nanmean(learnt.calls, axis=0) / np.nanmean(learnt.calls, axis=0).sum()

        def predict(dates: Sequence[date], seen: FloatArray) -> DayForecast:
            mean = self.factor * total * level_of(dates)[:, None] * shape
            return DayForecast(*counts(root(mean), self.width**2 * (0.03**2 * mean), np.full(mean.shape, self.width**2 * 0.25)))

        return SimpleNamespace(predict=predict)


def with_members(monkeypatch: pytest.MonkeyPatch, *members: Scaled) -> None:
    monkeypatch.setattr(combined, "MEMBERS", members)


def test_weights_sum_to_one_and_the_stretch_is_bounded() -> None:
    for days in (40, 120, 220):
        made = combined.fit(training(DAYS, made_up(days)), 5)
        assert isinstance(made, Combined)
        assert made.weights.sum() == pytest.approx(1)
        assert (made.weights > 0).all()
        assert len(made.members) == len(MEMBERS)
        assert STRETCH[0] <= made.stretch <= STRETCH[1]


@pytest.mark.parametrize(("first", "second", "best"), [(1.0, 1.6, WEIGHTS[0]), (1.6, 1.0, WEIGHTS[-1])])
def test_a_member_that_was_bad_on_the_past_loses_weight(
    monkeypatch: pytest.MonkeyPatch, first: float, second: float, best: float
) -> None:
    with_members(monkeypatch, Scaled(first), Scaled(second))
    learnt = training(DAYS, made_up(200))
    assert judged(learnt, 5)[0] == pytest.approx(best)
    made = combined.fit(learnt, 5)
    assert isinstance(made, Combined)
    np.testing.assert_allclose(made.weights, [1 - best, best])


def test_members_alike_count_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    with_members(monkeypatch, Scaled(1.01), Scaled(0.99))
    assert judged(training(DAYS, made_up(200)), 5)[0] == 0.5


def test_equal_weights_and_no_stretch_with_a_short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    with_members(monkeypatch, Scaled(1.0), Scaled(1.6))
    assert judged(training(DAYS, made_up(90)), 5) == (0.5, 1.0)
    assert judged(training(DAYS, made_up(120)), 5) != (0.5, 1.0)


def test_under_three_weeks_one_member_is_enough() -> None:
    assert not isinstance(combined.fit(training(DAYS, made_up(18)), 5), Combined)


def test_intervals_that_were_too_narrow_are_stretched(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for noise in (0.03, 0.15):
        with_members(monkeypatch, Scaled(1.0), Scaled(1.0))
        found.append(np.mean([judged(training(DAYS, made_up(200, noise=noise, seed=s)), 20)[1] for s in range(4)]))
    assert found[0] < 1.12
    assert found[1] > found[0] + 0.15


def test_a_stretch_of_one_changes_nothing_and_more_widens_about_the_median() -> None:
    _, before = counts(np.array([20.0, 30.0]), np.array([3.0, 0.0]), np.array([0.25, 0.25]))
    np.testing.assert_allclose(stretched(before, 1.0), before, atol=1e-9)
    after = stretched(before, 1.5)
    middle = LEVELS.index(0.5)
    np.testing.assert_allclose(after[:, middle], before[:, middle])
    width = (root(after[:, HIGH]) - root(after[:, LOW])) / (root(before[:, HIGH]) - root(before[:, LOW]))
    assert 1.3 < width[0] < 1.5
    # Poisson noise alone is not the members' fault
    assert width[1] == pytest.approx(1, abs=0.02)
    assert (np.diff(after, axis=-1) >= 0).all()


def test_quantiles_are_averaged_level_by_level() -> None:
    parts = [DayForecast(np.full((1, 1), mean), np.full((1, 1, 21), mean)) for mean in (10.0, 20.0)]
    made = averaged(parts, np.array([0.3, 0.7]))
    assert made.mean[0, 0] == pytest.approx(17)
    np.testing.assert_allclose(made.quantiles, 17)


def test_the_same_past_gives_the_same_weights() -> None:
    assert judged(training(DAYS, made_up(200)), 5) == judged(training(DAYS, made_up(200)), 5)


def test_the_combination_is_about_as_good_as_the_better_member() -> None:
    errors = np.zeros(3)
    for seed in range(4):
        calls = made_up(210, seed=seed)
        coming = DAYS[200:210]
        for m, method in enumerate((combined, principal, structural)):
            made = method.fit(training(DAYS, calls[:200]), 10).predict(coming, np.full((10, CELLS), np.nan))
            errors[m] += off(calls[200:], made.mean)
    assert errors[0] < 1.03 * errors[1:].min()


def test_a_monday_holiday_moves_the_peak_to_tuesday() -> None:
    worked = days_from(FIRST, 170, weekdays=range(5))
    holidays = worked[0:170:15]
    calendar = Calendar(country="X", table={day: SpecialDay(type=DayType.HOLIDAY) for day in holidays})
    open_days = [day for day in worked if day not in holidays]
    monday, level = 1.3, level_of(open_days)
    after = np.array([day - timedelta(days=1) in holidays for day in open_days])
    calls = np.random.default_rng(8).poisson(np.where(after, monday, level)[:, None] * 60 * wave(CELLS)).astype(float)
    first = next(k for k in range(120, len(open_days)) if after[k])
    known, plain = (
        combined.fit(training(open_days, calls[:first], calendar=c), 1).predict([open_days[first]], np.full((1, CELLS), np.nan))
        for c in (calendar, Calendar())
    )
    assert open_days[first].weekday() == 1
    assert known.mean.sum() == pytest.approx(monday * 60 * CELLS, rel=0.04)
    assert plain.mean.sum() < 0.95 * known.mean.sum()
