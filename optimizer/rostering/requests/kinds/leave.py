"""Leave on whole days."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from data.model.request import Leave, Reason, Request
from data.model.roster import OFF
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft, day_off
from optimizer.rostering.rules import Tongue

Model = Leave

FARTHEST_DAYS = 14
"""How far from the days asked for others are looked for (house choice)."""

PAID: dict[bool, tuple[str, str]] = {True: ("paid", "带薪"), False: ("unpaid", "不带薪")}


def sentence(request: Leave, language: Tongue) -> str:
    """What it asks."""
    if language == "zh":
        return f"{request.agent} 于 {request.first} 至 {request.last} 休假（{request.code}）"
    return f"{request.agent} is on leave ({request.code}) from {request.first} to {request.last}"


def places(request: Leave) -> Sequence[tuple[str, date]]:
    """The agent on every day."""
    return [(request.agent, day) for day in _days(request)]


def _days(request: Leave) -> list[date]:
    return [request.first + timedelta(days=d) for d in range((request.last - request.first).days + 1)]


def drafts(desk: Desk, request: Leave) -> Sequence[Draft]:
    """The days with the code of the leave."""
    if flaws := tuple(_against(desk, request)):
        return [Draft(flaws=flaws)]
    cells = {desk.place(request.agent, day): day_off(request.code) for day in _days(request)}
    return [Draft(cells, (request.absence,))]


def _against(desk: Desk, request: Leave) -> Iterator[Reason]:
    """Why the leave cannot be written down."""
    held = ((day, desk.leave(desk.place(request.agent, day))) for day in _days(request))
    yield from (Cause.ON_LEAVE.of(request.agent, day=day, code=code) for day, code in held if code)
    if request.code in {OFF, *desk.templates}:
        yield Cause.NO_LEAVE_CODE.of(request.agent, code=request.code)
    known = {absence.code: absence.paid for absence in desk.problem.absences}
    if known.get(request.code, request.paid) != request.paid:
        (was, was_zh), (asked, asked_zh) = PAID[not request.paid], PAID[request.paid]
        words = {"known": was, "known_zh": was_zh, "asked": asked, "asked_zh": asked_zh}
        yield Cause.PAY_OF_LEAVE.of(request.agent, code=request.code, **words)


def nearest(desk: Desk, request: Leave) -> Iterator[Request]:
    """The same leave some days later or earlier."""
    for by in (sign * d for d in range(1, FARTHEST_DAYS + 1) for sign in (1, -1)):
        moved = timedelta(days=by)
        other = request.model_copy(update={"first": request.first + moved, "last": request.last + moved})
        if desk.open_days[0] <= other.first and other.last <= desk.open_days[1] and _works(desk, other):
            yield other


def _works(desk: Desk, request: Leave) -> bool:
    """Whether the agent has a shift on one of the days: else there is no need of leave."""
    return any(desk.cell(request.agent, day).worked for day in _days(request))


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    made = datetime(2026, 5, 25, 9, tzinfo=UTC)
    days = date(2026, 6, 2), date(2026, 6, 3)
    return [Leave(id=f"l{code}", agent="g0", first=days[0], last=days[1], code=code, made_at=made) for code in ("AL", "UL")]
