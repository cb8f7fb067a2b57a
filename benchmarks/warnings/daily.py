"""The KPI centre: chance that a day's service falls below what its own last months reached, against its real service.

Staff is not known. Each past day is read as one queue in its steady state over the hours of opening, and its staff is the
number that would have given the service it had; staff ahead is the median of the last days of that weekday. What a day's staff
strays from that median is in neither chance of the warnings; the third chance averages over it.
"""

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.forecasting.datasets import kpi
from benchmarks.forecasting.protocol import Feed
from benchmarks.warnings.looks import look
from benchmarks.warnings.pairs import Pairs, joined, scores
from data.model.base import FloatArray
from data.model.centre import ServiceTarget
from data.model.demand import Forecast
from optimizer.response.warning.warn import exceedance, rate_quantiles, rates_at
from optimizer.staffing.queueing import evaluate, largest_rate
from optimizer.staffing.realised import NODES, realised_miss_chance

OPEN_S = 10 * 3600.0
"""Seconds a day in which calls are taken (house choice; the data do not say)."""
FIRST_LOOK, STRIDE, AHEAD = 365, 3, 29
LEADS = {"1 day": (1, 1), "3 days": (2, 4), "7 days": (5, 9), "14 days": (12, 16), "28 days": (26, 28)}
STAFF_DAYS, TARGET_DAYS = 56, 180
"""Days before a look from which staff, and from which target, handle time and patience are read (house choice)."""
MOST = 80
"""Agents beyond which staff is not told apart."""
KINDS = ("expected", "realised", "spread")


def table_of(data: Path) -> pd.DataFrame:
    """Daily figures, indexed by day."""
    return pd.read_csv(data / kpi.FILE, parse_dates=["date"]).assign(date=lambda rows: rows["date"].dt.date).set_index("date")


def staff_of(rows: pd.DataFrame, patience: float) -> FloatArray:
    """Agents on the phones who would have given each day the service it had, in its steady state."""
    heads = np.arange(MOST)
    rates = rows["incoming"].to_numpy(dtype=np.float64)[:, None] / OPEN_S
    service = evaluate(heads, rates, rows["avg_talk_s"].to_numpy(dtype=np.float64)[:, None], patience, 20.0).service_level
    real = rows["service_level_20s"].to_numpy(dtype=np.float64)
    return np.array([np.interp(each, levels, heads) for each, levels in zip(real, service, strict=True)])


class Known(NamedTuple):
    """Handle time and patience (s), and the target."""

    handle: float
    patience: float
    target: ServiceTarget


def realised(staff: FloatArray, quantiles: FloatArray, known: Known) -> FloatArray:
    """Chance that a day misses, by agents on the phones and quantiles of its call rate."""
    handle, patience = (np.full(staff.shape, each) for each in (known.handle, known.patience))
    return realised_miss_chance(staff, rates_at(quantiles, NODES) / OPEN_S, handle, patience, OPEN_S, known.target)


def pairs_of(rows: pd.DataFrame, made: Forecast, at: date) -> dict[str, dict[str, Pairs]]:
    """Chances of one look at the days ahead, by lead time and kind."""
    past = rows[rows.index < at].tail(TARGET_DAYS)
    target = ServiceTarget(service_level=float(past["service_level_20s"].median()))
    patience = float((past["avg_speed_answer_s"] * past["incoming"]).sum() / max(past["abandoned"].sum(), 1))
    handle = float(past["avg_talk_s"].median())
    near = past.tail(STAFF_DAYS)
    heads, weekday = staff_of(near, patience), np.array([day.weekday() for day in near.index])
    days = [day for day in made.grid.horizon.dates if day in rows.index and day > at]
    quantiles = rate_quantiles(made.quantiles[0, [made.grid.horizon.index(day) for day in days]])
    likely = [heads[weekday == day.weekday()] for day in days]
    known = Known(handle, patience, target)
    staff = np.array([np.median(each) for each in likely])
    bears = largest_rate(staff, handle, patience, target) * OPEN_S
    spread = [
        realised(each, np.broadcast_to(q, (each.size, q.size)), known).mean() for each, q in zip(likely, quantiles, strict=True)
    ]
    chances = dict(zip(KINDS, (exceedance(bears, quantiles), realised(staff, quantiles, known), np.array(spread)), strict=True))
    missed = rows.loc[days, "service_level_20s"].to_numpy() < target.service_level
    ahead, ordinals = np.array([(day - at).days for day in days]), np.array([day.toordinal() for day in days])
    found = dict[str, dict[str, Pairs]]()
    for name, (first, last) in LEADS.items():
        part = (ahead >= first) & (ahead <= last)
        looked = np.full(int(part.sum()), at.toordinal())
        found[name] = {kind: Pairs(chances[kind][part], missed[part], looked, ordinals[part]) for kind in KINDS}
    return found


def back_test(data: Path, last: int | None = None, cache: Path | None = None) -> dict[str, Any]:
    """Scores of the chances by lead time."""
    source: Feed = next(iter(kpi.feeds(data, ())))
    rows = table_of(data)
    looks = [look(source, day, 0, AHEAD, cache) for day in source.dates[FIRST_LOOK::STRIDE][:last]]
    every = [pairs_of(rows, each.made, each.at.date()) for each in looks]
    chances = {name: {kind: scores(joined(found[name][kind] for found in every)) for kind in KINDS} for name in LEADS}
    days = [str(looks[0].at.date()), str(source.dates[-1])]
    return {"looks": len(looks), "days": days, "forecast_cpu_s": sum(each.seconds for each in looks), "chances": chances}
