"""Who is calling, and whether they may: a dependency of every route."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.http.permissions import Caller, Permission
from api.http.problems import Forbidden, Unauthenticated
from api.settings import Settings
from data.store.base import Database
from data.store.keys import key_row
from data.store.revisions import Author

bearer = HTTPBearer(auto_error=False, description="A key of this installation: `Authorization: Bearer ech_...`")


async def settings_of(request: Request) -> Settings:
    """Settings of the application."""
    return request.app.state.settings


async def database_of(request: Request) -> Database:
    """Database of the application."""
    return request.app.state.settings.database


SettingsOf = Annotated[Settings, Depends(settings_of)]
DatabaseOf = Annotated[Database, Depends(database_of)]


def caller_of(
    request: Request, database: DatabaseOf, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Who makes the request.

    Raises
    ------
    Unauthenticated
        Nobody who is known.
    """
    with database.reading() as connection:
        row = None if given is None else key_row(connection, given.credentials, datetime.now(UTC))
    if row is None:
        raise Unauthenticated("a valid key or session is needed")
    request.state.caller = _caller(row)
    return request.state.caller


def _caller(row: dict[str, Any]) -> Caller:
    scopes: dict[str, Any] = row["scopes"]
    sets = {name: frozenset(scopes.get(name, ())) for name in ("centres", "sites", "teams", "projects")}
    permissions = frozenset(scopes["permissions"]) if "permissions" in scopes else None
    return Caller(row["name"], "system", tuple(row["roles"]), **sets, agent=scopes.get("agent", ""), permissions=permissions)


class Needs:
    """A dependency: the caller, if they hold a permission and the centre of the path is open to them."""

    def __init__(self, permission: Permission):
        self.permission: Permission = permission

    async def __call__(self, request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        """The caller.

        Raises
        ------
        Forbidden
            They do not hold it.
        """
        centre = request.path_params.get("centre")
        if not caller.may(self.permission):
            raise Forbidden(f"{self.permission} is needed; the roles of {caller.name} do not hold it")
        if centre is not None and caller.centres and centre not in caller.centres:
            raise Forbidden(f"the centre {centre} is not open to {caller.name}")
        return caller


def need(permission: Permission) -> Any:
    """The caller, who must hold a permission: ``caller: Annotated[Caller, need("data:read")]``."""
    return Depends(Needs(permission))


def hand(request: Request, caller: Caller, why: str = "") -> Author:
    """A caller as the author of a change."""
    origin = {"request": getattr(request.state, "id", ""), "by": caller.kind}
    return Author(caller.name, datetime.now(UTC), why or request.headers.get("X-Reason", "")[:2000], origin)


Check = Callable[..., Caller]
