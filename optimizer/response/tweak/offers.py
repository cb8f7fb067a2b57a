"""Offers that agents must agree to, beside overtime: early leave where nobody is missed, and duties of echelons as shifts."""

from collections.abc import Collection, Iterator

import numpy as np

from data.model.base import BoolArray, IntArray
from data.model.centre import EchelonTier
from data.model.response import Activation
from data.model.splice import with_shift
from data.model.time import DAY_MINUTES, epoch_minutes
from optimizer.response.tweak.acts import Act, Look, cell_act, forbidden, other_end
from optimizer.response.tweak.effect import worst_of
from optimizer.rostering.requests.drafts import Cell, cell_of
from optimizer.rostering.requests.reshape import reshaped
from optimizer.rostering.verify import DAY_RHYTHM_MINUTES


def early_acts(look: Look, busy: Collection[str]) -> Iterator[Act]:
    """Agents who may go home early: the first to leave anyway are asked first, each for as long as all stays calm.

    Each is judged beside all who were asked before, so that everything stays calm if all of them agree.

    Parameters
    ----------
    busy : collection of str
        Agents of whom something else is proposed.
    """
    desk, left = look.desk, look.policy.most_given_minutes
    present = desk.present.copy()
    ends = desk.roster.start[:, look.day] + desk.roster.minutes[:, look.day]
    for row in np.flatnonzero(_may_leave(look, busy)).tolist() if left else ():
        act = _longest(look, row, present, left)
        if act is not None:
            present[:, act.slots] += act.grown
            left -= int(ends[row]) - next(iter(act.cells.values())).start - next(iter(act.cells.values())).minutes
            yield act


def _may_leave(look: Look, busy: Collection[str]) -> BoolArray:
    """Agents on shift of whom nothing else is asked, and all of whose queues are calm."""
    desk = look.desk
    on_shift = desk.roster.start[:, look.day] >= 0
    free = np.array([agent.id not in look.held and agent.id not in busy for agent in desk.problem.agents])
    calm = np.array([look.signal(row, more=False) is not None for row in range(len(free))])
    return np.asarray(on_shift & free & calm, dtype=np.bool_)


def _longest(look: Look, row: int, present: IntArray, most: int) -> Act | None:
    """The longest early leave of an agent after which no interval touched is at risk."""
    desk, policy = look.desk, look.policy
    slot = desk.problem.grid.minutes
    step = -(-policy.step_minutes // slot) * slot
    before = cell_of(desk.roster, (row, look.day))
    end = epoch_minutes(desk.roster.instant(look.day, before.start)) + before.minutes
    longest = min(policy.most_early_minutes, most, before.minutes - step, end - look.earliest)
    found = None
    for minutes in range(step, longest + 1, step):
        act = _leaving(look, row, before, minutes, present)
        if act is None:
            break
        found = act
    return found if found is None or not forbidden(desk, found.cells) else None


def _leaving(look: Look, row: int, before: Cell, minutes: int, present: IntArray) -> Act | None:
    """An early leave, if all stays calm."""
    desk, place = look.desk, (row, look.day)
    draft = reshaped(desk, place, before, before.start, before.minutes - minutes)
    if place not in draft.cells:
        return None
    after = draft.cells[place]
    act = cell_act(look, "early_leave", [row], before, after, other_end(look, row, before, after), look.signal(row, more=False))
    if not act.slots.size or act.span[0] < look.earliest:
        return None
    effect = worst_of(desk, present, act.slots, act.grown)
    return act if effect is None or effect.chance_after <= look.policy.calm_threshold else None


def duties(look: Look, activation: Activation, tier: EchelonTier) -> list[tuple[int, Cell]]:
    """Members of a call-out who have no shift on the day, with their duty as a shift of their contract.

    A roster knows a day by its shift: the duty is the shift that comes nearest to the call-out, bent as far as a day may bend it.
    It holds the worst slot and lasts no longer than the tier allows.
    """
    desk = look.desk
    rows = [desk.problem.index[agent] for agent in activation.members if agent not in look.held]
    free = [row for row in rows if desk.roster.start[row, look.day] < 0 and not desk.leave((row, look.day))]
    ways = [(row, _ways(look, row, activation, tier)) for row in free]
    return [(row, min(found)[1]) for row, found in ways if found]


def _ways(look: Look, row: int, activation: Activation, tier: EchelonTier) -> list[tuple[int, Cell]]:
    """The duty as each shift of the contract that can hold it and that no rule forbids, by how far it lies beside the call-out."""
    desk, place = look.desk, (row, look.day)
    midnight = epoch_minutes(desk.roster.instant(look.day, 0))
    first, end, worst = (epoch_minutes(at) - midnight for at in (activation.start, activation.end, activation.worst))
    found = list[tuple[int, Cell]]()
    for shift in (desk.templates[code] for code in desk.problem.centre.contract(desk.agent(row).contract).shifts):
        finish = shift.start_minute + shift.minutes
        start, until = (_bent(at, edge) for at, edge in ((first, shift.start_minute), (end, finish)))
        if start <= worst < until <= start + tier.max_minutes and 0 <= start < DAY_MINUTES:
            cell = cell_of(with_shift(desk.roster, *place, shift), place)
            made = reshaped(desk, place, cell, start, until - start).cells
            beside = abs(start - first) + abs(until - end)
            found += [(beside, made[place])] if place in made and not forbidden(desk, made) else []
    return found


def _bent(at: int, edge: int) -> int:
    """The minute nearest to one to which a day may move an edge of a shift."""
    return min(max(at, edge - DAY_RHYTHM_MINUTES), edge + DAY_RHYTHM_MINUTES)
