"""The payroll of a period as a payroll system reads it: it agrees with the command line, and what is approved is frozen."""

import csv
import hashlib
import io
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from planner import Told, echelon
from service_case import Service, author, serving

from data.exchange.catalogue import BY_NAME
from data.exchange.payroll_lines import LINES
from data.store.entries import put
from data.store.revisions import changing

C = "/centres/grid/payroll"
PERIOD = "2026-06-01_2026-06-28"
CODES = {"REG": "minutes_100", "OT150": "minutes_150", "OT200": "minutes_200", "HOL300": "minutes_300", "NIGHT": "night_minutes"}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture(scope="module")
def folder(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The centre with a month plan, as the command line pays it."""
    copy = tmp_path_factory.mktemp("payroll") / "centre"
    shutil.copytree(month[0], copy)
    told = echelon("payroll", copy, "--first", "2026-06-01", "--last", "2026-06-28")
    assert told.code == 0, told
    return copy


@pytest.fixture(scope="module")
def service(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("paid") / "data") as served:
        served.add("grid", month[0])
        yield served


@pytest.fixture(scope="module")
def payer(service: Service) -> httpx2.Client:
    return service.client("hr_system")


@pytest.fixture(scope="module")
def approver(service: Service) -> httpx2.Client:
    return service.client("planner")


@pytest.fixture(scope="module")
def drawn(payer: httpx2.Client) -> dict[str, Any]:
    made = payer.post(f"{C}/{PERIOD}")
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def step(client: httpx2.Client, to: str, sha: str, note: str = "") -> httpx2.Response:
    return client.post(f"{C}/{PERIOD}/{to}", json={"note": note}, headers={"If-Match": f'"{sha}"'})


def test_the_lines_are_those_of_the_command_and_add_up_to_its_payroll(
    drawn: dict[str, Any], payer: httpx2.Client, folder: Path
) -> None:
    told = payer.get(f"{C}/{PERIOD}", params={"format": "csv"})
    assert told.content == (folder / "payroll_lines.csv").read_bytes()
    assert hashlib.sha256(told.content).hexdigest() == drawn["sha256"]
    lines = table(told.text)
    assert list(lines[0]) == [column.name for column in LINES.columns]
    assert len({(one["employee_no"], one["work_date"], one["pay_code"]) for one in lines}) == len(lines) == drawn["lines"]
    held = {(one["employee_no"], one["pay_code"]): one["minutes"] for one in payer.get(f"{C}/{PERIOD}/totals").json()}
    rows = table((folder / "payroll.csv").read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        for code, name in CODES.items():
            assert held.get((row["agent"], code), 0) == int(row[name]), (row["agent"], code)
        leave = sum(minutes for (who, code), minutes in held.items() if who == row["agent"] and code.startswith("LEAVE_"))
        assert leave == int(row["leave_minutes"])


def test_json_is_paged_and_says_the_same(drawn: dict[str, Any], payer: httpx2.Client) -> None:
    first = payer.get(f"{C}/{PERIOD}", params={"limit": 500}).json()
    lines, more = first["items"], first["next"]
    while more:
        page = payer.get(f"{C}/{PERIOD}", params={"limit": 500, "after": more}).json()
        lines, more = lines + page["items"], page["next"]
    assert len(lines) == drawn["lines"]
    assert sum(one["minutes"] for one in lines if one["pay_code"] == "REG") == drawn["checks"]["minutes"]["REG"]
    worked = next(one for one in lines if one["pay_code"] == "REG")
    assert worked["planned_start"].startswith(worked["work_date"])
    assert worked["roster_version"] == "v001-month"
    assert worked["approved_by"]


def test_another_person_approves_and_what_is_approved_never_changes(
    drawn: dict[str, Any], payer: httpx2.Client, approver: httpx2.Client, service: Service
) -> None:
    sha = drawn["sha256"]
    assert payer.post(f"{C}/{PERIOD}/submit", json={}).status_code == 428
    assert step(payer, "submit", "0" * 64).status_code == 412
    assert step(approver, "approve", sha).status_code == 409
    assert step(payer, "submit", sha).json()["state"] == "submitted"
    assert step(payer, "approve", sha).status_code == 403
    assert step(approver, "reject", sha, "once more").json()["state"] == "rejected"
    again = payer.post(f"{C}/{PERIOD}").json()
    assert (again["number"], again["sha256"]) == (2, sha)
    step(payer, "submit", sha)
    done = step(approver, "approve", sha, "checked").json()
    assert (done["state"], done["decided_by"], done["note"]) == ("approved", "planner", "checked")
    before = payer.get(f"{C}/{PERIOD}", params={"format": "csv"}).content
    row = {"entry": "e1", "at": "2026-06-03T10:00:00+08:00", "reason": "overtime"}
    rows = [{**row, "account": name, "points": points} for name, points in (("agent:A0001", 5), ("budget:2026-06", -5))]
    with changing(service.settings.database, "grid", author(), "test") as change:
        put(change, BY_NAME["ledger"], [(f"{k:08d}", k, one) for k, one in enumerate(rows, 1)])
    assert payer.post(f"{C}/{PERIOD}").status_code == 409
    assert payer.get(f"{C}/{PERIOD}", params={"format": "csv"}).content == before
    told = payer.get(f"{C}/{PERIOD}/reconciliation").json()
    assert (told["same_bytes"], told["same_sums"], told["points"]) == (True, True, {"kept": 0, "now": 5})


def test_points_of_the_ledger_come_with_the_half_month(payer: httpx2.Client, approver: httpx2.Client) -> None:
    half = payer.post(f"{C}/2026-06-01_2026-06-14").json()
    assert half["checks"]["points"] == 5
    lines = payer.get(f"{C}/2026-06-01_2026-06-14", params={"limit": 1000}).json()["items"]
    assert [(one["employee_no"], one["incentive_points"]) for one in lines if one["pay_code"] == "INCENTIVE"] == [("A0001", 5)]
    assert [one["period"] for one in payer.get(C).json()] == ["2026-06-01_2026-06-14", PERIOD]


def test_days_that_nothing_plans_and_callers_of_a_part_are_refused(payer: httpx2.Client, service: Service) -> None:
    assert payer.post(f"{C}/2030-01").status_code == 422
    assert payer.post(f"{C}/2026-13").status_code == 422
    assert payer.get(f"{C}/2026-05/status").status_code == 404
    assert service.client("hr_system", teams=["T01"]).get(f"{C}/{PERIOD}").status_code == 403
    assert service.client("agent", agent="A0001").get(f"{C}/{PERIOD}").status_code == 403
