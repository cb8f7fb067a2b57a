"""Calendar feeds: a secret link for each calendar program of an agent, which can be revoked."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import BaseModel, Field

from api.calendars import feed_text
from api.http.access import DatabaseOf, hand, need
from api.http.etags import IfNoneMatch, etag, known
from api.http.idempotency import IdempotencyKey, keep, told_before
from api.http.openapi import api_router
from api.http.own import check_open
from api.http.permissions import Caller
from api.http.problems import TooMany
from api.http.scopes import visible_agents
from data.model.errors import NotFound
from data.store.calendars import Feed, add_feed, feed_of, feeds, renew_feed, revoke_feed
from data.store.revisions import revision_of

router = api_router(tags=["calendars"])

GUESSES = RateLimitItemPerMinute(20)
"""Unknown links that one address may ask for."""


class FeedIn(BaseModel):
    """A new feed."""

    agent: str = Field(description="Whose shifts.")
    note: str = Field(default="", max_length=200, description="What it is for, such as a phone.")


class FeedOut(BaseModel):
    """A feed; its link is told only when it is made."""

    id: int
    agent: str
    note: str
    created_at: datetime
    created_by: str


class NewFeed(FeedOut):
    """A feed that was made now."""

    path: str = Field(description="Path of the link, on this host: whoever knows it can read the shifts.")


@router.post("/centres/{centre}/calendars", status_code=201)
def make_feed(
    request: Request,
    centre: str,
    body: FeedIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need("own:write")],
    idempotency_key: IdempotencyKey = None,
) -> NewFeed:
    """Make a feed of the published shifts of an agent: for oneself, or for an agent that one may change.

    A link is told once. Sent again with the same `Idempotency-Key`, the same feed gets a new link, and the one before ends.
    """
    asked, author = [request.url.path, body.model_dump()], hand(request, caller)
    with database.writing() as connection:
        revision_of(connection, centre)
        check_open(connection, centre, caller, body.agent, "people:write")
        found = told_before(connection, idempotency_key, caller.name, asked)
        if found is not None:
            feed, token = renew_feed(connection, centre, int(found["feed"]), author)
        else:
            feed, token = add_feed(connection, centre, body.agent, body.note, author)
            keep(connection, idempotency_key, caller.name, asked, {"feed": feed.id}, author.at)
    path = request.url_for("read_feed", token=token).path
    return NewFeed(**_told(feed).model_dump(), path=path)


def _told(feed: Feed) -> FeedOut:
    return FeedOut.model_validate(feed, from_attributes=True)


@router.get("/centres/{centre}/calendars")
def list_feeds(centre: str, database: DatabaseOf, caller: Annotated[Caller, need("own:read")]) -> list[FeedOut]:
    """Feeds that are not revoked: one's own, and those of the agents that one may see."""
    with database.reading() as connection:
        revision_of(connection, centre)
        seen = visible_agents(connection, centre, caller) if caller.may("data:read") else frozenset({caller.agent})
        return [_told(feed) for feed in feeds(connection, centre, None if seen is None else sorted(seen))]


@router.delete("/centres/{centre}/calendars/{feed}", status_code=204)
def delete_feed(
    request: Request, centre: str, feed: int, database: DatabaseOf, caller: Annotated[Caller, need("own:write")]
) -> None:
    """Revoke a feed: its link answers no more."""
    with database.writing() as connection:
        revision_of(connection, centre)
        found = next((one for one in feeds(connection, centre) if one.id == feed), None)
        if found is None:
            raise NotFound(f"no calendar feed {feed}")
        check_open(connection, centre, caller, found.agent, "people:write")
        revoke_feed(connection, centre, feed, hand(request, caller))


ICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}, "description": "An iCalendar document (RFC 5545)."},
    304: {"description": "The caller holds it already."},
}


@router.get("/calendars/{token}.ics", responses=ICS, response_class=Response)
def read_feed(
    request: Request,
    token: Annotated[str, Path(max_length=100, description="The secret of the link.")],
    database: DatabaseOf,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The published shifts of an agent as an iCalendar feed. The link is the key: nothing else is asked for."""
    _refuse_guessing(request, count=False)
    now = datetime.now(UTC)
    with database.reading() as connection:
        feed = feed_of(connection, token)
        text = b"" if feed is None else feed_text(connection, feed, now)
    if feed is None:
        _refuse_guessing(request, count=True)
        raise NotFound("no such calendar")
    version = hashlib.sha256(text).hexdigest()[:32]
    headers = {"ETag": etag(version), "Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer"}
    if known(if_none_match, version):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


def _limiter(app: FastAPI) -> MovingWindowRateLimiter:
    if not hasattr(app.state, "guesses"):
        app.state.guesses = MovingWindowRateLimiter(MemoryStorage())
    return app.state.guesses


def _refuse_guessing(request: Request, *, count: bool) -> None:
    """Raise `TooMany` if an address has asked for many links that there are not."""
    limiter, address = _limiter(request.app), request.client.host if request.client else ""
    allowed = limiter.hit(GUESSES, address) if count else limiter.test(GUESSES, address)
    if not allowed:
        raise TooMany("too many unknown calendar links", retry_after=60)
