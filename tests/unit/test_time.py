"""Horizons and grids."""

from datetime import date

import pytest

from data.model.time import Horizon, TimeGrid


@pytest.mark.parametrize("changed", [{"days": 2}, {"first": date(2026, 7, 1)}])
def test_a_copy_forgets_what_was_computed_of_the_old_fields(changed: dict[str, object]) -> None:
    horizon = Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=4)
    grid = TimeGrid(horizon=horizon, minutes=60)
    assert (len(horizon.dates), grid.day_slot[-1]) == (4, 96)
    copy = horizon.model_copy(update=changed)
    assert copy.dates == Horizon.model_validate(horizon.model_dump() | changed).dates
    assert grid.model_copy(update={"horizon": copy}).day_slot[-1] == 24 * copy.days
    assert (len(horizon.dates), grid.day_slot[-1]) == (4, 96)
