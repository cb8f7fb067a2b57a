"""Versions of things on the wire: `ETag` says which one was read, `If-Match` which one is changed."""

from typing import Annotated

from fastapi import Header, Response

from api.http.problems import NoPrecondition
from data.model.errors import Superseded

IfMatch = Annotated[str | None, Header(description="`ETag` of the version that is changed; `*` = whichever stands.")]
IfNoneMatch = Annotated[str | None, Header(description="`ETag` of the version that is known already.")]


def etag(version: int | str) -> str:
    """A version as a strong tag."""
    return f'"{version}"'


def tag(response: Response, version: int | str) -> None:
    """Say which version is answered with."""
    response.headers["ETag"] = etag(version)


def known(if_none_match: str | None, version: int | str) -> bool:
    """Whether the caller holds a version already: the answer is then 304 without a body."""
    return if_none_match is not None and (if_none_match == "*" or etag(version) in _tags(if_none_match))


def must_match(if_match: str | None, version: int | str) -> None:
    """Refuse a change of another version than the one that stands.

    Raises
    ------
    NoPrecondition
        The request does not say which version it changes.
    Superseded
        Somebody else has changed it since.
    """
    if if_match is None:
        raise NoPrecondition("send If-Match with the ETag that was read")
    if if_match != "*" and etag(version) not in _tags(if_match):
        raise Superseded(f"If-Match says {if_match}, but {etag(version)} stands: read it again")


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}
