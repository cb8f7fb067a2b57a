"""Bringing back what a run left in its working copy: once, in one transaction with the end of the run."""

from datetime import datetime
from pathlib import Path
from typing import Any

from api.runs.child import Outcome
from api.runs.kinds import kind_named
from data.exchange.catalogue import BY_FILE
from data.exchange.files import write_table
from data.exchange.forecast_versions import FORECASTS
from data.exchange.numbers import set_aside
from data.exchange.versions import STEPS_FILE, read_chain
from data.model.errors import InvalidData, Superseded
from data.store.base import Database
from data.store.documents import documents
from data.store.entries import entries
from data.store.folder import Files
from data.store.revisions import Author, Change, begin
from data.store.rosters import rosters
from data.store.runs import end_run, run_row, set_number_aside, set_run, tell_ended
from data.store.working_copy import base_of, changed_files, check_in, check_out


def take_off(database: Database, run: dict[str, Any], copy: Path, files: Files) -> int:
    """Make the working copy of a run, its numbers of versions set aside; the revision it stands for."""
    centre, kind = run["centre"], kind_named(run["kind"])
    copy.mkdir(parents=True)
    if kind.makes_versions:
        with database.writing() as connection:
            versions = (_number(path) for path in rosters(connection, centre) if path.count("/") == 1)
            forecasts = (_number(path) for path in documents(connection, centre) if path.startswith(f"{FORECASTS}/"))
            taken = {"roster": list(versions), "forecast": list(forecasts)}
            aside = {name: set_number_aside(connection, centre, name, numbers) for name, numbers in taken.items()}
        set_aside(copy, aside)
    base = check_out(database, centre, copy, files)
    with database.writing() as connection:
        set_run(connection, run["id"], base=base.revision)
    return base.revision


def _number(path: str) -> int:
    """Number of a version by its file: ``versions/v003-week.csv``; 0 = it has none."""
    told = Path(path).parts[1].split("-")[0].split(".")[0]
    return int(told[1:]) if told.startswith("v") and told[1:].isdigit() else 0


def land(database: Database, run: dict[str, Any], copy: Path, files: Files, outcome: Outcome, at: datetime, log: str) -> None:
    """End a run; what it changed, if it is kept, makes one revision.

    Raises
    ------
    Superseded
        Somebody else has changed the same since the run began.
    Overtaken
        The run is in other hands by now; nothing is kept.
    """
    with database.writing() as connection:
        cancelled = outcome.state == "stopped" or _asked_to_stop(connection, run)
        state = "failed" if outcome.state == "failed" else "cancelled" if cancelled else "succeeded"
        end_run(connection, run["id"], run["attempt"], state, ended_at=at, log=log, problem=outcome.problem or None)
        if outcome.state == "done":
            set_run(connection, run["id"], **_kept(connection, run, copy, files, outcome, at))
        tell_ended(connection, run["id"])


def _kept(connection: Any, run: dict[str, Any], copy: Path, files: Files, outcome: Outcome, at: datetime) -> dict[str, Any]:
    """Keep what a run changed; its result, and its revision if it made one."""
    result: dict[str, Any] = {"exit_code": outcome.exit_code, "files": [], "versions": []}
    if not kind_named(run["kind"]).changes or not any(changed_files(copy)):
        return {"result": result}
    author = Author(run["by"], at, run["why"], {"run": run["id"]})
    change = begin(connection, run["centre"], author, f"run.{run['kind']}", run["id"])
    return {"result": result | bring_back(change, copy, files), "revision": change.number}


def _asked_to_stop(connection: Any, run: dict[str, Any]) -> bool:
    return bool(run_row(connection, run["id"])["cancel"])


def bring_back(change: Change, copy: Path, files: Files) -> dict[str, Any]:
    """Bring back a working copy; the files, and the names of the new versions of rosters.

    Raises
    ------
    Superseded
        Somebody else has made a version of the same name, or has taken a step that this one does not fit behind.
    """
    base = base_of(copy)
    new = [path for path in changed_files(copy)[0] if path.startswith("versions/v") and path.endswith(".csv")]
    standing = rosters(change.connection, change.centre)
    twice = [Path(path).stem for path in new if path not in base.files and path in standing]
    if twice:
        raise Superseded(f"{', '.join(twice)}: made by somebody else since revision {base.revision}")
    brought = check_in(change, copy, files)
    if base.revision < change.number - 1 and STEPS_FILE in brought:
        _check_chain(change, copy)
    return {"files": brought, "versions": [Path(path).stem for path in new]}


def _check_chain(change: Change, copy: Path) -> None:
    """Raise `Superseded` if the steps that were merged could not be taken one after the other."""
    kept = BY_FILE[STEPS_FILE]
    rows = (entry.body for entry in entries(change.connection, change.centre, kept.name))
    write_table(kept.table.frame(rows), copy / STEPS_FILE)
    try:
        read_chain(copy)
    except InvalidData as error:
        raise Superseded(f"somebody else has taken a step meanwhile: {error}") from error
