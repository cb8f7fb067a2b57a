"""A planner's story told with the generated client: nothing but the OpenAPI document is known."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from service_case import serving

from api.client import PACKAGE, generate


@pytest.fixture(scope="session")
def client_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, generated and imported."""
    target = tmp_path_factory.mktemp("client")
    generate(target)
    sys.path.insert(0, str(target))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(target))


def _call(client: Any, place: str, **told: Any) -> Any:
    """An operation of the client in detail: status, headers and what was parsed."""
    return importlib.import_module(f"{PACKAGE}.api.{place}").sync_detailed(client=client, **told)


def _model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


def test_a_planner_keeps_the_staff(client_package: ModuleType, tmp_path: Path, template: Path) -> None:
    with serving(tmp_path / "data") as service:
        service.add("grid", template)
        token = service.client("planner").headers["Authorization"].removeprefix("Bearer ")
        with client_package.AuthenticatedClient(base_url=service.address, token=token) as client:
            page = _call(client, "tables.list_staff_rows", centre="grid", limit=2).parsed
            assert len(page.items) == 2
            first = page.items[0].row
            new = _model("Staff")(agent="new", contract=first.contract, skills=first.skills, name="新人")
            made = _call(client, "tables.add_staff_row", centre="grid", body=new, idempotency_key="hire-1")
            assert (made.status_code, made.parsed.key) == (201, "new")
            part = _model("StaffRow")(name="New name")
            changed = _call(client, "tables.patch_staff_row", centre="grid", key="new", body=part, if_match=made.headers["ETag"])
            assert changed.parsed.row.name == "New name"
            late = _call(client, "tables.patch_staff_row", centre="grid", key="new", body=part, if_match=made.headers["ETag"])
            assert (late.status_code, late.parsed.type_) == (412, "superseded")
            wrong = _model("Staff")(agent="bad", contract="none", skills=first.skills)
            refused = _call(client, "tables.add_staff_row", centre="grid", body=wrong).parsed
            assert [one.column for one in refused.findings] == ["contract"]
            document = _call(client, "documents.get_document", centre="grid", path="centre.toml")
            assert json.loads(document.content)["queues"]
            last = _call(client, "revisions.list_revisions", centre="grid", limit=1).parsed.items[0]
            assert (last.number, last.target) == (changed.parsed.version, "staff/new")
            text = "agent,name,site,team,contract,skills\n" + f"up,Up,,,{first.contract},{';'.join(first.skills)}\n"
            file = client_package.types.File(payload=text.encode(), file_name="staff.csv", mime_type="text/csv")
            body = _model("BodyUploadTable")(file=file)
            assert _call(client, "uploads.upload_table", centre="grid", table="staff", body=body).parsed.added == 1
