"""The desk where runs are asked for: the row of a run and its job are kept in one transaction, or neither is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer

from api.runs.kinds import Kind, kind_named
from data.store.base import Database
from data.store.revisions import Author, record, revision_of
from data.store.runs import Asked, add_run, cancel_run, run_row

WORKFLOW = "run"
VERSION = "1"
"""Of the jobs: raised when a worker of before could no longer carry them out."""

HEAVY, LIGHT = "echelon-heavy", "echelon-light"
"""Queues of the kinds that take long, and of the others, which do not wait for them."""


def queue_of(kind: Kind) -> str:
    """Queue of a kind."""
    return HEAVY if kind.heavy else LIGHT


def prepare(database: Database) -> None:
    """Make the tables of the jobs, or bring them up to date."""
    DBOS.migrate(database.engine.url.render_as_string(hide_password=False))


@dataclass(frozen=True)
class Desk:
    """Where runs are asked for.

    Parameters
    ----------
    database : Database
        Its job tables must be there: `prepare`.
    """

    database: Database

    @cached_property
    def _client(self) -> DBOSClient:
        return DBOSClient(system_database_engine=self.database.engine, serializer=DBOSPortableJSONSerializer(), lazy=True)

    def submit(self, asked: Asked) -> tuple[dict[str, Any], bool]:
        """Ask for a run; its row, and whether it is new: the same id is the same run.

        Raises
        ------
        NotFound
            There is no such kind, or no such centre.
        """
        with self.database.writing() as connection:
            new = self.submit_in(connection, asked)
            return run_row(connection, asked.number), new

    def submit_in(self, connection: Any, asked: Asked) -> bool:
        """Ask for a run within a transaction that the caller keeps; False = it was asked for before."""
        kind = kind_named(asked.kind)
        revision_of(connection, asked.centre)
        if not add_run(connection, asked):
            return False
        author = Author(asked.by, asked.at, asked.why, {"run": asked.number})
        record(connection, author, "run.submitted", asked.number, centre=asked.centre, after={"kind": kind.name, **asked.params})
        job = {"queue_name": queue_of(kind), "workflow_name": WORKFLOW, "workflow_id": asked.number, "app_version": VERSION}
        self._client.enqueue_in_transaction(connection, job, asked.number)  # pyright: ignore[reportArgumentType]
        return True

    def cancel(self, number: str, author: Author) -> dict[str, Any]:
        """Ask for the end of a run; one that waits ends at once, one that runs ends with the best it has.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        with self.database.writing() as connection:
            row = run_row(connection, number)
            cancel_run(connection, number, author.at)
            record(connection, author, "run.cancelled", number, centre=row["centre"])
            return run_row(connection, number)
