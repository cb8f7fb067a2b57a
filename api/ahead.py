"""What is foreseen of the days ahead, and who is there then: by the rosters in force, and where there is none yet in outline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil

import numpy as np

from api import forecasting, planning
from api.echelons import Watch
from api.planned import Planned, available_agents, foreseen, plan_start, rest_of, whole_plan
from api.workspace import Workspace
from data.exchange.folder import CentreFolder
from data.exchange.loans import read_loans
from data.model.base import BoolArray, FloatArray
from data.model.centre import Queue
from data.model.demand import CallHistory, Forecast, Requirement
from data.model.loan import Loan
from data.model.response import Cause
from data.model.time import Horizon, TimeGrid
from optimizer.response.lending.running import served_with_loans
from optimizer.response.warning.causes import Drift, flow_without, taken
from optimizer.response.warning.outline import away_days, outline_capacity
from optimizer.rostering.problem import RosterProblem


@dataclass(frozen=True, eq=False)
class Ahead:
    """The days ahead of a moment; arrays have shape (queues, slots) of the forecast unless said otherwise.

    Parameters
    ----------
    planned : Planned
        The version in force today, against what is foreseen.
    available : array of float
        Agents of each queue, before shrinkage; those who are away by now are not there, those who are lent answer their loan, and
        those who were called in count by the efficiency of their tier.
    outlined : array of bool, shape (slots,)
        Where no roster is in force.
    as_planned : Requirement
        As the rosters in force were planned; nobody where there is none.
    planned_phones : array of float
        Agents on the phones as planned.
    lost : dict
        Agents on the phones whom absence, leave and skill mix take since.
    """

    workspace: Workspace
    planned: Planned
    forecast: Forecast
    requirement: Requirement
    available: FloatArray
    outlined: BoolArray
    as_planned: Requirement
    planned_phones: FloatArray
    lost: dict[Cause, FloatArray]

    @property
    def queues(self) -> list[Queue]:
        """Queues in the order of the forecast."""
        return [self.workspace.centre.centre.queue(name) for name in self.forecast.queues]

    @cached_property
    def drift(self) -> Drift:
        """What has changed since the plans, with the requirement of each mixture of then and now."""
        centre, made, plan = self.workspace.centre, self.forecast, self.as_planned
        known = (plan.handle_time_s > 0) & (plan.calls > 0)
        then = np.where(known, plan.handle_time_s, made.handle_time_s)
        longer = planning.require(centre, replace(made, mean=plan.calls, open=made.open & known)).on_phone
        more = planning.require(centre, replace(made, handle_time_s=then)).on_phone
        need = np.array([[plan.on_phone, longer], [more, self.requirement.on_phone]], dtype=np.float64)
        return Drift(need, self.planned_phones, self.lost)

    @property
    def of_the_roster(self) -> Forecast:
        """The forecast of the rest of the roster in force today."""
        horizon = rest_of(self.planned, self.forecast.grid.horizon.start)
        return self.forecast.on(TimeGrid(horizon=horizon, minutes=self.forecast.grid.minutes))


def look_ahead(workspace: Workspace, history: CallHistory, now: datetime, days: float) -> Ahead:
    """What is known at a moment of so many days from it on, and at least of the rest of the roster in force.

    Raises
    ------
    InvalidData
        No roster is in force for the day of the moment or after.
    """
    newest = workspace.newest(now.date())
    rest = rest_of(newest, now)
    horizon = Horizon(zone=rest.zone, first=now.date(), days=max(ceil(days) + 1, (rest.last - now.date()).days + 1))
    made = forecasting.forecast_now(workspace.centre, history, now, horizon)
    need = planning.require(workspace.centre, made)
    sheet, loans = _Sheet.blank(made, need), read_loans(workspace.out).agreed(now)
    called = Watch.of(workspace, newest, now).helping(made.queues, made.grid)
    for planned in _in_force(workspace, newest, now):
        sheet.put(planned, workspace, loans, called)
    sheet.outline(newest, workspace)
    known = foreseen(newest, made, need)
    return Ahead(workspace, known, made, need, sheet.available, ~sheet.rostered, sheet.as_planned, sheet.planned_phones, sheet.lost)


def _in_force(workspace: Workspace, newest: Planned, now: datetime) -> Iterator[Planned]:
    """The version in force today and those of later days."""
    yield newest
    chain = workspace.chain
    for name in chain.heads:
        first = chain.proposed[name].first
        if first is not None and first > now.date() and name != newest.roster.version:
            yield workspace.newest(first)


def foreseen_by(centre: CentreFolder, planned: Planned, made: Forecast) -> Planned:
    """A roster against a newer forecast and what it requires, looked at from its first day on."""
    return foreseen(planned, made, planning.require(centre, made))


def rest_foreseen(workspace: Workspace, planned: Planned, history: CallHistory, now: datetime) -> Planned:
    """A roster against the rest of its days as they are foreseen at a moment, from the calls seen by then."""
    made = forecasting.forecast_now(workspace.centre, history, now, rest_of(planned, now))
    return foreseen_by(workspace.centre, planned, made)


@dataclass(eq=False)
class _Sheet:
    """The days ahead while the rosters in force are put onto them; arrays as in `Ahead`."""

    made: Forecast
    need: Requirement
    available: FloatArray
    rostered: BoolArray
    as_planned: Requirement
    planned_phones: FloatArray
    lost: dict[Cause, FloatArray]

    @classmethod
    def blank(cls, made: Forecast, need: Requirement) -> "_Sheet":
        """Nobody anywhere."""
        grid, shape = made.grid, made.mean.shape
        after = Horizon(zone=grid.horizon.zone, first=grid.horizon.last + timedelta(days=1), days=1)
        lost: dict[Cause, FloatArray] = {cause: np.zeros(shape) for cause in ("absence", "leave", "skill_mix")}
        nobody = need.on(TimeGrid(horizon=after, minutes=grid.minutes)).on(grid)
        return cls(made, need, np.zeros(shape), np.zeros(grid.size, dtype=np.bool_), nobody, np.zeros(shape), lost)

    def put(self, planned: Planned, workspace: Workspace, loans: Sequence[Loan], called: FloatArray) -> None:
        """Put the days of a version that are still to come onto the sheet, with the loans that are agreed and who was called."""
        plan, roster = _plan_of(planned, workspace), planned.roster
        old = plan.problem
        first = max(plan_start(old), old.grid.horizon.index(self.made.grid.horizon.first))
        here = self._slots(old, first)
        size, shown = here.stop - here.start, int(old.grid.day_slot[first])
        then, known = (replace(one, first_open=first) for one in (old, foreseen(planned, self.made, self.need).problem))
        ill, leave = (_away(planned, workspace.policies.warnings.absence_codes, within=within) for within in (True, False))
        whole = flow_without(then, plan.roster, np.zeros(ill.shape, dtype=np.bool_))
        flow, _ = flow_without(known, roster, ill | leave)
        served = served_with_loans(known, roster, flow, ill | leave, loans).T
        on_phones = 1.0 - old.requirement.shrinkage[:, shown : shown + size]
        self.rostered[here], self.available[:, here] = True, served[:, :size] + called[:, here]
        self.planned_phones[:, here] = whole[0].served.T[:, :size] * on_phones
        gone_for: dict[Cause, BoolArray] = {"absence": ill, "leave": leave & ~ill}
        for cause, away in gone_for.items():
            self.lost[cause][:, here] = taken(then, roster, whole, away)[:, :size] * on_phones
        gone = self.planned_phones - self.available * (1.0 - self.need.shrinkage) - self.lost["absence"] - self.lost["leave"]
        self.lost["skill_mix"][:, here] = gone[:, here]
        self.as_planned = self.as_planned.overlaid(old.requirement.on(_days(old, first)))

    def _slots(self, problem: RosterProblem, first: int) -> slice:
        """Slots of the sheet from a day of a plan to its last."""
        start = self.made.grid.slot(problem.grid.index[problem.grid.day_slot[first]].to_pydatetime())
        return slice(start, min(start + problem.grid.size - int(problem.grid.day_slot[first]), self.made.grid.size))

    def outline(self, newest: Planned, workspace: Workspace) -> None:
        """Put a mean week of a version where no roster is in force."""
        if self.rostered.all():
            return
        whole, problem = whole_plan(newest), newest.problem
        plan, agents = _days(problem, plan_start(problem)), workspace.centre.agents
        available = available_agents(whole)[:, problem.grid.size - plan.size :]
        outlined = outline_capacity(available, plan, self.made.grid, agents, workspace.centre.absences, self.made.queues)
        self.available = np.where(self.rostered, self.available, outlined)


def _days(problem: RosterProblem, first: int) -> TimeGrid:
    """The days of a plan from one of them on."""
    horizon = problem.grid.horizon
    return TimeGrid(
        horizon=Horizon(zone=horizon.zone, first=horizon.dates[first], days=horizon.days - first), minutes=problem.grid.minutes
    )


def _plan_of(planned: Planned, workspace: Workspace) -> Planned:
    """The month plan or week adjustment that a version stands on: a tweak of the day only answers what has changed since."""
    chain, name = workspace.chain, planned.roster.version
    while chain.proposed[name].rhythm == "day" and chain.proposed[name].parent:
        name = chain.proposed[name].parent
    return planned if name == planned.roster.version else workspace.named(name)


def _away(planned: Planned, codes: tuple[str, ...], *, within: bool) -> BoolArray:
    """Days with a shift on which its agent is away by now, with a code within some or not; shape (agents, days)."""
    absences = [absence for absence in planned.problem.absences if (absence.code in codes) == within]
    return away_days(planned.roster.agents, absences, planned.roster.horizon.dates) & (planned.roster.start >= 0)
