"""The shift of a day goes to the first of those who asked for it and may take it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from data.model.request import GiveAway, Request
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft
from optimizer.rostering.requests.handover import handed, nothing_to_give
from optimizer.rostering.requests.stand_ins import covers
from optimizer.rostering.rules import Tongue

Model = GiveAway


def sentence(request: GiveAway, language: Tongue) -> str:
    """What it asks."""
    if language == "zh":
        return f"{request.agent} 让出 {request.day} 的班次（申领：{'、'.join(request.takers) or '暂无'}）"
    return f"{request.agent} gives away the shift on {request.day} (asked for by {', '.join(request.takers) or 'nobody'})"


def places(request: GiveAway) -> Sequence[tuple[str, date]]:
    """The agent on the day; who asked for the shift has agreed."""
    return [(request.agent, request.day)]


def drafts(desk: Desk, request: GiveAway) -> Sequence[Draft]:
    """The shift with each of those who asked for it, in their order."""
    if request.takers:
        return [handed(desk, request.agent, taker, request.day) for taker in dict.fromkeys(request.takers)]
    found = tuple(nothing_to_give(desk, desk.place(request.agent, request.day)))
    return [Draft(flaws=found or (Cause.NO_TAKER.of(request.agent, day=request.day),))]


def nearest(desk: Desk, request: GiveAway) -> Iterator[Request]:
    """The best stand-ins."""
    return covers(desk, request, request.day)


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    made = datetime(2026, 5, 25, 9, tzinfo=UTC)
    day = date(2026, 6, 1)
    return [GiveAway(id=f"g{k}", agent="g0", day=day, made_at=made, takers=takers) for k, takers in enumerate([(), ("g1", "g2")])]
