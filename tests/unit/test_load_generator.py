"""The load generator of the benchmark counts from the instant at which a request was due."""

import threading
import time

from benchmarks.api.__main__ import section
from benchmarks.api.load import at_rate
from benchmarks.api.measures import Measured


def test_a_stall_counts_for_every_request_that_was_due_in_it() -> None:
    stall, stalled = 0.3, threading.Lock()

    def ask(k: int) -> bool:
        with stalled:
            time.sleep(stall if k == 0 else 0.0)
        return k != 3

    found = at_rate([ask, ask], 50, 0.2)
    assert (len(found.seconds), found.failed) == (10, 1)
    assert sum(took >= stall / 2 for took in found.seconds) >= 7  # what was due in its first half, 20 ms apart
    assert max(found.seconds) >= stall


def test_what_was_not_measured_does_not_hold() -> None:
    rows = [
        Measured("a", "1", "s", 1.0, 0.5),
        Measured("b", "1", "s", 1.0, None, "no such route"),
        Measured("c", "1", "s", 1.0, 2.0),
    ]
    assert [row.holds for row in rows] == [True, False, False]
    assert "not measured" in section(rows, 1)
    assert "- b: no such route" in section(rows, 1)
