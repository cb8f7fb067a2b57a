"""The duty list 值守表 of an echelon: who stands by when, made and verified by the engine of the roster.

Standby shifts are the shifts of a roster whose agents are the members and whose cover is by shift. A member stands by only where
being called at any time of the stretch would be lawful: the whole stretch is judged as if it were the duty. What nobody may
take stays open, and is told with the reasons.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import get_args

import numpy as np

from data.model.base import BoolArray, IntArray
from data.model.calendar import Calendar
from data.model.centre import Centre, EchelonTier
from data.model.demand import Requirement
from data.model.duty import DutyPolicy, DutySlot, StandbyShift
from data.model.ledger import Balance
from data.model.people import Agent, Contract, ShiftKind
from data.model.roster import OFF, Roster
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Scope
from data.model.shift_demand import ShiftDemand
from data.model.time import Horizon, TimeGrid, epoch_minutes, local
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Reserve, cause_names
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget, Solution

DUTY_BUDGET = Budget(bound_steps=60, rounds=60)
"""Steps of the search for a duty list (house choice)."""

POINTS = {"night": 1, "weekend": 2, "holiday": 2, "festival": 3, "unpopular": 1}
"""Standbys that one counts as in the fair share; on rest days and holidays it counts more (house choice)."""

CONTRACT = "standby"


@dataclass(frozen=True, eq=False)
class DutyList:
    """The standby shifts of an echelon on some days.

    Parameters
    ----------
    slots : tuple of DutySlot
    why : mapping of (date, str) to mapping of str to int
        Of each day and shift with a head missing: how many members may not stand by, by cause (`reserve.CAUSES`).
    solution : Solution
        Verified; its bound says how much better a list could be.
    """

    slots: tuple[DutySlot, ...]
    why: Mapping[tuple[date, str], Mapping[str, int]]
    solution: Solution

    @property
    def missing(self) -> int:
        """Heads that nobody fills."""
        return sum(slot.missing for slot in self.slots)


def plan_duty(
    centre: Centre,
    tier: EchelonTier,
    reserve: Reserve,
    policy: DutyPolicy,
    horizon: Horizon,
    limits: Limits,
    calendar: Calendar,
    *,
    before: Sequence[DutySlot] = (),
    seed: int = 0,
) -> DutyList:
    """Share out the standby shifts of an echelon.

    Parameters
    ----------
    reserve : Reserve
        That knows the days of `horizon`.
    limits : Limits
        Those of overtime are not asked: they count when somebody is called.
    calendar : Calendar
        From the first of the month of `horizon` on.
    before : sequence of DutySlot
        Standbys of earlier days: gaps, caps and the fair share count them.

    Raises
    ------
    VerificationFailed
        If the list breaks a rule.
    """
    rows, shifts = reserve.members(tier), policy.of(tier.id)
    members, days = tuple(reserve.agents[row] for row in rows.tolist()), horizon.dates
    causes = np.stack([_causes(reserve, rows, tier, shifts, day, horizon.zone, limits) for day in days], axis=1)
    own = tuple(slot for slot in before if slot.echelon == tier.id and slot.day < horizon.first)
    problem = _problem(centre, members, policy, shifts, horizon, causes > 0, own, calendar)
    solution = solve(problem, budget=DUTY_BUDGET, params=SearchParams(seed=seed))
    assert solution.roster is not None
    slots = tuple(_slots(tier, shifts, solution.roster, horizon))
    place = {(day, shift.code): (d, s) for d, day in enumerate(days) for s, shift in enumerate(shifts)}
    short = ((slot.day, slot.shift) for slot in slots if slot.missing)
    return DutyList(slots, {at: Counter(cause_names(causes[:, *place[at]])) for at in short}, solution)


def _causes(
    reserve: Reserve, rows: IntArray, tier: EchelonTier, shifts: Sequence[StandbyShift], day: date, zone: str, limits: Limits
) -> IntArray:
    """Why members may not stand by on a day; shape (members, shifts)."""
    starts = [epoch_minutes(local(day, shift.start, zone)) for shift in shifts]
    spans = [Span(start, start + shift.minutes, zone) for start, shift in zip(starts, shifts, strict=True)]
    return np.stack([reserve.causes(rows, tier, "", span, limits.lifted(True)) for span in spans], axis=1)


def _problem(
    centre: Centre,
    members: tuple[Agent, ...],
    policy: DutyPolicy,
    shifts: Sequence[StandbyShift],
    horizon: Horizon,
    barred: BoolArray,
    before: Sequence[DutySlot],
    calendar: Calendar,
) -> RosterProblem:
    """The list as a roster: days of the month before it are frozen, so that caps and gaps count them."""
    codes = tuple(shift.code for shift in shifts)
    contract = Contract(id=CONTRACT, name="Standby", name_zh="值守", shifts=codes)
    templates = tuple(shift.template for shift in shifts)
    past = horizon.first.day - 1 if horizon.first.day > policy.gap_days else policy.gap_days
    first = horizon.first - timedelta(days=past)
    whole = Horizon(zone=horizon.zone, first=first, days=past + horizon.days)
    grid = TimeGrid(horizon=whole, minutes=centre.interval_minutes)
    agents = tuple(agent.model_copy(update={"contract": CONTRACT}) for agent in members)
    return RosterProblem(
        centre=centre.model_copy(update={"contracts": (contract,), "shifts": templates}),
        agents=agents,
        grid=grid,
        requirement=_nothing(centre, grid),
        rulebook=_rules(policy, codes, agents, horizon.dates, barred),
        first_open=past,
        end_open=whole.days,
        base=_stood(agents, whole, codes, shifts, before),
        calendar=calendar,
        balances=_brought(agents, first, before),
        shift_demand=tuple(
            ShiftDemand(day=day, shift=shift.code, heads=shift.heads, under=policy.under_cost, over=policy.under_cost)
            for day in horizon.dates
            for shift in shifts
        ),
    )


def _nothing(centre: Centre, grid: TimeGrid) -> Requirement:
    """A requirement of nobody: cover is by shift."""
    zero, none = np.zeros((1, grid.size)), np.zeros((1, grid.size), dtype=np.int64)
    return Requirement((centre.queues[0].id,), grid, none, none, zero, zero, none, zero[:, :, None], zero, none)


def _rules(
    policy: DutyPolicy, codes: tuple[str, ...], agents: Sequence[Agent], days: Sequence[date], barred: BoolArray
) -> Rulebook:
    """Gaps, caps, the days on which members may not stand by, and the goals: cover first, then equal shares."""
    rules = [RuleSpec(id="duty.cap", kind="shifts", numbers={"period": "month", "max_shifts": policy.month_cap})]
    if policy.gap_days:
        gap = {"window_days": policy.gap_days + 1, "min_days": policy.gap_days}
        rules.append(RuleSpec(id="duty.gap", kind="rolling_rest", numbers=gap))
    alike = defaultdict[tuple[str, tuple[date, ...]], list[str]](list)
    for a, s in np.argwhere(barred.any(axis=1)).tolist():
        dates = tuple(day for day, out in zip(days, barred[a, :, s].tolist(), strict=True) if out)
        alike[codes[s], dates].append(agents[a].id)
    for k, ((code, dates), names) in enumerate(alike.items()):
        numbers = {"names": (code,), "dates": dates, "forbidden": True}
        rules.append(RuleSpec(id=f"duty.barred.{k}", kind="fixed_days", numbers=numbers, scope=Scope(agents=tuple(names))))
    shares = {"weight": policy.fair_cost, "kinds": get_args(ShiftKind), **POINTS}
    goals = (GoalSpec(kind="shift_cover"), GoalSpec(kind="fairness", numbers=shares))
    return Rulebook(id="duty", rules=tuple(rules), goals=goals)


def _stood(
    agents: Sequence[Agent], whole: Horizon, codes: tuple[str, ...], shifts: Sequence[StandbyShift], before: Iterable[DutySlot]
) -> Roster:
    """The standbys of the days before the list as a roster."""
    shape, place = (len(agents), whole.days), {agent.id: row for row, agent in enumerate(agents)}
    symbol, minutes, none = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    start = np.full(shape, -1, dtype=np.int64)
    held = {shift.code: (k, shift) for k, shift in enumerate(shifts, start=1)}
    for slot in before:
        day = whole.index(slot.day)
        for row in (place[agent] for agent in slot.agents if agent in place and day >= 0 and slot.shift in held):
            k, shift = held[slot.shift]
            symbol[row, day], start[row, day], minutes[row, day] = k, shift.template.start_minute, shift.minutes
    return Roster(tuple(place), whole, (OFF, *codes), symbol, start, minutes, np.full(shape, -1), none)


def _brought(agents: Sequence[Agent], first: date, before: Iterable[DutySlot]) -> tuple[Balance, ...]:
    """Standbys of each member in the year before the first day."""
    since = first - timedelta(days=365)
    counts = Counter(agent for slot in before if since <= slot.day < first for agent in slot.agents)
    until = first - timedelta(days=1)
    return tuple(Balance(agent=agent.id, until=until, points=float(counts[agent.id])) for agent in agents)


def _slots(tier: EchelonTier, shifts: Sequence[StandbyShift], roster: Roster, horizon: Horizon) -> Iterable[DutySlot]:
    """The standby shifts of a solved list, day by day."""
    for day in horizon.dates:
        symbol = roster.symbol[:, roster.horizon.index(day)]
        for shift in shifts:
            start = local(day, shift.start, horizon.zone)
            end = start.astimezone(UTC) + timedelta(minutes=shift.minutes)
            there = np.flatnonzero(symbol == roster.codes.index(shift.code)).tolist()
            yield DutySlot(
                echelon=tier.id,
                day=day,
                shift=shift.code,
                start=start,
                end=end.astimezone(start.tzinfo),
                heads=shift.heads,
                agents=tuple(roster.agents[row] for row in there),
            )
