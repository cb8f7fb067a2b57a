"""Wishes for leave in, decisions out: ``leave_wishes.csv``, ``leave_waiting.csv``, ``leave_decisions.csv``, only ever added to."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from data.cells import DAY, FLAG, TEXT, choice, number, whole_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import read_table, records, stop, write_table
from data.exchange.people import Rows, read_entities
from data.model.errors import Finding
from data.model.leave_plan import LeaveCause, LeaveDecision, LeaveOutcome, LeaveWish

WISHES_FILE, WAITING_FILE, DECISIONS_FILE = "leave_wishes.csv", "leave_waiting.csv", "leave_decisions.csv"

_ASKED = (
    *alike("id agent", TEXT),
    *alike("first last", DAY),
    optional("code", TEXT),
    optional("paid", FLAG),
    *(optional(name, whole_of(LeaveWish, name)) for name in ("rank", "bid", "flexible_days")),
    optional("split", FLAG),
)

LEAVE_WISHES = Table("leave_wishes", _ASKED, keys=("id",))

LEAVE_WAITING = Table("leave_waiting", (*_ASKED, *(optional(name, TEXT) for name in ("why", "why_zh"))), keys=("id",))
"""Wishes not granted yet, with the reason of the last run."""

LEAVE_DECISIONS = Table(
    "leave_decisions",
    (
        *alike("wish agent", TEXT),
        Column("outcome", choice(*get_args(LeaveOutcome))),
        Column("cause", choice(*get_args(LeaveCause)), filled=False),
        *alike("first last", DAY),
        Column("granted", TEXT, filled=False),
        Column("points", whole_of(LeaveDecision, "points"), "points"),
        Column("value", number(0)),
        *(Column(name, DAY, filled=False) for name in ("offer_first", "offer_last")),
        *alike("sentence sentence_zh", TEXT),
    ),
)
"""``first`` and ``last`` are the days asked for; ``granted`` those granted, such as ``2026-06-01/2026-06-03``, parted by ``;``."""


def read_leave_wishes(
    folder: Path, agents: Collection[str], taken: Collection[str], paid: Mapping[str, bool]
) -> tuple[LeaveWish, ...]:
    """Wishes of a folder that wait for a decision: those of its two files, an edited wish before the one that waits.

    Parameters
    ----------
    agents : collection of str
        Those that there are.
    taken : collection of str
        Codes that are no leave.
    paid : mapping of str to bool
        Whether leave of a code is paid, as far as it is known.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, days out of order, unknown agents, codes of shifts; or neither file is there.
    """
    findings, known = list[Finding](), dict(paid)
    there = [(folder / name, table) for name, table in ((WAITING_FILE, LEAVE_WAITING), (WISHES_FILE, LEAVE_WISHES))]
    held = [(path, _read(path, table, findings)) for path, table in there if path.is_file()]
    for path, rows in held:
        findings += [found for line, one in rows for found in _misfits(path.name, line, one, agents, taken, known)]
    if not held:
        fix = "columns id, agent, first, last, and if need be code, paid, rank, bid, flexible_days, split"
        findings.append(Finding(WISHES_FILE, None, None, "no file", "wishes for leave, one a row", fix))
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    done = _granted(folder / DECISIONS_FILE)
    wishes = {one.id: one for _, rows in held for _, one in rows}
    return tuple(one for one in wishes.values() if one.id not in done)


def _read(path: Path, table: Table, findings: list[Finding]) -> Rows[LeaveWish]:
    def wish(record: dict[str, Any]) -> LeaveWish:
        return LeaveWish(**{key: cell for key, cell in record.items() if key in LeaveWish.model_fields})

    return read_entities(path, table, wish, findings)


def _misfits(
    where: str, line: int, one: LeaveWish, agents: Collection[str], taken: Collection[str], paid: dict[str, bool]
) -> Iterable[Finding]:
    """What does not fit of a wish; `paid` learns from those before."""
    if one.agent not in agents:
        yield Finding(where, line, "agent", repr(one.agent), "an agent of staff.csv")
    if one.code in taken:
        yield Finding(where, line, "code", repr(one.code), "a code of leave, not of a shift or the day off")
    if paid.setdefault(one.code, one.paid) != one.paid:
        yield Finding(where, line, "paid", str(one.paid), f"as elsewhere for {one.code}: {paid[one.code]}", "use two codes")


def _granted(path: Path) -> set[str]:
    """Wishes that were granted in earlier runs, if only in part: the rest is asked for anew."""
    return {row["wish"] for row in _decisions(path) if row["outcome"] != "refused"}


def _decisions(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [record for _, record in records(read_table(path, LEAVE_DECISIONS))]


def add_leave_decisions(decided: Iterable[tuple[LeaveWish, LeaveDecision]], path: Path) -> None:
    """Add a row for each decision to a file, which is made if need be.

    Raises
    ------
    InvalidData
        If what stands there does not read: nothing is written then.
    """
    write_table(LEAVE_DECISIONS.frame([*_decisions(path), *(_row(wish, one) for wish, one in decided)]), path)


def _row(wish: LeaveWish, one: LeaveDecision) -> dict[str, Any]:
    spans = ";".join(f"{first}/{last}" for first, last in one.granted)
    offer = {} if one.offer is None else {"offer_first": one.offer[0], "offer_last": one.offer[1]}
    return one.model_dump(exclude={"granted", "offer"}) | {"first": wish.first, "last": wish.last, "granted": spans} | offer


def write_waiting(waiting: Iterable[tuple[LeaveWish, LeaveDecision | None]], path: Path) -> None:
    """Write the wishes that wait, with the reason of the last run if there was one."""
    rows = [wish.model_dump() | ({} if one is None else {"why": one.sentence, "why_zh": one.sentence_zh}) for wish, one in waiting]
    write_table(LEAVE_WAITING.frame(rows), path)
