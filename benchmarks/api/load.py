"""Requests at an even rate, whether or not the answers keep up: a slow answer does not make the next request wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
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


async def at_rate(ask: Callable[[int], Awaitable[bool]], per_second: float, seconds: float) -> Latencies:
    """Ask so often for so long; `ask` is told the number of the request, and says whether the answer was good."""
    began, many = time.perf_counter(), round(per_second * seconds)
    due = [began + k / per_second for k in range(many)]
    late = 0.0

    async def one(k: int) -> tuple[float, bool]:
        good = await ask(k)
        return time.perf_counter() - due[k], good

    sent = list[asyncio.Task[tuple[float, bool]]]()
    for k in range(many):
        await asyncio.sleep(max(0.0, due[k] - time.perf_counter()))
        late = max(late, time.perf_counter() - due[k])
        sent.append(asyncio.create_task(one(k)))
    found = await asyncio.gather(*sent)
    return Latencies([took for took, _ in found], sum(not good for _, good in found), late)
