"""Versions of a forecast: a folder that is only ever added to.

``forecasts/v001.json`` says how a version was made; ``forecasts/v001/machine.csv`` holds what the machine said and
``forecasts/v001/overridden.csv`` what was published, the planner's overrides laid over it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import AwareDatetime

from data.exchange.documents import dump_json, load_json
from data.exchange.forecasts import read_forecast, write_forecast
from data.exchange.numbers import next_number
from data.model.base import Frozen
from data.model.demand import CallHistory, Forecast
from data.model.errors import NotFound, there_are
from data.model.override import Override

FORECASTS = "forecasts"
MACHINE, OVERRIDDEN = "machine.csv", "overridden.csv"


class VersionRecord(Frozen):
    """How a version of a forecast was made.

    Parameters
    ----------
    version, parent : str
        Its name, and that of the version it took the place of; empty = the first.
    origin : datetime
        What was known: slots complete by then.
    parameters : dict
        What the forecast was asked for with, e.g. the method.
    code_version : str
        Version of Echelon.
    history_sha256 : str
        Fingerprint of the counts it was made from.
    calendar_status : str
        ``provisional`` while the notice of holidays of some year was not out.
    overrides : tuple of Override
        Those applied, with their content, from the lowest layer to the highest.
    author, reason : str
        Who made it, and why.
    """

    version: str = ""
    parent: str = ""
    origin: AwareDatetime
    parameters: dict[str, str] = {}
    code_version: str
    history_sha256: str
    calendar_status: Literal["announced", "provisional"] = "announced"
    overrides: tuple[Override, ...] = ()
    author: str = ""
    reason: str = ""


@dataclass(frozen=True, eq=False)
class ForecastVersion:
    """One version: its record, what the machine said, and what was published."""

    record: VersionRecord
    machine: Forecast
    forecast: Forecast


def fingerprint(history: CallHistory, origin: datetime) -> str:
    """SHA-256 of what a history says of the slots complete at an instant; that it goes on after it makes no difference."""
    grid = history.grid
    digest = hashlib.sha256(f"{grid.horizon.zone} {grid.horizon.first} {grid.minutes}".encode())
    seen = slice(0, max(grid.slot(origin), 0))
    for queue in sorted(history.queues):
        digest.update(queue.encode())
        for values in (history.offered, history.handle_time_s):
            row = values[history.queues.index(queue), seen]
            digest.update(np.where(np.isnan(row), -1.0, row).astype("<f8").tobytes())
    return digest.hexdigest()


def version_records(out: Path) -> tuple[VersionRecord, ...]:
    """Records of every version in a folder, oldest first.

    Raises
    ------
    InvalidData
        A record that does not read.
    """
    return tuple(load_json(path, VersionRecord) for path in sorted((out / FORECASTS).glob("v[0-9]*.json"), key=_number))


def _number(path: Path) -> int:
    return int(path.stem[1:])


def add_version(out: Path, record: VersionRecord, machine: Forecast, forecast: Forecast) -> ForecastVersion:
    """Keep a forecast as the next version; nothing that stands there is touched.

    Parameters
    ----------
    record : VersionRecord
        How it was made; its name and parent are given here.
    """
    records = version_records(out)
    parent = records[-1].version if records else ""
    folder = _next_folder(out / FORECASTS)
    named = record.model_copy(update={"version": folder.name, "parent": parent})
    write_forecast(machine, folder / MACHINE)
    write_forecast(forecast, folder / OVERRIDDEN)
    dump_json(named, folder.with_suffix(".json"))  # last: a version without its record was never finished
    return ForecastVersion(named, machine, forecast)


def _next_folder(folder: Path) -> Path:
    """Folder of the next version, made now, so that two at once cannot take the same name."""
    taken = [_number(path) for path in folder.glob("v[0-9]*") if path.is_dir()]
    made = folder / f"v{next_number(folder.parent, 'forecast', taken):03d}"
    made.mkdir(parents=True)
    return made


def load_version(out: Path, name: str) -> ForecastVersion:
    """A version by its name.

    Raises
    ------
    NotFound
        No such version; the message names those there are.
    InvalidData
        Files that do not read.
    """
    known = [record.version for record in version_records(out)]
    if name not in known:
        raise NotFound(f"no forecast version {name!r}; {there_are(known)}")
    folder = out / FORECASTS / name
    record = load_json(folder.with_suffix(".json"), VersionRecord)
    return ForecastVersion(record, read_forecast(folder / MACHINE), read_forecast(folder / OVERRIDDEN))
