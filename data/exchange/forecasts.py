"""Forecasts in and out: a CSV of the open slots and a JSON record of what the rows do not say."""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import AwareDatetime

from data.exchange.documents import dump_json, load_json, sidecar
from data.exchange.files import read_table, stop, write_table
from data.exchange.grids import on_grid, places
from data.model.base import Frozen
from data.model.demand import LEVELS, Forecast, level_name
from data.model.errors import Finding
from data.model.time import TimeGrid
from data.tables import FORECAST

QUANTILE_NAMES = [level_name(level) for level in LEVELS]


class ForecastRecord(Frozen):
    """What the rows of a forecast do not say.

    Parameters
    ----------
    closed_handle_time_s : dict
        Handle time that stands in the closed slots of each queue, seconds.
    """

    grid: TimeGrid
    origin: AwareDatetime
    queues: tuple[str, ...]
    method: str = ""
    closed_handle_time_s: dict[str, float] = {}


def write_forecast(forecast: Forecast, path: Path, *, contract: bool = False) -> None:
    """Write a forecast; with `contract`, only the table of calls without handle times and without a record beside it."""
    frame = forecast.to_frame()
    write_table(frame.drop(columns="handle_time_s") if contract else frame, path)
    if not contract:
        dump_json(_record(forecast), sidecar(path, ".json"))


def _record(forecast: Forecast) -> ForecastRecord:
    closed = {
        queue: float(forecast.handle_time_s[q][~forecast.open[q]][0])
        for q, queue in enumerate(forecast.queues)
        if not forecast.open[q].all()
    }
    return ForecastRecord(
        grid=forecast.grid, origin=forecast.origin, queues=forecast.queues, method=forecast.method, closed_handle_time_s=closed
    )


def read_forecast(path: Path) -> Forecast:
    """Read a forecast and its record; slots without a row are closed.

    Raises
    ------
    InvalidData
        With every finding: cells, unknown queues or slots, quantiles that fall, handle times of 0.
    """
    record = load_json(sidecar(path, ".json"), ForecastRecord)
    rows = read_table(path, FORECAST)
    stop(_misfits(rows, path.name))
    shape = len(record.queues), record.grid.size
    place = places(rows, record.grid, record.queues, path)
    opened = np.zeros(shape, dtype=bool)
    opened[place] = True
    closed = np.array([record.closed_handle_time_s.get(queue, 1.0) for queue in record.queues])[:, None]
    handle = np.where(opened, on_grid(rows, "handle_time_s", place, shape), closed)
    quantiles = np.stack([on_grid(rows, name, place, shape) for name in QUANTILE_NAMES], axis=-1)
    mean = on_grid(rows, "mean", place, shape)
    return Forecast(record.queues, record.grid, record.origin, mean, quantiles, handle, opened, record.method)


def _misfits(rows: pd.DataFrame, where: str) -> list[Finding]:
    if "handle_time_s" not in rows.columns:
        return [FORECAST.missing("handle_time_s", list(rows.columns), where)]
    levels = rows[QUANTILE_NAMES].to_numpy(dtype=np.float64)
    falls = np.flatnonzero((np.diff(levels, axis=1) < 0).any(axis=1))
    idle = np.flatnonzero(rows["handle_time_s"].to_numpy(dtype=np.float64) <= 0)
    return [
        *(Finding(where, int(line), None, "quantiles that fall", "q025 to q975 that do not fall") for line in rows.index[falls]),
        *(Finding(where, int(line), "handle_time_s", "0", "a handle time above 0") for line in rows.index[idle]),
    ]
