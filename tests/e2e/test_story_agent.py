"""A fortnight of an agent over HTTP: the first login, the own shifts, a wish, a request, the calendar; nothing of anybody else."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import icalendar
import pytest
from planner import fortnight
from service_case import Service, author, serving

from data.store.users import add_user

FIRST = datetime.now(UTC).date() + timedelta(days=7 - datetime.now(UTC).weekday())
DAY = str(FIRST + timedelta(days=12))
CHOSEN = "rain over the old town"
C = "/centres/grid"


@pytest.fixture(scope="module")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """A centre with a fortnight to come in force: of what is long past, calendars tell nothing."""
    folder = tmp_path_factory.mktemp("agent")
    centre = fortnight(template, folder / "centre", FIRST)
    with serving(folder / "data") as served:
        served.add("grid", centre)
        yield served


@pytest.fixture(scope="module")
def days(service: Service) -> list[dict[str, Any]]:
    """The month as a planner reads it."""
    rows: list[dict[str, Any]] = (
        service.client("planner").get(f"{C}/rosters/v001-month/days", params={"limit": 1000}).json()["items"]
    )
    return rows


@pytest.fixture(scope="module")
def name(days: list[dict[str, Any]]) -> str:
    return next(str(row["agent"]) for row in days if row["start"])


@pytest.fixture(scope="module")
def wei(service: Service, name: str) -> httpx2.Client:
    """An agent who has logged in for the first time."""
    with service.settings.database.writing() as connection:
        one_time = add_user(connection, "li.wei", ["agent"], author(), agent=name)
    client = httpx2.Client(base_url=f"{service.address}/api/v1", timeout=60)
    service.clients.append(client)
    assert client.post("/login", json={"name": "li.wei", "password": one_time}).status_code == 204
    assert client.get(f"{C}/me/shifts").status_code == 403
    assert client.post("/me/password", json={"old": one_time, "new": CHOSEN}).status_code == 204
    assert client.get("/me").json()["agent"] == name
    return client


def shifts(days: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for row in days if row["agent"] == name and row["start"]]


def test_the_own_fortnight_is_read(wei: httpx2.Client, days: list[dict[str, Any]], name: str) -> None:
    told = wei.get(f"{C}/me/shifts", params={"from": str(FIRST)}).json()
    assert told
    assert [(one["start"], one["end"]) for one in told] == [(row["start"], row["end"]) for row in shifts(days, name)]


def test_a_wish_and_a_request_are_asked_for_and_found_again(wei: httpx2.Client, name: str) -> None:
    assert wei.post(f"{C}/me/wishes", json={"day": DAY, "kind": "off", "rank": 1}).json()["agent"] == name
    assert DAY in {one["day"] for one in wei.get(f"{C}/me/rows").json()["wishes"]}
    asked = {"kind": "leave", "id": "wei-1", "agent": name, "made_at": datetime.now(UTC).isoformat(), "code": "AL"}
    made = wei.post(f"{C}/requests", json=asked | {"first": DAY, "last": DAY})
    assert (made.status_code, made.json()["status"]) == (201, "received"), made.text
    assert [one["request"]["id"] for one in wei.get(f"{C}/requests").json()["items"]] == ["wei-1"]


def test_the_calendar_on_the_telephone_says_what_the_roster_says(wei: httpx2.Client, days: list[dict[str, Any]], name: str) -> None:
    feed = wei.post(f"{C}/calendars", json={"agent": name}).json()
    calendar = icalendar.Calendar.from_ical(httpx2.get(str(wei.base_url).split("/api")[0] + feed["path"]).text)
    found = {(event.start, event.end) for event in calendar.events}
    wanted = {(datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])) for row in shifts(days, name)}
    assert wanted
    assert found == wanted
    assert wei.delete(f"{C}/calendars/{feed['id']}").status_code == 204
    assert httpx2.get(str(wei.base_url).split("/api")[0] + feed["path"]).status_code == 404


def test_nothing_of_anybody_else_is_shown_or_changed(wei: httpx2.Client, days: list[dict[str, Any]], name: str) -> None:
    other = next(str(row["agent"]) for row in days if row["agent"] != name)
    closed = [
        f"{C}/tables/staff",
        f"{C}/tables/leave",
        f"{C}/rosters",
        f"{C}/rosters/v001-month/matrix",
        f"{C}/series/coverage",
        f"{C}/runs",
        f"{C}/payroll",
        f"{C}/hr/agents/{other}/leave-balances",
        "/users",
        "/keys",
        "/audit",
    ]
    assert {path: wei.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)
    assert wei.post(f"{C}/calendars", json={"agent": other}).status_code == 403
    asked = {"kind": "leave", "id": "wei-2", "agent": other, "made_at": datetime.now(UTC).isoformat(), "code": "AL"}
    assert wei.post(f"{C}/requests", json=asked | {"first": DAY, "last": DAY}).status_code == 403
    assert {one["request"]["agent"] for one in wei.get(f"{C}/requests").json()["items"]} == {name}
    mine = wei.get(f"{C}/me/rows").json()
    assert {one["agent"] for rows in mine.values() for one in rows if "agent" in one} <= {name}
