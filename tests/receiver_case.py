"""A receiver of webhooks for tests: on loopback, verifies signatures with the library, and fails on demand."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """What came in, and how to answer; `answers` are used up one by one, then 204."""

    url: str = ""
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    delay_s: float = 0.0
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    forged: int = 0
    tries: int = 0

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        self.tries += 1
        time.sleep(self.delay_s)
        try:
            told = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 401
        answer = self.answers.pop(0) if self.answers else 204
        if answer < 300:
            self.got.append((headers["webhook-id"], told))
        return answer

    def ids(self) -> list[str]:
        return [number for number, _ in self.got]


@contextmanager
def receiving() -> Generator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = receiver.take(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(answer)
            if answer in (301, 302, 307):
                self.send_header("Location", receiver.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def until(true: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
