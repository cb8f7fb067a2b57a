"""What happens in the process of a run: the command is called on its working copy, and everything it says goes to a log."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from math import isfinite
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from click.exceptions import ClickException, Exit

from api.parent import end_with_parent
from api.runs.kinds import kind_named
from api.watching import watched_by
from data.model.errors import EchelonError, InvalidData
from optimizer.rostering.solution import Progress

BETWEEN_SECONDS = 0.25
"""Least time between two records of progress."""

WIDTH = "160"
"""Columns of the log."""


@dataclass(frozen=True)
class Task:
    """What the process of a run is given.

    Parameters
    ----------
    params : dict
        As JSON; checked anew.
    copy, log : str
        Working copy, and file of the log.
    """

    kind: str
    params: dict[str, Any]
    by: str
    copy: str
    log: str


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Parameters
    ----------
    state : str
        done, failed, or stopped: asked to end where nothing could be kept.
    exit_code : int
        Of the command; 1 of `verify` says that a roster is not sound.
    problem : dict
        `error` (name of the error), `detail` and `findings`.
    """

    state: Literal["done", "failed", "stopped"]
    exit_code: int = 0
    problem: dict[str, Any] = field(default_factory=dict[str, Any])


def guarded(task: Task, pipe: Connection) -> Outcome:
    """Carry a task out, and die with the worker: nobody is left to search for nobody."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _speak_to(Path(task.log))
    with suppress(OSError):
        pipe.send({"pid": os.getpid()})
    try:
        return _outcome(lambda: _call(task, pipe))
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is done is done
        sys.stdout.flush()


def _speak_to(log: Path) -> None:
    """Everything that is written to the terminal goes to a file, also from below Python."""
    os.environ |= {"COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb"}
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)


def _call(task: Task, pipe: Connection) -> None:
    kind = kind_named(task.kind)
    with watched_by(_teller(pipe)):
        kind.call(Path(task.copy), kind.params.model_validate(task.params), task.by)


def _outcome(call: Callable[[], None]) -> Outcome:
    """What came of a call, whatever it raised."""
    try:
        call()
    except Exit as error:
        return Outcome("done", error.exit_code)
    except KeyboardInterrupt:
        return Outcome("stopped")
    except (EchelonError, ClickException) as error:
        return Outcome("failed", problem=problem_of(error))
    except Exception as error:
        traceback.print_exc()
        return Outcome("failed", problem={"error": "SolverFailure", "detail": f"{type(error).__name__}: {error}"})
    return Outcome("done")


def problem_of(error: EchelonError | ClickException) -> dict[str, Any]:
    """An error as it is kept with a run."""
    if isinstance(error, ClickException):
        return {"error": "InvalidData", "detail": error.format_message(), "findings": []}
    findings = {"findings": [asdict(one) for one in error.findings]} if isinstance(error, InvalidData) else {}
    return {"error": type(error).__name__, "detail": str(error), **findings}


def _teller(pipe: Connection) -> Callable[[Progress], None]:
    """Tells the worker of the records, not more often than anybody reads them."""
    last = -BETWEEN_SECONDS

    def tell(record: Progress) -> None:
        nonlocal last
        if monotonic() - last >= BETWEEN_SECONDS or record.done >= 1:
            last = monotonic()
            with suppress(OSError):
                pipe.send(as_told(record))

    return tell


def as_told(record: Progress) -> dict[str, Any]:
    """A record as it is kept with a run: `percent` of the budget of the phase, `penalty`, `bound`, `gap` and what is done."""
    known = isfinite(record.cost)
    return {
        "percent": round(100 * record.done, 1),
        "penalty": round(record.cost, 3) if known else None,
        "bound": round(record.bound, 3) if record.bound > 0 else None,
        "gap": round(record.gap, 5) if known and record.bound > 0 else None,
        "message": record.phase,
    }
