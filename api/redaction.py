"""Secrets kept out of logs: keys, tokens, cookies and passwords are starred wherever a line would tell them."""

import re
from collections.abc import MutableMapping
from typing import Any

STARS = "***"

SECRETS = re.compile(
    r"(?P<before>"
    r"\bech_|\bwhsec_"  # our keys, secrets of webhooks
    r"|/calendars/|\bBearer\s+|\bBasic\s+"
    r"|\b(?:__Host-)?echelon="  # the session's cookie
    r"|[?&;](?:access_token|token|key|secret|sign|signature|corpsecret|appsecret|password)="
    r"|://[^/\s:@]*:(?=[^/\s@]+@)"  # a password in an address
    r")[^\s\"'&;,@/]+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*",  # a token of an issuer
    re.IGNORECASE,
)

SECRET_NAMES = re.compile(r"authorization|cookie|password|secret|token|api[_-]?key|signature", re.IGNORECASE)
"""Fields of a log line that are never told."""


def hide(text: str) -> str:
    """Text without the secrets in it."""
    return SECRETS.sub(lambda found: (found["before"] or "") + STARS, text)


def hidden(value: Any, name: str = "") -> Any:
    """A field of a log line without the secrets in it."""
    if SECRET_NAMES.search(name) and value not in (None, ""):
        return STARS
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {key: hidden(one, str(key)) for key, one in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return type(value)(hidden(one) for one in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return value


def redact(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor of structlog: put it before the renderer, after the exception has been made text."""
    return {name: hidden(value, name) for name, value in line.items()}
