"""The OpenAPI document, from which systems build their clients: readable operation ids, described tags, declared problems."""

import inspect
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.http.problems import CATALOGUE, ProblemOut
from api.http.signposts import Signposts

TITLE, VERSION, PREFIX = "Echelon", "1", "/api/v1"

ABOUT = """Forecast, requirement, roster, early warning and emergency echelons of a contact centre, for HR systems and people.

* Errors are RFC 9457 problems; `GET /api/v1/problems` lists their codes, and wrong data is told with every finding at once.
* Lists come in pages: follow `next` with `?after=`.
* What was read carries an `ETag`; a change names it in `If-Match` (428 without, 412 if somebody else was faster).
* A `POST` may carry an `Idempotency-Key`: sent again, it gets the first answer and does nothing.
* `X-Reason` says why something is changed; it stands in the audit trail. `X-Request-ID` names a request.
* Days and instants are ISO 8601; instants have an offset.
"""

ALWAYS = (400, 401, 403, 404, 405, 413, 422, 429)
OF_CHANGES = (409, 412, 415, 428)
VERBS = {"post", "put", "patch", "delete"}
CONVENTIONS = ("scim",)
"""Roots of paths that other standards describe."""


def operation_id(route: APIRoute) -> str:
    """The name of the function that serves a route: no two are alike. That of another convention begins with its name."""
    other = route.path_format.split("/")[1] if not route.path_format.startswith("/api/") else ""
    served_twice = other and "{centre}" in route.path_format
    return "_".join([*([other] if other in CONVENTIONS else []), route.name, *(["of_centre"] if served_twice else [])])


def tags_of(modules: Iterable[ModuleType]) -> list[dict[str, str]]:
    """Each tag with what the module of its routes says of it."""
    told: dict[str, str] = {}
    for module in modules:
        for tag in (*module.router.tags, *(tag for route in module.router.routes for tag in getattr(route, "tags", ()))):
            told.setdefault(str(tag), (inspect.getdoc(module) or "").split("\n\n")[0])
    return [{"name": name, "description": text} for name, text in sorted(told.items())]


def api_router(prefix: str = "", **told: Any) -> APIRouter:
    """Router of a module of `api.http.routes`; its paths are whole, so that they need not be pieced together at each request.

    Parameters
    ----------
    prefix : str
        What all its paths begin with, after that of the API.
    **told
        As of `fastapi.APIRouter`.
    """
    return APIRouter(prefix=PREFIX + prefix, generate_unique_id_function=operation_id, **told)


def document_of(routes: Iterable[BaseRoute], tags: list[dict[str, str]]) -> dict[str, Any]:
    """The document of some routes, with every problem that an operation may answer with."""
    flat = [route for one in routes for route in (one.routes if isinstance(one, Signposts) else [one])]
    return _declared(get_openapi(title=TITLE, version=VERSION, description=ABOUT, routes=flat, tags=tags))


def _declared(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    made = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {"FindingOut": made.pop("$defs")["FindingOut"], "Problem": made | {"title": "Problem"}}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for one in schemas.values():
        _name_files(one)
    for path in document["paths"].values():
        for verb, operation in path.items():
            if verb in VERBS | {"get"}:
                operation["responses"] |= {
                    str(status): _problem(status) for status in (*ALWAYS, *(OF_CHANGES if verb in VERBS else ()))
                }
    return document


def _name_files(schema: dict[str, Any]) -> None:
    """Say of files that they are binary as OpenAPI 3.0 did, too: many generators of clients know that alone."""
    for field in schema.get("properties", {}).values():
        if field.get("contentMediaType") == "application/octet-stream":
            field["format"] = "binary"


def _problem(status: int) -> dict[str, Any]:
    titles = [code.title for code in CATALOGUE.values() if code.status == status]
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": titles[0] if titles else "Refused", "content": {"application/problem+json": reference}}
