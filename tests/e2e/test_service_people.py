"""A person's data over HTTP: exported as a whole, kept under a legal hold, and erased so that nothing names them any longer."""

import io
import json
import zipfile
from pathlib import Path

from service_case import Service, author, serving

from data.exchange.catalogue import BY_NAME
from data.store.documents import put_document
from data.store.entries import entries, put
from data.store.folder import write_out
from data.store.keys import add_key
from data.store.members import members
from data.store.revisions import changing
from data.store.runs import Asked, add_run
from data.store.users import add_user, attempt
from data.store.working_copy import refresh_mirror

AGENT, NAME = "A0003", "丙一"


def told_everywhere(service: Service) -> None:
    """Name a person wherever something may name them."""
    database = service.settings.database
    with changing(database, "grid", author(f"{NAME} asked"), "test", AGENT) as change:
        row = next(one for one in entries(change.connection, "grid", "staff") if one.key == AGENT)
        put(change, BY_NAME["staff"], [(row.key, row.place, {**row.body, "team": "T02"})])
        leave = {"agent": AGENT, "first": "2026-07-01", "last": "2026-07-02", "code": "AL"}
        put(change, BY_NAME["leave"], [("1-1", 1, leave)])
        put_document(change, "notes.json", json.dumps({"said": f"{AGENT}说{NAME}请假", AGENT: [AGENT, "A0004"]}).encode())
        put_document(change, "notes.json", json.dumps({"said": f"坐席{AGENT}"}, ensure_ascii=False).encode())
    with database.writing() as connection:
        add_run(connection, Asked("r1", "grid", "tweak", {"agent": AGENT}, "bing.yi", author().at, f"for {NAME}"))
        add_user(connection, "bing.yi", ["agent"], author(), agent=AGENT)
        add_key(connection, f"phone of {AGENT}", ["agent"], author(), {"agent": AGENT, "centres": ["grid"]})
    attempt(database, "bing.yi", "127.0.0.1", author().at)


def in_the_database(service: Service, word: str) -> list[str]:
    """Files of the installation that hold a word, as it is or as JSON escapes it."""
    forms = {word.encode(), json.dumps(word)[1:-1].encode()}
    files = (one for one in service.settings.data.rglob("*") if one.is_file())
    return [str(one) for one in files if any(form in one.read_bytes() for form in forms)]


def test_a_person_is_exported_held_and_erased(tmp_path: Path, template: Path) -> None:
    staff = template / "staff.csv"
    staff.write_text(staff.read_text(encoding="utf-8").replace("乙一", "丙一二", 1), encoding="utf-8")
    with serving(tmp_path / "data") as service:
        service.add("grid", template)
        told_everywhere(service)
        refresh_mirror(service.settings.database, "grid", service.settings.files)
        admin = service.client()
        whole = zipfile.ZipFile(io.BytesIO(admin.get(f"/centres/grid/people/{AGENT}/export").content))
        held = {Path(name).stem: json.loads(whole.read(name)) for name in whole.namelist()}
        assert {"entry", "account", "audit", "documents"} <= set(held)
        assert {row["agent"] for row in held["entry"]} == {AGENT}
        assert "hash" not in held["account"][0]
        assert in_the_database(service, AGENT)
        assert in_the_database(service, "bing.yi")

        address, body = f"/centres/grid/people/{AGENT}/erase", {"why": f"request of {NAME}", "confirm": AGENT}
        assert admin.put(f"/centres/grid/people/{AGENT}/hold", json={"why": "a dispute"}).status_code == 200
        assert admin.post(address, json=body).status_code == 409
        assert admin.delete(f"/centres/grid/people/{AGENT}/hold").status_code == 204
        assert service.client("planner").post(address, json=body).status_code == 403
        assert admin.post(address, json={**body, "confirm": "A0004"}).status_code == 422
        with service.settings.database.reading() as connection:
            assert AGENT in members(connection, "grid")
        answer = admin.post(address, json=body)
        assert answer.status_code == 200, answer.text
        pseudonym = answer.json()["pseudonym"]
        assert [in_the_database(service, word) for word in (AGENT, "bing.yi")] == [[], []]
        with service.settings.database.reading() as connection:
            assert pseudonym in members(connection, "grid")
            write_out(connection, "grid", tmp_path / "out", service.settings.files)
        text = (tmp_path / "out" / "staff.csv").read_text(encoding="utf-8")
        assert "丙一二" in text
        assert f"{pseudonym},{pseudonym}" in text
        assert "A0004" in (tmp_path / "out" / "staff.csv").read_text(encoding="utf-8")
        assert in_the_database(service, "丙一") == in_the_database(service, "丙一二")
        assert admin.get(f"/centres/grid/people/{AGENT}/export").status_code == 404
        lines = admin.get("/audit", params={"action": "person.erased"}).json()["items"]
        assert [(one["target"], one["why"]) for one in lines] == [(pseudonym, f"request of {pseudonym}")]


def test_who_is_confined_to_a_team_exports_nobody_of_another(tmp_path: Path, template: Path) -> None:
    with serving(tmp_path / "data") as service:
        service.add("grid", template)
        system = service.client("hr_system", teams=["T02"])
        assert system.get(f"/centres/grid/people/{AGENT}/export").status_code == 403
        assert service.client("hr_system", teams=["T01"]).get(f"/centres/grid/people/{AGENT}/export").status_code == 200
        assert service.client().get("/centres/grid/people/nobody/export").status_code == 404
