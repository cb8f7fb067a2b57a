"""How often an area loses supply, of how many customers and for how long: a law to draw outages from, and its fit.

Outages come in clusters: the rates of a month share one Gamma factor, so that its counts are negative binomial. Size and duration
of one outage are lognormal together, by cause. Only major outages stand in the records (in the United States from about 50,000
customers on): of small ones this law says nothing.

References
----------
Mukherjee, Nateghi, Hastak, Data on major power outage events in the continental U.S., Data in Brief 19 (2018),
doi:10.1016/j.dib.2018.06.067.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import pandas as pd
from pydantic import Field

from data.model.base import Frozen, IntArray
from data.model.outage import Outage
from data.model.time import Horizon

LEAST_RECORDS = 50
"""Records with size and duration from which a cause has a law of its own; the others are one (house choice)."""

OTHER = "other"
MOST_SHARE = 1.0
MOST_HOURS = 720.0
"""An outage is over after a month at the latest (house choice; 99 % of the records are)."""

Months = tuple[float, float, float, float, float, float, float, float, float, float, float, float]


class CauseLaw(Frozen):
    """Outages of one cause.

    Parameters
    ----------
    month_rate : tuple of float
        Outages expected in one area in January, February ...
    log_share_mean, log_share_sd : float
        Of the log of the share of the area's customers without supply.
    log_hours_mean, log_hours_sd : float
        Of the log of the hours until all have it again.
    correlation : float
        Between the two logs, in [-1, 1].
    """

    cause: str
    month_rate: Months
    log_share_mean: float
    log_share_sd: float = Field(ge=0)
    log_hours_mean: float
    log_hours_sd: float = Field(ge=0)
    correlation: float = Field(ge=-1, le=1)


class OutageLaw(Frozen):
    """Outages of one area, the size of a state.

    Parameters
    ----------
    dispersion : float
        Size of the negative binomial of the counts of a month: their variance is ``mean + mean**2 / dispersion``.
    """

    dispersion: float = Field(gt=0)
    causes: tuple[CauseLaw, ...]

    def shares(self) -> dict[str, float]:
        """Share of each cause in the outages of a year."""
        rates = {law.cause: sum(law.month_rate) for law in self.causes}
        return {cause: rate / sum(rates.values()) for cause, rate in rates.items()}


MAJOR_OUTAGES = OutageLaw(
    dispersion=0.131,
    causes=(
        CauseLaw(
            cause="severe weather",
            month_rate=(0.0588, 0.0682, 0.0329, 0.0482, 0.0565, 0.1176, 0.1012, 0.0963, 0.0675, 0.0750, 0.0462, 0.0813),
            log_share_mean=-3.630,
            log_share_sd=1.181,
            log_hours_mean=3.448,
            log_hours_sd=1.512,
            correlation=0.170,
        ),
        CauseLaw(
            cause="other",
            month_rate=(0.0035, 0.0129, 0.0059, 0.0071, 0.0047, 0.0188, 0.0141, 0.0088, 0.0050, 0.0075, 0.0037, 0.0100),
            log_share_mean=-7.182,
            log_share_sd=3.539,
            log_hours_mean=1.000,
            log_hours_sd=1.796,
            correlation=0.059,
        ),
        CauseLaw(
            cause="system operability disruption",
            month_rate=(0.0047, 0.0106, 0.0129, 0.0118, 0.0106, 0.0153, 0.0059, 0.0125, 0.0000, 0.0050, 0.0037, 0.0063),
            log_share_mean=-4.834,
            log_share_sd=2.044,
            log_hours_mean=1.299,
            log_hours_sd=1.411,
            correlation=0.239,
        ),
    ),
)
"""What `fit_outage_law` makes of the 1,534 records of 2000 to 2016, 879 of them with customers without supply
(docs/benchmarks/outages.md)."""


def fit_outage_law(records: pd.DataFrame) -> OutageLaw:
    """The law of an area drawn at random from the records.

    Parameters
    ----------
    records : frame
        ``state, year, month, cause, customers_affected, total_customers, duration_min``; rows without customers affected are left
        out, those without a duration tell of counts alone.
    """
    felt = records[(records["customers_affected"] > 0) & records["month"].notna()]
    sized = felt[(felt["duration_min"] > 0) & (felt["total_customers"] > 0)]
    counts = sized["cause"].value_counts()
    own = counts[counts >= LEAST_RECORDS].index
    named, sized_named = (frame["cause"].where(frame["cause"].isin(own), OTHER) for frame in (felt, sized))
    months = _year_months(records)
    areas = records["state"].nunique()
    laws = tuple(
        _cause(
            cause,
            felt[named == cause],
            sized[sized_named == cause],
            (np.bincount(months % 12, minlength=12) * areas).astype(np.int64),
        )
        for cause in named.value_counts().index
    )
    return OutageLaw(dispersion=_dispersion(felt, months, areas), causes=laws)


def _year_months(frame: pd.DataFrame) -> IntArray:
    """Every month from the first to the last of the records, counted from year 0."""
    at = (frame["year"] * 12 + frame["month"] - 1).dropna().astype(np.int64)
    return np.arange(at.min(), at.max() + 1)


def _cause(cause: str, felt: pd.DataFrame, sized: pd.DataFrame, area_months: IntArray) -> CauseLaw:
    rates = np.bincount(felt["month"].astype(np.int64) - 1, minlength=12) / area_months
    share = np.log((sized["customers_affected"] / sized["total_customers"]).clip(upper=MOST_SHARE).to_numpy())
    hours = np.log(sized["duration_min"].to_numpy() / 60)
    return CauseLaw(
        cause=cause,
        month_rate=tuple(rates.tolist()),
        log_share_mean=float(share.mean()),
        log_share_sd=float(share.std(ddof=1)),
        log_hours_mean=float(hours.mean()),
        log_hours_sd=float(hours.std(ddof=1)),
        correlation=float(np.corrcoef(share, hours)[0, 1]),
    )


def _dispersion(felt: pd.DataFrame, months: IntArray, areas: int) -> float:
    """By moments: what the counts of area and month vary by about the mean of their calendar month, beyond Poisson."""
    at = (felt["year"] * 12 + felt["month"] - 1).astype(np.int64)
    counts = felt.groupby(["state", at]).size().to_numpy(dtype=np.float64)
    calendar = np.bincount(at % 12, minlength=12) / (np.bincount(months % 12, minlength=12) * areas)
    means = calendar[months % 12]
    # (count - mean)² over all area-months, the empty ones too
    squares = float((counts**2).sum()) - areas * float((means**2).sum())
    beyond = squares - areas * float(means.sum())
    return areas * float((means**2).sum()) / max(beyond, 1e-9)


def draw_outages(law: OutageLaw, horizon: Horizon, customers: float, queue: str, random: np.random.Generator) -> tuple[Outage, ...]:
    """Outages of an area in some days, in the order of their start; none is known before it starts.

    Parameters
    ----------
    customers : float
        Customers of the area.
    queue : str
        Whose calls they bring.
    """
    found = [one for days in _by_month(horizon) for one in _of_month(law, days, horizon, customers, queue, random)]
    return tuple(sorted(found, key=lambda outage: outage.start))


def _by_month(horizon: Horizon) -> Iterator[list[date]]:
    for _, days in groupby(horizon.dates, key=lambda day: (day.year, day.month)):
        yield list(days)


def _of_month(
    law: OutageLaw, days: list[date], horizon: Horizon, customers: float, queue: str, random: np.random.Generator
) -> Iterator[Outage]:
    part = len(days) / monthrange(days[0].year, days[0].month)[1]
    factor = random.gamma(law.dispersion) / law.dispersion
    first = horizon.start + timedelta(days=(days[0] - horizon.first).days)
    for cause in law.causes:
        for _ in range(random.poisson(cause.month_rate[days[0].month - 1] * part * factor)):
            size, hours = _drawn(cause, random)
            start = first + timedelta(minutes=int(random.integers(len(days) * 24 * 60)))
            yield Outage(
                queue=queue, name=cause.cause, customers=customers * size, start=start, restored=start + timedelta(hours=hours)
            )


def _drawn(cause: CauseLaw, random: np.random.Generator) -> tuple[float, float]:
    """Share of the customers and hours of one outage."""
    one, two = random.standard_normal(2)
    other = cause.correlation * one + np.sqrt(1 - cause.correlation**2) * two
    share = np.exp(cause.log_share_mean + cause.log_share_sd * one)
    hours = np.exp(cause.log_hours_mean + cause.log_hours_sd * other)
    return float(min(share, MOST_SHARE)), float(np.clip(hours, 1 / 60, MOST_HOURS))
