"""Another agent takes the shift of a day, and may be off on another day instead."""

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
        moved = f"，{request.instead} 改为休息" if request.instead else ""
        return f"{request.other} 为 {request.agent} 顶 {request.day} 的班次{moved}"
    moved = f" and is off on {request.instead} instead" if request.instead else ""
    return f"{request.other} covers the shift of {request.agent} on {request.day}{moved}"


def places(request: Cover) -> Sequence[tuple[str, date]]:
    """Both agents on the day, and the other one on the day off instead."""
    moved = [] if request.instead is None else [(request.other, request.instead)]
    return [(request.agent, request.day), (request.other, request.day), *moved]


def drafts(desk: Desk, request: Cover) -> Sequence[Draft]:
    """The shift with the other agent."""
    return [handed(desk, request.agent, request.other, request.day, request.instead)]


def nearest(desk: Desk, request: Cover) -> Iterator[Request]:
    """The best stand-ins."""
    return covers(desk, request, request.day)


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    common = {"agent": "g0", "other": "g1", "made_at": datetime(2026, 5, 25, 9, tzinfo=UTC), "consents": ("g1",)}
    days = None, date(2026, 6, 3)
    return [Cover.model_validate(common | {"id": f"c{k}", "day": date(2026, 6, 1), "instead": e}) for k, e in enumerate(days)]
