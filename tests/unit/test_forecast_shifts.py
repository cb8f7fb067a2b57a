"""Lasting shifts of level: found to the day, and only where there is one."""

from datetime import date, timedelta

import numpy as np
import pytest
from forecast_case import FIRST, days_from, level_of, poisson, training

from data.model.base import FloatArray
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.demand import LEVELS
from forecasting.days import Training
from forecasting.methods import combined, principal, structural

CELLS, AT = 24, 80
WORKED = days_from(FIRST, 140, weekdays=range(5))


def level(seed: int, *, noise: float = 0.02, carried: float = 0.0) -> FloatArray:
    """Weekday level times a relative day effect of first-order serial correlation."""
    random = np.random.default_rng(seed)
    effect = np.zeros(len(WORKED))
    for d in range(1, len(WORKED)):
        effect[d] = carried * effect[d - 1] + noise * random.standard_normal()
    return level_of(WORKED) * np.exp(effect)


def found(levels: FloatArray, days: int, seed: int = 0, calendar: Calendar | None = None) -> list[int]:
    """Operating days of the shifts found in the first `days`."""
    calls = poisson(levels, 60, CELLS, seed)[:days]
    return [WORKED.index(day) for day in training(WORKED, calls, calendar=calendar or Calendar()).shifts]


def stepped(seed: int, share: float, first: int = AT, last: int | None = None, **rest: float) -> FloatArray:
    made = level(seed, **rest)
    made[first:last] *= 1 + share
    return made


@pytest.mark.parametrize("share", [0.2, -0.2])
@pytest.mark.parametrize("seed", range(8))
def test_a_lasting_step_of_a_fifth_is_found_to_the_day_within_six(share: float, seed: int) -> None:
    days = [found(stepped(seed, share), AT + after, seed) for after in (3, 6, 20)]
    assert days[0] == []
    for said in days[1:]:
        assert len(said) == 1
        assert abs(said[0] - AT) <= 1


def test_four_days_are_often_enough() -> None:
    assert np.mean([len(found(stepped(seed, 0.25), AT + 4, seed)) == 1 for seed in range(10)]) >= 0.8


@pytest.mark.parametrize("seed", range(4))
def test_a_step_and_its_return_are_two(seed: int) -> None:
    said = found(stepped(seed, 0.25, AT, AT + 25), AT + 45, seed)
    assert len(said) == 2
    np.testing.assert_allclose(said, [AT, AT + 25], atol=1)


@pytest.mark.parametrize("seed", range(4))
def test_a_doubling_is_believed_after_three_weeks_and_not_after_two(seed: int) -> None:
    doubled = stepped(seed, 1.0)
    assert found(doubled, AT + 10, seed) == []
    said = found(doubled, AT + 15, seed)
    assert len(said) == 1
    assert abs(said[0] - AT) <= 1


def test_a_doubling_of_two_weeks_is_no_shift_afterwards() -> None:
    assert [found(stepped(seed, 1.0, AT, AT + 10), AT + 20, seed) for seed in range(4)] == [[]] * 4


def test_a_level_that_wanders_by_three_per_cent_gives_no_alarm() -> None:
    wandering = 0.03 * np.sqrt(1 - 0.7**2)
    assert [s for s in range(60) if found(level(s, noise=wandering, carried=0.7), 140, s)] == []


def test_days_that_err_by_a_tenth_each_for_itself_give_hardly_any() -> None:
    assert len([s for s in range(40) if found(level(s, noise=0.1), 140, s)]) <= 3


def test_a_storm_day_is_no_shift() -> None:
    for length in (1, 2):
        assert found(stepped(1, 1.5, AT, AT + length), AT + 20, 1) == []


@pytest.mark.parametrize("after", [1, 5, 20])
def test_a_holiday_is_no_shift(after: int) -> None:
    holidays = [30, AT]
    calendar = Calendar(country="X", table={WORKED[k]: SpecialDay(type=DayType.HOLIDAY) for k in holidays})
    quiet = level(2)
    quiet[holidays] *= 0.3
    assert found(quiet, AT + after, 2, calendar) == []


@pytest.mark.parametrize("method", [principal, structural, combined])
def test_the_forecast_is_at_the_new_level_and_no_wider_than_it_makes_it(method: object) -> None:
    coming = WORKED[AT + 8 : AT + 13]
    seen = np.full((len(coming), CELLS), np.nan)
    made = []
    for share in (0.0, 0.3):
        calls = poisson(stepped(3, share), 60, CELLS, 3)[: AT + 8]
        made.append(method.fit(training(WORKED, calls), 5).predict(coming, seen))  # type: ignore[attr-defined]
    low, high = LEVELS.index(0.1), LEVELS.index(0.9)
    width = [(one.quantiles[..., high] - one.quantiles[..., low]).mean() for one in made]
    assert made[1].mean.sum() / made[0].mean.sum() == pytest.approx(1.3, abs=0.05)
    assert width[1] < 1.3 * 1.25 * width[0]


@pytest.mark.parametrize("method", [principal, structural])
@pytest.mark.parametrize("share", [0.3, -0.3])
def test_what_is_learnt_jumps_at_the_shift(method: object, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    coming = WORKED[AT + 6 : AT + 11]
    truth = level_of(coming).sum() * 60 * CELLS * (1 + share)
    errors = []
    for kept in (True, False):
        if not kept:
            monkeypatch.setattr(Training, "shifts", ())
        learnt = [training(WORKED, poisson(stepped(seed, share), 60, CELLS, seed)[: AT + 6]) for seed in range(3)]
        made = [method.fit(one, 5).predict(coming, np.full((len(coming), CELLS), np.nan)) for one in learnt]  # type: ignore[attr-defined]
        errors.append(np.mean([abs(one.mean.sum() / truth - 1) for one in made]))
    assert errors[0] < 0.03
    assert errors[0] < 0.7 * errors[1]


def test_the_day_of_a_shift_is_a_date_of_the_history() -> None:
    calls = poisson(stepped(5, 0.3), 60, CELLS, 5)[: AT + 10]
    shifts = training(WORKED, calls).shifts
    assert shifts
    assert all(isinstance(day, date) and WORKED[AT] - timedelta(days=4) <= day <= WORKED[AT + 1] for day in shifts)
