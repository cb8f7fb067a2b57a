"""What the fakes share: a server on loopback, a clock that tests move, faults told beforehand, and all that was received."""

import json
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
Body = dict[str, Any]
Fault = Literal[
    "lost_request", "timeout_after_commit", "duplicate_delivery", "error_5xx", "partial_then_5xx", "partial_silently", "html_page",
    "busy", "expire_token", "later_duplicate", "empty_read",
]  # fmt: skip


@dataclass
class FakeClock:
    """Time that passes only when somebody waits."""

    at: float
    waited: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.at += seconds

    @property
    def today(self) -> date:
        return datetime.fromtimestamp(self.now(), CHINA).date()


@dataclass(frozen=True)
class Received:
    """A call."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Body


@dataclass(frozen=True)
class Answer:
    """What is said to it."""

    body: Body | str
    status: int = 200


class Denied(Exception):
    """A call that the contract forbids."""

    def __init__(self, answer: Answer):
        super().__init__(answer)
        self.answer = answer


@dataclass
class Fake(ABC):
    """A system: state, limits, faults. `send_path` is where rosters are sent to."""

    clock: FakeClock
    users: set[str]
    secret: str = "s3cret-value"
    calls: list[Received] = field(default_factory=list)
    faults: deque[tuple[str, Fault]] = field(default_factory=deque)
    token: str = ""
    token_until: float = 0.0
    issued: int = 0
    expired: bool = False
    address: str = ""
    kept: list[Received] = field(default_factory=list)
    _times: deque[float] = field(default_factory=deque)

    send_path = ""

    def answer(self, call: Received) -> Answer | None:
        """Answer of a call, after its fault if one is due; None = the line breaks."""
        self.calls.append(call)
        fault = self._fault(call.path)
        try:
            return self._with(fault, call) if fault else self.handle(call)
        except Denied as denied:
            return denied.answer

    def _fault(self, path: str) -> Fault | None:
        if self.faults and self.faults[0][0] in path:
            return self.faults.popleft()[1]
        return None

    def _with(self, fault: Fault, call: Received) -> Answer | None:
        match fault:
            case "lost_request":
                return None
            case "timeout_after_commit":
                self.handle(call)
                return None
            case "duplicate_delivery":
                self.handle(call)
                return self.handle(call)
            case "later_duplicate":
                self.kept.append(call)
                return self.handle(call)
            case "error_5xx":
                return Answer({"message": "upstream"}, 503)
            case "partial_then_5xx":
                self.handle(self.half(call))
                return Answer({"message": "upstream"}, 500)
            case "partial_silently":
                return self.handle(self.half(call))
            case "html_page":
                return Answer("<html><body>blocked</body></html>")
            case "busy":
                return self.busy()
            case "expire_token":
                self.token = ""
                return self.handle(call)
            case "empty_read":
                return self.nothing()

    def replay(self) -> None:
        """Deliver again what the network kept."""
        for call in self.kept:
            self.handle(call)

    def limit(self, most: int, seconds: float, denied: Answer) -> None:
        """At most so many calls in so many seconds."""
        now = self.clock.now()
        while self._times and self._times[0] <= now - seconds:
            self._times.popleft()
        if len(self._times) >= most:
            raise Denied(denied)
        self._times.append(now)

    def issue(self, early_s: float, holds_s: float) -> int:
        """The token that holds, or a new one if it ends soon; how long it holds, s."""
        if not self.token or self.clock.now() > self.token_until - early_s:
            self.issued += 1
            self.token, self.token_until = f"token-{self.issued}", self.clock.now() + holds_s
        return int(self.token_until - self.clock.now())

    def holds(self, token: str) -> bool:
        return bool(token) and token == self.token and self.clock.now() < self.token_until

    def sent(self) -> list[Received]:
        """Calls that sent a roster."""
        return [call for call in self.calls if call.path == self.send_path]

    @abstractmethod
    def handle(self, call: Received) -> Answer: ...

    @abstractmethod
    def half(self, call: Received) -> Received: ...

    @abstractmethod
    def busy(self) -> Answer: ...

    @abstractmethod
    def nothing(self) -> Answer: ...

    @abstractmethod
    def held(self) -> dict[tuple[str, date], str]:
        """Shift by user and day; a day of rest is `rest`."""


def need(right: object, denied: Answer) -> None:
    if not right:
        raise Denied(denied)


class _Handler(BaseHTTPRequestHandler):
    fake: Fake

    def do_POST(self) -> None:
        parts, length = urlsplit(self.path), int(self.headers.get("content-length") or 0)
        text = self.rfile.read(length).decode()
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        headers = {key.lower(): value for key, value in self.headers.items()}
        answer = self.fake.answer(Received(self.command, parts.path, query, headers, json.loads(text) if text else {}))
        if answer is None:
            self.close_connection = True
            return
        html = isinstance(answer.body, str)
        raw = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        with suppress(BrokenPipeError):
            self.send_response(answer.status)
            self.send_header("content-type", "text/html" if html else "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def served(fake: Fake) -> Generator[Fake]:
    """Serve a fake while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
