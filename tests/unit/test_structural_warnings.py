"""Shortages of the days without a roster: one warning of a queue, with what its days hold together, and one entry of the book."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from response_case import GRID, at, forecast_of, queue, requirement_of

from api.warning_scores import said_levels
from api.warnings import booked
from data.exchange.folder import TEMPLATE, read_folder
from data.exchange.warning_steps import read_warning_book, write_warning_book
from data.model.response import CapacityWarning, StandsOn, WarningLadder, WarningLevel
from data.model.warning_book import WarningBook
from data.model.warning_policy import WarningPolicy
from optimizer.response.warning.explain import explain
from optimizer.response.warning.rollup import warned_days
from optimizer.response.warning.structural import structural
from optimizer.response.warning.warn import warnings

POWER, EV = queue("power"), queue("ev")
QUEUES = [POWER, EV]
FORECAST = forecast_of(np.full((2, GRID.size), 120.0), QUEUES)
REQUIREMENT = requirement_of(FORECAST, QUEUES)
NONE, BLUE, YELLOW, *_ = WarningLevel


def warned(*hours: tuple[int, float], stands_on: StandsOn = "outline", level: WarningLevel = BLUE) -> list[CapacityWarning]:
    """Warnings of two hours from hours of 1 June on, with so many heads missing."""
    return [
        CapacityWarning(
            "power", level, at(1, hour), at(1, hour + 2), at(1, hour), 0.7 + heads / 100, 0.6, heads, 1.1, 10.0,
            missing_hours=2 * heads, stands_on=stands_on,
        )
        for hour, heads in hours
    ]  # fmt: skip


def test_days_that_follow_each_other_are_one_warning_with_the_highest_and_the_sum() -> None:
    (one,) = structural(warned((10, 2.0), (34, 5.0), (58, 3.0)), QUEUES)
    assert (one.start, one.end, one.worst) == (at(1, 10), at(1, 60), at(1, 34))
    assert one.spans == tuple((at(1, hour), at(1, hour + 2)) for hour in (10, 34, 58))
    assert (one.missing_heads, one.chance) == (5.0, 0.75)
    assert (one.lost_calls, one.missing_hours) == (30.0, 20.0)
    assert "every day from 2026-06-01 to 2026-06-03" in one.message
    assert "Worst 2026-06-02 10:00–12:00" in one.message
    assert "2026-06-01至2026-06-03每天" in one.message_zh


def test_what_lacks_every_monday_is_one_warning_and_a_longer_gap_parts_it() -> None:
    week = 24 * 7
    (one,) = structural(warned((10, 2.0), (10 + week, 2.0)), QUEUES)
    assert "2 days from 2026-06-01 to 2026-06-08 (Mon)" in one.message
    assert len(structural(warned((10, 2.0), (10 + week + 24, 2.0)), QUEUES)) == 2


def test_what_stands_on_a_roster_or_above_blue_stays_as_it_is() -> None:
    roster, yellow = warned((10, 2.0), (34, 2.0), stands_on="roster"), warned((12, 2.0), (36, 2.0), level=YELLOW)
    found = structural([*roster, *yellow, *warned((58, 2.0))], QUEUES)
    assert [one.level for one in found] == [YELLOW, YELLOW, BLUE, BLUE, BLUE]
    assert not any(one.parts for one in found)


def test_days_levels_and_formulas_of_a_joined_warning_are_those_of_its_parts() -> None:
    short = np.full((2, GRID.size), 40.0)
    for day in range(GRID.horizon.days):
        short[0, GRID.slot(at(1, 24 * day + 9)) : GRID.slot(at(1, 24 * day + 16))] = 10.0
    stands = FORECAST, REQUIREMENT, short
    far = WarningLadder(look_ahead_hours=(1440, 0, 0, 0))
    found = warnings(*stands, QUEUES, now=at(1, 8), ladder=far, outlined=np.ones(GRID.size, dtype=np.bool_))
    (one,) = structural(found, QUEUES)
    assert len(found) == len(one.parts) == GRID.horizon.days
    assert (said_levels([one], FORECAST.queues, GRID) == said_levels(found, FORECAST.queues, GRID)).all()
    centre = read_folder(TEMPLATE).centre
    centre = centre.model_construct(**(dict(centre) | {"queues": tuple(QUEUES), "regions": ()}))
    apart, together = (warned_days(each, *stands, centre) for each in (found, [one]))
    assert [(row.day, row.missing_hours, row.lost_calls) for row in together] == [
        (row.day, row.missing_hours, row.lost_calls) for row in apart
    ]
    assert one.missing_hours == pytest.approx(sum(row.missing_hours for row in together))
    assert one.lost_calls == pytest.approx(sum(row.lost_calls for row in together))
    told = explain(one, *stands, QUEUES)
    assert f"sum over {14 * GRID.horizon.days} slots" in told
    assert f"every day from {GRID.horizon.first} to {GRID.horizon.last}" in told


def test_the_book_keeps_a_shortage_apart_from_what_lacks_in_the_roster(tmp_path: Path) -> None:
    (lasting,) = structural(warned((34, 2.0), (58, 2.0)), QUEUES)
    policy, now = WarningPolicy(), at(1, 8)
    book, _ = booked(WarningBook(), [lasting], now, "look", policy)
    rostered = warned((34, 4.0), stands_on="roster", level=YELLOW)
    (left,) = structural(warned((58, 2.0)), QUEUES)
    book, named = booked(book, [*rostered, left], now + timedelta(minutes=1), "look", policy)
    assert [one.id for one in named] == ["w0002", "w0001"]
    assert [(one.level, one.stands_on) for one in book.warnings.values()] == [(BLUE, "outline"), (YELLOW, "roster")]
    write_warning_book(book, tmp_path)
    assert read_warning_book(tmp_path, ("power",)) == book
    longer, (again,) = booked(book, [replace(left, end=left.end + timedelta(days=1))], now + timedelta(minutes=2), "look", policy)
    assert again.id == "w0001"
    assert longer.warnings["w0001"].end == left.end + timedelta(days=1)
