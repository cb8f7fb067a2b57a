"""Working copies: a centre as a folder of its own for a run, and bringing back what the run changed.

A copy costs little: its files are links to those of the mirror, which are only ever replaced, never written into.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection

from data.exchange.catalogue import BY_FILE
from data.exchange.folder import CALL_FILES
from data.model.errors import Superseded
from data.store import history
from data.store.base import Database
from data.store.documents import documents, drop_document, put_document
from data.store.entries import merge
from data.store.folder import Files, paths, put_rows, write_out, zone_of
from data.store.revisions import Change, revision_of
from data.store.rosters import drop_roster, is_roster, put_roster

MANIFEST = ".base.json"
REVISION = ".revision"


@dataclass(frozen=True)
class Base:
    """What a working copy was made from.

    Parameters
    ----------
    files : dict
        Inode, size and time of change of each file.
    """

    revision: int
    files: dict[str, list[int]]


def refresh_mirror(database: Database, centre: str, files: Files) -> tuple[Path, int]:
    """Bring the mirror of a centre up to date; the folder, only to be read, and its revision."""
    folder = files.mirror(centre)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")), database.reading() as connection:
        return folder, _refresh(connection, centre, folder, files)


def _refresh(connection: Connection, centre: str, folder: Path, files: Files) -> int:
    stamp, number = folder / REVISION, revision_of(connection, centre)
    since = int(stamp.read_text()) if stamp.is_file() else -1
    if since != number:
        stamp.unlink(missing_ok=True)
        write_out(connection, centre, folder, files, since=since, linked=True)
        stamp.write_text(str(number))
    return number


def check_out(database: Database, centre: str, target: Path, files: Files) -> Base:
    """Make a working copy of a centre as it stands."""
    folder = files.mirror(centre)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")), database.reading() as connection:
        number = _refresh(connection, centre, folder, files)
        for path in _every_file(folder):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            os.link(folder / path, target / path)
    base = Base(number, {path: _state(target / path) for path in _every_file(target)})
    (target / MANIFEST).write_text(json.dumps({"revision": base.revision, "files": base.files}), encoding="utf-8")
    return base


def _every_file(folder: Path) -> list[str]:
    found = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    return [path for path in found if not path.startswith(".")]


def _state(file: Path) -> list[int]:
    told = file.stat()
    return [told.st_ino, told.st_size, told.st_mtime_ns]


def base_of(target: Path) -> Base:
    """What a working copy was made from."""
    return Base(**json.loads((target / MANIFEST).read_text(encoding="utf-8")))


def changed_files(target: Path) -> tuple[list[str], list[str]]:
    """Files of a working copy that are new or changed, and those that are gone."""
    base, now = base_of(target), _every_file(target)
    return [path for path in now if base.files.get(path) != _state(target / path)], sorted(set(base.files) - set(now))


def check_in(change: Change, target: Path, files: Files) -> list[str]:
    """Bring back what was changed in a working copy; the files, by their path.

    Raises
    ------
    Superseded
        Somebody else has changed the same since the copy was made.
    """
    base, (changed, gone) = base_of(target), changed_files(target)
    listed = set(paths(target))
    touched = sorted({path for path in changed if path in listed} | {_of_record(path) for path in changed if path not in listed})
    for path in touched:
        _bring(change, path, target, base.revision, files)
    for path in gone:
        _drop(change, path, base.revision)
    return [*touched, *gone]


def _of_record(path: str) -> str:
    """The roster that a record stands beside."""
    return path.removesuffix(".json") + ".csv"


def _bring(change: Change, path: str, target: Path, base: int, files: Files) -> None:
    if path in BY_FILE:
        put_rows(change, BY_FILE[path], target / path, base)
    elif path in CALL_FILES:
        history.put_history(change, target / path, zone_of(target), files.history(change.centre), whole=True)
    elif is_roster(path):
        put_roster(change, path, target / path, zone_of(target))
    else:
        data = (target / path).read_bytes()
        _check_stands(change, path, base, hashlib.sha256(data).hexdigest())
        put_document(change, path, data)


def _check_stands(change: Change, path: str, base: int, sha: str = "") -> None:
    """Raise `Superseded` if a document that people write has changed since, to other content than is brought."""
    was, now = (documents(change.connection, change.centre, revision).get(path) for revision in (base, None))
    if path.endswith(".toml") and was != now and (now is None or now[0] != sha):
        raise Superseded(f"{path} was changed by somebody else since revision {base}")


def _drop(change: Change, path: str, base: int) -> None:
    if path in BY_FILE:
        merge(change, BY_FILE[path], [], base)
        drop_document(change, path)
    elif path in CALL_FILES:
        history.drop_history(change)
    elif is_roster(path):
        drop_roster(change, path)
    else:
        _check_stands(change, path, base)
        drop_document(change, path)
