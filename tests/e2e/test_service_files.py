"""Documents, uploads, downloads, revisions and the conventions of the API over HTTP."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from service_case import Service, serving

DOCS = "/centres/grid/documents"
STAFF = "agent,name,site,team,contract,skills\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("files") / "data", max_upload_bytes=2_000_000, max_body_bytes=200_000) as served:
        served.add("grid", template)
        yield served


def test_a_document_is_read_and_written_as_json_and_as_toml(service: Service, template: Path) -> None:
    planner = service.client("planner")
    assert "centre.toml" in {one["path"] for one in planner.get(DOCS).json()}
    told = planner.get(f"{DOCS}/centre.toml")
    text = planner.get(f"{DOCS}/centre.toml", headers={"Accept": "application/toml"}).text
    assert text == (template / "centre.toml").read_text(encoding="utf-8")
    body = told.json() | {"name": "Another"}
    assert planner.put(f"{DOCS}/centre.toml", json=body).status_code == 428
    written = planner.put(f"{DOCS}/centre.toml", json=body, headers={"If-Match": told.headers["ETag"]})
    assert written.status_code == 200, written.text
    assert planner.get(f"{DOCS}/centre.toml").json()["name"] == "Another"
    assert planner.put(f"{DOCS}/centre.toml", json=body, headers={"If-Match": told.headers["ETag"]}).status_code == 412
    toml = {"Content-Type": "application/toml", "If-Match": "*"}
    assert planner.put(f"{DOCS}/centre.toml", content=text, headers=toml).status_code == 200


def test_a_document_that_breaks_the_centre_is_refused(service: Service) -> None:
    planner = service.client("planner")
    body = planner.get(f"{DOCS}/centre.toml").json()
    wrong = planner.put(f"{DOCS}/centre.toml", json=body | {"contracts": body["contracts"][:0]}, headers={"If-Match": "*"})
    assert wrong.status_code == 422
    assert wrong.json()["findings"]
    broken = {"Content-Type": "application/toml", "If-Match": "*"}
    syntax = planner.put(f"{DOCS}/policies.toml", content="= no toml", headers=broken)
    assert syntax.json()["findings"][0]["where"] == "policies.toml"
    assert planner.put(f"{DOCS}/policies.toml", json={"nothing": 1}, headers={"If-Match": "*"}).status_code == 422
    page = {"Content-Type": "text/html", "If-Match": "*"}
    assert planner.put(f"{DOCS}/policies.toml", content="x", headers=page).status_code == 415
    assert planner.put(f"{DOCS}/staff.csv", content="x", headers={"Content-Type": "text/csv"}).status_code == 422
    assert planner.put(f"{DOCS}/x/..%2F..%2Fescape.toml", json={}).status_code == 422


def test_a_table_is_uploaded_in_every_form_and_judged_first(service: Service) -> None:
    planner = service.client("planner")
    row = planner.get("/centres/grid/tables/staff").json()["items"][0]["row"]
    cells = f",N,{row.get('site', '')},{row.get('team', '')},{row['contract']},{';'.join(row['skills'])}\n"
    text = STAFF + f"up1{cells}" + f"up2{cells}"
    upload = "/centres/grid/uploads/staff"
    judged = planner.post(upload, files={"file": ("any.csv", text)}, params={"dry_run": True}).json()
    assert (judged["added"], judged["revision"]) == (2, None)
    assert planner.get("/centres/grid/tables/staff/rows/up1").status_code == 404
    told = planner.post(upload, files={"file": ("../../any.csv.gz", gzip.compress(text.encode()))}).json()
    assert (told["rows"], told["added"], told["changed"], told["removed"]) == (2, 2, 0, 0)
    bad = STAFF + "up3,N,,,none,\n" + f"up4{cells}"
    wrong = planner.post(upload, files={"file": ("s.csv", bad)})
    assert {(one["row"], one["column"]) for one in wrong.json()["findings"]} == {(2, "skills")}
    unknown = planner.post(upload, files={"file": ("s.csv", STAFF + f"up5,N,,,none,{row['skills'][0]}\n")})
    assert unknown.json()["findings"][0]["where"] == "staff/up5"
    assert planner.post(upload, files={"file": ("s.exe", "x")}).status_code == 415
    assert planner.post(upload, files={"file": ("s.xlsx", b"no workbook")}).status_code == 422
    assert planner.post("/centres/grid/uploads/ledger", files={"file": ("s.csv", "x")}).status_code == 404


def test_bombs_and_large_bodies_are_refused(service: Service) -> None:
    planner = service.client("planner")
    bomb = gzip.compress(b"a" * 40_000_000)
    assert planner.post("/centres/grid/uploads/staff", files={"file": ("s.csv.gz", bomb)}).status_code == 413
    large = planner.post("/centres/grid/tables/staff/batch", json={"changes": [{"do": "add", "row": {"agent": "x" * 300_000}}]})
    assert (large.status_code, large.json()["type"]) == (413, "too-large")
    parts = (b"x" * 100_000 for _ in range(4))
    growing = planner.post("/centres/grid/tables/staff/batch", content=parts, headers={"Content-Type": "application/json"})
    assert growing.status_code == 413


def test_what_is_downloaded_is_no_formula_and_goes_back_as_it_was(service: Service, tmp_path: Path) -> None:
    planner = service.client("planner")
    row = planner.get("/centres/grid/tables/staff").json()["items"][0]["row"]
    names = {"f1": "=1+1", "f2": "'=quoted", "f3": "-", "f4": "plain"}
    changes = [{"do": "add", "row": {**row, "agent": key, "name": name}} for key, name in names.items()]
    planner.post("/centres/grid/tables/staff/batch", json={"changes": changes}).raise_for_status()
    text = planner.get("/centres/grid/files/staff.csv").text
    assert "'=1+1" in text
    assert ",=1+1" not in text
    assert ",=1+1" in planner.get("/centres/grid/files/staff.csv", params={"raw": True}).text
    for end in ("csv", "csv.gz", "xlsx", "parquet"):
        data = planner.get(f"/centres/grid/files/staff.{end}").content
        told = planner.post("/centres/grid/uploads/staff", files={"file": (f"s.{end}", data)}, params={"mode": "whole"}).json()
        assert (told["added"], told["changed"], told["removed"]) == (0, 0, 0), (end, told)
    planner.post(
        "/centres/grid/tables/staff/batch", json={"changes": [{"do": "remove", "key": key} for key in names]}
    ).raise_for_status()


def test_calls_are_taken_in(service: Service) -> None:
    planner = service.client("planner")
    queue = planner.get(f"{DOCS}/centre.toml").json()["queues"][0]["id"]
    times = pd.date_range("2026-01-01", periods=48, freq="30min").strftime("%Y-%m-%dT%H:%M")
    text = "queue,timestamp,offered\n" + "".join(f"{queue},{time},{k}\n" for k, time in enumerate(times))
    told = planner.post("/centres/grid/uploads/calls", files={"file": ("c.csv", text)})
    assert told.json()["rows"] == 48, told.text
    wrong = planner.post("/centres/grid/uploads/calls", files={"file": ("c.csv", text.replace(",7\n", ",many\n"))})
    assert (wrong.json()["findings"][0]["row"], wrong.json()["findings"][0]["column"]) == (9, "offered")
    odd = planner.post("/centres/grid/uploads/calls", files={"file": ("c.csv", text.replace(f"{queue},", "nobody,"))})
    assert [(one["row"], one["column"], one["read"]) for one in odd.json()["findings"]] == [(2, "queue", "'nobody'")]


def test_a_centre_goes_out_and_comes_in_again(service: Service) -> None:
    admin = service.client()
    archive = admin.get("/centres/grid/export").content
    made = admin.post("/centres/copy/import", files={"file": ("x.zip", archive)})
    assert made.status_code == 201, made.text
    again = zipfile.ZipFile(io.BytesIO(admin.get("/centres/copy/export").content))
    first = zipfile.ZipFile(io.BytesIO(archive))
    with again, first:
        assert {name: again.read(name) for name in again.namelist() if name.endswith((".csv", ".toml"))} == {
            name: first.read(name) for name in first.namelist() if name.endswith((".csv", ".toml"))
        }
    sheets = zipfile.ZipFile(io.BytesIO(admin.get("/centres/grid/export", params={"format": "xlsx"}).content))
    with sheets:
        assert "staff.xlsx" in sheets.namelist()
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as target:
        target.writestr("../evil.toml", "x = 1")
    assert admin.post("/centres/evil/import", files={"file": ("x.zip", evil.getvalue())}).status_code == 422
    assert service.client("planner").post("/centres/p/import", files={"file": ("x.zip", archive)}).status_code == 403


def test_revisions_tell_who_changed_what(service: Service) -> None:
    planner = service.client("planner")
    row = planner.get("/centres/grid/tables/staff").json()["items"][0]["row"]
    made = planner.post("/centres/grid/tables/staff", json={**row, "agent": "rev"}, headers={"X-Reason": "hired"}).json()
    last = planner.get("/centres/grid/revisions", params={"limit": 1}).json()
    assert (last["items"][0]["number"], last["items"][0]["why"]) == (made["version"], "hired")
    before = planner.get("/centres/grid/revisions", params={"after": last["next"]}).json()["items"][0]
    assert before["number"] == made["version"] - 1
    rows = planner.get(f"/centres/grid/revisions/{made['version']}/rows").json()
    assert [(one["table"], one["key"], one["before"]) for one in rows] == [("staff", "rev", None)]
    planner.delete("/centres/grid/tables/staff/rows/rev", headers={"If-Match": "*"}).raise_for_status()


def test_every_answer_has_an_id_limits_and_strict_headers(service: Service) -> None:
    planner = service.client("planner")
    told = planner.get("/centres", headers={"X-Request-ID": "mine-1", "Accept-Encoding": "gzip"})
    assert told.headers["X-Request-ID"] == "mine-1"
    assert told.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert int(told.headers["RateLimit-Remaining"]) < int(told.headers["RateLimit-Limit"])
    assert planner.get("/openapi.json", headers={"Accept-Encoding": "gzip"}, timeout=300).headers["Content-Encoding"] == "gzip"
    lost = planner.get("/nowhere")
    assert (lost.status_code, lost.json()["type"]) == (404, "no-such-path")
    assert lost.headers["content-type"] == "application/problem+json"
    assert planner.delete("/centres").json()["type"] == "method-not-allowed"
    catalogue = planner.get("/problems").json()
    codes = {one["code"] for one in catalogue}
    assert not [one for one in catalogue if one["title_zh"].isascii()]
    assert {"invalid-data", "not-found", "superseded", "too-many-requests"} <= codes
    assert planner.post("/centres", content=b"{", headers={"Content-Type": "application/json"}).json()["type"] == "invalid-data"
    page = planner.get(f"{service.address}/api/docs")
    assert "登录" in page.text, "a browser without a session is asked to log in"
    assert "https://" not in page.text
    assert planner.get(f"{service.address}/api/static/swagger-ui.css").status_code == 200


def test_more_requests_than_allowed_wait(tmp_path: Path) -> None:
    with serving(tmp_path / "data", rate_limit="3/minute") as service:
        client = service.client()
        told = [client.get("/centres") for _ in range(4)]
        assert [one.status_code for one in told] == [200, 200, 200, 429]
        assert 1 <= int(told[3].headers["Retry-After"]) <= 60
        assert told[3].json()["type"] == "too-many-requests"


def test_a_centre_is_built_up_file_by_file(service: Service, template: Path) -> None:
    admin = service.client()
    assert admin.post("/centres", json={"id": "built"}).status_code == 201
    for name in ("shifts.csv", "centre.toml", "staff.csv", "rulebook.toml"):
        data = (template / name).read_bytes()
        if name.endswith(".csv"):
            told = admin.post(f"/centres/built/uploads/{name[:-4]}", files={"file": (name, data)})
        else:
            told = admin.put(f"/centres/built/documents/{name}", content=data, headers={"Content-Type": "application/toml"})
        assert told.status_code == 200, (name, told.text)
    archive = admin.get("/centres/built/export").content
    read = admin.post("/centres/readable/import", files={"file": ("x.zip", archive)}, params={"dry_run": True})
    assert (read.status_code, read.json()["revision"]) == (201, None)
    assert admin.get("/centres/readable").status_code == 404
