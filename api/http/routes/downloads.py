"""Files out: every file of a centre's folder, tables as CSV, XLSX or Parquet, and the whole centre as an archive."""

import zipfile
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response
from fastapi import Path as PathParam
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from api.http.access import DatabaseOf, SettingsOf, need
from api.http.file_safety import safe
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.problems import Forbidden
from api.http.routes.documents import NAME, media_of
from api.http.scopes import visible_agents
from data.exchange.catalogue import BY_FILE, Kept
from data.exchange.files import SUFFIXES, read_text, write_table
from data.model.errors import NotFound
from data.store.documents import content, documents
from data.store.entries import entries
from data.store.folder import paths, write_out
from data.store.revisions import revision_of
from data.store.working_copy import refresh_mirror

router = api_router("/centres/{centre}", tags=["downloads"])

Reader = Annotated[Caller, need("data:read")]
Raw = Annotated[
    bool, Query(description="Cells as they stand. Otherwise text that a spreadsheet would take for a formula has a ' before it.")
]
AtRevision = Annotated[int | None, Query(ge=0, le=2**31 - 1, description="As it stood at a revision.")]
BINARY = {"schema": {"type": "string", "format": "binary"}}
ANY: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": {"application/octet-stream": BINARY}}}


class FileOut(BaseModel):
    """A file of a centre's folder."""

    path: str = Field(examples=["staff.csv"])
    media_type: str


def scratch() -> Generator[Path]:
    """A folder for the time of an answer."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


Scratch = Annotated[Path, Depends(scratch)]


@router.get("/files")
def list_files(centre: str, database: DatabaseOf, settings: SettingsOf, _: Reader) -> list[FileOut]:
    """Files of the centre's folder as they stand."""
    with database.reading() as connection:
        revision_of(connection, centre)
    folder, _number = refresh_mirror(database, centre, settings.files)
    return [FileOut(path=path, media_type=media_of(path)) for path in paths(folder)]


@router.get("/files/{path:path}", response_class=Response, responses=ANY)
def get_file(
    centre: str,
    path: Annotated[str, PathParam(pattern=NAME, max_length=200, description="Such as staff.csv, staff.xlsx or roster.xlsx.")],
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Reader,
    folder: Scratch,
    raw: Raw = False,
    at_revision: AtRevision = None,
) -> Response:
    """A file; a table also with the suffix .csv.gz, .xlsx or .parquet instead of .csv."""
    with database.reading() as connection:
        revision_of(connection, centre)
        agents, kept = visible_agents(connection, centre, caller), _table(path)
        if kept is not None:
            _write_table(connection, centre, kept, folder / path, agents, at_revision, raw)
        elif agents is not None:
            raise Forbidden(f"{path} is of the whole centre, and {caller.name} is confined to a part of it")
        elif path in (held := documents(connection, centre, at_revision)):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content(connection, held[path][0]))
            _make_safe(folder / path, raw)
    if not (folder / path).is_file():
        _from_mirror(database, settings, centre, path, folder, raw)
    return FileResponse(folder / path, media_type=media_of(path), filename=Path(path).name)


def _table(path: str) -> Kept | None:
    end = next((one for one in sorted(SUFFIXES, key=len, reverse=True) if path.endswith(one)), None)
    return None if end is None else BY_FILE.get(path.removesuffix(end) + ".csv")


def _write_table(
    connection: Any, centre: str, kept: Kept, file: Path, agents: frozenset[str] | None, revision: int | None, raw: bool
) -> None:
    rows = [one.body for one in entries(connection, centre, kept.name, revision)]
    if kept.of_agents and agents is not None:
        rows = [row for row in rows if row.get("agent") in agents]
    frame = kept.table.frame({name: _joined(cell) for name, cell in row.items()} for row in rows)
    write_table(frame if raw or file.suffix == ".parquet" else safe(frame), file)


def _joined(cell: Any) -> Any:
    """A list as a file has it."""
    return ";".join(map(str, cell)) if isinstance(cell, list) else cell


def _from_mirror(database: DatabaseOf, settings: SettingsOf, centre: str, path: str, folder: Path, raw: bool) -> None:
    source = refresh_mirror(database, centre, settings.files)[0] / path
    if not source.is_file():
        raise NotFound(f"no file {path!r}")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(source.read_bytes())
    _make_safe(folder / path, raw)


def _make_safe(file: Path, raw: bool) -> None:
    if file.name.endswith(".csv") and not raw:
        write_table(safe(read_text(file)), file)


@router.get("/export", response_class=Response, responses=ANY)
def export_centre(
    centre: str,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Reader,
    folder: Scratch,
    form: Annotated[
        Literal["csv", "xlsx"], Query(alias="format", description="csv: as the command line reads it; xlsx: tables for people.")
    ] = "csv",
    at_revision: AtRevision = None,
) -> Response:
    """The whole centre as an archive, now or as it stood; `POST .../import` takes it in again."""
    with database.reading() as connection:
        revision_of(connection, centre)
        if visible_agents(connection, centre, caller) is not None:
            raise Forbidden(f"an export is of the whole centre, and {caller.name} is confined to a part of it")
        write_out(connection, centre, folder / centre, settings.files, at_revision)
    target = folder / "centre.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((folder / centre).rglob("*")):
            if file.is_file():
                _pack(archive, file, folder / centre, form)
    return FileResponse(target, media_type="application/zip", filename=f"{centre}.zip")


def _pack(archive: zipfile.ZipFile, file: Path, root: Path, form: str) -> None:
    name = file.relative_to(root).as_posix()
    if form == "xlsx" and name in BY_FILE:
        sheet = file.with_suffix(".xlsx")
        write_table(safe(read_text(file)), sheet)
        archive.write(sheet, name.removesuffix(".csv") + ".xlsx")
    else:
        archive.write(file, name)
