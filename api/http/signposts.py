"""Routes found by the words of a path: of several hundred patterns the few are tried that begin like it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

DEPTH = 8
"""Words of a path that are looked at."""

KNOWN = 2048
"""Beginnings of paths whose routes are remembered."""


class Signposts(BaseRoute):
    """All routes of an application as one; where several fit, the first of them is meant."""

    def __init__(self, routes: Iterable[APIRoute]):
        self.routes = list(routes)
        self._all = APIRouter(routes=list(self.routes))
        self._signs = [_signs(route) for route in self.routes]
        self._words = frozenset(word for signs in self._signs for word in signs if word)
        self._near = lru_cache(KNOWN)(self._router)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether there is such a path; its method is judged by the route."""
        if scope["type"] != "http":
            return Match.NONE, {}
        fits = any(route.matches(scope)[0] is not Match.NONE for route in self._router_of(scope).routes)
        return (Match.FULL if fits else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        await self._router_of(scope)(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Path of the route of a name.

        Raises
        ------
        NoMatchFound
            No route has it, with these parameters.
        """
        return self._all.url_path_for(name, **path_params)

    def _router_of(self, scope: Scope) -> APIRouter:
        words = get_route_path(scope).split("/", DEPTH + 1)[1 : DEPTH + 1]
        return self._near(tuple(word if word in self._words else "" for word in words))

    def _router(self, words: tuple[str, ...]) -> APIRouter:
        pairs = zip(self._signs, self.routes, strict=True)
        return APIRouter(routes=[route for signs, route in pairs if _lead_to(signs, words)])


def _lead_to(signs: Sequence[str], words: Sequence[str]) -> bool:
    return len(signs) <= len(words) and all(sign in ("", word) for sign, word in zip(signs, words, strict=False))


def _signs(route: APIRoute) -> tuple[str, ...]:
    """Words that a path of a route begins with; none where anything may stand, and at its end what may hold slashes."""
    words = list[str]()
    for word in route.path.split("/")[1 : DEPTH + 1]:
        if word.startswith("{") and word.endswith(":path}"):
            break
        words.append("" if "{" in word else word)
    return tuple(words)
