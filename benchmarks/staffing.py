"""Staffing against plain Python: least-agent searches and simulated calls a second.

``python -m benchmarks.staffing [--out results.json]``. The peers are written here, as they stand in common packages, and
run in the same process on the same inputs: `textbook` computes Erlang B anew for every candidate n, `recursive` carries it
along (the best plain loop), `waiting_room` is Erlang A with every series written out for every candidate n from the load
down or up. A peer runs on a part of the inputs; the ratio is per search, and the answers are compared.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from data.model.base import FloatArray, IntArray
from data.model.centre import ServiceTarget
from optimizer.staffing.one_queue import simulate_day
from optimizer.staffing.queueing import largest_rate, least_agents

SEARCHES = 100_000
TARGET = ServiceTarget(service_level=0.8, threshold_s=20.0)
PATIENCE_S = 150.0


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds for one search or call, ours and the peer's, and on how many they differ."""

    what: str
    ours_s: float
    peer_s: float | None = None
    differ: int | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is."""
        return self.peer_s / self.ours_s if self.peer_s else None


def blocked(n: int, load: float) -> float:
    """Erlang B by the usual recursion."""
    value = 1.0
    for k in range(1, n + 1):
        value = load * value / (k + load * value)
    return value


def level_c(n: int, load: float, handle: float, block: float) -> float:
    """Service level of Erlang C out of Erlang B."""
    waits = block / (1 - load / n * (1 - block))
    return 1 - waits * math.exp(-(n - load) * TARGET.threshold_s / handle)


def textbook(load: float, handle: float) -> int:
    """Least agents of Erlang C, Erlang B from the start for every candidate."""
    n = math.floor(load) + 1
    while level_c(n, load, handle, blocked(n, load)) < TARGET.service_level:
        n += 1
    return n


def recursive(load: float, handle: float) -> int:
    """Least agents of Erlang C by one recursion."""
    n, block = math.floor(load) + 1, blocked(math.floor(load) + 1, load)
    while level_c(n, load, handle, block) < TARGET.service_level:
        n += 1
        block = load * block / (n + load * block)
    return n


def series(x: float, y: float) -> tuple[float, float]:
    """Sums over the waiting positions: of the weights, and of the positions times the weights."""
    term = total = 1.0
    queue = j = 0.0
    while j * term > 1e-15 * queue or y + j <= x or j == 0:
        j += 1
        term *= x / (y + j)
        total += term
        queue += j * term
    return total, queue


def level_a(n: int, load: float, handle: float) -> float:
    """Service level of Erlang A."""
    lam, theta = load / handle, 1 / PATIENCE_S
    y, kept = n / handle / theta, math.exp(-theta * TARGET.threshold_s)
    room, queue = series(lam / theta, y)
    den = 1 / blocked(n, load) + room - 1
    shift = math.exp(lam * (1 - kept) / theta - n / handle * TARGET.threshold_s)
    late = n / load / den * shift * (series(lam / theta * kept, y)[0] - 1)
    return 1 - theta * queue / den / lam - late


def waiting_room(load: float, handle: float) -> int:
    """Least agents of Erlang A from the load down or up, one by one."""
    n = max(1, math.ceil(load))
    while level_a(n, load, handle) < TARGET.service_level:
        n += 1
    while n > 1 and level_a(n - 1, load, handle) >= TARGET.service_level:
        n -= 1
    return n


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Best of a few runs."""
    best = math.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def searches() -> list[Row]:
    """Rows of the search comparison."""
    rng = np.random.default_rng(1)
    load, handle = np.exp(rng.uniform(0, math.log(2000), SEARCHES)), rng.uniform(120, 600, SEARCHES)
    peers = (
        ("Erlang C", textbook, np.inf, 500),
        ("Erlang C", recursive, np.inf, 2000),
        ("Erlang A", waiting_room, PATIENCE_S, 200),
    )
    return [_against(name, peer, patience, load, handle, share) for name, peer, patience, share in peers]


def _against(
    name: str, peer: Callable[[float, float], int], patience: float, load: FloatArray, handle: FloatArray, share: int
) -> Row:
    def ours() -> IntArray:
        return least_agents(load / handle, handle, patience, TARGET)[0]

    def theirs() -> list[int]:
        return [peer(a, h) for a, h in zip(load[:share].tolist(), handle[:share].tolist(), strict=True)]

    differ = int(np.sum(ours()[:share] != theirs()))
    label = f"least agents, {name}, against {peer.__name__}"
    return Row(label, seconds(ours) / SEARCHES, seconds(theirs, 1) / share, differ)


def rates() -> Row:
    """Row of the inverse search: the largest rate that a staff can take."""
    rng = np.random.default_rng(2)
    n, handle = rng.integers(1, 2000, 20_000), rng.uniform(120, 600, 20_000)
    largest_rate(n[:1], handle[:1], PATIENCE_S, TARGET)
    return Row("largest rate, Erlang A", seconds(lambda: largest_rate(n, handle, PATIENCE_S, TARGET)) / n.size)


def simulation(calls: int) -> Row:
    """Row of one simulated day of half hours with a single hump and as many agents as Erlang of load."""
    hump = np.exp(-0.5 * ((np.arange(48) - 22) / 8) ** 2)
    counts = np.round(calls * hump / hump.sum()).astype(np.int64)
    staff = np.ceil(counts * 300 / 1800).astype(np.int64)

    def once() -> object:
        return simulate_day(counts, 1800, 300, 0.95, 120, staff, 20, seed=1)

    once()
    return Row(f"a call of a day of {counts.sum():,} with up to {staff.max():,} agents", seconds(once, 5) / float(counts.sum()))


def main() -> None:
    """Run, print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    out = parser.parse_args().out
    rows = [*searches(), rates(), *(simulation(calls) for calls in (10_000, 110_000, 260_000))]
    table = Table("what", "ours, us", "a second", "peer, us", "ratio", "answers that differ")
    for row in rows:
        against = (f"{row.peer_s * 1e6:.1f}", f"{row.ratio:,.0f}x", str(row.differ)) if row.peer_s else ("", "", "")
        table.add_row(row.what, f"{row.ours_s * 1e6:.2f}", f"{1 / row.ours_s:,.0f}", *against)
    Console(width=132).print(table)
    if out:
        out.write_text(json.dumps([asdict(row) | {"ratio": row.ratio} for row in rows], indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
