"""The centre as a plan finds it on its first day: what was worked until then, what that leaves behind, that day's rulebook."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from api.planned import whole_plan
from api.points import called_out
from api.workspace import Workspace
from data.exchange.balances import CARRIED_FILE, balances_of
from data.exchange.folder import CentreFolder
from data.exchange.rulebook_life import rulebook_at
from data.model.ledger import Balance
from data.model.roster import Roster
from data.model.splice import days_off, part_of, with_days
from optimizer.rostering.fairness_balances import closing
from optimizer.rostering.ruling import check_rulebook

PAST_DAYS = 28
"""Days before a plan that its rules still see, where an earlier plan is in force for them (house choice)."""


def centre_on(workspace: Workspace, first: date) -> CentreFolder:
    """The centre as a plan from a day on finds it.

    ``history.csv`` and ``balances.csv`` count where they end the day before: they may tell what was really worked. Else the plan
    in force until then is the history, and its balances are brought.

    Raises
    ------
    InvalidData
        The rulebook announced for the day does not read.
    """
    day, centre = first - timedelta(days=1), replace(workspace.centre, rulebook=rulebook_at(workspace.out, first))
    check_rulebook(centre.rulebook, codes=[shift.code for shift in centre.centre.shifts])
    told = centre.history is not None and centre.history.horizon.last == day
    version = "" if told else _in_force(workspace, day)
    if not version:
        return centre
    roster = workspace.roster(version)
    balances = centre.balances if _all_until(centre.balances, day) else _brought(workspace, roster, day)
    return replace(centre, history=_worked(roster, workspace.agents, day), balances=balances)


def _in_force(workspace: Workspace, day: date) -> str:
    """Name of the version in force for a day; empty = none."""
    return next((name for name in reversed(workspace.chain.heads) if workspace.chain.covers(name, day)), "")


def _worked(roster: Roster, agents: Sequence[str], day: date) -> Roster:
    """Days of a plan until a day, of one that is over by then the last ones; who is new has had days off."""
    horizon = roster.horizon
    last = timedelta(days=PAST_DAYS - 1)
    part = part_of(roster, max(horizon.first, day - last) if horizon.last == day else horizon.first, day)
    return with_days(days_off(tuple(agents), part.horizon), part, product(part.agents, part.horizon.dates))[0]


def _brought(workspace: Workspace, roster: Roster, day: date) -> tuple[Balance, ...]:
    """Balances at the end of a plan; of one that goes on beyond the day those that it began with, for its days count from there."""
    if set(roster.agents) != set(workspace.agents):
        return tuple(balance for balance in _carried(workspace) if balance.until == day and balance.agent in workspace.agents)
    planned = workspace.named(roster.version)
    if roster.horizon.last != day:
        return planned.problem.balances
    return closing(whole_plan(planned).problem, planned.roster, called_out(workspace))


def _carried(workspace: Workspace) -> tuple[Balance, ...]:
    """Balances that the version published last left behind: staff that has changed since no longer fits its problem."""
    return balances_of(workspace.out / CARRIED_FILE)


def _all_until(balances: tuple[Balance, ...], day: date) -> bool:
    return bool(balances) and all(balance.until == day for balance in balances)
