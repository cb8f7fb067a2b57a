"""The simulator against a real centre: January fits, February is replayed (Technion's Anonymous Bank, 1999)."""

import os
from pathlib import Path

import numpy as np
import pytest

from data.exchange.call_records import ANONYMOUS_BANK_HEAD_STARTS, read_anonymous_bank
from optimizer.staffing.calibration import calibrate, fit

ARRIVALS = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "arrivals"


def month(number):
    path = ARRIVALS / f"calls_1999-{number:02d}.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    return read_anonymous_bank(path)


@pytest.fixture(scope="module")
def january():
    return month(1)


@pytest.fixture(scope="module")
def february():
    return month(2)


@pytest.fixture(scope="module")
def fits(january):
    return fit(january, head_starts=ANONYMOUS_BANK_HEAD_STARTS)


@pytest.fixture(scope="module")
def replayed(february, fits):
    return calibrate(february, fits)


def test_the_records_are_those_described(january, february):
    assert [sum(entry.rows for entry in month.left_out) + month.size for month in (january, february)] == [31_599, 33_344]
    for records, wait, service in ((january, 68, 194), (february, 76, 187)):
        waited = records.wait_s > 0
        assert records.wait_s[waited].mean() == pytest.approx(wait, abs=1)
        assert np.nanmean(records.handle_s[records.queue == records.queues.index("PS")]) == pytest.approx(service, abs=1)
        assert (~records.answered[waited]).mean() == pytest.approx({68: 0.182, 76: 0.215}[wait], abs=0.006)


def test_patience_is_many_times_the_wait_of_those_who_hung_up(january, fits):
    patience = {each.queue: each.patience for each in fits.queues}
    lost = january.take(~january.answered).of("PS").wait_s
    assert patience["PS"].method == patience["NW"].method == "hyperexponential"
    assert patience["PS"].mean_s > 5 * lost.mean()
    assert patience["PS"].hazard_patience_s == pytest.approx(414, rel=0.02)
    assert patience["NW"].hazard_patience_s == pytest.approx(184, rel=0.02)
    assert patience["PE"].method == "none"


def test_an_idle_seat_is_ready_about_half_of_the_time_in_both_months(fits, february):
    ready = [each.availability for each in (fits, fit(february))]
    assert [each.idle_share for each in ready] == pytest.approx([0.48, 0.46], abs=0.02)
    assert [each.away_share * each.away_s for each in ready] == pytest.approx([20, 25], abs=2)
    assert [each.pick_up_s for each in ready] == pytest.approx([5, 5], abs=0.3)


def test_february_is_met_by_what_january_says(replayed):
    errors = {each.measure: each for each in replayed.errors}
    assert errors["service_level"].mae < 0.065
    assert errors["abandon_rate"].mae < 0.022
    assert errors["mean_wait_s"].mae < 0.15 * errors["mean_wait_s"].real
    assert abs(errors["mean_wait_s"].bias) < 2
    assert replayed.health in ("good", "fair")


def test_good_and_bad_days_are_told_apart(replayed):
    real, simulated = replayed.by_day()
    held = real.offered > 0
    assert held.sum() == 28
    for measure in ("service_level", "abandon_rate", "mean_wait_s"):
        assert np.corrcoef(getattr(real, measure)[held], getattr(simulated, measure)[held])[0, 1] > 0.9
