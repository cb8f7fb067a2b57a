"""People who log in: their roles and scopes."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.http.access import DatabaseOf, hand, need
from api.http.etags import IfMatch, must_match, tag
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller, Role
from api.http.routes.keys import Scopes
from data.store.sessions import end_sessions
from data.store.users import add_user, change_user, remove_user, reset_password, user_named, users

router = api_router("/users", tags=["users"])

Admin = Annotated[Caller, need("admin")]
Name = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
Roles = Annotated[list[Role], Field(min_length=1)]


class UserIn(BaseModel):
    """A new person."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,98}$", description="What they log in with.")
    roles: Roles
    scopes: Scopes = Field(default_factory=lambda: Scopes.model_validate({}))
    agent: str = Field("", max_length=100, description="Id of the agent that they are; empty = none.")


class UserPatch(BaseModel):
    """What is changed of a person; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    roles: Roles | None = None
    scopes: Scopes | None = None
    agent: str | None = Field(None, max_length=100)
    disabled: bool | None = Field(None, description="Whether they may not log in; their sessions end.")


class UserOut(BaseModel):
    """A person."""

    name: str
    roles: list[Role]
    scopes: dict[str, Any]
    agent: str
    disabled: bool
    must_change_password: bool
    version: int
    created_at: datetime
    password_at: datetime | None = Field(description="When they chose their password.")


class OneTime(BaseModel):
    """A one-time password: hand it over, it is not told again and must be changed at the first login."""

    name: str
    password: str


@router.get("")
def list_users(database: DatabaseOf, _: Admin, limit: Limit = 100, after: After = None) -> Page[UserOut]:
    """People by name."""
    last = keys_of(after, 1)
    with database.reading() as connection:
        rows = users(connection, str(last[0]) if last else "", limit + 1)
    return page_of([UserOut(**row) for row in rows], limit, lambda one: (one.name,))


@router.post("", status_code=201)
def make_user(request: Request, body: UserIn, database: DatabaseOf, caller: Admin) -> OneTime:
    """Add a person, with a one-time password."""
    with database.writing() as connection:
        roles: list[str] = list(dict.fromkeys(body.roles))
        password = add_user(connection, body.name, roles, hand(request, caller), body.scopes.told(), body.agent)
    return OneTime(name=body.name, password=password)


@router.get("/{name}")
def get_user(name: Name, response: Response, database: DatabaseOf, _: Admin) -> UserOut:
    """A person."""
    with database.reading() as connection:
        row = user_named(connection, name)
    tag(response, row["version"])
    return UserOut(**row)


@router.patch("/{name}")
def patch_user(
    request: Request, response: Response, name: Name, body: UserPatch, database: DatabaseOf, caller: Admin, if_match: IfMatch = None
) -> UserOut:
    """Change the roles, scopes or agent of a person, or disable them; the last administrator stays."""
    told = body.model_dump(exclude_none=True, exclude={"scopes"}) | ({} if body.scopes is None else {"scopes": body.scopes.told()})
    with database.writing() as connection:
        must_match(if_match, user_named(connection, name)["version"])
        row = change_user(connection, name, hand(request, caller), **told)
        if row["disabled"]:
            end_sessions(connection, name)
    tag(response, row["version"])
    return UserOut(**row)


@router.delete("/{name}", status_code=204)
def delete_user(request: Request, name: Name, database: DatabaseOf, caller: Admin) -> Response:
    """Remove a person and end their sessions; their lines in the audit trail stay. The last administrator stays."""
    with database.writing() as connection:
        remove_user(connection, name, hand(request, caller))
        end_sessions(connection, name)
    return Response(status_code=204)


@router.post("/{name}/password", status_code=201)
def make_one_time_password(request: Request, name: Name, database: DatabaseOf, caller: Admin) -> OneTime:
    """Give a person a one-time password and end their sessions."""
    with database.writing() as connection:
        password = reset_password(connection, name, hand(request, caller))
        end_sessions(connection, name)
    return OneTime(name=name.lower(), password=password)


@router.delete("/{name}/sessions", status_code=204)
def end_all_sessions(name: Name, database: DatabaseOf, _: Admin) -> Response:
    """End all sessions of a person."""
    with database.writing() as connection:
        user_named(connection, name)
        end_sessions(connection, name)
    return Response(status_code=204)
