"""An installation to measure on: a small centre with a month in force, blown up to 5,000 agents, and the service that serves it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pandas as pd

from api import operation
from api.cli import app
from api.settings import Settings
from data.exchange.folder import write_template
from data.store.folder import paths, take_in
from data.store.keys import add_key
from data.store.revisions import Author, add_centre, changing

ECHELON = [sys.executable, "-c", "from api.cli import main; main()"]
CENTRE, AGENTS, DAYS = "large", 5000, 31
STEPS = ("--days", str(DAYS), "--sweeps", "2", "--bound-steps", "5", "--effort", "0")


@dataclass(frozen=True)
class Place:
    """A running service with one large centre.

    Parameters
    ----------
    version : str
        Name of the roster of 5,000 agents and 31 days.
    """

    address: str
    key: str
    folder: Path
    version: str

    @property
    def headers(self) -> dict[str, str]:
        """Who asks."""
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def base(self) -> str:
        """Start of every path."""
        return f"{self.address}/api/v1"

    def client(self) -> httpx2.Client:
        """A client."""
        return httpx2.Client(base_url=self.base, headers=self.headers, timeout=120)


def write_large(folder: Path) -> str:
    """Plan a month of the template and give every agent so many copies; name of the version in force."""
    write_template(folder)
    app(["plan", str(folder), *STEPS], standalone_mode=False)  # without --propose it is in force
    made = next(iter(sorted((folder / "versions").glob("*.csv"))))
    for file in (folder / "staff.csv", made):
        _copy_agents(file)
    _name_agents(made)
    return made.stem


def _name_agents(made: Path) -> None:
    """Say in the record of a version whom it holds now: its cells are read by it."""
    file = made.with_suffix(".json")
    agents = pd.read_csv(made, dtype=str, usecols=["agent"])["agent"].drop_duplicates().to_list()
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"agents": agents}), encoding="utf-8")


def _copy_agents(file: Path) -> None:
    """Rows of everyone again and again under new ids, until there are enough agents."""
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    held = rows["agent"].nunique()
    copies = (rows.assign(agent=rows["agent"] + (f"-{k}" if k else "")) for k in range(-(-AGENTS // held)))
    many = pd.concat(list(copies), ignore_index=True)
    chosen = many["agent"].drop_duplicates().head(AGENTS)
    many[many["agent"].isin(chosen)].to_csv(file, index=False)


def write_calls(file: Path, rows: int) -> list[str]:
    """A call file of so many intervals of half an hour, over as many queues as it takes for five years each; the queues."""
    each, start = 5 * 365 * 48, datetime(2021, 1, 1, tzinfo=UTC)
    stamps = [(start + timedelta(minutes=30 * k)).isoformat(timespec="minutes") for k in range(min(each, rows))]
    with file.open("w", encoding="utf-8") as out:
        out.write("queue,timestamp,offered,handle_time_s\n")
        out.writelines(f"q{k // each},{stamps[k % each]},{k % 97},{180 + k % 60}\n" for k in range(rows))
    return [f"q{k}" for k in range(-(-rows // each))]


@contextmanager
def serving(folder: Path, processes: int) -> Generator[Place]:
    """Serve the large centre on a free port of this machine, by so many processes, while the block runs."""
    version = write_large(folder / "centre")
    settings, by = Settings.model_validate({"data": folder / "data"}), Author("benchmark", datetime.now(UTC))
    operation.prepare(settings)
    with settings.database.writing() as connection:
        add_centre(connection, CENTRE, by)
        key = add_key(connection, "benchmark", ["administrator"], by)
    with changing(settings.database, CENTRE, by, "import") as change:
        take_in(change, folder / "centre", paths(folder / "centre"), settings.files)
    settings.database.engine.dispose()
    told = os.environ | {"ECHELON_DATA": str(folder / "data"), "ECHELON_RATE_LIMIT": "1000000/minute", "PYTHONUNBUFFERED": "1"}
    told |= {"ECHELON_LOG_LEVEL": "warning", "ECHELON_PROCESSES": str(processes)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([*ECHELON, "serve", "--port", "0"], env=told, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            found = (re.search(r"(http://[\d.:]+)/api/v1", line) for line in process.stdout)
            place = Place(next(one[1] for one in found if one), key, folder, version)
            _wait(place, processes)
            yield place
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(place: Place, processes: int) -> None:
    """Until every process answers: they take turns as it comes, and begin together."""
    for _ in range(20 * processes):
        with place.client() as client:
            client.get("/me").raise_for_status()
    time.sleep(2)
