"""What the warnings of a centre's folder said, beside the calls that came: kept at every look, scored when the calls are known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from api.ahead import Ahead
from api.planned import Planned, available_agents, whole_plan
from api.realised import replayed
from api.workspace import Workspace
from data.exchange.warning_chances import CHANCES_FOLDER, read_looks, write_look
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.response import COLOURS, CapacityWarning
from data.model.time import TimeGrid
from forecasting.score import calls_that_came
from optimizer.response.warning.scoring import ChanceScore, LevelScore, chance_score, level_scores, pooled, recalibrated_ahead
from optimizer.response.warning.warn import bearable_calls, outlook

KEPT = timedelta(days=7)
"""How far ahead what a look said is kept (house choice)."""

LEADS: dict[str, tuple[float, float]] = {"0-3 h": (0, 3), "3-24 h": (3, 24), "1-3 d": (24, 72), "3-7 d": (72, 168)}
"""Hours from the look to the start of the slot, half-open (house choice)."""

KINDS = ("chance", "chance_realised")
"""The two chances, in the order of `optimizer.response.warning.wording.CHANCES`; they are never mixed."""


def keep_chances(out: Path, ahead: Ahead, found: Sequence[CapacityWarning], now: datetime) -> None:
    """Keep what a look says of the live slots of the next days.

    Parameters
    ----------
    ahead : Ahead
        What the warnings were made from.
    """
    grid, queues = ahead.forecast.grid, ahead.queues
    near = (np.arange(grid.size) >= grid.slot(now)) & (np.arange(grid.size) < grid.slot(now + KEPT))
    wanted = np.broadcast_to(near, ahead.available.shape)
    view = outlook(ahead.forecast, ahead.requirement, ahead.available, queues, realised_at=wanted)
    levels = said_levels(found, ahead.forecast.queues, grid)
    rows = (
        {
            "looked_at": now,
            "queue": queues[row].id,
            "slot": grid.index[slot].to_pydatetime(),
            "chance": round(float(view.chance[row, slot]), 4),
            "chance_realised": round(float(view.chance_realised[row, slot]), 4),
            "level": COLOURS[levels[row, slot]],
        }
        for row, slot in np.argwhere(view.live & near)
    )
    write_look(rows, out / CHANCES_FOLDER, now)


def said_levels(found: Sequence[CapacityWarning], queues: Sequence[str], grid: TimeGrid) -> IntArray:
    """Level of the warning that covers each slot, 0 where none does; shape (queues, slots)."""
    levels = np.zeros((len(queues), grid.size), dtype=np.int64)
    for each in found:
        for start, end in each.spans:
            span = levels[queues.index(each.queue), grid.slot(start) : grid.slot(end)]
            np.maximum(span, int(each.level), out=span)
    return levels


@dataclass(frozen=True, eq=False)
class WarningScores:
    """How good the warnings of a folder were.

    Parameters
    ----------
    chances : dict
        By kind of chance and lead time, ``"all"`` last; leads without a slot are left out.
    mended : dict
        By kind, the scores without and with recalibration by what had come before, of the same chances; kinds of which too little
        had come are left out.
    levels : dict
        By kind, blue to red.
    looks, slots : int
        Looks, and slots of queues that they spoke of and whose calls are known.
    """

    chances: dict[str, dict[str, ChanceScore]]
    mended: dict[str, tuple[ChanceScore, ChanceScore]]
    levels: dict[str, list[LevelScore]]
    looks: int
    slots: int


def score_warnings(workspace: Workspace, history: CallHistory) -> WarningScores:
    """Score what was kept against the calls of a later history, under the rosters in force.

    Expected service is that of the agents in force at the calls that came, taken for their rate: a count strays from its rate,
    so that even true chances look a little too bold. Whether the slot itself missed is simulated with those calls.

    Raises
    ------
    InvalidData
        Nothing was kept, or no calls of a slot that it speaks of are known; with every finding in what was kept.
    """
    said = read_looks(workspace.out / CHANCES_FOLDER)
    rows = said.merge(_came(workspace, history, said), on=["queue", "slot"]) if len(said) else said
    if not len(rows):
        read = "no look was kept" if not len(said) else "no calls of the days that the looks speak of"
        fix = "run `echelon warn`, and score when the calls have come"
        raise InvalidData([Finding(CHANCES_FOLDER, None, None, read, "looks of days whose calls are known", fix)])
    stated = {kind: _stated(rows, kind, workspace.centre.centre.zone) for kind in KINDS}
    return WarningScores(
        {kind: dict(_by_lead(said, _hours(rows))) for kind, said in stated.items()},
        {kind: both for kind, said in stated.items() if (both := _mended(said))},
        {kind: _levels(rows, kind, workspace.centre.centre.interval_minutes) for kind in KINDS},
        rows["looked_at"].nunique(),
        len(rows[["queue", "slot"]].drop_duplicates()),
    )


def _came(workspace: Workspace, history: CallHistory, said: pd.DataFrame) -> pd.DataFrame:
    """Which slots missed, for each kind of chance; table ``queue, slot, missed_chance, missed_chance_realised``."""
    days = sorted({stamp.date() for stamp in said["slot"].dt.tz_convert(workspace.centre.centre.zone)})
    first = {workspace.chain.head(day): day for day in reversed(days)}
    tables = [_outcomes(whole_plan(workspace.newest(day)), history) for day in sorted(first.values())]
    # where two plans hold a slot, the later one is in force
    return pd.concat(tables).drop_duplicates(["queue", "slot"], keep="last")


def _outcomes(planned: Planned, history: CallHistory) -> pd.DataFrame:
    """Outcome of every slot of a plan whose calls are known; columns as in `_came`."""
    problem, available = planned.problem, available_agents(planned)
    grid, asked = problem.grid, problem.requirement
    made = replace(planned.forecast.on(grid), open=asked.calls > 0)
    calls, on_phones = calls_that_came(made, history), available * (1 - asked.shrinkage)
    tables = list[pd.DataFrame]()
    for row, name in enumerate(asked.queues):
        queue = problem.centre.queue(name)
        above = calls[row] > bearable_calls(queue, on_phones[row], asked.handle_time_s[row], grid.minutes)
        fine, _, service = replayed(queue, history, made, available, 1)
        good, offered = (_summed(each, fine, grid) for each in (service.answered_in_time[0], service.offered[0]))
        missed = good < queue.target.service_level * offered
        columns = {"queue": name, "slot": grid.index.tz_convert("UTC"), "missed_chance": above, "missed_chance_realised": missed}
        tables.append(pd.DataFrame(columns)[~np.isnan(calls[row]) & made.open[row]])
    return pd.concat(tables)


def _summed(values: FloatArray, fine: TimeGrid, grid: TimeGrid) -> FloatArray:
    """Sums over the slots of a coarser grid of the same days."""
    return values.reshape(grid.size, grid.minutes // fine.minutes).sum(axis=1)


class _Stated(NamedTuple):
    """Chances and what came, with the numbers of the days on which they were stated and of which they speak; shape (n,) each."""

    chances: FloatArray
    missed: BoolArray
    made: IntArray
    day: IntArray

    def part(self, of: BoolArray) -> ChanceScore:
        """Score of some of them; slots of one day count as one in the test of calibration."""
        return chance_score(self.chances[of], self.missed[of], self.day[of])


def _stated(rows: pd.DataFrame, kind: str, zone: str) -> _Stated:
    made, day = ([at.toordinal() for at in rows[name].dt.tz_convert(zone).dt.date] for name in ("looked_at", "slot"))
    chances, missed = rows[kind].to_numpy(dtype=np.float64), rows[f"missed_{kind}"].to_numpy(dtype=np.bool_)
    return _Stated(chances, missed, np.array(made, dtype=np.int64), np.array(day, dtype=np.int64))


def _hours(rows: pd.DataFrame) -> FloatArray:
    """Hours from the look to the start of the slot."""
    return (rows["slot"] - rows["looked_at"]).dt.total_seconds().to_numpy(dtype=np.float64) / 3600


def _by_lead(said: _Stated, hours: FloatArray) -> Iterator[tuple[str, ChanceScore]]:
    """Scores of each lead time that has slots."""
    for name, (first, end) in (LEADS | {"all": (-np.inf, np.inf)}).items():
        part = (hours >= first) & (hours < end)
        if part.any():
            yield name, said.part(part)


def _mended(said: _Stated) -> tuple[ChanceScore, ChanceScore] | None:
    """Scores without and with recalibration, where enough had come before."""
    again = recalibrated_ahead(said.chances, said.missed, said.made, said.day)
    both = ~np.isnan(again)
    return (said.part(both), said._replace(chances=again).part(both)) if both.any() else None


def _levels(rows: pd.DataFrame, kind: str, minutes: int) -> list[LevelScore]:
    """Scores of the levels, queues together."""
    parts = [_of_queue(part, kind, minutes) for _, part in rows.groupby("queue")]
    return pooled(parts)


def _of_queue(rows: pd.DataFrame, kind: str, minutes: int) -> list[LevelScore]:
    number = rows["level"].map(COLOURS.index)
    levels = rows.assign(number=number).pivot_table(index="looked_at", columns="slot", values="number", fill_value=0)
    missed = rows.groupby("slot")[f"missed_{kind}"].first().astype(float)
    looked, starts = (pd.DatetimeIndex(axis).as_unit("s").asi8 / 60 for axis in (levels.index, levels.columns))
    return level_scores(levels.to_numpy(dtype=np.int64), looked, starts, np.asarray(missed, dtype=np.float64), minutes)
