"""What all systems have in common on the wire: a pace, back-off, tokens renewed early, and refusals brought down to a day."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from data.model.errors import EchelonError
from data.model.push import Cell, Confirmed

TRIES = 4
"""A call and three more (DingTalk: at most three for a busy system)."""
EARLY_S = 300.0
"""A token is renewed so long before it ends."""
TIMEOUT_S = 20.0
BLOCKED_S = 300.0
"""How long an address is shut out that has called too often (DingTalk: five minutes, with a page instead of an answer)."""

Key = tuple[str, date]
Body = dict[str, Any]


class Busy(EchelonError):
    """The system does not answer now; the same call may be made again after a while.

    Parameters
    ----------
    wait_s : float
        Least wait, s.
    """

    def __init__(self, told: str, wait_s: float = 0.0):
        self.wait_s = wait_s
        super().__init__(told)


class Expired(EchelonError):
    """The token is no longer taken."""


class Refused(EchelonError):
    """The system does not take a call.

    Parameters
    ----------
    whole : bool
        Whether it would take no call at all, whatever the days: right, application, group.
    """

    def __init__(self, told: str, *, whole: bool = False):
        self.whole = whole
        super().__init__(told)


@dataclass(frozen=True)
class Clock:
    """What time it is, in seconds since 1970, and how to wait."""

    now: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Context:
    """What a push stands in.

    Parameters
    ----------
    number : int
        Of this connection, from 1.
    at : datetime
        When it is made.
    known : dict
        What the other system has, by agent and day; a day that is not here is not known.
    """

    number: int
    at: datetime
    known: Mapping[tuple[str, date], Confirmed] = field(default_factory=dict)


@dataclass
class Line:
    """A line to the hosts of one connection; nothing else is ever called, and no redirect is followed.

    Parameters
    ----------
    between_s : float or None
        Least time between two calls, s; None = as the system asks.
    """

    clock: Clock
    context: Context
    between_s: float | None = None
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=TIMEOUT_S, trust_env=False))
    _free_at: float = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.client.close()

    def call(self, request: Callable[[httpx2.Client], httpx2.Response], judge: Callable[[int, Body], None]) -> Body:
        """Body of an answer; a busy system is asked again, later and later.

        Parameters
        ----------
        judge : callable
            Raises `Busy`, `Expired` or `Refused` if the status and the body say so.
        """
        again = Retrying(
            retry=retry_if_exception_type(Busy),
            stop=stop_after_attempt(TRIES),
            wait=_pause,
            sleep=self.clock.sleep,
            reraise=True,
        )
        return again(self._once, request, judge)

    def _once(self, request: Callable[[httpx2.Client], httpx2.Response], judge: Callable[[int, Body], None]) -> Body:
        self._keep_pace()
        try:
            answer = request(self.client)
        except httpx2.TransportError as error:
            raise Busy(f"no answer ({type(error).__name__})") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Busy(f"HTTP {answer.status_code}", _seconds(answer.headers.get("retry-after", "")))
        body = _body(answer)
        judge(answer.status_code, body)
        return body

    def _keep_pace(self) -> None:
        now = self.clock.now()
        if now < self._free_at:
            self.clock.sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + (self.between_s or 0.0)


def _body(answer: httpx2.Response) -> Body:
    try:
        body = answer.json() if answer.content else {}
    except ValueError as error:
        raise Busy(f"HTTP {answer.status_code} with a page instead of an answer", BLOCKED_S) from error
    return body if isinstance(body, dict) else {"result": body}


def _seconds(text: str) -> float:
    return min(float(text), BLOCKED_S) if text.isdigit() else 0.0


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(wait_exponential(multiplier=1, max=60)(state), error.wait_s if isinstance(error, Busy) else 0.0)


@dataclass
class Tokens:
    """A token, asked for when there is none, and anew some minutes before it ends.

    Parameters
    ----------
    issue : callable
        Gives a token and how long it holds, s.
    """

    issue: Callable[[], tuple[str, float]]
    clock: Clock
    _token: str = ""
    _until: float = 0.0

    def use(self, call: Callable[[str], Body]) -> Body:
        """Make a call with a token; one that is no longer taken is renewed once."""
        try:
            return call(self._current())
        except Expired:
            self._token = ""
        try:
            return call(self._current())
        except Expired as error:
            raise Refused(f"a new token is not taken either: {error}", whole=True) from error

    def _current(self) -> str:
        if not self._token or self.clock.now() >= self._until - EARLY_S:
            self._token, seconds = self.issue()
            self._until = self.clock.now() + seconds
        return self._token


@dataclass
class Told:
    """What became of the days that were sent.

    Parameters
    ----------
    accepted : list of Cell
        The system took them; where it has no result for each day, what it really has must be read.
    doubtful : list of Cell
        Sent, without an answer.
    refused, unsent : list of (Cell, str)
        With the reason.
    """

    accepted: list[Cell] = field(default_factory=list)
    doubtful: list[Cell] = field(default_factory=list)
    refused: list[tuple[Cell, str]] = field(default_factory=list)
    unsent: list[tuple[Cell, str]] = field(default_factory=list)


def send_all(batches: Iterable[Sequence[Cell]], send: Callable[[Sequence[Cell]], object]) -> Told:
    """Send batch after batch. One that is refused is parted until the people and days are found that the system does not take.

    A system that does not answer, or that takes nothing at all, is not asked for the rest.
    """
    told, down = Told(), ""
    for batch in batches:
        if down:
            told.unsent += [(cell, down) for cell in batch]
            continue
        try:
            _send(batch, send, told)
        except Busy as error:
            down = str(error)
            told.doubtful += _open(batch, told)
        except Refused as error:
            down = str(error)
            told.refused += [(cell, down) for cell in _open(batch, told)]
    return told


def _open(batch: Sequence[Cell], told: Told) -> list[Cell]:
    """Days of a batch of which nothing is known yet."""
    known = {id(cell) for cell in told.accepted} | {id(cell) for cell, _ in told.refused}
    return [cell for cell in batch if id(cell) not in known]


def _send(batch: Sequence[Cell], send: Callable[[Sequence[Cell]], object], told: Told) -> None:
    try:
        send(batch)
        told.accepted += batch
    except Refused as error:
        if error.whole:
            raise
        users = list(dict.fromkeys(cell.user for cell in batch))
        if len(batch) == 1:
            told.refused.append((batch[0], str(error)))
        elif len(users) > 1:
            early = set(users[: len(users) // 2])
            for part in ([c for c in batch if c.user in early], [c for c in batch if c.user not in early]):
                _send(part, send, told)
        else:
            _send_days(batch, send, told, str(error))


def _send_days(days: Sequence[Cell], send: Callable[[Sequence[Cell]], object], told: Told, reason: str) -> None:
    """Days of one person that were refused together: if neither the first nor the last is taken, it is the person."""
    before, middle = len(told.refused), days[1:-1]
    _send(days[:1], send, told)
    _send(days[-1:], send, told)
    if len(told.refused) == before + 2:
        told.refused += [(cell, reason) for cell in middle]
        return
    for part in (middle[: len(middle) // 2], middle[len(middle) // 2 :]):
        if part:
            _send(part, send, told)
