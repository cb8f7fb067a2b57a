from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from override_case import GRID, OPEN, ORIGIN, hours, layer, machine, past

from data.exchange.overrides import read_overrides, write_overrides
from data.model.demand import LEVELS
from data.model.errors import InvalidData
from data.model.override import Override
from forecasting.overrides import apply_overrides

SECOND = OPEN & (GRID.day_of_slot == 1)
HEADER = "id,kind,value,copy_from,copy_day,start,end,queues,order,active,author,reason,cause,made_at"
RANGE = "2026-03-03T00:00+00:00,2026-03-04T00:00+00:00"
MADE = "Li,because,,2026-03-01T09:00+00:00"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("percent", 20.0, lambda mean: mean * 1.2),
        ("percent", -100.0, lambda mean: mean * 0),
        ("absolute", 7.0, lambda mean: mean + 7),
        ("absolute", -60.0, lambda mean: np.maximum(mean - 60, 0)),
        ("set", 33.0, lambda mean: mean * 0 + 33),
        ("min", 90.0, lambda mean: np.maximum(mean, 90)),
        ("max", 70.0, lambda mean: np.minimum(mean, 70)),
    ],
)
def test_each_kind_does_what_it_says_on_its_slots_only(kind: str, value: float, expected) -> None:
    before = machine()
    found = apply_overrides(before, [layer(kind, value)])
    np.testing.assert_allclose(found.forecast.mean, np.where(SECOND, expected(before.mean), before.mean))
    np.testing.assert_array_equal(found.forecast.quantiles[~SECOND], before.quantiles[~SECOND])
    assert found.machine is before
    np.testing.assert_allclose(before.mean + found.layers[0].effect, found.forecast.mean)


def test_only_its_queues_and_slots_that_begin_in_its_range_change() -> None:
    found = apply_overrides(machine(), [layer("percent", 50, queues=("b",), **hours(34.5, 37))])
    assert np.argwhere(found.layers[0].effect).tolist() == [[1, 35], [1, 36]]


def test_the_past_and_closed_slots_stay() -> None:
    found = apply_overrides(machine(), [layer("set", 500, **hours(0, 72))])
    changed = found.layers[0].effect != 0
    np.testing.assert_array_equal(changed, OPEN & (np.arange(GRID.size) >= 12))
    assert apply_overrides(machine(), [layer("set", 500, **hours(0, 12))]).layers == ()


def test_the_quantiles_move_with_the_mean_and_set_keeps_the_machines_doubt() -> None:
    before, median = machine(), LEVELS.index(0.5)
    wide = replace(before, quantiles=np.sort(np.maximum(before.mean[..., None] * (1 + 0.02 * (np.arange(21) - 10)), 0), axis=-1))
    found = apply_overrides(wide, [layer("set", 4 * 80.0)]).forecast
    relative = (found.quantiles[SECOND][:, -1] - found.quantiles[SECOND][:, 0]) / 320
    was = (wide.quantiles[SECOND][:, -1] - wide.quantiles[SECOND][:, 0]) / wide.mean[SECOND]
    assert (np.abs(found.quantiles[SECOND][:, median] - 320) < 6).all()
    assert ((relative > 0.4 * was) & (relative <= 1.05 * was)).all()


def test_min_and_max_clip_the_quantiles() -> None:
    found = apply_overrides(machine(), [layer("min", 60), layer("max", 75)]).forecast
    assert found.quantiles[SECOND].min() == 60
    assert found.quantiles[SECOND].max() == 75


def test_a_daily_total_keeps_the_shape_and_holds_over_the_queues_together() -> None:
    before = machine()
    found = apply_overrides(before, [layer("daily_total", 2000)]).forecast.mean
    assert found[SECOND].sum() == pytest.approx(2000)
    ratio = found[SECOND] / before.mean[SECOND]
    np.testing.assert_allclose(ratio, ratio[0])


def test_a_daily_total_counts_what_has_come_that_day() -> None:
    before = machine()
    for total, expected in ((3000.0, 3000.0), (10.0, before.mean[:, :12].sum())):
        found = apply_overrides(before, [layer("daily_total", total, **hours(0, 24))]).forecast.mean
        assert found[:, :24].sum() == pytest.approx(expected)
        np.testing.assert_array_equal(found[:, :12], before.mean[:, :12])


def test_a_daily_total_on_a_day_without_expected_calls_is_even() -> None:
    empty = replace(machine(), mean=np.zeros_like(machine().mean), quantiles=np.zeros_like(machine().quantiles))
    found = apply_overrides(empty, [layer("daily_total", 260)]).forecast
    np.testing.assert_allclose(found.mean[SECOND], 260 / SECOND.sum())
    assert (found.quantiles[SECOND][:, -1] > 10).all()


def test_a_copied_day_takes_the_level_and_shape_of_history_and_leaves_what_it_does_not_know() -> None:
    found = apply_overrides(machine(), [layer("copied_day", copy_day="2026-02-24")], past(41)).forecast.mean
    known = SECOND & (GRID.wall_minute >= 480) & (GRID.wall_minute < 1200)
    np.testing.assert_array_equal(found[known], 41)
    np.testing.assert_array_equal(found[SECOND & ~known], machine().mean[SECOND & ~known])


def test_a_copied_day_of_the_forecast_is_the_machines() -> None:
    before = apply_overrides(machine(), [layer("percent", 50, **hours(48, 72))]).forecast
    copy = layer("copied_day", copy_from="forecast", copy_day="2026-03-04")
    found = apply_overrides(before, [copy]).forecast.mean
    np.testing.assert_array_equal(found[SECOND], before.mean[OPEN & (GRID.day_of_slot == 2)])
    stacked = apply_overrides(machine(), [layer("percent", 50, **hours(48, 72)), copy]).forecast.mean
    np.testing.assert_array_equal(stacked[SECOND], machine().mean[OPEN & (GRID.day_of_slot == 2)])


def test_a_copied_day_does_not_see_beyond_the_origin() -> None:
    with pytest.raises(InvalidData, match="a day with known calls before the origin"):
        apply_overrides(machine(), [layer("copied_day", copy_day="2026-03-04")], past())
    today = apply_overrides(machine(), [layer("copied_day", copy_day="2026-03-02")], past(41)).forecast.mean[0]
    assert (today[32:36] == 41).all()
    assert not (today[36:44] == 41).any()


def test_layers_act_in_order_and_switched_off_ones_do_not() -> None:
    double, plus = layer("percent", 100, order=2), layer("absolute", 10, order=1)
    before, stack = machine(), apply_overrides(machine(), [double, plus])
    assert [o.id for o in stack.overrides] == ["absolute", "percent"]
    np.testing.assert_allclose(stack.forecast.mean[SECOND], (before.mean[SECOND] + 10) * 2)
    swapped = apply_overrides(before, [double.model_copy(update={"order": 0}), plus]).forecast
    np.testing.assert_allclose(swapped.mean[SECOND], before.mean[SECOND] * 2 + 10)
    off = [o.model_copy(update={"active": False}) for o in (double, plus)]
    assert apply_overrides(before, off).forecast is before


def test_equal_orders_act_as_they_were_made() -> None:
    late = layer("set", 5, id="a", made_at=ORIGIN + timedelta(hours=1))
    early = layer("set", 9, id="b")
    assert (apply_overrides(machine(), [late, early]).forecast.mean[SECOND] == 5).all()


def test_the_stack_is_one_table() -> None:
    stack = apply_overrides(machine(), [layer("percent", 10), layer("absolute", 3)])
    frame = stack.to_frame()
    assert list(frame.columns) == ["queue", "timestamp", "machine", "effect_absolute", "effect_percent", "mean"]
    np.testing.assert_allclose(frame["machine"] + frame["effect_absolute"] + frame["effect_percent"], frame["mean"])


def test_unknown_queues_are_all_said() -> None:
    with pytest.raises(InvalidData) as caught:
        apply_overrides(machine(), [layer("set", 1, queues=("x", "a")), layer("min", 1, queues=("y",))])
    assert [finding.read for finding in caught.value.findings] == ["'y'", "'x'"]


def read(tmp_path: Path, *rows: str) -> tuple[Override, ...]:
    path = tmp_path / "overrides.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return read_overrides(path, ("a", "b"))


def test_overrides_come_back(tmp_path: Path) -> None:
    all_kinds = (
        layer("percent", 12.5, queues=("a", "b"), cause="campaign", active=False, order=3),
        layer("copied_day", copy_day=date(2026, 2, 24), copy_from="history"),
        layer("daily_total", 0),
    )
    write_overrides(all_kinds, tmp_path / "overrides.csv")
    assert read_overrides(tmp_path / "overrides.csv", ("a", "b")) == all_kinds


def test_every_finding_is_told_at_once_with_its_row(tmp_path: Path) -> None:
    back = ",".join(reversed(RANGE.split(",")))
    with pytest.raises(InvalidData) as caught:
        read(
            tmp_path,
            f"fine,percent,5,,,{RANGE},,,,{MADE}",
            f"empty,percent,5,,,{back},,,,{MADE}",
            f"stranger,set,5,,,{RANGE},a;x;y,,,{MADE}",
            f"bare,min,,,,{RANGE},,,,{MADE}",
            f"below,set,-4,,,{RANGE},,,,{MADE}",
            f"less,percent,-120,,,{RANGE},,,,{MADE}",
            f"copy,copied_day,,,,{RANGE},,,,{MADE}",
            f"both,set,4,,2026-02-02,{RANGE},,,,{MADE}",
            f"typo,double,4,,,{RANGE},,,,{MADE}",
        )
    places = [(finding.row, finding.column, finding.read) for finding in caught.value.findings]
    assert places == [
        (3, "end", "'2026-03-03T00:00+00:00'"),
        (4, "queues", "'x'"),
        (4, "queues", "'y'"),
        (5, "value", "nothing"),
        (6, "value", "'-4'"),
        (7, "value", "'-120'"),
        (8, "copy_day", "nothing"),
        (9, "copy_day", "'2026-02-02'"),
        (10, "kind", "'double'"),
    ]


def test_an_id_stands_once_and_a_missing_column_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="rows 2 and 3"):
        read(tmp_path, *[f"one,percent,5,,,{RANGE},,,,{MADE}"] * 2)
    (tmp_path / "overrides.csv").write_text("id,kind\none,set\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="a column made_at") as caught:
        read_overrides(tmp_path / "overrides.csv", ("a",))
    assert {finding.row for finding in caught.value.findings} == {1}
