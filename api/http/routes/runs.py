"""Runs: ask for one, see how far it is, follow it, read its log, cancel it. Each kind of run has a path of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field, create_model

from api.http.access import DatabaseOf, hand, need
from api.http.etags import IfNoneMatch, known, tag
from api.http.idempotency import IdempotencyKey
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller, Permission
from api.http.problems import CATALOGUE, Conflict, Forbidden
from api.http.scopes import may_write_all
from api.runs.desk import Desk, prepare
from api.runs.firing import run_id
from api.runs.kinds import Kind, Params, kinds
from data.model.errors import NotFound
from data.store.base import Database
from data.store.revisions import revision_of
from data.store.runs import ENDED, Asked, RunState, run_row, run_rows

router = api_router(tags=["runs"])
EVENTS_SECONDS = 0.5
"""Between two looks at a run that is followed."""
_opening = Lock()


class RunProgress(BaseModel):
    """How far a run is."""

    percent: float = Field(description="Share of the budget of the phase that is used, in percent.")
    penalty: float | None = Field(None, description="Cost of the best roster so far; null = there is none yet.")
    bound: float | None = Field(None, description="No roster costs less; null = not known.")
    gap: float | None = Field(None, description="Share of the penalty that the bound does not cover, 0 to 1.")
    message: str = Field(description="What is being done.")


class RunProblem(BaseModel):
    """Why a run failed, in the shape of a problem."""

    type: str = Field(description="Code of the problem, e.g. `invalid-data`.")
    title: str
    detail: str
    findings: list[dict[str, Any]] = Field(
        [], description="Everything wrong with the input: where, row, column, read, expected, fix."
    )


class RunResult(BaseModel):
    """What came of a run."""

    exit_code: int = Field(description="0, or what the command ends with: 1 of `verify` = a roster is not sound.")
    files: list[str] = Field(description="Files of the centre that it changed.")
    versions: list[str] = Field(description="Versions of rosters that it made.")


class RunOut(BaseModel):
    """A run: what was asked for, how far it is, and what came of it."""

    id: str
    centre: str
    kind: str
    params: dict[str, Any]
    state: RunState = Field(description="queued, running, succeeded, failed or cancelled.")
    by: str = Field(description="Who asked for it.")
    why: str
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int = Field(description="How often it was begun.")
    base: int | None = Field(description="Revision of the centre that it began with.")
    revision: int | None = Field(description="Revision of the centre that it made; null = it changed nothing.")
    cancel: bool = Field(description="Whether it was asked to end.")
    progress: RunProgress | None
    result: RunResult | None
    problem: RunProblem | None


class RunKind(BaseModel):
    """A kind of run."""

    name: str
    title: str
    help: str
    changes: bool = Field(description="Whether it may change the centre.")
    permission: str = Field(description="What the caller must hold.")
    params: dict[str, Any] = Field(description="JSON Schema of its parameters.")


def desk_of(request: Request, database: DatabaseOf) -> Desk:
    """The desk where runs are asked for, its tables ready."""
    state = request.app.state
    with _opening:
        if not hasattr(state, "desk"):
            prepare(database)
            state.desk = Desk(database)
    return state.desk


DeskOf = Annotated[Desk, Depends(desk_of)]
Reader = Annotated[Caller, need("runs:read")]


def out_of(row: dict[str, Any]) -> RunOut:
    """A run as it is told."""
    problem = None if row["problem"] is None else _problem_of(row["problem"])
    return RunOut.model_validate(row | {"problem": problem})


def _problem_of(kept: dict[str, Any]) -> RunProblem:
    told = {kind.__name__: code for kind, code in CATALOGUE.items()}
    code = told.get(kept["error"], told["SolverFailure"])
    return RunProblem(type=code.code, title=code.title, detail=kept["detail"], findings=kept.get("findings", []))


def version_of(row: dict[str, Any]) -> str:
    """Changes with all that is told of a run."""
    return f"{row['attempt']}-{row['state']}-{int(row['cancel'])}-{(row['progress'] or {}).get('seq', 0)}"


def row_of(database: Database, centre: str, run: str) -> dict[str, Any]:
    """A run of a centre.

    Raises
    ------
    NotFound
        The centre has none of that id.
    """
    with database.reading() as connection:
        row = run_row(connection, run)
    if row["centre"] != centre:
        raise NotFound(f"no run {run!r}")
    return row


def run_of(centre: str, run: str, database: DatabaseOf, _: Reader) -> dict[str, Any]:
    """The run of the path."""
    return row_of(database, centre, run)


RunOf = Annotated[dict[str, Any], Depends(run_of)]


@router.get("/run-kinds")
def list_run_kinds(_: Reader) -> list[RunKind]:
    """Kinds of run, and what each is asked with."""
    return [_kind_out(kind) for _, kind in sorted(kinds().items())]


def _kind_out(kind: Kind) -> RunKind:
    return RunKind(
        name=kind.name,
        title=kind.title,
        help=kind.help,
        changes=kind.changes,
        permission=kind.right,
        params=kind.params.model_json_schema(),
    )


@router.get("/centres/{centre}/runs")
def list_runs(
    centre: str,
    database: DatabaseOf,
    _: Reader,
    kind: str = "",
    state: Annotated[RunState | None, Query(description="Only those in this state.")] = None,
    since: Annotated[datetime | None, Query(description="Only those submitted then or later.")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[RunOut]:
    """Runs of a centre, the newest first."""
    keys = keys_of(after, 2)
    before = None if keys is None else (datetime.fromisoformat(keys[0]), str(keys[1]))
    aware = since.replace(tzinfo=since.tzinfo or UTC) if since is not None else None
    with database.reading() as connection:
        revision_of(connection, centre)
        rows = run_rows(connection, centre, kind=kind, state=state or "", since=aware, before=before, most=limit + 1)
    return page_of([out_of(row) for row in rows], limit, lambda one: (one.submitted_at.isoformat(), one.id))


@router.get("/centres/{centre}/runs/{run}")
def get_run(row: RunOf, response: Response, if_none_match: Annotated[IfNoneMatch, Header()] = None) -> RunOut:
    """A run."""
    if known(if_none_match, version_of(row)):
        return Response(status_code=304, headers={"ETag": f'"{version_of(row)}"'})  # pyright: ignore[reportReturnType]
    tag(response, version_of(row))
    return out_of(row)


@router.get("/centres/{centre}/runs/{run}/log", response_class=PlainTextResponse)
def get_run_log(row: RunOf, database: DatabaseOf, caller: Reader) -> str:
    """What a run has said so far; for those to whom the whole centre is open."""
    may_write_all(caller)
    with database.reading() as connection:
        return run_row(connection, row["id"], log=True)["log"] or ""


@router.post("/centres/{centre}/runs/{run}/cancel", status_code=202)
def cancel_run(request: Request, row: RunOf, desk: DeskOf, caller: Reader) -> RunOut:
    """Ask a run to end: one that waits ends at once; one that searches ends with the best it has, which is kept."""
    may_write_all(caller)
    _check_may(caller, kinds()[row["kind"]].right)
    return out_of(desk.cancel(row["id"], hand(request, caller)))


@router.get("/centres/{centre}/runs/{run}/events", response_class=EventSourceResponse)
async def follow_run(
    row: RunOf,
    database: DatabaseOf,
    last_event_id: Annotated[str | None, Header(description="Id of the last event that was received.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a run: `progress` whenever it is told anew, and `end` with the run when it has ended; then the stream ends."""
    told = last_event_id
    while True:
        if version_of(row) != told:
            told = version_of(row)
            yield ServerSentEvent(data=out_of(row).model_dump(mode="json"), event=_event_of(row), id=told)
        if row["state"] in ENDED:
            return
        await asyncio.sleep(EVENTS_SECONDS)
        row = await run_in_threadpool(row_of, database, row["centre"], row["id"])


def _event_of(row: dict[str, Any]) -> str:
    return "end" if row["state"] in ENDED else "progress"


def _check_may(caller: Caller, permission: Permission) -> None:
    if not caller.may(permission):
        raise Forbidden(f"{permission} is needed; the roles of {caller.name} do not hold it")


def check_may_run(caller: Caller, kind: Kind, params: Params) -> None:
    """Raise `Forbidden` if a caller may not ask for a run with these parameters: a run sees the whole centre."""
    may_write_all(caller)
    _check_may(caller, kind.right)
    if kind.publishes(params):
        _check_may(caller, "rosters:publish")


def _asker(kind: Kind) -> Callable[..., RunOut]:
    """The endpoint of a kind of run."""
    body = create_model(
        f"{kind.params.__name__.removesuffix('Params')}Run",
        __base__=kind.params,
        why=(str, Field("", max_length=2000, description="Why it is asked for: kept in the audit trail.")),
    )

    def ask(
        request: Request,
        response: Response,
        centre: str,
        told: Params,
        desk: DeskOf,
        caller: Annotated[Caller, need(kind.right)],
        idempotency_key: IdempotencyKey = None,
    ) -> RunOut:
        check_may_run(caller, kind, told)
        asked = _asked(kind, centre, told, caller, idempotency_key)
        row, new = desk.submit(asked)
        if not new and (row["kind"], row["params"]) != (kind.name, asked.params):
            raise Conflict(f"the Idempotency-Key {idempotency_key!r} was used for another run")
        response.headers["Location"] = f"{request.url.path.rsplit('/', 1)[0]}/{row['id']}"
        tag(response, version_of(row))
        return out_of(row)

    ask.__annotations__["told"] = body
    ask.__doc__ = kind.help
    ask.__name__ = f"run_{kind.name.replace('-', '_')}"
    return ask


def _asked(kind: Kind, centre: str, told: Params, caller: Caller, key: str | None) -> Asked:
    params = told.model_dump(mode="json", exclude={"why"})
    why = str(getattr(told, "why", ""))
    if params.get("reason") == "" and why:
        params["reason"] = why
    number = uuid4().hex if key is None else run_id(caller.name, centre, key)
    return Asked(number, centre, kind.name, params, caller.name, datetime.now(UTC), why)


def _paths() -> Iterator[tuple[str, Kind]]:
    for name, kind in sorted(kinds().items()):
        yield f"/centres/{{centre}}/runs/{name}", kind


for _path, _kind in _paths():
    router.add_api_route(_path, _asker(_kind), methods=["POST"], status_code=202, summary=_kind.title)
