"""Leave before the shift ends."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from data.model.request import EarlyLeave, Request
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft
from optimizer.rostering.requests.reshape import reshaped, shorter, standing
from optimizer.rostering.rules import Tongue

Model = EarlyLeave


def sentence(request: EarlyLeave, language: Tongue) -> str:
    """What it asks."""
    if language == "zh":
        return f"{request.agent} 在 {request.day} 提前 {request.minutes} 分钟下班"
    return f"{request.agent} leaves {request.minutes} minutes early on {request.day}"


def places(request: EarlyLeave) -> Sequence[tuple[str, date]]:
    """The agent on the day."""
    return [(request.agent, request.day)]


def drafts(desk: Desk, request: EarlyLeave) -> Sequence[Draft]:
    """The shift with an earlier end."""
    place, cell = desk.place(request.agent, request.day), desk.cell(request.agent, request.day)
    if found := standing(desk, place):
        return [Draft(flaws=(found,))]
    if cell.minutes <= request.minutes:
        return [Draft(flaws=(Cause.NO_SHIFT_LEFT.of(request.agent, minutes=request.minutes, length=cell.minutes),))]
    return [reshaped(desk, place, cell, cell.start, cell.minutes - request.minutes)]


def nearest(desk: Desk, request: EarlyLeave) -> Iterator[Request]:
    """Less of it, by whole slots."""
    return shorter(desk, request)


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    made = datetime(2026, 5, 25, 9, tzinfo=UTC)
    return [EarlyLeave(id="e1", agent="g0", day=date(2026, 6, 1), minutes=60, made_at=made)]
