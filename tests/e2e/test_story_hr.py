"""A fortnight of an HR system, built from the OpenAPI document alone: persons, absences, certificates, requests and payroll."""

import re
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from run_case import ended, submit, working
from service_case import Service

from api.http.permissions import Role

QUICK = {"sweeps": 2, "bound_steps": 5, "effort": 0}
AGENT = "urn:echelon:params:scim:schemas:extension:agent:1.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FIRST = datetime.now(UTC).date() + timedelta(days=14 - datetime.now(UTC).weekday())
"""A Monday one to two weeks ahead: requests need their notice."""
DAYS = 14
LAST = FIRST + timedelta(days=DAYS - 1)


@dataclass(frozen=True)
class System:
    """An HR system that knows an address, a key and the document."""

    client: httpx2.Client
    document: dict[str, Any]

    def ask(self, operation: str, body: Any = None, query: dict[str, Any] | None = None, **told: str) -> httpx2.Response:
        """Call an operation by its id; parts of its path and headers by their names (`_` for `-`)."""
        path, method, spec = next(
            (path, method, spec)
            for path, methods in self.document["paths"].items()
            for method, spec in methods.items()
            if isinstance(spec, dict) and spec.get("operationId") == operation
        )
        parts = {"centre": "grid", **told}
        headers = {key.replace("_", "-"): value for key, value in told.items() if f"{{{key}}}" not in path}
        kind = next(iter(spec.get("requestBody", {}).get("content", {})), None)
        if kind is not None:
            headers["Content-Type"] = kind
        known = {one["name"] for one in spec.get("parameters", []) if one["in"] == "query"}
        assert set(query or {}) <= known, (operation, known)
        return self.client.request(
            method, re.sub(r"\{(\w+)\}", lambda at: parts[at[1]], path), json=body, params=query, headers=headers
        )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("hr-story") / "data") as made:
        made.add("grid", template)
        yield made


def system(service: Service, document: dict[str, Any], *roles: Role) -> System:
    """Another system, with a key of its own."""
    client = httpx2.Client(base_url=service.address, headers=service.client(*roles).headers, timeout=120)
    service.clients.append(client)
    return System(client, document)


@pytest.fixture(scope="module")
def hr(service: Service) -> System:
    document = service.client("hr_system").get("/openapi.json", timeout=300).json()
    return system(service, document, "hr_system")


def user(number: str, **agent: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE, AGENT],
        "userName": f"{number}@hotline",
        "name": {"givenName": "Fang", "familyName": "Zhao"},
        "active": True,
        ENTERPRISE: {"employeeNumber": number, "department": "Service"},
        AGENT: agent,
    }


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


@pytest.fixture(scope="module")
def staffed(hr: System) -> System:
    """Who comes, changes and leaves has been told before the roster is made."""
    for number in ("E201", "E202"):
        made = hr.ask("scim_add_user_of_centre", user(number, contract="FT", skills=["service"], site="main", team="T01"))
        assert made.status_code == 201, made.text
    moved = patched(
        {"op": "replace", "path": f"{AGENT}:team", "value": "T02"},
        {"op": "replace", "path": f"{AGENT}:contract", "value": "PT"},
    )
    answer = hr.ask("scim_patch_user_of_centre", moved, number="E201")
    assert answer.status_code == 200, answer.text
    left = hr.ask("scim_patch_user_of_centre", patched({"op": "replace", "path": "active", "value": False}), number="E202")
    assert left.json()["active"] is False
    return hr


@pytest.fixture(scope="module")
def rostered(staffed: System, service: Service) -> System:
    """The centre with a fortnight in force."""
    planner = service.client("planner")
    run = ended(planner, submit(planner, "grid", "plan", first=str(FIRST), days=DAYS, **QUICK))
    assert run["problem"] is None, run
    return staffed


def test_who_comes_is_rostered_and_who_has_left_is_not(rostered: System) -> None:
    found = rostered.ask("scim_list_users_of_centre", query={"filter": f'{ENTERPRISE}:employeeNumber eq "E201"'}).json()
    assert found["totalResults"] == 1
    assert found["Resources"][0][AGENT]["team"] == "T02"
    row = rostered.ask("get_staff_row", key="E201").json()["row"]
    assert (row["contract"], row["skills"]) == ("PT", ["service"])
    version = rostered.ask("get_current").json()["version"]
    days = rostered.ask("list_days", query={"agent": "E201", "limit": 100}, version=version).json()["items"]
    assert sum(one["start"] is not None for one in days) >= 5
    gone = rostered.ask("list_days", query={"agent": "E202", "limit": 100}, version=version).json()["items"]
    assert all(one["start"] is None for one in gone)


def test_an_absence_and_a_certificate_are_told_and_read_back(rostered: System) -> None:
    sick = {"agent": "A0004", "first": str(FIRST), "last": str(FIRST + timedelta(days=1)), "code": "SL"}
    assert rostered.ask("put_absence", sick, number="sap-1").status_code == 200
    assert rostered.ask("put_absence", sick, number="sap-1").json() == rostered.ask("get_absence", number="sap-1").json()
    told = rostered.ask("put_certificate", {"until": str(FIRST)}, agent="E201", skill="service")
    assert told.status_code == 200, told.text
    soon = rostered.ask("list_certificates", query={"within_days": 60}).json()
    assert [(one["agent"], one["skill"]) for one in soon] == [("E201", "service")]


def test_everything_wrong_with_a_body_is_told_at_once(hr: System) -> None:
    wrong = hr.ask("put_absence", {"agent": "nobody", "first": "2026-13-01", "last": 5, "code": "??", "why": "x"}, number="bad")
    told = wrong.json()
    assert (wrong.status_code, told["type"]) == (422, "invalid-data")
    assert {"first", "last", "why"} <= {one["column"] for one in told["findings"]}
    assert all(one["expected"] for one in told["findings"])
    unknown = hr.ask("put_absence", {"agent": "nobody", "first": str(LAST), "last": str(FIRST), "code": "SL"}, number="bad").json()
    assert {one["column"] for one in unknown["findings"]} == {"agent", "last"}
    assert hr.ask("get_absence", number="bad").status_code == 404


def test_a_request_is_decided_by_a_planner_and_its_reason_is_in_both_languages(rostered: System, service: Service) -> None:
    day = str(FIRST + timedelta(days=9))
    asked = {"kind": "leave", "id": "sap-r1", "agent": "A0006", "made_at": datetime.now(UTC).isoformat(), "code": "AL"}
    told = asked | {"first": day, "last": day}
    made = rostered.ask("add_request", told)
    assert (made.status_code, made.json()["status"]) == (201, "received"), made.text
    assert rostered.ask("add_request", told, query={"decide": True}).status_code == 403
    planner = service.client("planner")
    again = planner.post("/centres/grid/requests", json=told, params={"decide": True})
    assert again.status_code == 200, again.text
    run = ended(planner, f"/centres/grid/runs/{again.json()['run']}")
    assert run["problem"] is None, run
    decided = rostered.ask("get_request", number="sap-r1").json()
    assert decided["status"] == decided["decision"]["outcome"] in {"granted", "to_leader", "refused"}
    assert re.search("[a-z]", decided["decision"]["sentence"])
    assert re.search("[\u4e00-\u9fff]", decided["decision"]["sentence_zh"])
    assert rostered.ask("add_request", told).json()["decision"] == decided["decision"]


def test_a_period_is_paid_as_its_lines_say_and_another_person_approves(rostered: System, service: Service) -> None:
    period = f"{FIRST}_{LAST}"
    drawn = rostered.ask("draw_up", period=period)
    assert drawn.status_code == 201, drawn.text
    lines, after = list[dict[str, Any]](), None
    while after != "":
        page = rostered.ask("get_lines", query={"limit": 300, **({"after": after} if after else {})}, period=period).json()
        lines, after = lines + page["items"], page["next"] or ""
    assert len(lines) == drawn.json()["lines"]
    summed: dict[tuple[str, str], int] = defaultdict(int)
    for one in lines:
        summed[one["employee_no"], one["pay_code"]] += one["minutes"]
        assert str(FIRST) <= one["work_date"] <= str(LAST)
    totals = {(one["employee_no"], one["pay_code"]): one["minutes"] for one in rostered.ask("get_totals", period=period).json()}
    assert totals == {key: minutes for key, minutes in summed.items() if key in totals or minutes}
    assert {who for who, _ in summed} >= {"E201", "A0001"}
    tag = {"If_Match": f'"{drawn.json()["sha256"]}"'}
    assert rostered.ask("submit", {"note": "checked"}, period=period, **tag).json()["state"] == "submitted"
    assert rostered.ask("approve", {}, period=period, **tag).status_code == 403
    approver = system(service, rostered.document, "planner")
    assert approver.ask("approve", {"note": "agreed"}, period=period, **tag).json()["state"] == "approved"
