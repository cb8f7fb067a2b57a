"""Every route x every role x in and out of the centres that are open to it; routes are found in the application."""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import httpx2
import pytest
from fastapi.routing import APIRoute
from limits import parse
from service_case import Service, serving

from api.http import middleware
from api.http.access import Needs
from api.http.app import create_app
from api.http.permissions import GRANTS, OF_ALL_CENTRES, Permission, Role
from api.http.signposts import Signposts
from api.settings import Settings

OPEN = re.compile(
    r"^/(api/v1/)?(login|health|ready|metrics|calendars/[^/]+|api/docs(/oauth2-redirect)?|api/static|assets|{path:path})$"
)
"""What is open without a login: the token of a calendar is its key, and so may be that of the metrics; the page of the docs and
that of the screens are empty frames, what they show is not open."""

PLACES = {"centre": "nowhere", "revision": "1", "run": "1", "key": "0", "session": "0", "day": "2026-01-01", "agent": "somebody"}


@dataclass(frozen=True)
class Way:
    """A method and path, and what it needs: a permission, None = whoever is known, "open" = nobody."""

    method: str
    path: str
    needs: str | None
    own: str = ""
    """Permission that is enough for what is about oneself."""

    def may(self, role: Role) -> bool:
        return self.needs is None or self.needs in GRANTS[role] or self.own in GRANTS[role]

    @property
    def address(self) -> str:
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: PLACES.get(found[1], "nothing"), self.path)


def ways(settings: Settings) -> Iterator[Way]:
    for prefix, route in _routes(create_app(settings).routes, ""):
        if isinstance(route, APIRoute):
            needs = list({one.permission: one for one in _needs(route.dependant)}.values())
            assert len(needs) <= 1, f"{route.path} needs more than one permission"
            for method in sorted(route.methods):
                yield Way(
                    method,
                    prefix + route.path,
                    needs[0].permission if needs else "open",
                    getattr(needs[0], "own", "") if needs else "",
                )
        else:
            yield Way("GET", prefix + route.path, "open")


def _routes(found: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Routes with the prefix that they were included under; FastAPI keeps included routers as they are."""
    for route in found:
        inner = getattr(route, "original_router", None)
        if isinstance(route, Signposts):
            yield from _routes(route.routes, prefix)
        elif inner is None:
            yield prefix, route
        else:
            yield from _routes(inner.routes, prefix + route.include_context.prefix)


def _needs(dependant: Any) -> Iterator[Needs]:
    for one in dependant.dependencies:
        if isinstance(one.call, Needs):
            yield one.call
        yield from _needs(one)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with pytest.MonkeyPatch.context() as patch, serving(tmp_path_factory.mktemp("matrix") / "data") as one:
        patch.setattr(middleware, "STRANGERS", parse("100000/minute"))  # hundreds of wrong keys come from here
        yield one


def status(client: httpx2.Client, way: Way) -> int:
    """What is answered to a request without a body; streams are not read."""
    with client.stream(way.method, str(client.base_url.join(way.address))) as answer:
        return answer.status_code


def test_nothing_is_open_but_what_says_so(service: Service) -> None:
    left_open = [way.path for way in ways(service.settings) if way.needs == "open" and not OPEN.match(way.path)]
    assert left_open == []


def test_nobody_gets_in_without_a_key(service: Service) -> None:
    client = service.client()
    del client.headers["Authorization"]
    wrong = service.client()
    wrong.headers["Authorization"] = "Bearer ech_wrong"
    let_in = [way for way in ways(service.settings) if way.needs != "open" and {status(client, way), status(wrong, way)} != {401}]
    assert let_in == []


@pytest.mark.parametrize("role", get_args(Role))
def test_each_role_does_what_its_permissions_allow_and_nothing_else(service: Service, role: Role) -> None:
    free = service.client(role, agent="somebody")
    confined = service.client(role, centres=["elsewhere"], agent="somebody")
    wrong: list[tuple[str, Way, int]] = []
    for way in ways(service.settings):
        if way.needs == "open" or way.path.endswith("/logout"):
            continue
        may, elsewhere = way.may(role), "{centre}" in way.path or way.needs in OF_ALL_CENTRES
        told = status(free, way)
        if way.needs is not None and (told in (401, 403)) == may:
            wrong.append((role, way, told))
        if way.needs is not None and (not may or elsewhere) and (told := status(confined, way)) != 403:
            wrong.append((f"{role}, confined", way, told))
        assert told < 500, way
    assert wrong == []


def test_every_permission_is_held_by_some_role_and_asked_for_by_name() -> None:
    assert set().union(*GRANTS.values()) == set(get_args(Permission))
    assert set(GRANTS) == set(get_args(Role))
