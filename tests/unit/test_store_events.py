"""Events that the logs of a centre mean, and to whom they go."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.exchange.catalogue import BY_NAME, CATALOGUE
from data.store.base import Database, metadata
from data.store.entries import put
from data.store.events import MOST, TOLD, events, events_of
from data.store.revisions import Author, add_centre, changing
from data.store.webhooks import add_webhook, backlog, matches

AUTHOR = Author("test", datetime(2026, 3, 1, tzinfo=UTC))


def test_every_log_that_is_told_is_one_of_the_catalogue_and_tells_its_own_columns() -> None:
    logs = {kept.name: kept for kept in CATALOGUE if kept.mode == "log"}
    assert set(TOLD) <= set(logs)
    for name, told in TOLD.items():
        assert set(told.fields) <= set(logs[name].table.names), name
        assert not set(told.fields) & {"reason", "cause", "sentence", "asked", "step", "lesson", "done"}, name


def test_a_row_is_an_event_and_changes_are_told_together() -> None:
    step = {"version": "v001", "deed": "published", "by": "lin", "at": "2026-03-01T08:00:00+08:00", "reason": "private"}
    told = {"version": "v001", "by": "lin", "at": "2026-03-01T08:00:00+08:00"}
    assert list(events_of("versions", [step])) == [("roster.published", told)]
    days = [{"agent": f"a{k}", "day": "2026-03-02", "before": "E", "after": "L", "reason": "ill"} for k in range(MOST + 1)]
    first, rest = events_of("changes", days)
    assert (first[0], len(first[1]["changes"]), len(rest[1]["changes"])) == ("roster.changed", MOST, 1)
    assert "reason" not in first[1]["changes"][0]
    assert list(events_of("ledger", [{"agent": "a"}])) == []


@pytest.mark.parametrize(
    ("wanted", "kind", "is_so"),
    [
        (["*"], "roster.published", True),
        (["roster.*"], "roster.published", True),
        (["roster.*"], "rosters.published", False),
        (["roster.published"], "roster.withdrawn", False),
        (["warning.raised", "roster.withdrawn"], "roster.withdrawn", True),
    ],
)
def test_types_are_chosen_by_name_or_by_kind(wanted: list[str], kind: str, is_so: bool) -> None:
    assert matches(wanted, kind) is is_so


def test_events_stand_and_fall_with_the_change_and_history_that_is_brought_in_is_no_news(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    metadata.create_all(database.engine)
    with database.writing() as connection:
        add_centre(connection, "c", AUTHOR)
        add_webhook(connection, "c", "https://example.org/", ["warning.*"], AUTHOR)
    row = ("00000001", 1, {"warning": "w1", "deed": "raised", "by": "system", "at": "2026-03-01T00:00:00+00:00", "level": "red"})
    with suppress(ZeroDivisionError), changing(database, "c", AUTHOR, "test") as change:
        put(change, BY_NAME["warning-steps"], [row])
        raise ZeroDivisionError
    with changing(database, "c", AUTHOR, "test") as change:
        put(change, BY_NAME["warning-steps"], [row])
        put(change, BY_NAME["staff"], [("a1", 1, {"agent": "a1"})])
        put(change, BY_NAME["versions"], [("00000001", 1, {"version": "v", "deed": "proposed", "by": "x"})])
    with database.reading() as connection:
        assert [one["type"] for one in events(connection, "c")] == ["warning.raised", "roster.proposed"]
        assert events(connection, "c", types=["roster.*"])[0]["data"] == {"version": "v", "by": "x"}
        assert backlog(connection) == {"waiting": 1}
    database.engine.dispose()
