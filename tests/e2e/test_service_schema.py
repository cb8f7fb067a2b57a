"""Every operation of the OpenAPI document, asked with whatever the document allows: nothing may break."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from service_case import Service, serving

from api.http.middleware import check_json_text
from api.http.routes import centres

EXAMPLES = 2
"""Of each operation: the test is to stay quick."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("schema") / "data", rate_limit="1000000/minute") as served:
        served.add("grid", template)
        yield served


def _keys(client: httpx2.Client) -> dict[str, list[str]]:
    """Some keys of each table, so that not every row is one that does not exist."""
    names = [one["name"] for one in client.get("/centres/grid/tables").json()]
    pages = {name: client.get(f"/centres/grid/tables/{name}", params={"limit": 3}).json()["items"] for name in names}
    return {name: [one["key"] for one in items] for name, items in pages.items()}


def _aimed(case: Any, keys: dict[str, list[str]], spare: int) -> None:
    """Aim a case at what there is, but not at the key that asks."""
    where = case.path_parameters or {}
    if "centre" in where and not case.operation.path.endswith("/import"):
        where["centre"] = "grid"
    held = keys.get(case.operation.path.split("/")[6] if case.operation.path.count("/") > 5 else "", [])
    if "key" in where and held:
        where["key"] = held[len(str(case.body)) % len(held)]
    if "/keys/{key}" in case.operation.path:
        where["key"] = spare
    if where.get("path") is not None:
        where["path"] = "policies.toml"


def test_the_document_is_sound_and_its_names_are_unique(service: Service) -> None:
    document = service.client().get("/openapi.json", timeout=300).json()
    assert document["openapi"].startswith("3.1")
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    assert {"list_staff_rows", "get_staff_row", "add_staff_row", "patch_shifts_row", "list_ledger_rows"} <= set(names)
    tags = {one["name"] for one in document["tags"] if one["description"]}
    assert {tag for one in operations for tag in one["tags"]} <= tags
    assert all("application/problem+json" in one["responses"]["422"]["content"] for one in operations)
    assert "add_ledger_row" not in names


def test_no_operation_breaks(service: Service) -> None:
    admin = service.client()
    schema = schemathesis.openapi.from_dict(admin.get("/openapi.json", timeout=300).json())
    assert probed(service, admin, schema, EXAMPLES) == {}
    assert admin.get("/centres").status_code == 200, "the probing key is revoked: what came after was not probed"


def probed(service: Service, admin: httpx2.Client, schema: Any, examples: int) -> dict[str, str]:
    """Operations that broke, with what they said."""
    keys, broken = _keys(admin), dict[str, str]()
    spare = admin.post("/keys", json={"name": "spare", "roles": ["auditor"]}).json()["id"]
    with requests.Session() as session:
        session.headers["Authorization"] = admin.headers["Authorization"]
        for result in schema.get_all_operations():
            operation: Any = result.ok()

            @seed(20260601)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def probe(case: Any) -> None:
                _aimed(case, keys, spare)
                told = case.call(base_url=service.address, session=session, headers={"If-Match": "*"}, timeout=60)
                if told.status_code >= 500 and not case.path.endswith("/ready"):  # no worker: it says 503, and rightly
                    broken[f"{case.method} {case.path}"] = f"{told.status_code} {told.text[:300]}"

            probe()
    return broken


NO_TEXT = ('{"name": "\\u0000"}', '{"name": "\\ud800"}', '{"name": "\\udc00\\ud800"}', '{"agent": "\\\\\\u0000"}')


@pytest.mark.parametrize("body", NO_TEXT)
def test_what_is_no_text_is_refused(service: Service, body: str) -> None:
    told = service.client().post("/centres/grid/tables/staff", content=body, headers={"Content-Type": "application/json"})
    assert (told.status_code, told.json()["findings"][0]["where"]) == (422, "body")


def test_escapes_that_are_text_pass() -> None:
    check_json_text(rb'{"name": "\ud83d\ude00 \\u0000 \u4e00"}')


def test_numbers_beyond_all_room_are_refused(service: Service) -> None:
    admin = service.client()
    for path in ("/centres/grid/revisions/{}/rows", "/users/{}", "/keys/{}"):
        assert admin.get(path.format("9" * 30)).status_code in (404, 405, 422), path


def test_what_breaks_tells_nothing_of_itself(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the database")

    monkeypatch.setattr(centres, "centres", broken)
    told = service.client().get("/centres")
    assert (told.status_code, told.json()["type"]) == (500, "internal-error")
    assert "secret" not in told.text
