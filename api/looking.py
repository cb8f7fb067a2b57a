"""A centre of the store, looked at as a folder: what the planner's commands see, without changing anything."""

from collections.abc import Generator, Hashable
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.planned import whole_plan
from api.provenance import of_its_time
from api.workspace import Workspace, coverage_frame
from data.model.roster import Verdict
from data.store.base import Database
from data.store.folder import Files
from data.store.working_copy import check_out
from optimizer.rostering.verify import verify

LOOKS = "looks"
"""Folder of the copies, in the data folder: they are links to files there."""


@contextmanager
def copied(database: Database, files: Files, centre: str) -> Generator[Path]:
    """A working copy of the centre as it stands, that goes away with the block."""
    root = files.root / LOOKS
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root) as folder:
        check_out(database, centre, Path(folder), files)
        yield Path(folder)


@contextmanager
def looking(database: Database, files: Files, centre: str) -> Generator[Workspace]:
    """The centre as it stands, as a workspace that goes away with the block."""
    with copied(database, files, centre) as folder:
        yield Workspace.at(folder)


def verdict_of(workspace: Workspace, version: str) -> Verdict:
    """The verifier's verdict on a version, by the rulebook and the leave that it was made by.

    Costs are compared with those claimed, if any are.
    """
    planned = workspace.named(version)
    problem = of_its_time(planned.problem, planned.roster, workspace.out)
    return verify(problem, planned.roster, planned.solution.costs or None)


def coverage_of(workspace: Workspace, version: str) -> list[dict[Hashable, Any]]:
    """Rows of `coverage.csv` as that version would have it."""
    frame = coverage_frame(whole_plan(workspace.named(version)))
    return frame.to_dict("records")
