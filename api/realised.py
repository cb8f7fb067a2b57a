"""What the calls that really came would have met under a roster: replayed in simulation, one queue at a time."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from api.report.content import Realised
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Queue
from data.model.demand import CallHistory, Forecast
from data.model.time import TimeGrid
from optimizer.staffing.one_queue import SimulatedService, on_phone, simulate_day

SEED = 95598
REPLICATIONS = 10


@dataclass(frozen=True, eq=False)
class Candidate:
    """A roster to be judged.

    Parameters
    ----------
    available : array of float, shape (queues, slots)
        Rostered agents allotted to each queue, on the grid of the forecast.
    paid_hours : array of float, shape (days,)
        Paid hours of each of its days.
    """

    key: str
    name: str
    name_zh: str
    available: FloatArray
    paid_hours: FloatArray


def came(history: CallHistory, made: Forecast, queue: Queue) -> tuple[TimeGrid, IntArray]:
    """Calls of a queue that came in the days of a forecast, at the history's own interval; 0 where closed or unknown."""
    fine = TimeGrid(horizon=made.grid.horizon, minutes=history.grid.minutes)
    row = history.offered[history.queues.index(queue.id)]
    place = fine.slots(history.grid.index)
    inside = (place >= 0) & (place < fine.size)
    calls = np.zeros(fine.size, dtype=np.int64)
    calls[place[inside]] = np.nan_to_num(row[inside]).round().astype(np.int64)
    answers = np.repeat(made.open[made.queues.index(queue.id)], made.grid.minutes // fine.minutes)
    return fine, np.where(answers, calls, 0)


def realised(queue: Queue, history: CallHistory, made: Forecast, candidate: Candidate) -> Realised:
    """Replay the calls that came against one roster; days without any known call are left out, but for the paid hours.

    The same draws serve every candidate, so that differences are the rosters' own.

    Parameters
    ----------
    made : Forecast
        Says which days are judged and when the queue is open.
    """
    fine, calls, service = replayed(queue, history, made, candidate.available, REPLICATIONS)
    days = _days(service, fine, calls, candidate.paid_hours)
    return _summary(queue, service, fine, days, candidate)


def replayed(
    queue: Queue, history: CallHistory, made: Forecast, available: FloatArray, replications: int
) -> tuple[TimeGrid, IntArray, SimulatedService]:
    """The calls of a queue that came, at the history's own interval, and what they would have met.

    Parameters
    ----------
    made, available
        As in `realised` and `Candidate`.
    """
    fine, calls = came(history, made, queue)
    heads = np.repeat(available[made.queues.index(queue.id)], made.grid.minutes // fine.minutes)
    service = simulate_day(
        calls,
        60.0 * fine.minutes,
        queue.handle_time_s,
        queue.handle_time_cv,
        queue.patience_s,
        on_phone(heads.round().astype(np.int64), queue.shrinkage, SEED),
        queue.target.threshold_s,
        seed=SEED,
        replications=replications,
        definition=queue.target.definition,
    )
    return fine, calls, service


def _summary(queue: Queue, service: SimulatedService, fine: TimeGrid, days: pd.DataFrame, candidate: Candidate) -> Realised:
    known = set(days["day"])
    counted = np.array([day in known for day in fine.horizon.dates])[fine.day_of_slot]
    total = _part(service, counted)
    levels = total.service_levels(axis=1)
    return Realised(
        candidate.key,
        candidate.name,
        candidate.name_zh,
        days,
        total.service_level,
        float(1.96 * levels.std(ddof=1) / np.sqrt(len(levels))),
        total.abandon_rate,
        total.asa_s,
        total.occupancy,
        float(candidate.paid_hours.sum()),
        int((days["service_level"] >= queue.target.service_level).sum()),
    )


def _days(service: SimulatedService, fine: TimeGrid, calls: IntArray, paid_hours: FloatArray) -> pd.DataFrame:
    rows: list[dict[str, date | float]] = []
    for d, day in enumerate(fine.horizon.dates):
        inside = fine.day_of_slot == d
        if calls[inside].sum() == 0:
            continue
        part = _part(service, inside)
        rows.append(
            {
                "day": day,
                "offered": float(calls[inside].sum()),
                "service_level": part.service_level,
                "abandon_rate": part.abandon_rate,
                "asa_s": part.asa_s,
                "occupancy": part.occupancy,
                "paid_hours": float(paid_hours[d]),
            }
        )
    return pd.DataFrame(rows)


def _part(service: SimulatedService, slots: BoolArray) -> SimulatedService:
    """The same simulation over some slots only."""
    fields = [name for name in service.__dataclass_fields__ if name != "definition"]
    return SimulatedService(**{name: getattr(service, name)[:, slots] for name in fields}, definition=service.definition)
