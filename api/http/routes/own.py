"""What agents see and ask for themselves: their published shifts, wishes, requests, balances and points."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel, Field, ValidationError

from api.http.access import DatabaseOf, hand, need
from api.http.openapi import api_router
from api.http.own import own_agent
from api.http.permissions import Caller
from data.exchange.catalogue import BY_NAME
from data.exchange.documents import findings_of
from data.model.errors import Finding, InvalidData
from data.model.leave_plan import LeaveWish
from data.model.people import Wish
from data.store.base import Connection
from data.store.calendars import published_days
from data.store.entries import Body, as_json, entries, put
from data.store.revisions import changing, revision_of

router = api_router("/centres/{centre}/me", tags=["own"])

Reader = Annotated[Caller, need("own:read")]
Writer = Annotated[Caller, need("own:write")]
Own = TypeVar("Own", Wish, LeaveWish)


class OwnShift(BaseModel):
    """A published shift of one's own."""

    date: date
    code: str
    start: datetime = Field(description="With the offset of the centre's zone.")
    end: datetime
    meal_start: datetime | None
    meal_minutes: int
    break_starts: list[datetime]
    changed_at: datetime = Field(description="When it was published as it is.")
    changes: int = Field(description="How often it was changed since it was first published.")


class OwnRows(BaseModel):
    """Rows about oneself, by the table that they stand in."""

    wishes: list[dict[str, Any]] = Field(description="Wishes for days and shifts.")
    leave_wishes: list[dict[str, Any]] = Field(description="Wishes for leave that wait.")
    decisions: list[dict[str, Any]] = Field(description="Decisions on requests.")
    leave_decisions: list[dict[str, Any]]
    balances: list[dict[str, Any]] = Field(description="What the newest roster carries forward: hours and refused wishes.")
    points: list[dict[str, Any]] = Field(description="Postings of contribution points to one's account.")


class WishIn(BaseModel):
    """A wish for a day: off, on a shift, or not on a shift."""

    day: date
    kind: str = Field(default="off", description="off, on or avoid.")
    shift: str = Field(default="", description="Code of the shift; empty for a day off.")
    rank: int = Field(default=3, ge=1, le=5, description="1 = most wanted.")


class LeaveWishIn(BaseModel):
    """A wish for leave."""

    id: str = Field(min_length=1, max_length=100, description="A new id.")
    first: date
    last: date
    code: str = Field(default="AL", description="Code of the leave.")


@router.get("/shifts")
def list_own_shifts(
    centre: str,
    database: DatabaseOf,
    caller: Reader,
    first: Annotated[date | None, Query(alias="from", description="First day; without it, today.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day, included.")] = None,
) -> list[OwnShift]:
    """One's own published shifts."""
    agent, begin = own_agent(caller), first or datetime.now(UTC).date()
    with database.reading() as connection:
        revision_of(connection, centre)
        found = published_days(connection, centre, agent, begin)
    return [
        OwnShift(
            date=one.day,
            code=one.shift.code,
            start=one.shift.start,
            end=one.shift.end,
            meal_start=one.shift.meal_start,
            meal_minutes=one.shift.meal_minutes,
            break_starts=list(one.shift.breaks),
            changed_at=one.at,
            changes=one.sequence,
        )
        for one in found
        if not one.cancelled and (last is None or one.day <= last)
    ]


@router.get("/rows")
def list_own_rows(centre: str, database: DatabaseOf, caller: Reader) -> OwnRows:
    """One's own wishes, decisions, balances and points."""
    agent = own_agent(caller)
    with database.reading() as connection:
        revision_of(connection, centre)
        held = {name: _own(connection, centre, name.replace("_", "-"), agent) for name in OwnRows.model_fields if name != "points"}
        held["balances"] = _own(connection, centre, "balances-carried", agent) or held["balances"]
        return OwnRows(**held, points=_own(connection, centre, "ledger", agent, "account"))


def _own(connection: Connection, centre: str, resource: str, agent: str, column: str = "agent") -> list[Body]:
    return [entry.body for entry in entries(connection, centre, resource) if entry.body.get(column) == agent]


@router.post("/wishes", status_code=201)
def add_wish(request: Request, centre: str, body: WishIn, database: DatabaseOf, caller: Writer) -> dict[str, Any]:
    """Wish for a day."""
    wish = _valid(Wish, "wishes", {"agent": own_agent(caller), **body.model_dump()})
    told = {name: as_json(value) for name, value in wish.model_dump().items() if value != ""}
    return _add(request, centre, database, caller, "wishes", told)


@router.post("/leave-wishes", status_code=201)
def add_leave_wish(request: Request, centre: str, body: LeaveWishIn, database: DatabaseOf, caller: Writer) -> dict[str, Any]:
    """Wish for leave; it is decided by a run."""
    wish = _valid(LeaveWish, "leave-wishes", {"agent": own_agent(caller), **body.model_dump()})
    told = {name: as_json(value) for name, value in wish.model_dump(include={*LeaveWishIn.model_fields, "agent"}).items()}
    return _add(request, centre, database, caller, "leave-wishes", told)


def _valid(kind: type[Own], where: str, told: dict[str, Any]) -> Own:
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        raise InvalidData(findings_of(error, where, None)) from error


def _add(request: Request, centre: str, database: DatabaseOf, caller: Caller, resource: str, told: Body) -> dict[str, Any]:
    """Add a row about oneself; one that there is under its key is refused."""
    kept, author = BY_NAME[resource], hand(request, caller)
    with changing(database, centre, author, f"{resource}.added", own_agent(caller)) as change:
        held = entries(change.connection, centre, resource)
        place = max((entry.place for entry in held), default=0) + 1
        key = "|".join(str(told[name]) for name in kept.table.keys) if kept.table.keys else f"{change.number}-{place}"
        if any(entry.key == key for entry in held):
            raise InvalidData([Finding(resource, None, "id", key, "a new one")])
        put(change, kept, [(key, place, told)])
    return told
