"""The law of major outages against its records: counts of a month, sizes and durations, quantile by quantile.

Repeat: ``python -m benchmarks.outage_law major_outages.csv --table docs/benchmarks/outages.md``
"""

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.markdown import put, table
from data.model.time import Horizon
from forecasting.outage_law import OutageLaw, draw_outages, fit_outage_law

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
AREAS = 400
FIRST, DAYS = date(2000, 1, 1), 3653


def drawn(law: OutageLaw, seed: int) -> pd.DataFrame:
    """Outages of many areas in ten years, as shares of the customers and hours."""
    random, horizon = np.random.default_rng(seed), Horizon(zone="UTC", first=FIRST, days=DAYS)
    rows = [
        (area, outage.start.year * 12 + outage.start.month, outage.name, outage.customers, outage.hours)
        for area in range(AREAS)
        for outage in draw_outages(law, horizon, 1.0, "any", random)
    ]
    return pd.DataFrame(rows, columns=["state", "month", "cause", "share", "hours"])


def recorded(path: Path) -> pd.DataFrame:
    """Records with customers without supply."""
    found = pd.read_csv(path)
    found = found[(found["customers_affected"] > 0) & found["month"].notna()]
    share, hours = (
        found["customers_affected"] / found["total_customers"],
        found["duration_min"].where(found["duration_min"] > 0) / 60,
    )
    return found.assign(share=share.clip(upper=1), hours=hours, month=found["year"] * 12 + found["month"])


def sizes(records: pd.DataFrame, draws: pd.DataFrame, law: OutageLaw) -> str:
    """Quantiles of size and duration by cause."""
    known = {cause.cause for cause in law.causes}
    named = records["cause"].where(records["cause"].isin(known), "other")
    rows = [
        (cause.cause, name, kind, *(f"{frame[column].dropna().quantile(level):.{digits}g}" for level in LEVELS))
        for cause in law.causes
        for column, name, digits in (("share", "share of customers", 2), ("hours", "hours", 3))
        for kind, frame in (("records", records[named == cause.cause]), ("law", draws[draws["cause"] == cause.cause]))
    ]
    return table(("cause", "of", "", *(f"{level:.0%}" for level in LEVELS)), rows, words=3)


def counts(records: pd.DataFrame, draws: pd.DataFrame, states: int, months: int) -> str:
    """Share of area-months with so many outages."""
    shown = range(5)
    rows = []
    for name, frame, areas, long in (("records", records, states, months), ("law", draws, AREAS, 120)):
        each = frame.groupby(["state", "month"]).size()
        empty = 1 - len(each) / (areas * long)
        mean, square = len(frame) / (areas * long), float((each**2).sum()) / (areas * long)
        shares = [empty, *((each == count).sum() / (areas * long) for count in shown[1:])]
        rows.append((name, *(f"{share:.2%}" for share in shares), f"{mean:.4f}", f"{(square - mean**2) / mean:.2f}"))
    return table(("", *map(str, shown), "mean", "variance / mean"), rows)


def main() -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path)
    parser.add_argument("--table", type=Path, required=True)
    asked = parser.parse_args()
    all_records, records = pd.read_csv(asked.records), recorded(asked.records)
    law = fit_outage_law(all_records)
    draws = drawn(law, seed=1)
    month = all_records["year"] * 12 + all_records["month"]
    put(asked.table, "SIZES", sizes(records, draws, law))
    put(asked.table, "COUNTS", counts(records, draws, all_records["state"].nunique(), int(month.max() - month.min()) + 1))


if __name__ == "__main__":
    main()
