"""Days as they were served, made by hand: two queues of two projects, three teams, hourly slots."""

from datetime import date

import numpy as np

from data.model.base import FloatArray
from data.model.centre import WEEKDAYS, OpeningHours, Queue, ServiceTarget
from data.model.time import Horizon, TimeGrid
from optimizer.response.control import Served

ALL_WEEK = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))
TEAMS = ("T1", "T2", "T3")


def queue(name: str, project: str) -> Queue:
    return Queue(
        id=name, name=name, project=project, opening=ALL_WEEK, target=ServiceTarget(), handle_time_s=240.0, patience_s=120.0
    )


def grid_of(days: int) -> TimeGrid:
    return TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=days), minutes=60)


def served_of(level: FloatArray, exposure: FloatArray, *, calls: float = 100.0, measured: bool = True) -> Served:
    """Days of so many calls an interval, foreseen as they came, 10 agents rostered and present.

    Parameters
    ----------
    level : array of float, shape (2, slots)
    exposure : array of float, shape (3, 2, slots)
    """
    ones = np.ones(level.shape)
    queues = (queue("a", "p"), queue("b", "r"))
    missed = level < 0.8
    return Served(
        queues,
        grid_of(level.shape[1] // 24),
        calls * ones,
        level,
        np.full(level.shape, measured),
        np.where(missed, 0.1 * calls, 0.0),
        240.0 * ones,
        calls * ones,
        240.0 * ones,
        10.0 * ones,
        10.0 * ones,
        np.zeros(level.shape, dtype=np.bool_),
        TEAMS,
        exposure,
    )
