"""The law of outages: a fit of what was drawn gives the law back, and the records give the defaults."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.model.time import Horizon
from forecasting.outage_law import MAJOR_OUTAGES, MOST_HOURS, CauseLaw, OutageLaw, draw_outages, fit_outage_law

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDS = DATA / "outages" / "major_outages.csv"
YEAR = Horizon(zone="Asia/Shanghai", first=date(2026, 1, 1), days=365)
STORM = CauseLaw(
    cause="storm", month_rate=(0.5,) * 6 + (1.5,) * 6, log_share_mean=-4.0, log_share_sd=0.8, log_hours_mean=1.5,
    log_hours_sd=0.6, correlation=0.5,
)  # fmt: skip
LAW = OutageLaw(dispersion=2.0, causes=(STORM,))


def drawn(law: OutageLaw, years: int) -> pd.DataFrame:
    """Records as the file has them, an area each year."""
    random, rows = np.random.default_rng(7), list[dict[str, object]]()
    for area in range(years):
        rows += [
            {
                "state": area,
                "year": 2026,
                "month": outage.start.month,
                "cause": outage.name,
                "customers_affected": outage.customers,
                "total_customers": 1e6,
                "duration_min": outage.hours * 60,
            }
            for outage in draw_outages(law, YEAR, 1e6, "fault", random)
        ]
    return pd.DataFrame(rows)


def test_a_fit_of_what_was_drawn_gives_the_law_back() -> None:
    years = 500
    found = fit_outage_law(drawn(LAW, years))
    (cause,) = found.causes
    assert found.dispersion == pytest.approx(LAW.dispersion, rel=0.2)
    # a month's count varies by mean + mean² / dispersion
    for got, rate in zip(cause.month_rate, STORM.month_rate, strict=True):
        assert abs(got - rate) < 4 * np.sqrt((rate + rate**2 / LAW.dispersion) / years)
    for name in ("log_share_mean", "log_share_sd", "log_hours_mean", "log_hours_sd", "correlation"):
        assert getattr(cause, name) == pytest.approx(getattr(STORM, name), abs=0.04), name


def test_outages_lie_in_the_days_and_are_known_from_their_start() -> None:
    for outage in draw_outages(MAJOR_OUTAGES, YEAR, 1e6, "fault", np.random.default_rng(3)):
        assert YEAR.start <= outage.start < YEAR.end
        assert 0 < outage.customers <= 1e6
        assert 0 < outage.hours <= MOST_HOURS
        assert outage.known(outage.start)


def test_shares_of_the_causes_are_of_a_year() -> None:
    shares = MAJOR_OUTAGES.shares()
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=lambda cause: shares[cause]) == "severe weather"


def test_the_defaults_are_the_fit_of_the_records() -> None:
    if not RECORDS.is_file():
        pytest.skip(f"no {RECORDS.name}: set ECHELON_BENCH_DATA to the folder of public data")
    found = fit_outage_law(pd.read_csv(RECORDS))
    assert found.dispersion == pytest.approx(MAJOR_OUTAGES.dispersion, abs=5e-4)
    for got, stated in zip(found.causes, MAJOR_OUTAGES.causes, strict=True):
        assert got.cause == stated.cause
        assert got.month_rate == pytest.approx(stated.month_rate, abs=6e-5)
        assert got.log_share_mean == pytest.approx(stated.log_share_mean, abs=5e-4)
        assert got.log_hours_sd == pytest.approx(stated.log_hours_sd, abs=5e-4)
