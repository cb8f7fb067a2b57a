"""Call records in: one row for each call, in our own columns or in the layout of a public data set."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data.cells import CLOCK, DAY, TEXT, number, whole
from data.columns import Column, Table
from data.exchange.files import read_table, read_text, stop
from data.model.base import BoolArray, FloatArray, IntArray
from data.model.call_record import CallRecords, LeftOut
from data.model.errors import Finding, InvalidData
from data.model.time import Horizon, as_local, local
from data.tables import CALL_RECORDS

DAY_S = 86_400.0

NO_AGENT = "NO_SERVER"
"""What stands for the agent in the Anonymous Bank's records where there is none."""

ANONYMOUS_BANK = Table(
    "anonymous_bank",
    (
        Column("customer_id", TEXT),
        Column("priority", whole(0)),
        *(Column(name, TEXT) for name in ("type", "outcome", "server")),
        Column("date", DAY),
        *(Column(name, CLOCK) for name in ("vru_entry", "vru_exit", "q_start")),
        *(Column(name, number(), "s") for name in ("vru_time", "q_time", "ser_time")),
    ),
    extra=True,
)
"""The columns of the Anonymous Bank's records that are read."""


ANONYMOUS_BANK_HEAD_STARTS = {1: 90.0, 2: 180.0}
"""Seconds by which its callers of a priority count as having waited longer.

Its documentation says that VIP count 90 s more than regular customers; the order of the answers shows that from 12 January 1999
on regular customers in turn count 90 s more than callers without a priority (and that nobody did before).
"""


def read_call_records(path: Path, zone: str, *, columns: Mapping[str, str] = {}) -> CallRecords:
    """Read call records.

    Parameters
    ----------
    path : Path
        CSV, ``.csv.gz``, XLSX or Parquet with ``queue, arrival, wait_s, outcome, handle_s[, agent, caller, priority]``; other
        columns are left out. `outcome` is answered or abandoned; a handle time that is not there is not known (NaN).
    zone : str
        IANA time zone. Arrivals without offset are its wall time; of one that occurs twice, the first.
    columns : mapping
        Name in the file of each column that is named otherwise, e.g. ``{"queue": "skill"}``.

    Raises
    ------
    InvalidData
        With every finding.
    """
    text = read_text(path).rename(columns={theirs: ours for ours, theirs in columns.items()})
    stop(CALL_RECORDS.check(text, path.name))
    rows = CALL_RECORDS.values(text)
    if not len(rows):
        raise InvalidData([Finding(path.name, None, None, "no row", "at least one call")])
    stop([*_skipped(rows["arrival"], zone, path.name), *_handled_though_lost(rows, path.name)])
    answered = (rows["outcome"] == "answered").to_numpy()
    return _records(
        np.array([as_local(stamp, zone).timestamp() for stamp in rows["arrival"]]),
        zone,
        queue=rows["queue"],
        wait=rows["wait_s"],
        answered=answered,
        handle=_column(rows, "handle_s"),
        agent=_column(rows, "agent"),
        caller=_column(rows, "caller"),
        priority=_column(rows, "priority").fillna(0),
    )


def read_anonymous_bank(path: Path, zone: str = "Asia/Jerusalem") -> CallRecords:
    """Read call records in the layout of the Technion's Anonymous Bank.

    A call enters the queue when it leaves the voice menu. What is left out is counted by reason: phantom calls, negative
    times, callers who hung up in the menu, and calls that name no agent though one is said to have answered.

    Raises
    ------
    InvalidData
        With every finding: a missing column, a cell that does not read.

    References
    ----------
    Brown et al., Statistical analysis of a telephone call center (JASA 2005), doi:10.1198/016214504000001808; data by
    I. Guedj and A. Mandelbaum, Technion.
    """
    rows = read_table(path, ANONYMOUS_BANK)
    kept, left_out = _sifted(rows)
    if not kept.any():
        raise InvalidData([Finding(path.name, None, None, "no call that reached a queue", "at least one call")])
    rows = rows[kept]
    return _records(
        _entered(rows, zone),
        zone,
        queue=rows["type"],
        wait=rows["q_time"],
        answered=(rows["outcome"] == "AGENT").to_numpy(),
        handle=rows["ser_time"],
        agent=rows["server"],
        caller=rows["customer_id"].where(rows["customer_id"] != "0"),
        priority=rows["priority"],
        left_out=left_out,
    )


def _records(
    epoch_s: FloatArray,
    zone: str,
    *,
    queue: "pd.Series[Any]",
    wait: "pd.Series[Any]",
    answered: BoolArray,
    handle: "pd.Series[Any]",
    agent: "pd.Series[Any]",
    caller: "pd.Series[Any]",
    priority: "pd.Series[Any]",
    left_out: tuple[LeftOut, ...] = (),
) -> CallRecords:
    """Records of columns; what an abandoned call says about agent and handle time is left out."""
    first, last = (datetime.fromtimestamp(at, ZoneInfo(zone)).date() for at in (epoch_s.min(), epoch_s.max()))
    horizon = Horizon(zone=zone, first=first, days=(last - first).days + 1)
    queue_of, queues = _numbered(queue)
    agent_of, agents = _numbered(agent.where(answered))
    return CallRecords(
        queues,
        agents,
        horizon,
        queue_of,
        epoch_s - horizon.start.timestamp(),
        wait.to_numpy(dtype=np.float64),
        answered,
        np.where(answered, handle.to_numpy(dtype=np.float64), np.nan),
        agent_of,
        _numbered(caller)[0] + 1,
        priority.to_numpy(dtype=np.int64),
        left_out,
    )


def _sifted(rows: pd.DataFrame) -> tuple[BoolArray, tuple[LeftOut, ...]]:
    """Which rows are calls that reached a queue, and how many are not, each by the first reason that holds."""
    claims = (
        ("phantom calls", "虚呼", rows["outcome"] == "PHANTOM"),
        ("negative times", "时间为负", (rows[["vru_time", "q_time", "ser_time"]] < 0).any(axis=1)),
        ("hung up in the voice menu", "在语音菜单中挂断", (rows["outcome"] == "HANG") & ~_queued(rows)),
        ("answered without an agent", "已接听但无坐席", (rows["outcome"] == "AGENT") & (rows["server"] == NO_AGENT)),
    )
    kept, left_out = np.ones(len(rows), dtype=np.bool_), list[LeftOut]()
    for reason, reason_zh, holds in claims:
        wrong = kept & holds.to_numpy()
        left_out.append(LeftOut(reason, reason_zh, int(wrong.sum())))
        kept &= ~wrong
    return kept, tuple(left_out)


def _queued(rows: pd.DataFrame) -> BoolArray:
    """Which callers entered a line; midnight stands for what did not happen, unless seconds were waited."""
    return (_clock_s(rows["q_start"]) > 0) | (rows["q_time"].to_numpy() > 0)


def _clock_s(times: "pd.Series[Any]") -> FloatArray:
    """Seconds since midnight."""
    return np.array([3600.0 * at.hour + 60.0 * at.minute + at.second for at in times.tolist()], dtype=np.float64)


def _entered(rows: pd.DataFrame, zone: str) -> FloatArray:
    """Moment at which each call entered the queue, seconds since 1970; the date is that of the voice menu."""
    began, left = _clock_s(rows["vru_entry"]), _clock_s(rows["vru_exit"])
    at = np.where(_queued(rows), _clock_s(rows["q_start"]), left)
    midnight = np.array([local(day, time(0), zone).timestamp() for day in rows["date"].tolist()], dtype=np.float64)
    return midnight + at + np.where(at < began - DAY_S / 2, DAY_S, 0.0)  # the menu was left after midnight


def _column(rows: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """A column, empty if the file has none."""
    return rows[name] if name in rows.columns else pd.Series(np.nan, index=rows.index)


def _numbered(names: "pd.Series[Any]") -> tuple[IntArray, tuple[str, ...]]:
    """Number of each name in order of first appearance, -1 where there is none; and the names."""
    codes, found = pd.factorize(names.astype(object))
    return codes.astype(np.int64), tuple(str(name) for name in found)


def _skipped(arrivals: "pd.Series[Any]", zone: str, where: str) -> Sequence[Finding]:
    """Wall times that the clock skips."""
    naive = [(line, at) for line, at in arrivals.items() if at.tzinfo is None]
    wrong = [(line, at) for line, at in naive if local(at.date(), at.time(), zone).replace(tzinfo=None) != at]
    expected, fix = f"a time that exists in {zone}", "the clock skips it; give the offset"
    return [Finding(where, int(str(line)), "arrival", str(at), expected, fix) for line, at in wrong]


def _handled_though_lost(rows: pd.DataFrame, where: str) -> Sequence[Finding]:
    wrong = rows["handle_s"][(rows["outcome"] == "abandoned") & (rows["handle_s"] > 0)]
    expected, fix = "no handle time of an abandoned call", "empty the cell, or say that the call was answered"
    return [Finding(where, int(str(line)), "handle_s", f"{seconds:g}", expected, fix) for line, seconds in wrong.items()]
