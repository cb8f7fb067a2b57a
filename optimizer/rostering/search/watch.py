"""The clock and the listener of a search, shared by the threads that work on it."""

from threading import Lock
from time import perf_counter

from optimizer.rostering.solution import Budget, OnProgress, Progress


class Watch:
    """Passes records on, one at a time, and remembers when the listener has said stop.

    Parameters
    ----------
    on_progress : OnProgress
    """

    def __init__(self, on_progress: OnProgress):
        self.began = perf_counter()
        self.stopped = False
        self._on_progress, self._lock = on_progress, Lock()

    def __call__(self, record: Progress) -> bool:
        """Pass a record on; False = stop."""
        with self._lock:
            self.stopped = self.stopped or not self._on_progress(record)
            return not self.stopped

    def left(self, budget: Budget) -> float:
        """Seconds that a budget still has."""
        return budget.seconds - (perf_counter() - self.began)
