"""Who is calling, and whether they may: a dependency of every route."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import BackgroundTasks, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.http.cookies import SECURE_NAME, limits_of, session_token
from api.http.origins import check_same_origin
from api.http.permissions import OF_ALL_CENTRES, Caller, Permission
from api.http.problems import Forbidden, Unauthenticated
from api.http.tokens import token_caller
from api.settings import Settings
from data.store import keys, sessions
from data.store.base import Database
from data.store.revisions import Author

bearer = HTTPBearer(
    auto_error=False, description="A key of this installation: `Authorization: Bearer ech_...`, or a token of its issuer."
)
cookie = APIKeyCookie(
    name=SECURE_NAME, auto_error=False, description="A session, after `POST /login`; without TLS it is named `echelon`."
)

NOTED = timedelta(minutes=1)
"""The last use of a key or session is written no more often."""


async def settings_of(request: Request) -> Settings:
    """Settings of the application."""
    return request.app.state.settings


async def database_of(request: Request) -> Database:
    """Database of the application."""
    return request.app.state.settings.database


SettingsOf = Annotated[Settings, Depends(settings_of)]
DatabaseOf = Annotated[Database, Depends(database_of)]


async def caller_of(
    request: Request,
    later: BackgroundTasks,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    _: Annotated[str | None, Depends(cookie)],
) -> Caller:
    """Who makes the request.

    Raises
    ------
    Unauthenticated
        Nobody who is known.
    Forbidden
        A page of another site makes a browser send it.
    """
    settings: Settings = request.app.state.settings
    at_hand = settings.oidc is None and settings.database.is_sqlite  # an embedded database answers sooner than a thread wakes
    asked = (request, settings, later, given)
    found = _found(*asked) if at_hand else await run_in_threadpool(_found, *asked)
    if found is None:
        raise Unauthenticated("a valid key or session is needed")
    request.state.caller = found
    return found


def _found(
    request: Request, settings: Settings, later: BackgroundTasks, given: HTTPAuthorizationCredentials | None
) -> Caller | None:
    now = datetime.now(UTC)
    if given is None:
        return _by_session(request, settings, later, now)
    return _by_bearer(request, settings, given, later, now)


def _by_bearer(
    request: Request, settings: Settings, given: HTTPAuthorizationCredentials, later: BackgroundTasks, now: datetime
) -> Caller | None:
    if settings.oidc is not None and not given.credentials.startswith(keys.PREFIX):
        return token_caller(settings.oidc, given.credentials)
    with settings.database.reading() as connection:
        row = keys.key_row(connection, given.credentials, now)
    if row is None:
        return None
    if not keys.is_noted(row, now):
        _note_later(request, later, ("key", row["id"]), keys.note_use, now)
    return _caller(row, "system", agent=row["scopes"].get("agent", ""))


def _by_session(request: Request, settings: Settings, later: BackgroundTasks, now: datetime) -> Caller | None:
    token = session_token(request, settings)
    if token is None:
        return None
    check_same_origin(request, settings.public_url)
    with settings.database.reading() as connection:
        row = sessions.session_row(connection, token, now, limits_of(settings))
    if row is None:
        return None
    if not sessions.is_noted(row, now):
        _note_later(request, later, ("session", row["id"]), sessions.note_use, now)
    return _caller(row, "person", agent=row["agent"], session=row["id"], must_change_password=row["must_change_password"])


def _caller(row: dict[str, Any], kind: Any, **told: Any) -> Caller:
    scopes: dict[str, Any] = row["scopes"]
    sets = {name: frozenset(scopes.get(name) or ()) for name in ("centres", "sites", "teams", "projects")}
    permissions = frozenset(scopes["permissions"]) if "permissions" in scopes else None
    return Caller(row["name"], kind, tuple(row["roles"]), **sets, permissions=permissions, **told)


def _note_later(request: Request, later: BackgroundTasks, what: tuple[str, int], note: Callable[..., None], now: datetime) -> None:
    """Write down a use after the answer, and once: while a long change is being kept, reads must not queue behind it."""
    state = request.app.state
    noted: dict[tuple[str, int], datetime] = getattr(state, "noted", {})
    state.noted = noted
    if now - noted.get(what, datetime.min.replace(tzinfo=UTC)) >= NOTED:
        noted[what] = now
        later.add_task(_note, state.settings.database, what[1], note, now)


def _note(database: Database, number: int, note: Callable[..., None], now: datetime) -> None:
    with database.writing() as connection:
        note(connection, number, now)


class Needs:
    """A dependency: the caller, if they hold a permission and the centre of the path is open to them.

    Parameters
    ----------
    permission : str or None
        None = whoever is known, also before they have changed their one-time password.
    """

    def __init__(self, permission: Permission | None):
        self.permission: Permission | None = permission

    async def __call__(self, request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        """The caller.

        Raises
        ------
        Forbidden
            They do not hold it.
        """
        if self.permission is not None:
            _check(caller, self.permission, request.path_params.get("centre"))
        return caller


def _check(caller: Caller, permission: Permission, centre: str | None) -> None:
    if caller.must_change_password:
        raise Forbidden("change the one-time password first: POST /me/password")
    if not caller.may(permission):
        raise Forbidden(f"{permission} is needed; the roles of {caller.name} do not hold it")
    if centre is None and caller.centres and permission in OF_ALL_CENTRES:
        raise Forbidden(f"{permission} reaches beyond the centres that are open to {caller.name}")
    if centre is not None and caller.centres and centre not in caller.centres:
        raise Forbidden(f"the centre {centre} is not open to {caller.name}")


def need(permission: Permission) -> Any:
    """The caller, who must hold a permission: ``caller: Annotated[Caller, need("data:read")]``."""
    return Depends(Needs(permission))


def anyone() -> Any:
    """The caller, whoever is known: for what is about themselves."""
    return Depends(Needs(None))


def hand(request: Request, caller: Caller, why: str = "") -> Author:
    """A caller as the author of a change; `X-Reason` says why, in percent-encoded UTF-8 where it is not ASCII."""
    address = request.client.host if request.client else ""
    origin = {"request": getattr(request.state, "id", ""), "by": caller.kind, "address": address}
    return Author(caller.name, datetime.now(UTC), (why or unquote(request.headers.get("X-Reason", "")))[:2000], origin)


Check = Callable[..., Caller]
