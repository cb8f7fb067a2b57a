"""Steps of versions taken in the store: each is a row added to the log of a centre's versions."""

import tomllib

from sqlalchemy import Connection, Table, insert, literal, select

from data.exchange.catalogue import BY_NAME
from data.exchange.rosters import RosterRecord
from data.model.version import Chain, Step
from data.store.documents import content, documents
from data.store.entries import as_json, entries, parsed, put
from data.store.revisions import Change
from data.store.roster_reading import Held, steps_of
from data.store.rosters import ASSIGNMENTS, ROSTERS, drop_roster

LOG = BY_NAME["versions"]


def chain_by_rulebook(connection: Connection, centre: str) -> Chain:
    """The versions of a centre, and whom its rulebook asks for a second person."""
    found = documents(connection, centre).get("rulebook.toml")
    told = {} if found is None else tomllib.loads(content(connection, found[0]).decode())
    return Chain(steps_of(connection, centre), tuple(told.get("second_person", ())))


def add_step(change: Change, step: Step) -> Chain:
    """Take a step and keep it; the longer chain.

    Raises
    ------
    InvalidData, NotFound, Superseded
        It cannot be taken.
    """
    chain = chain_by_rulebook(change.connection, change.centre).take(step)
    cells = {name: str(as_json(value)) for name, value in step.model_dump(exclude_none=True).items()}
    place = max((entry.place for entry in entries(change.connection, change.centre, LOG.name)), default=0) + 1
    put(change, LOG, [(f"{place:08d}", place, parsed(LOG, cells))])
    return chain


def complete_record(change: Change, held: Held, record: RosterRecord) -> int:
    """Append a version as it stands with another record; its row id."""
    drop_roster(change, held.path)
    told = {"centre": change.centre, "path": held.path, "zone": held.zone, "since": change.number}
    text = record.model_dump_json(indent=2) + "\n"
    made = change.connection.execute(insert(ROSTERS).values(record=text, **told).returning(ROSTERS.c.id)).scalar_one()
    _copy_rows(change.connection, ASSIGNMENTS, held.id, made)
    return made


def _copy_rows(connection: Connection, table: Table, source: int, target: int) -> None:
    names = [column.name for column in table.columns if column.name != "roster"]
    rows = select(literal(target), *(table.c[name] for name in names)).where(table.c.roster == source)
    connection.execute(insert(table).from_select(["roster", *names], rows))
