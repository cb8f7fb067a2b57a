"""Errors as RFC 9457 problems: the only place where an error meets a status code."""

from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request
from fastapi_problem.error import Problem
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler

from api.http.denials import note_denial
from data.model.errors import EchelonError, InvalidData, NotFound, SolverFailure, Superseded, VerificationFailed


class Unauthenticated(EchelonError):
    """Nobody who is known."""


class Forbidden(EchelonError):
    """Somebody who may not."""


class NoPrecondition(EchelonError):
    """A change that does not say which version it changes."""


class Conflict(EchelonError):
    """A request that contradicts an earlier one."""


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
    TooMany: (429, "too-many-requests", "Too many requests"),
    SolverFailure: (500, "solver-failure", "A solver broke down"),
    VerificationFailed: (500, "verification-failed", "The verifier refuses a result"),
}
"""Status, code and title of each error: the catalogue of codes."""


def _told(_: ExceptionHandler, request: Request, error: Exception) -> Problem:
    kind = next(one for one in CATALOGUE if isinstance(error, one))
    status, code, title = CATALOGUE[kind]
    extras: dict[str, Any] = {"request_id": getattr(request.state, "id", "")}
    if isinstance(error, InvalidData):
        extras["findings"] = [asdict(finding) for finding in error.findings]
    if isinstance(error, Forbidden):
        note_denial(request, str(error))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    return Problem(title, type_=code, detail=str(error), status=status, headers=headers, **extras)


def add_problems(app: FastAPI) -> None:
    """Answer every error as a problem."""
    handler = new_exception_handler(handlers=dict.fromkeys(CATALOGUE, _told))
    add_exception_handler(app, handler)
    for kind in CATALOGUE:
        app.add_exception_handler(kind, handler)
