"""Centres over HTTP."""

from pathlib import Path

from service_case import serving


def test_a_centre_is_made_and_found(tmp_path: Path, template: Path) -> None:
    with serving(tmp_path / "data") as service:
        admin = service.client()
        assert admin.post("/centres", json={"id": "north"}).status_code == 201
        service.add("grid", template)
        assert admin.get("/centres").json() == [{"id": "grid", "revision": 1}, {"id": "north", "revision": 0}]


def test_nothing_is_open_without_a_key_and_errors_are_problems(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        bare = service.client()
        del bare.headers["Authorization"]
        refused = bare.get("/centres")
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
        assert refused.json()["type"] == "unauthenticated"
        assert service.client("agent").get("/centres").status_code == 403
        assert service.client().get("/centres/nowhere").json()["type"] == "not-found"


def test_a_centre_begins_as_the_sample(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        admin = service.client()
        made = admin.post("/centres", json={"id": "demo", "sample": True})
        assert (made.status_code, made.json()) == (201, {"id": "demo", "revision": 1})
        assert len(admin.get("/centres/demo/tables/staff").json()["items"]) == 12
        assert admin.post("/centres", json={"id": "demo", "sample": True}).json()["findings"][0]["expected"] == "a new id"
        assert service.client("planner").post("/centres", json={"id": "other", "sample": True}).status_code == 403
