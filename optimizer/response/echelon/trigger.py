"""Call-outs: which echelon to call for a warning, whom of it, by when, and how things stand then.

Tiers are called in the order of their number. Each is asked for as few members as bring the worst slot below the blue
chance; what it cannot give is asked of the next. A duty covers the slots of the warning that reach the calling level, from
the first to the last of them, and never lasts longer than its tier allows: a longer gap takes several duties. A warning that
rests on need alone, its chance below blue everywhere, calls nobody.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.centre import EchelonTier, Queue
from data.model.demand import Forecast, Requirement
from data.model.ledger import Balance
from data.model.people import Absence, Agent
from data.model.response import Activation, CallOutPlan, CallOutPolicy, CapacityWarning, Standby, Unmet, WarningLadder
from data.model.roster import Roster, ShiftTemplate
from data.model.time import TimeGrid, epoch_minutes
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Keeps, Reserve, reserve, with_rest
from optimizer.response.warning.warn import capacity_chances, chances_at, instant, outlook, runs, slot_levels, worst_slot
from optimizer.response.warning.wording import activation_reason, approval_text, standby_reason, unmet_reason


@dataclass(frozen=True, eq=False)
class _Case:
    """What stays as it is while call-outs are planned."""

    forecast: Forecast
    requirement: Requirement
    queues: tuple[Queue, ...]
    tiers: tuple[EchelonTier, ...]
    reserve: Reserve
    levels: IntArray
    limits: Limits
    keeps: Keeps
    now: datetime
    ladder: WarningLadder
    policy: CallOutPolicy

    @property
    def grid(self) -> TimeGrid:
        return self.forecast.grid

    @property
    def calm(self) -> float:
        """Chance below which a slot is calm."""
        return self.ladder.chance[0]

    def chance(self, row: int, slots: IntArray, capacity: FloatArray) -> FloatArray:
        """Chance of one queue at some slots, 0 elsewhere; shape (slots of the grid,)."""
        chance, at = np.zeros(self.grid.size), slots[self.forecast.open[row, slots]]
        chance[at] = chances_at(self.forecast, self.requirement, self.queues[row], at, capacity[row, at])
        return chance

    def missing(self, row: int, capacity: FloatArray) -> FloatArray:
        """Agents on the phones missing at the mean forecast; shape (slots of the grid,)."""
        return np.maximum(0.0, self.requirement.on_phone[row] - capacity[row] * (1.0 - self.requirement.shrinkage[row]))

    def worst(self, row: int, slots: IntArray, capacity: FloatArray) -> tuple[int, FloatArray]:
        """Worst of some slots of a queue, and the chances it was found in."""
        chance = self.chance(row, slots, capacity)
        return worst_slot(chance, self.missing(row, capacity), slots), chance

    def slots(self, warning: CapacityWarning) -> IntArray:
        return np.arange(self.grid.slot(warning.start), self.grid.slot(warning.end))

    def row(self, warning: CapacityWarning) -> int:
        return self.forecast.queues.index(warning.queue)

    def earliest(self, tier: EchelonTier) -> int:
        """First slot that begins no sooner than the notice of a tier from now."""
        ready = self.now.timestamp() / 60 + tier.notice_minutes - int(self.grid.day_start_minutes[0])
        return int(np.ceil(ready / self.grid.minutes))


def plan_call_outs(
    warnings: Sequence[CapacityWarning],
    *,
    forecast: Forecast,
    requirement: Requirement,
    available: FloatArray,
    queues: Sequence[Queue],
    tiers: Sequence[EchelonTier],
    agents: Sequence[Agent],
    roster: Roster,
    absences: Sequence[Absence] = (),
    shifts: Sequence[ShiftTemplate] = (),
    balances: Sequence[Balance] = (),
    served: Sequence[Activation] = (),
    limits: Limits,
    keeps: Keeps | None = None,
    now: datetime,
    ladder: WarningLadder | None = None,
    policy: CallOutPolicy | None = None,
) -> CallOutPlan:
    """Call-outs, notices and what stays uncovered, for the highest warnings first.

    Parameters
    ----------
    warnings : sequence of CapacityWarning
        Made by `optimizer.response.warning.warn.warnings` from the same inputs.
    forecast, requirement, available, queues
        As in `optimizer.response.warning.warn.capacity_chances`.
    tiers : sequence of EchelonTier
    agents : sequence of Agent
        All agents; those of an echelon may be called.
    roster : Roster
        Shifts and leave around the warnings, some days before and after them: days outside the roster count as free.
    absences : sequence of Absence
        Leave and sickness that the roster does not show yet.
    shifts, balances
        As in `optimizer.response.echelon.reserve.reserve`.
    served : sequence of Activation
        Emergency duties done or agreed to.
    limits : Limits
        What the rulebook asks of whoever is called.
    keeps : callable or None
        Last word on a member who would be called (`optimizer.response.echelon.lawful`); None = the limits alone speak.
    now : datetime
    ladder : WarningLadder or None
    policy : CallOutPolicy or None
        None = the house's.

    Raises
    ------
    InvalidData
        As in `optimizer.response.warning.warn.capacity_chances`.

    References
    ----------
    Labour Law arts. 41, 42 (an approver decides); Special Rules for Female Employees (2012) arts. 6, 9; tiers and
    efficiency: house choice.
    """
    rungs, rules = ladder or WarningLadder(), policy or CallOutPolicy()
    capacity = np.array(available, dtype=np.float64)
    view = outlook(forecast, requirement, capacity, queues, realised_at=np.zeros(capacity.shape, dtype=np.bool_))
    levels = slot_levels(view, forecast.grid, now, rungs)
    ordered = tuple(sorted(tiers, key=lambda tier: (tier.tier, tier.id)))
    done = with_rest(served, tiers)
    members = reserve(agents, roster, absences, shifts=shifts, balances=balances, served=done, until=forecast.grid.horizon.last)
    case = _Case(forecast, requirement, tuple(queues), ordered, members, levels, limits, keeps or _always, now, rungs, rules)
    urgent = sorted(warnings, key=lambda warning: (-warning.level, warning.start))
    activations: list[Activation] = []
    unmet: list[Unmet] = []
    for warning in (warning for warning in urgent if warning.level >= rules.call_level):
        goal = _goal(case, warning)
        activations += [call for tier in ordered for call in _calls(case, warning, tier, goal, capacity)]
        unmet += _left(case, warning, goal, capacity)
    noted = [warning for warning in urgent if rules.notice_level <= warning.level < rules.call_level]
    standbys = tuple(notice for warning in noted for notice in _standby(case, warning, capacity))
    chances = capacity_chances(forecast, requirement, capacity, queues)
    return CallOutPlan(tuple(activations), standbys, tuple(unmet), capacity, chances)


def _always(_agent: str, _start: datetime, _end: datetime) -> bool:
    return True


def _goal(case: _Case, warning: CapacityWarning) -> IntArray:
    """Slots from the first to the last of a warning that reach the calling level; empty if none does."""
    slots = case.slots(warning)
    at = np.flatnonzero(case.levels[case.row(warning), slots] >= case.policy.call_level)
    return slots[at[0] : at[-1] + 1] if at.size else slots[:0]


def _calls(case: _Case, warning: CapacityWarning, tier: EchelonTier, goal: IntArray, capacity: FloatArray) -> Iterator[Activation]:
    """Call-outs of one tier for one warning; adds them to `capacity` and books the members."""
    row, untried = case.row(warning), goal[goal >= case.earliest(tier)]
    while untried.size:
        worst, chance = case.worst(row, untried, capacity)
        first, end = _window(chance, untried, worst, tier.max_minutes // case.grid.minutes)
        if chance[worst] < case.calm or end == first:
            return
        untried = untried[(untried < first) | (untried >= end)]
        team, refusals = _candidates(case, tier, warning.queue, Span.of(case.grid, first, end))
        most = _enough(case, row, worst, len(team), tier.efficiency, capacity)
        team, refusals["rule"] = case.reserve.kept(team, most, case.keeps, *(instant(case.grid, slot) for slot in (first, end)))
        if len(team):
            capacity[row, first:end] += len(team) * tier.efficiency
            case.reserve.book(team, Span.of(case.grid, first, end), tier.rest_minutes)
            after = case.chance(row, np.array([worst]), capacity)[worst]
            yield _activation(case, warning, tier, (first, end, worst), team, refusals, (float(chance[worst]), float(after)))


def _window(weight: FloatArray, free: IntArray, worst: int, width: int) -> tuple[int, int]:
    """Free slots in a row, at most `width`, that hold the worst one and weigh the most; the earliest of equals."""
    low, high = next((first, end) for first, end in runs(np.isin(np.arange(weight.size), free)) if first <= worst < end)
    width = min(width, high - low)
    if width < 1:
        return worst, worst
    starts = np.arange(max(low, worst - width + 1), min(worst, high - width) + 1)
    total = np.concatenate([[0.0], np.cumsum(weight)])
    # rounded, so that noise of the sums does not choose between equals
    first = int(starts[np.argmax(np.round(total[starts + width] - total[starts], 9))])
    return first, first + width


def _candidates(case: _Case, tier: EchelonTier, queue: str, span: Span) -> tuple[IntArray, Counter[str]]:
    """Members of a tier who may be called for a duty, whom to call first; and how many may not, by cause."""
    return case.reserve.judged(tier, queue, span, case.limits.lifted(span.minutes > case.policy.overtime_day_minutes))


def _enough(case: _Case, row: int, slot: int, most: int, efficiency: float, capacity: FloatArray) -> int:
    """Fewest members, up to `most`, that bring a slot below the blue chance."""
    members = np.arange(most + 1)
    trial = capacity[row, slot] + members * efficiency
    chance = chances_at(case.forecast, case.requirement, case.queues[row], np.full(most + 1, slot), trial)
    return int(np.argmax(np.append(chance[:-1] < case.calm, True)))


def _activation(
    case: _Case,
    warning: CapacityWarning,
    tier: EchelonTier,
    slots: tuple[int, int, int],
    team: IntArray,
    refusals: Counter[str],
    chances: tuple[float, float],
) -> Activation:
    first, end, worst = (instant(case.grid, slot) for slot in slots)
    minutes, limit = (slots[1] - slots[0]) * case.grid.minutes, case.policy.overtime_day_minutes
    queue, long = case.queues[case.row(warning)], minutes > limit
    en, zh = (activation_reason(queue, tier, len(team), refusals, chances, tongue) for tongue in ("en", "zh"))
    approval, approval_zh = (approval_text(minutes, limit, tongue) if long else "" for tongue in ("en", "zh"))
    ids, call_by = case.reserve.ids(team), _call_by(first, tier)
    return Activation(tier.id, warning.queue, call_by, first, end, ids, worst, *chances, en, zh, long, approval, approval_zh)


def _call_by(start: datetime, tier: EchelonTier) -> datetime:
    """Start less the notice, in elapsed time."""
    return datetime.fromtimestamp(60 * (epoch_minutes(start) - tier.notice_minutes), start.tzinfo)


def _left(case: _Case, warning: CapacityWarning, goal: IntArray, capacity: FloatArray) -> Iterator[Unmet]:
    """What stays of a warning after every tier; nothing if all of its slots are calm."""
    row = case.row(warning)
    left = goal[case.chance(row, goal, capacity)[goal] >= case.calm]
    if left.size:
        worst, chance = case.worst(row, left, capacity)
        numbers = (left.size, float(chance[worst]), float(case.missing(row, capacity)[worst]))
        start, end, at = (instant(case.grid, int(slot)) for slot in (left[0], left[-1] + 1, worst))
        en, zh = (unmet_reason(case.queues[row], *numbers, tongue) for tongue in ("en", "zh"))
        yield Unmet(warning.queue, start, end, left.size, at, *numbers[1:], en, zh)


def _standby(case: _Case, warning: CapacityWarning, capacity: FloatArray) -> Iterator[Standby]:
    """The first tier with members who could come for a warning, put on notice."""
    for tier in case.tiers:
        first, end = _notice_window(case, warning, tier, capacity)
        team = (
            _candidates(case, tier, warning.queue, Span.of(case.grid, first, end))[0]
            if end > first
            else case.reserve.members(tier)[:0]
        )
        if len(team):
            start, stop = instant(case.grid, first), instant(case.grid, end)
            call_by, queue = _call_by(start, tier), case.queues[case.row(warning)]
            en, zh = (standby_reason(queue, tier, len(team), warning.level, call_by, tongue) for tongue in ("en", "zh"))
            yield Standby(tier.id, queue.id, call_by, start, stop, case.reserve.ids(team), en, zh)
            return


def _notice_window(case: _Case, warning: CapacityWarning, tier: EchelonTier, capacity: FloatArray) -> tuple[int, int]:
    """Slots that a tier would cover if it were called for a warning; empty if it cannot come in time."""
    slots = case.slots(warning)
    free = slots[slots >= case.earliest(tier)]
    if not free.size:
        return 0, 0
    worst, chance = case.worst(case.row(warning), free, capacity)
    return _window(chance, free, worst, tier.max_minutes // case.grid.minutes)
