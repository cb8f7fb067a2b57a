"""Centres in and out of an installation as folders, backups of all of it, and what is no longer kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.settings import Settings
from data.exchange.folder import read_folder
from data.model.errors import Finding, InvalidData, VerificationFailed
from data.store.backup import Manifest, check_backup, read_backup, write_backup
from data.store.folder import paths, take_in, take_out, write_out
from data.store.retention import (
    forget_answers,
    forget_contents,
    forget_events,
    forget_run_logs,
    forget_superseded,
    unused_parts,
)
from data.store.revisions import Author, add_centre, begin, centres, revision_of
from data.store.soundness import unsound
from data.store.webhooks import forget_deliveries

AT_WORK = timedelta(hours=1)
"""A part of the history that is younger may belong to a change that is not kept yet."""


@dataclass(frozen=True)
class Forgotten:
    """What `prune` took away, by its kind."""

    answers: int
    events: int
    run_logs: int
    superseded: int
    contents: int
    parts: int


def import_folder(settings: Settings, centre: str, folder: Path, author: Author, *, replace: bool = False) -> int:
    """Keep the folder of a centre, whole or not at all; the revision that it made.

    Parameters
    ----------
    centre : str
        Id of the centre; a new one is added.
    replace : bool
        Whether a centre that is there becomes as the folder has it; what the folder lacks stands no longer.

    Raises
    ------
    InvalidData
        Every finding in the folder; or the centre is there and is not to be replaced.
    """
    read_folder(folder)
    with settings.database.writing() as connection:
        if centre not in centres(connection):
            add_centre(connection, centre, author)
        elif not replace:
            fix = "name another id, or say that it is to be replaced"
            raise InvalidData([Finding("centres", None, "id", repr(centre), "a new id", fix)])
        change = begin(connection, centre, author, "centre.imported", folder.name)
        names = list(paths(folder))
        take_out(change, set(names))
        take_in(change, folder, names, settings.files)
    return change.number


def export_folder(settings: Settings, centre: str, folder: Path, revision: int | None = None) -> int:
    """Write a centre as it stands, or stood at a revision, into an empty or new folder; the revision.

    Raises
    ------
    NotFound
        There is no such centre.
    InvalidData
        The folder holds files already, or the centre has not had such a revision.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidData([Finding(str(folder), None, None, "a folder that holds files", "an empty or new folder")])
    with settings.database.reading() as connection:
        last = revision_of(connection, centre)
        if revision is not None and not 0 < revision <= last:
            raise InvalidData([Finding("centres", None, "revision", str(revision), f"a revision from 1 to {last}")])
        write_out(connection, centre, folder, settings.files, revision)
    return last if revision is None else revision


def back_up(settings: Settings, target: Path, now: datetime) -> Manifest:
    """Write a backup of the whole installation while it works on, and verify it."""
    write_backup(settings.database, settings.files, target, now)
    return check_backup(target)


def verify_backup(file: Path) -> Manifest:
    """Read a backup whole and compare it with its manifest of hashes.

    Raises
    ------
    InvalidData
        It is no backup.
    VerificationFailed
        It is damaged.
    """
    return check_backup(file)


def restore_backup(settings: Settings, file: Path) -> Manifest:
    """Restore a backup into an empty installation, of either kind of database, and verify what came of it.

    Raises
    ------
    InvalidData
        It is no backup, or the installation holds something.
    VerificationFailed
        The backup is damaged, or what was restored is not what it holds.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    told = read_backup(settings.database, settings.files, file)
    with settings.database.reading() as connection:
        found = unsound(connection, settings.files, {name: one.rows for name, one in told.tables.items()})
    if found:
        raise VerificationFailed(f"restored, but not whole: {'; '.join(found[:5])}")
    return told


def prune(settings: Settings, now: datetime) -> Forgotten:
    """Forget what is older than the settings say; the audit trail stays whole."""
    keep = settings.retention
    with settings.database.writing() as connection:
        forget_deliveries(connection, now - timedelta(days=keep.event_days))
        answers = forget_answers(connection, now - timedelta(days=keep.answer_days))
        events = forget_events(connection, now - timedelta(days=keep.event_days))
        logs = forget_run_logs(connection, now - timedelta(days=keep.run_log_days))
        old = 0 if keep.superseded_days is None else forget_superseded(connection, now - timedelta(days=keep.superseded_days))
        contents = forget_contents(connection)
        parts = unused_parts(connection, settings.files, now - AT_WORK)
    for part in parts:
        part.unlink(missing_ok=True)
    return Forgotten(answers, events, logs, old, contents, len(parts))
