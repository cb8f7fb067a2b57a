"""Lending between projects 跨项目支援: whose agents can answer which queue of another project, for how long, and who stays safe.

Every agent begins at home, on the queues of the project of the first skill; agents at home are put to their best use
(`optimizer.rostering.coverage`). A gap is a stretch of a queue in which expected service misses its target with at least the
chance for which help is looked for. Agents with the skill are lent into it one by one, the most efficient first, each for the
longest stretch in which the agent is on shift and no queue of the lender comes to the chance that it must keep below: the rest
of the lender's agents are put to their best use again before that is looked at, so what is said of the lender is exact. Which
agents are lent is chosen greedily.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Project, Queue
from data.model.demand import Forecast
from data.model.loan import LendPolicy, Loan
from data.model.offphone import Placement
from data.model.roster import Roster
from optimizer.response.lending.wording import loan_reason
from optimizer.response.warning.warn import capacity_chances, chances_at, instant, runs
from optimizer.rostering.coverage import Flow, add_many, add_one, new_flow, remove_one
from optimizer.rostering.curves import Curves
from optimizer.rostering.explain.changes import coverage_of, flow_of
from optimizer.rostering.frame import presence
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem


def at_home(problem: RosterProblem) -> RosterProblem:
    """The problem in which every agent answers only the queues of the project of the first skill."""
    project = {queue.id: queue.project for queue in problem.centre.queues}
    homes = [
        agent.model_copy(update={"skills": tuple(skill for skill in agent.skills if project[skill] == project[agent.skills[0]])})
        for agent in problem.agents
    ]
    return replace(problem, agents=tuple(homes))


@dataclass(frozen=True, eq=False)
class LendCase:
    """A roster against a foresight, every agent at home.

    Parameters
    ----------
    problem : RosterProblem
        With the skills that agents have; looked at from its first open day.
    made : Forecast
        On the grid of the problem.
    staying : array of float, shape (slots,)
        Share of the rostered agents who come.
    now : datetime
    taken : tuple of Loan
        Orders that hold already: their agents are away, and their help is there.
    off : tuple of Placement
        Work off the phones: who does it is not lent.
    """

    problem: RosterProblem
    roster: Roster
    made: Forecast
    staying: FloatArray
    now: datetime
    policy: LendPolicy = field(default_factory=LendPolicy)
    taken: tuple[Loan, ...] = ()
    off: tuple[Placement, ...] = ()

    @cached_property
    def home(self) -> RosterProblem:
        """Every agent at home."""
        return at_home(self.problem)

    @cached_property
    def present(self) -> IntArray:
        """Agents of each skill group at home on the phones; shape (groups, slots from `first` on)."""
        return presence(self.home, self.roster, np.ones(self.roster.symbol.shape, dtype=np.bool_))

    @cached_property
    def curves(self) -> Curves:
        """Cost of coverage in each slot of the grid."""
        return coverage_of(self.home)

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """Queues in the order of the requirement."""
        return tuple(self.problem.centre.queue(name) for name in self.problem.requirement.queues)

    @cached_property
    def projects(self) -> Mapping[str, Project]:
        """Projects by id."""
        return {project.id: project for project in self.problem.centre.projects}

    @cached_property
    def home_of(self) -> tuple[str, ...]:
        """Home project of each agent."""
        of = {queue.id: queue.project for queue in self.queues}
        return tuple(of[agent.skills[0]] for agent in self.problem.agents)

    @cached_property
    def first(self) -> int:
        """First slot that is looked at."""
        return int(self.problem.grid.day_slot[self.problem.first_open])

    @cached_property
    def phones(self) -> BoolArray:
        """Whether each agent is on the phones; shape (agents, slots of the grid)."""
        return np.pad(on_phones(self.problem, self.roster) > 0, ((0, 0), (self.first, 0)))

    @cached_property
    def shifts(self) -> BoolArray:
        """Whether each agent is on shift, pauses included; shape (agents, slots of the grid)."""
        none = np.full_like(self.roster.meal, -1)
        bare = replace(self.roster, meal=none, meal_minutes=np.zeros_like(none), breaks=np.full_like(self.roster.breaks, -1))
        return np.pad(on_phones(self.problem, bare) > 0, ((0, 0), (self.first, 0)))

    @cached_property
    def earliest(self) -> Mapping[str, int]:
        """First slot in which each project can lend: after the reply, where it is asked."""
        grid = self.problem.grid
        wait = {name: one.lending.reply_minutes * (one.lending.consent == "asked") for name, one in self.projects.items()}
        since = self.now.timestamp() / 60 - int(grid.day_start_minutes[0])
        return {name: int(np.ceil((since + minutes) / grid.minutes)) for name, minutes in wait.items()}

    def able(self, row: int) -> list[int]:
        """Agents of other projects who may be lent to a queue, the most efficient first."""
        queue = self.queues[row]
        found = [
            a
            for a, agent in enumerate(self.problem.agents)
            if queue.id in agent.skills and self.projects[self.home_of[a]].lends_to(queue.project)
        ]
        return sorted(found, key=lambda a: (-self.efficiency(a, row), self.home_of[a], self.problem.agents[a].id))

    def efficiency(self, a: int, row: int) -> float:
        """Efficiency of an agent on a queue of another project."""
        return self.policy.efficiency(self.problem.agents[a].skills.index(self.queues[row].id))

    def of(self, project: str) -> IntArray:
        """Agents whose home is a project."""
        return self._agents_of[project]

    @cached_property
    def _agents_of(self) -> Mapping[str, IntArray]:
        homes = np.array(self.home_of)
        return {name: np.flatnonzero(homes == name) for name in self.projects}

    def known(self, agents: Sequence[str]) -> list[int]:
        """Those of some agents who are still there."""
        return [self.problem.index[agent] for agent in agents if agent in self.problem.index]

    def slots(self, start: datetime, end: datetime) -> IntArray:
        """Slots that are looked at from an instant until before another."""
        grid = self.problem.grid
        edges = grid.slot(start), grid.slot(end - timedelta(seconds=1)) + 1
        return np.arange(*np.clip(edges, self.first, grid.size))

    def rows(self, project: str) -> IntArray:
        """Queues of a project."""
        return np.array([row for row, queue in enumerate(self.queues) if queue.project == project], dtype=np.int64)

    def chance(self, row: int, slots: IntArray, capacity: FloatArray) -> FloatArray:
        """Chance of one queue at some slots, 0 where it is closed; shape as `slots`."""
        chance, on = np.zeros(slots.size), self.made.open[row, slots]
        chance[on] = chances_at(self.made, self.problem.requirement, self.queues[row], slots[on], capacity[on])
        return chance


class Standing:
    """Who is where while orders are made; `lend` moves agents, nothing else does.

    Parameters
    ----------
    case : LendCase
    """

    def __init__(self, case: LendCase):
        self.case = case
        self.flow: Flow = flow_of(case.home, case.present)
        self.helped = np.zeros((len(case.queues), case.problem.grid.size))
        self.away = np.zeros(case.phones.shape, dtype=np.bool_)
        for placement in case.off:
            for a in case.known(placement.agents):
                self.away[a, case.slots(placement.start, placement.end)] = True
        for loan in case.taken:
            row = case.problem.requirement.queues.index(loan.queue)
            for a in case.known(loan.agents):
                self._move(a, row, case.slots(loan.start, loan.end), loan.efficiency)

    def capacity(self, row: int, slots: IntArray) -> FloatArray:
        """Agents on a queue, those who are lent by their efficiency, less those who do not come; shape as `slots`."""
        return (self.flow.served[slots - self.case.first, row] + self.helped[row, slots]) * self.case.staying[slots]

    def chance(self, row: int, slots: IntArray) -> FloatArray:
        """Chance of a queue at some slots as things stand."""
        return self.case.chance(row, slots, self.capacity(row, slots))

    def whole(self) -> FloatArray:
        """Agents on all queues; shape (queues, slots)."""
        everywhere = np.zeros(self.helped.shape)
        slots = np.arange(self.case.first, self.case.problem.grid.size)
        for row in range(len(everywhere)):
            everywhere[row, slots] = self.capacity(row, slots)
        return everywhere

    def _take(self, a: int, slots: IntArray) -> None:
        for t in (slots - self.case.first).tolist():
            remove_one(self.flow, int(self.case.home.group_of[a]), t)

    def _give_back(self, a: int, slots: IntArray) -> None:
        for t in (slots - self.case.first).tolist():
            add_one(self.flow, int(self.case.home.group_of[a]), t)

    def _move(self, a: int, row: int, slots: IntArray, efficiency: float) -> None:
        here = slots[self.case.phones[a, slots]]
        self._take(a, here)
        self.helped[row, here] += efficiency
        self.away[a, slots] = True

    def safe(self, a: int, slots: IntArray) -> BoolArray:
        """Slots in which the lender bears that an agent is away: its share and its chances; shape as `slots`."""
        lender = self.case.home_of[a]
        mine = self.case.of(lender)
        there, gone = self.case.phones[mine][:, slots], (self.away & self.case.phones)[mine][:, slots]
        most = self.case.projects[lender].lending.most_share * there.sum(axis=0)
        here, within = self.case.phones[a, slots], gone.sum(axis=0) + 1 <= most
        self._take(a, slots[here])
        rows = self.case.rows(lender)
        chance = np.max([self.chance(row, slots) for row in rows], axis=0)
        self._give_back(a, slots[here])
        return ~here | (within & (chance < self.case.policy.keep_chance))

    def lend(self, a: int, row: int, slots: IntArray) -> None:
        """Let an agent answer a queue of another project in some slots."""
        self._move(a, row, slots, self.case.efficiency(a, row))


@dataclass(frozen=True)
class Gap:
    """A stretch ``[first, end)`` of a queue that needs help, no longer than a loan may be, and its worst slot."""

    row: int
    first: int
    end: int
    worst: int
    chance: float


def gaps(case: LendCase, standing: Standing) -> list[Gap]:
    """Stretches that need help from the next slot on, the worst first."""
    chances = capacity_chances(case.made, case.problem.requirement, standing.whole(), case.queues)
    since = max(int(case.problem.grid.slot(case.now)) + 1, case.first)
    most, found = max(case.policy.most_minutes // case.problem.grid.minutes, 1), list[Gap]()
    for row, chance in enumerate(chances):
        for begin, stop in runs((chance >= case.policy.help_chance) & (np.arange(chance.size) >= since)):
            for first in range(begin, stop, most):
                end = min(first + most, stop)
                worst = first + int(np.argmax(chance[first:end]))
                found.append(Gap(row, first, end, worst, float(chance[worst])))
    return sorted(found, key=lambda gap: (-gap.chance, gap.first, gap.row))


@dataclass(frozen=True)
class _Lent:
    """An agent lent to a queue from a slot until before another."""

    a: int
    gap: Gap
    first: int
    end: int


def lend_orders(case: LendCase) -> tuple[Loan, ...]:
    """Orders that fill the gaps as far as agents with the skill can be spared, by the gap they help.

    Their ids are numbered from 1; `data.model.loan.numbered` puts them behind those of a book.
    """
    standing = Standing(case)
    lent = [one for gap in gaps(case, standing) for one in _into(case, standing, gap)]
    orders: dict[tuple[str, Gap, int, int], list[_Lent]] = {}
    for one in lent:
        orders.setdefault((case.home_of[one.a], one.gap, one.first, one.end), []).append(one)
    return tuple(_order(case, standing, f"l{k:04d}", group) for k, group in enumerate(orders.values(), 1))


def _into(case: LendCase, standing: Standing, gap: Gap) -> Iterator[_Lent]:
    """Lend agents into a gap until it is calm or nobody is left; agents alike are asked once after one was refused."""
    refused = set[tuple[int, bytes]]()
    for a in case.able(gap.row):
        slots = np.arange(gap.first, gap.end)
        needy = slots[standing.chance(gap.row, slots) >= case.policy.help_chance]
        if not needy.size:
            return
        alike = int(case.home.group_of[a]), (case.phones[a, slots] & ~standing.away[a, slots]).tobytes()
        span = None if alike in refused else _span(case, standing, a, needy)
        if span is None:
            refused.add(alike)
            continue
        standing.lend(a, gap.row, np.arange(*span))
        yield _Lent(a, gap, *span)


def _span(case: LendCase, standing: Standing, a: int, needy: IntArray) -> tuple[int, int] | None:
    """Longest stretch about some needy slots in which an agent can be lent; None = none is long enough."""
    least = -(-case.policy.least_minutes // case.problem.grid.minutes)
    first, end = int(needy[0]), max(int(needy[-1]) + 1, int(needy[0]) + least)
    slots = np.arange(max(first, case.earliest[case.home_of[a]]), min(end, case.problem.grid.size))
    free = case.shifts[a, slots] & ~standing.away[a, slots]
    if _longest(free, least) is None:
        return None
    free &= standing.safe(a, slots)
    best = _longest(free, least)
    if best is None or not (case.phones[a, needy] & np.isin(needy, slots[slice(*best)])).any():
        return None
    return int(slots[best[0]]), int(slots[best[1] - 1]) + 1


def _longest(flags: BoolArray, least: int) -> tuple[int, int] | None:
    long = [run for run in runs(flags) if run[1] - run[0] >= least]
    return max(long, key=lambda run: (run[1] - run[0], -run[0]), default=None)


def _order(case: LendCase, standing: Standing, name: str, group: list[_Lent]) -> Loan:
    gap, lender, grid = group[0].gap, case.home_of[group[0].a], case.problem.grid
    slots, queue, terms = np.arange(group[0].first, group[0].end), case.queues[gap.row], case.projects[lender].lending
    kept = float(max(standing.chance(row, slots).max() for row in case.rows(lender)))
    loan = Loan(
        id=name,
        lender=lender,
        borrower=queue.project,
        queue=queue.id,
        agents=tuple(case.problem.agents[one.a].id for one in group),
        start=instant(grid, group[0].first),
        end=instant(grid, group[0].end),
        efficiency=float(np.mean([case.efficiency(one.a, gap.row) for one in group])),
        consent="standing" if terms.consent == "standing" else "asked",
        reply_by=min(case.now + timedelta(minutes=terms.reply_minutes), instant(grid, group[0].first)),
        made_at=case.now,
        hour_price=terms.hour_price,
        chance_before=gap.chance,
        chance_after=float(standing.chance(gap.row, np.array([gap.worst]))[0]),
        lender_chance=kept,
    )
    en, zh = (loan_reason(loan, case.projects[lender], queue, tongue) for tongue in ("en", "zh"))
    return loan.model_copy(update={"reason": en, "reason_zh": zh})


def room_at(case: LendCase, row: int, slot: int) -> dict[str, int]:
    """Agents on the phones whom each project could lend to a queue in one slot and stay safe; who lends to it and has none: 0."""
    able, everyone = case.able(row), case.present[:, slot - case.first, None]
    curves = case.curves.of(slice(slot, slot + 1))
    room: dict[str, int] = {}
    for lender in sorted({case.home_of[a] for a in able}):
        flow = new_flow(curves, case.home.group_mask)
        add_many(flow, everyone)
        mine = [a for a in able if case.home_of[a] == lender and case.phones[a, slot]]
        there = int(case.phones[case.of(lender), slot].sum())
        room[lender] = _spared(case, flow, lender, mine[: int(case.projects[lender].lending.most_share * there)], slot)
    return room


def _spared(case: LendCase, flow: Flow, lender: str, agents: list[int], slot: int) -> int:
    """How many of some agents can go, one after the other, before a queue of their project comes to the chance it must keep."""
    rows, served = case.rows(lender), list[FloatArray]()
    for a in agents:
        remove_one(flow, int(case.home.group_of[a]), 0)
        served.append(flow.served[0, rows].astype(np.float64))
    if not served:
        return 0
    slots, left = np.full(len(served), slot), np.array(served) * case.staying[slot]
    chance = np.max([case.chance(row, slots, left[:, k]) for k, row in enumerate(rows)], axis=0)
    breaks = chance >= case.policy.keep_chance
    return int(np.argmax(breaks)) if breaks.any() else len(served)


def lent_already(problem: RosterProblem, roster: Roster) -> dict[tuple[str, str], float]:
    """Hours that agents of one project answer for another where all skills are used at best, by (home, other).

    The allotment tells skill groups, not agents: in a slot and a group the fewest are counted as away from home.
    """
    of = {queue.id: queue.project for queue in problem.centre.queues}
    names = tuple(dict.fromkeys(of.values()))
    present = presence(problem, roster, np.ones(roster.symbol.shape, dtype=np.bool_))
    placed = flow_of(problem, present).placed
    home = np.zeros((*placed.shape[:2], len(names)))
    for a, there in enumerate(on_phones(problem, roster)):
        home[:, problem.group_of[a], names.index(of[problem.agents[a].skills[0]])] += there
    on = np.stack([placed[:, :, [of[q] == name for q in problem.requirement.queues]].sum(axis=2) for name in names], axis=2)
    away, into = np.maximum(home - on, 0.0), np.maximum(on - home, 0.0)
    whole = np.maximum(into.sum(axis=2), 1.0)
    hours = np.einsum("tgp,tgq->pq", away, into / whole[:, :, None]) * problem.grid.minutes / 60
    return {(p, q): float(hours[i, j]) for i, p in enumerate(names) for j, q in enumerate(names) if hours[i, j] > 0}
