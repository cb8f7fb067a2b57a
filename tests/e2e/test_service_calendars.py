"""Calendar feeds over HTTP."""

from collections.abc import Generator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import icalendar
import pytest
from planner import Told
from service_case import Service, author, serving

from api.http.routes import calendars
from data.model.version import Hand
from data.store.revisions import changing
from data.store.version_steps import add_step

FEEDS, ROSTERS = "/centres/grid/calendars", "/centres/grid/rosters"


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


def test_a_feed_is_made_once_under_a_key_and_its_last_link_holds(served: Service) -> None:
    planner = served.client("planner")
    agent = planner.get("/centres/grid/rosters/v001-month/matrix").json()["agents"][5]
    headers = {"Idempotency-Key": "phone-5"}
    first, again = (planner.post(FEEDS, json={"agent": agent}, headers=headers).json() for _ in range(2))
    assert first["id"] == again["id"]
    assert first["path"] != again["path"]
    assert [one["id"] for one in planner.get(FEEDS).json()].count(first["id"]) == 1
    assert (feed(planner, first["path"]).status_code, feed(planner, again["path"]).status_code) == (404, 200)
    assert planner.post(FEEDS, json={"agent": agent, "note": "other"}, headers=headers).status_code == 409


def published(service: Service, body: dict[str, Any]) -> None:
    """Keep a roster, and put it in force as it is: a feed tells what is published, whoever judged it."""
    planner = service.client("planner")
    tag = planner.get(f"{ROSTERS}/{body['parent']}").headers["ETag"]
    made = planner.post(ROSTERS, json=body, headers={"If-Match": tag}, params={"judge": "later"})
    assert made.status_code == 201, made.text
    with changing(service.settings.database, "grid", author(), "test") as change:
        for deed in ("approved", "published"):
            add_step(change, Hand("test", datetime.now(UTC)).step(made.json()["version"], deed))


def test_a_swap_raises_the_sequence_of_both_and_of_nobody_else(served: Service) -> None:
    planner = served.client("planner")
    made = planner.get(f"{ROSTERS}/v001-month/matrix").json()
    days = [d for d, day in enumerate(made["days"]) if day >= "2026-06-12"]
    shifts = {k for k, code in enumerate(made["codes"]) if code in made["shifts"]}
    one, other, d = next(
        (a, b, d)
        for d in days
        for a, b in combinations(range(len(made["agents"])), 2)
        if {made["cells"][a][d], made["cells"][b][d]} <= shifts and made["cells"][a][d] != made["cells"][b][d]
    )
    third = next(a for a in range(len(made["agents"])) if a not in (one, other))
    links = [planner.post(FEEDS, json={"agent": made["agents"][a]}).json()["path"] for a in (one, other, third)]
    before = [events(feed(planner, link).content) for link in links]
    assert {event[0] for told in before for event in told.values()} == {0}
    cells = [list(line) for line in made["cells"]]
    cells[one][d], cells[other][d] = cells[other][d], cells[one][d]
    given = {name: made[name] for name in ("agents", "days", "codes")}
    published(served, {**given, "parent": "v001-month", "cells": cells})
    after = [events(feed(planner, link).content) for link in links]
    assert [set(now) for now in after] == [set(was) for was in before]
    changed = [{uid for uid, event in now.items() if event != was[uid]} for was, now in zip(before, after, strict=True)]
    assert [len(uids) for uids in changed] == [1, 1, 0]
    day = made["days"][d]
    for now, (uid,) in zip(after, changed[:2], strict=False):
        assert (now[uid][0], str(now[uid][1].date())) == (1, day)
    assert after[0][next(iter(changed[0]))][1:] == before[1][next(iter(changed[1]))][1:]


def events(text: bytes) -> dict[str, tuple[int, datetime, datetime]]:
    """SEQUENCE, start and end of each event by its UID, as the library reads a feed that has all that RFC 5545 asks for."""
    calendar = icalendar.Calendar.from_ical(text)
    assert not calendar.errors
    assert {"VERSION", "PRODID"} <= set(calendar)
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    told = calendar.walk("VEVENT")
    assert all({"UID", "DTSTAMP", "SEQUENCE"} <= set(one) and not one.errors for one in told)
    zones = {str(one["TZID"]) for one in calendar.walk("VTIMEZONE")}
    named = {one["DTSTART"].params.get("TZID") for one in told} - {None}
    assert named <= zones
    return {str(one["UID"]): (int(one["SEQUENCE"]), one.decoded("DTSTART"), one.decoded("DTEND")) for one in told}


def test_guessing_links_is_slowed_down(served: Service) -> None:
    client = served.client("planner")
    states = [feed(client, f"/api/v1/calendars/guess{k}.ics").status_code for k in range(25)]
    assert (states[0], states[-1]) == (404, 429)
