"""What every request meets before its route: an id, limits of rate and size, strict headers; plain ASGI, since all pass here."""

import hashlib
import math
import re
import time
from secrets import token_hex
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import TooLarge, TooMany, problem
from api.settings import Settings
from data.model.errors import Finding, InvalidData

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")

STRICT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not say otherwise itself."""

FILES = ("multipart/form-data", "application/zip")
"""Bodies that are files: the limit of uploads is theirs."""

STRANGERS = parse("60/minute")
"""Refused keys of one address: guessing is slow."""

KNOWN_SECONDS = 3600
"""How long a key or session that was good is let through although its address is being refused."""


PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
NO_TEXT = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class Gate:
    """Ids, limits and headers around an application."""

    def __init__(self, app: ASGIApp, settings: Settings):
        self.app = app
        self.rate, self.small, self.large = parse(settings.rate_limit), settings.max_body_bytes, settings.max_upload_bytes
        self.storage = MemoryStorage()
        self.limiter = FixedWindowRateLimiter(self.storage)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        known = headers.get("x-request-id", "")
        scope.setdefault("state", {})["id"] = known if REQUEST_ID.fullmatch(known) else token_hex(16)
        address = (scope.get("client") or ("",))[0]
        told = self._stamped(scope, send, _who(headers, address), address)
        try:
            _check_text(scope)
            await self._check(headers, _who(headers, address), address)
        except (TooMany, TooLarge, InvalidData) as error:
            await problem(Request(scope), error)(scope, receive, told)
            return
        is_json = "json" in headers.get("content-type", "")
        await self.app(scope, _checked(receive, self._most(headers), is_json), told)

    def _most(self, headers: Headers) -> int:
        return self.large if headers.get("content-type", "").startswith(FILES) else self.small

    async def _check(self, headers: Headers, who: str, address: str) -> None:
        if not await self.limiter.hit(self.rate, who):
            raise TooMany(f"at most {self.rate}", await self._wait(self.rate, who))
        if not await self.limiter.test(STRANGERS, "stranger", address) and not await self.storage.get(_known(who)):
            raise TooMany("too many refused keys from this address", await self._wait(STRANGERS, "stranger", address))
        size = headers.get("content-length", "0")
        if size.isdigit() and int(size) > self._most(headers):
            raise TooLarge(f"at most {self._most(headers)} bytes")

    async def _wait(self, rate: RateLimitItem, *who: str) -> int:
        left = await self.limiter.get_window_stats(rate, *who)
        return max(1, math.ceil(left.reset_time - time.time()))

    def _stamped(self, scope: Scope, send: Send, who: str, address: str) -> Send:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._stamp(MutableHeaders(raw=message["headers"]), scope["state"]["id"], who)
                if message["status"] == 401:
                    await self.limiter.hit(STRANGERS, "stranger", address)
                elif "caller" in scope["state"]:
                    await self.storage.incr(_known(who), KNOWN_SECONDS)
            await send(message)

        return stamped

    async def _stamp(self, headers: MutableHeaders, name: str, who: str) -> None:
        headers["X-Request-ID"] = name
        left = await self.limiter.get_window_stats(self.rate, who)
        headers["RateLimit-Limit"] = str(self.rate.amount)
        headers["RateLimit-Remaining"] = str(left.remaining)
        headers["RateLimit-Reset"] = str(max(0, math.ceil(left.reset_time - time.time())))
        for key, value in STRICT.items():
            headers.setdefault(key, value)


def _known(who: str) -> str:
    return f"known/{who}"


def _check_text(scope: Scope) -> None:
    """Refuse NUL where no text holds it: a database would break on it."""
    if b"%00" in scope.get("raw_path", b"") or b"%00" in scope.get("query_string", b""):
        raise InvalidData([Finding("request", None, None, "a NUL character", "text")])


def _who(headers: Headers, address: str) -> str:
    """Whose requests are counted together: those of one key, or else of one session or address."""
    token = headers.get("authorization") or headers.get("cookie")
    return hashlib.sha256(token.encode()).hexdigest() if token else address


def _checked(receive: Receive, most: int, is_json: bool) -> Receive:
    """The body of a request, refused where it grows too large whatever it said of its length, or holds what is no text."""
    seen, parts = 0, list[bytes]()

    async def checked() -> Any:
        nonlocal seen
        message = await receive()
        part = message.get("body", b"")
        seen += len(part)
        if seen > most:
            raise TooLarge(f"at most {most} bytes")
        if is_json:
            parts.append(part)
            if not message.get("more_body", False):
                check_json_text(b"".join(parts))
        return message

    return checked


def check_json_text(body: bytes) -> None:
    """Refuse escapes in JSON that are no text: NUL, and halves of a surrogate pair; neither a database nor a file takes them.

    Raises
    ------
    InvalidData
        There are some.
    """
    if b"\\u" not in body:
        return
    escapes = PAIR.sub(b"", body.replace(b"\\\\", b""))  # a backslash of the text itself is no escape
    if NO_TEXT.search(escapes):
        raise InvalidData([Finding("body", None, None, "a NUL character or half of a surrogate pair", "text")])
