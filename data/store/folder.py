"""A centre's folder in and out of the store: import, export, the mirror that runs are given, and what a run leaves behind."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from data.exchange.catalogue import BY_FILE, BY_NAME, CATALOGUE, Kept
from data.exchange.documents import load_toml, sidecar
from data.exchange.files import read_text, records, stop, write_table
from data.exchange.folder import CALL_FILES
from data.store import history
from data.store.documents import content, documents, drop_document, put_document
from data.store.entries import Body, Entry, entries, filled, last_change, merge, parsed, replace_all
from data.store.revisions import Change
from data.store.rosters import drop_roster, is_roster, put_roster, rosters, write_roster_file

CALLS_FILE = "calls.parquet"


@dataclass(frozen=True)
class Files:
    """Where a centre's files stand beside the database.

    Parameters
    ----------
    root : Path
        The data folder of this installation.
    """

    root: Path

    def history(self, centre: str) -> Path:
        """Parts of the call history."""
        return self.root / "history" / centre

    def mirror(self, centre: str) -> Path:
        """The centre as it stands, as a folder."""
        return self.root / "mirrors" / centre


def rows_of(file: Path, kept: Kept) -> list[Body]:
    """Rows of a file of the catalogue.

    Raises
    ------
    InvalidData
        Every cell that does not read.
    """
    text = read_text(file)
    stop(kept.table.check(text, file.name))
    return [parsed(kept, row) for _, row in records(text)]


def paths(folder: Path) -> Iterator[str]:
    """Files of a folder, by their path in it; hidden ones and the records beside rosters are left out."""
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in path.split("/"))
        if file.is_file() and not hidden and not (path.endswith(".json") and is_roster(path.removesuffix(".json") + ".csv")):
            yield path


def take_in(change: Change, folder: Path, names: Iterator[str] | list[str], files: Files) -> None:
    """Keep files of a folder as they stand there; what stood under their names is closed, and what its logs tell is no news."""
    zone, change = zone_of(folder), replace(change, quiet=True)
    for path in names:
        if path in BY_FILE:
            put_rows(change, BY_FILE[path], folder / path)
        elif path in CALL_FILES:
            history.put_history(change, folder / path, zone, files.history(change.centre), whole=True)
        elif is_roster(path):
            put_roster(change, path, folder / path, zone)
        else:
            put_document(change, path, (folder / path).read_bytes())


def take_out(change: Change, kept: set[str]) -> None:
    """Let every file stand no longer but those that are named (and the call history if any call file is)."""
    connection, centre = change.connection, change.centre
    for name in filled(connection, centre):
        if BY_NAME[name].file not in kept:
            replace_all(change, BY_NAME[name], [])
    for path in documents(connection, centre).keys() - kept:
        drop_document(change, path)
    for path in rosters(connection, centre).keys() - kept:
        drop_roster(change, path)
    if kept.isdisjoint(CALL_FILES):
        history.drop_history(change)


def put_rows(change: Change, kept: Kept, file: Path, base: int | None = None) -> None:
    """Keep a file of rows, which came from the revision `base` (None = as it stands); one without rows is kept as a document."""
    rows = rows_of(file, kept)
    if base is None:
        replace_all(change, kept, rows)
    else:
        merge(change, kept, rows, base)
    if rows:
        drop_document(change, kept.file)
    else:
        put_document(change, kept.file, file.read_bytes())


def zone_of(folder: Path) -> str:
    """Time zone of the centre of a folder."""
    return str(load_toml(folder / "centre.toml").get("zone", "UTC"))


def write_out(
    connection: Connection,
    centre: str,
    folder: Path,
    files: Files,
    revision: int | None = None,
    since: int = -1,
    *,
    linked: bool = False,
) -> None:
    """Write a centre as it stands at a revision into a folder; files that have not changed after `since` are left as they are.

    Parameters
    ----------
    linked : bool
        Whether the call history may be a link to what the store keeps: only for readers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = filled(connection, centre, revision)
    tables = {kept.file for kept in CATALOGUE if kept.name in rows}
    for kept in CATALOGUE:
        if kept.name in rows and last_change(connection, centre, kept.name) > since:
            _write_rows(kept, entries(connection, centre, kept.name, revision), folder / kept.file)
    held = {path: told for path, told in documents(connection, centre, revision).items() if path not in tables}
    for path, (sha, changed) in held.items():
        if changed > since:
            _write_bytes(folder / path, content(connection, sha))
    versions = rosters(connection, centre, revision)
    for path, (number, changed) in versions.items():
        if changed > since:
            write_roster_file(connection, number, folder / path)
    told = history.parts(connection, centre, revision)
    if any(part.since > since for part in told):
        history.write_history(connection, centre, folder / CALLS_FILE, files.history(centre), revision, linked=linked)
    _drop_gone(folder, {*tables, *held, *versions} | ({CALLS_FILE} if told else set()))


def _drop_gone(folder: Path, standing: set[str]) -> None:
    for path in list(paths(folder)):
        if path not in standing:
            (folder / path).unlink()
            if is_roster(path):
                sidecar(folder / path, ".json").unlink(missing_ok=True)


def _write_rows(kept: Kept, rows: list[Entry], file: Path) -> None:
    write_table(kept.table.frame({name: _cell(value) for name, value in row.body.items()} for row in rows), file)


def _cell(value: object) -> object:
    return ";".join(map(str, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]


def _write_bytes(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{os.getpid()}.{file.name}")
    temporary.write_bytes(data)
    temporary.replace(file)
