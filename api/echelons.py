"""The echelons of a centre at a moment: who can be called, who stands by, and how the call-outs that run go on."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from math import nan

import numpy as np

from api.planned import Planned
from api.points import called_out
from api.workspace import Workspace
from data.exchange.calendars import calendar_for
from data.exchange.call_outs import read_call_outs, write_call_outs
from data.exchange.duty import read_duty, replaced, write_duty
from data.exchange.files import stop
from data.exchange.points import ACTIVATIONS_FILE, add_activations
from data.exchange.reach import read_reach
from data.model.base import FloatArray
from data.model.call_out import CallOut, CallOutBook, CallOutDeed, CallOutStep, asked
from data.model.centre import EchelonTier
from data.model.duty import DutySlot, on_standby
from data.model.errors import Finding
from data.model.reach import Reach, unreachable
from data.model.response import Activation, Standby
from data.model.roster import Breach
from data.model.time import Horizon, TimeGrid, epoch_minutes
from optimizer.response.echelon import (
    Broken,
    Candidate,
    DutyList,
    Ready,
    broken,
    candidates,
    next_to_ask,
    plan_duty,
    register,
    shifts_without_rest,
)
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Reserve, reserve, with_rest


@dataclass(frozen=True)
class Watch:
    """A centre's echelons at a moment: the roster in force, the duty list, the call-outs so far and who can be reached."""

    workspace: Workspace
    planned: Planned
    now: datetime
    book: CallOutBook
    duty: tuple[DutySlot, ...]
    reach: tuple[Reach, ...]
    done: tuple[Activation, ...]

    @classmethod
    def at(cls, workspace: Workspace, now: datetime) -> "Watch":
        """Read the folder, with the roster in force for the day."""
        return cls.of(workspace, workspace.newest(now.date()), now)

    @classmethod
    def of(cls, workspace: Workspace, planned: Planned, now: datetime) -> "Watch":
        """Read the folder beside a roster."""
        agents, out = workspace.agents, workspace.out
        duty, reach, done = read_duty(out, agents), read_reach(out, agents), called_out(workspace)
        return cls(workspace, planned, now, read_call_outs(out), duty, reach, done)

    @cached_property
    def limits(self) -> Limits:
        """What the rulebook asks of whoever is called."""
        return Limits.of(self.planned.problem.rulebook)

    @property
    def tiers(self) -> tuple[EchelonTier, ...]:
        """Echelons of the centre."""
        return self.workspace.centre.centre.echelons

    @cached_property
    def served(self) -> tuple[Activation, ...]:
        """Emergency duties done or agreed to."""
        agreed = (_activation(one, self.book.coming(one.id, self.now)) for one in self.book.running())
        return (*self.done, *(one for one in agreed if one.members))

    def helping(self, queues: Sequence[str], grid: TimeGrid) -> FloatArray:
        """Agents who come by call-outs, by the efficiency of their tier; shape (queues, slots of the grid)."""
        found, efficiency = np.zeros((len(queues), grid.size)), {tier.id: tier.efficiency for tier in self.tiers}
        for one in self.served:
            first, end = (max(0, grid.slot(edge)) for edge in (one.start, one.end))
            found[queues.index(one.queue), first:end] += len(one.members) * efficiency.get(one.echelon, 1.0)
        return found

    def reserve(self, until: date | None = None) -> Reserve:
        """Members with all they do, on the days of the roster and up to a day."""
        problem = self.planned.problem
        return reserve(
            problem.agents,
            self.planned.roster,
            self.workspace.centre.absences,
            shifts=problem.centre.shifts,
            balances=problem.balances,
            served=with_rest(self.served, self.tiers),
            until=until,
        )

    def declined(self, at: datetime) -> frozenset[str]:
        """Who has declined a call-out on the day of an instant."""
        return self.book.declined_on(at.date())

    def register(self, hours: int, queues: Sequence[str]) -> tuple[Ready, ...]:
        """The register of the next hours."""
        begin = epoch_minutes(self.now)
        times = [datetime.fromtimestamp(60 * (begin + 60 * h), self.now.tzinfo) for h in range(hours)]
        return register(
            self.reserve(times[-1].date() + timedelta(days=1)),
            self.tiers,
            queues,
            times,
            self.limits,
            overtime_day_minutes=self.workspace.policies.call_outs.overtime_day_minutes,
            standby=lambda at: on_standby(self.duty, at),
            unreachable=lambda at: unreachable(self.reach, at),
            declined=self.declined,
        )

    def plan_duty(self, horizon: Horizon) -> dict[EchelonTier, DutyList]:
        """A duty list for each echelon that has members and standby shifts."""
        centre, policy, members = self.workspace.centre.centre, self.workspace.policies.duty, self.reserve(horizon.last)
        calendar = calendar_for(centre, (horizon.first - timedelta(days=31)).replace(day=1), horizon.last)
        told = [tier for tier in self.tiers if policy.of(tier.id) and len(members.members(tier))]
        return {tier: plan_duty(centre, tier, members, policy, horizon, self.limits, calendar, before=self.duty) for tier in told}

    def keep_duty(self, lists: Collection[DutyList], days: Collection[date]) -> None:
        """Write the duty list with these days anew."""
        made = [slot for one in lists for slot in one.slots]
        write_duty(replaced(self.duty, made, days), self.workspace.out)

    def tier(self, name: str) -> EchelonTier:
        """An echelon by id."""
        return next(tier for tier in self.tiers if tier.id == name)

    def able(self, call: CallOut) -> tuple[Candidate, ...]:
        """Members who may be called for a call-out and can be reached now."""
        span = Span(epoch_minutes(call.start), epoch_minutes(call.end), self.planned.roster.horizon.zone)
        return candidates(
            self.reserve(call.end.date()),
            self.tier(call.echelon),
            call.queue,
            span,
            self.limits.lifted(bool(call.approver)),
            standby=on_standby(self.duty, call.start),
            unreachable=unreachable(self.reach, self.now),
            declined=self.declined(self.now),
        )

    def breaches(self, call: CallOut, agent: str) -> list[Breach]:
        """Rules that a member's line would break with the duty in it."""
        problem, roster = self.planned.problem, self.planned.roster
        return broken(problem, roster, agent, call.start, call.end, approved=bool(call.approver))

    def ask(self, call: CallOut, by: str) -> tuple[CallOutStep, ...]:
        """Asks of those whose turn it is; the verifier has the last word on each."""
        chosen = next_to_ask(self.book, call.id, self.able(call), self.now, lambda agent: not self.breaches(call, agent))
        return asked(call, chosen, by, self.now)

    def held_back(self, call: CallOut) -> dict[str, str]:
        """Of those who may be called by the limits, whom a rule holds back, with what it says."""
        judged = ((one.agent, self.breaches(call, one.agent)) for one in sorted(self.able(call), key=lambda one: one.rank))
        return {agent: f"{found[0].rule}: {found[0].message}" for agent, found in judged if found}

    def stand_down(self, name: str, agents: Collection[str], by: str, reason: str) -> tuple[CallOutStep, ...]:
        """Stand-downs of some members; of everyone, and the end of the call-out, if none is named."""
        self.book.known(name)
        held = [a for a, state in self.book.states(name, self.now).items() if state in ("asked", "accepted", "arrived")]

        def step(deed: CallOutDeed, agent: str = "") -> CallOutStep:
            return CallOutStep(call_out=name, deed=deed, by=by, at=self.now, agent=agent, reason=reason)

        steps = tuple(step("stood_down", agent) for agent in agents or held)
        return steps if agents else (*steps, step("ended"))

    def keep(self, steps: Sequence[CallOutStep]) -> CallOutBook:
        """Take steps and write them; duties that are over are added to ``activations.csv``, where points and pay find them."""
        book, before = self.book.take(*steps), self.book
        write_call_outs(book, self.workspace.out)
        over = [
            _activation(book.known(name), (one.agent,), one.start, one.end)
            for name in dict.fromkeys(step.call_out for step in steps if step.deed == "stood_down")
            for one in book.served(name)[len(before.served(name)) :]
        ]
        if over:
            rows = ({name: getattr(one, name) for name in ("echelon", "queue", "start", "end", "members")} for one in over)
            add_activations(rows, self.workspace.out / ACTIVATIONS_FILE)
        return book

    def without_rest(self) -> tuple[Broken, ...]:
        """Shifts of the roster in force that come too soon after an emergency duty."""
        return tuple(shifts_without_rest(self.planned.roster, with_rest(self.served, self.tiers), self.limits.rest_minutes))


def _activation(call: CallOut, members: tuple[str, ...], start: datetime | None = None, end: datetime | None = None) -> Activation:
    begin = start or call.start
    return Activation(call.echelon, call.queue, begin, begin, end or call.end, members, begin, nan, nan)


def new_call_out(watch: Watch, call: CallOut) -> CallOut:
    """A call-out under the next id, with the terms of its echelon.

    Raises
    ------
    InvalidData
        With every finding: an unknown echelon or queue, a start within the notice, a duty longer than the echelon allows, or
        longer than the overtime of a day without an approver.
    """
    queues, tiers = [queue.id for queue in watch.workspace.centre.centre.queues], {tier.id: tier for tier in watch.tiers}
    found = [] if call.queue in queues else [_wrong("--queue", call.queue, f"one of {', '.join(queues)}")]
    tier = tiers.get(call.echelon)
    if tier is None:
        stop([*found, _wrong("--echelon", call.echelon, f"one of {', '.join(tiers) or 'none: centre.toml has no echelons'}")])
    assert tier is not None
    if not found and tier.queues and call.queue not in tier.queues:
        found.append(_wrong("--queue", call.queue, f"a queue that {tier.id} may be lent to: {', '.join(tier.queues)}"))
    stop([*found, *_against_terms(watch, call, tier)])
    terms = {"response_minutes": tier.response_minutes, "answer_share": tier.answer_share}
    return call.model_copy(update=terms | {"id": watch.book.next_id()})


def _against_terms(watch: Watch, call: CallOut, tier: EchelonTier) -> Iterator[Finding]:
    """What a call-out asks of an echelon beyond its terms, and beyond the overtime of a day."""
    minutes, limit = epoch_minutes(call.end) - epoch_minutes(call.start), watch.workspace.policies.call_outs.overtime_day_minutes
    if epoch_minutes(call.start) < epoch_minutes(watch.now) + tier.notice_minutes:
        expected = f"a time {tier.notice_minutes} min from now on, the notice of {tier.id}"
        yield _wrong("--from", call.start.isoformat(), expected)
    if minutes > tier.max_minutes:
        yield _wrong("--to", call.end.isoformat(), f"at most {tier.max_minutes} min, the longest duty of {tier.id}")
    if minutes > limit and not call.approver:
        told = f"{minutes} min exceed {limit} min of overtime a day"
        yield _wrong("--approver", "nothing", f"a name: {told} (Labour Law art. 41; art. 42 is for a person to judge)")


def _wrong(option: str, read: str, expected: str) -> Finding:
    return Finding("command line", None, option, repr(read), expected)


def standbys(workspace: Workspace) -> tuple[Standby, ...]:
    """The duty list as echelons on notice, as fairness counts them."""
    slots = read_duty(workspace.out, workspace.agents)
    return tuple(Standby(slot.echelon, "", slot.start, slot.start, slot.end, slot.agents) for slot in slots if slot.agents)
