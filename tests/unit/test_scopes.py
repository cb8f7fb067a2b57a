"""What a caller sees of a centre: by site, team and project; held until the centre changes, never what was taken back."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.http.permissions import Caller
from api.http.problems import Forbidden
from api.http.scopes import may_write_agent, may_write_all, visible_agents, visible_queues
from data.exchange.catalogue import BY_NAME
from data.store.base import Database, metadata
from data.store.documents import put_document
from data.store.entries import put
from data.store.members import members
from data.store.revisions import Author, Change, add_centre, changing

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CENTRE = '[[queues]]\nid = "cards"\nproject = "bank"\n[[queues]]\nid = "claims"\nproject = "insurance"\n'


def staffed(change: Change, **teams: str) -> None:
    rows = [{"agent": agent, "site": "main", "team": team, "skills": ["cards"]} for agent, team in teams.items()]
    rows[-1] |= {"skills": ["claims"], "site": "north"}
    put(change, BY_NAME["staff"], [(str(row["agent"]), place, row) for place, row in enumerate(rows, 1)])


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    held = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    metadata.create_all(held.engine)
    author = Author("test", NOW)
    with held.writing() as connection:
        add_centre(connection, "grid", author)
    with changing(held, "grid", author, "test") as change:
        staffed(change, a="T1", b="T2", c="T2")
        put_document(change, "centre.toml", CENTRE.encode())
    yield held
    held.engine.dispose()


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (Caller("x", "system", ("planner",)), None),
        (Caller("x", "system", ("leader",), teams=frozenset({"T2"})), {"b", "c"}),
        (Caller("x", "system", ("leader",), teams=frozenset({"T2"}), sites=frozenset({"main"})), {"b"}),
        (Caller("x", "system", ("leader",), projects=frozenset({"insurance"})), {"c"}),
        (Caller("x", "system", ("leader",), teams=frozenset({"none"})), set()),
        (Caller("x", "person", ("agent",), agent="b"), {"b"}),
        (Caller("x", "person", ("agent",)), set()),
        (Caller("x", "person", ("agent", "leader"), agent="b", teams=frozenset({"T1"})), {"a"}),
    ],
)
def test_agents_that_are_open(database: Database, caller: Caller, seen: set[str] | None) -> None:
    with database.reading() as connection:
        assert visible_agents(connection, "grid", caller) == seen


def test_queues_follow_the_projects(database: Database) -> None:
    with database.reading() as connection:
        assert visible_queues(connection, "grid", Caller("x", "system", ("planner",))) is None
        assert visible_queues(connection, "grid", Caller("x", "system", ("planner",), projects=frozenset({"bank"}))) == {"cards"}


def test_writing_beyond_is_refused(database: Database) -> None:
    leader = Caller("x", "person", ("leader",), teams=frozenset({"T2"}))
    with database.reading() as connection:
        may_write_agent(connection, "grid", leader, "b", "c")
        with pytest.raises(Forbidden):
            may_write_agent(connection, "grid", leader, "b", "a")
    with pytest.raises(Forbidden):
        may_write_all(leader)
    may_write_all(Caller("x", "person", ("planner",)))


def taken_back(database: Database, author: Author) -> None:
    with changing(database, "grid", author, "test") as change:
        staffed(change, a="T9", b="T2", c="T2")
        assert members(change.connection, "grid")["a"].team == "T9"
        raise ZeroDivisionError


def test_what_was_taken_back_is_not_held(database: Database) -> None:
    author = Author("test", NOW)
    with database.reading() as connection:
        assert members(connection, "grid")["a"].team == "T1"
    with pytest.raises(ZeroDivisionError):
        taken_back(database, author)
    with changing(database, "grid", author, "test") as change:
        staffed(change, a="T5", b="T2", c="T2")
    with database.reading() as connection:
        assert members(connection, "grid")["a"].team == "T5"
