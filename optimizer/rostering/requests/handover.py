"""A shift handed from one agent to another."""

from collections.abc import Iterator
from datetime import date

from data.model.request import Reason
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft, day_off
from optimizer.rostering.requests.reshape import standing


def handed(desk: Desk, giver: str, taker: str, day: date) -> Draft:
    """The draft in which one agent is off and another has the shift, times and pauses as they stand."""
    flaws = tuple(_against(desk, giver, taker, day))
    if flaws:
        return Draft(flaws=flaws, taker=taker)
    mine, theirs = desk.place(giver, day), desk.place(taker, day)
    lacking = tuple(skill_missing(desk, giver, taker))
    return Draft({mine: day_off(), theirs: desk.cell(giver, day)}, flaws=lacking, taker=taker)


def _against(desk: Desk, giver: str, taker: str, day: date) -> Iterator[Reason]:
    """Why there is nothing to hand over, or nobody to take it."""
    if giver == taker:
        yield Cause.SAME_AGENT.of(giver)
    if found := standing(desk, desk.place(giver, day)):
        yield found
    if taker not in desk.problem.index:
        yield Cause.UNKNOWN_AGENT.of(taker)
    elif code := desk.leave(desk.place(taker, day)):
        yield Cause.ON_LEAVE.of(taker, day=day, code=code)
    elif giver != taker and (cell := desk.cell(taker, day)).worked:
        yield Cause.AT_WORK.of(taker, day=day, code=cell.code)


def skill_missing(desk: Desk, giver: str, taker: str) -> Iterator[Reason]:
    """That an agent shares no queue with the one whose shift it is (house choice: how well one is enough, the service tells)."""
    queues, held = (set(desk.agent(desk.problem.index[name]).skills) for name in (giver, taker))
    if not queues & held:
        yield Cause.SKILL_MISSING.of(taker, queues=", ".join(sorted(queues)))
