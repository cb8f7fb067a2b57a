"""The warnings against real calls: one day ahead at the bank of 2003, few looks (the whole is `benchmarks.warnings`)."""

import os
from pathlib import Path

import pytest

from benchmarks.warnings import bank

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="module")
def found():
    if not (DATA / bank.FILE).is_file():
        pytest.skip(f"no {bank.FILE}: set ECHELON_BENCH_DATA to the folder of public data")
    return bank.back_test(bank.feed(DATA / bank.FILE, closes=bank.CLOSES), stride=8, last=10)


def test_a_chance_of_one_to_seven_days_ahead_is_as_often_true_as_it_says(found):
    for lead in ("1 day", "3 days", "7 days"):
        for kind in bank.KINDS:
            score = found["chances"][lead][kind]
            assert abs(score["chance"] - score["rate"]) < 0.1, (lead, kind)
            assert score["skill"] > 0.15, (lead, kind)
            assert score["reliability"] < 0.15**2, (lead, kind)


def test_who_is_told_that_a_slot_is_safe_or_lost_may_rely_on_it(found):
    bins = found["chances"]["7 days"]["count"]["bins"]
    rate = {each["chance"] < 0.5: each["misses"] / each["count"] for each in (bins[0], bins[-1])}
    assert rate[True] < 0.2
    assert rate[False] > 0.8


def test_forecasts_hold_what_their_quantiles_promise(found):
    for lead in ("1 day", "3 days", "7 days"):
        assert 0.7 < found["forecasts"][lead]["coverage80"] < 0.93, lead


def test_warnings_are_seldom_in_vain_and_blue_comes_days_ahead(found):
    levels = {each["level"]: each for each in found["levels"]["realised"]}
    assert levels["blue"]["false_alarms"] <= 0.3 * levels["blue"]["warnings"]
    assert levels["blue"]["lead_hours"][1] > 24
    assert levels["red"]["slots"] - levels["red"]["foreseen"] < 0.1 * levels["red"]["slots"]
