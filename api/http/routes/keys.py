"""Keys of systems: made, rotated, revoked; a key itself is told once, when it is made."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.http.access import DatabaseOf, hand, need
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller, Permission, Role
from data.model.errors import Finding, InvalidData
from data.store.keys import key_of, keys, make_key, revoke_key, rotate_key

router = api_router("/keys", tags=["keys"])

Admin = Annotated[Caller, need("admin")]
Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(min_length=1, max_length=1000)]


class Scopes(BaseModel):
    """To what roles are confined; what is left out is open."""

    model_config = ConfigDict(extra="forbid")

    centres: Names | None = Field(None, description="Ids of centres.")
    sites: Names | None = Field(None, description="Sites of agents, as in `staff`.")
    teams: Names | None = Field(None, description="Teams of agents, as in `staff`.")
    projects: Names | None = Field(None, description="Projects of the centre: agents who answer their queues, numbers of these.")

    def told(self) -> dict[str, Any]:
        """Those that confine."""
        return self.model_dump(exclude_none=True)


class KeyScopes(Scopes):
    """To what a key is confined."""

    permissions: list[Permission] | None = Field(None, min_length=1, description="Of those that its roles hold; left out = all.")
    agent: str | None = Field(None, max_length=100, description="Agent in whose name a key of the role agent acts.")


class KeyIn(BaseModel):
    """A new key."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$", description="As it stands in the audit trail.")
    roles: list[Role] = Field(min_length=1)
    scopes: KeyScopes = Field(default_factory=lambda: KeyScopes.model_validate({}))
    expires_at: AwareDatetime | None = Field(None, description="From then on it is not valid; null = until it is revoked.")


class KeyOut(BaseModel):
    """A key, without what makes it one."""

    id: int
    name: str
    prefix: str = Field(description="How the key begins.")
    roles: list[Role]
    scopes: dict[str, Any]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None = Field(description="Last use, to the minute.")


class KeyMade(BaseModel):
    """A new key: keep it, it is not told again."""

    id: int
    key: str


class RotateIn(BaseModel):
    """How a key is rotated."""

    grace_minutes: int = Field(60, ge=0, le=30 * 24 * 60, description="So long the old key lives on beside the new one, min.")


@router.get("")
def list_keys(database: DatabaseOf, _: Admin, limit: Limit = 100, after: After = None) -> Page[KeyOut]:
    """Keys in the order in which they were made, the revoked ones too."""
    last = keys_of(after, 1)
    with database.reading() as connection:
        rows = keys(connection, _whole(last[0]) if last else 0, limit + 1)
    return page_of([KeyOut(**row) for row in rows], limit, lambda one: (one.id,))


def _whole(value: Any) -> int:
    if not isinstance(value, int) or abs(value) >= 2**62:
        raise InvalidData([Finding("query", None, "after", repr(value), "`next` of an earlier page")])
    return value


@router.post("", status_code=201)
def make(request: Request, body: KeyIn, database: DatabaseOf, caller: Admin) -> KeyMade:
    """Make a key."""
    if body.expires_at is not None and body.expires_at <= datetime.now(UTC):
        raise InvalidData([Finding("body", None, "expires_at", body.expires_at.isoformat(), "a time to come")])
    with database.writing() as connection:
        roles: list[str] = list(dict.fromkeys(body.roles))
        made = make_key(connection, body.name, roles, hand(request, caller), body.scopes.told(), body.expires_at)
    return KeyMade(id=made[0], key=made[1])


@router.get("/{key}")
def get_key(key: Annotated[int, Field(ge=0, lt=2**62)], database: DatabaseOf, _: Admin) -> KeyOut:
    """A key, without what makes it one."""
    with database.reading() as connection:
        return KeyOut(**key_of(connection, key))


@router.post("/{key}/rotate", status_code=201)
def rotate(
    request: Request, key: Annotated[int, Field(ge=0, lt=2**62)], body: RotateIn, database: DatabaseOf, caller: Admin
) -> KeyMade:
    """Make a key that holds what an older one holds; the older one ends after the grace time."""
    with database.writing() as connection:
        made = rotate_key(connection, key, timedelta(minutes=body.grace_minutes), hand(request, caller))
    return KeyMade(id=made[0], key=made[1])


@router.delete("/{key}", status_code=204)
def revoke(request: Request, key: Annotated[int, Field(ge=0, lt=2**62)], database: DatabaseOf, caller: Admin) -> Response:
    """A key is valid no longer, from this moment on."""
    with database.writing() as connection:
        revoke_key(connection, key, hand(request, caller))
    return Response(status_code=204)
