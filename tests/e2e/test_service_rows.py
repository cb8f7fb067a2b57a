"""Rows over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from service_case import Service, author, serving

from data.exchange.catalogue import BY_NAME
from data.store.entries import put
from data.store.revisions import changing

TABLES = "/centres/grid/tables"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("rows") / "data") as served:
        served.add("grid", template)
        yield served


def test_rows_come_in_pages_filtered_and_in_part(service: Service) -> None:
    planner = service.client("planner")
    first = planner.get(f"{TABLES}/staff", params={"limit": 2}).json()
    assert len(first["items"]) == 2
    seen, after = [one["key"] for one in first["items"]], first["next"]
    while after:
        page = planner.get(f"{TABLES}/staff", params={"limit": 2, "after": after}).json()
        seen, after = [*seen, *(one["key"] for one in page["items"])], page["next"]
    everyone = planner.get(f"{TABLES}/staff").json()["items"]
    assert seen == sorted(one["key"] for one in everyone)
    row = everyone[0]["row"]
    asked = {"contract": row["contract"], "skills": row["skills"][0], "fields": "agent"}
    same = planner.get(f"{TABLES}/staff", params=asked).json()
    assert {one["key"] for one in same["items"]} == {
        one["key"] for one in everyone if one["row"]["contract"] == row["contract"] and row["skills"][0] in one["row"]["skills"]
    }
    assert set(same["items"][0]["row"]) == {"agent"}
    wrong = planner.get(f"{TABLES}/staff", params={"no_night": "perhaps"})
    assert (wrong.status_code, wrong.json()["findings"][0]["column"]) == (422, "no_night")
    assert planner.get(f"{TABLES}/staff", params={"colour": "red"}).status_code == 422


def test_leave_is_asked_for_by_days(service: Service) -> None:
    planner = service.client("planner")
    leave = planner.get(f"{TABLES}/leave").json()["items"]
    one = leave[0]["row"]
    touching = planner.get(f"{TABLES}/leave", params={"from": one["last"], "to": one["last"]}).json()["items"]
    assert leave[0]["key"] in {each["key"] for each in touching}
    assert planner.get(f"{TABLES}/leave", params={"from": "2099-01-01"}).json()["items"] == []


def test_a_row_is_added_once_changed_and_taken_away_with_its_history(service: Service) -> None:
    planner = service.client("planner")
    model = planner.get(f"{TABLES}/staff").json()["items"][0]["row"]
    new = {**model, "agent": "a/b 新", "name": "New"}
    made = [planner.post(f"{TABLES}/staff", json=new, headers={"Idempotency-Key": "new-1"}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json() == made[1].json()
    assert planner.post(f"{TABLES}/staff", json={**new, "name": "X"}, headers={"Idempotency-Key": "new-1"}).status_code == 409
    assert planner.post(f"{TABLES}/staff", json=new).json()["type"] == "conflict"
    place = made[0].headers["Location"].removeprefix("/api/v1")
    tag = planner.get(place).headers["ETag"]
    assert planner.get(place, headers={"If-None-Match": tag}).status_code == 304
    assert planner.patch(place, json={"team": "T"}).status_code == 428
    changed = planner.patch(place, json={"name": None, "no_night": True}, headers={"If-Match": tag, "X-Reason": "asked"})
    assert (changed.json()["row"].get("name"), changed.json()["row"]["no_night"]) == (None, True)
    assert planner.patch(place, json={"name": "late"}, headers={"If-Match": tag}).status_code == 412
    assert planner.put(place, json={**new, "agent": "other"}, headers={"If-Match": "*"}).status_code == 422
    assert planner.delete(place, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert planner.get(place).status_code == 404
    told = planner.get(place.replace("/rows/", "/history/")).json()
    assert [one["row"] is None for one in told] == [False, False, True]
    assert told[1]["why"] == "asked"
    before = planner.get(place, params={"at_revision": told[0]["version"]}).json()
    assert before["row"]["name"] == "New"


def test_what_would_break_the_centre_is_refused_with_every_finding(service: Service) -> None:
    planner = service.client("planner")
    staff = planner.get(f"{TABLES}/staff").json()["items"]
    revision = planner.get("/centres/grid").json()["revision"]
    wrong = planner.post(f"{TABLES}/staff", json={**staff[0]["row"], "agent": "n", "contract": "none", "skills": ["nothing"]})
    assert wrong.status_code == 422
    assert {(one["where"], one["column"]) for one in wrong.json()["findings"]} == {("staff/n", "contract"), ("staff/n", "skills")}
    shift = planner.get(f"{TABLES}/shifts").json()["items"][0]
    place = f"{TABLES}/shifts/rows/{shift['key']}"
    gone = planner.delete(place, headers={"If-Match": "*"})
    assert gone.status_code == 422, gone.json()
    bad = planner.patch(place, json={"minutes": 61}, headers={"If-Match": "*"})
    assert bad.json()["findings"][0]["where"] == f"shifts/{shift['key']}"
    assert planner.get("/centres/grid").json()["revision"] == revision


def test_many_changes_are_kept_together_or_not_at_all(service: Service) -> None:
    planner = service.client("planner")
    row = planner.get(f"{TABLES}/staff").json()["items"][0]["row"]
    changes = [{"do": "add", "row": {**row, "agent": f"many{k}"}} for k in range(3)]
    failed = planner.post(f"{TABLES}/staff/batch", json={"changes": [*changes, {"do": "remove", "key": "nobody"}]})
    assert failed.json()["findings"][0]["where"] == "changes.3"
    assert planner.get(f"{TABLES}/staff/rows/many0").status_code == 404
    made = planner.post(f"{TABLES}/staff/batch", json={"changes": changes}).json()
    assert made["added"] == ["many0", "many1", "many2"]
    rest = [{"do": "patch", "key": "many0", "row": {"name": "N"}}, *({"do": "remove", "key": f"many{k}"} for k in (1, 2))]
    told = planner.post(f"{TABLES}/staff/batch", json={"changes": rest}).json()
    assert (told["changed"], told["removed"], told["revision"]) == (1, 2, made["revision"] + 1)
    assert planner.delete(f"{TABLES}/staff/rows/many0", headers={"If-Match": '"1"'}).status_code == 412
    assert planner.delete(f"{TABLES}/staff/rows/many0", headers={"If-Match": "*"}).status_code == 204


def test_a_leader_sees_their_team_alone_and_changes_nothing(service: Service) -> None:
    planner = service.client("planner")
    everyone = planner.get(f"{TABLES}/staff").json()["items"]
    team = everyone[0]["row"]["team"]
    leader, confined = service.client("leader", teams=[team]), service.client("planner", teams=["nobody's"])
    seen = leader.get(f"{TABLES}/staff").json()["items"]
    assert {one["key"] for one in seen} == {one["key"] for one in everyone if one["row"]["team"] == team}
    assert leader.post(f"{TABLES}/staff", json=everyone[0]["row"]).status_code == 403
    key = everyone[0]["key"]
    assert confined.get(f"{TABLES}/staff/rows/{key}").status_code == 404
    assert confined.patch(f"{TABLES}/staff/rows/{key}", json={"name": "x"}, headers={"If-Match": "*"}).status_code == 403
    assert service.client("agent").get(f"{TABLES}/staff").status_code == 403


def test_a_warning_is_acknowledged_once_and_only_as_it_stands(service: Service) -> None:
    raised = {
        "warning": "w0001",
        "deed": "raised",
        "by": "look",
        "at": "2026-06-01T08:00:00+08:00",
        "level": "red",
        "role": "lead",
        "queue": "service",
        "start": "2026-06-01T10:00:00+08:00",
        "end": "2026-06-01T11:00:00+08:00",
    }
    with changing(service.settings.database, "grid", author(), "test") as change:
        put(change, BY_NAME["warning-steps"], [("00000001", 1, raised)])
    leader = service.client("leader")
    step = {"warning": "w0001", "deed": "acknowledged", "reason": "on it"}
    made = [leader.post(f"{TABLES}/warning-steps", json=step, headers={"Idempotency-Key": "ack"}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201], made[0].text
    assert made[0].json()["row"]["by"] == "leader"
    assert len(leader.get(f"{TABLES}/warning-steps", params={"warning": "w0001"}).json()["items"]) == 2
    early = leader.post(f"{TABLES}/warning-steps", json=step | {"deed": "reviewed"})
    assert (early.status_code, early.json()["findings"][0]["where"]) == (422, "warning_steps.csv")
    assert leader.post(f"{TABLES}/warning-steps", json=step | {"warning": "w9"}).status_code == 404
    assert service.client("auditor").post(f"{TABLES}/warning-steps", json=step).status_code == 403
