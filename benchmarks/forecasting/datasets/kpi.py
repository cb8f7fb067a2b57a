"""Daily incoming calls of a centre, January 2020 to February 2022; the country is not known."""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecasting.datasets._daily import daily_feed
from benchmarks.forecasting.protocol import Feed
from data.model.calendar import Calendar

FILE = "arrivals/kpi_centre_daily_dev.csv"


def feeds(folder: Path, minutes: Collection[int]) -> Iterator[Feed]:  # noqa: ARG001 - daily only
    """The one feed."""
    table = pd.read_csv(folder / FILE, parse_dates=["date"])
    counts = pd.Series(table["incoming"].to_numpy(dtype=np.float64), index=table["date"].dt.date)
    yield daily_feed("kpi", "KPI centre", counts, Calendar())
