"""Requests at an even rate, whether or not the answers keep up: who waits for an answer is late with the next, and that counts."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Latencies:
    """Seconds from the instant at which each request was due until its answer.

    Parameters
    ----------
    failed : int
        Requests without a good answer; they count with the time that they took.
    late_s : float
        How late the generator itself sent at worst: where this is large it has measured itself.
    """

    seconds: Sequence[float]
    failed: int
    late_s: float

    def at(self, share: float) -> float:
        """Quantile in seconds."""
        return float(np.quantile(self.seconds, share)) if self.seconds else float("nan")


def at_rate(asks: Sequence[Callable[[int], bool]], per_second: float, seconds: float) -> Latencies:
    """Ask so often for so long.

    Parameters
    ----------
    asks : sequence of callable
        People who ask in turn, each from a thread; told the number of the request, they say whether the answer was good.
    """
    began, many = time.perf_counter(), round(per_second * seconds)
    due = [began + k / per_second for k in range(many)]

    def person(first: int) -> list[tuple[float, float, bool]]:
        return [_one(asks[first], k, due[k]) for k in range(first, many, len(asks))]

    with ThreadPoolExecutor(len(asks)) as pool:
        found = [one for some in pool.map(person, range(len(asks))) for one in some]
    return Latencies([took for took, _, _ in found], sum(not good for _, _, good in found), max(late for _, late, _ in found))


def _one(ask: Callable[[int], bool], k: int, due: float) -> tuple[float, float, bool]:
    """Seconds from the instant at which it was due, how late it was sent while nothing held it up, and whether it was good."""
    early = time.perf_counter() < due
    time.sleep(max(0.0, due - time.perf_counter()))
    late = time.perf_counter() - due if early else 0.0
    good = ask(k)
    return time.perf_counter() - due, late, good
