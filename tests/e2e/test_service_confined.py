"""Callers who are confined to a team change nothing beyond it: every unsafe operation below a centre, found in the document."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from service_case import Service, serving

UNSAFE = {"post", "put", "patch", "delete"}
BELOW = "/api/v1/centres/{centre}/"
STEPS_OF_RUNS = ("/runs", "/schedules")
"""Told by the tests of the runs: reading kinds are open to whoever may read."""

Operation = tuple[str, str]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("confined") / "data", rate_limit="1000000/minute") as served:
        served.add("grid", template)
        yield served


@pytest.fixture(scope="module")
def admin(service: Service) -> httpx2.Client:
    return service.client()


@pytest.fixture(scope="module")
def confined(service: Service) -> httpx2.Client:
    """An administrator of a team of which nobody is."""
    return service.client("administrator", teams=["elsewhere"])


@pytest.fixture(scope="module")
def document(admin: httpx2.Client) -> dict[str, Any]:
    return admin.get("/openapi.json").json()


def unsafe(document: dict[str, Any]) -> list[Operation]:
    paths = [path for path in document["paths"] if path.startswith(BELOW)]
    return [(verb, path) for path in paths for verb in document["paths"][path] if verb in UNSAFE]


def test_no_row_of_another_team_is_changed(admin: httpx2.Client, confined: httpx2.Client, document: dict[str, Any]) -> None:
    wrong = list[tuple[Operation, int, str]]()
    for verb, path in unsafe(document):
        if "/tables/" in path:
            told = _ask_row(admin, confined, verb, path)
            if told is not None and told.status_code != 403:
                wrong.append(((verb, path), told.status_code, told.text[:200]))
    assert wrong == []
    assert admin.get("/centres/grid").json()["revision"] == 1


def _ask_row(admin: httpx2.Client, confined: httpx2.Client, verb: str, path: str) -> httpx2.Response | None:
    """A change of a row that stands; None = the table has none."""
    table = path.split("/")[6]
    held = admin.get(f"/centres/grid/tables/{table}", params={"limit": 1}).json()["items"]
    if not held:
        return None
    row, where = held[0]["row"], path.removeprefix("/api/v1").replace("{centre}", "grid").replace("{key}", held[0]["key"])
    patch = {"changes": [{"do": "remove", "key": held[0]["key"]}]} if path.endswith("/batch") else row
    body = None if verb == "delete" else patch
    return confined.request(verb, where, json=body, headers={"If-Match": "*"})


@pytest.mark.parametrize("path", ["policies.toml", "playbooks/new.toml"])
def test_no_document_is_written(confined: httpx2.Client, path: str) -> None:
    where = f"/centres/grid/documents/{path}"
    headers = {"If-Match": "*", "Content-Type": "application/toml"}
    assert confined.put(where, content=b"", headers=headers).status_code == 403
    assert confined.delete(where, headers=headers).status_code in (403, 404)


def test_no_file_is_taken(admin: httpx2.Client, confined: httpx2.Client) -> None:
    for table in ("staff", "leave", "shifts"):
        data = admin.get(f"/centres/grid/files/{table}.csv").content
        for mode in ("merge", "whole"):
            asked = {"files": {"file": ("t.csv", data)}, "params": {"mode": mode, "dry_run": True}}
            assert confined.post(f"/centres/grid/uploads/{table}", **asked).status_code == 403
    calls = admin.get("/centres/grid/files/calls.csv").content
    assert confined.post("/centres/grid/uploads/calls", files={"file": ("c.csv", calls)}).status_code == 403


def test_nothing_else_succeeds(confined: httpx2.Client, admin: httpx2.Client, document: dict[str, Any]) -> None:
    before, done = admin.get("/centres/grid").json(), list[tuple[str, str, int, str]]()
    wanted = set(unsafe(document))
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: Any = result.ok()
        path = operation.path
        if (operation.method, path) not in wanted or "/tables/" in path or path.removeprefix(BELOW[:-1]).startswith(STEPS_OF_RUNS):
            continue

        @seed(20260601)
        @settings(
            max_examples=3, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy())
        def probe(case: Any) -> None:
            case.path_parameters["centre"] = "grid"
            if "agent" in case.path_parameters:
                case.path_parameters["agent"] = "A0001"
            told = case.call(base_url=str(confined.base_url).removesuffix("/api/v1/"), headers=_headers(confined), timeout=60)
            if told.status_code < 400:
                done.append((case.method, path, told.status_code, told.text[:200]))

        probe()
    assert done == []
    assert admin.get("/centres/grid").json() == before


def _headers(client: httpx2.Client) -> dict[str, str]:
    return {"Authorization": client.headers["Authorization"], "If-Match": "*"}
