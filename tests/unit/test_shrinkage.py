"""Shrinkage by lead time: what is known stands in the roster, what is not yet comes in with the days ahead."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from data.model.centre import OpeningHours, Queue, ShrinkageCause
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid
from optimizer.staffing.shrinkage import days_ahead, shrinkage, unknown_share

GRID = TimeGrid(horizon=Horizon(zone="UTC", first=date(2026, 6, 1), days=60), minutes=1440)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ILLNESS = ShrinkageCause(id="illness", share=0.04)
LEAVE = ShrinkageCause(id="leave", share=0.1, known_days=14, fade_days=30)
COURSES = ShrinkageCause(id="courses", share=0.03, known_days=28)


def queue(name: str, own: float) -> Queue:
    hours = OpeningHours(hours={"mon": ("08:00", "20:00")})
    return Queue(id=name, name=name, project="p", opening=hours, handle_time_s=300, patience_s=150, shrinkage=own)


def test_every_queue_has_its_own_share_and_those_of_the_causes() -> None:
    made = shrinkage([queue("a", 0.1), queue("b", 0.0)], [ILLNESS, LEAVE, COURSES], GRID, NOW)
    assert made.shape == (2, 60)
    np.testing.assert_allclose(made[0] - made[1], 0.1)
    np.testing.assert_allclose(made[1, [0, 14]], 0.04)
    np.testing.assert_allclose(made[1, 20], 0.04 + 0.1 * (1 - np.exp(-6 / 30)))
    np.testing.assert_allclose(made[1, 28], 0.04 + 0.1 * (1 - np.exp(-14 / 30)))
    np.testing.assert_allclose(made[1, 29], 0.04 + 0.1 * (1 - np.exp(-15 / 30)) + 0.03)


def test_without_causes_the_queues_own_share_stands() -> None:
    np.testing.assert_array_equal(shrinkage([queue("a", 0.3)], [], GRID, NOW), np.full((1, 60), 0.3))


def test_days_ahead_are_elapsed_days_and_none_before_the_moment() -> None:
    ahead = days_ahead(GRID, NOW + timedelta(days=1, hours=12))
    np.testing.assert_allclose(ahead[:4], [0, 0, 0.5, 1.5])


def test_days_ahead_do_not_depend_on_the_zone_of_the_moment() -> None:
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 6, 2), days=1), minutes=720)
    np.testing.assert_allclose(days_ahead(grid, datetime(2026, 6, 1, tzinfo=UTC)), [16 / 24, 28 / 24])


def test_a_cause_never_falls_with_the_days_ahead_and_stays_below_its_share() -> None:
    ahead = np.linspace(0, 400, 500)
    for cause in (ILLNESS, LEAVE, COURSES):
        shares = unknown_share(cause, ahead)
        assert (np.diff(shares) >= 0).all()
        assert (shares <= cause.share).all()
        assert shares[-1] == pytest.approx(cause.share, rel=1e-4)


def test_every_queue_of_which_nothing_is_left_is_named() -> None:
    with pytest.raises(InvalidData) as error:
        shrinkage([queue("a", 0.97), queue("b", 0.5), queue("c", 0.99)], [ILLNESS], GRID, NOW)
    found = error.value.findings
    assert [("a" in one.read, "c" in one.read) for one in found] == [(True, False), (False, True)]
    assert all(one.column == "shrinkage" and "illness" in one.fix for one in found)
    assert shrinkage([queue("a", 0.97)], [LEAVE], GRID, NOW + timedelta(days=50)).max() == pytest.approx(0.97)
