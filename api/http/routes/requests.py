"""Requests of agents in, decisions out: swaps, covers, overtime, early leave, leave."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from api.http.access import DatabaseOf, hand
from api.http.either import check_own, either
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller
from api.http.problems import Conflict
from api.http.routes.runs import DeskOf, check_may_run
from api.http.scopes import visible_agents
from api.runs.firing import rendered, run_id, zone_of_centre
from api.runs.kinds import kind_named
from data.exchange.catalogue import BY_NAME
from data.exchange.requests import REQUEST
from data.model.errors import Finding, InvalidData, NotFound
from data.model.request import Outcome
from data.model.request import Request as Asked
from data.store.base import Database
from data.store.documents import drop_document, put_document
from data.store.entries import Entry, entries
from data.store.events import emit
from data.store.hr import decision_of, drop_row, rows_by_key, rows_of_agent, write_row
from data.store.revisions import changing, revision_of
from data.store.runs import Asked as Run

router = api_router("/centres/{centre}/requests", tags=["requests"])

ASKED = BY_NAME["asked"]
SAFE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
Id = Annotated[str, Path(pattern=SAFE, description="Id of the request, as whoever asked gave it.")]
Status = Literal["received", "granted", "to_leader", "refused"]


class DecisionOut(BaseModel):
    """What became of a request, with the reason in both languages."""

    outcome: Outcome
    cause: str = Field("", description="Code of the first reason; empty if it is granted.")
    sentence: str
    sentence_zh: str
    alternative: str = Field("", description="The nearest acceptable alternatives.")
    alternative_zh: str = ""
    taker: str = Field("", description="Who takes over a shift that was granted.")
    decided_at: AwareDatetime
    version: str = Field(description="Version of the roster that it was judged against.")


class RequestOut(BaseModel):
    """A request, where it stands, and the decision as soon as there is one."""

    request: Asked
    status: Status
    received_at: AwareDatetime
    file: str = Field(description="Parameter `file` of the run `request` that decides it.")
    decision: DecisionOut | None = None
    run: str | None = Field(default=None, description="Run that decides it, where that was asked for with `decide`.")


@router.post("", status_code=201, responses={200: {"description": "It was sent before and is told as it stands."}})
def add_request(
    request: Request,
    response: Response,
    centre: str,
    body: Asked,
    database: DatabaseOf,
    caller: Annotated[Caller, either("people:write", "own:write")],
    desk: DeskOf,
    decide: Annotated[bool, Query(description="Start the run that decides it; the caller must be allowed to.")] = False,
) -> RequestOut:
    """Ask for a change of the roster that stands. Agents ask for themselves, HR systems for everybody.

    The run `request` decides it, given the `file` of the answer. Sent again it does nothing.
    """
    run = _run_of(database, centre, body.id, caller) if decide else None
    told = _received(request, response, centre, body, database, caller)
    if run is None:
        return told
    desk.submit(run)
    return told.model_copy(update={"run": run.number})


def _run_of(database: Database, centre: str, number: str, caller: Caller) -> Run:
    """The run that decides a request: one, however often it is asked for; only proposed by those who may not publish."""
    kind, at = kind_named("request"), datetime.now(UTC)
    with database.reading() as connection:
        revision_of(connection, centre)
        told = {"file": f"requests/{number}.jsonl", "at": "{now}", "propose": not caller.may("rosters:publish")}
        params = kind.params.model_validate(rendered(told, at, zone_of_centre(connection, centre)))
    check_may_run(caller, kind, params)
    return Run(run_id("request", centre, number), centre, kind.name, params.model_dump(mode="json"), caller.name, at)


def _received(request: Request, response: Response, centre: str, body: Asked, database: Database, caller: Caller) -> RequestOut:
    """Keep a request, unless it was sent before."""
    check_own(caller, "people:write", body.agent)
    told, at = body.model_dump(mode="json"), datetime.now(UTC)
    with database.reading() as connection:
        revision_of(connection, centre)
        held = rows_by_key(connection, centre, ASKED.name, [body.id]).get(body.id)
        if held is None:
            _check(connection, centre, body, visible_agents(connection, centre, caller))
    if held is None:
        with changing(database, centre, hand(request, caller), "request.received", body.id) as change:
            held = rows_by_key(change.connection, centre, ASKED.name, [body.id]).get(body.id)  # somebody may have been faster
            if held is None:
                return _kept(change, body, told, at)
    if json.loads(held.body["asked"]) != told:
        raise Conflict(f"the request {body.id!r} was sent before and asked for something else")
    response.status_code = 200
    with database.reading() as connection:
        return _out(connection, centre, held)


def _kept(change: Any, body: Any, told: dict[str, Any], at: datetime) -> RequestOut:
    file = f"requests/{body.id}.jsonl"
    row = {"id": body.id, "agent": body.agent, "kind": body.kind, "made_at": body.made_at.isoformat()}
    text = json.dumps(told, ensure_ascii=False)
    put_document(change, file, f"{text}\n".encode())
    write_row(change, ASKED, body.id, row | {"received_at": at.isoformat(), "file": file, "asked": text}, None)
    emit(change, "request.received", {"id": body.id, "agent": body.agent, "kind": body.kind})
    return RequestOut(request=body, status="received", received_at=at, file=file)


def _check(connection: Any, centre: str, body: Any, seen: frozenset[str] | None) -> None:
    named = {name: getattr(body, name, "") for name in ("agent", "other")}
    staff = rows_by_key(connection, centre, "staff", [name for name in named.values() if name])
    found = [Finding("request", None, k, repr(v), "an agent of the staff") for k, v in named.items() if v and v not in staff]
    if seen is not None and body.agent not in seen:
        found.append(Finding("request", None, "agent", repr(body.agent), "an agent of the sites and teams that are open to you"))
    if re.fullmatch(SAFE, body.id) is None:
        found.append(Finding("request", None, "id", repr(body.id), "letters, digits, dot, hyphen and underscore, at most 80"))
    if found:
        raise InvalidData(found)


def _out(connection: Any, centre: str, row: Entry) -> RequestOut:
    found = decision_of(connection, centre, row.key)
    told = {name: value for name, value in (found or {}).items() if name in DecisionOut.model_fields}
    decision = DecisionOut.model_validate({**told, "outcome": found["verdict"]}) if found else None
    return RequestOut(
        request=REQUEST.validate_json(row.body["asked"]),
        status=decision.outcome if decision else "received",
        received_at=datetime.fromisoformat(row.body["received_at"]),
        file=row.body["file"],
        decision=decision,
    )


@router.get("")
def list_requests(
    centre: str,
    database: DatabaseOf,
    caller: Annotated[Caller, either("data:read", "own:read")],
    limit: Limit = 100,
    after: After = None,
    agent: Annotated[str | None, Query(description="Only those of this agent.")] = None,
    status: Annotated[Status | None, Query(description="Only those that stand so.")] = None,
) -> Page[RequestOut]:
    """Requests in the order in which they came; agents see their own."""
    keys = keys_of(after, 1)
    with database.reading() as connection:
        revision_of(connection, centre)
        own = "" if caller.may("data:read") else caller.agent
        rows = rows_of_agent(connection, centre, ASKED.name, own) if own else entries(connection, centre, ASKED.name)
        seen = frozenset({own}) if own else visible_agents(connection, centre, caller)
        wanted = (
            row
            for row in rows
            if (keys is None or row.place > int(keys[0]))
            and (seen is None or row.body["agent"] in seen)
            and agent in (None, row.body["agent"])
        )
        told = list[tuple[int, RequestOut]]()
        for row in wanted:
            one = _out(connection, centre, row)
            if status in (None, one.status):
                told.append((row.place, one))
            if len(told) > limit:
                break
    page = page_of(told, limit, lambda one: (one[0],))
    return Page(items=[one for _, one in page.items], next=page.next)


@router.get("/{number}")
def get_request(
    centre: str, number: Id, database: DatabaseOf, caller: Annotated[Caller, either("data:read", "own:read")]
) -> RequestOut:
    """A request and, as soon as there is one, its decision."""
    with database.reading() as connection:
        revision_of(connection, centre)
        row = _row(connection, centre, number, caller)
        return _out(connection, centre, row)


def _row(connection: Any, centre: str, number: str, caller: Caller) -> Entry:
    """A request that the caller may see; others are not there for them."""
    row = rows_by_key(connection, centre, ASKED.name, [number]).get(number)
    seen = visible_agents(connection, centre, caller) if caller.may("data:read") else frozenset({caller.agent})
    if row is None or (seen is not None and row.body["agent"] not in seen):
        raise NotFound(f"no request {number!r}")
    return row


@router.delete("/{number}", status_code=204)
def remove_request(
    request: Request,
    centre: str,
    number: Id,
    database: DatabaseOf,
    caller: Annotated[Caller, either("people:write", "own:write")],
) -> None:
    """Withdraw a request that waits; one that was decided stands."""
    with changing(database, centre, hand(request, caller), "request.withdrawn", number) as change:
        row = rows_by_key(change.connection, centre, ASKED.name, [number]).get(number)
        if row is None:
            raise NotFound(f"no request {number!r}")
        check_own(caller, "people:write", row.body["agent"])
        if decision_of(change.connection, centre, number) is not None:
            raise Conflict(f"the request {number!r} is decided")
        drop_row(change, ASKED, number)
        drop_document(change, row.body["file"])
