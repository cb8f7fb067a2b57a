"""From planned versions to what the report shows."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from api.planned import Planned, available_agents, paid_time_gap
from api.report.content import Realised, VersionRow
from data.model.base import FloatArray
from data.model.demand import LEVELS, CallHistory, Forecast, level_name
from data.model.roster import Change
from forecasting.score import calls_that_came, score_forecast
from optimizer.rostering.verify import verify

BANDS = (0.025, 0.1, 0.9, 0.975)


def fan_frames(made: Forecast, history: CallHistory) -> dict[str, pd.DataFrame]:
    """Per queue the forecast, its bands and the calls that came, in the open slots."""
    actual = calls_that_came(made, history)
    frames: dict[str, pd.DataFrame] = {}
    for q, queue in enumerate(made.queues):
        columns = {"timestamp": made.grid.index, "mean": made.mean[q], "actual": actual[q]}
        columns |= {level_name(level): made.quantiles[q, :, LEVELS.index(level)] for level in BANDS}
        frames[queue] = pd.DataFrame(columns)[made.open[q]].reset_index(drop=True)
    return frames


def score_rows(forecasts: Sequence[tuple[str, Forecast]], history: CallHistory) -> pd.DataFrame:
    """Accuracy of several forecasts against what came, one row each."""
    return pd.DataFrame(
        [{"horizon": name, "queue": ", ".join(made.queues), **asdict(score_forecast(made, history))} for name, made in forecasts]
    )


def coverage_frames(planned: Planned) -> dict[str, pd.DataFrame]:
    """Per queue required and rostered heads of the charged slots in which the queue answers."""
    requirement, available = planned.problem.requirement, available_agents(planned)
    first = int(planned.problem.grid.day_slot[planned.problem.first_open])
    frames: dict[str, pd.DataFrame] = {}
    for q, queue in enumerate(requirement.queues):
        columns = {"timestamp": requirement.grid.index, "required": requirement.heads[q], "rostered": available[q]}
        shown = (np.arange(requirement.grid.size) >= first) & ((requirement.heads[q] > 0) | (available[q] > 0))
        frames[queue] = pd.DataFrame(columns)[shown].reset_index(drop=True)
    return frames


def change_frame(changes: Sequence[tuple[str, Change]]) -> pd.DataFrame:
    """Changes with the version that made them."""
    columns = ["version", "agent", "day", "before", "after", "rhythm", "reason", "minutes"]
    return pd.DataFrame([{"version": version, **asdict(change)} for version, change in changes], columns=columns)


def version_row(planned: Planned, made_at: str, changes: int) -> VersionRow:
    """How good one version is; what is not yet verified is verified now."""
    solution = planned.solution
    verdict = solution.verdict or verify(planned.problem, planned.roster, solution.costs)
    return VersionRow(
        planned.roster.version,
        planned.problem.rhythm,
        made_at,
        solution.cost,
        solution.bound,
        solution.gap,
        paid_time_gap(planned),
        changes,
        len(verdict.breaches),
        len(solution.unplaced),
        solution.seconds,
    )


def paid_hours(planned: Planned) -> FloatArray:
    """Paid hours of each day of the problem."""
    return planned.roster.paid_minutes.sum(axis=0) / 60


def comparison_frame(rows: Sequence[Realised]) -> pd.DataFrame:
    """The realised comparison as a table: one row for each roster and day, and one ``all`` for each roster."""
    parts: list[pd.DataFrame] = []
    for row in rows:
        whole = {"day": "all", "offered": row.days["offered"].sum()} | {name: getattr(row, name) for name in row.days.columns[2:]}
        parts.append(pd.concat([row.days.astype({"day": object}), pd.DataFrame([whole])]).assign(key=row.key, name=row.name))
    return pd.concat(parts, ignore_index=True).set_index(["key", "name", "day"]).reset_index()
