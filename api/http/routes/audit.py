"""The audit trail: who changed, tried or took away what, when and why; and what a revision did to the rows."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from api.http.access import DatabaseOf, need
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller
from api.http.scopes import visible_agents
from data.model.errors import Finding, InvalidData, NotFound
from data.store.audit import AuditFilter, audit_lines, row_changes
from data.store.revisions import revision_of

router = api_router(tags=["audit"])


class AuditLine(BaseModel):
    """A line of the audit trail."""

    id: int
    at: datetime
    who: str
    action: str
    centre: str | None
    revision: int | None = Field(description="Of the centre, that the change made.")
    target: str
    why: str
    origin: dict[str, Any] = Field(description="Request, run and address that it came from.")
    before: Any
    after: Any


class RowChangeOut(BaseModel):
    """What a revision did to a row."""

    resource: str
    key: str
    agent: str | None
    before: dict[str, Any] | None = Field(description="null = it is new.")
    after: dict[str, Any] | None = Field(description="null = it stands no longer.")


@router.get("/audit")
def list_audit(
    database: DatabaseOf,
    caller: Annotated[Caller, need("audit:read")],
    who: str | None = None,
    action: Annotated[str | None, Query(description="An action; with `*` at its end all that begin so: `login.*`.")] = None,
    centre: str | None = None,
    target: str | None = None,
    since: Annotated[AwareDatetime | None, Query(description="At or after.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before.")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[AuditLine]:
    """Lines, newest first; of the caller's centres alone where they are confined to some."""
    last = keys_of(after, 1)
    if last is not None and not (isinstance(last[0], int) and 0 <= last[0] < 2**62):
        raise InvalidData([Finding("query", None, "after", repr(after), "`next` of an earlier page")])
    wanted = AuditFilter(who, action, centre, target, since, until, caller.centres)
    with database.reading() as connection:
        rows = audit_lines(connection, wanted, None if last is None else last[0], limit + 1)
    return page_of([AuditLine(**row) for row in rows], limit, lambda one: (one.id,))


@router.get("/centres/{centre}/revisions/{revision}/changes")
def list_row_changes(
    centre: str,
    revision: Annotated[int, Field(ge=0, lt=2**31)],
    database: DatabaseOf,
    caller: Annotated[Caller, need("data:read")],
) -> list[RowChangeOut]:
    """Rows that a revision added, changed or removed, before and after; only rows that the caller may see."""
    with database.reading() as connection:
        if revision > revision_of(connection, centre):
            raise NotFound(f"no revision {revision} of {centre}")
        seen = visible_agents(connection, centre, caller)
        found = row_changes(connection, centre, revision)
    shown = (one for one in found if seen is None or one.agent is None or one.agent in seen)
    return [RowChangeOut(**vars(one)) for one in shown]
