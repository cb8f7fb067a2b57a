"""Requests find the route that a plain router would find, without trying all."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.http.signposts import Signposts

PATHS = ("/v1/centres", "/v1/centres/{centre}", "/v1/centres/{centre}/staff", "/v1/centres/{centre}/rows/{key:path}", "/v1/me")
ASKED = (
    "/v1/centres",
    "/v1/centres/a",
    "/v1/centres/staff",
    "/v1/centres/me/staff",
    "/v1/centres/a/rows/b/staff",
    "/v1/me",
    "/v1/you",
)


def _telling(path: str) -> Callable[[], str]:
    def told() -> str:
        return path

    return told


def service(*, plain: bool) -> TestClient:
    router, app = APIRouter(), FastAPI()
    for path in PATHS:
        router.add_api_route(path, _telling(path), methods=["GET"], name=path)
    found = [route for route in router.routes if isinstance(route, APIRoute)]
    app.router.routes.extend(found if plain else [Signposts(found)])
    return TestClient(app)


def test_every_path_finds_the_route_that_a_plain_router_finds() -> None:
    with service(plain=True) as expected, service(plain=False) as found:
        for path in (*ASKED, *(f"{one}/" for one in ASKED)):
            for method in ("GET", "POST"):
                one, other = expected.request(method, path), found.request(method, path)
                assert (one.status_code, one.text, one.headers.get("Allow")) == (
                    other.status_code,
                    other.text,
                    other.headers.get("Allow"),
                ), path


def test_names_find_their_paths() -> None:
    with service(plain=False) as client:
        app = client.app
        assert isinstance(app, FastAPI)
        assert app.url_path_for("/v1/centres/{centre}/staff", centre="a") == "/v1/centres/a/staff"
