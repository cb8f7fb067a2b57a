"""Calendar feeds over HTTP."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import httpx2
import icalendar
import pytest
from planner import Told
from service_case import Service, serving

from api.http.routes import calendars

FEEDS = "/centres/grid/calendars"


@pytest.fixture(scope="module")
def served(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("calendars") / "data") as service:
        service.add("grid", month[0])
        clock = mock.Mock(wraps=datetime)
        clock.now.return_value = datetime(2026, 6, 10, tzinfo=UTC)
        with mock.patch.object(calendars, "datetime", clock):
            yield service


def feed(client: httpx2.Client, path: str, **headers: str) -> httpx2.Response:
    """Ask for a link as a calendar program does, without a key."""
    with httpx2.Client(base_url=str(client.base_url).removesuffix("/api/v1/"), timeout=60) as bare:
        return bare.get(path, headers=headers)


def test_a_link_gives_every_published_shift_and_nothing_after_it_is_revoked(served: Service) -> None:
    planner = served.client("planner")
    rows = planner.get("/centres/grid/rosters/v001-month/days", params={"limit": 1000}).json()["items"]
    agent = next(row["agent"] for row in rows if row["start"] and row["date"] >= "2026-06")
    made = planner.post(FEEDS, json={"agent": agent, "note": "phone"})
    assert made.status_code == 201, made.text
    told = feed(planner, made.json()["path"])
    assert told.headers["content-type"] == "text/calendar; charset=utf-8"
    events = icalendar.Calendar.from_ical(told.content).walk("VEVENT")
    line = planner.get(f"/centres/grid/rosters/v001-month/agents/{agent}").json()
    assert [one.decoded("DTSTART") for one in events] == [datetime.fromisoformat(day["start"]) for day in line if day["start"]]
    assert len({str(one["UID"]) for one in events}) == len(events) > 10
    assert feed(planner, made.json()["path"], **{"If-None-Match": told.headers["ETag"]}).status_code == 304
    (listed,) = planner.get(FEEDS).json()
    assert (listed["agent"], listed["note"]) == (agent, "phone")
    assert "path" not in listed
    assert planner.delete(f"{FEEDS}/{listed['id']}").status_code == 204
    assert feed(planner, made.json()["path"]).status_code == 404
    assert planner.delete(f"{FEEDS}/{listed['id']}").status_code == 404


def test_an_agent_makes_a_link_for_the_own_shifts_alone(served: Service) -> None:
    rows = served.client("planner").get("/centres/grid/rosters/v001-month/days", params={"limit": 1000}).json()["items"]
    one, other = list(dict.fromkeys(row["agent"] for row in rows))[:2]
    agent = served.client("agent", agent=one)
    assert agent.post(FEEDS, json={"agent": other}).status_code == 403
    made = agent.post(FEEDS, json={"agent": one})
    assert made.status_code == 201
    assert [feed["agent"] for feed in agent.get(FEEDS).json()] == [one]
    assert served.client("agent", agent=other).delete(f"{FEEDS}/{made.json()['id']}").status_code == 403
    assert served.client("auditor").post(FEEDS, json={"agent": one}).status_code == 403


def test_guessing_links_is_slowed_down(served: Service) -> None:
    client = served.client("planner")
    states = [feed(client, f"/api/v1/calendars/guess{k}.ics").status_code for k in range(25)]
    assert (states[0], states[-1]) == (404, 429)
