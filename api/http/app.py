"""The application: every route found in `api.http.routes`, problems for errors, nothing open but what says so."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api.http import routes
from api.http.docs_page import add_docs
from api.http.middleware import Gate
from api.http.observing import observe, telemetry_of
from api.http.openapi import ABOUT, operation_id, tags_of, with_problems
from api.http.problems import add_problems
from api.http.screens import add_screens
from api.settings import Settings

PREFIX = "/api/v1"
SMALL_BYTES = 1000
"""Answers up to this size are not worth packing."""


def create_app(settings: Settings) -> FastAPI:
    """Application over an installation."""
    found = [import_module(f"{routes.__name__}.{one.name}") for one in iter_modules(routes.__path__)]
    app = FastAPI(
        title="Echelon",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=telemetry_of(settings),
        openapi_tags=tags_of(found),
        generate_unique_id_function=operation_id,
    )
    app.openapi_url = f"{PREFIX}/openapi.json"  # named for the docs; `routes.document` serves it to whoever is known
    app.state.settings = settings
    add_problems(app)
    for module in found:
        app.include_router(module.router, prefix=getattr(module, "PREFIX", PREFIX))
    app.openapi = with_problems(app)
    add_docs(app)
    add_screens(app)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL_BYTES, compresslevel=4)
    app.add_middleware(Gate, settings=settings)
    observe(app, settings)
    return app
