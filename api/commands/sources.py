"""What the commands on calls share: a bare call file or a centre's folder as one source, and how their options read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api import planning
from data.exchange.calendars import calendar_of, likely_country
from data.exchange.calls import read_calls
from data.exchange.drivers import read_drivers
from data.exchange.exclusions import EXCLUSIONS_FILE, read_exclusions
from data.exchange.folder import CentreFolder, read_folder
from data.model.calendar import Calendar
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.time import DAY_MINUTES, as_local, known_zone
from forecasting import Known, closed_days
from forecasting.anomalies import without

Source = Annotated[Path, typer.Argument(help="A call history (queue,timestamp,offered[,...]) or a centre's folder.")]
Origin = Annotated[
    str,
    typer.Option(
        help="What is known: calls before this local time, 2003-09-27 or 2003-09-27T10:00; the end of the calls if left out."
    ),
]
Interval = Annotated[
    int | None, typer.Option(help="Minutes of an interval: 5, 15, 30, 60 or 1440; of a call file, 30 or its own if that is longer.")
]
Zone = Annotated[str, typer.Option(help="Time zone of a call file without offsets.")]
Country = Annotated[str, typer.Option(help="Holidays of a call file: CN, US-CA, IT+GB ..., none; auto = by the closed days.")]
DriversFile = Annotated[
    Path | None,
    typer.Option("--drivers", help="Daily drivers of a call file: date and a column each, the future as far as known."),
]
Queue = Annotated[str, typer.Option(help="Name of the queue, for a call file without the column.")]
Columns = Annotated[list[str] | None, typer.Option(help="Another name of a column, e.g. offered=calls; may be repeated.")]


LEAST_INTERVAL = 30
"""Minutes of an interval if none is asked for and the calls' own is shorter."""


@dataclass(frozen=True, eq=False)
class Calls:
    """A history with what is known about it.

    Parameters
    ----------
    origin : datetime
        Local; calls before it are known.
    minutes : int
        Interval of a forecast.
    beside : Known
        What is known of the queues beside the calls.
    country : str
        Country whose holidays were found by the closed days of a call file; empty = none was looked for or found.
    exclusions : str
        File beside the call file whose stretches were left out; empty = there is none.
    """

    history: CallHistory
    origin: datetime
    calendar: Calendar
    minutes: int
    beside: Known = field(default_factory=Known)
    country: str = ""
    exclusions: str = ""


def calls_of(
    source: Path,
    origin: str,
    days: int,
    *,
    interval: int | None,
    zone: str,
    country: str,
    queue: str,
    columns: Sequence[str],
    drivers: Path | None = None,
) -> Calls:
    """Calls of a source, the calendar `days` days beyond the origin.

    In a folder, what events and outages brought is taken out, and so are exclusions; beside a call file, its
    ``NAME-exclusions.csv`` counts.
    """
    if source.is_dir():
        centre = read_folder(source)
        history = planning.learn(centre)
        return of_folder(centre, history, origin_of(origin, history), days)
    history = read_calls(source, zone_of(zone), queue=queue, columns=columns_of(columns))
    path = exclusions_path(source)
    kept = without(history, read_exclusions(path, history.queues)) if path.is_file() else history
    made = _of_file(kept, origin_of(origin, history), days, _interval_of(history, interval), country)
    said = replace(made, exclusions=path.name if path.is_file() else "")
    return said if drivers is None else replace(said, beside={"drivers": read_drivers(drivers, zone_of(zone))})


def _interval_of(history: CallHistory, asked: int | None) -> int:
    """The interval asked for; if none is, `LEAST_INTERVAL`, or the history's own if that is longer or does not divide it."""
    native = history.grid.minutes
    minutes = (native if LEAST_INTERVAL % native else LEAST_INTERVAL) if asked is None else asked
    if minutes < 1 or minutes % native or DAY_MINUTES % minutes:
        expected = f"a multiple of the {native} minutes of the history that divides a day"
        raise InvalidData([Finding("command line", None, "--interval", f"{minutes} minutes", expected)])
    return minutes


def say_found(calls: Calls, console: Console) -> None:
    """Say which country's holidays were found, and what is left out."""
    if calls.country:
        console.print(f"Closed days match the public holidays of {calls.country}: they are used (--country none to leave them out)")
    if calls.exclusions:
        console.print(f"The stretches of {calls.exclusions} count as not known", markup=False)


def exclusions_path(source: Path) -> Path:
    """``exclusions.csv`` of a folder, ``NAME-exclusions.csv`` beside a call file."""
    return source / EXCLUSIONS_FILE if source.is_dir() else source.with_name(f"{source.name.split('.')[0]}-{EXCLUSIONS_FILE}")


def of_folder(centre: CentreFolder, history: CallHistory, at: datetime, days: int) -> Calls:
    """A centre's calls as a method learns them, the calendar `days` days beyond the origin."""
    calendar = planning.calendar(centre, history, at.date() + timedelta(days=days))
    plain = planning.plain_history(centre, without(history, centre.exclusions), at, calendar).history
    return Calls(plain, at, calendar, centre.centre.interval_minutes, planning.known_of(centre))


def _of_file(history: CallHistory, at: datetime, days: int, interval: int, country: str) -> Calls:
    found = country_of(country, history, at)
    calendar = calendar_of(found, history.grid.horizon.first, at.date() + timedelta(days=days))
    return Calls(history, at, calendar, interval, country=found if country == "auto" else "")


def origin_of(text: str, history: CallHistory) -> datetime:
    """Local instant; the end of the known calls if the text is empty."""
    if text:
        try:
            return as_local(datetime.fromisoformat(text), history.grid.horizon.zone)
        except ValueError as error:
            fix = "write 2003-08-28 or 2003-08-28T10:00"
            raise InvalidData([Finding("command line", None, "time", repr(text), "an ISO date or date and time", fix)]) from error
    known = history.to_frame()["timestamp"]
    if known.empty:
        raise InvalidData([Finding("calls", None, "offered", "no value", "at least one known count of calls")])
    return as_local(known.max().to_pydatetime() + timedelta(minutes=history.grid.minutes), history.grid.horizon.zone)


def zone_of(text: str) -> str:
    """Name of a time zone."""
    try:
        return known_zone(text)
    except ValueError as error:
        raise InvalidData([Finding("command line", None, "--zone", repr(text), "an IANA name such as Asia/Shanghai")]) from error


def country_of(wanted: str, history: CallHistory, at: datetime) -> str:
    """Country of the holidays; with ``auto`` the one whose holidays the history was closed on."""
    if wanted != "auto":
        return "" if wanted == "none" else wanted
    return likely_country(closed_days(history, at), history.grid.horizon.first, at.date() - timedelta(days=1))


def columns_of(pairs: Sequence[str]) -> dict[str, str]:
    """``offered=calls`` -> the column that holds the offered calls."""
    wrong = [pair for pair in pairs if pair.count("=") != 1]
    if wrong:
        raise InvalidData([Finding("command line", None, "--column", pair, "name=column, e.g. offered=calls") for pair in wrong])
    return dict(pair.split("=") for pair in pairs)
