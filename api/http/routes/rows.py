"""Rows of the tables of a centre: staff, shifts, leave, wishes, events and every other one, read and changed one by one or many."""

from collections.abc import Callable
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from api.http.access import DatabaseOf, need
from api.http.etags import IfMatch, IfNoneMatch, etag, known
from api.http.idempotency import IdempotencyKey
from api.http.openapi import api_router
from api.http.paging import cursor, keys_of
from api.http.permissions import Caller
from api.http.row_changes import Asked, Batch, BatchOut, add, change_many, change_one, remove, shown
from api.http.scopes import visible_agents
from api.http.tables import asked_of, entry_of, filter_name, page_model, row_in, row_out
from data.exchange.catalogue import CATALOGUE, Kept
from data.model.errors import Finding, InvalidData, NotFound
from data.store.entries import Entry
from data.store.revisions import revision_of
from data.store.row_pages import Filter, Written, one_row, row_history, rows_page

router = api_router("/centres/{centre}/tables", tags=["tables"])

Reader = Annotated[Caller, need("data:read")]
Writer = Annotated[Caller, need("data:write")]


class TableOut(BaseModel):
    """A table of a centre."""

    name: str = Field(description="Name in paths.", examples=["staff"])
    file: str = Field(description="File of a centre's folder.", examples=["staff.csv"])
    mode: str = Field(description="record: rows may be changed; log: only ever added to; output: made by runs.")
    columns: list[str]
    keys: list[str] = Field(description="Columns that make the key of a row; none = each row has a key of its own.")


class WrittenOut(BaseModel):
    """A version of a row."""

    version: int = Field(description="Revision of the centre.")
    at: str = Field(description="When, UTC.")
    who: str
    why: str
    action: str
    row: dict[str, Any] | None = Field(description="Its cells; null = it was taken away.")


@router.get("")
def list_tables(centre: str, database: DatabaseOf, _: Reader) -> list[TableOut]:
    """Every table that a centre may have."""
    with database.reading() as connection:
        revision_of(connection, centre)
    return [
        TableOut(name=one.name, file=one.file, mode=one.mode, columns=one.table.names, keys=list(one.table.keys))
        for one in CATALOGUE
    ]


def _typed(function: Callable[..., Any], **annotations: Any) -> Callable[..., Any]:
    """A route whose models are made of its table."""
    function.__annotations__ |= annotations
    return function


def _lister(kept: Kept) -> Callable[..., Any]:
    def list_rows(centre: str, asked: Any, database: DatabaseOf, caller: Reader, if_none_match: IfNoneMatch = None) -> Response:
        told = cast(BaseModel, asked).model_dump()
        with database.reading() as connection:
            number = revision_of(connection, centre)
            if known(if_none_match, number):
                return Response(status_code=304, headers={"ETag": etag(number)})
            after, fields = keys_of(told["after"], 1), _fields(kept, told["fields"])
            wanted = _wanted(kept, told, visible_agents(connection, centre, caller))
            first = None if after is None else str(after[0])
            found = rows_page(connection, centre, kept, wanted, first, told["limit"], told["at_revision"])
        return JSONResponse(_page(found, told["limit"], fields), headers={"ETag": etag(number)})

    return _typed(list_rows, asked=Annotated[asked_of(kept), Query()])


def _wanted(kept: Kept, told: dict[str, Any], agents: frozenset[str] | None) -> Filter:
    equal = {one.name: one for one in kept.table.columns if told.get(filter_name(one.name)) is not None}
    cells = {name: str(told[filter_name(name)]) for name in equal}
    findings = [
        Finding("query", None, filter_name(name), repr(text), equal[name].expected)
        for name, text in cells.items()
        if not equal[name].kind.fits(text)
    ]
    if findings:
        raise InvalidData(findings)
    return Filter(cells, told.get("first_day") or "", told.get("last_day") or "", agents)


def _fields(kept: Kept, text: str | None) -> set[str] | None:
    if text is None:
        return None
    names = {name.strip() for name in text.split(",") if name.strip()}
    unknown = sorted(names - set(kept.table.names))
    if unknown:
        expected = f"some of {', '.join(kept.table.names)}"
        raise InvalidData([Finding("query", None, "fields", repr(name), expected) for name in unknown])
    return names


def _page(found: list[Entry], limit: int, fields: set[str] | None) -> dict[str, Any]:
    held = found[:limit]
    rows = [one.body if fields is None else {name: cell for name, cell in one.body.items() if name in fields} for one in held]
    items = [{"key": one.key, "version": one.version, "row": row} for one, row in zip(held, rows, strict=True)]
    return {"items": items, "next": cursor(held[-1].key) if len(found) > limit else None}


def _getter(kept: Kept) -> Callable[..., Any]:
    def get_row(
        centre: str,
        key: str,
        database: DatabaseOf,
        caller: Reader,
        if_none_match: IfNoneMatch = None,
        at_revision: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="The row as it stood at a revision.")] = None,
    ) -> Response:
        with database.reading() as connection:
            revision_of(connection, centre)
            entry = one_row(connection, centre, kept, key, at_revision)
            _check_seen(kept, entry, visible_agents(connection, centre, caller))
        headers = {"ETag": etag(entry.version)}
        if known(if_none_match, entry.version):
            return Response(status_code=304, headers=headers)
        return JSONResponse(shown(entry), headers=headers)

    return get_row


def _check_seen(kept: Kept, entry: Entry, agents: frozenset[str] | None) -> None:
    if kept.of_agents and agents is not None and entry.body.get("agent") not in agents:
        raise NotFound(f"no row {entry.key!r} of {kept.name}")


def _historian(kept: Kept) -> Callable[..., Any]:
    def row_versions(centre: str, key: str, database: DatabaseOf, caller: Reader) -> list[WrittenOut]:
        with database.reading() as connection:
            revision_of(connection, centre)
            agents = visible_agents(connection, centre, caller)
            told = row_history(connection, centre, kept, key)
        if kept.of_agents and agents is not None and not any((one.body or {}).get("agent") in agents for one in told):
            raise NotFound(f"no row {key!r} of {kept.name}")
        return [_written(one) for one in told]

    return row_versions


def _written(one: Written) -> WrittenOut:
    return WrittenOut(version=one.version, at=one.at.isoformat(), who=one.who, why=one.why, action=one.action, row=one.body)


def _adder(kept: Kept) -> Callable[..., Any]:
    def add_row(
        request: Request, centre: str, body: Any, database: DatabaseOf, caller: Writer, idempotency_key: IdempotencyKey = None
    ) -> Response:
        row = cast(BaseModel, body).model_dump(exclude_none=True)
        told = add(Asked(request, database, centre, kept, caller), row, idempotency_key)
        place = f"{request.url.path}/rows/{_quoted(told['key'])}"
        return JSONResponse(told, 201, headers={"Location": place, "ETag": etag(told["version"])})

    return _typed(add_row, body=row_in(kept))


def _quoted(key: str) -> str:
    return quote(key, safe="")


def _putter(kept: Kept) -> Callable[..., Any]:
    def put_row(
        request: Request, centre: str, key: str, body: Any, database: DatabaseOf, caller: Writer, if_match: IfMatch = None
    ) -> Response:
        row = cast(BaseModel, body).model_dump(exclude_none=True)
        told = change_one(Asked(request, database, centre, kept, caller), key, if_match, lambda _: row)
        return JSONResponse(told, headers={"ETag": etag(told["version"])})

    return _typed(put_row, body=row_in(kept))


def _patcher(kept: Kept) -> Callable[..., Any]:
    def patch_row(
        request: Request, centre: str, key: str, body: Any, database: DatabaseOf, caller: Writer, if_match: IfMatch = None
    ) -> Response:
        given = cast(BaseModel, body).model_dump(exclude_unset=True)
        told = change_one(
            Asked(request, database, centre, kept, caller),
            key,
            if_match,
            lambda old: {name: cell for name, cell in (old | given).items() if cell is not None},
        )
        return JSONResponse(told, headers={"ETag": etag(told["version"])})

    return _typed(patch_row, body=row_out(kept))


def _remover(kept: Kept) -> Callable[..., Any]:
    def remove_row(
        request: Request, centre: str, key: str, database: DatabaseOf, caller: Writer, if_match: IfMatch = None
    ) -> Response:
        remove(Asked(request, database, centre, kept, caller), key, if_match)
        return Response(status_code=204)

    return remove_row


def _batcher(kept: Kept) -> Callable[..., Any]:
    def change_rows(
        request: Request, centre: str, body: Batch, database: DatabaseOf, caller: Writer, idempotency_key: IdempotencyKey = None
    ) -> BatchOut:
        return change_many(Asked(request, database, centre, kept, caller), body, idempotency_key)

    return change_rows


READ: dict[int | str, dict[str, Any]] = {304: {"description": "What the caller knows stands."}}
TAGGED: dict[str, Any] = {"headers": {"ETag": {"description": "Version, for If-Match.", "schema": {"type": "string"}}}}


def _serve(kept: Kept) -> None:
    """The routes of a table."""
    of, name = f"/{kept.name}", kept.name.replace("-", "_")
    page, entry, file = page_model(kept), entry_of(kept), kept.file
    told: dict[int | str, dict[str, Any]] = {200: TAGGED | {"model": page}, **READ}
    router.add_api_route(of, _lister(kept), name=f"list_{name}_rows", summary=f"Rows of {file}", responses=told)
    told = {200: TAGGED | {"model": entry}, **READ}
    router.add_api_route(of + ROW, _getter(kept), name=f"get_{name}_row", summary=f"A row of {file}", responses=told)
    if kept.mode != "output":
        summary = f"Every version of a row of {file}"
        router.add_api_route(f"{of}/history/{{key:path}}", _historian(kept), name=f"list_{name}_row_versions", summary=summary)
    if kept.mode == "record":
        _serve_changes(kept, of, name)


def _serve_changes(kept: Kept, of: str, name: str) -> None:
    one: dict[int | str, dict[str, Any]] = {200: TAGGED | {"model": entry_of(kept)}}
    made: dict[int | str, dict[str, Any]] = {201: TAGGED | {"model": entry_of(kept)}}
    what = f"a row of {kept.file}"
    for verb, path, endpoint, verb_name, summary, told in (
        ("POST", of, _adder(kept), f"add_{name}_row", f"Add {what}", made),
        ("PUT", of + ROW, _putter(kept), f"put_{name}_row", f"Write {what} anew", one),
        ("PATCH", of + ROW, _patcher(kept), f"patch_{name}_row", f"Change some cells of {what}", one),
        ("DELETE", of + ROW, _remover(kept), f"remove_{name}_row", f"Take {what} away", {}),
        ("POST", f"{of}/batch", _batcher(kept), f"change_{name}_rows", f"Many changes of {kept.file}, all or none", {}),
    ):
        status = 201 if told is made else 204 if verb == "DELETE" else 200
        router.add_api_route(path, endpoint, methods=[verb], name=verb_name, summary=summary, status_code=status, responses=told)


ROW = "/rows/{key:path}"

for _kept in CATALOGUE:
    _serve(_kept)
