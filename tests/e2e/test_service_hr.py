"""Absences, leave, certificates and requests brought by an HR system, and by agents for themselves."""

from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service_case import Service, author, serving

from data.exchange.catalogue import BY_NAME
from data.store.entries import entries, put
from data.store.events import EVENTS
from data.store.revisions import changing

C = "/centres/grid"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("hr") / "data") as served:
        served.add("grid", template)
        yield served


@pytest.fixture(scope="module")
def hr(service: Service) -> httpx2.Client:
    return service.client("hr_system")


@pytest.fixture(scope="module")
def agent(service: Service) -> httpx2.Client:
    return service.client("agent", agent="A0005")


def leave_of(service: Service, name: str) -> list[tuple[str, str, str]]:
    with service.settings.database.reading() as connection:
        rows = [row.body for row in entries(connection, "grid", "leave") if row.body["agent"] == name]
    return sorted((one["first"], one["last"], one["code"]) for one in rows)


def absence(first: str, last: str, code: str = "SL", name: str = "A0007", **more: Any) -> dict[str, Any]:
    return {"agent": name, "first": first, "last": last, "code": code, **more}


def test_an_absence_is_the_same_when_told_again_and_is_corrected_when_told_otherwise(hr: httpx2.Client, service: Service) -> None:
    before = leave_of(service, "A0007")
    first = hr.put(f"{C}/hr/absences/sick-1", json=absence("2030-03-01", "2030-03-03"))
    assert first.status_code == 200, first.text
    again = hr.put(f"{C}/hr/absences/sick-1", json=absence("2030-03-01", "2030-03-03"))
    assert again.headers["ETag"] == first.headers["ETag"]
    longer = hr.put(f"{C}/hr/absences/sick-1", json=absence("2030-03-01", "2030-03-05"))
    assert longer.json()["last"] == "2030-03-05"
    assert leave_of(service, "A0007") == [*before, ("2030-03-01", "2030-03-05", "SL")]
    assert hr.get(f"{C}/hr/absences", params={"agent": "A0007"}).json()["items"][0]["id"] == "sick-1"
    assert hr.delete(f"{C}/hr/absences/sick-1").status_code == 204
    assert hr.get(f"{C}/hr/absences/sick-1").status_code == 404
    assert leave_of(service, "A0007") == before


def test_other_absences_give_way_and_never_overlap(hr: httpx2.Client, service: Service) -> None:
    hr.put(f"{C}/hr/absences/year", json=absence("2031-05-01", "2031-05-10", "AL", "A0008"))
    told = hr.put(f"{C}/hr/absences/sick-2", json=absence("2031-05-04", "2031-05-05", name="A0008")).json()
    assert told["replaced"] == [{"agent": "A0008", "first": "2031-05-01", "last": "2031-05-10", "code": "AL", "paid": True}]
    assert leave_of(service, "A0008") == [
        ("2031-05-01", "2031-05-03", "AL"),
        ("2031-05-04", "2031-05-05", "SL"),
        ("2031-05-06", "2031-05-10", "AL"),
    ]


def test_reasons_are_refused_and_never_kept(hr: httpx2.Client, service: Service) -> None:
    refused = hr.put(f"{C}/hr/absences/x", json=absence("2030-01-01", "2030-01-01", reason="influenza"))
    assert refused.status_code == 422
    with service.settings.database.reading() as connection:
        told = [row.data for row in connection.execute(EVENTS.select().where(EVENTS.c.type == "absence.added"))]
    assert told
    assert all(set(one) == {"id", "agent", "first", "last"} for one in told)


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (absence("2030-02-02", "2030-02-01"), "last"),
        (absence("2030-02-01", "2030-02-01", name="nobody"), "agent"),
        (absence("2030-02-01", "2030-02-01", "LEFT"), "code"),
    ],
)
def test_what_does_not_fit_is_told_by_its_field(hr: httpx2.Client, wrong: dict[str, Any], column: str) -> None:
    told = hr.put(f"{C}/hr/absences/wrong", json=wrong)
    assert (told.status_code, told.json()["findings"][0]["column"]) == (422, column)


def test_contracts_balances_and_certificates(hr: httpx2.Client, agent: httpx2.Client) -> None:
    assert {"FT", "PT"} <= {one["id"] for one in hr.get(f"{C}/hr/contracts").json()}
    day = datetime.now(UTC).date()
    until = (day + timedelta(days=300)).isoformat()
    told = hr.put(f"{C}/hr/agents/A0005/leave-balances/AL", json={"days": 7.5, "until": until})
    assert told.status_code == 200, told.text
    first, last = (day + timedelta(days=10)).isoformat(), (day + timedelta(days=12)).isoformat()
    hr.put(f"{C}/hr/absences/holiday", json=absence(first, last, "AL", "A0005"))
    assert [(one["days"], one["booked_days"]) for one in agent.get(f"{C}/hr/agents/A0005/leave-balances").json()] == [(7.5, 3)]
    assert agent.get(f"{C}/hr/agents/A0006/leave-balances").status_code == 403
    for name, days in (("A0005", 400), ("A0006", -2)):
        ends = (day + timedelta(days=days)).isoformat()
        assert hr.put(f"{C}/hr/agents/{name}/certificates/service", json={"until": ends}).status_code == 200
    soon = hr.get(f"{C}/hr/certificates", params={"within_days": 30}).json()
    assert [(one["agent"], one["days_left"], one["rostered_for"]) for one in soon] == [("A0006", -2, True)]


def asked(number: str, name: str = "A0005", **more: Any) -> dict[str, Any]:
    made = "2026-06-01T08:00:00+08:00"
    return {"kind": "leave", "id": number, "agent": name, "made_at": made, "first": "2026-06-20", "last": "2026-06-21", **more}


def test_agents_ask_for_themselves_and_read_the_decision(hr: httpx2.Client, agent: httpx2.Client, service: Service) -> None:
    made = agent.post(f"{C}/requests", json=asked("r1"))
    assert (made.status_code, made.json()["status"], made.json()["file"]) == (201, "received", "requests/r1.jsonl"), made.text
    assert agent.post(f"{C}/requests", json=asked("r1")).status_code == 200
    assert agent.post(f"{C}/requests", json=asked("r1", last="2026-06-22")).status_code == 409
    assert agent.post(f"{C}/requests", json=asked("r2", "A0006")).status_code == 403
    assert hr.post(f"{C}/requests", json=asked("r2", "A0006")).status_code == 201
    assert hr.post(f"{C}/requests", json=asked("r3", "nobody")).json()["findings"][0]["column"] == "agent"
    assert hr.post(f"{C}/requests", json=asked("../r3")).json()["findings"][0]["column"] == "id"
    assert [one["request"]["id"] for one in agent.get(f"{C}/requests").json()["items"]] == ["r1"]
    assert [one["request"]["id"] for one in hr.get(f"{C}/requests").json()["items"]] == ["r1", "r2"]
    assert agent.get(f"{C}/requests/r2").status_code == 404
    assert hr.delete(f"{C}/requests/r2").status_code == 204
    row = {
        "request": "r1",
        "kind": "leave",
        "agent": "A0005",
        "verdict": "refused",
        "cause": "notice",
        "sentence": "Too late.",
        "sentence_zh": "太晚了。",
        "decided_at": "2026-06-01T09:00:00+08:00",
        "version": "v001-month",
        "asked": "{}",
    }
    with changing(service.settings.database, "grid", author(), "test") as change:
        put(change, BY_NAME["decisions"], [("00000001", 1, row)])
    decided = agent.get(f"{C}/requests/r1").json()
    assert (decided["status"], decided["decision"]["sentence_zh"]) == ("refused", "太晚了。")
    assert agent.get(f"{C}/requests", params={"status": "received"}).json()["items"] == []
    assert agent.delete(f"{C}/requests/r1").status_code == 409


def test_a_page_ends_where_the_next_begins(hr: httpx2.Client) -> None:
    for k in range(5):
        hr.post(f"{C}/requests", json=asked(f"page{k}", "A0009", first=str(date(2026, 7, k + 1)), last=str(date(2026, 7, k + 1))))
    first = hr.get(f"{C}/requests", params={"agent": "A0009", "limit": 3}).json()
    rest = hr.get(f"{C}/requests", params={"agent": "A0009", "limit": 3, "after": first["next"]}).json()
    assert [one["request"]["id"] for one in first["items"] + rest["items"]] == [f"page{k}" for k in range(5)]
    assert rest["next"] is None
