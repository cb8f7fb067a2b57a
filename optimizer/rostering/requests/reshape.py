"""A shift made longer or shorter, with its meal and breaks placed anew where they must be."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from itertools import accumulate
from operator import and_

import numpy as np

from data.model.pauses import pause_plans
from data.model.request import EarlyLeave, Overtime, Reason, Request
from data.model.roster import ShiftTemplate
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Cell, Draft, Place
from optimizer.rostering.verify import DAY_RHYTHM_MINUTES, MEAL_AFTER_MINUTES


def standing(desk: Desk, place: Place) -> Reason | None:
    """What speaks against changing a shift: that there is none."""
    agent, day = desk.agent(place[0]).id, desk.day(place[1])
    if code := desk.leave(place):
        return Cause.ON_LEAVE.of(agent, day=day, code=code)
    return Cause.NO_SHIFT.of(agent, day=day) if desk.roster.start[place] < 0 else None


def shorter(desk: Desk, request: EarlyLeave | Overtime) -> Iterator[Request]:
    """The same request of fewer minutes, slot by slot, the most first."""
    step = desk.problem.grid.minutes
    return (request.model_copy(update={"minutes": less}) for less in range((request.minutes - 1) // step * step, 0, -step))


def reshaped(desk: Desk, place: Place, cell: Cell, start: int, minutes: int) -> Draft:
    """The draft in which a shift has other times; what has begun of its pauses stays, the others move as little as can be.

    Parameters
    ----------
    start, minutes : int
        Wall-clock minute and elapsed minutes, as in `Roster`.
    """
    template, agent = desk.templates[cell.code], desk.agent(place[0]).id
    early, late = start - template.start_minute, start + minutes - template.start_minute - template.minutes
    away = max(abs(early), abs(late))
    far = [Cause.TOO_FAR.of(agent, code=cell.code, minutes=away, limit=DAY_RHYTHM_MINUTES)] * (away > DAY_RHYTHM_MINUTES)
    pauses = _pauses(desk, place, cell, template, start, minutes)
    if pauses is None or far:
        unplaced = [Cause.MEAL_UNPLACED.of(agent, code=cell.code, minutes=minutes)] * (pauses is None)
        return Draft(flaws=(*far, *unplaced))
    meal_minutes = cell.meal_minutes if pauses[0] >= 0 else 0
    return Draft({place: Cell(cell.code, start, minutes, pauses[0], meal_minutes, pauses[1:])})


def _pauses(desk: Desk, place: Place, cell: Cell, template: ShiftTemplate, start: int, minutes: int) -> tuple[int, ...] | None:
    """Start of the meal and of each break, -1 = not taken; None if they cannot be placed."""
    rests = template.breaks[: len(cell.breaks)]
    lengths = [cell.meal_minutes, *(rest.minutes for rest in rests)]
    stood = [at + cell.start - start if at >= 0 else -1 for at in (cell.meal, *cell.breaks[: len(rests)])]
    choices = _choices(desk, place, template, start, stood)
    room = [at >= 0 and min(some) + length <= minutes for at, some, length in zip(stood, choices, lengths, strict=True)]
    # a break that is not taken leaves none after it to be taken: breaks are told apart by their order
    held = [0] * room[0] + [k for k, taken in enumerate(accumulate(room[1:], and_), start=1) if taken]
    if (template.meal_minutes and 0 not in held and minutes > MEAL_AFTER_MINUTES) or (
        len([k for k in held if k]) < len(template.breaks) and minutes >= template.minutes
    ):
        return None
    plans = pause_plans(minutes, [choices[k] for k in held], [lengths[k] for k in held], template.max_phone_minutes, int(0 in held))
    if not len(plans):
        return None
    moved = np.abs(plans - np.array([stood[k] for k in held], dtype=np.int64)).sum(axis=1)
    found = dict(zip(held, plans[int(np.argmin(moved))].tolist(), strict=True))
    return tuple(found.get(k, -1) for k in range(1 + len(cell.breaks)))


def _choices(desk: Desk, place: Place, template: ShiftTemplate, start: int, stood: list[int]) -> list[list[int]]:
    """Possible starts of the meal and of each break, the one that stands first; what has begun has no other."""
    windows = [template.meal_starts, *(rest.starts for rest in template.breaks)]
    begin = desk.roster.instant(place[1], start).astimezone(UTC)
    past = [begin + timedelta(minutes=at) <= desk.now for at in stood]
    return [
        [at] if gone else list(dict.fromkeys((at, *(s for s in some if begin + timedelta(minutes=s) > desk.now))))
        for at, gone, some in zip(stood, past, windows, strict=False)
    ]
