"""The audit trail over HTTP: filters, pages, refused requests, rows before and after; and that it stands."""

from pathlib import Path

import pytest
from service_case import author, serving
from sqlalchemy import delete, exc, update

from data.exchange.catalogue import BY_NAME
from data.store.audit import unguarded
from data.store.entries import entries, put
from data.store.revisions import AUDIT, changing


def test_the_trail_is_read_by_auditors_and_stands(tmp_path: Path, template: Path) -> None:
    with serving(tmp_path / "data") as service:
        service.add("grid", template)
        service.client().post("/centres", json={"id": "north"}, headers={"X-Reason": "%E6%96%B0%E7%AB%99%E7%82%B9"})
        service.client("agent").get("/centres")
        auditor = service.client("auditor")
        assert auditor.post("/centres", json={"id": "south"}).status_code == 403
        added = auditor.get("/audit", params={"action": "centre.*"}).json()["items"]
        assert [(one["target"], one["why"]) for one in added] == [("north", "新站点"), ("grid", "")]
        denied = auditor.get("/audit", params={"action": "request.denied"}).json()["items"]
        assert {(one["who"], one["target"]) for one in denied} == {
            ("auditor", "POST /api/v1/centres"),
            ("agent", "GET /api/v1/centres"),
        }
        first = auditor.get("/audit", params={"limit": 2}).json()
        second = auditor.get("/audit", params={"limit": 2, "after": first["next"]}).json()
        numbers = [one["id"] for one in (*first["items"], *second["items"])]
        assert numbers == sorted(set(numbers), reverse=True)
        assert auditor.get("/audit", params={"after": "nonsense"}).status_code == 422
        assert {one["centre"] for one in service.client("auditor", centres=["grid"]).get("/audit").json()["items"]} == {"grid"}
        database = service.settings.database
        for statement in (update(AUDIT).values(who="x"), delete(AUDIT)):
            with pytest.raises(exc.DBAPIError, match="only ever added to"), database.writing() as connection:
                connection.execute(statement)
        with database.writing() as connection, unguarded(connection):
            connection.execute(update(AUDIT).where(AUDIT.c.id == 1).values(why="y"))
        with pytest.raises(exc.DBAPIError, match="only ever added to"), database.writing() as connection:
            connection.execute(delete(AUDIT))


def test_a_revision_tells_its_rows_before_and_after_to_those_who_may_see_them(tmp_path: Path, template: Path) -> None:
    with serving(tmp_path / "data") as service:
        service.add("grid", template)
        with changing(service.settings.database, "grid", author(), "test") as change:
            row = entries(change.connection, "grid", "staff")[0]
            put(change, BY_NAME["staff"], [(row.key, row.place, {**row.body, "team": "T99"})])
        planner = service.client("planner")
        (told,) = planner.get("/centres/grid/revisions/2/changes").json()
        assert (told["key"], told["before"]["team"], told["after"]["team"]) == ("A0001", "T01", "T99")
        assert service.client("leader", teams=["T02"]).get("/centres/grid/revisions/2/changes").json() == []
        assert len(service.client("leader", teams=["T99"]).get("/centres/grid/revisions/2/changes").json()) == 1
        assert planner.get("/centres/grid/revisions/3/changes").status_code == 404
