"""What terms limit: how late a roster may change, and by how much the risk to service may grow."""

from collections.abc import Iterator

from data.model.request import Effect, Reason, Terms
from data.model.roster import Roster
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft, first_change


def untimely(desk: Desk, terms: Terms, draft: Draft, after: Roster) -> Iterator[Reason]:
    """That the first minute that changes is past, or too near."""
    found = [(at, row) for row, d in draft.cells if (at := first_change(desk.roster, after, (row, d))) is not None]
    if not found:
        return
    start, row = min(found)
    agent, hours = desk.agent(row).id, (start - desk.now).total_seconds() / 3600
    if hours <= 0:
        yield Cause.PAST.of(agent, start=desk.clock(start), now=desk.clock(desk.now))
    elif hours < terms.notice_hours:
        yield Cause.TOO_LATE.of(agent, start=desk.clock(start), hours=hours, limit=terms.notice_hours)


def risks(desk: Desk, agent: str, terms: Terms, effect: Effect | None) -> Iterator[Reason]:
    """More risk to service than the terms allow; what the roster risks already is no fault of the change.

    Parameters
    ----------
    agent : str
        Whose change it is.
    """
    if effect is None:
        return
    numbers = {"queue": effect.queue, "start": desk.clock(effect.start)}
    if effect.added_chance > terms.most_added_chance:
        chances = {"before": effect.chance_before, "after": effect.chance_after, "limit": terms.most_added_chance}
        yield Cause.SERVICE_AT_RISK.of(agent, **numbers, **chances)
    if effect.lost > terms.most_service_lost:
        levels = {"service_before": effect.service_before, "service_after": effect.service_after, "lost": effect.lost}
        yield Cause.SERVICE_LOST.of(agent, **numbers, **levels, limit=terms.most_service_lost)
