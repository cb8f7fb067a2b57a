"""A centre known by its daily figures: chance that a day's service falls below its target, against its real service.

The KPI centre of the public data is one, any other file with such figures (`COLUMNS`) another. Without a stated target it is what
the centre's own last months reached.

Staff is not known, or not what it is worth. Each past day is read as one queue in its steady state over the hours of opening, and
its staff is the number that would have given the service it had; staff ahead is the median of the last days of that weekday. What
a day's staff strays from that median is in neither chance of the warnings; the third chance averages over it. Where the file names
the staff, that of the days ahead is known, and a head is worth what heads of the past days were worth by the service they gave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.forecasting.datasets._daily import daily_feed
from benchmarks.warnings.looks import look
from benchmarks.warnings.pairs import Pairs, joined, level_figures, scores
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.calendar import Calendar
from data.model.centre import ServiceTarget
from data.model.demand import Forecast
from data.model.errors import Finding, InvalidData
from data.model.response import WarningLadder, WarningLevel
from optimizer.response.warning.scoring import LevelScore, level_scores
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
FAR, APART, LEAST_DAYS, FIRST_DAYS = 0.75, 7, 2, 3
"""A collapse (house choice): service below this share of the target, on days no farther apart, so many at least; and of how many
of its first days a warning must have been."""

COLUMNS = {
    "offered": ("incoming", "calls"),
    "abandoned": (),
    "service_level": ("service_level_20s",),
    "handle_s": ("avg_talk_s",),
    "wait_s": ("avg_speed_answer_s",),
    "staff": (),
}
"""Columns beside `date`, and by which other names they are read; service level as a share, times in seconds."""
USUAL = {"handle_s": 240.0, "wait_s": 20.0}
"""What is supposed where a file has no such column: mean handle time and mean wait (house choice)."""


def table_of(path: Path) -> pd.DataFrame:
    """Daily figures by the names of `COLUMNS`, indexed by day; days without calls or service are left out.

    Raises
    ------
    InvalidData
        Every column that is missing, and shares that are none.
    """
    rows = pd.read_csv(path)
    rows = rows.rename(columns={theirs: ours for ours, others in COLUMNS.items() for theirs in others})
    needed = ("offered", "abandoned", "service_level")
    findings = [Finding(path.name, 1, name, "no such column", "a column") for name in ("date", *needed) if name not in rows]
    if not findings and not rows["service_level"].dropna().between(0, 1).all():
        findings.append(Finding(path.name, None, "service_level", "a value beyond 0 to 1", "shares, 0.8 = 80 %"))
    if findings:
        raise InvalidData(findings)
    rows = rows.assign(
        date=pd.to_datetime(rows["date"]).dt.date, **{name: value for name, value in USUAL.items() if name not in rows}
    )
    return rows.set_index("date").sort_index().dropna(subset=[*needed, *USUAL]).query("offered > 0")


def staff_of(rows: pd.DataFrame, patience: float) -> FloatArray:
    """Agents on the phones who would have given each day the service it had, in its steady state."""
    heads = np.arange(MOST)
    rates = rows["offered"].to_numpy(dtype=np.float64)[:, None] / OPEN_S
    service = evaluate(heads, rates, rows["handle_s"].to_numpy(dtype=np.float64)[:, None], patience, 20.0).service_level
    real = rows["service_level"].to_numpy(dtype=np.float64)
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


@dataclass(frozen=True, eq=False)
class Said:
    """What a look says of the days ahead, and what came; arrays of shape (days,)."""

    at: date
    days: tuple[date, ...]
    target: float
    chances: dict[str, FloatArray]
    missed: BoolArray

    def pairs(self, lead: str, kind: str) -> Pairs:
        """Chances of a lead time."""
        first, last = LEADS[lead]
        ahead, ordinals = (np.array([of(day) for day in self.days]) for of in (lambda day: (day - self.at).days, date.toordinal))
        part = (ahead >= first) & (ahead <= last)
        looked = np.full(int(part.sum()), self.at.toordinal())
        return Pairs(self.chances[kind][part], self.missed[part], looked, ordinals[part])

    def levels(self, kind: str) -> IntArray:
        """Level that the house ladder gives each day by its chance; a day counts alone."""
        ladder, hours = WarningLadder(), np.array([24 * (day - self.at).days for day in self.days])
        allowed = np.sum(hours[:, None] <= np.array(ladder.look_ahead_hours), axis=1)
        return np.minimum(np.searchsorted(ladder.chance, self.chances[kind], side="right"), allowed)


def said(rows: pd.DataFrame, made: Forecast, at: date, stated: float | None = None) -> Said:
    """Chances of one look at the days ahead.

    Parameters
    ----------
    stated : float or None
        Target of the service level; None = the median of the last `TARGET_DAYS`.
    """
    past = rows[rows.index < at].tail(TARGET_DAYS)
    target = ServiceTarget(service_level=stated or float(past["service_level"].median()))
    patience = float((past["wait_s"] * past["offered"]).sum() / max(past["abandoned"].sum(), 1))
    known = Known(float(past["handle_s"].median()), patience, target)
    days = tuple(day for day in made.grid.horizon.dates if day in rows.index and day > at)
    quantiles = rate_quantiles(made.quantiles[0, [made.grid.horizon.index(day) for day in days]])
    likely = _likely(rows, past.tail(STAFF_DAYS), days, patience)
    staff = np.array([np.median(each) for each in likely])
    bears = largest_rate(staff, known.handle, patience, target) * OPEN_S
    spread = [
        realised(each, np.broadcast_to(q, (each.size, q.size)), known).mean() for each, q in zip(likely, quantiles, strict=True)
    ]
    chances = dict(zip(KINDS, (exceedance(bears, quantiles), realised(staff, quantiles, known), np.array(spread)), strict=True))
    missed = rows.loc[list(days), "service_level"].to_numpy() < target.service_level
    return Said(at, days, target.service_level, chances, missed)


def _likely(rows: pd.DataFrame, near: pd.DataFrame, days: Sequence[date], patience: float) -> list[FloatArray]:
    """Agents on the phones whom each day may have: those of its weekday of late, or its own staff as worth as that of late was."""
    heads = staff_of(near, patience)
    if "staff" in rows:
        worth = heads / near["staff"].to_numpy(dtype=np.float64)
        return [worth[np.isfinite(worth)] * float(rows.loc[day, "staff"]) for day in days]
    weekday = np.array([day.weekday() for day in near.index])
    return [heads[weekday == day.weekday()] if day.weekday() in weekday else heads for day in days]


def levels_of(every: Sequence[Said], rows: pd.DataFrame, kind: str) -> list[LevelScore]:
    """Levels of all looks by a chance, against the days that missed; a day that no look judged is left out."""
    days = list(rows.index[rows.index > every[0].at])
    levels, missed = np.zeros((len(every), len(days)), dtype=np.int64), np.full(len(days), np.nan)
    place = {day: k for k, day in enumerate(days)}
    for k, one in enumerate(every):
        at = [place[day] for day in one.days]
        levels[k, at], missed[at] = one.levels(kind), one.missed
    starts, looked = (24 * 60.0 * np.array([day.toordinal() for day in of]) for of in (days, [one.at for one in every]))
    return level_scores(levels, looked, starts, missed, 24 * 60.0)


def collapses(every: Sequence[Said], rows: pd.DataFrame, kind: str) -> Iterator[dict[str, Any]]:
    """Runs of days with service far under the target, each with what was said before it.

    A day is judged by the target of the last look before it. Days ahead count from the first look that warned of one of its first
    `FIRST_DAYS` days to the first day of the collapse.
    """
    targets = {day: one.target for one in every for day in one.days}
    far = [day for day in rows.index if day in targets and rows.loc[day, "service_level"] < FAR * targets[day]]
    for run in _runs(far):
        told = [(one.at, max(_of(one, kind, run[:FIRST_DAYS]), default=0)) for one in every if one.at <= run[0]]
        service = rows.loc[list(run), "service_level"]
        yield {
            "first": str(run[0]),
            "last": str(run[-1]),
            "days": len(run),
            "target": targets[run[0]],
            "worst": float(service.min()),
            "ahead": {
                level.name.lower(): max(((run[0] - at).days for at, said in told if said >= level), default=None)
                for level in list(WarningLevel)[1:]
            },
        }


def _of(one: Said, kind: str, days: Sequence[date]) -> list[int]:
    """Levels that a look gives some days."""
    return [int(level) for day, level in zip(one.days, one.levels(kind), strict=True) if day in days]


def _runs(days: Sequence[date]) -> Iterator[tuple[date, ...]]:
    """Days no farther apart than `APART`, as runs of at least `LEAST_DAYS`."""
    cuts = [k for k in range(1, len(days)) if (days[k] - days[k - 1]).days > APART]
    for first, end in pairwise([0, *cuts, len(days)]):
        if end - first >= LEAST_DAYS:
            yield tuple(days[first:end])


def back_test(
    path: Path, last: int | None = None, cache: Path | None = None, *, target: float | None = None, stride: int = STRIDE
) -> dict[str, Any]:
    """Scores of the chances by lead time, levels and collapses.

    Parameters
    ----------
    path : Path
        A file with `COLUMNS`.
    last : int or None
        No more days of looks than this.
    target : float or None
        As in `said`.
    stride : int
        Days from one look to the next.
    """
    rows = table_of(path)
    source = daily_feed(path.stem.removesuffix(".csv"), path.stem, rows["offered"].astype(np.float64), Calendar())
    looks = [look(source, day, 0, AHEAD, cache) for day in source.dates[min(FIRST_LOOK, len(rows) // 2) :: stride][:last]]
    every = [one for each in looks if (one := said(rows, each.made, each.at.date(), target)).days]
    chances = {name: {kind: scores(joined(one.pairs(name, kind) for one in every)) for kind in KINDS} for name in LEADS}
    return {
        "looks": len(looks),
        "days": [str(looks[0].at.date()), str(source.dates[-1])],
        "forecast_cpu_s": sum(each.seconds for each in looks),
        "chances": chances,
        "levels": {kind: [level_figures(each) for each in levels_of(every, rows, kind)] for kind in KINDS},
        "collapses": {kind: list(collapses(every, rows, kind)) for kind in KINDS},
    }
