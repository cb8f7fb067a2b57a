"""The application: every route found in `api.http.routes`, problems for errors, nothing open but what says so."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from api.http import routes
from api.http.docs_page import add_docs
from api.http.middleware import Gate
from api.http.observing import observe, telemetry_of
from api.http.openapi import PREFIX, TITLE, VERSION, document_of, operation_id, tags_of
from api.http.problems import add_problems
from api.http.screens import add_screens
from api.http.signposts import Signposts
from api.settings import Settings

SMALL_BYTES = 1000
"""Answers up to this size are not worth packing."""


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(f"{routes.__name__}.{one.name}") for one in iter_modules(routes.__path__))


@cache
def _served() -> tuple[BaseRoute, ...]:
    """Every route; made once, since applications differ by their settings alone. A module may be served elsewhere."""
    own, others = list[APIRoute](), APIRouter(generate_unique_id_function=operation_id)
    for module in _modules():
        if module.router.prefix.startswith(PREFIX):
            own += [route for route in module.router.routes if isinstance(route, APIRoute)]
        else:
            others.include_router(module.router, prefix=module.PREFIX)
    return (Signposts(own), *others.routes)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; made once, for it is the same wherever the service runs."""
    return document_of(_served(), tags_of(_modules()))


def create_app(settings: Settings) -> FastAPI:
    """Application over an installation."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=telemetry_of(settings),
    )
    app.openapi_url = f"{PREFIX}/openapi.json"  # named for the docs; `routes.document` serves it to whoever is known
    app.state.settings = settings
    add_problems(app)
    app.router.routes.extend(_served())
    app.openapi = document
    add_docs(app)
    add_screens(app)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL_BYTES, compresslevel=4)
    app.add_middleware(Gate, settings=settings)
    observe(app, settings)
    return app
