"""Proposals for the rest of a day 日微调: what is proposed at a moment, and what is carried out of what was proposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from api import forecasting, planning
from api.ahead import foreseen_by
from api.decided import next_version
from api.echelons import Watch
from api.off_phone import OffPhone
from api.planned import Planned, chance_of, foreseen, rest_of
from api.workspace import Workspace
from data.exchange.offphone import DEBTS_FILE, PLACEMENTS_FILE, write_debts, write_placements
from data.exchange.points import ACTIVATIONS_FILE, add_activations
from data.exchange.proposals import read_book
from data.model.book import numbered
from data.model.demand import CallHistory, Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.proposal import Proposal, ProposalBook, ProposalStep
from data.model.roster import Roster
from data.model.time import Horizon
from forecasting.score import calls_that_came
from optimizer.response.trough import Placed, take_back
from optimizer.response.tweak import (
    Act,
    Applied,
    Look,
    Rest,
    Signal,
    activity_acts,
    apply_all,
    beside_forecast,
    call_in_acts,
    compatible,
    debts_after,
    duties,
    early_acts,
    kept,
    order,
    proposal_of,
    queue_acts,
    roster_acts,
    signal_of,
    together,
    with_work_off,
)
from optimizer.rostering.requests import Desk, desk_of
from optimizer.rostering.search import TweakParams
from optimizer.rostering.verify import verify


@dataclass(frozen=True)
class Board:
    """A moment of a centre: the roster in force for the day, the proposals so far, and the work off the phones."""

    workspace: Workspace
    planned: Planned
    now: datetime
    book: ProposalBook
    work: OffPhone

    @classmethod
    def at(cls, workspace: Workspace, now: datetime) -> "Board":
        """Read the folder."""
        planned = workspace.newest(now.date())
        if rest_of(planned, now).first != now.date():
            expected = f"a time from {planned.roster.horizon.first} to {planned.roster.horizon.last}"
            raise InvalidData([Finding("command line", None, "--at", str(now), expected)])
        return cls(workspace, planned, now, read_book(workspace.out), OffPhone.of(workspace))

    @cached_property
    def day(self) -> int:
        """The day of the roster."""
        horizon = self.planned.problem.grid.horizon
        return horizon.index(self.now.date())

    @cached_property
    def desk(self) -> Desk:
        """The roster in force, against what it was planned for; its days from this one on may change, but for those set by hand."""
        return _desk(self.planned, self.day, self.now)

    def foreseen(self, history: CallHistory, at: datetime) -> Forecast:
        """The day as it is foreseen at a time of it."""
        centre = self.workspace.centre
        today = Horizon(zone=centre.centre.zone, first=self.now.date(), days=1)
        return forecasting.forecast_now(centre, history, at, today)

    def keep(self, applied: Applied) -> None:
        """Write off-phone work and what is owed of it, if any was taken back, and who answered a call-out."""
        called = [one for one in applied.done if one.kind == "call_in"]
        if called:
            add_activations(map(self._answered, called), self.workspace.out / ACTIVATIONS_FILE)
        if any(one.piece for one in applied.done):
            write_placements(applied.placements, self.workspace.out / PLACEMENTS_FILE)
            write_debts(debts_after(self.work.debts, applied.done, self.work.tasks), self.workspace.out / DEBTS_FILE)

    def _answered(self, one: Proposal) -> dict[str, object]:
        """An accepted call-in as a row of ``activations.csv``."""
        (agent,) = one.agents
        echelon = next(known.echelon for known in self.workspace.centre.agents if known.id == agent)
        return {"echelon": echelon, "queue": one.queue, "start": one.start, "end": one.end, "members": (agent,)}


@dataclass(frozen=True, eq=False)
class Proposed:
    """What was found at a moment.

    Parameters
    ----------
    book : ProposalBook
        With the new proposals; those that were open and are no longer proposed are replaced.
    rest : Rest
        What all that is proposed does to the rest of the day.
    unfit : int
        Members of called echelons who are not proposed: they are at work, or no rule or shift allows the duty.
    """

    book: ProposalBook
    signals: tuple[Signal, ...]
    rest: Rest
    unfit: int


def propose_rest(board: Board, history: CallHistory, by: str) -> Proposed:
    """Look at the rest of the day: the calls that came, a new forecast, and all that could still be done."""
    centre, policy = board.workspace.centre, board.workspace.policies.proposals
    minutes = centre.centre.interval_minutes
    spared = (board.now.astimezone(UTC) - timedelta(minutes=policy.intervals * minutes)).astimezone(board.now.tzinfo)
    earlier, made = (board.foreseen(history, at) for at in (spared, board.now))
    need = planning.require(centre, made)
    known = foreseen(board.planned, made, need)
    desk = with_work_off(_desk(known, board.day, board.now), board.work.placements)
    held = board.book.declined_on(board.now.date())
    look = Look(desk, policy, _signals(board, desk, earlier, history), held, board.work.placements)
    acts, unfit = _acts(board, look, made, need)
    signals, version = look.signals, board.planned.roster.version
    proposals = sorted((proposal_of(look, act, version) for act in acts), key=order)
    return Proposed(_booked(board, proposals, by), signals, together(look, acts), unfit)


def _desk(planned: Planned, day: int, now: datetime) -> Desk:
    problem = replace(planned.problem, first_open=day, end_open=planned.problem.grid.horizon.days, locked=planned.locked)
    return desk_of(problem, planned.roster, now, chance_of(planned.problem, planned.forecast))


def _signals(board: Board, desk: Desk, earlier: Forecast, history: CallHistory) -> tuple[Signal, ...]:
    """The two-interval rule for each queue; what was foreseen before the last intervals knows nothing of a spike in them."""
    policy, grid = board.workspace.policies.proposals, earlier.grid
    now = grid.slot(board.now)
    last = np.arange(max(now - policy.intervals, 0), now)
    counts = calls_that_came(earlier, history.before(board.now))[:, last]
    beside = beside_forecast(counts, earlier.quantiles[:, last], policy.band)
    before = foreseen_by(board.workspace.centre, board.planned, earlier)
    chance, ahead = chance_of(before.problem, before.forecast), np.arange(now, grid.size)
    served = desk.flow(ahead, desk.present[:, ahead]).served.T.astype(np.float64)
    need = before.problem.requirement
    live = need.heads[:, ahead + desk.first_slot] > 0
    found = list[Signal]()
    for row, name in enumerate(need.queues):
        chances = np.where(live[row], chance(row, ahead + desk.first_slot, served[row]), 0.0)
        found.append(signal_of(name, beside[earlier.queues.index(name)].tolist(), chances, policy))
    return tuple(found)


def _acts(board: Board, look: Look, made: Forecast, need: Requirement) -> tuple[tuple[Act, ...], int]:
    """All that is worth proposing; and how many members of called echelons cannot be asked."""
    better = _better(board, look, made, need)
    acts = [*roster_acts(look, better), *_activities(board, look, made), *queue_acts(look, board.desk)]
    calls, unfit = _call_ins(board, look, made, need)
    found = compatible(look, kept(look, [*acts, *calls]))
    busy = {agent for act in found if act.kind != "queue" for agent in act.agents}
    every = (*found, *kept(look, early_acts(look, busy)))
    declined = [board.book.proposals[step.proposal] for step in board.book.steps if step.deed == "declined"]
    told = {(one.kind, one.agents, one.end) for one in declined}
    return tuple(act for act in every if (act.kind, act.agents, look.instant(act.span[1])) not in told), unfit


def _better(board: Board, look: Look, made: Forecast, need: Requirement) -> Roster:
    """The roster of the day search: pauses moved, and overtime if the calls of some queue ask for it; those held keep their day."""
    policy, problem = look.policy, board.planned.problem
    locked = np.zeros(board.planned.roster.symbol.shape, dtype=np.bool_) if problem.locked is None else problem.locked.copy()
    locked[[problem.index[agent] for agent in look.held if agent in problem.index], look.day] = True
    params = TweakParams(
        notice_minutes=policy.notice_minutes,
        step_minutes=policy.step_minutes,
        max_extend_minutes=policy.most_overtime_minutes if any(one.more for one in look.signals) else 0,
        max_early_minutes=0,
        max_shift_minutes=0,
        max_extra_paid_minutes=policy.most_paid_minutes,
        bound_steps=0,
    )
    held = replace(board.planned, problem=replace(problem, locked=locked))
    return planning.tweak_day(held, made, need, board.now, params=params).roster


def _activities(board: Board, look: Look, made: Forecast) -> list[Act]:
    """Off-phone work that traffic takes back."""
    problem, nothing = look.desk.problem, np.zeros((len(made.queues), look.desk.problem.grid.size))
    ahead = tuple(one for one in board.work.placements if one.end > board.now)
    if not ahead:
        return []
    stands = Placed(problem, look.desk.roster, board.work.tasks, ahead, (), 0, 0.0, 0.0, 0.0, nothing, nothing, 0.0, 0.0)
    params = board.workspace.policies.take_back
    taken = take_back(stands, made.on(problem.grid), problem.requirement, board.now, params)
    return list(
        activity_acts(look, [(one.placement, one.back, one.lost_minutes // len(one.placement.agents)) for one in taken.returned])
    )


def _call_ins(board: Board, look: Look, made: Forecast, need: Requirement) -> tuple[list[Act], int]:
    """Members of the echelons that the warnings call for a queue whose signal allows it."""
    told = board.workspace.policies
    known, served = foreseen(board.planned, made, need), Watch.of(board.workspace, board.planned, board.now).served
    called = planning.respond(known, board.now, ladder=told.warnings, policy=told.call_outs, served=served)
    tiers = {tier.id: tier for tier in look.desk.problem.centre.echelons}
    more = {one.queue for one in look.signals if one.more}
    found, asked, seen = list[Act](), 0, set[str]()
    for one in called.call_outs.activations:
        if one.queue in more:
            cells = [(row, cell) for row, cell in duties(look, one, tiers[one.echelon]) if look.desk.agent(row).id not in seen]
            seen |= {look.desk.agent(row).id for row, _ in cells}
            asked += len(one.members)
            found += call_in_acts(look, one, tiers[one.echelon], cells)
    return found, asked - len(found)


def _booked(board: Board, proposals: Sequence[Proposal], by: str) -> ProposalBook:
    """The book with the new proposals; an open one that is proposed again stands, another is replaced."""
    open_ones = board.book.open(board.now)
    again = [one for one in open_ones if any(one.alike(new) for new in proposals)]
    gone = [one for one in open_ones if one not in again]
    steps = [ProposalStep(proposal=one.id, deed="replaced", by=by, at=board.now, reason="no longer proposed") for one in gone]
    news = numbered(board.book, [new for new in proposals if not any(one.alike(new) for one in again)])
    steps += [ProposalStep(proposal=one.id, deed="proposed", by=by, at=board.now, asked=one) for one in news]
    return board.book.take(*steps)


def accepted(board: Board, proposals: Sequence[Proposal], need: Requirement, *, consented: bool) -> tuple[Applied, Planned | None]:
    """Carry out proposals on the roster in force; the next version, or None if the roster stays as it is.

    Parameters
    ----------
    need : Requirement
        Of the day as it is foreseen now: the version is kept with it, and what was done is worth what it is worth by it.
    consented : bool
        Whether the agents have agreed to what needs their consent.

    Raises
    ------
    VerificationFailed
        If the verifier finds what the roster in force does not have: nothing was written yet.
    """
    desk = board.desk
    applied = apply_all(desk, board.work.placements, proposals, consented=consented)
    if not any(one.changes for one in applied.done):
        return applied, None
    planned = next_version(board.planned, desk, applied.desk, "proposals accepted")
    problem = replace(planned.problem, requirement=planned.problem.requirement.overlaid(need))
    verdict = verify(problem, planned.roster)
    return applied, replace(planned, problem=problem, solution=replace(planned.solution, costs=verdict.costs, verdict=verdict))
