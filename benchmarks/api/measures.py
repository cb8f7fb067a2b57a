"""What is measured, and what was asked for."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection

import httpx2

from benchmarks.api.load import Latencies, at_rate
from benchmarks.api.place import AGENTS, CENTRE, DAYS, Place, write_calls

REPEATS = 5
PEOPLE = 24
"""Who read, each over a connection of their own."""

HEAD = f"/centres/{CENTRE}"


@dataclass(frozen=True)
class Measured:
    """A figure against what was asked for.

    Parameters
    ----------
    value : float or None
        None = it was not measured, `note` says why.
    """

    what: str
    size: str
    unit: str
    asked: float
    value: float | None
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is as fast as was asked for."""
        return self.value is not None and self.value <= self.asked


class NotServed(Exception):
    """A route refuses the request, so that there is nothing to measure."""


def good(answer: httpx2.Response) -> httpx2.Response:
    """An answer that may be measured.

    Raises
    ------
    NotServed
        It is an error.
    """
    if answer.status_code >= 400:
        raise NotServed(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text[:200]}")
    return answer


def timed(do: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def upload(place: Place, client: httpx2.Client, rows: int) -> float:
    """Seconds until so many interval rows are uploaded and a query finds them."""
    file, head = place.folder / "calls.csv", "/centres/calls"
    queues = write_calls(file, rows)
    good(client.post("/centres", json={"id": "calls"}))
    told = good(client.get(f"{HEAD}/documents/centre.toml")).json()
    told["queues"] = [told["queues"][0] | {"id": queue} for queue in queues]
    good(client.put(f"{head}/documents/centre.toml", json=told))

    def do() -> None:
        with file.open("rb") as body:
            good(client.post(f"{head}/uploads/calls", files={"file": ("calls.csv", body, "text/csv")}, params={"mode": "whole"}))
        good(client.get(f"{head}/series/calls", params={"every": "day", "from": "2021-03-01", "to": "2021-03-31"}))

    return timed(do)


def read_first(place: Place, client: httpx2.Client) -> float:
    """Seconds to read the matrix of a roster that nobody has read since the service began."""
    return timed(lambda: good(client.get(f"{HEAD}/rosters/{place.version}/matrix")))


def read_roster(place: Place, client: httpx2.Client) -> float:
    """Median seconds to read the matrix of a roster again: it never changes, and is kept."""
    path = f"{HEAD}/rosters/{place.version}/matrix"
    return statistics.median(timed(lambda: good(client.get(path))) for _ in range(REPEATS))


def save_roster(place: Place, client: httpx2.Client) -> float:
    """Seconds to save a whole roster as a new version."""
    one = good(client.get(f"{HEAD}/rosters/{place.version}"))
    matrix = good(client.get(f"{HEAD}/rosters/{place.version}/matrix")).json()
    body = {name: matrix[name] for name in ("agents", "days", "codes", "cells")} | {"parent": place.version, "reason": "benchmark"}
    tag = {"If-Match": one.headers["ETag"]}
    return timed(lambda: good(client.post(f"{HEAD}/rosters", params={"judge": "later"}, json=body, headers=tag)))


def submit(client: httpx2.Client) -> float:
    """Median seconds until a run is accepted."""
    ask = partial(client.post, f"{HEAD}/runs/require", json={})
    good(ask())
    return statistics.median(timed(lambda: good(ask())) for _ in range(REPEATS))


def reads(place: Place, client: httpx2.Client, rate: float, seconds: float) -> Latencies:
    """Latencies of reads at a rate, while a month plan is solved where runs are served."""
    solve = good(client.post(f"{HEAD}/runs/plan", json={"days": 28, "effort": 60})).json()["id"]
    paths = [f"/api/v1{path}" for path in ("/me", HEAD, f"{HEAD}/tables/staff?limit=50", f"{HEAD}/tables/shifts")]
    while client.get(f"{HEAD}/runs/{solve}").json()["progress"] is None:  # until the search has begun
        time.sleep(0.1)
    found = _reads(place, paths, rate, seconds)
    if good(client.get(f"{HEAD}/runs/{solve}")).json()["state"] != "running":
        raise NotServed("the solve did not last as long as the reads")
    good(client.post(f"{HEAD}/runs/{solve}/cancel"))
    return found


def _reads(place: Place, paths: list[str], rate: float, seconds: float) -> Latencies:
    with ExitStack() as stack:
        people = [stack.enter_context(closing(HTTPConnection(place.address.split("//")[1], timeout=30))) for _ in range(PEOPLE)]
        asks = [partial(_read, one, place.headers, paths) for one in people]
        for ask in asks:
            ask(0)
        return at_rate(asks, rate, seconds)


def _read(connection: HTTPConnection, headers: dict[str, str], paths: list[str], k: int) -> bool:
    """Whether a read succeeds; by the plainest client there is, for it takes its time from the same machine."""
    connection.request("GET", paths[k // PEOPLE % len(paths)], headers=headers | {"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    return answer.status == 200


def measured(place: Place, *, rows: int, rate: float, seconds: float) -> Iterator[Measured]:
    """Every figure, one after the other."""
    roster = f"{AGENTS:,} agents x {DAYS} days"
    with place.client() as client:
        yield _one("read a roster, the first time", roster, 0.5, lambda: read_first(place, client))
        yield _one("read a roster, again", roster, 0.5, lambda: read_roster(place, client))
        yield _one("save a roster", roster, 3.0, lambda: save_roster(place, client))
        yield _one("submit a run", "1 run", 0.030, lambda: submit(client))
        yield _reads_at_rate(place, client, rate, seconds)
        yield _one("upload and query calls", f"{rows:,} rows", 15.0, lambda: upload(place, client, rows))


def _one(what: str, size: str, asked: float, do: Callable[[], float]) -> Measured:
    try:
        return Measured(what, size, "s", asked, do())
    except NotServed as error:
        return Measured(what, size, "s", asked, None, str(error))


def _reads_at_rate(place: Place, client: httpx2.Client, rate: float, seconds: float) -> Measured:
    size = f"{rate:g} a second for {seconds:g} s"
    try:
        found = reads(place, client, rate, seconds)
    except NotServed as error:
        return Measured("reads, 99 %", size, "s", 0.050, None, str(error))
    told = f"median {1000 * found.at(0.5):.1f} ms, {found.failed} failed, generator at most {1000 * found.late_s:.0f} ms late"
    return Measured("reads, 99 %", size, "s", 0.050, found.at(0.99), told)
