from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from data.model.demand import LEVELS, Event, Forecast
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid
from forecasting.events import apply_events, outage_calls
from forecasting.quantiles import counts

START = datetime(2026, 3, 2, tzinfo=UTC)
GRID = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 3, 2), days=2), minutes=30)
OPEN = (GRID.wall_minute >= 480) & (GRID.wall_minute < 1200)
MEDIAN = LEVELS.index(0.5)


def flat(root: float = 10.0, variance: float = 0.35) -> Forecast:
    mean, quantiles = counts(np.full((1, GRID.size), root), np.zeros((1, GRID.size)), np.full((1, GRID.size), variance))
    return Forecast(
        ("q",),
        GRID,
        START,
        np.where(OPEN, mean, 0),
        np.where(OPEN[:, None], quantiles, 0),
        np.full((1, GRID.size), 200.0),
        OPEN[None],
        "flat",
    )


def event(first: float, last: float, **numbers: float) -> Event:
    return Event(queue="q", name="e", start=START + timedelta(hours=first), end=START + timedelta(hours=last), **numbers)  # type: ignore[arg-type]


def test_a_factor_acts_on_its_stretch_and_on_part_of_a_slot() -> None:
    before = flat()
    after = apply_events(before, [event(10.25, 12, factor=1.4)])
    ratio = np.divide(after.mean, before.mean, out=np.ones_like(before.mean), where=before.mean > 0)[0]
    expected = np.ones(GRID.size)
    expected[20], expected[21:24] = 1.2, 1.4
    np.testing.assert_allclose(ratio, expected)
    untouched = expected == 1
    np.testing.assert_array_equal(after.quantiles[0, untouched], before.quantiles[0, untouched])


def test_extra_calls_are_all_added_on_open_slots_fast_first() -> None:
    before = flat()
    added = (apply_events(before, [event(7, 13, extra_calls=500)]).mean - before.mean)[0]
    assert added.sum() == pytest.approx(500)
    assert (added[~OPEN] == 0).all()
    assert (np.diff(added[16:26]) < 0).all()
    assert (added[26:] == 0).all()


def test_extra_calls_that_fall_before_the_origin_or_beyond_the_grid_are_not_added_again() -> None:
    late = replace(flat(), origin=START + timedelta(hours=11))
    added = (apply_events(late, [event(9, 15, extra_calls=500)]).mean - late.mean)[0]
    assert (added[:22] == 0).all()
    assert 50 < added.sum() < 300
    beyond = flat()
    added = (apply_events(beyond, [event(-6, 12, extra_calls=500)]).mean - beyond.mean)[0]
    assert added.sum() < 400


def test_spread_widens_and_keeps_order() -> None:
    before = flat()
    sure, unsure = (apply_events(before, [event(9, 12, factor=2, spread=spread)]) for spread in (0.0, 0.5))
    touched = slice(18, 24)
    width = [(f.quantiles[0, touched, -1] - f.quantiles[0, touched, 0]).mean() for f in (before, sure, unsure)]
    assert width[0] < width[1] < width[2] / 1.5
    assert (np.diff(unsure.quantiles, axis=-1) >= 0).all()
    np.testing.assert_array_equal(unsure.mean, sure.mean)
    assert unsure.quantiles[0, 20, MEDIAN] < sure.quantiles[0, 20, MEDIAN] < sure.mean[0, 20]


def test_calls_added_to_almost_none_are_at_least_poisson() -> None:
    found = apply_events(flat(0.51, 0.02), [event(9, 12, extra_calls=600)])
    quantiles, mean = found.quantiles[0, 18], found.mean[0, 18]
    assert quantiles[0] < mean - 1.5 * np.sqrt(mean)
    assert quantiles[-1] > mean + 1.5 * np.sqrt(mean)


def test_a_factor_of_zero_leaves_nothing() -> None:
    found = apply_events(flat(), [event(9, 12, factor=0, spread=0.3)])
    assert (found.mean[0, 18:24] == 0).all()
    assert (found.quantiles[0, 18:24] == 0).all()


def test_an_unknown_queue_is_said() -> None:
    with pytest.raises(InvalidData, match="'other'"):
        apply_events(flat(), [event(9, 12).model_copy(update={"queue": "other"})])


def test_the_outage_coefficient_gives_both_published_typhoons() -> None:
    assert outage_calls(4_450_000) == pytest.approx(214_000, rel=0.01)
    assert outage_calls(2_820_000) == pytest.approx(135_000, rel=0.01)
