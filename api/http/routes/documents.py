"""Documents of a centre: centre.toml, rulebook.toml, policies.toml, playbooks and whatever else is no row; as JSON or text."""

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import Annotated, Any

import tomli_w
from fastapi import Depends, Header, Request, Response
from fastapi import Path as PathParam
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from api.http.access import DatabaseOf, hand, need
from api.http.etags import IfMatch, IfNoneMatch, etag, known, must_match
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.problems import Forbidden, Unsupported
from api.http.scopes import visible_agents
from api.judge import check_change
from data.exchange.catalogue import BY_FILE
from data.exchange.folder import CALL_FILES
from data.exchange.hr.connections import FILE as CONNECTIONS
from data.model.errors import Finding, InvalidData, NotFound
from data.store.documents import content, documents, drop_document, put_document
from data.store.events import emit
from data.store.revisions import changing, revision_of
from data.store.rosters import is_roster

router = api_router("/centres/{centre}/documents", tags=["documents"])

NAME = r"^[A-Za-z0-9_][\w-]*(\.[\w-]+)*(/[A-Za-z0-9_][\w-]*(\.[\w-]+)*){0,3}$"
"""Paths in a centre's folder: never hidden, never upwards."""

WRITTEN = re.compile(r"(playbooks|rulebooks|rulebook_cases)/[^/]+\.toml|[^/]+\.toml|history\.csv|drivers\.csv|README\.md")
"""Documents that people write; the others are made by runs."""

Name = Annotated[str, PathParam(pattern=NAME, max_length=200, description="Path in the centre's folder, such as centre.toml.")]
Accept = Annotated[str | None, Header(description="application/toml for the text as it stands; JSON otherwise.")]
TEXTS = {"application/toml": ".toml", "text/csv": ".csv", "text/markdown": ".md"}
MEDIA = {end: kind for kind, end in TEXTS.items()} | {
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".gz": "application/gzip",
}
Reader = Annotated[Caller, need("data:read")]
Writer = Annotated[Caller, need("data:write")]


class DocumentOut(BaseModel):
    """A document that stands."""

    path: str = Field(description="Path in the centre's folder.", examples=["centre.toml"])
    version: int = Field(description="Revision of the centre that wrote it: its ETag.")
    sha256: str


@router.get("")
def list_documents(centre: str, database: DatabaseOf, _: Reader) -> list[DocumentOut]:
    """Every document that stands."""
    with database.reading() as connection:
        revision_of(connection, centre)
        held = documents(connection, centre)
    return [DocumentOut(path=path, version=version, sha256=sha) for path, (sha, version) in held.items()]


FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document.",
        "content": {
            "application/json": {"schema": {}},
            **{kind: {"schema": {"type": "string"}} for kind in TEXTS},
        },
    },
    304: {"description": "What the caller knows stands."},
}


@router.get("/{path:path}", responses=FORMS, response_model=None)
def get_document(
    centre: str, path: Name, database: DatabaseOf, caller: Reader, accept: Accept = None, if_none_match: IfNoneMatch = None
) -> Response:
    """A document: TOML as JSON unless TOML is accepted, other files as their text."""
    with database.reading() as connection:
        _check_whole(connection, centre, caller)
        sha, version = _standing(connection, centre, path)
        data = content(connection, sha)
    headers = {"ETag": etag(version)}
    if known(if_none_match, version):
        return Response(status_code=304, headers=headers)
    if path.endswith(".toml") and "toml" not in (accept or ""):
        return JSONResponse(_plain(tomllib.loads(data.decode("utf-8-sig"))), headers=headers)
    return Response(data, media_type=media_of(path), headers=headers)


def media_of(path: str) -> str:
    """Media type of a file by its suffix."""
    return next((kind for end, kind in MEDIA.items() if path.endswith(end)), "application/octet-stream")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _standing(connection: Any, centre: str, path: str) -> tuple[str, int]:
    revision_of(connection, centre)
    held = documents(connection, centre)
    if path not in held:
        raise NotFound(f"no document {path!r}")
    return held[path]


def _check_whole(connection: Any, centre: str, caller: Caller) -> None:
    """Raise `Forbidden` where a caller is confined to a part of a centre: a document is of the whole."""
    if visible_agents(connection, centre, caller) is not None:
        raise Forbidden(f"documents are of the whole centre, and {caller.name} is confined to a part of it")


TAKEN = {kind: {"schema": {"type": "string"}} for kind in TEXTS} | {"application/json": {"schema": {"type": "object"}}}


async def body_of(request: Request) -> bytes:
    """The body as it was sent."""
    return await request.body()


@router.put("/{path:path}", openapi_extra={"requestBody": {"required": True, "content": TAKEN}})
def put_document_text(
    request: Request,
    centre: str,
    path: Name,
    database: DatabaseOf,
    caller: Writer,
    body: Annotated[bytes, Depends(body_of)],
    if_match: IfMatch = None,
) -> DocumentOut:
    """Write a document, as JSON or as its text; a new one needs no `If-Match`. The centre must be readable with it."""
    _check_written(path, caller)
    data = _bytes(path, body, request.headers.get("content-type", "").split(";")[0].strip())
    with changing(database, centre, hand(request, caller), "document.written", path) as change:
        _check_whole(change.connection, centre, caller)
        held = documents(change.connection, centre)
        if path in held:
            must_match(if_match, held[path][1])
        put_document(change, path, data)
        check_change(database, change)
        emit(change, "document.written", {"path": path})
        sha, version = documents(change.connection, centre)[path]
    return DocumentOut(path=path, version=version, sha256=sha)


@router.delete("/{path:path}", status_code=204)
def remove_document(
    request: Request, centre: str, path: Name, database: DatabaseOf, caller: Writer, if_match: IfMatch = None
) -> None:
    """Take a document away, if the centre is readable without it."""
    _check_written(path, caller)
    if path in ("centre.toml", "rulebook.toml"):
        raise InvalidData([Finding(path, None, None, "no file", f"a file {path}", "write it anew instead")])
    with changing(database, centre, hand(request, caller), "document.removed", path) as change:
        _check_whole(change.connection, centre, caller)
        must_match(if_match, _standing(change.connection, centre, path)[1])
        drop_document(change, path)
        check_change(database, change)
        emit(change, "document.removed", {"path": path})


def _check_written(path: str, caller: Caller) -> None:
    if path == CONNECTIONS and not caller.may("admin"):
        raise Forbidden(f"admin is needed: {path} says which system is called, with which secret")
    if path in BY_FILE or path in CALL_FILES or is_roster(path) or not WRITTEN.fullmatch(path):
        expected = "centre.toml, rulebook.toml, policies.toml, playbooks/NAME.toml or another document that people write"
        raise InvalidData([Finding("path", None, "path", repr(path), expected)])


def _bytes(path: str, body: bytes, kind: str) -> bytes:
    """What is kept of a body: text as it came, JSON as TOML."""
    if kind == "application/json" and path.endswith(".toml"):
        try:
            told = _without_null(json.loads(body))
            if not isinstance(told, dict):
                raise TypeError("no JSON object")
            return tomli_w.dumps(told).encode()
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidData([Finding(path, None, None, str(error)[:200], "a JSON object that TOML can hold")]) from error
    if kind in TEXTS and path.endswith(TEXTS[kind]):
        return body
    expected = ", ".join(one for one, end in TEXTS.items() if path.endswith(end))
    raise Unsupported(f"{path} is taken as {expected}" + (" or application/json" if path.endswith(".toml") else ""))


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_null(part) for key, part in value.items() if part is not None}
    return [_without_null(part) for part in value] if isinstance(value, list) else value
