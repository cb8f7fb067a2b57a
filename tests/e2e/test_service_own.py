"""What agents see and ask for themselves, over HTTP."""

from collections.abc import Generator
from pathlib import Path

import pytest
from planner import Told
from service_case import Service, serving

ME = "/centres/grid/me"


@pytest.fixture(scope="module")
def served(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("own") / "data") as service:
        service.add("grid", month[0])
        yield service


def test_an_agent_sees_the_own_published_shifts(served: Service) -> None:
    days = served.client("planner").get("/centres/grid/rosters/v001-month/days", params={"limit": 1000}).json()["items"]
    agent = next(row["agent"] for row in days if row["start"])
    mine = [row for row in days if row["agent"] == agent and row["start"] and row["date"] >= "2026-06-05"]
    client = served.client("agent", agent=agent)
    told = client.get(f"{ME}/shifts", params={"from": "2026-06-05"}).json()
    assert [(one["start"], one["code"]) for one in told] == [(row["start"], row["code"]) for row in mine]
    assert {one["changes"] for one in told} == {0}
    assert client.get(f"{ME}/shifts").json() == []
    assert served.client("planner").get(f"{ME}/shifts").status_code == 403


def test_an_agent_wishes_for_days_and_leave(served: Service) -> None:
    staff = served.client("planner").get("/centres/grid/rosters/v001-month/matrix").json()["agents"]
    client, other = served.client("agent", agent=staff[0]), served.client("agent", agent=staff[1])
    before = len(client.get(f"{ME}/rows").json()["wishes"])
    assert client.post(f"{ME}/wishes", json={"day": "2026-07-03"}).json()["agent"] == staff[0]
    leave = {"id": "mine-1", "first": "2026-07-06", "last": "2026-07-08"}
    assert client.post(f"{ME}/leave-wishes", json=leave).status_code == 201
    assert other.post(f"{ME}/leave-wishes", json=leave).status_code == 422
    rows = client.get(f"{ME}/rows").json()
    assert len(rows["wishes"]) == before + 1
    assert [one["id"] for one in rows["leave_wishes"]] == ["mine-1"]
    assert all(one["agent"] == staff[0] for one in rows["balances"])
    assert other.get(f"{ME}/rows").json()["leave_wishes"] == []
    assert client.post(f"{ME}/wishes", json={"day": "2026-07-03", "kind": "on"}).status_code == 422
