"""What people do in a quarter, from a seed: they wish for leave, fall ill, exchange shifts, and claim rights for their points."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ILL, LONGEST_ILL = "SL", 3
"""Code of sick leave, and most days of it."""
LONGEST_LEAVE = 5
SWAPS, AHEAD = 3, range(6, 13)
"""Exchanges asked for at a time, and how many days ahead of today they are."""
CLAIMS = 6
"""Claims at a time."""
MEASURES = (("regular_day_shift", 60, 5), ("leave_priority", 25, 2))
"""Measures that are claimed, dearest first: points that are held for them, and days of a claim."""


def leave_wishes(folder: Path, first: date, days: int, share: float, rng: np.random.Generator) -> None:
    """Wishes for leave of a share of the agents in a period, beside those that wait: one each, of a few days, with a rank."""
    agents = _staff(folder)["agent"].tolist()
    asking = rng.choice(agents, round(share * len(agents)), replace=False)
    rows = [_leave_wish(agent, first, days, rng) for agent in sorted(asking)]
    pd.DataFrame(rows).to_csv(folder / "leave_wishes.csv", index=False, lineterminator="\n")


def _leave_wish(agent: str, first: date, days: int, rng: np.random.Generator) -> dict[str, Any]:
    length = int(rng.integers(1, LONGEST_LEAVE + 1))
    begin = first + timedelta(days=int(rng.integers(0, days - length + 1)))
    end, rank = begin + timedelta(days=length - 1), int(rng.integers(1, 6))
    told = {"id": f"{agent}-{first}", "agent": agent, "first": begin, "last": end, "code": "AL", "paid": "yes"}
    return told | {"rank": rank, "flexible_days": 3}


def falls_ill(folder: Path, monday: date, share: float, rng: np.random.Generator) -> None:
    """A share of the agents is known to be ill on days of a week; nobody who has leave in it."""
    path = folder / "leave.csv"
    leave = pd.read_csv(path, dtype=str, keep_default_na=False)
    sunday = monday + timedelta(days=6)
    away = set(leave.loc[(leave["first"] <= str(sunday)) & (leave["last"] >= str(monday)), "agent"])
    agents = [agent for agent in _staff(folder)["agent"] if agent not in away]
    ill = sorted(rng.choice(agents, max(1, round(share * len(agents))), replace=False))
    rows = [_illness(agent, monday, rng) for agent in ill]
    pd.concat([leave, pd.DataFrame(rows)]).to_csv(path, index=False, lineterminator="\n")


def _illness(agent: str, monday: date, rng: np.random.Generator) -> dict[str, Any]:
    length = int(rng.integers(1, LONGEST_ILL + 1))
    begin = monday + timedelta(days=int(rng.integers(0, 7 - length + 1)))
    return {"agent": agent, "first": begin, "last": begin + timedelta(days=length - 1), "code": ILL, "paid": "yes"}


def swap_requests(folder: Path, day: date, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Pairs of agents of one contract and the same skills who work different shifts on a day to come, and agreed to exchange it."""
    roster, staff = pd.read_csv(folder / "roster.csv", dtype=str), _staff(folder).set_index("agent")
    worked = roster[roster["start"].notna()]
    made, found = f"{datetime.combine(day, time(8)).isoformat()}+08:00", list[dict[str, Any]]()
    for number in range(SWAPS):
        on = day + timedelta(days=int(rng.choice(AHEAD)))
        codes = worked[worked["date"] == str(on)].set_index("agent")["code"]
        if codes.empty:
            continue  # the roster published last is not that of the day
        one = str(rng.choice(codes.index))
        alike = staff.index[(staff[["contract", "skills"]] == staff.loc[one, ["contract", "skills"]]).all(axis=1)]
        others = [str(other) for other in codes.index.intersection(alike) if codes[other] != codes[one]]
        if others:
            other = str(rng.choice(others))
            told = {"id": f"swap-{day}-{number}", "kind": "swap", "agent": one, "other": other, "days": [str(on)]}
            found.append(told | {"made_at": made, "consents": [other]})
    return found


def _staff(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "staff.csv", dtype=str, keep_default_na=False)


def claims_of(folder: Path, first: date) -> Iterator[tuple[str, str, list[date]]]:
    """Who claims what, for which days: those with most points first, each the dearest measure that they can pay."""
    ledger = pd.read_csv(folder / "ledger.csv")
    held = ledger[ledger["account"].str.startswith("agent:", na=False)].groupby("account")["points"].sum()
    claimed = pd.read_csv(folder / "claims.csv")["agent"].tolist() if (folder / "claims.csv").is_file() else []
    for account, points in held.sort_values(ascending=False, kind="stable").head(CLAIMS).items():
        agent = str(account).removeprefix("agent:")
        measure = next((one for one in MEASURES if points >= one[1]), None)
        if measure and agent not in claimed:
            monday = first + timedelta(days=7 - first.weekday() if first.weekday() else 0)
            yield agent, measure[0], [monday + timedelta(days=d) for d in range(measure[2])]
