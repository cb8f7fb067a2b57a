"""Many at once over HTTP: one run of one key, no change that is lost, and nothing started by who is confined to a part."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from service_case import Service, serving

RUNS, STAFF = "/centres/grid/runs", "/centres/grid/tables/staff"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("at-once") / "data") as served:
        served.add("grid", template)
        yield served


def at_once(do: Callable[[int], Any], many: int) -> list[Any]:
    """What comes of doing something many times at once."""
    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(do, range(many)))


def test_one_key_is_one_run_however_many_ask(service: Service) -> None:
    planner = service.client("planner")
    answers = at_once(lambda _: planner.post(f"{RUNS}/versions", json={}, headers={"Idempotency-Key": "many"}), 20)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(planner.get(RUNS, params={"kind": "versions"}).json()["items"]) == 1


def test_of_two_changes_of_one_row_one_is_refused(service: Service) -> None:
    planner = service.client("planner")
    place = f"{STAFF}/rows/{planner.get(STAFF).json()['items'][0]['key']}"
    tag = planner.get(place).headers["etag"]
    names = [f"name {k}" for k in range(8)]
    answers = at_once(lambda k: planner.patch(place, json={"name": names[k]}, headers={"If-Match": tag}), len(names))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    won = next(name for name, answer in zip(names, answers, strict=True) if answer.status_code == 200)
    assert planner.get(place).json()["row"]["name"] == won


def test_changes_of_different_rows_are_all_kept(service: Service) -> None:
    planner = service.client("planner")
    places = [f"{STAFF}/rows/{one['key']}" for one in planner.get(STAFF).json()["items"][1:9]]
    tags = [planner.get(place).headers["etag"] for place in places]
    before = planner.get("/centres/grid").json()["revision"]
    answers = at_once(lambda k: planner.patch(places[k], json={"name": f"own {k}"}, headers={"If-Match": tags[k]}), len(places))
    assert {answer.status_code for answer in answers} == {200}
    assert [planner.get(place).json()["row"]["name"] for place in places] == [f"own {k}" for k in range(len(places))]
    assert planner.get("/centres/grid").json()["revision"] == before + len(places)


def test_who_is_confined_to_a_part_starts_no_run_and_reads_no_log(service: Service) -> None:
    run = service.client("planner").post(f"{RUNS}/verify", json={}).json()["id"]
    for scope in ({"sites": ["S1"]}, {"teams": ["T1"]}, {"projects": ["P1"]}):
        confined = service.client("planner", **scope)
        assert confined.post(f"{RUNS}/verify", json={}).status_code == 403
        assert confined.post(f"{RUNS}/{run}/cancel").status_code == 403
        assert confined.get(f"{RUNS}/{run}/log").status_code == 403
        schedule = {"name": "s", "kind": "verify", "cron": "0 3 * * *", "params": {}}
        assert confined.post("/centres/grid/schedules", json=schedule).status_code == 403


def test_the_end_of_a_run_is_an_event(service: Service) -> None:
    planner = service.client("planner")
    run = planner.post(f"{RUNS}/verify", json={"why": "private"}).json()["id"]
    assert planner.post(f"{RUNS}/{run}/cancel").json()["state"] == "cancelled"
    told = service.client().get("/centres/grid/events", params={"types": "run.*"}).json()["items"]
    assert [one["data"]["state"] for one in told if one["data"]["run"] == run] == ["cancelled"]
    assert "private" not in str(told)


def test_a_request_may_start_the_run_that_decides_it_once(service: Service) -> None:
    planner = service.client("planner")
    agent = planner.get(STAFF).json()["items"][0]["key"]
    body = {"kind": "leave", "id": "q1", "agent": agent, "made_at": "2026-06-01T08:00:00+08:00"}
    body |= {"first": "2026-06-20", "last": "2026-06-20"}
    path = "/centres/grid/requests"
    assert service.client("hr_system").post(path, json=body, params={"decide": True}).status_code == 403
    answers = [service.client().post(path, json=body, params={"decide": True}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200], answers[0].text
    assert answers[0].json()["run"] == answers[1].json()["run"]
    run = planner.get(f"{RUNS}/{answers[0].json()['run']}").json()
    assert (run["kind"], run["params"]["file"]) == ("request", "requests/q1.jsonl")
