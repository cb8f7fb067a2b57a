"""Rosters that people or other systems give as a whole: made out of the one in force, judged, and kept as a proposal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from api.looking import copied, looking
from api.provenance import CODE, ROSTER, code_version
from api.versions import by_hand, judged_late
from api.workspace import Workspace
from data.exchange.people import write_leave
from data.exchange.rosters import RosterRecord, record_of
from data.model.base import BoolArray, IntArray
from data.model.errors import Finding, InvalidData
from data.model.people import Absence
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.splice import days_of, differing, spliced
from data.model.version import JUDGED, UNJUDGED, Hand, is_unjudged
from data.store.base import Connection, Database
from data.store.documents import content, documents, put_document
from data.store.entries import entries
from data.store.folder import Files
from data.store.revisions import Author, Change, changing
from data.store.roster_reading import Held, chain_of, roster_of, version_held, versions_held
from data.store.roster_saving import save_roster
from data.store.version_steps import add_step, complete_record
from data.store.working_copy import check_in
from optimizer.rostering.certificate import roster_hash


@dataclass(frozen=True)
class Given:
    """A roster as it is given: which code each agent has on each day.

    Parameters
    ----------
    cells : sequence of sequence of int
        Index into `codes` by agent and day; -1 = as the parent has it.
    keep : bool
        Whether later runs keep the days that it changes.
    """

    agents: Sequence[str]
    days: Sequence[date]
    codes: Sequence[str]
    cells: Sequence[Sequence[int]]
    keep: bool = True


def made_of(parent: Roster, given: Given, shifts: Sequence[ShiftTemplate], leave: Sequence[str] = ()) -> Roster:
    """The parent with the days that are given; a day whose code stays keeps its times, another one has those of its shift.

    Parameters
    ----------
    leave : sequence of str
        Codes that are leave, beside those that the parent has.

    Raises
    ------
    InvalidData
        Every agent, day and code that is not known, and lines of another length.
    """
    templates = {shift.code: shift for shift in shifts}
    known = list(dict.fromkeys((*parent.codes, OFF, *leave, *templates)))
    findings = list(_unfit(parent, given, known))
    if findings:
        raise InvalidData(findings)
    wide = np.full(parent.symbol.shape, -1, dtype=np.int64)
    index = np.array([*(known.index(code) for code in given.codes), -1], dtype=np.int64)
    rows, columns = _places(parent.agents, given.agents), [parent.horizon.index(day) for day in given.days]
    wide[np.ix_(rows, columns)] = index[np.array(given.cells, dtype=np.int64)]
    symbol = np.where(wide < 0, parent.symbol, wide)
    return spliced(parent, _shaped(parent, symbol, known, templates), symbol != parent.symbol)


def _places(held: Sequence[str], named: Sequence[str]) -> list[int]:
    place = {name: k for k, name in enumerate(held)}
    return [place[name] for name in named]


def _unfit(parent: Roster, given: Given, codes: Sequence[str]) -> Iterator[Finding]:
    """What of a given roster is not there, or stands twice, or has another shape."""
    for column, names, known, expected in (
        ("agents", given.agents, set(parent.agents), f"an agent of {parent.version}"),
        ("days", given.days, set(parent.horizon.dates), f"a day from {parent.horizon.first} to {parent.horizon.last}"),
        ("codes", given.codes, set(codes), f"one of {' '.join(codes)}"),
    ):
        seen = set[object]()
        for row, name in enumerate(names):
            if name not in known or name in seen:
                yield Finding("roster", row, column, str(name), f"{expected}, once")
            seen.add(name)
    if len(given.cells) != len(given.agents):
        yield Finding("roster", None, "cells", f"{len(given.cells)} lines", f"{len(given.agents)} lines, one for each agent")
    for row, line in enumerate(given.cells):
        if len(line) != len(given.days):
            yield Finding("roster", row, "cells", f"{len(line)} days", f"{len(given.days)} days")
        elif line and not -1 <= min(line) <= max(line) < len(given.codes):
            yield Finding("roster", row, "cells", f"{min(line)} to {max(line)}", f"-1 to {len(given.codes) - 1}")


def _shaped(parent: Roster, symbol: IntArray, codes: Sequence[str], templates: Mapping[str, ShiftTemplate]) -> Roster:
    """Every day as the template of its code has it, pauses at their first places."""
    shifts = [templates.get(code) for code in codes]
    plans = [(-1,) if shift is None else shift.plans[0] for shift in shifts]
    most = max(len(plan) for plan in plans) - 1
    table = {
        "start": [-1 if shift is None else shift.start_minute for shift in shifts],
        "minutes": [0 if shift is None else shift.minutes for shift in shifts],
        "meal": [plan[0] for plan in plans],
        "meal_minutes": [0 if shift is None else shift.meal_minutes for shift in shifts],
        "breaks": [[*plan[1:], *[-1] * (most - len(plan) + 1)] for plan in plans],
    }
    arrays = {name: np.array(values, dtype=np.int64)[symbol] for name, values in table.items()}
    arrays["breaks"] = arrays["breaks"].reshape(*symbol.shape, most)
    return replace(parent, codes=tuple(codes), symbol=symbol, **arrays)


Noted = Callable[[Connection, str], None]
"""What is done with the name of a new version in the transaction that keeps it."""


def _nothing(_: Connection, __: str) -> None:
    pass


@dataclass(frozen=True)
class Store:
    """A centre in the store.

    Parameters
    ----------
    files : Files
        What stands beside the database.
    """

    database: Database
    files: Files
    centre: str

    def made(self, parent: str, given: Given) -> tuple[Roster, Roster]:
        """The parent, and the roster that is given out of it."""
        with self.database.reading() as connection:
            shifts = [ShiftTemplate.model_validate(entry.body) for entry in entries(connection, self.centre, "shifts")]
            leave = [absence.code for absence in _absences(connection, self.centre)]
            before = roster_of(connection, version_held(connection, self.centre, parent), shifts)
        return before, made_of(before, given, shifts, leave)

    def propose_judged(self, parent: str, given: Given, author: Author, kept: Noted = _nothing) -> str:
        """Keep a given roster as a proposal, if the verifier finds nothing that the one in force does not have; its name.

        Parameters
        ----------
        kept : callable
            Is told the name within the transaction, before it ends.

        Raises
        ------
        InvalidData
            What is not known, or every hard rule that it breaks anew.
        """
        before, made = self.made(parent, given)
        changed = tuple(days_of(before, differing(before, made))) if given.keep else ()
        with copied(self.database, self.files, self.centre) as folder:
            workspace = Workspace.at(folder)
            planned = replace(by_hand(workspace.named(parent), made), edited=changed)
            name = workspace.propose(planned, _hand(author)).roster.version
            with changing(self.database, self.centre, author, "roster.proposed", name) as change:
                check_in(change, folder, self.files)
                kept(change.connection, name)
        return name

    def propose_at_once(self, parent: str, given: Given, author: Author, kept: Noted = _nothing) -> str:
        """Keep a given roster as a proposal that nobody has judged yet; its name.

        It cannot be approved before the verifier has judged it (`judge`).

        Parameters
        ----------
        kept : callable
            Is told the name within the transaction, before it ends.
        """
        before, made = self.made(parent, given)
        with changing(self.database, self.centre, author, "roster.proposed", parent) as change:
            connection = change.connection
            held, own = version_held(connection, self.centre, parent), chain_of(connection, self.centre).proposed[parent]
            name = f"v{1 + sum(one.startswith('v') for one in versions_held(connection, self.centre)):03d}-week"
            first, last = own.first or made.horizon.first, own.last or made.horizon.last
            record = _record(replace(made, version=name), held, first, differing(before, made) if given.keep else None)
            roster = replace(made, version=name, parent=parent, rhythm="week", origin=record.origin)
            save_roster(change, f"versions/{name}.csv", roster, record)
            _copy_documents(change, parent, name)
            add_step(change, _hand(author).step(name, "proposed", parent=parent, rhythm="week", first=first, last=last))
            kept(connection, name)
        return name

    def judge(self, version: str, author: Author) -> bool:
        """Judge a version that was kept before it was judged, and keep its costs; whether it had to be.

        Raises
        ------
        InvalidData
            Every hard rule that it breaks and its parent does not.
        """
        with self.database.reading() as connection:
            held = version_held(connection, self.centre, version)
        if held.told is None or not is_unjudged(held.told.origin):
            return False
        with looking(self.database, self.files, self.centre) as workspace:
            record = judged_late(workspace, version)
        assert record is not None
        with changing(self.database, self.centre, author, "roster.judged", version) as change:
            complete_record(change, held, record)
        return True


def _hand(author: Author) -> Hand:
    return Hand(author.who, author.at.replace(microsecond=0), author.why)


def _absences(connection: Connection, centre: str) -> list[Absence]:
    return [Absence.model_validate(entry.body) for entry in entries(connection, centre, "leave")]


def _record(made: Roster, parent: Held, first: date, changed: BoolArray | None) -> RosterRecord:
    """How a given roster was made: by hand, out of its parent."""
    told = parent.told
    assert told is not None
    ours = {"made": "by hand", JUDGED: UNJUDGED, CODE: code_version(), ROSTER: roster_hash(made)}
    edited = () if changed is None else tuple(days_of(made, changed))
    update = {
        "parent": parent.name,
        "rhythm": "week",
        "origin": told.origin | ours,
        "first_open": first,
        "end_open": made.horizon.last + timedelta(days=1),
        "requirement": f"requirements/{made.version}.csv",
        "base": f"{parent.name}.csv",
        "status": "feasible",
        "locked": tuple(sorted({*told.locked, *told.edited} - set(edited))),
        "edited": edited,
    }
    return record_of(made).model_copy(update=update)


def _copy_documents(change: Change, parent: str, name: str) -> None:
    """Requirement and balances are those of the parent; leave is that which is granted by now."""
    held = documents(change.connection, change.centre)
    for folder in ("requirements", "balances"):
        for path in [one for one in held if one.startswith(f"versions/{folder}/{parent}.")]:
            copy = f"versions/{folder}/{name}{Path(path).suffix}"
            put_document(change, copy, content(change.connection, held[path][0]))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "leave.csv"
        write_leave(_absences(change.connection, change.centre), file)
        put_document(change, f"versions/leave/{name}.csv", file.read_bytes())
