"""People log in over HTTP: one-time passwords, sessions, lockout, requests from other sites, keys and their rotation."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from service_case import Service, author, serving
from sqlalchemy import update

from data.store.audit import AuditFilter, audit_lines
from data.store.keys import KEYS
from data.store.sessions import SESSIONS
from data.store.users import add_user, first_administrator

CHOSEN = "correct horse battery"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("login") / "data") as one:
        first_administrator(one.settings.database, datetime.now(UTC))
        yield one


def browser(service: Service, **headers: str) -> httpx2.Client:
    service.clients.append(httpx2.Client(base_url=f"{service.address}/api/v1", headers=headers, timeout=60))
    return service.clients[-1]


def person(service: Service, name: str, *roles: str, **scopes: object) -> httpx2.Client:
    """Somebody who has logged in with a password of their own."""
    with service.settings.database.writing() as connection:
        password = add_user(connection, name, list(roles), author(), scopes)
    client = browser(service)
    assert client.post("/login", json={"name": name, "password": password}).status_code == 204
    assert client.post("/me/password", json={"old": password, "new": CHOSEN}).status_code == 204
    return client


def audited(service: Service, action: str) -> list[dict[str, object]]:
    with service.settings.database.reading() as connection:
        return audit_lines(connection, AuditFilter(action=action), None, 1000)


@pytest.fixture
def fresh(tmp_path: Path) -> Generator[Service]:
    """A service that nobody may log in to yet."""
    with serving(tmp_path / "data") as one:
        yield one


def test_the_first_administrator_must_change_the_one_time_password(fresh: Service) -> None:
    service = fresh
    password = first_administrator(service.settings.database, datetime.now(UTC))
    assert password is not None
    assert first_administrator(service.settings.database, datetime.now(UTC)) is None
    client = browser(service)
    answer = client.post("/login", json={"name": "Administrator", "password": password})
    assert answer.status_code == 204
    assert {"httponly", "path=/", "samesite=lax"} <= set(answer.headers["set-cookie"].lower().split("; "))
    assert client.get("/me").json()["must_change_password"]
    assert client.get("/users").status_code == 403
    assert client.post("/me/password", json={"old": password, "new": "short"}).status_code == 422
    assert client.post("/me/password", json={"old": password, "new": "my-administrator-1"}).status_code == 422
    assert client.post("/me/password", json={"old": password, "new": CHOSEN}).status_code == 204
    assert [one["name"] for one in client.get("/users").json()["items"]] == ["administrator"]
    assert browser(service).post("/login", json={"name": "administrator", "password": password}).status_code == 401


def test_wrong_names_and_wrong_passwords_are_answered_alike_and_one_has_to_wait(service: Service) -> None:
    person(service, "lena", "planner")
    client = browser(service)
    for name in ("lena", "nobody"):
        told = [client.post("/login", json={"name": name, "password": f"wrong {k}"}) for k in range(6)]
        assert [one.status_code for one in told] == [401] * 5 + [429]
        assert told[0].json()["detail"] == "the name or the password is wrong"
        assert 0 < int(told[-1].headers["Retry-After"]) <= 31
    assert client.post("/login", json={"name": "lena", "password": CHOSEN}).status_code == 429
    assert len(audited(service, "login.failed")) >= 10


def test_sessions_are_listed_ended_and_end_by_themselves(service: Service) -> None:
    here, there = person(service, "mei", "planner"), browser(service)
    there.post("/login", json={"name": "mei", "password": CHOSEN})
    rows = there.get("/me/sessions").json()
    assert [one["current"] for one in rows] == [True, False]
    assert there.delete(f"/me/sessions/{rows[1]['id']}").status_code == 204
    assert here.get("/me").status_code == 401
    token = there.cookies["echelon"]
    assert there.post("/logout").status_code == 204
    assert "echelon" not in there.cookies
    assert browser(service, Cookie=f"echelon={token}").get("/me").status_code == 401
    there.post("/login", json={"name": "mei", "password": CHOSEN})
    with service.settings.database.writing() as connection:
        connection.execute(update(SESSIONS).where(SESSIONS.c.user == "mei").values(used_at=author().at - timedelta(minutes=61)))
    assert there.get("/me").status_code == 401


def test_a_page_of_another_site_cannot_use_the_cookie(service: Service) -> None:
    client = person(service, "olga", "planner")
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://other.example"},
        {"Origin": "null"},
    ):
        assert client.post("/logout", headers=headers).status_code == 403
        assert browser(service).post("/login", headers=headers, json={"name": "olga", "password": CHOSEN}).status_code == 403
    assert client.get("/me", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert client.post("/logout", headers={"Origin": service.address}).status_code == 204


def test_behind_tls_the_cookie_is_for_this_host_and_tls_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("tls") / "data", public_url="https://echelon.example") as service:
        password = first_administrator(service.settings.database, datetime.now(UTC))
        answer = browser(service).post(
            "/login", json={"name": "administrator", "password": password}, headers={"Origin": "https://echelon.example"}
        )
        told = answer.headers["set-cookie"]
        assert told.startswith("__Host-echelon=")
        assert "; secure" in told.lower()


def test_roles_change_at_once_and_the_last_administrator_stays(service: Service) -> None:
    admin, client = service.client(), person(service, "pia", "planner")
    assert client.get("/centres").status_code == 200
    read = admin.get("/users/pia")
    assert admin.patch("/users/pia", json={"roles": ["agent"]}).status_code == 428
    changed = admin.patch("/users/pia", json={"roles": ["agent"]}, headers={"If-Match": read.headers["ETag"]})
    assert changed.json()["roles"] == ["agent"]
    assert admin.patch("/users/pia", json={"disabled": True}, headers={"If-Match": read.headers["ETag"]}).status_code == 412
    assert client.get("/centres").status_code == 403
    assert admin.patch("/users/pia", json={"disabled": True}, headers={"If-Match": changed.headers["ETag"]}).status_code == 200
    assert client.get("/me").status_code == 401
    assert browser(service).post("/login", json={"name": "pia", "password": CHOSEN}).status_code == 401
    assert admin.delete("/users/administrator").status_code == 422
    assert admin.patch("/users/administrator", json={"roles": ["planner"]}, headers={"If-Match": "*"}).status_code == 422
    lines = [one for one in audited(service, "user.changed") if one["target"] == "pia"]
    assert [(one["before"], one["after"]) for one in reversed(lines)] == [
        ({"roles": ["planner"]}, {"roles": ["agent"]}),
        ({"disabled": False}, {"disabled": True}),
    ]


def test_a_password_that_was_reset_must_be_changed_first(service: Service) -> None:
    admin, client = service.client(), person(service, "rui", "planner")
    one_time = admin.post("/users/rui/password").json()["password"]
    assert client.get("/me").status_code == 401
    assert client.post("/login", json={"name": "rui", "password": CHOSEN}).status_code == 401
    assert client.post("/login", json={"name": "rui", "password": one_time}).status_code == 204
    assert client.get("/me").json()["must_change_password"]
    assert client.get("/centres").status_code == 403
    assert client.post("/me/password", json={"old": one_time, "new": "a night train to the sea"}).status_code == 204
    assert client.get("/centres").status_code == 200


def test_keys_are_told_once_rotated_and_revoked(service: Service) -> None:
    admin = service.client()
    made = admin.post("/keys", json={"name": "hr", "roles": ["hr_system"], "scopes": {"centres": ["grid"]}}).json()
    assert not {"hash", "key"} & set(admin.get(f"/keys/{made['id']}").json())
    system = browser(service, Authorization=f"Bearer {made['key']}")
    assert system.get("/me").json()["centres"] == ["grid"]
    newer = admin.post(f"/keys/{made['id']}/rotate", json={"grace_minutes": 5}).json()
    younger = browser(service, Authorization=f"Bearer {newer['key']}")
    assert younger.get("/me").json() == system.get("/me").json()
    with service.settings.database.writing() as connection:
        connection.execute(update(KEYS).where(KEYS.c.id == made["id"]).values(expires_at=author().at))
    assert (system.get("/me").status_code, younger.get("/me").status_code) == (401, 200)
    assert admin.delete(f"/keys/{newer['id']}").status_code == 204
    assert younger.get("/me").status_code == 401
    assert admin.post(f"/keys/{newer['id']}/rotate", json={}).status_code == 404
    assert admin.get(f"/keys/{newer['id']}").json()["used_at"] is not None
    assert admin.post("/keys", json={"name": "x", "roles": ["planner"], "scopes": {"centres": []}}).status_code == 422


def test_a_key_does_less_than_its_roles_and_confined_administrators_stay_in_their_centre(service: Service) -> None:
    reader = service.client("administrator", permissions=["centres:read"])
    assert (reader.get("/centres").status_code, reader.post("/centres", json={"id": "x"}).status_code) == (200, 403)
    confined = service.client("administrator", centres=["grid"])
    assert confined.get("/users").status_code == 403
    assert confined.post("/keys", json={"name": "x", "roles": ["administrator"]}).status_code == 403
    assert confined.get("/me/sessions").status_code == 403


def test_guesses_from_an_address_shut_it_but_not_those_whose_key_was_good(fresh: Service) -> None:
    known, new, guesser = fresh.client("planner"), fresh.client("planner"), browser(fresh)
    assert known.get("/me").status_code == 200
    told = [guesser.get("/me", headers={"Authorization": f"Bearer ech_{k}"}) for k in range(70)]
    codes = [one.status_code for one in told]
    assert (set(codes[:40]), codes[-1]) == ({401}, 429)
    assert 0 < int(told[-1].headers["Retry-After"]) <= 60
    assert [client.get("/me").status_code for client in (known, new)] == [200, 429]
