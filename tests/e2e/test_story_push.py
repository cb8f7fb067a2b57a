"""A planner's story over HTTP: a roster is pushed to DingTalk and reconciled, a day changes, and only that day is sent."""

import os
import time
from collections.abc import Generator
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import pebble
import pytest
from hr_fakes.dingtalk import DingTalk
from hr_fakes.server import FakeClock, served
from planner import Told, text_table
from run_case import ended, submit, working
from service_case import Service

from api.commands import push as push_commands
from api.runs import carrier
from api.runs.child import Outcome, Task, guarded
from data.model.version import Hand

JUNE = datetime(2026, 6, 1, 2, tzinfo=UTC)
TABLES, ROSTERS = "/centres/grid/tables", "/centres/grid/rosters"


class JuneClock(FakeClock):
    """Time that runs from the first of June."""

    def now(self) -> float:
        """Seconds since 1970."""
        return JUNE.timestamp() + time.monotonic() - self.at


def in_june(secret: str, task: Task, pipe: Connection) -> Outcome:
    """The process of a run, for which it is June: DingTalk takes days from 180 before today to 180 after it.

    The secret is given: the server that processes are forked from may have begun before it was set.
    """

    def hand(author: str, reason: str) -> Hand:
        return Hand(author, JUNE, reason)

    with mock.patch.object(push_commands, "hand_of", hand), mock.patch.dict(os.environ, {"OFFICE_SECRET": secret}):
        return guarded(task, pipe)


@pytest.fixture(scope="module")
def office(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Service, DingTalk]]:
    """A service with the month, a worker, and DingTalk on loopback that knows its people and shifts."""
    staff = list(text_table(month[0] / "staff.csv")["agent"])
    fake = DingTalk(JuneClock(time.monotonic()), {"boss", *staff}, delay_s=0.2)
    june = pebble.concurrent.process(daemon=True, context=carrier.PROCESSES)(in_june)
    with pytest.MonkeyPatch.context() as patch, served(fake):
        patch.setenv("OFFICE_SECRET", fake.secret)
        patch.setattr(carrier, "spawn", partial(june, fake.secret))
        with working(tmp_path_factory.mktemp("push") / "data") as service:
            service.add("grid", month[0])
            yield service, fake


def connection(service: Service, fake: DingTalk) -> dict[str, Any]:
    """How the office is reached."""
    codes = service.client("planner").get(f"{TABLES}/shifts").json()["items"]
    fake.shifts |= {100 + k for k in range(len(codes))}
    shifts = {one["row"]["code"]: str(100 + k) for k, one in enumerate(codes)}
    told = {"system": "dingtalk", "base": fake.address, "app": "app-1", "secret_env": "OFFICE_SECRET", "operator": "boss"}
    return {"connections": {"office": {**told, "group": "7", "shifts": shifts}}}


def pushed(planner: httpx2.Client, kind: str = "push") -> dict[str, Any]:
    """What a push came to, as its log tells it."""
    run = ended(planner, submit(planner, "grid", kind, to="office"))
    assert (run["state"], run["problem"]) == ("succeeded", None)
    return run


def rows(planner: httpx2.Client, table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    found, after = list[dict[str, Any]](), None
    while True:
        page = planner.get(f"{TABLES}/{table}", params={"limit": 200, **({"after": after} if after else {})}).json()
        found += page["items"]
        after = page["next"]
        if after is None:
            return found


def report(planner: httpx2.Client) -> dict[tuple[str, str], str]:
    """The reconciliation, by agent and day."""
    return {(one["row"]["agent"], one["row"]["date"]): one["row"]["status"] for one in rows(planner, "push-report")}


def in_force(planner: httpx2.Client) -> dict[str, Any]:
    """The version in force, its matrix and the tag of what stands."""
    answer = planner.get(f"{ROSTERS}/current")
    made = planner.get(f"{ROSTERS}/{answer.json()['version']}/matrix").json()
    return {"tag": answer.headers["ETag"], **made}


def a_day_off(planner: httpx2.Client) -> tuple[str, str, str]:
    """Give somebody a day off that breaks no rule, approved and published: the agent, the day and the version."""
    made = in_force(planner)
    params, headers = {"parent": made["version"]}, {"If-Match": made["tag"]}
    worked = {k for k, code in enumerate(made["codes"]) if code in made["shifts"]}
    places = [(a, d) for d in range(8, 28) for a, line in enumerate(made["cells"]) if line[d] in worked]
    for a, d in places[:40]:
        agent, day = made["agents"][a], made["days"][d]
        file = {"file": ("day.csv", f"agent,date,code\n{agent},{day},-\n".encode())}
        given = planner.post(f"{ROSTERS}/table", files=file, params=params, headers=headers)
        if given.status_code == 201:
            name = given.json()["version"]
            approved = planner.post(f"{ROSTERS}/{name}/approve", json={}, headers={"If-Match": given.headers["ETag"]})
            assert approved.status_code == 200, approved.text
            assert ended(planner, submit(planner, "grid", "publish", version=name))["problem"] is None
            return agent, day, name
    raise AssertionError("no day off breaks no rule")


def test_a_planner_pushes_a_roster_and_then_only_what_changed(office: tuple[Service, DingTalk]) -> None:
    service, fake = office
    planner, administrator = service.client("planner"), service.client("administrator")
    told = connection(service, fake)
    path = "/centres/grid/documents/connections.toml"
    assert planner.put(path, json=told).status_code == 403
    assert administrator.put(path, json=told).status_code == 200
    assert planner.delete(path, headers={"If-Match": "*"}).status_code == 403

    pushed(planner)
    made = in_force(planner)
    shifts = told["connections"]["office"]["shifts"]
    expected = {
        (agent, date.fromisoformat(day)): shifts.get(made["codes"][made["cells"][a][d]], "rest")
        for a, agent in enumerate(made["agents"])
        for d, day in enumerate(made["days"])
    }
    assert fake.held() == expected
    assert report(planner) == {(agent, str(day)): "confirmed" for agent, day in expected}
    (record,) = [one["row"] for one in planner.get(f"{TABLES}/pushes").json()["items"]]
    assert (record["sent"], record["confirmed"], record["mismatched"]) == (len(expected), len(expected), 0)

    agent, day, version = a_day_off(planner)
    sends = len(fake.sent())
    pushed(planner)
    assert [len(call.body["schedules"]) for call in fake.sent()[sends:]] == [1]
    assert report(planner) == {(agent, day): "confirmed"}
    assert fake.held() == expected | {(agent, date.fromisoformat(day)): "rest"}
    assert version in planner.get(f"{TABLES}/pushes").json()["items"][-1]["row"]["version"]

    other = next(key for key, shift in fake.held().items() if shift != "rest")
    fake.rows[other] = fake.rows[other] | {"shift_id": 1, "is_rest": True}
    pushed(planner, "push-check")
    assert {key for key, status in report(planner).items() if status != "confirmed"} == {(other[0], str(other[1]))}
    pushed(planner)
    assert fake.held()[other] == expected[other]

    erased = next(one for one in made["agents"] if one != agent)
    leaver = administrator.post(f"/centres/grid/people/{erased}/erase", json={"confirm": erased, "why": "asked for"})
    assert leaver.status_code < 300, leaver.text
    sends = len(fake.sent())
    pushed(planner)
    assert len(fake.sent()) == sends
    assert not any(erased in one["key"] or one["row"]["agent"] == erased for one in rows(planner, "push-state"))
    assert len(rows(planner, "push-state")) == len(expected)
