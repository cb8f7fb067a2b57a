from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from store_case import author, new_database

from data.exchange.catalogue import BY_NAME, CATALOGUE
from data.model.errors import Superseded
from data.store.base import Database
from data.store.documents import BLOBS, content, documents, drop_document, put_document
from data.store.entries import ENTRIES, Body, close, entries, last_change, merge, parsed, replace_all
from data.store.revisions import add_centre, changing

STAFF, LOG, LEAVE, OUTPUT = BY_NAME["staff"], BY_NAME["versions"], BY_NAME["leave"], BY_NAME["coverage"]


def person(agent: str, **more: object) -> Body:
    return {"agent": agent, "contract": "full", "skills": ["power"], **more}


def step(version: str) -> Body:
    return {"version": version, "deed": "proposed", "by": "ann", "at": "2026-06-01T08:00:00+08:00"}


def write(database: Database, kept, rows: list[Body], centre: str = "grid") -> None:
    with changing(database, centre, author(), "write") as change:
        replace_all(change, kept, rows)


def bring(database: Database, kept, rows: list[Body], base: int, centre: str = "grid") -> None:
    with changing(database, centre, author(), "bring") as change:
        merge(change, kept, rows, base)


def bodies(database: Database, kept, revision: int | None = None, centre: str = "grid") -> list[Body]:
    with database.reading() as connection:
        return [entry.body for entry in entries(connection, centre, kept.name, revision)]


def test_equal_rows_stay_and_only_what_differs_is_appended(database: Database) -> None:
    write(database, STAFF, [person("a1"), person("a2")])
    write(database, STAFF, [person("a1"), person("a2", site="east"), person("a3")])
    with database.reading() as connection:
        held = entries(connection, "grid", "staff")
        assert [(entry.key, entry.version) for entry in held] == [("a1", 1), ("a2", 2), ("a3", 2)]
        assert last_change(connection, "grid", "staff") == 2
        assert connection.scalar(select(func.count()).select_from(ENTRIES)) == 4
    assert bodies(database, STAFF, 1) == [person("a1"), person("a2")]


def test_disjoint_edits_both_stay(database: Database) -> None:
    write(database, STAFF, [person("a1"), person("a2"), person("a3")])
    write(database, STAFF, [person("a1", site="west"), person("a2"), person("a3"), person("a4")])
    bring(database, STAFF, [person("a1"), person("a2", site="east"), person("a5")], 1)
    assert {body["agent"]: body.get("site") for body in bodies(database, STAFF)} == {
        "a1": "west",
        "a2": "east",
        "a4": None,
        "a5": None,
    }


@pytest.mark.parametrize("mine", [[person("a1", site="south")], [], [person("a1", site="west", team="t")]])
def test_clashing_edits_are_refused_and_leave_nothing(database: Database, mine: list[Body]) -> None:
    write(database, STAFF, [person("a1")])
    write(database, STAFF, [person("a1", site="west")])
    with pytest.raises(Superseded, match="a1"):
        bring(database, STAFF, mine, 1)
    assert bodies(database, STAFF) == [person("a1", site="west")]


def test_the_same_edit_of_both_is_no_clash(database: Database) -> None:
    write(database, STAFF, [person("a1")])
    write(database, STAFF, [person("a1", site="west")])
    bring(database, STAFF, [person("a1", site="west")], 1)
    assert bodies(database, STAFF) == [person("a1", site="west")]


def test_logs_append_whoever_comes_later(database: Database) -> None:
    write(database, LOG, [step("v1")])
    bring(database, LOG, [step("v1"), step("v2")], 1)
    bring(database, LOG, [step("v1"), step("v3")], 1)
    assert [body["version"] for body in bodies(database, LOG)] == ["v1", "v2", "v3"]
    with pytest.raises(Superseded, match="only ever added to"):
        bring(database, LOG, [step("v9")], 1)


def test_a_log_that_is_written_shorter_is_refused_even_by_who_is_alone(database: Database) -> None:
    write(database, LOG, [step("v1"), step("v2")])
    with pytest.raises(Superseded, match="only ever added to"):
        bring(database, LOG, [step("v2")], 1)


def test_rows_without_keys_keep_what_tells_them_apart(database: Database) -> None:
    rest = {"agent": "a1", "first": "2026-06-01", "last": "2026-06-02", "code": "AL"}
    write(database, LEAVE, [rest, rest])
    with database.reading() as connection:
        first = [entry.key for entry in entries(connection, "grid", "leave")]
    write(database, LEAVE, [rest | {"agent": "a0"}, rest, rest])
    with database.reading() as connection:
        assert [entry.key for entry in entries(connection, "grid", "leave")][1:] == first
    assert len(set(first)) == 2


def test_an_output_is_as_who_wrote_it_last(database: Database) -> None:
    row = {"queue": "q", "timestamp": "2026-06-01T08:00:00+08:00", "calls": 4.0, "required": 2.0, "rostered": 1.0}
    write(database, OUTPUT, [row])
    write(database, OUTPUT, [row | {"calls": 5.0}])
    bring(database, OUTPUT, [row | {"calls": 6.0}], 1)
    assert [body["calls"] for body in bodies(database, OUTPUT)] == [6]


def test_closed_rows_stand_at_earlier_revisions(database: Database) -> None:
    write(database, STAFF, [person(f"a{k}") for k in range(1200)])
    with changing(database, "grid", author(), "close") as change:
        close(change, STAFF, [f"a{k}" for k in range(1199)])
    assert [body["agent"] for body in bodies(database, STAFF)] == ["a1199"]
    assert len(bodies(database, STAFF, 1)) == 1200


def test_documents_keep_each_content_once(database: Database) -> None:
    for text in (b"one", b"one", b"two", b"one"):
        with changing(database, "grid", author(), "document") as change:
            put_document(change, "centre.toml", text)
    with changing(database, "grid", author(), "document") as change:
        drop_document(change, "centre.toml")
    with database.reading() as connection:
        assert documents(connection, "grid") == {}
        told = {number: documents(connection, "grid", number)["centre.toml"] for number in (1, 2, 3, 4)}
        assert [content(connection, sha) for sha, _ in told.values()] == [b"one", b"one", b"two", b"one"]
        assert [since for _, since in told.values()] == [1, 1, 3, 4]
        assert connection.scalar(select(func.count()).select_from(BLOBS)) == 2


def test_every_table_of_the_catalogue_has_a_name_of_its_own() -> None:
    assert len({kept.file for kept in CATALOGUE}) == len({kept.name for kept in CATALOGUE}) == len(CATALOGUE)


def test_cells_become_json(database: Database) -> None:
    cells = {"agent": "a1", "skills": "power;ev", "no_night": "yes", "protected_until": "2026/6/1", "efficiency": "0.9", "team": ""}
    assert parsed(STAFF, cells) == {
        "agent": "a1",
        "skills": ["power", "ev"],
        "no_night": True,
        "protected_until": "2026-06-01",
        "efficiency": 0.9,
    }


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], tuple[Database, str]]]:
    """A new centre each time, in one database."""
    made, numbers = new_database(f"sqlite:///{tmp_path_factory.mktemp('entries') / 'echelon.sqlite3'}"), count()

    def new() -> tuple[Database, str]:
        centre = f"c{next(numbers)}"
        with made.writing() as connection:
            add_centre(connection, centre, author())
        return made, centre

    yield new
    made.engine.dispose()


CONTENT = st.dictionaries(st.sampled_from([f"a{k}" for k in range(6)]), st.integers(0, 2), max_size=6)


def rows(content: dict[str, int]) -> list[Body]:
    return [person(agent, efficiency=value / 2) for agent, value in content.items()]


@settings(max_examples=40, deadline=None)
@given(CONTENT, CONTENT, CONTENT)
def test_a_merge_keeps_both_or_neither(
    centres: Callable, was: dict[str, int], theirs: dict[str, int], mine: dict[str, int]
) -> None:
    database, centre = centres()
    write(database, STAFF, rows(was), centre)
    write(database, STAFF, rows(theirs), centre)
    changed = {name for name in {*was, *mine} if was.get(name) != mine.get(name)}
    clash = any(theirs.get(name) not in (was.get(name), mine.get(name)) for name in changed)
    before = bodies(database, STAFF, centre=centre)
    try:
        bring(database, STAFF, rows(mine), 1, centre)
    except Superseded:
        assert clash
        assert bodies(database, STAFF, centre=centre) == before
        return
    assert not clash
    expected = theirs | {name: mine[name] for name in changed if name in mine}
    for name in changed - set(mine):
        expected.pop(name, None)
    assert sorted(map(str, bodies(database, STAFF, centre=centre))) == sorted(map(str, rows(expected)))
    assert bodies(database, STAFF, 1, centre) == rows(was)


@settings(max_examples=20, deadline=None)
@given(st.lists(CONTENT, max_size=6))
def test_every_revision_is_read_as_it_was_written(centres: Callable, history: list[dict[str, int]]) -> None:
    database, centre = centres()
    for told in history:
        write(database, STAFF, rows(told), centre)
    for number, told in enumerate(history, 1):
        assert bodies(database, STAFF, number, centre) == rows(told)
