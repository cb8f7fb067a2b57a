"""Rosters over HTTP."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from planner import Told, echelon
from service_case import Service, author, serving

from api.runs.kinds import kind_named
from data.exchange.files import read_table
from data.model.errors import InvalidData
from data.store.entries import entries
from data.store.folder import write_out
from data.store.revisions import changing
from data.store.working_copy import check_in, check_out
from data.tables import ROSTER

V1 = "/centres/grid/rosters/v001-month"


@pytest.fixture(scope="module")
def served(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Service, Path]]:
    root = tmp_path_factory.mktemp("rosters")
    with serving(root / "data") as service:
        service.add("grid", month[0])
        yield service, month[0]


@pytest.fixture(scope="module")
def planner(served: tuple[Service, Path]) -> httpx2.Client:
    return served[0].client("planner")


def test_versions_are_listed_with_state_cost_and_bound(planner: httpx2.Client) -> None:
    (one,) = planner.get("/centres/grid/rosters").json()["items"]
    assert (one["version"], one["state"], one["status"]) == ("v001-month", "published", "feasible")
    assert 0 < one["bound"] <= one["cost"] == pytest.approx(sum(one["costs"].values()))
    assert one["gap"] == pytest.approx(1 - one["bound"] / one["cost"])
    assert planner.get("/centres/grid/rosters", params={"state": "withdrawn"}).json() == {"items": [], "next": None}
    assert planner.get("/centres/grid/rosters/current", params={"day": one["first"]}).json() == one
    assert planner.get("/centres/grid/rosters/current", params={"day": "2001-01-01"}).status_code == 404
    assert planner.get("/centres/grid/rosters/v009-week").json()["type"] == "not-found"


def test_pages_give_every_row_of_the_file_once(served: tuple[Service, Path], planner: httpx2.Client) -> None:
    expected = read_table(served[1] / "versions" / "v001-month.csv", ROSTER)
    found, after = [], None
    while True:
        page = planner.get(f"{V1}/days", params={"limit": 700, **({"after": after} if after else {})}).json()
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    assert [(row["agent"], row["date"], row["code"]) for row in found] == [
        (agent, str(day), code) for agent, day, code in zip(expected["agent"], expected["date"], expected["code"], strict=True)
    ]
    shift = next(row for row in found if row["start"])
    line = expected[(expected["agent"] == shift["agent"]) & (expected["date"].astype(str) == shift["date"])].iloc[0]
    assert shift["start"].startswith(f"{line['start']:%Y-%m-%dT%H:%M}")
    assert shift["paid_minutes"] == line["paid_minutes"]
    agent, code = shift["agent"], shift["code"]
    asked = planner.get(f"{V1}/days", params={"agent": agent, "code": code, "from": shift["date"], "to": shift["date"]})
    assert asked.json()["items"] == [shift]


def test_the_matrix_says_the_same_and_is_kept_by_its_tag(served: tuple[Service, Path], planner: httpx2.Client) -> None:
    answer = planner.get(f"{V1}/matrix")
    made, rows = answer.json(), read_table(served[1] / "versions" / "v001-month.csv", ROSTER)
    held = {(a, str(d)): code for a, d, code in zip(rows["agent"], rows["date"], rows["code"], strict=True)}
    told = {
        (agent, day): made["codes"][made["cells"][a][d]]
        for a, agent in enumerate(made["agents"])
        for d, day in enumerate(made["days"])
    }
    assert told == held
    assert set(made["shifts"]) == {
        code for code, start in zip(rows["code"], rows["start"], strict=True) if start == start and start
    }
    again = planner.get(f"{V1}/matrix", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    agent, asked = made["agents"][1], {"from": made["days"][3], "to": made["days"][4]}
    answered = planner.get(f"{V1}/matrix", params={"agent": agent, **asked})
    part = answered.json()
    assert [[part["codes"][code] for code in line] for line in part["cells"]] == [[told[agent, day] for day in made["days"][3:5]]]
    assert answered.headers["ETag"] != answer.headers["ETag"]


def test_a_leader_sees_the_own_team_only(served: tuple[Service, Path]) -> None:
    service = served[0]
    with service.settings.database.reading() as connection:
        from_staff = {entry.body["agent"]: entry.body.get("team", "") for entry in entries(connection, "grid", "staff")}
    team = next(one for one in from_staff.values() if one)
    leader = service.client("leader", teams=[team])
    seen = set(leader.get(f"{V1}/matrix").json()["agents"])
    assert seen == {agent for agent, own in from_staff.items() if own == team}
    assert seen < set(from_staff)
    stranger = next(agent for agent in from_staff if agent not in seen)
    assert leader.get(f"{V1}/agents/{stranger}").status_code == 404
    assert leader.get(f"{V1}/days", params={"agent": stranger}).json()["items"] == []
    assert service.client("agent").get(f"{V1}/matrix").status_code == 403


def test_the_verifier_is_asked_over_http(planner: httpx2.Client) -> None:
    answer = planner.get(f"{V1}/verdict")
    assert answer.json()["legal"] is True, answer.text
    costs = planner.get(V1).json()["costs"]
    assert answer.json()["costs"] == pytest.approx(costs, rel=1e-5, abs=1e-5)
    assert planner.get(f"{V1}/verdict", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_coverage_of_a_version_is_that_of_the_folder(served: tuple[Service, Path], planner: httpx2.Client) -> None:
    items = planner.get(f"{V1}/coverage").json()["items"]
    lines = (served[1] / "coverage.csv").read_text(encoding="utf-8").splitlines()
    assert len(items) == len(lines) - 1


def swapped(planner: httpx2.Client) -> dict[str, Any]:
    """The version in force, given as a matrix."""
    made = planner.get(f"{V1}/matrix").json()
    return {"parent": "v001-month", "reason": "given", **{name: made[name] for name in ("agents", "days", "codes", "cells")}}


def test_a_given_roster_is_a_proposal_and_its_breaches_are_refused(served: tuple[Service, Path], planner: httpx2.Client) -> None:
    rosters, body = "/centres/grid/rosters", swapped(planner)
    assert planner.post(rosters, json=body).status_code == 428
    tag = planner.get(V1).headers["ETag"]
    assert planner.post(rosters, json=body, headers={"If-Match": '"other"'}).status_code == 412
    same = planner.post(rosters, json=body, headers={"If-Match": tag})
    assert (same.status_code, same.json()["version"], same.json()["state"]) == (201, "v002-week", "proposal"), same.text
    assert planner.get(f"{rosters}/v002-week/differences").json()["items"] == []
    codes = body["codes"]
    always = always_the_same(body, codes, planner)
    refused = planner.post(rosters, json=always, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["type"]) == (422, "invalid-data")
    assert refused.json()["findings"]
    later = planner.post(rosters, json=always, headers={"If-Match": tag}, params={"judge": "later"})
    assert (later.status_code, later.json()["version"], later.json()["cost"]) == (201, "v003-week", None), later.text
    stands = {"If-Match": later.headers["ETag"]}
    assert planner.post(f"{rosters}/v003-week/approve", headers=stands).json()["type"] == "invalid-data"
    assert planner.get(f"{rosters}/v003-week/verdict").json()["legal"] is False
    gone = planner.post(f"{rosters}/v003-week/withdraw", json={"reason": "wrong"}, headers=stands)
    assert gone.json()["state"] == "withdrawn", gone.text
    assert planner.post(f"{rosters}/v003-week/withdraw", json={}, headers=stands).status_code == 412
    unknown = {**body, "agents": ["nobody", *body["agents"][1:]], "codes": [*codes[:-1], "??"]}
    found = planner.post(rosters, json=unknown, headers={"If-Match": tag}).json()["findings"]
    assert {(one["row"], one["column"]) for one in found} == {(0, "agents"), (len(codes) - 1, "codes")}


def always_the_same(body: dict[str, Any], codes: Sequence[str], planner: httpx2.Client) -> dict[str, Any]:
    """A given roster with somebody who works on every day."""
    shift = next(iter(planner.get(f"{V1}/matrix").json()["shifts"]))
    return {**body, "cells": [[codes.index(shift)] * len(body["days"]), *body["cells"][1:]]}


def test_no_roster_that_was_not_judged_is_ever_published(
    served: tuple[Service, Path], planner: httpx2.Client, tmp_path: Path
) -> None:
    rosters, tag = "/centres/grid/rosters", {"If-Match": planner.get(V1).headers["ETag"]}
    body, service, copies = swapped(planner), served[0], iter(range(9))

    def run(name: str, version: str, base: Path | None = None) -> Path:
        copy = base or tmp_path / f"copy{next(copies)}"
        if base is None:
            copy.mkdir()
            check_out(service.settings.database, "grid", copy, service.settings.files)
        kind = kind_named(name)
        kind.call(copy, kind.params.model_validate({"version": version}), "planner")
        return copy

    def later(told: dict[str, Any]) -> str:
        return planner.post(rosters, json=told, headers=tag, params={"judge": "later"}).json()["version"]

    wrong, right = later(always_the_same(body, body["codes"], planner)), later(body)
    with pytest.raises(InvalidData, match="rule"):
        run("approve", wrong)
    copy = tmp_path / "forged"
    copy.mkdir()
    check_out(service.settings.database, "grid", copy, service.settings.files)
    log = copy / "versions.csv"
    lines = log.read_text(encoding="utf-8").splitlines()
    line = next(one for one in lines if one.startswith(f"{wrong},proposed"))
    log.unlink()
    log.write_text("\n".join([*lines, line.replace(",proposed,", ",approved,")]) + "\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="not judged"):
        run("publish", wrong, copy)
    copy = run("approve", right)
    with changing(service.settings.database, "grid", author(), "run") as change:
        check_in(change, copy, service.settings.files)
    told = planner.get(f"{rosters}/{right}").json()
    assert told["state"] == "approved"
    assert told["costs"] == pytest.approx(planner.get(f"{rosters}/{right}/verdict").json()["costs"])
    assert planner.post(f"{rosters}/{wrong}/approve", json={}, headers={"If-Match": "*"}).status_code == 422


def test_a_roster_is_given_once_under_a_key(planner: httpx2.Client) -> None:
    rosters, body = "/centres/grid/rosters", swapped(planner)
    headers = {"If-Match": planner.get(V1).headers["ETag"], "Idempotency-Key": "given-1"}
    first, again = (planner.post(rosters, json=body, headers=headers, params={"judge": "later"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = planner.post(rosters, json=body, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "conflict")
    held = [one["version"] for one in planner.get(rosters).json()["items"]]
    assert held.count(first.json()["version"]) == 1
    assert held[-1] == first.json()["version"]


def test_a_roster_is_given_as_a_long_table(planner: httpx2.Client) -> None:
    table, params = "/centres/grid/rosters/table", {"parent": "v001-month", "judge": "later"}
    headers, made = {"If-Match": planner.get(V1).headers["ETag"]}, planner.get(f"{V1}/matrix").json()
    agent, day, shift = made["agents"][2], made["days"][9], sorted(made["shifts"])
    before = made["codes"][made["cells"][2][9]]
    code = next(one for one in shift if one != before)

    def give(*lines: str) -> httpx2.Response:
        text = "\n".join(("agent,date,code,start", *lines))
        return planner.post(table, files={"file": ("mine.csv", text.encode())}, params=params, headers=headers)

    given = give(f"{agent},{day},{code},", f"{made['agents'][3]},{made['days'][1]},{made['codes'][made['cells'][3][1]]},")
    assert given.status_code == 201, given.text
    (changed,) = planner.get(f"/centres/grid/rosters/{given.json()['version']}/differences").json()["items"]
    assert (changed["agent"], changed["date"], changed["before"]["code"], changed["after"]["code"]) == (agent, day, before, code)
    wrong = give(f"{agent},{day},{code},", f"nobody,{day},{code},", f"{agent},2001-01-01,??,")
    assert {(one["row"], one["column"]) for one in wrong.json()["findings"]} == {(3, "agent"), (4, "date"), (4, "code")}
    twice = give(f"{agent},{day},{code},", f"{agent},{day},{before},")
    assert (twice.status_code, twice.json()["type"]) == (422, "invalid-data")


def test_a_roster_that_was_kept_at_once_is_judged_when_it_is_approved(served: tuple[Service, Path], planner: httpx2.Client) -> None:
    rosters, tag = "/centres/grid/rosters", planner.get(V1).headers["ETag"]
    body = swapped(planner)
    made = planner.post(rosters, json=body, headers={"If-Match": tag}, params={"judge": "later"})
    name = made.json()["version"]
    approved = planner.post(f"{rosters}/{name}/approve", json={}, headers={"If-Match": made.headers["ETag"]})
    assert approved.json()["state"] == "approved", approved.text
    assert approved.json()["costs"] == pytest.approx(planner.get(f"{rosters}/{name}/verdict").json()["costs"])
    assert planner.get(f"{rosters}/{name}/differences").json()["items"] == []
    folder = served[1].parent / f"out-{name}"
    with served[0].settings.database.reading() as connection:
        write_out(connection, "grid", folder, served[0].settings.files)
    told = echelon("verify", folder)
    assert "versions/" not in told.out, told
