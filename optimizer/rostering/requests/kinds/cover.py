"""Another agent takes the shift of a day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from data.model.request import Cover, Request
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft
from optimizer.rostering.requests.handover import handed
from optimizer.rostering.requests.stand_ins import covers
from optimizer.rostering.rules import Tongue

Model = Cover


def sentence(request: Cover, language: Tongue) -> str:
    """What it asks."""
    if language == "zh":
        return f"{request.other} 为 {request.agent} 顶 {request.day} 的班次"
    return f"{request.other} covers the shift of {request.agent} on {request.day}"


def places(request: Cover) -> Sequence[tuple[str, date]]:
    """Both agents on the day."""
    return [(request.agent, request.day), (request.other, request.day)]


def drafts(desk: Desk, request: Cover) -> Sequence[Draft]:
    """The shift with the other agent."""
    return [handed(desk, request.agent, request.other, request.day)]


def nearest(desk: Desk, request: Cover) -> Iterator[Request]:
    """The best stand-ins."""
    return covers(desk, request, request.day)


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    made = datetime(2026, 5, 25, 9, tzinfo=UTC)
    return [Cover(id="c1", agent="g0", other="g1", day=date(2026, 6, 1), made_at=made, consents=("g1",))]
