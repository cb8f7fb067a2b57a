"""Who is hired or leaves while a roster stands: the roster stays readable, and the next change leaves the leaver out."""

import csv
import io
import shutil
from pathlib import Path

from planner import Told, echelon

from api.workspace import Workspace


def test_a_hire_and_a_leaver_do_not_break_the_roster_in_force(month: tuple[Path, Told], tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    shutil.copytree(month[0], folder)
    before = (folder / "roster.csv").read_bytes()
    staff = (folder / "staff.csv").read_text(encoding="utf-8")
    with (folder / "staff.csv").open("a", encoding="utf-8", newline="") as file:
        file.write("" if staff.endswith("\n") else "\n")
        file.write(",".join({"agent": "N0001", "contract": "FT", "skills": "service"}.get(c, "") for c in _columns(staff)) + "\n")
    with (folder / "leave.csv").open("a", encoding="utf-8", newline="") as file:
        file.write("A0001,2026-06-10,2099-12-31,LEFT,no\n")
    planned = Workspace.at(folder).newest()
    assert "N0001" not in planned.roster.agents
    assert "A0001" in planned.roster.agents
    assert [agent.id for agent in planned.problem.agents] == list(planned.roster.agents)
    told = echelon("adjust", folder, "--first", "2026-06-08", "--bound-steps", "20")
    assert told.code == 0, told
    after = list(csv.DictReader(io.StringIO((folder / "roster.csv").read_text(encoding="utf-8"))))
    assert {one["code"] for one in after if one["agent"] == "A0001" and "2026-06-10" <= one["date"] <= "2026-06-14"} == {"LEFT"}
    assert before != (folder / "roster.csv").read_bytes()
    paid = echelon("payroll", folder, "--first", "2026-06-01", "--last", "2026-06-28")
    assert paid.code == 0, paid


def _columns(text: str) -> list[str]:
    return text.splitlines()[0].split(",")
