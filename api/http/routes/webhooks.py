"""Webhooks: who hears of which events, what became of each delivery, and sending again."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from api.http.access import DatabaseOf, SettingsOf, hand
from api.http.etags import IfMatch, must_match, tag
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller
from api.http.whole import need_whole
from api.outbound import check_url
from data.store import webhooks as kept
from data.store.events import add_event, events
from data.store.revisions import revision_of

router = api_router("/centres/{centre}", tags=["webhooks"])

EventTypes = Annotated[
    list[Annotated[str, Field(pattern=r"^(\*|[a-z_]{1,40}\.(\*|[a-z_]{1,40}))$")]],
    Field(min_length=1, max_length=50, description="Types of events: `roster.published`, `roster.*`, or `*` for all."),
]
Url = Annotated[str, Field(max_length=2000, description="Where events are sent: HTTPS.")]
Planner = Annotated[Caller, need_whole("rosters:publish")]
Number = Annotated[int, Field(ge=1, le=2**53)]


class WebhookIn(BaseModel):
    """A new subscription."""

    url: Url
    types: EventTypes = ["*"]


class WebhookPatch(BaseModel):
    """What is to change of a subscription; what is left out stays."""

    url: Url | None = None
    types: EventTypes | None = None
    enabled: bool | None = Field(default=None, description="Enabled again, what waits is sent.")


class WebhookOut(BaseModel):
    """A subscription."""

    id: str
    url: str
    types: list[str]
    enabled: bool
    why: str = Field(description="Why it is not enabled, where Echelon has disabled it.")
    failing_since: datetime | None = Field(description="First failure since the last delivery that arrived.")
    created_at: datetime


class WebhookMade(WebhookOut):
    """A subscription with its secret, which is told this once."""

    secret: str = Field(description="Verifies signatures, as Standard Webhooks say: `whsec_...`.")


class DeliveryOut(BaseModel):
    """An event on its way to a subscription."""

    id: int
    event: str = Field(description="The header `webhook-id`: the same at each attempt.")
    type: str
    state: kept.DeliveryState = Field(description="dead: given up after about three days; it can be replayed.")
    attempts: int
    made_at: datetime
    last_at: datetime | None
    next_at: datetime | None = Field(description="When it is tried next.")
    status: int | None = Field(description="Code of the last answer; null = there was none.")
    error: str


class ReplayIn(BaseModel):
    """Which deliveries are sent again: those made in a time range."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    state: kept.DeliveryState | None = Field(default=None, description="Only those in this state, e.g. dead.")


class Replayed(BaseModel):
    """How many deliveries are sent again."""

    deliveries: int


class EventOut(BaseModel):
    """Something that happened in a centre."""

    id: str = Field(description="As the header `webhook-id`.")
    type: str
    at: datetime
    revision: int
    data: dict[str, Any]


@router.get("/events")
def list_events(
    centre: str,
    database: DatabaseOf,
    _: Planner,
    types: Annotated[list[str] | None, Query(description="Only these types; `roster.*` and `*` are understood.")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[EventOut]:
    """Events of a centre, oldest first: for who cannot receive webhooks, or has lost some."""
    keys = keys_of(after, 1)
    with database.reading() as connection:
        revision_of(connection, centre)
        rows = events(connection, centre, after=_whole(keys), limit=limit + 1, types=types or ["*"])
    found = page_of(rows, limit, lambda row: (row["id"],))
    return Page(items=[EventOut.model_validate(row | {"id": f"evt_{row['id']}"}) for row in found.items], next=found.next)


@router.get("/webhooks")
def list_webhooks(centre: str, database: DatabaseOf, _: Planner) -> list[WebhookOut]:
    """Subscriptions of a centre; their secrets are not told again."""
    with database.reading() as connection:
        revision_of(connection, centre)
        return [WebhookOut(**row) for row in kept.webhooks(connection, centre)]


@router.post("/webhooks", status_code=201)
def add_webhook(
    request: Request, response: Response, centre: str, body: WebhookIn, database: DatabaseOf, settings: SettingsOf, caller: Planner
) -> WebhookMade:
    """Subscribe to events of a centre from now on; the answer holds the secret, this once."""
    check_url(body.url, private=settings.webhooks_private)
    with database.writing() as connection:
        revision_of(connection, centre)
        row = kept.add_webhook(connection, centre, body.url, body.types, hand(request, caller))
    response.headers["Location"] = f"{request.url.path}/{row['id']}"
    tag(response, row["version"])
    return WebhookMade(**row)


@router.get("/webhooks/{webhook}")
def get_webhook(response: Response, centre: str, webhook: str, database: DatabaseOf, _: Planner) -> WebhookOut:
    """A subscription."""
    with database.reading() as connection:
        row = kept.webhook(connection, centre, webhook)
    tag(response, row["version"])
    return WebhookOut(**row)


@router.patch("/webhooks/{webhook}")
def change_webhook(
    request: Request,
    response: Response,
    centre: str,
    webhook: str,
    body: WebhookPatch,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Planner,
    if_match: IfMatch = None,
) -> WebhookOut:
    """Change a subscription, or enable it again."""
    told = body.model_dump(exclude_none=True)
    if body.url is not None:
        check_url(body.url, private=settings.webhooks_private)
    with database.writing() as connection:
        must_match(if_match, kept.webhook(connection, centre, webhook)["version"])
        row = kept.change_webhook(connection, centre, webhook, hand(request, caller), **told)
    tag(response, row["version"])
    return WebhookOut(**row)


@router.delete("/webhooks/{webhook}", status_code=204)
def remove_webhook(
    request: Request, centre: str, webhook: str, database: DatabaseOf, caller: Planner, if_match: IfMatch = None
) -> None:
    """End a subscription."""
    with database.writing() as connection:
        must_match(if_match, kept.webhook(connection, centre, webhook)["version"])
        kept.remove_webhook(connection, centre, webhook, hand(request, caller))


@router.post("/webhooks/{webhook}/rotate")
def rotate_webhook_secret(request: Request, centre: str, webhook: str, database: DatabaseOf, caller: Planner) -> WebhookMade:
    """Make a new secret, told this once; for a day the old one signs as well."""
    with database.writing() as connection:
        return WebhookMade(**kept.rotate_secret(connection, centre, webhook, hand(request, caller)))


@router.post("/webhooks/{webhook}/ping", status_code=202)
def ping_webhook(request: Request, centre: str, webhook: str, database: DatabaseOf, caller: Planner) -> DeliveryOut:
    """Send `webhook.ping` to one subscription: look at its deliveries for what came of it."""
    by = hand(request, caller)
    with database.writing() as connection:
        row = kept.webhook(connection, centre, webhook)
        event = add_event(connection, centre, revision_of(connection, centre), PING, by.at, {"webhook": row["id"], "by": by.who})
        kept.put_deliveries(connection, [(row["id"], event, PING)], by.at)
        return _delivery(kept.deliveries(connection, row["id"], limit=1)[0])


@router.get("/webhooks/{webhook}/deliveries")
def list_deliveries(
    centre: str,
    webhook: str,
    database: DatabaseOf,
    _: Planner,
    state: kept.DeliveryState | None = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[DeliveryOut]:
    """Deliveries of a subscription, newest first."""
    keys = keys_of(after, 1)
    with database.reading() as connection:
        kept.webhook(connection, centre, webhook)
        before = None if keys is None else _whole(keys)
        rows = kept.deliveries(connection, webhook, state=state, before=before, limit=limit + 1)
    return page_of([_delivery(row) for row in rows], limit, lambda row: (row.id,))


@router.post("/webhooks/{webhook}/deliveries/{delivery}/replay", status_code=202)
def replay_delivery(
    request: Request, centre: str, webhook: str, delivery: Number, database: DatabaseOf, caller: Planner
) -> Replayed:
    """Send one delivery again, whatever became of it."""
    with database.writing() as connection:
        kept.webhook(connection, centre, webhook)
        return Replayed(deliveries=kept.replay(connection, webhook, hand(request, caller), delivery=delivery))


@router.post("/webhooks/{webhook}/replay", status_code=202)
def replay_deliveries(
    request: Request, centre: str, webhook: str, body: ReplayIn, database: DatabaseOf, caller: Planner
) -> Replayed:
    """Send the deliveries of a time range again."""
    until = body.until or datetime.now(UTC)
    with database.writing() as connection:
        kept.webhook(connection, centre, webhook)
        by = hand(request, caller)
        return Replayed(deliveries=kept.replay(connection, webhook, by, since=body.since, until=until, state=body.state))


PING = "webhook.ping"


def _delivery(row: dict[str, Any]) -> DeliveryOut:
    return DeliveryOut.model_validate(row | {"event": f"evt_{row['event']}"})


def _whole(keys: list[Any] | None) -> int:
    """The number of a cursor; what is none, or no number of the database, is before all."""
    found = keys[0] if keys else 0
    return found if isinstance(found, int) and 0 <= found < 2**63 else 0
