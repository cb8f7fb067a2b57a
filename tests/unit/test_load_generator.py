"""The load generator of the benchmark counts from the instant at which a request was due."""

import asyncio

from benchmarks.api.__main__ import section
from benchmarks.api.load import at_rate
from benchmarks.api.measures import Measured


def test_a_stall_counts_for_every_request_that_was_due_in_it() -> None:
    async def stalled() -> list[float]:
        lock = asyncio.Lock()

        async def ask(k: int) -> bool:
            async with lock:
                await asyncio.sleep(0.3 if k == 0 else 0.0)
            return k != 3

        found = await at_rate(ask, 50, 0.2)
        assert (len(found.seconds), found.failed) == (10, 1)
        return list(found.seconds)

    seconds = asyncio.run(stalled())
    assert seconds[0] >= 0.3
    assert seconds[5] >= 0.15  # it was due 0.1 s after the first, and had to wait with it


def test_what_was_not_measured_does_not_hold() -> None:
    rows = [
        Measured("a", "1", "s", 1.0, 0.5),
        Measured("b", "1", "s", 1.0, None, "no such route"),
        Measured("c", "1", "s", 1.0, 2.0),
    ]
    assert [row.holds for row in rows] == [True, False, False]
    assert "not measured" in section(rows)
    assert "- b: no such route" in section(rows)
