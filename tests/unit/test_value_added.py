from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from override_case import GRID, OPEN, START, hours, layer, machine

from data.model.demand import CallHistory
from forecasting.overrides import apply_overrides
from forecasting.score import score
from forecasting.value_added import lead_of_slot, summed, value_added

SECOND = OPEN & (GRID.day_of_slot == 1)


def came(factor: float = 1.2) -> CallHistory:
    """What came: the machine's mean times a factor, each open slot known."""
    offered = np.where(OPEN, machine().mean * factor, np.nan)
    return CallHistory(("a", "b"), GRID, offered, np.full(offered.shape, np.nan))


def test_the_right_override_takes_the_whole_error_away_and_the_wrong_one_doubles_it() -> None:
    error = 0.2 * machine().mean[SECOND].sum()
    for percent, added in ((20, error), (-20, -error), (10, error / 2)):
        row = value_added(apply_overrides(machine(), [layer("percent", percent)]), came()).iloc[0]
        assert row["value_added"] == pytest.approx(added)
        assert row["against_machine"] == pytest.approx(added)
        assert row["error_below"] == pytest.approx(error)
        assert row["slots"] == SECOND.sum()
        assert row["calls"] == pytest.approx(1.2 * machine().mean[SECOND].sum())


def test_layers_add_up_to_the_stack_and_each_is_also_held_against_the_machine() -> None:
    made = apply_overrides(machine(), [layer("percent", 30, order=1), layer("absolute", -8, order=2)])
    found = value_added(made, came())
    calls = 1.2 * machine().mean[SECOND]
    whole = np.abs(calls - machine().mean[SECOND]).sum() - np.abs(calls - made.forecast.mean[SECOND]).sum()
    assert found["value_added"].sum() == pytest.approx(whole)
    alone = np.abs(calls - machine().mean[SECOND]).sum() - np.abs(calls - (machine().mean[SECOND] - 8)).sum()
    assert found["against_machine"].iloc[1] == pytest.approx(alone)
    assert found["value_added"].iloc[1] != pytest.approx(alone)
    assert found["error_above"].iloc[0] == pytest.approx(found["error_below"].iloc[1])


def test_pinball_added_is_the_change_of_the_pinball_loss() -> None:
    made = apply_overrides(machine(), [layer("percent", 20)])
    calls = came().offered[SECOND]
    losses = [score(calls, f.mean[SECOND], f.quantiles[SECOND]).pinball * SECOND.sum() for f in (machine(), made.forecast)]
    assert value_added(made, came())["pinball_added"].iloc[0] == pytest.approx(losses[0] - losses[1])
    assert losses[0] > losses[1]


def test_unknown_calls_and_slots_that_had_begun_earn_nothing() -> None:
    gaps = came().offered.copy()
    gaps[0] = np.nan
    known = replace(came(), offered=gaps)
    made = apply_overrides(machine(), [layer("percent", 20)])
    assert value_added(made, known)["slots"].sum() == SECOND[1].sum()
    late = layer("percent", 20, made_at=START + timedelta(hours=38, minutes=10))
    found = value_added(apply_overrides(machine(), [late]), came())
    assert found["slots"].sum() == (SECOND & (np.arange(GRID.size) >= 39)).sum()
    hindsight = layer("percent", 20, made_at=START + timedelta(days=9))
    assert value_added(apply_overrides(machine(), [hindsight]), came()).empty
    assert value_added(made, came(), SECOND & False).empty


def test_lead_time_is_counted_in_local_days_from_when_it_was_made() -> None:
    names = {days: lead_of_slot(GRID, START - timedelta(days=days) + timedelta(hours=23))[0] for days in (0, 1, 2, 7, 8, 28, 29)}
    assert names == {0: 0, 1: 1, 2: 2, 7: 2, 8: 3, 28: 3, 29: 4}
    found = value_added(apply_overrides(machine(), [layer("percent", 20, **hours(0, 72))]), came())
    assert found["lead"].tolist() == ["same day", "1 day", "2-7 days"]


def test_value_is_summed_by_author_cause_and_lead() -> None:
    layers = [
        layer("percent", 20, author="Li", cause="campaign"),
        layer("absolute", 50, author="Wang", cause="outage", **hours(48, 72)),
        layer("min", 200, author="Li", cause="outage", **hours(48, 60)),
    ]
    found = value_added(apply_overrides(machine(), layers), came())
    by_author = summed(found, ["author"]).set_index("author")
    assert by_author["value_added"].sum() == pytest.approx(found["value_added"].sum())
    assert set(by_author.index) == {"Li", "Wang"}
    assert set(summed(found, ["cause"])["cause"]) == {"campaign", "outage"}
    assert summed(found[found["override"] == "percent"], ["author", "lead"])["share"].tolist() == pytest.approx([1.0])


def test_no_override_no_row() -> None:
    found = value_added(apply_overrides(machine(), []), came())
    assert summed(found, ["author"]).empty
