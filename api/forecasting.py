"""A centre's forecasts as versions: making one with the planner's overrides, listing, comparing and judging them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api import planning
from data.exchange.documents import dump_json
from data.exchange.folder import CentreFolder
from data.exchange.forecast_versions import (
    FORECASTS,
    ForecastVersion,
    VersionRecord,
    add_version,
    fingerprint,
    load_version,
    version_records,
)
from data.exchange.forecasts import write_forecast
from data.model.base import BoolArray, FloatArray
from data.model.demand import CallHistory, Forecast
from data.model.errors import NotFound, there_are
from data.model.time import Horizon
from forecasting import DEFAULT
from forecasting.backtest import BackTest
from forecasting.overrides import Overridden, apply_overrides
from forecasting.score import LEADS, calls_that_came, score
from forecasting.value_added import lead_of_slot, value_added

UNLIKE = ("version", "parent", "author", "reason", "overrides")
"""Fields of a record that are no cause of a difference, or are told one by one."""

BACKTEST = "backtest.json"

SHOWN = 12
"""Digits of a fingerprint that are shown: enough to tell two histories apart (house choice)."""


def with_overrides(
    centre: CentreFolder, machine: Forecast, history: CallHistory, *, known_at: datetime | None = None
) -> Overridden:
    """A forecast with the centre's overrides over it.

    Parameters
    ----------
    known_at : datetime or None
        Only overrides entered by then are used; None = all. A moment that is replayed must not see those made later.
    """
    layers = [o for o in centre.overrides if known_at is None or o.made_at <= known_at]
    return apply_overrides(machine, layers, history)


def forecast_now(centre: CentreFolder, history: CallHistory, now: datetime, horizon: Horizon) -> Forecast:
    """The forecast of the moment with the overrides known then; no version is kept of it."""
    machine = planning.forecast(centre, history, now, horizon)
    return with_overrides(centre, machine, history, known_at=now).forecast


def make_version(
    centre: CentreFolder,
    history: CallHistory,
    origin: datetime,
    horizon: Horizon,
    *,
    method: str = DEFAULT,
    known_at: datetime | None = None,
    author: str = "",
    reason: str = "",
) -> ForecastVersion:
    """Forecast and lay the overrides over it: the next version, which has no name until it is kept."""
    machine = planning.forecast(centre, history, origin, horizon, method=method)
    made = with_overrides(centre, machine, history, known_at=known_at)
    record = VersionRecord(
        origin=origin,
        parameters={"method": method, "first": str(horizon.first), "days": str(horizon.days)},
        code_version=installed_version("echelon"),
        history_sha256=fingerprint(history, origin),
        calendar_status=planning.calendar(centre, history, horizon.last).status,
        overrides=made.overrides,
        author=author,
        reason=reason,
    )
    return ForecastVersion(record, machine, made.forecast)


def keep_version(out: Path, made: ForecastVersion) -> ForecastVersion:
    """Keep a forecast as the next version, and publish it as ``forecast.csv``; gives it with its name.

    Parameters
    ----------
    out : Path
        Folder of the results; versions go to ``forecasts`` in it.
    """
    kept = add_version(out, made.record, made.machine, made.forecast)
    write_forecast(made.forecast, out / "forecast.csv")
    return kept


def keep_backtest(out: Path, kept: ForecastVersion, judged: BackTest) -> None:
    """Keep beside a version how good forecasts like it would have been: ``forecasts/v001/backtest.json``."""
    dump_json(judged, out / FORECASTS / kept.record.version / BACKTEST)


def version_list(out: Path) -> pd.DataFrame:
    """Table of the versions, oldest first: ``version, parent, origin, method, days, calendar, overrides, author, reason``."""
    columns = ["version", "parent", "origin", "method", "days", "calendar", "overrides", "author", "reason"]
    return pd.DataFrame([_listed(record) for record in version_records(out)], columns=columns)


def _listed(record: VersionRecord) -> dict[str, Any]:
    told = record.model_dump(include={"version", "parent", "origin", "author", "reason"})
    asked = {name: record.parameters.get(name, "") for name in ("method", "days")}
    return told | asked | {"calendar": record.calendar_status, "overrides": ", ".join(o.id for o in record.overrides)}


def two_versions(out: Path, older: str = "", newer: str = "") -> tuple[ForecastVersion, ForecastVersion]:
    """Two versions by name; left out, the newest and the one before it.

    Raises
    ------
    NotFound
        No such version, or fewer than two.
    """
    names = [record.version for record in version_records(out)]
    newer = newer or (names[-1] if names else "")
    before = names[: names.index(newer)] if newer in names else []
    if not older and not before:
        raise NotFound(f"no two versions to compare; {there_are(names)}")
    return load_version(out, older or before[-1]), load_version(out, newer)


def compared(older: ForecastVersion, newer: ForecastVersion) -> pd.DataFrame:
    """What changed per queue and day, calls: ``queue, day, older, newer, change, machine, overrides``.

    ``change`` is the sum of what the machine (``machine``) and the planner (``overrides``) changed; NaN on days that only one
    of the two speaks of.
    """
    both = pd.concat([_daily(older), _daily(newer)], axis=1, keys=["older", "newer"]).sort_index()
    change = both["newer"] - both["older"]
    table = pd.DataFrame({"older": both["older"]["all"], "newer": both["newer"]["all"], "change": change["all"]})
    return table.assign(machine=change["machine"], overrides=change["all"] - change["machine"]).reset_index()


def _daily(version: ForecastVersion) -> pd.DataFrame:
    """Calls per queue and day: those published (``all``) and those of the machine."""
    grid, queues = version.forecast.grid, version.forecast.queues
    days = pd.MultiIndex.from_product([queues, grid.horizon.dates], names=["queue", "day"])
    sums = {
        name: np.add.reduceat(made.mean, grid.day_slot[:-1], axis=1).ravel()
        for name, made in {"all": version.forecast, "machine": version.machine}.items()
    }
    return pd.DataFrame(sums, index=days)


def causes(older: ForecastVersion, newer: ForecastVersion) -> pd.DataFrame:
    """Why two versions may differ: fields of their records and overrides that are not the same; ``field, older, newer``."""
    before, after = _told(older.record), _told(newer.record)
    unlike = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return pd.DataFrame([(name, before.get(name, ""), after.get(name, "")) for name in unlike], columns=["field", "older", "newer"])


def _told(record: VersionRecord) -> dict[str, str]:
    fields = record.model_dump(mode="json", exclude=set(UNLIKE) | {"parameters"}) | record.parameters
    fields["history_sha256"] = record.history_sha256[:SHOWN]
    layers = {f"override {o.id}": o.model_dump_json(exclude={"id"}, exclude_defaults=True) for o in record.overrides}
    return {name: str(value) for name, value in fields.items()} | layers


def versions(out: Path) -> list[ForecastVersion]:
    """Every version, oldest first.

    Raises
    ------
    NotFound
        There is none.
    """
    names = [record.version for record in version_records(out)]
    if not names:
        raise NotFound("no forecast version; run `echelon forecast` first")
    return [load_version(out, name) for name in names]


def accuracy(kept: Sequence[ForecastVersion], history: CallHistory) -> pd.DataFrame:
    """Accuracy by lead time from the origin, versions pooled, without and with the overrides.

    Returns
    -------
    Table ``lead, forecast, slots`` and the measures of `forecasting.score.Score`, ``forecast`` being machine or overridden;
    only slots from the origin on whose calls are known.
    """
    rows = [
        {"lead": lead, "forecast": name, **_pooled([(v, getattr(v, field)) for v in kept], k, history)}
        for k, lead in enumerate(LEADS)
        for name, field in {"machine": "machine", "overridden": "forecast"}.items()
    ]
    table = pd.DataFrame(rows)
    return table[table["slots"] > 0].reset_index(drop=True)


def _pooled(made: Sequence[tuple[ForecastVersion, Forecast]], lead: int, history: CallHistory) -> dict[str, Any]:
    """Score of forecasts over their slots at one lead."""
    parts = [(_came(version, history, lead), forecast) for version, forecast in made]
    flat = [np.concatenate([calls[~np.isnan(calls)] for calls, _ in parts])]
    flat += [np.concatenate([getattr(f, name)[~np.isnan(c)] for c, f in parts]) for name in ("mean", "quantiles")]
    measures = asdict(score(*flat))
    return {"slots": measures.pop("count")} | measures


def _came(version: ForecastVersion, history: CallHistory, lead: int) -> FloatArray:
    """Calls that came in the open slots of a version at one lead; NaN elsewhere."""
    made = version.forecast
    ahead = np.arange(made.grid.size) >= made.grid.slot(made.origin)
    wanted = made.open & ahead & (lead_of_slot(made.grid, made.origin) == lead)
    return np.where(wanted, calls_that_came(made, history), np.nan)


def added_value(kept: Sequence[ForecastVersion], history: CallHistory) -> pd.DataFrame:
    """Value added of the overrides of all versions, each slot counted once: in the version that was the newest when it began.

    Returns
    -------
    As of `forecasting.value_added.value_added`, with ``version`` in front; `forecasting.value_added.summed` sums it.
    """
    tables = [
        value_added(apply_overrides(v.machine, v.record.overrides, history), history, _in_force(v, kept[k + 1 :])).assign(
            version=v.record.version
        )
        for k, v in enumerate(kept)
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["version", *table.columns.drop("version")]]


def _in_force(version: ForecastVersion, newer: Sequence[ForecastVersion]) -> BoolArray:
    """Slots of a version that no newer one speaks of from its origin on; shape (queues, slots)."""
    made = version.forecast
    free = np.ones(made.mean.shape, dtype=np.bool_)
    for other in (later.forecast for later in newer):
        first = max(made.grid.slot(other.origin), made.grid.slot(other.grid.horizon.start), 0)
        rows = [q for q, queue in enumerate(made.queues) if queue in other.queues]
        free[rows, first : max(made.grid.slot(other.grid.horizon.end), 0)] = False
    return free
