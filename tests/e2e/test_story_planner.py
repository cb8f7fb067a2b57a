"""A planner's month from an empty installation, told with the generated client: nothing but the OpenAPI document is known."""

import io
import json
import tomllib
from collections.abc import Generator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from client_case import Person, model, person, upload
from run_case import working
from service_case import Service

TABLES = ("events", "exclusions", "leave", "outages", "overrides", "wishes")
QUICK = {"sweeps": 2, "bound_steps": 5}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("planner") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def planner(service: Service, client_package: str) -> Generator[Person]:
    del client_package
    with person(service, "north", "planner") as made:
        yield made


def test_a_centre_is_made_of_its_files(service: Service, planner: Person, template: Path) -> None:
    with person(service, "north", "administrator") as admin:
        made = admin.ask("centres.make_centre", body=model("CentreIn")(id="north"))
        assert (made.status_code, made.parsed.revision) == (201, 0)
    _upload(planner, template, "shifts")
    _write(planner, template, "centre.toml")
    _upload(planner, template, "staff")
    for path in ("rulebook.toml", "policies.toml"):
        _write(planner, template, path)
    for table in TABLES:
        _upload(planner, template, table)
    body = model("BodyUploadCalls")(file=upload("calls.csv", (template / "calls.csv").read_bytes()))
    assert planner.get("uploads.upload_calls", body=body).rows == 1344
    assert len(planner.get("tables.list_staff_rows").items) == 12


def _upload(planner: Person, template: Path, table: str) -> None:
    body = model("BodyUploadTable")(file=upload(f"{table}.csv", (template / f"{table}.csv").read_bytes()))
    planner.get("uploads.upload_table", table, body=body)


def _write(planner: Person, template: Path, path: str) -> None:
    told = json.loads(json.dumps(tomllib.loads((template / path).read_text(encoding="utf-8")), default=str))
    planner.get("documents.put_document_text", path, body=model("PutDocumentTextJsonBody").from_dict(told))


def test_wrong_files_are_refused_with_every_finding(planner: Person) -> None:
    text = b"agent,name,site,team,contract,skills\na,,main,,none,service\nb,,main,,FT,none\n"
    body = model("BodyUploadTable")(file=upload("staff.csv", text))
    refused = planner.ask("uploads.upload_table", "north", "staff", body=body)
    assert (refused.status_code, refused.parsed.type_) == (422, "invalid-data")
    assert "contract" in {one.column for one in refused.parsed.findings}


def test_a_month_is_planned_approved_and_published(planner: Person) -> None:
    run = planner.run("plan", days=14, propose=True, effort=0, why="June", **QUICK)
    assert run.progress.percent == 100
    (version,) = run.result.versions
    matrix = planner.get("rosters.get_matrix", version)
    assert (len(matrix.agents), len(matrix.days), len(matrix.cells)) == (12, 14, 12)
    verdict = planner.get("rosters.get_verdict", version)
    assert (verdict.legal, verdict.faults) == (True, [])
    held = planner.ask("rosters.get_version", "north", version)
    deed = model("Deed")(reason="as agreed")
    approved = planner.get("rosters.approve_version", version, body=deed, if_match=held.headers["ETag"])
    assert approved.state == "approved"
    late = planner.ask("rosters.approve_version", "north", version, body=deed, if_match=held.headers["ETag"])
    assert late.status_code == 412
    planner.run("publish", version=version)
    assert planner.get("rosters.get_current").version == version


def test_the_week_is_adjusted_and_the_differences_are_read(planner: Person) -> None:
    month = planner.get("rosters.get_current")
    first = str(planner.get("rosters.get_matrix", month.version).days[7])
    away = model("LeaveRowIn")(agent="A0001", first=date.fromisoformat(first), last=date.fromisoformat(first), code="SL", paid=True)
    planner.get("tables.add_leave_row", body=away, idempotency_key="sick")
    (week,) = planner.run("adjust", first=first, propose=True, **QUICK).result.versions
    changed = planner.get("rosters.list_differences", week).items
    mine = [one for one in changed if one.agent == "A0001" and str(one.date) == first]
    assert [one.after.code for one in mine] in ([], ["SL"]), "leave is kept"
    line = planner.get("rosters.get_line", week, "A0001", from_=date.fromisoformat(first), to=date.fromisoformat(first))
    assert [one.code for one in line] == ["SL"]
    planner.run("approve", version=week)
    planner.run("publish", version=week)
    states = {one.version: one.state for one in planner.get("rosters.list_versions").items}
    assert states == {month.version: "superseded", week: "published"}


def test_the_roster_goes_out_as_a_sheet_and_all_is_in_the_trail(planner: Person) -> None:
    names = {one.path for one in planner.get("downloads.list_files")}
    sheet = planner.get("downloads.get_file", "roster.xlsx" if "roster.xlsx" in names else "staff.xlsx")
    assert len(pd.read_excel(io.BytesIO(sheet.payload.read()), engine="calamine")) >= 12
    trail = planner.get("revisions.list_revisions", limit=100).items
    assert {"rows.uploaded", "document.written", "calls.uploaded", "roster.approved"} <= {one.action for one in trail}
    assert all(one.who for one in trail)
