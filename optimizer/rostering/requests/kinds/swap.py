"""Two agents exchange what they have on some days."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from data.model.request import Request, Swap
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft
from optimizer.rostering.requests.handover import skill_missing
from optimizer.rostering.requests.stand_ins import covers
from optimizer.rostering.rules import Tongue

Model = Swap


def sentence(request: Swap, language: Tongue) -> str:
    """What it asks."""
    days = ", ".join(map(str, request.days))
    if language == "zh":
        return f"{request.agent} 与 {request.other} 互换 {days} 的安排"
    return f"{request.agent} and {request.other} swap what they have on {days}"


def places(request: Swap) -> Sequence[tuple[str, date]]:
    """Both agents on every day."""
    return [(agent, day) for agent in (request.agent, request.other) for day in request.days]


def drafts(desk: Desk, request: Swap) -> Sequence[Draft]:
    """Both lines with these days exchanged."""
    if request.agent == request.other:
        return [Draft(flaws=(Cause.SAME_AGENT.of(request.agent),))]
    known = [(name, day, desk.leave(desk.place(name, day))) for name, day in places(request)]
    away = tuple(Cause.ON_LEAVE.of(name, day=day, code=code) for name, day, code in known if code)
    pairs = [(desk.place(request.agent, day), desk.place(request.other, day)) for day in request.days]
    cells = [(desk.cell(request.agent, day), desk.cell(request.other, day)) for day in request.days]
    if away or all(mine[:3] == theirs[:3] for mine, theirs in cells):
        return [Draft(flaws=away or (Cause.NOTHING_CHANGES.of(request.agent),))]
    changed = {place: cell for pair, both in zip(pairs, cells, strict=True) for place, cell in zip(pair, both[::-1], strict=True)}
    return [Draft(changed, flaws=tuple(skill_missing(desk, request.agent, request.other)), taker=request.other)]


def nearest(desk: Desk, request: Swap) -> Iterator[Request]:
    """The best stand-ins for the first shift that the agent wants to be rid of."""
    for day in sorted(request.days):
        if desk.cell(request.agent, day).worked:
            yield from covers(desk, request, day)
            return


def examples() -> Sequence[Request]:
    """Requests of the kind."""
    made = datetime(2026, 5, 25, 9, tzinfo=UTC)
    both = (date(2026, 6, 1), date(2026, 6, 4))
    return [Swap(id="s1", agent="g0", other="g1", days=both, made_at=made, consents=("g1",))]
