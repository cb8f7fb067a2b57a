"""The cookie of a session: out of reach of scripts, for this host alone, and for TLS alone where there is TLS."""

from datetime import timedelta

from fastapi import Request, Response

from api.settings import Settings
from data.store.sessions import Limits

NAME, SECURE_NAME = "echelon", "__Host-echelon"


def limits_of(settings: Settings) -> Limits:
    """How long sessions live."""
    return Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether people reach the service by TLS."""
    return settings.public_url.startswith("https://") or request.url.scheme == "https"


def session_token(request: Request, settings: Settings) -> str | None:
    """Token that a request brings as a cookie; None = none."""
    return request.cookies.get(SECURE_NAME if is_secure(request, settings) else NAME)


def give_cookie(request: Request, response: Response, settings: Settings, token: str) -> None:
    """Let the browser keep a token until it is closed."""
    secure = is_secure(request, settings)
    response.set_cookie(SECURE_NAME if secure else NAME, token, httponly=True, secure=secure, samesite="lax", path="/")


def take_cookie(request: Request, response: Response, settings: Settings) -> None:
    """Let the browser forget it."""
    secure = is_secure(request, settings)
    response.delete_cookie(SECURE_NAME if secure else NAME, httponly=True, secure=secure, samesite="lax", path="/")
