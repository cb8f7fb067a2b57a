"""Persons and teams brought by an HR system over SCIM 2.0."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service_case import Service, serving

AGENT = "urn:echelon:params:scim:schemas:extension:agent:1.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("scim") / "data") as served:
        served.add("grid", template)
        yield served


@pytest.fixture(scope="module")
def scim(service: Service) -> Generator[httpx2.Client]:
    key = service.client("hr_system", centres=["grid"]).headers["Authorization"]
    with httpx2.Client(base_url=f"{service.address}/scim/v2", headers={"Authorization": key}, timeout=60) as client:
        yield client


def user(name: str, number: str = "", **agent: Any) -> dict[str, Any]:
    """A user as a directory tells them."""
    told: dict[str, Any] = {"schemas": [USER], "userName": name, "name": {"givenName": "Wei", "familyName": "Li"}, "active": True}
    if number:
        told[ENTERPRISE] = {"employeeNumber": number, "department": "Service"}
    if agent:
        told[AGENT] = agent
    told["schemas"] += [one for one in (ENTERPRISE, AGENT) if one in told]
    return told


def change(scim: httpx2.Client, number: str, *operations: dict[str, Any], **headers: str) -> httpx2.Response:
    return scim.patch(f"/Users/{number}", json={"schemas": [PATCH], "Operations": list(operations)}, headers=headers)


def staff(service: Service) -> dict[str, dict[str, Any]]:
    from data.store.entries import entries

    with service.settings.database.reading() as connection:
        return {row.key: row.body for row in entries(connection, "grid", "staff")}


def test_it_says_what_it_can_do(scim: httpx2.Client) -> None:
    config = scim.get("/ServiceProviderConfig")
    assert config.headers["content-type"] == "application/scim+json"
    told = config.json()
    assert (told["patch"]["supported"], told["bulk"]["supported"], told["etag"]["supported"]) == (True, False, True)
    assert [one["id"] for one in scim.get("/ResourceTypes").json()["Resources"]] == ["User", "Group"]
    schemas = {one["id"]: one for one in scim.get("/Schemas").json()["Resources"]}
    assert AGENT in schemas
    assert "emails" not in {one["name"] for one in schemas[USER]["attributes"]}
    assert scim.get(f"/Schemas/{AGENT}").json()["id"] == AGENT
    assert scim.get("/Schemas/none").json()["status"] == "404"


def test_a_person_is_brought_found_and_rostered(scim: httpx2.Client, service: Service) -> None:
    made = scim.post("/Users", json=user("li.wei", "E100", contract="FT", skills=["service"], site="main", team="T01"))
    assert made.status_code == 201, made.text
    assert made.json()["id"] == "E100"
    assert made.json()["meta"]["version"] == made.headers["ETag"]
    assert scim.get(made.headers["Location"]).json() == made.json()
    told = {"agent": "E100", "name": "Wei Li", "site": "main", "team": "T01", "contract": "FT", "skills": ["service"]}
    assert staff(service)["E100"] == told
    found = scim.get("/Users", params={"filter": 'userName eq "LI.wei"'}).json()
    assert (found["totalResults"], found["Resources"][0]["id"]) == (1, "E100")
    assert made.json()["groups"] == [{"value": "T01", "display": "T01"}]


def test_who_lacks_contract_or_skills_waits_and_the_centre_stays_readable(scim: httpx2.Client, service: Service) -> None:
    made = scim.post("/Users", json=user("pending", "E101", site="main")).json()
    assert made[AGENT]["rostered"] is False
    assert "E101" not in staff(service)
    told = change(scim, "E101", {"op": "add", "path": f"{AGENT}:contract", "value": "FT"}).json()
    assert (told[AGENT]["contract"], told[AGENT]["rostered"]) == ("FT", False)
    done = change(scim, "E101", {"op": "add", "value": {f"{AGENT}:skills": ["service"]}})
    assert done.json()[AGENT]["rostered"] is True, done.text
    assert staff(service)["E101"]["contract"] == "FT"
    wrong = change(scim, "E101", {"op": "remove", "path": f"{AGENT}:contract"})
    assert (wrong.status_code, wrong.json()["scimType"]) == (400, "invalidValue")
    unknown = change(scim, "E101", {"op": "replace", "path": f"{AGENT}:skills", "value": ["juggling"]})
    assert "'juggling'" in unknown.json()["detail"]


def test_a_leaver_keeps_the_row_is_absent_and_may_come_back(scim: httpx2.Client, service: Service) -> None:
    from data.store.entries import entries

    scim.post("/Users", json=user("leaver", "E102", contract="FT", skills=["service"]))

    def absences() -> list[dict[str, Any]]:
        with service.settings.database.reading() as connection:
            return [row.body for row in entries(connection, "grid", "leave") if row.body["agent"] == "E102"]

    gone = change(scim, "E102", {"op": "Replace", "path": "active", "value": "False"})
    assert gone.json()["active"] is False, gone.text
    assert "E102" in staff(service)
    assert [(one["code"], one["first"]) for one in absences()] == [("LEFT", gone.json()[AGENT]["leftOn"])]
    back = change(scim, "E102", {"op": "replace", "value": {"active": True}})
    assert (back.json()["active"], "leftOn" in back.json()[AGENT], absences()) == (True, False, [])
    later = change(scim, "E102", {"op": "replace", "path": f"{AGENT}:leftOn", "value": "2099-01-01"})
    assert (later.json()["active"], absences()[0]["first"]) == (True, "2099-01-01")
    assert scim.delete("/Users/E102").status_code == 204
    assert scim.get("/Users/E102").json()["status"] == "404"
    assert scim.get("/Users", params={"filter": f'{ENTERPRISE}:employeeNumber eq "E102"'}).json()["totalResults"] == 0
    again = scim.post("/Users", json=user("leaver", "E102", contract="FT", skills=["service"]))
    assert (again.status_code, again.json()["active"], absences()) == (201, True, [])


def test_conflicts_and_wrong_messages_are_told_as_scim_says(scim: httpx2.Client) -> None:
    scim.post("/Users", json=user("first", "E103"))
    same_name = scim.post("/Users", json=user("FIRST", "E104"))
    assert (same_name.status_code, same_name.json()["scimType"]) == (409, "uniqueness")
    assert same_name.json()["schemas"] == [ERROR]
    assert scim.post("/Users", json=user("other", "A0001")).status_code == 409
    secret = scim.post("/Users", json=user("x", "E105") | {"medicalReason": "influenza"})
    assert (secret.status_code, secret.json()["scimType"]) == (400, "invalidSyntax")
    assert "PIPL" in secret.json()["detail"]
    assert "influenza" not in secret.text
    assert scim.get("/Users/nobody").status_code == 404
    assert (
        scim.post("/Users", content=b"{", headers={"Content-Type": "application/scim+json"}).json()["scimType"] == "invalidSyntax"
    )
    assert change(scim, "E103", {"op": "replace", "path": "id", "value": "z"}).json()["scimType"] == "mutability"
    moved = change(scim, "E103", {"op": "replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "E999"})
    assert moved.json()["scimType"] == "mutability"


def test_a_directory_without_skills_may_tell_a_person_anew(scim: httpx2.Client, service: Service) -> None:
    scim.post("/Users", json=user("directory", "E108", contract="FT", skills=["service"]))
    told = scim.put("/Users/E108", json=user("directory.new", "E108"))
    assert (told.status_code, told.json()[AGENT]["contract"], told.json()["active"]) == (200, "FT", True), told.text
    assert staff(service)["E108"]["skills"] == ["service"]


def test_a_manager_is_told_with_or_without_a_reference(scim: httpx2.Client) -> None:
    told = user("managed", "E109")
    told[ENTERPRISE]["manager"] = {"value": "A0001"}
    made = scim.post("/Users", json=told)
    assert made.status_code == 201, made.text
    manager = made.json()[ENTERPRISE]["manager"]
    assert (manager["value"], manager["$ref"].endswith("/Users/A0001")) == ("A0001", True)
    for value in ("A0002", {"value": "A0003"}):
        told = change(scim, "E109", {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": value})
        assert told.json()[ENTERPRISE]["manager"]["value"] == (value if isinstance(value, str) else value["value"]), told.text
    gone = change(scim, "E109", {"op": "remove", "path": f"{ENTERPRISE}:manager"})
    assert "manager" not in gone.json()[ENTERPRISE]


def test_emails_are_accepted_and_forgotten(scim: httpx2.Client) -> None:
    told = user("mail", "E106") | {"emails": [{"value": "a@example.com", "type": "work"}]}
    assert "emails" not in scim.post("/Users", json=told).json()


@pytest.mark.parametrize("text", ["userName zz 3", 'nothing eq "x"', "userName eq", "(userName pr"])
def test_a_filter_that_does_not_read_is_refused(scim: httpx2.Client, text: str) -> None:
    told = scim.get("/Users", params={"filter": text})
    assert (told.status_code, told.json()["scimType"]) == (400, "invalidFilter")


def test_lists_are_paged_sorted_filtered_and_cut(scim: httpx2.Client) -> None:
    whole = scim.get("/Users", params={"sortBy": "userName", "count": 1000}).json()
    names = [one["userName"].lower() for one in whole["Resources"]]
    assert names == sorted(names)
    assert whole["totalResults"] == len(names)
    page = scim.get("/Users", params={"sortBy": "userName", "startIndex": 3, "count": 2}).json()
    assert [one["userName"].lower() for one in page["Resources"]] == names[2:4]
    assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (3, 2, len(names))
    assert scim.get("/Users", params={"count": 0}).json()["totalResults"] == len(names)
    few = scim.get("/Users", params={"filter": 'userName sw "a00" and active eq true', "attributes": "userName"}).json()
    assert few["totalResults"] > 0
    assert {tuple(sorted(one)) for one in few["Resources"]} == {("id", "schemas", "userName")}
    assert "name" not in scim.get("/Users/E100", params={"excludedAttributes": "name"}).json()
    extended = scim.get("/Users", params={"filter": f'{AGENT}:team eq "T01" and not (userName eq "li.wei")'}).json()
    assert extended["totalResults"] > 0


def test_a_version_that_is_no_longer_so_is_refused(scim: httpx2.Client) -> None:
    made = scim.post("/Users", json=user("versions", "E107"))
    version = made.headers["ETag"]
    assert scim.get("/Users/E107", headers={"If-None-Match": version}).status_code == 304
    rename = {"op": "replace", "path": "displayName", "value": "Li W."}
    assert change(scim, "E107", rename, **{"If-Match": version}).status_code == 200
    late = change(scim, "E107", rename, **{"If-Match": version})
    assert (late.status_code, late.json()["status"]) == (412, "412")
    kept = scim.put("/Users/E107", json=user("versions.new", "E107"))
    assert (kept.status_code, kept.json()["userName"], kept.json()["displayName"]) == (200, "versions.new", "Wei Li")


def test_groups_are_teams(scim: httpx2.Client, service: Service) -> None:
    held = scim.get("/Groups", params={"filter": 'displayName eq "T01"'}).json()["Resources"][0]
    assert {"value": "A0001", "display": "甲一", "type": "User"} in held["members"]
    made = scim.post("/Groups", json={"displayName": "Night", "members": [{"value": "A0001"}]})
    assert (made.status_code, made.json()["id"]) == (201, "Night"), made.text
    assert staff(service)["A0001"]["team"] == "Night"
    told = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "Nights"}]}
    renamed = scim.patch("/Groups/Night", json=told).json()
    assert (renamed["id"], renamed["displayName"], staff(service)["A0001"]["team"]) == ("Night", "Nights", "Nights")
    assert scim.get("/Users/A0001").json()["groups"] == [{"value": "Night", "display": "Nights"}]
    more = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": "A0002"}]}]}
    assert {one["value"] for one in scim.patch("/Groups/Night", json=more).json()["members"]} == {"A0001", "A0002"}
    less = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": 'members[value eq "A0001"]'}]}
    assert [one["value"] for one in scim.patch("/Groups/Night", json=less).json()["members"]] == ["A0002"]
    nobody = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": "nobody"}]}]}
    assert scim.patch("/Groups/Night", json=nobody).status_code == 404
    assert scim.post("/Groups", json={"displayName": "nights"}).json()["scimType"] == "uniqueness"
    assert scim.delete("/Groups/Night").status_code == 204
    assert "team" not in staff(service)["A0002"]


def test_the_path_may_name_the_centre_and_only_hr_may_come(service: Service, scim: httpx2.Client) -> None:
    for roles, scopes, status in (
        (("hr_system",), {}, 200),
        (("hr_system",), {"centres": ["other"]}, 403),
        (("hr_system",), {"teams": ["T01"]}, 403),
        (("agent",), {}, 403),
    ):
        key = service.client(*roles, **scopes).headers["Authorization"]
        told = scim.get(f"{service.address}/scim/v2/grid/Users/A0003", headers={"Authorization": key})
        assert told.status_code == status, told.text
        if status == 200:
            assert "/scim/v2/grid/Users/A0003" in told.json()["meta"]["location"]
        else:
            assert told.json()["schemas"] == [ERROR]
    assert scim.get("/Users", headers={"Authorization": "Bearer x"}).status_code == 401
