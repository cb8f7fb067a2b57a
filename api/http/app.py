"""The application: every route found in `api.http.routes`, problems for errors, nothing open but what says so."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import FastAPI

from api.http import routes
from api.http.observing import observe, telemetry_of
from api.http.problems import add_problems
from api.settings import Settings

PREFIX = "/api/v1"


def create_app(settings: Settings) -> FastAPI:
    """Application over an installation."""
    app = FastAPI(
        title="Echelon",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        telemetry=telemetry_of(settings),
    )
    app.state.settings = settings
    add_problems(app)
    for found in iter_modules(routes.__path__):
        app.include_router(import_module(f"{routes.__name__}.{found.name}").router, prefix=PREFIX)
    observe(app, settings)
    return app
