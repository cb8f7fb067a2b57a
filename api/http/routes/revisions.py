"""Revisions of a centre: who changed what, when and why, and which rows a revision changed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path as PathParam
from fastapi import Query
from pydantic import BaseModel, Field

from api.http.access import DatabaseOf, need
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, cursor, keys_of
from api.http.permissions import Caller
from api.http.scopes import visible_agents
from data.exchange.catalogue import BY_NAME
from data.model.errors import Finding, InvalidData, NotFound
from data.store.revisions import revision_of
from data.store.row_pages import Difference, differences, revisions

router = api_router("/centres/{centre}/revisions", tags=["revisions"])

MOST_ROWS = 10_000


class RevisionOut(BaseModel):
    """A revision of a centre."""

    number: int = Field(description="Counts up by one with every change.")
    at: datetime
    who: str
    action: str = Field(description="What was done.", examples=["rows.changed"])
    target: str = Field(description="With what.", examples=["staff/e001"])
    why: str


class ChangedRowOut(BaseModel):
    """What a revision did to a row."""

    table: str
    key: str
    before: dict[str, Any] | None = Field(description="Its cells; null = it was not there.")
    after: dict[str, Any] | None = Field(description="Its cells; null = it was taken away.")


@router.get("")
def list_revisions(
    centre: str, database: DatabaseOf, _: Annotated[Caller, need("data:read")], limit: Limit = 100, after: After = None
) -> Page[RevisionOut]:
    """Revisions, newest first."""
    keys = keys_of(after, 1)
    if keys is not None and not (isinstance(keys[0], int) and 0 <= keys[0] < 2**31):
        raise InvalidData([Finding("query", None, "after", repr(after), "`next` of an earlier page")])
    with database.reading() as connection:
        revision_of(connection, centre)
        found = revisions(connection, centre, None if keys is None else keys[0], limit)
    items = [RevisionOut.model_validate(vars(one)) for one in found[:limit]]
    return Page(items=items, next=cursor(items[-1].number) if len(found) > limit else None)


@router.get("/{number}/rows")
def list_revision_rows(
    centre: str,
    number: Annotated[int, PathParam(ge=1, le=2**31 - 1)],
    database: DatabaseOf,
    caller: Annotated[Caller, need("data:read")],
    table: Annotated[str | None, Query(description="Of this table alone.")] = None,
) -> list[ChangedRowOut]:
    """Rows that a revision changed, with what stood before and after, at most 10,000."""
    with database.reading() as connection:
        if number > revision_of(connection, centre):
            raise NotFound(f"no revision {number} of {centre}")
        agents = visible_agents(connection, centre, caller)
        found = differences(connection, centre, number, MOST_ROWS)
    return [
        ChangedRowOut(table=one.resource, key=one.key, before=one.before, after=one.after)
        for one in found
        if table in (None, one.resource) and _seen(one, agents)
    ]


def _seen(one: Difference, agents: frozenset[str] | None) -> bool:
    if agents is None or one.resource not in BY_NAME or not BY_NAME[one.resource].of_agents:
        return True
    return any(body is not None and body.get("agent") in agents for body in (one.before, one.after))
