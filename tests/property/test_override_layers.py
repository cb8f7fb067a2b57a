"""Whatever the planner lays over a forecast, it stays a forecast; what is past, closed or switched off stays as it was."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from override_case import GRID, OPEN, START, hours, layer, machine, past

from data.model.override import Override
from forecasting.overrides import apply_overrides

HISTORY = past()
RANGES = {"percent": st.floats(-100, 1e4), "absolute": st.floats(-1e4, 1e4)}


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    kind = draw(st.sampled_from(["percent", "absolute", "set", "min", "max", "daily_total", "copied_day"]))
    first = draw(st.floats(-10, 71))
    fields = {
        "id": str(draw(st.integers(0, 10**9))),
        "queues": draw(st.sampled_from([(), ("a",), ("a", "b")])),
        "order": draw(st.integers(-2, 2)),
        "active": draw(st.booleans()),
        **hours(first, first + draw(st.floats(0.1, 80))),
    }
    if kind == "copied_day":
        return layer(kind, copy_day="2026-02-24", **fields)
    return layer(kind, draw(RANGES.get(kind, st.floats(0, 1e4))), **fields)


def active(override: Override) -> Override:
    return override.model_copy(update={"active": True})


@settings(deadline=None)
@given(st.lists(overrides(), max_size=4), st.integers(0, 72))
def test_a_stack_is_a_forecast_and_leaves_the_past_and_the_closed_alone(layers: list[Override], hour: int) -> None:
    before = machine(START + timedelta(hours=hour))
    stack = apply_overrides(before, layers, HISTORY)
    found = stack.forecast
    assert np.isfinite(found.quantiles).all()
    assert min(found.mean.min(), found.quantiles.min()) >= 0
    assert (np.diff(found.quantiles, axis=-1) >= 0).all()
    fixed = ~OPEN | (np.arange(GRID.size) < hour)
    for was, now in ((before.mean, found.mean), (before.quantiles, found.quantiles), (before.mean, stack.machine.mean)):
        np.testing.assert_array_equal(was[fixed], now[fixed])
    np.testing.assert_allclose(before.mean + sum(one.effect for one in stack.layers), found.mean, atol=1e-6)
    np.testing.assert_array_equal(found.handle_time_s, before.handle_time_s)


@settings(deadline=None)
@given(st.lists(overrides(), max_size=4))
def test_a_switched_off_layer_is_as_if_it_were_not_there(layers: list[Override]) -> None:
    on = [override for override in layers if override.active]
    all_of_them, those = apply_overrides(machine(), layers, HISTORY), apply_overrides(machine(), on, HISTORY)
    np.testing.assert_array_equal(all_of_them.forecast.quantiles, those.forecast.quantiles)
    assert all_of_them.overrides == those.overrides


@settings(deadline=None)
@given(st.lists(overrides().map(active), min_size=2, max_size=4, unique_by=lambda o: o.order), st.randoms())
def test_the_order_says_what_lies_above_not_the_place_in_the_file(layers: list[Override], random) -> None:
    shuffled = layers.copy()
    random.shuffle(shuffled)
    found, again = apply_overrides(machine(), layers, HISTORY), apply_overrides(machine(), shuffled, HISTORY)
    np.testing.assert_array_equal(found.forecast.quantiles, again.forecast.quantiles)
    assert [o.order for o in found.overrides] == sorted(o.order for o in found.overrides)
    for below, above in zip(found.layers, found.layers[1:], strict=False):
        assert above.below is below.above
