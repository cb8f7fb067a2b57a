"""A shift handed from one agent to another."""

from collections.abc import Iterator
from datetime import date

from data.model.request import Reason
from data.model.roster import OFF
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft, Place, day_off
from optimizer.rostering.requests.reshape import standing


def handed(desk: Desk, giver: str, taker: str, day: date, instead: date | None = None) -> Draft:
    """The draft in which one agent is off, or on the leave that is due, and another has the shift, times and pauses as they stand.

    Parameters
    ----------
    instead : date or None
        Day on which the other agent is off in place of a shift; None = the agent keeps all of them.
    """
    flaws = tuple(_against(desk, giver, taker, day, instead))
    if flaws:
        return Draft(flaws=flaws, taker=taker)
    mine, theirs = desk.place(giver, day), desk.place(taker, day)
    moved = {} if instead is None else {desk.place(taker, instead): day_off()}
    cells = {mine: day_off(desk.leave(mine) or OFF), theirs: desk.cell(giver, day), **moved}
    return Draft(cells, flaws=tuple(skill_missing(desk, giver, taker)), taker=taker)


def _against(desk: Desk, giver: str, taker: str, day: date, instead: date | None) -> Iterator[Reason]:
    """Why there is nothing to hand over, or nobody to take it."""
    if giver == taker:
        yield Cause.SAME_AGENT.of(giver)
    yield from nothing_to_give(desk, desk.place(giver, day))
    if taker not in desk.problem.index:
        yield Cause.UNKNOWN_AGENT.of(taker)
        return
    if code := desk.leave(desk.place(taker, day)):
        yield Cause.ON_LEAVE.of(taker, day=day, code=code)
    elif giver != taker and (cell := desk.cell(taker, day)).worked:
        yield Cause.AT_WORK.of(taker, day=day, code=cell.code)
    if instead is not None and (found := standing(desk, desk.place(taker, instead))):
        yield found


def nothing_to_give(desk: Desk, place: Place) -> Iterator[Reason]:
    """That no shift stands; one that stands on a day of leave (the agent fell ill) may be handed over."""
    if desk.roster.start[place] < 0 and (found := standing(desk, place)):
        yield found


def skill_missing(desk: Desk, giver: str, taker: str) -> Iterator[Reason]:
    """That an agent shares no queue with the one whose shift it is (house choice: how well one is enough, the service tells)."""
    queues, held = (set(desk.agent(desk.problem.index[name]).skills) for name in (giver, taker))
    if not queues & held:
        yield Cause.SKILL_MISSING.of(taker, queues=", ".join(sorted(queues)))
