"""Errors as RFC 9457 problems: the only place where an error meets a status code."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import Problem
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from api.http.denials import note_denial
from data.exchange.documents import expected_of
from data.model.errors import EchelonError, Finding, InvalidData, NotFound, SolverFailure, Superseded, VerificationFailed
from data.store.base import UNKEEPABLE
from data.store.runs import Restored

log = structlog.get_logger("echelon.http")


class Unauthenticated(EchelonError):
    """Nobody who is known."""


class Forbidden(EchelonError):
    """Somebody who may not."""


class NoPrecondition(EchelonError):
    """A change that does not say which version it changes."""


class Conflict(EchelonError):
    """A request that contradicts an earlier one."""


class TooLarge(EchelonError):
    """A body, or what it unpacks to, above the limit."""


class Unsupported(EchelonError):
    """A body of a kind that is not taken."""


class TooMany(EchelonError):
    """More requests than are allowed; `retry_after` seconds to wait."""

    def __init__(self, message: str, retry_after: int):
        self.retry_after = retry_after
        super().__init__(message)


CATALOGUE: dict[type[EchelonError], tuple[int, str, str]] = {
    InvalidData: (422, "invalid-data", "The data cannot be used"),
    NotFound: (404, "not-found", "There is no such thing"),
    Superseded: (412, "superseded", "Somebody else has changed it since"),
    NoPrecondition: (428, "precondition-required", "Say which version is changed: If-Match"),
    Conflict: (409, "conflict", "An earlier request says otherwise"),
    Unauthenticated: (401, "unauthenticated", "Who are you?"),
    Forbidden: (403, "forbidden", "Not allowed"),
    TooLarge: (413, "too-large", "The body is too large"),
    Unsupported: (415, "unsupported-media-type", "A body of this kind is not taken"),
    TooMany: (429, "too-many-requests", "Too many requests"),
    SolverFailure: (500, "solver-failure", "A solver broke down"),
    Restored: (409, "restored", "It ended with the installation that was restored: submit it again"),
    VerificationFailed: (500, "verification-failed", "The verifier refuses a result"),
}
"""Status, code and title of each error: the catalogue of codes."""

OF_THE_WEB: dict[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be read"),
    404: ("no-such-path", "There is no such path"),
    405: ("method-not-allowed", "This path does not take this method"),
}
"""Code and title of what the web framework refuses."""

BROKEN = ("internal-error", "Something broke; the log tells it under the request id")


class FindingOut(BaseModel):
    """One thing wrong with what was sent."""

    where: str = Field(description="File, resource and key, or part of the request.", examples=["staff.csv"])
    row: int | None = Field(None, description="Line of the file (the header is line 1); null = the whole.")
    column: str | None = Field(None, description="Column or key; null = the whole row.")
    read: str = Field(description="What stands there.")
    expected: str = Field(description="What should stand there.")
    fix: str = Field("", description="What to do about it.")


class ProblemOut(BaseModel):
    """An error as RFC 9457 tells it (`application/problem+json`)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Code of the catalogue: `GET /api/v1/problems`.", examples=["invalid-data"])
    title: str = Field(description="What is wrong, the same for every problem of a code.")
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str | None = Field(None, description="What is wrong with this request.")
    request_id: str | None = Field(None, description="The id of the request, as `X-Request-ID` says it.")
    findings: list[FindingOut] | None = Field(None, description="Everything wrong with the data, not the first alone.")


def _extras(request: Request, findings: Iterable[Finding] | None = None) -> dict[str, Any]:
    told = {} if findings is None else {"findings": [asdict(finding) for finding in findings]}
    return {"request_id": getattr(request.state, "id", ""), **told}


def _told(_: ExceptionHandler, request: Request, error: Exception) -> Problem:
    kind = next(one for one in CATALOGUE if isinstance(error, one))
    status, code, title = CATALOGUE[kind]
    if isinstance(error, Forbidden):
        note_denial(request, str(error))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    findings = error.findings if isinstance(error, InvalidData) else None
    return Problem(title, type_=code, detail=str(error), status=status, headers=headers, **_extras(request, findings))


def _unreadable(_: ExceptionHandler, request: Request, error: Exception) -> Problem:
    """A request that its route cannot read: each thing is a finding."""
    found = [_finding(one) for one in cast(RequestValidationError, error).errors()]
    status, code, title = CATALOGUE[InvalidData]
    detail = "\n".join(map(str, found))
    return Problem(title, type_=code, detail=detail, status=status, **_extras(request, found))


def _finding(error: dict[str, Any]) -> Finding:
    where, *place = (str(part) for part in error["loc"])
    read = "nothing" if error["type"] == "missing" else repr(error.get("input"))[:200]
    return Finding(where, None, ".".join(place) or None, read, expected_of(str(error["msg"])))


def _of_the_web(handler: ExceptionHandler, request: Request, error: Exception) -> Problem:
    told = cast(HTTPException, error)
    if isinstance(told.__cause__, EchelonError):  # a body that grew too large while it was read
        return _told(handler, request, told.__cause__)
    code, title = OF_THE_WEB.get(told.status_code, ("http-error", "The request was refused"))
    headers = dict(told.headers or {})
    return Problem(title, type_=code, detail=str(told.detail), status=told.status_code, headers=headers, **_extras(request))


def _broken(_: ExceptionHandler, request: Request, __: Exception) -> Problem:
    """What nobody foresaw: nothing of it is told outside."""
    return Problem(BROKEN[1], type_=BROKEN[0], status=500, **_extras(request))


def _unkeepable(_: ExceptionHandler, request: Request, error: Exception) -> Problem:
    """What a database has no room for, such as a number of thirty digits: a fault of the request, not of the service."""
    log.warning("unkeepable", error=type(error).__name__, request=getattr(request.state, "id", ""))
    status, code, title = CATALOGUE[InvalidData]
    found = [Finding("request", None, None, "a value that cannot be kept", "text, and numbers of at most 18 digits")]
    return Problem(title, type_=code, detail="\n".join(map(str, found)), status=status, **_extras(request, found))


def add_problems(app: FastAPI) -> None:
    """Answer every error as a problem."""
    handler = new_exception_handler(
        handlers={**dict.fromkeys(CATALOGUE, _told), **dict.fromkeys(UNKEEPABLE, _unkeepable)},
        http_exception_handler=_of_the_web,
        request_validation_handler=_unreadable,
    )
    handler.handlers[Exception] = _broken
    add_exception_handler(app, handler, generic_swagger_defaults=False)
    for kind in (*CATALOGUE, *UNKEEPABLE):
        app.add_exception_handler(kind, handler)


def problem(request: Request, error: EchelonError) -> Any:
    """The answer to an error outside of a route."""
    return new_exception_handler(handlers=dict.fromkeys(CATALOGUE, _told))(request, error)
