"""Runs over HTTP: asked for, followed, cancelled, refused; schedules."""

import json
from collections.abc import Generator

import pytest
from run_case import TINY, ended, submit, working
from service_case import Service

from data.exchange.folder import write_template

PROPOSED = {"days": 7, "propose": True, **TINY}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    root = tmp_path_factory.mktemp("runs")
    write_template(root / "template")
    with working(root / "data", heavy_runs=2) as made:
        made.add("grid", root / "template")
        yield made


def test_two_plans_side_by_side_both_land_and_are_sound(service: Service) -> None:
    planner = service.client("planner")
    runs = [ended(planner, path) for path in [submit(planner, "grid", "plan", seed=k, why="both", **PROPOSED) for k in (0, 1)]]
    assert [(run["state"], run["problem"]) for run in runs] == [("succeeded", None)] * 2
    versions = {version for run in runs for version in run["result"]["versions"]}
    assert versions == {"v001-month", "v002-month"}
    assert len({run["revision"] for run in runs}) == 2
    for kind in ("approve", "publish"):
        assert ended(planner, submit(planner, "grid", kind, version="v001-month"))["problem"] is None
    sound = ended(planner, submit(planner, "grid", "verify"))
    assert (sound["result"]["exit_code"], sound["revision"]) == (0, None)
    log = planner.get(f"/centres/grid/runs/{sound['id']}/log")
    assert log.headers["content-type"].startswith("text/plain")
    assert "are legal and cost what they claim" in log.text
    logs = [planner.get(f"/centres/grid/runs/{run['id']}/log").text for run in runs]
    assert all("echelon approve grid v00" in " ".join(one.split()) for one in logs)
    data = str(service.settings.data)
    assert not any(data in one.replace("\n", "") for one in (*logs, log.text)), "where a working copy lies is nobody's business"


def test_a_cancelled_plan_keeps_the_best_roster_as_a_proposal(service: Service) -> None:
    planner = service.client("planner")
    path = submit(planner, "grid", "plan", days=7, sweeps=100_000, bound_steps=0, rounds=100_000, effort=0)
    with planner.stream("GET", f"{path}/events", timeout=300) as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        names = list[str]()
        for line in events.iter_lines():
            names += [line.removeprefix("event: ")] if line.startswith("event: ") else []
            if line.startswith("data: ") and (told := json.loads(line.removeprefix("data: ")))["progress"] and not told["cancel"]:
                assert planner.post(f"{path}/cancel").status_code == 202
    assert (names[0], names[-1]) == ("progress", "end")
    run = planner.get(path).json()
    assert (run["state"], len(run["result"]["versions"])) == ("cancelled", 1)
    log = planner.get(f"{path}/log").text
    assert "is a proposal" in log


def test_the_same_key_is_the_same_run(service: Service) -> None:
    planner, path = service.client("planner"), "/centres/grid/runs/versions"
    first, again = (planner.post(path, json={}, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.json()["id"], first.status_code) == (again.json()["id"], 202)
    assert first.headers["location"].endswith(first.json()["id"])
    other = planner.post("/centres/grid/runs/verify", json={}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["type"]) == (409, "conflict")


def test_what_cannot_be_done_is_a_problem_of_the_run(service: Service) -> None:
    planner = service.client("planner")
    run = ended(planner, submit(planner, "grid", "publish", version="v999-month"))
    assert (run["state"], run["problem"]["type"], run["result"]) == ("failed", "not-found", None)
    assert "v999-month" in run["problem"]["detail"]
    assert planner.post("/centres/grid/runs/plan", json={"sweeps": 0}).status_code == 422
    assert planner.post("/centres/nowhere/runs/verify", json={}).status_code == 404
    assert planner.get("/centres/grid/runs/none").status_code == 404


def test_who_may_ask_for_what(service: Service) -> None:
    leader, auditor, agent = (service.client(role) for role in ("leader", "auditor", "agent"))
    assert leader.post("/centres/grid/runs/plan", json={}).status_code == 403
    assert auditor.post("/centres/grid/runs/warn", json={"at": "2026-06-01T10:00"}).status_code == 403
    assert agent.get("/centres/grid/runs").status_code == 403
    assert ended(auditor, submit(auditor, "grid", "versions"))["state"] == "succeeded"
    careful = service.client("planner", permissions=["runs:read", "runs:write"])
    assert careful.post("/centres/grid/runs/plan", json={"propose": False}).status_code == 403


def test_runs_are_listed_and_known_by_their_tag(service: Service) -> None:
    planner = service.client("planner")
    path = submit(planner, "grid", "versions")
    ended(planner, path)
    answer = planner.get(path)
    assert planner.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    page = planner.get("/centres/grid/runs", params={"limit": 1}).json()
    assert page["items"][0]["id"] == answer.json()["id"]
    rest = planner.get("/centres/grid/runs", params={"after": page["next"], "kind": "versions"}).json()["items"]
    assert answer.json()["id"] not in {one["id"] for one in rest}
    told = {one["name"]: one for one in planner.get("/run-kinds").json()}
    assert told["plan"]["params"]["properties"]["sweeps"]["minimum"] == 1
    assert (told["plan"]["permission"], told["versions"]["changes"]) == ("runs:write", False)


def test_a_schedule_is_made_changed_and_removed(service: Service) -> None:
    planner, path = service.client("planner"), "/centres/grid/schedules"
    wanted = {"name": "nightly", **planner.get("/schedule-presets").json()["nightly-learn"]}
    made = planner.post(path, json=wanted)
    assert made.status_code == 201, made.text
    at, tag = f"{path}/{made.json()['id']}", made.headers["etag"]
    assert made.json()["next_at"] is not None
    assert planner.put(at, json=wanted).status_code == 428
    off = planner.put(at, json=wanted | {"enabled": False}, headers={"If-Match": tag})
    assert (off.status_code, off.json()["next_at"]) == (200, None)
    assert planner.put(at, json=wanted, headers={"If-Match": tag}).status_code == 412
    assert planner.post(path, json=wanted | {"cron": "every day"}).status_code == 422
    assert planner.post(path, json=wanted | {"params": {"gone": 1}}).json()["findings"][0]["column"] == "params.gone"
    assert service.client("leader").post(path, json=wanted).status_code == 403
    assert planner.delete(at, headers={"If-Match": off.headers["etag"]}).status_code == 204
    assert planner.get(path).json() == []
