"""What the agents of a CP-SAT model share: meals, queues, bands and teams.

All agents of a kind who work the same shift share their meals and their queues as whole numbers, so that only the lines are
counted one by one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np
from ortools.sat.python import cp_model

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.cpsat_line import Line, Objective
from optimizer.rostering.crowd import Crowd
from optimizer.rostering.curves import Curves
from optimizer.rostering.frame import Frame

Post = tuple[int, int, int, int]
"""Agents who are alike on a day: (kind, day, symbol, plan of the pauses they have so far; -1 = none)."""
Meals = dict[Post, list[cp_model.IntVar]]
"""How many agents of each post take each plan of meal and breaks; one entry where the shift has none."""
Staff = list[list[list[cp_model.IntVar]]]
"""Variables whose sum is on the phones, for each slot and kind of agents."""
Heads = cp_model.LinearExpr | int
"""A number of agents."""
Pieces = tuple[tuple[int, float], ...]
"""A convex curve over whole numbers of agents: how many agents cost the same, and what each of them costs; dearer and dearer."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """Agents who are alike to queues and bands.

    Parameters
    ----------
    of_agent : array of int, shape (agents,)
    group : array of int, shape (kinds,)
        Skill group.
    band : array of bool, shape (kinds, bands)
        Bands that count them.
    """

    of_agent: IntArray
    group: IntArray
    band: BoolArray

    @classmethod
    def of(cls, frame: Frame) -> "Kinds":
        """The kinds of agents of a frame."""
        bands = [frame.crowd.members(band) for band in range(len(frame.crowd.under))]
        key = np.column_stack([frame.crew.group, *bands]).astype(np.int64)
        kinds, of_agent = np.unique(key, axis=0, return_inverse=True)
        return cls(of_agent.ravel(), kinds[:, 0], kinds[:, 1:] > 0)

    def post(self, frame: Frame, a: int, day: int, symbol: int) -> Post:
        """Where agent a stands with a shift."""
        known = frame.crew.base_meal[a, day] if frame.crew.base_symbol[a, day] == symbol else -1
        return int(self.of_agent[a]), day, symbol, int(known)


def add_meals(cp: cp_model.CpModel, frame: Frame, kinds: Kinds, lines: dict[int, Line], objective: Objective) -> Meals:
    """How many of each post take each plan of pauses, at a price where that moves a known one; they add up to the post."""
    posts: dict[Post, list[cp_model.IntVar]] = defaultdict(list)
    for a, line in lines.items():
        for d in range(frame.shape.open_first, frame.shape.open_end):
            for s, variable in line.x[d].items():
                if s >= frame.shape.first_shift:
                    posts[kinds.post(frame, a, d, s)].append(variable)
    meals: Meals = {}
    for post, members in posts.items():
        meals[post] = [cp.new_int_var(0, len(members), "") for _ in range(max(1, frame.shape.meals[post[2]]))]
        cp.add(sum(meals[post]) == sum(members))
        for number, variable in enumerate(meals[post]):
            objective.add(variable, frame.crew.move_cost if post[3] not in (-1, number) else 0.0)
    return meals


def add_floor(cp: cp_model.CpModel, frame: Frame, kinds: Kinds, meals: Meals, objective: Objective) -> None:
    """Charge for the agents on the queues and in the bands."""
    staff = _staff(frame, kinds, meals)
    _add_queues(cp, frame, kinds, staff, objective)
    _add_bands(cp, frame, kinds, staff, objective)


def add_teams(cp: cp_model.CpModel, frame: Frame, lines: dict[int, Line], objective: Objective) -> None:
    """Charge for the heads of each team on each shift and day, from the first open day on."""
    crowd, still, members = frame.crowd, frame.frozen_heads.team, _members(frame, lines)
    days, symbols = range(frame.problem.first_open, still.shape[1]), range(frame.shape.first_shift, still.shape[2])
    for k, teams in enumerate(crowd.teams):
        for team, d, s in product(teams, days, symbols):
            objective.constant += float(crowd.idle[k, d, s])
            _add_heads(cp, objective, members[team, d, s], int(still[team, d, s]), crowd.step[k, d, s])


def _members(frame: Frame, lines: dict[int, Line]) -> dict[tuple[int, int, int], list[cp_model.IntVar]]:
    """Variables of the members of each team on each day and symbol."""
    members: dict[tuple[int, int, int], list[cp_model.IntVar]] = defaultdict(list)
    for k, a in np.argwhere(frame.crowd.team >= 0).tolist():
        for d, x in enumerate(lines[a].x if a in lines else ()):
            for s, variable in x.items():
                members[int(frame.crowd.team[k, a]), d, s].append(variable)
    return members


def _add_heads(cp: cp_model.CpModel, objective: Objective, members: list[cp_model.IntVar], still: int, step: FloatArray) -> None:
    """Charge for members of a team on a shift beside `still` others; what the first costs above the second has its own variable."""
    steps = step[np.minimum(np.arange(still + len(members)), len(step) - 1)]
    objective.constant += float(steps[:still].sum())
    steps = steps[still:]
    if (first := float(-np.diff(steps[:2]).sum())) > 0:
        used = cp.new_bool_var("")
        objective.add(used, first)
        for member in members:
            cp.add(used >= member)
        steps[0] -= first
    if steps.any():
        charge(cp, objective, sum(members), _runs(steps), 1, explicit=False)


def pieces(curves: Curves, slot: int, queue: int, agents: int) -> Pieces:
    """A curve for up to `agents`, each there twice where no rule keeps shifts apart; a bend between whole numbers becomes two."""
    beyond = np.clip(np.arange(1, 2 * max(agents, 1) + 1)[:, None] - curves.bend[slot, queue], 0.0, 1.0)
    slopes = curves.first[slot, queue] + (curves.step[slot, queue] * beyond).sum(axis=1)
    return _runs(slopes)


def _runs(slopes: FloatArray) -> Pieces:
    """What each further agent costs, as a curve."""
    return tuple((len(list(run)), slope) for slope, run in groupby(slopes.tolist()))


def charge(cp: cp_model.CpModel, objective: Objective, heads: Heads, curve: Pieces, count: int, explicit: bool) -> None:
    """Charge `count` times what a number of agents costs by a curve, less what nobody costs.

    Each piece has a variable: how much it falls short (the pieces that save), or is used (those that cost), and the flattest
    one is what the others leave. Without a variable of its own for that one, a made-up team of twelve on one queue was proved
    in 23 s that was open after 40 s; with two queues the same took small teams from 2 s to over 30 s (one run each).

    Parameters
    ----------
    explicit : bool
        Whether the flattest piece has its variable.
    """
    flat = min(range(len(curve)), key=lambda k: abs(curve[k][1]))
    (length, slope), rest = curve[flat], heads
    base = 0.0 if explicit else slope
    for k, (size, price) in enumerate(curve):
        if k != flat:
            part = cp.new_int_var(0, size, "")
            rest = rest + (part - size if k < flat else -part)
            objective.add(part, count * abs(price - base))
    objective.constant += count * sum(size * (price - base) for size, price in curve[:flat])
    left = cp.new_int_var(0, length, "") if explicit else heads
    objective.add(left, count * slope)
    cp.add(rest == left) if explicit else cp.add_linear_constraint(rest, 0, length)


def _add_queues(cp: cp_model.CpModel, frame: Frame, kinds: Kinds, staff: Staff, objective: Objective) -> None:
    """Charge for the agents of each queue, those of each group split over its queues at will."""
    curves, mask = frame.curves, frame.problem.group_mask
    able = (np.bincount(frame.crew.group, minlength=len(mask)) @ mask.astype(np.int64)).tolist()
    prices = [tuple(pieces(curves, t, q, agents) for q, agents in enumerate(able)) for t in range(frame.shape.slots)]
    frozen = [tuple(row) for row in frame.frozen.T.tolist()]
    for slots in _alike(zip(prices, frozen, map(_who, staff), strict=True)):
        here: list[Heads] = list(frozen[slots[0]])
        for group, present in zip(kinds.group.tolist(), staff[slots[0]], strict=True):
            here[group] += sum(present)
        for heads, curve in zip(_served(cp, frame, here), prices[slots[0]], strict=True):
            charge(cp, objective, heads, curve, len(slots), explicit=len(able) > 1)
    objective.constant += float(curves.cost(np.zeros(curves.first.shape)).sum())


def _served(cp: cp_model.CpModel, frame: Frame, present: list[Heads]) -> list[Heads]:
    """Agents on each queue when those of each group are split over its queues at will."""
    most, mask = 2 * len(frame.problem.agents), frame.problem.group_mask
    served: list[Heads] = [0] * mask.shape[1]
    for queues, here in zip(map(np.flatnonzero, mask), present, strict=True):
        split: list[Heads] = [here] if len(queues) == 1 else [cp.new_int_var(0, most, "") for _ in queues]
        if len(queues) > 1:
            cp.add(sum(split) == here)
        for q, share in zip(queues.tolist(), split, strict=True):
            served[q] += share
    return served


def _add_bands(cp: cp_model.CpModel, frame: Frame, kinds: Kinds, staff: Staff, objective: Objective) -> None:
    """Charge for the agents of each band."""
    curves, able = _band_curves(frame.crowd), np.bincount(kinds.of_agent) @ kinds.band
    for b, frozen in enumerate(frame.frozen_heads.band.tolist()):
        here = [[present[kind] for kind in np.flatnonzero(kinds.band[:, b])] for present in staff]
        prices = [pieces(curves, t, b, int(able[b])) for t in range(frame.shape.slots)]
        for slots in _alike(zip(prices, frozen, map(_who, here), strict=True)):
            heads = sum(map(sum, here[slots[0]])) + frozen[slots[0]]
            charge(cp, objective, heads, prices[slots[0]], len(slots), explicit=False)
    objective.constant += float(curves.cost(np.zeros(curves.first.shape)).sum())


def _band_curves(crowd: Crowd) -> Curves:
    """Cost of the agents of each band in each slot: it falls up to the lower bound, and rises from the upper one."""
    first = np.broadcast_to(-crowd.under, crowd.low.T.shape).astype(np.float64)
    step = np.broadcast_to(np.stack([crowd.under, crowd.over], axis=1), (*first.shape, 2)).astype(np.float64)
    return Curves(first, np.stack([crowd.low.T, crowd.high.T], axis=2).astype(np.float64), step)


def _staff(frame: Frame, kinds: Kinds, meals: Meals) -> Staff:
    """Variables whose sum is on the phones."""
    staff: Staff = [[[] for _ in kinds.group] for _ in range(frame.shape.slots)]
    for (kind, d, s, _), choices in meals.items():
        for number, variable in enumerate(choices):
            for t in _worked_slots(frame, d, s, number):
                staff[t][kind].append(variable)
    return staff


def _worked_slots(frame: Frame, day: int, symbol: int, meal: int) -> list[int]:
    """Slots on the phones of a shift with one of its plans."""
    shape, begin = frame.shape, int(frame.shape.begin[day, symbol])
    pauses = [edges[symbol, meal, : shape.pauses[symbol]] for edges in (shape.away, shape.back)]
    away = {begin + t for first, last in zip(*pauses, strict=True) for t in range(first, last)}
    return [t for t in range(begin, shape.end[day, symbol]) if t not in away]


def _who(present: list[list[cp_model.IntVar]]) -> tuple[tuple[int, ...], ...]:
    """What tells the staff of one slot from that of another."""
    return tuple(tuple(sorted(variable.index for variable in variables)) for variables in present)


def _alike(keys: Iterable[object]) -> list[list[int]]:
    """Slots with the same staff and the same prices: they are one, charged as many times."""
    slots: dict[object, list[int]] = defaultdict(list)
    for t, key in enumerate(keys):
        slots[key].append(t)
    return list(slots.values())
