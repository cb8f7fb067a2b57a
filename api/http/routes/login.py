"""Logging in and out, one's own password and sessions, and who one is."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.http.access import DatabaseOf, SettingsOf, anyone, hand
from api.http.cookies import give_cookie, limits_of, take_cookie
from api.http.openapi import api_router
from api.http.origins import check_same_origin
from api.http.permissions import Caller, Permission, Role
from api.http.problems import Forbidden, TooMany, Unauthenticated
from data.store.base import Database
from data.store.passwords import MOST
from data.store.revisions import Author, record
from data.store.sessions import add_session, end_session, end_sessions, sessions_of
from data.store.users import attempt, forgive, is_password, set_password, user_named

router = api_router(tags=["login"])

WRONG = "the name or the password is wrong"


class LoginIn(BaseModel):
    """Who logs in."""

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00]+$",
        description="Name of the account; upper and lower case are the same.",
    )
    password: str = Field(min_length=1, max_length=MOST, json_schema_extra={"format": "password"})


class Whoami(BaseModel):
    """Who makes the request, and what they may do."""

    name: str
    kind: str = Field(description="`person` (a session) or `system` (a key or token).")
    roles: list[Role]
    permissions: list[Permission]
    centres: list[str] = Field(description="Centres to which the roles are confined; empty = all.")
    sites: list[str]
    teams: list[str]
    projects: list[str]
    agent: str = Field(description="Id of the agent that a person is; empty = none.")
    must_change_password: bool = Field(description="Whether the one-time password must be changed first.")


class PasswordIn(BaseModel):
    """A new password of one's own."""

    old: str = Field(min_length=1, max_length=MOST, json_schema_extra={"format": "password"})
    new: str = Field(min_length=1, max_length=1000, description="12 to 128 characters.", json_schema_extra={"format": "password"})


class SessionOut(BaseModel):
    """A session of one's own."""

    id: int
    created_at: datetime
    used_at: datetime
    address: str
    device: str = Field(description="What the browser called itself.")
    current: bool = Field(description="Whether it is the one of this request.")


Known = Annotated[Caller, anyone()]


@router.post("/login", status_code=204)
def login(request: Request, body: LoginIn, database: DatabaseOf, settings: SettingsOf) -> Response:
    """Begin a session: its token comes as a cookie. After some failures one has to wait, longer each time."""
    check_same_origin(request, settings.public_url)
    author = Author(body.name.lower(), datetime.now(UTC), "", {"address": _address(request)})
    _check_password(database, body.name, body.password, author)
    with database.writing() as connection:
        forgive(connection, body.name, _address(request), author.at)
        device = request.headers.get("User-Agent", "")
        token = add_session(connection, body.name, author.at, _address(request), device, limits_of(settings))
        record(connection, author, "login.succeeded", body.name.lower())
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    give_cookie(request, response, settings, token)
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _check_password(database: Database, name: str, password: str, author: Author) -> None:
    """Raise the same for an account that is not there, is disabled, or has another password."""
    wait = attempt(database, name, author.origin["address"], author.at)
    if wait is not None:
        raise TooMany("too many logins have failed: wait", int((wait - author.at).total_seconds()) + 1)
    if not is_password(database, name, password):
        with database.writing() as connection:
            record(connection, author, "login.failed", name.lower())
        raise Unauthenticated(WRONG)


@router.post("/logout", status_code=204)
def logout(request: Request, database: DatabaseOf, settings: SettingsOf, caller: Known) -> Response:
    """End the session of this request."""
    if caller.session:
        with database.writing() as connection:
            end_session(connection, caller.name, caller.session)
    response = Response(status_code=204, headers={"Clear-Site-Data": '"cache", "storage"'})
    take_cookie(request, response, settings)
    return response


@router.get("/me")
def get_me(caller: Known) -> Whoami:
    """Who makes the request, and what they may do."""
    scopes = {name: sorted(getattr(caller, name)) for name in ("centres", "sites", "teams", "projects")}
    told = {"agent": caller.agent, "must_change_password": caller.must_change_password, "permissions": caller.held()}
    return Whoami.model_validate({"name": caller.name, "kind": caller.kind, "roles": list(caller.roles), **scopes, **told})


@router.post("/me/password", status_code=204)
def change_password(request: Request, body: PasswordIn, database: DatabaseOf, caller: Known) -> Response:
    """Change one's own password; one's other sessions end."""
    _check_person(caller)
    author = hand(request, caller)
    _check_password(database, caller.name, body.old, author)
    with database.writing() as connection:
        forgive(connection, caller.name, _address(request), author.at)
        set_password(connection, caller.name, body.new, author)
        end_sessions(connection, caller.name, but=caller.session)
    return Response(status_code=204)


@router.get("/me/sessions")
def list_sessions(database: DatabaseOf, settings: SettingsOf, caller: Known) -> list[SessionOut]:
    """Sessions of one's own that are alive."""
    _check_person(caller)
    with database.reading() as connection:
        user_named(connection, caller.name)
        rows = sessions_of(connection, caller.name, datetime.now(UTC), limits_of(settings))
    return [SessionOut(**row, current=row["id"] == caller.session) for row in rows]


@router.delete("/me/sessions/{session}", status_code=204)
def delete_session(session: int, database: DatabaseOf, caller: Known) -> Response:
    """End a session of one's own."""
    _check_person(caller)
    with database.writing() as connection:
        end_session(connection, caller.name, session)
    return Response(status_code=204)


def _check_person(caller: Caller) -> None:
    """A key must not act for an account that happens to have its name."""
    if not caller.session:
        raise Forbidden("only a person who has logged in has a password and sessions")
