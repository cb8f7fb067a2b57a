"""Series of a centre by queue and time, read by DuckDB: calls from the history, what was foreseen and needed from its files."""

import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd
from sqlalchemy import Connection

from data.model.demand import LEVELS, level_name
from data.model.errors import NotFound, there_are
from data.store.documents import content, documents
from data.store.entries import entries, last_change
from data.store.history import SUMS as CALL_SUMS
from data.store.history import part_file, parts, standing

Every = Literal["interval", "hour", "day"]
SeriesKind = Literal["calls", "forecast", "requirement", "coverage"]

QUANTILES = tuple(level_name(level) for level in LEVELS)


def _weighted(name: str, weight: str) -> str:
    """Mean of a column, each interval as much as another column says."""
    return f'sum("{name}" * "{weight}") / nullif(sum("{weight}") FILTER ("{name}" IS NOT NULL), 0)'


SUMS: Mapping[SeriesKind, Mapping[str, str]] = {
    "calls": CALL_SUMS,
    "forecast": {"mean": 'sum("mean")', "handle_time_s": _weighted("handle_time_s", "mean"), **dict.fromkeys(QUANTILES, "NULL")},
    "requirement": {
        "calls": 'sum("calls")',
        "handle_time_s": _weighted("handle_time_s", "calls"),
        **{name: f'avg("{name}")' for name in ("shrinkage", "on_phone", "heads")},
    },
    "coverage": {
        "calls": 'sum("calls")',
        **{name: f'avg("{name}")' for name in ("required", "rostered")},
        "service_level": _weighted("service_level", "calls"),
        "worth": 'avg("worth")',
    },
}
"""How the intervals of an hour or a day become one value; quantiles of a sum do not follow from those of its parts."""


@dataclass(frozen=True, eq=False)
class Source:
    """Where a series stands.

    Parameters
    ----------
    tag : str
        Tells its content.
    files : tuple of Path
        Parquet parts, the later one counts; empty = `frame`.
    """

    tag: str
    files: tuple[Path, ...] = ()
    frame: pd.DataFrame | None = None


def zone_in(connection: Connection, centre: str) -> str:
    """Time zone of a centre."""
    found = documents(connection, centre).get("centre.toml")
    return "UTC" if found is None else str(tomllib.loads(content(connection, found[0]).decode()).get("zone", "UTC"))


def calls_source(connection: Connection, centre: str, root: Path) -> Source:
    """Call history that stands.

    Parameters
    ----------
    root : Path
        Where its parts stand.
    """
    held = parts(connection, centre)
    return Source("-".join(part.sha[:16] for part in held) or "none", tuple(part_file(root, part.sha) for part in held))


def document_source(connection: Connection, centre: str, path: str) -> Source:
    """A table that is kept as a document.

    Raises
    ------
    NotFound
        There is none.
    """
    held = documents(connection, centre)
    if path not in held:
        folder = path.rpartition("/")[0]
        near = [one for one in held if one.endswith(".csv") and one.rpartition("/")[0] == folder]
        raise NotFound(f"no {path}; {there_are(near)}")
    sha = held[path][0]
    return Source(sha[:32], frame=pd.read_csv(io.BytesIO(content(connection, sha)), dtype=str))


def rows_source(connection: Connection, centre: str, resource: str) -> Source:
    """A table that is kept as rows."""
    frame = pd.DataFrame([entry.body for entry in entries(connection, centre, resource)])
    return Source(f"r{last_change(connection, centre, resource)}", frame=frame)


def read_series(
    source: Source,
    kind: SeriesKind,
    zone: str,
    every: Every = "interval",
    *,
    queues: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    after: tuple[str, str] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Rows of a series, ordered by time and queue: ``timestamp`` (UTC, text), ``queue`` and its values, none where none is known.

    Parameters
    ----------
    zone : str
        Of timestamps without offset, and of the hours and days that intervals are put together to.
    queues : sequence of str or None
        None = all.
    start, end : datetime
        From the first on and before the second.
    after : (str, str) or None
        Timestamp and queue after which they begin.
    """
    values = SUMS[kind]
    if not source.files and (source.frame is None or not len(source.frame)):
        return pd.DataFrame(columns=["timestamp", "queue", *values])
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = ?", [zone])
        if source.frame is not None:
            duck.register("cells", source.frame)
        found = standing(source.files) if source.files else "SELECT * FROM cells"
        held = {str(row[0]) for row in duck.execute(f"DESCRIBE {found}").fetchall()}
        cells = ", ".join(_cell(name, held) for name in values)
        told = f'SELECT queue, CAST("timestamp" AS TIMESTAMPTZ) AS at_, {cells} FROM ({found})'
        bucket = "at_" if every == "interval" else f"date_trunc('{every}', at_)"
        made = ", ".join(f'"{name}"' if every == "interval" else f'{how} AS "{name}"' for name, how in values.items())
        grouped = "" if every == "interval" else "GROUP BY ALL"
        where, given = _where(queues, start, end)
        stamped = f"SELECT {bucket} AS bucket_, queue, {made} FROM ({told}) WHERE {where} {grouped}"
        text = "strftime(bucket_ AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
        begun = "WHERE (bucket_, queue) > (CAST(? AS TIMESTAMPTZ), ?)" if after is not None else ""
        most = f"LIMIT {limit}" if limit is not None else ""
        query = f'SELECT {text} AS "timestamp", * EXCLUDE (bucket_) FROM ({stamped}) {begun} ORDER BY bucket_, queue {most}'
        return duck.execute(query, [*given, *(after or ())]).df()


def _cell(name: str, held: set[str]) -> str:
    return f'CAST("{name}" AS DOUBLE) AS "{name}"' if name in held else f'CAST(NULL AS DOUBLE) AS "{name}"'


def _where(queues: Sequence[str] | None, start: datetime | None, end: datetime | None) -> tuple[str, list[object]]:
    told = list[tuple[str, Sequence[object]]]()
    if queues is not None:
        told.append(("list_contains(?, queue)", [list(queues)]))
    told += [(clause, [when]) for clause, when in (("at_ >= ?", start), ("at_ < ?", end)) if when is not None]
    return " AND ".join(clause for clause, _ in told) or "true", [value for _, given in told for value in given]
