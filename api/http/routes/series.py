"""Series by queue and time: calls that came, calls foreseen, agents required, agents rostered; as a long table or as a matrix."""

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

import pandas as pd
from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from api.http.access import DatabaseOf, SettingsOf, need
from api.http.etags import IfNoneMatch, etag, known
from api.http.openapi import api_router
from api.http.paging import cursor, keys_of
from api.http.permissions import Caller
from api.http.scopes import visible_queues
from data.model.errors import Finding, InvalidData
from data.model.time import local
from data.store.base import Connection
from data.store.revisions import revision_of
from data.store.series import (
    SUMS,
    Every,
    SeriesKind,
    Source,
    calls_source,
    document_source,
    read_series,
    rows_source,
    zone_in,
)

router = api_router("/centres/{centre}/series", tags=["series"])

MOST_ROWS, MOST_CELLS = 10_000, 2_000_000
"""Of a page of a long table, and of a matrix: two million values are about 15 MB."""


class Interval(BaseModel):
    """An interval, hour or day of a queue."""

    timestamp: datetime = Field(description="Its start, UTC.")
    queue: str


class CallsRow(Interval):
    """Calls that came."""

    offered: float | None = Field(description="Calls; null = not known.")
    answered: float | None = Field(description="Calls.")
    abandoned: float | None = Field(description="Calls.")
    handle_time_s: float | None = Field(description="Mean handle time, seconds.")


class ForecastRow(Interval):
    """Calls foreseen. Quantiles are those of one interval: of hours and days they are not known."""

    mean: float | None = Field(description="Calls.")
    handle_time_s: float | None = Field(description="Mean handle time, seconds.")
    q025: float | None = Field(description="Calls: fewer come with a chance of 0.025; the other quantiles likewise.")
    q05: float | None
    q10: float | None
    q15: float | None
    q20: float | None
    q25: float | None
    q30: float | None
    q35: float | None
    q40: float | None
    q45: float | None
    q50: float | None
    q55: float | None
    q60: float | None
    q65: float | None
    q70: float | None
    q75: float | None
    q80: float | None
    q85: float | None
    q90: float | None
    q95: float | None
    q975: float | None


class RequirementRow(Interval):
    """Agents required; of hours and days their mean."""

    calls: float | None = Field(description="Calls foreseen.")
    handle_time_s: float | None = Field(description="Mean handle time, seconds.")
    shrinkage: float | None = Field(description="Share of the agents who are away from the phones, 0 to 1.")
    on_phone: float | None = Field(description="Agents on the phones.")
    heads: float | None = Field(description="Agents rostered, shrinkage included.")


class CoverageLine(Interval):
    """How well the roster in force covers what is required; of hours and days the mean of the agents."""

    calls: float | None = Field(description="Calls foreseen.")
    required: float | None = Field(description="Agents.")
    rostered: float | None = Field(description="Agents.")
    service_level: float | None = Field(description="Share of calls answered in time, 0 to 1.")
    worth: float | None = Field(description="What one agent more would take off the penalty.")


Row = TypeVar("Row", bound=Interval)


class Long(BaseModel, Generic[Row]):
    """A series as a long table, ordered by time and queue: one page of it."""

    zone: str = Field(description="Time zone of the centre; hours and days are those of this zone.")
    every: Every
    items: list[Row]
    next: str | None = Field(description="Cursor of the next page; null = this is the last one.")


class Matrix(BaseModel):
    """A series as a matrix: `values[name][q][t]` is the value of `queues[q]` at `timestamps[t]`, null where nothing is known."""

    zone: str = Field(description="Time zone of the centre; hours and days are those of this zone.")
    every: Every
    queues: list[str]
    timestamps: list[datetime] = Field(description="Starts of the intervals, hours or days, UTC.")
    values: dict[str, list[list[float | None]]]


class Asked(BaseModel):
    """What is asked of a series.

    A date means the day in the zone of the centre: `from` its first midnight, `to` the midnight after it.
    """

    queue: list[str] = Field(default=[], description="Only these queues.")
    begin: AwareDatetime | date | None = Field(default=None, alias="from", description="Instant or day; included.")
    to: AwareDatetime | date | None = Field(default=None, description="Instant, excluded, or day, included.")
    every: Every = Field(default="interval", description="Intervals as they are, or put together to hours or days of the zone.")
    form: Literal["long", "matrix"] = Field(default="long", description="Long table in pages, or compact matrix as a whole.")
    limit: int = Field(default=1000, ge=1, le=MOST_ROWS, description="Most rows of a page of the long table.")
    after: str | None = Field(default=None, description="`next` of the page before.")


AskedFor = Annotated[Asked, Query()]
Reader = Annotated[Caller, need("data:read")]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The caller holds it already."}}


@router.get("/calls", response_model=Long[CallsRow] | Matrix, responses=NOT_MODIFIED)
def get_calls(
    centre: str, asked: AskedFor, database: DatabaseOf, settings: SettingsOf, caller: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """Calls that came, from the interval history."""
    with database.reading() as connection:
        revision_of(connection, centre)
        source = calls_source(connection, centre, settings.files.history(centre))
        series = _series(connection, centre, caller, "calls", source, asked)
    return _answer(series, asked, if_none_match)


@router.get("/forecast", response_model=Long[ForecastRow] | Matrix, responses=NOT_MODIFIED)
def get_forecast(
    centre: str,
    asked: AskedFor,
    database: DatabaseOf,
    caller: Reader,
    version: Annotated[str, Query(pattern=r"^(v\d+)?$", description="Such as v003; without it, the newest.")] = "",
    layer: Annotated[
        Literal["published", "machine"], Query(description="With the planner's overrides, or as the machine said.")
    ] = "published",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Calls foreseen, with their quantiles."""
    name = "overridden" if layer == "published" else "machine"
    path = f"forecasts/{version}/{name}.csv" if version else "forecast.csv"
    return _answer(_of_document(database, centre, caller, path, "forecast", asked), asked, if_none_match)


@router.get("/requirement", response_model=Long[RequirementRow] | Matrix, responses=NOT_MODIFIED)
def get_requirement(
    centre: str,
    asked: AskedFor,
    database: DatabaseOf,
    caller: Reader,
    version: Annotated[
        str, Query(pattern=r"^[\w.-]*$", description="Version of a roster: what it was made for; without it, the newest.")
    ] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Agents required."""
    path = f"versions/requirements/{version}.csv" if version else "requirement.csv"
    return _answer(_of_document(database, centre, caller, path, "requirement", asked), asked, if_none_match)


@router.get("/coverage", response_model=Long[CoverageLine] | Matrix, responses=NOT_MODIFIED)
def get_series_coverage(
    centre: str, asked: AskedFor, database: DatabaseOf, caller: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """How well the roster published last covers what is required; of another version see its own coverage."""
    with database.reading() as connection:
        revision_of(connection, centre)
        series = _series(connection, centre, caller, "coverage", rows_source(connection, centre, "coverage"), asked)
    return _answer(series, asked, if_none_match)


@dataclass(frozen=True)
class Series:
    """A series as a caller may read it.

    Parameters
    ----------
    queues : list of str or None
        Those that are asked for and open to the caller; None = all.
    """

    kind: SeriesKind
    source: Source
    zone: str
    queues: list[str] | None

    @property
    def tag(self) -> str:
        """Tells its content."""
        told = "" if self.queues is None else "-" + hashlib.sha256("\n".join(self.queues).encode()).hexdigest()[:16]
        return self.source.tag + told


def _series(connection: Connection, centre: str, caller: Caller, kind: SeriesKind, source: Source, asked: Asked) -> Series:
    seen, wanted = visible_queues(connection, centre, caller), set(asked.queue)
    named = wanted if seen is None else wanted & seen if wanted else seen
    return Series(kind, source, zone_in(connection, centre), sorted(named) if wanted or seen is not None else None)


def _of_document(database: DatabaseOf, centre: str, caller: Caller, path: str, kind: SeriesKind, asked: Asked) -> Series:
    with database.reading() as connection:
        revision_of(connection, centre)
        return _series(connection, centre, caller, kind, document_source(connection, centre, path), asked)


def _answer(series: Series, asked: Asked, if_none_match: str | None) -> Response:
    """Rows of a series in the form that is asked for; nothing if the caller holds them."""
    headers = {"ETag": etag(series.tag), "Cache-Control": "private, max-age=0, must-revalidate"}
    if known(if_none_match, series.tag):
        return Response(status_code=304, headers=headers)
    told = _long(series, asked) if asked.form == "long" else _matrix(series, asked)
    body = json.dumps({"zone": series.zone, "every": asked.every, **told}, separators=(",", ":"), allow_nan=False)
    return Response(body, media_type="application/json", headers=headers)


def _long(series: Series, asked: Asked) -> dict[str, Any]:
    begun = keys_of(asked.after, 2)
    after = None if begun is None else (str(begun[0]), str(begun[1]))
    frame = _read(series, asked, asked.limit + 1, after)
    names = list(frame.columns)
    columns = [_known(frame[name].tolist()) for name in names]
    items = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    more, held = len(items) > asked.limit, items[: asked.limit]
    return {"items": held, "next": cursor(held[-1]["timestamp"], held[-1]["queue"]) if more else None}


def _read(series: Series, asked: Asked, limit: int, after: tuple[str, str] | None = None) -> pd.DataFrame:
    start, end = _span(asked, series.zone)
    how = series.source, series.kind, series.zone, asked.every
    return read_series(*how, queues=series.queues, start=start, end=end, after=after, limit=limit)


def _known(values: list[Any]) -> list[Any]:
    """Values, null where there is none."""
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values]


def _matrix(series: Series, asked: Asked) -> dict[str, Any]:
    most = MOST_CELLS // len(SUMS[series.kind])
    frame = _read(series, asked, most + 1)
    queues, timestamps = sorted(frame["queue"].unique().tolist()), list(dict.fromkeys(frame["timestamp"].tolist()))
    if len(frame) > most or len(queues) * len(timestamps) > most:
        expected = f"at most {most} intervals of queues in one matrix"
        raise InvalidData([Finding("query", None, "from", "more", expected, "ask for fewer days, or for the long table")])
    wide = frame.set_index(["queue", "timestamp"]).reindex(pd.MultiIndex.from_product([queues, timestamps]))
    lines = {name: wide[name].to_numpy(dtype=float).reshape(len(queues), len(timestamps)).tolist() for name in SUMS[series.kind]}
    values = {name: [_known(line) for line in told] for name, told in lines.items()}
    return {"queues": queues, "timestamps": timestamps, "values": values}


def _span(asked: Asked, zone: str) -> tuple[datetime | None, datetime | None]:
    """The first instant, and the one before which rows are asked for."""
    begin, to = asked.begin, asked.to
    last = to + timedelta(days=1) if to is not None and not isinstance(to, datetime) else to
    return _instant(begin, zone), _instant(last, zone)


def _instant(when: datetime | date | None, zone: str) -> datetime | None:
    return when if when is None or isinstance(when, datetime) else local(when, time(0), zone)
