"""Stay longer than the shift, or come earlier, where somebody is missing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from data.model.request import Overtime, Request
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft
from optimizer.rostering.requests.reshape import reshaped, shorter, standing
from optimizer.rostering.rules import Tongue

Model = Overtime


def sentence(request: Overtime, language: Tongue) -> str:
    """What it asks."""
    if language == "zh":
        return f"{request.agent} 在 {request.day} {'提前上班' if request.before else '延后下班'} {request.minutes} 分钟"
    moves = "comes {} minutes earlier" if request.before else "stays {} minutes longer"
    return f"{request.agent} {moves.format(request.minutes)} on {request.day}"


def places(request: Overtime) -> Sequence[tuple[str, date]]:
    """The agent on the day."""
    return [(request.agent, request.day)]


def drafts(desk: Desk, request: Overtime) -> Sequence[Draft]:
    """The shift longer at one end."""
    place, cell = desk.place(request.agent, request.day), desk.cell(request.agent, request.day)
    if found := standing(desk, place):
        return [Draft(flaws=(found,))]
    start = cell.start - request.minutes * request.before
    if start < 0:
        clock = f"{cell.start // 60:02}:{cell.start % 60:02}"
        return [Draft(flaws=(Cause.DAY_BEFORE.of(request.agent, start=clock, minutes=request.minutes),))]
    return [reshaped(desk, place, cell, start, cell.minutes + request.minutes)]


def nearest(desk: Desk, request: Overtime) -> Iterator[Request]:
    """Less of it, by whole slots."""
    return shorter(desk, request)


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    made = datetime(2026, 5, 25, 9, tzinfo=UTC)
    day = date(2026, 6, 1)
    return [Overtime(id=f"o{before:d}", agent="g0", day=day, minutes=60, before=before, made_at=made) for before in (False, True)]
