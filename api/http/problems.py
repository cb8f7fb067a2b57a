"""Errors as RFC 9457 problems: the only place where an error meets a status code."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple, cast

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


class Code(NamedTuple):
    """A code of the catalogue: status, what stands in `type` of a problem, and what it means."""

    status: int
    code: str
    title: str
    title_zh: str


CATALOGUE: dict[type[EchelonError], Code] = {
    InvalidData: Code(422, "invalid-data", "The data cannot be used", "数据有问题，无法使用"),
    NotFound: Code(404, "not-found", "There is no such thing", "没有找到"),
    Superseded: Code(412, "superseded", "Somebody else has changed it since", "别人已经改过"),
    NoPrecondition: Code(428, "precondition-required", "Say which version is changed: If-Match", "请说明所改版本（If-Match）"),
    Conflict: Code(409, "conflict", "An earlier request says otherwise", "与先前的请求矛盾"),
    Unauthenticated: Code(401, "unauthenticated", "Who are you?", "请先登录"),
    Forbidden: Code(403, "forbidden", "Not allowed", "没有权限"),
    TooLarge: Code(413, "too-large", "The body is too large", "内容过大"),
    Unsupported: Code(415, "unsupported-media-type", "A body of this kind is not taken", "不接受这种格式"),
    TooMany: Code(429, "too-many-requests", "Too many requests", "请求过于频繁"),
    SolverFailure: Code(500, "solver-failure", "A solver broke down", "求解器出错"),
    Restored: Code(
        409, "restored", "It ended with the installation that was restored: submit it again", "已随系统恢复而结束，请重新提交"
    ),
    VerificationFailed: Code(500, "verification-failed", "The verifier refuses a result", "独立核验未通过"),
}
"""The code of each error."""

OF_THE_WEB: dict[int, Code] = {
    one.status: one
    for one in (
        Code(400, "bad-request", "The request cannot be read", "请求无法读取"),
        Code(404, "no-such-path", "There is no such path", "没有这个地址"),
        Code(405, "method-not-allowed", "This path does not take this method", "此地址不接受该方法"),
    )
}
"""What the web framework refuses."""

BROKEN = Code(500, "internal-error", "Something broke; the log tells it under the request id", "系统出错，可凭请求编号查日志")


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
    status, code, title = CATALOGUE[kind][:3]
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
    status, code, title = CATALOGUE[InvalidData][:3]
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
    kind = OF_THE_WEB.get(told.status_code)
    code, title = (kind.code, kind.title) if kind else ("http-error", "The request was refused")
    headers = dict(told.headers or {})
    return Problem(title, type_=code, detail=str(told.detail), status=told.status_code, headers=headers, **_extras(request))


def _broken(_: ExceptionHandler, request: Request, __: Exception) -> Problem:
    """What nobody foresaw: nothing of it is told outside."""
    return Problem(BROKEN.title, type_=BROKEN.code, status=BROKEN.status, **_extras(request))


def _unkeepable(_: ExceptionHandler, request: Request, error: Exception) -> Problem:
    """What a database has no room for, such as a number of thirty digits: a fault of the request, not of the service."""
    log.warning("unkeepable", error=type(error).__name__, request=getattr(request.state, "id", ""))
    status, code, title = CATALOGUE[InvalidData][:3]
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
