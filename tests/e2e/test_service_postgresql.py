"""The service on PostgreSQL: rows, files, a run, a roster, the audit trail and an erasure, as on the embedded database."""

from pathlib import Path

from planner import Told
from run_case import ended, submit, working
from store_case import Server

from data.exchange.folder import read_folder

CENTRE = "/centres/grid"


def test_a_day_of_the_service_on_postgresql(tmp_path: Path, month: tuple[Path, Told], postgresql: Server) -> None:
    centre = read_folder(month[0]).centre
    with postgresql.database() as url, working(tmp_path / "data", database_url=url) as service:
        service.add("grid", month[0])
        planner, admin = service.client("planner"), service.client()
        row = planner.get(f"{CENTRE}/tables/staff").json()["items"][0]["row"]
        made = planner.post(f"{CENTRE}/tables/staff", json={**row, "agent": "新人", "name": "New"})
        assert made.status_code == 201, made.text
        calls = f"queue,timestamp,offered\n{centre.queues[0].id},2026-06-01T10:00,7\n"
        told = planner.post(f"{CENTRE}/uploads/calls", files={"file": ("c.csv", calls)})
        assert told.json()["rows"] == 1, told.text
        draft = ended(planner, submit(planner, "grid", "rulebook-draft", name="v2", at="2026-06-01T10:00"))
        assert (draft["state"], draft["problem"]) == ("succeeded", None)
        matrix = planner.get(f"{CENTRE}/rosters/v001-month/matrix")
        assert len(matrix.json()["agents"]) == len(read_folder(month[0]).agents), matrix.text
        gone = admin.post(f"{CENTRE}/people/新人/erase", json={"why": "asked for it", "confirm": "新人"})
        assert gone.status_code == 200, gone.text
        assert "新人" not in planner.get(f"{CENTRE}/tables/staff").text
        lines = admin.get("/audit", params={"action": "person.erased"}).json()["items"]
        assert len(lines) == 1
