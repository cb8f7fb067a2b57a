"""A worker: takes runs from the queues, carries each out in a process of its own, takes over from the dead, keeps the schedules."""

import logging
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from api.runs.carrier import Carrier, GivenBack
from api.runs.desk import HEAVY, LIGHT, VERSION, WORKFLOW, Desk, prepare, queue_of
from api.runs.firing import fire_due
from api.runs.kinds import kind_named
from api.settings import Settings
from data.store.runs import drop_dead, end_lease, end_run, live_workers, renew_lease, tell_ended, unfinished

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""Between two looks at a queue."""

STOP_SECONDS = 10
"""How long the ends of the runs that are given back are waited for."""


class Worker:
    """Carries out runs until it is stopped; one to a process, as many processes as are wanted on one database.

    Parameters
    ----------
    settings : Settings
        Of the installation.
    """

    def __init__(self, settings: Settings):
        self.settings, self.database = settings, settings.database
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self.desk = Desk(self.database)
        self._carrier = Carrier(self.name, self.database, settings.files, settings.cancel_grace_seconds)
        self._stopping = Event()
        self._pulse = Thread(target=self._beat, name="pulse", daemon=True)
        self._mine = set[str]()

    def start(self) -> None:
        """Begin to take runs."""
        prepare(self.database)
        self._renew()
        DBOS(config=self._config())
        DBOS.workflow(name=WORKFLOW)(self._workflow())
        DBOS.listen_queues([HEAVY, LIGHT])
        DBOS.launch()
        for queue, many in ((HEAVY, self.settings.heavy_runs), (LIGHT, self.settings.light_runs)):
            DBOS.register_queue(queue, worker_concurrency=many, polling_interval_sec=POLL_SECONDS)
        self._pulse.start()

    def stop(self, finish_seconds: float = 0.0) -> None:
        """End: runs in hand may finish for so long; what is not done by then is given back, for another worker or the next start.

        Parameters
        ----------
        finish_seconds : float
            0 = give back at once.
        """
        self._stopping.set()
        self._pulse.join()
        self._wait(finish_seconds)
        held = list(self._mine)
        DBOS.cancel_workflows(held) if held else None
        self._carrier.giving_back.set()
        self._wait(STOP_SECONDS)
        DBOS.destroy(destroy_registry=True)
        with self.database.writing() as connection:
            end_lease(connection, self.name)

    def _wait(self, seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        while self._mine and datetime.now(UTC) < until:
            self._renew()
            Event().wait(0.1)

    def _config(self) -> DBOSConfig:
        return {
            "name": "echelon",
            "system_database_url": self.database.engine.url.render_as_string(hide_password=False),
            "application_version": VERSION,
            "executor_id": self.name,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "CRITICAL",
            "use_listen_notify": False,
        }

    def _workflow(self) -> Callable[[str], None]:
        def run(number: str) -> None:
            with self._in_hand(number):
                self._carrier.carry_out(number)

        return run

    @contextmanager
    def _in_hand(self, number: str) -> Generator[None]:
        self._mine.add(number)
        try:
            yield
        except GivenBack:
            logger.info("run %s is given back", number)
            raise
        except Exception:
            logger.exception("run %s could not be carried out", number)
            raise
        finally:
            self._mine.discard(number)

    def _beat(self) -> None:
        """Say that this worker lives; look after the runs of those that do not, and after the schedules."""
        while not self._stopping.wait(self.settings.lease_seconds / 4):
            try:
                self._renew()
                self.take_over(datetime.now(UTC))
                fire_due(self.desk, datetime.now(UTC))
            except Exception:
                logger.exception("the pulse of %s missed a beat", self.name)

    def _renew(self) -> None:
        until = datetime.now(UTC) + timedelta(seconds=self.settings.lease_seconds)
        with self.database.writing() as connection:
            renew_lease(connection, self.name, until)

    def take_over(self, now: datetime) -> list[str]:
        """Put the runs of workers that are gone back into their queues; those runs."""
        with self.database.writing() as connection:
            live, open_ = live_workers(connection, now), {run["id"]: run for run in unfinished(connection)}
            drop_dead(connection, now)
        if not open_:
            return []
        jobs = DBOS.list_workflows(workflow_ids=list(open_), load_input=False, load_output=False)
        lost = [job.workflow_id for job in jobs if _is_lost(job.status, job.executor_id, live)]
        for number in lost:
            DBOS.resume_workflow(number, queue_name=queue_of(kind_named(open_[number]["kind"])))
        for job in jobs:
            if job.status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "SUCCESS"):
                self._fail(open_[job.workflow_id], now)
        return lost

    def _fail(self, run: dict[str, object], now: datetime) -> None:
        """Its job has ended, but the run has not: an error of the worker itself."""
        with self.database.writing() as connection:
            row = next((one for one in unfinished(connection) if one["id"] == run["id"]), None)
            if row is not None and row["state"] == "running":
                problem = {"error": "SolverFailure", "detail": "the worker could not carry it out: see its log"}
                end_run(connection, row["id"], row["attempt"], "failed", ended_at=now, problem=problem)
                tell_ended(connection, row["id"])


def _is_lost(status: str, executor: str | None, live: frozenset[str]) -> bool:
    """Whether nobody carries out a job that has not ended."""
    return status == "CANCELLED" or (status == "PENDING" and executor not in live)
