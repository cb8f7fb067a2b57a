"""What people do with versions: approve, publish, withdraw, restore, rebase, edit by hand, compare. A run only proposes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from math import inf

import numpy as np

from api.planned import Planned, whole_plan
from api.provenance import of_its_time
from api.workspace import VERSIONS, Workspace
from data.exchange.rosters import RosterRecord, read_roster_record, write_roster_record
from data.model.base import BoolArray
from data.model.errors import Finding, InvalidData, Superseded
from data.model.roster import OFF, Change, Roster, Verdict
from data.model.splice import days_of, differing, locked_days, spliced, with_days, with_shift
from data.model.version import JUDGED, Hand, is_unjudged
from optimizer.rostering.compare import Comparison, compare
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import Solution, Status
from optimizer.rostering.verify import verify

MOST_NAMED = 8
"""Days that a message names before it only counts them."""

MENDED = "change other days with it, in the same edit, or have a derogation of the rule approved"


def approve(workspace: Workspace, version: str, hand: Hand) -> None:
    """Approve a proposal; by another person than its author where the rulebook asks for one.

    One that was kept before it was judged is judged now.

    Raises
    ------
    InvalidData
        Every hard rule that it breaks and its parent does not.
    """
    chain, record = workspace.chain.approve(hand.step(version, "approved")), judged_late(workspace, version)
    if record is not None:
        write_roster_record(record, workspace.out / VERSIONS / f"{version}.csv")
    workspace.keep(chain)


def judged_late(workspace: Workspace, version: str) -> RosterRecord | None:
    """Judge a version that was kept before it was judged: its record, now with its costs; None if nothing is left to be judged.

    Raises
    ------
    InvalidData
        Every hard rule that it breaks and its parent does not.
    """
    record = read_roster_record(workspace.out / VERSIONS / f"{version}.csv")
    if not is_unjudged(record.origin):
        return None
    planned = workspace.named(version)
    problem = of_its_time(planned.problem, planned.roster, workspace.out)
    verdict = verify(problem, planned.roster)
    _refuse(verdict, verify(problem, problem.base) if problem.base is not None else None)
    origin = {key: value for key, value in record.origin.items() if key != JUDGED}
    return record.model_copy(update={"costs": verdict.costs, "origin": origin})


def withdraw(workspace: Workspace, version: str, hand: Hand) -> None:
    """Take back a version that is not published."""
    workspace.keep(workspace.chain.withdraw(hand.step(version, "withdrawn")))


def settle(workspace: Workspace, planned: Planned, hand: Hand, *, newest: bool = True) -> tuple[Change, ...] | None:
    """Approve and publish a proposal in its author's name; its changes, or None if the rulebook asks for a second person.

    Parameters
    ----------
    newest : bool
        As in `Workspace.publish`.
    """
    if planned.problem.rhythm in workspace.chain.second_person:
        return None
    approve(workspace, planned.roster.version, hand)
    return workspace.publish(planned, hand, newest=newest)


def compared(workspace: Workspace, before: str, after: str) -> Comparison:
    """Two versions side by side, on the whole plan, with the requirement of the later one."""
    one, other = workspace.named(before), workspace.named(after)
    return compare(whole_plan(other).problem, one.roster, other.roster)


def restored(workspace: Workspace, version: str, first: date) -> Planned:
    """The version in force with its days from `first` on as an earlier version of the same plan has them.

    Raises
    ------
    InvalidData
        If the plan in force does not have that day, or the version is of another plan.
    """
    old, chain, head = workspace.named(version), workspace.chain, workspace.newest(first)
    name, horizon = head.roster.version, head.roster.horizon
    if not chain.covers(name, first):
        expected = f"a day of {name}, from {chain.proposed[name].first} to {horizon.last}"
        raise InvalidData([Finding("command line", None, "--first", str(first), expected)])
    if chain.root(version) != chain.root(name):
        expected = f"a version of the plan of {name}, which is in force on {first}"
        raise InvalidData([Finding("versions", None, "version", version, expected)])
    days = np.arange(horizon.days) >= horizon.index(first)
    return by_hand(head, spliced(head.roster, old.roster, np.broadcast_to(days, head.roster.symbol.shape)))


def rebased(workspace: Workspace, version: str) -> Planned:
    """What a proposal changes, and its days set by hand, put onto the version that is in force by now.

    Raises
    ------
    InvalidData
        If it has no parent.
    Superseded
        Both change the same days of the same agents, each in its own way, or its plan is no longer in force.
    """
    own, chain = workspace.named(version), workspace.chain
    if not own.roster.parent:
        expected = "a week adjustment or a daily tweak: a month plan has no parent"
        raise InvalidData([Finding("versions", None, "version", version, expected)])
    standing = [name for name in chain.heads if chain.root(name) == chain.root(version)]
    if not standing:
        raise Superseded(f"{version} changes {own.roster.parent}, whose plan is no longer in force: make it anew, or withdraw it")
    parent, head = workspace.named(own.roster.parent), workspace.named(standing[0])
    mine = differing(own.roster, parent.roster) | _mask(own.roster, locked_days(own.edited, own.roster))
    _refuse_both(mine & _changed_or_locked(parent, head) & differing(own.roster, head.roster), own.roster, head.roster)
    return replace(by_hand(head, spliced(head.roster, own.roster, mine), own.problem), edited=own.edited)


def _changed_or_locked(before: Planned, after: Planned) -> BoolArray:
    """Days that differ between two versions of a plan, or are set by hand only in the later one; shape (agents, days)."""
    new = _mask(after.roster, after.locked) & ~_mask(before.roster, before.locked)
    return differing(before.roster, after.roster) | new


def _refuse_both(both: BoolArray, own: Roster, head: Roster) -> None:
    """Raise `Superseded` if there are days that two versions change, each in its own way."""
    named = [f"{agent} on {day}" for agent, day in days_of(own, both)]
    if named:
        told = "; ".join(named[:MOST_NAMED]) + (f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else "")
        raise Superseded(f"{own.version} and {head.version} both change {told}: make it anew, or withdraw it")


def _mask(roster: Roster, days: BoolArray | None) -> BoolArray:
    """Days of agents, none for None; shape (agents, days)."""
    return np.zeros(roster.symbol.shape, dtype=np.bool_) if days is None else days


def edited(planned: Planned, days: Mapping[tuple[str, date], str]) -> Planned:
    """A roster with some days of agents set by hand and locked: later runs keep them.

    Parameters
    ----------
    days : mapping of (agent, day) to str
        Shift code, or ``OFF``.

    Raises
    ------
    InvalidData
        If there is no such agent, day or shift, or a hard rule forbids it.
    """
    roster, shifts = planned.roster, {shift.code: shift for shift in planned.problem.centre.shifts}
    findings = [finding for (agent, day), code in days.items() for finding in _unknown(roster, agent, day, code, shifts)]
    if findings:
        raise InvalidData(findings)
    made = roster
    for (agent, day), code in days.items():
        made = with_shift(made, roster.agents.index(agent), roster.horizon.index(day), shifts.get(code))
    return replace(by_hand(planned, _with_leave(made, planned.problem, days)), edited=tuple(days))


def _with_leave(roster: Roster, problem: RosterProblem, days: Iterable[tuple[str, date]]) -> Roster:
    """A roster whose days set to a day off are leave where leave is due."""
    codes = tuple(dict.fromkeys((*roster.codes, *problem.alphabet.codes)))
    symbols = np.array([codes.index(code) for code in problem.alphabet.codes])
    _, edited = with_days(roster, roster, days)
    due = edited & (problem.leave >= 0) & (roster.start < 0)
    return replace(roster, codes=codes, symbol=np.where(due, symbols[problem.leave], roster.symbol))


def _unknown(roster: Roster, agent: str, day: date, code: str, shifts: Collection[str]) -> Iterator[Finding]:
    """What of a day set by hand is not there."""
    horizon = roster.horizon
    checks = {
        "agent": (agent, agent in roster.agents, "an agent of the roster"),
        "day": (str(day), 0 <= horizon.index(day) < horizon.days, f"a day from {horizon.first} to {horizon.last}"),
        "code": (code, code in ("OFF", OFF) or code in shifts, f"OFF or one of {', '.join(shifts)}"),
    }
    for name, (read, fine, expected) in checks.items():
        if not fine:
            yield Finding("command line", None, name, read, expected)


def by_hand(head: Planned, roster: Roster, answered: RosterProblem | None = None) -> Planned:
    """A roster that people made out of the one in force, judged by the verifier.

    Parameters
    ----------
    answered : RosterProblem or None
        Whose open days and requirement hold; None = those of the whole plan of `head`.

    Raises
    ------
    InvalidData
        Every hard rule that it breaks and the one in force does not, or not as far.
    """
    like = whole_plan(head).problem if answered is None else answered
    base = replace(like, base=head.roster, rhythm="week", max_line_minutes=None, min_line_minutes=None, locked=None)
    if verify(base, head.roster).faults:
        # a tweak has moved shifts off their templates: by the day that is no fault
        base = replace(base, rhythm="day")
    origin = roster.origin | {"made": "by hand"}
    made = replace(roster, parent=head.roster.version, rhythm=base.rhythm, origin=origin)
    verdict = verify(base, made)
    _refuse(verdict, verify(base, head.roster))
    solution = Solution(Status.FEASIBLE, made, verdict.costs, 0.0, 0.0, 0, (), verdict)
    kept = None if head.locked is None else head.locked & ~differing(head.roster, roster)
    return Planned(replace(base, locked=kept), solution, head.forecast)


def _refuse(verdict: Verdict, before: Verdict | None) -> None:
    known = {(breach.rule, breach.agent, breach.first): breach.amount for breach in (before.breaches if before else ())}
    new = [b for b in verdict.breaches if b.amount > known.get((b.rule, b.agent, b.first), -inf)]
    findings = [Finding("roster", None, f"{b.agent} {b.first}", b.message, f"what rule {b.rule} allows", MENDED) for b in new]
    findings += [Finding("roster", None, None, fault, "a roster in its shape") for fault in verdict.faults]
    if findings:
        raise InvalidData(findings)
