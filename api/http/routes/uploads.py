"""Files in: tables and calls as CSV, XLSX or Parquet, whole centres as an archive; judged before anything is kept."""

import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import Path as PathParam
from fastapi import Query, Request, UploadFile
from pydantic import BaseModel, Field

from api.http.access import DatabaseOf, SettingsOf, hand, need
from api.http.file_safety import CHUNK, UNPACKED, check_bomb, plain, suffix_of, unzip
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.problems import Forbidden
from api.http.row_changes import Asked, check_open
from api.http.scopes import visible_agents
from api.http.whole import need_whole
from api.judge import check_change, length_findings
from api.settings import Settings
from api.workspace import Workspace
from data.exchange.catalogue import BY_NAME, CATALOGUE, Kept
from data.exchange.files import read_text, stop
from data.model.errors import Finding, InvalidData, NotFound, there_are
from data.store import history
from data.store.documents import content, documents
from data.store.entries import Body, Entry, entries, keyed, parsed, replace_all
from data.store.events import emit
from data.store.folder import paths, take_in
from data.store.revisions import Change, add_centre, begin, changing, revision_of

router = api_router("/centres/{centre}", tags=["uploads"])

Mode = Annotated[
    Literal["merge", "whole"],
    Query(description="merge: rows of the same key are changed, the others stay; whole: the file is the table from now on."),
]
DryRun = Annotated[bool, Query(description="Only judge: nothing is kept.")]
Writer = Annotated[Caller, need("data:write")]
RECORDS = [kept.name for kept in CATALOGUE if kept.mode == "record"]


class Uploaded(BaseModel):
    """What came of a file."""

    revision: int | None = Field(description="Revision of the centre that it made; null = it was only judged.")
    rows: int = Field(description="Rows of the file.")
    added: int
    changed: int
    removed: int


class _OnlyJudged(Exception):
    """Ends the transaction of a file that was only judged."""


@contextmanager
def received(file: UploadFile, settings: Settings, stem: str) -> Generator[Path]:
    """An uploaded file under a name of our own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}{suffix_of(file.filename)}"
        with path.open("wb") as target:
            while part := file.file.read(CHUNK):
                target.write(part)
        check_bomb(path, UNPACKED * settings.max_upload_bytes)
        yield path


@router.post("/uploads/calls")
def upload_calls(
    request: Request,
    centre: str,
    file: UploadFile,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Writer,
    mode: Mode = "merge",
    dry_run: DryRun = False,
) -> Uploaded:
    """Take in calls by queue and interval: a later file tells of the same interval what counts."""
    told = Uploaded(revision=None, rows=0, added=0, changed=0, removed=0)
    with database.reading() as connection:
        revision_of(connection, centre)
    author, root = hand(request, caller), settings.files.history(centre)
    with (
        received(file, settings, "calls") as path,
        _kept_unless(dry_run),
        changing(database, centre, author, "calls.uploaded", "calls") as change,
    ):
        _check_whole(change, caller)
        zone, queues = _zone_and_queues(change)
        part = history.put_history(change, path, zone, root, whole=mode == "whole", queues=queues)
        told = told.model_copy(update={"rows": part.rows, "added": part.rows, "revision": None if dry_run else change.number})
        emit(change, "calls.uploaded", {"rows": part.rows, "first": str(part.first), "last": str(part.last)})
        _end(dry_run)
    return told


@contextmanager
def _kept_unless(dry_run: bool) -> Generator[None]:
    try:
        yield
    except _OnlyJudged:
        assert dry_run


def _end(dry_run: bool) -> None:
    if dry_run:
        raise _OnlyJudged


def _zone_and_queues(change: Change) -> tuple[str, list[str]]:
    held = documents(change.connection, change.centre)
    if "centre.toml" not in held:
        raise InvalidData([Finding("centre.toml", None, None, "no file", "a file centre.toml", "write it first")])
    told = tomllib.loads(content(change.connection, held["centre.toml"][0]).decode("utf-8-sig"))
    return str(told.get("zone", "UTC")), [str(queue["id"]) for queue in told.get("queues", [])]


def _check_whole(change: Change, caller: Caller) -> None:
    if visible_agents(change.connection, change.centre, caller) is not None:
        raise Forbidden(f"this is of the whole centre, and {caller.name} is confined to a part of it")


@router.post("/uploads/{table}")
def upload_table(
    request: Request,
    centre: str,
    table: Annotated[str, PathParam(description=f"One of {', '.join(RECORDS)}.")],
    file: UploadFile,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Writer,
    mode: Mode = "merge",
    dry_run: DryRun = False,
) -> Uploaded:
    """Take in a table; refused with every finding, by row and column of the file, if anything is wrong."""
    if table not in RECORDS:
        raise NotFound(f"no table {table!r} that files are taken for; {there_are(RECORDS)}")
    kept, told = BY_NAME[table], Uploaded(revision=None, rows=0, added=0, changed=0, removed=0)
    with database.reading() as connection:
        revision_of(connection, centre)
    with received(file, settings, kept.file.removesuffix(".csv")) as path:
        bodies = _bodies(path, kept)
    with _kept_unless(dry_run), database.writing() as connection:
        change = begin(connection, centre, hand(request, caller), "rows.uploaded", table)
        told = _take(Asked(request, database, centre, kept, caller), change, bodies, mode)
        told = told.model_copy(update={"revision": None if dry_run else change.number})
        check_change(database, change, by_line=mode == "whole")
        emit(change, "rows.uploaded", {"table": table, "added": told.added, "changed": told.changed, "removed": told.removed})
        _end(dry_run)
    return told


def _bodies(path: Path, kept: Kept) -> list[Body]:
    text = read_text(path) if path.suffix == ".parquet" else plain(read_text(path))  # downloads of Parquet are as rows stand
    stop([replace(found, where=kept.file) for found in kept.table.check(text, path.name)])
    rows = [{str(name): str(cell) for name, cell in row.items()} for row in text.to_dict("records")]
    lined = zip(text.index, rows, strict=True)
    stop([found for line, cells in lined for found in length_findings(kept, cells, kept.file, int(line))])
    return [parsed(kept, cells) for cells in rows]


def _take(asked: Asked, change: Change, bodies: list[Body], mode: str) -> Uploaded:
    kept, before = asked.kept, entries(change.connection, change.centre, asked.kept.name)
    wanted = bodies if mode == "whole" else _merged(kept, before, bodies, change.number)
    check_open(asked, change.connection, bodies)
    if mode == "whole":
        check_open(asked, change.connection, [one.body for one in before])
    replace_all(change, kept, wanted)
    had = {one.key: one.body for one in before}
    now = {key: body for key, _, body in keyed(kept, wanted, before, change.number)}
    changed = sum(1 for key, body in now.items() if key in had and had[key] != body)
    counts = {"added": len(now.keys() - had.keys()), "changed": changed, "removed": len(had.keys() - now.keys())}
    return Uploaded(revision=None, rows=len(bodies), **counts)


def _merged(kept: Kept, before: list[Entry], bodies: list[Body], number: int) -> list[Body]:
    """Rows that stand, with those of a file instead of them or after them."""
    if not kept.table.keys:
        stood = [one.body for one in before]
        return stood + [body for body in bodies if body not in stood]
    new = {key: body for key, _, body in keyed(kept, bodies, (), number)}
    return [new.pop(one.key, one.body) for one in before] + list(new.values())


@router.post("/import", status_code=201)
def import_centre(
    request: Request,
    centre: Annotated[str, PathParam(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")],
    file: UploadFile,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Annotated[Caller, need_whole("centres:write")],
    dry_run: DryRun = False,
) -> dict[str, Any]:
    """Add a centre from an archive (.zip) of a folder as the command line works on it."""
    with TemporaryDirectory() as root:
        folder = Path(root) / centre
        folder.mkdir()
        unzip(file.file, folder, UNPACKED * settings.max_upload_bytes)
        Workspace.at(folder)
        names = list(paths(folder))
        with _kept_unless(dry_run), database.writing() as connection:
            add_centre(connection, centre, hand(request, caller))
            change = begin(connection, centre, hand(request, caller), "centre.imported", centre)
            take_in(change, folder, names, settings.files)
            _end(dry_run)
    return {"id": centre, "revision": None if dry_run else 1, "files": names}
