"""The steps of the flow as plain functions over frozen values: no web, no SQL.

learn -> forecast -> require -> plan_month -> adjust_week -> tweak_day -> respond. No step edits what an earlier one made;
month, week and day are one problem with different open days and goals.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from api.planned import Planned, available_agents
from api.problems import problem_of
from data.exchange.calendars import calendar_for
from data.exchange.calls import read_calls
from data.exchange.folder import CentreFolder
from data.model.base import FloatArray
from data.model.calendar import Calendar
from data.model.demand import CallHistory, Event, Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.ledger import Balance
from data.model.response import Activation, CallOutPlan, CallOutPolicy, CapacityWarning, WarningLadder
from data.model.roster import OFF, Roster
from data.model.splice import Edits, days_off, with_days
from data.model.time import Horizon
from forecasting import DEFAULT, Known
from forecasting import forecast as forecast_history
from forecasting.anomalies import without
from forecasting.effects import Effect, learnt_events
from forecasting.events import apply_events, with_seen, without_events
from forecasting.normal import usual_calls
from forecasting.redials import RedialModel, with_redials, without_redials
from forecasting.surge import SurgeModel, apply_outages, fit_surge, without_outages
from optimizer.response.echelon import keeping
from optimizer.response.echelon.limits import Limits
from optimizer.response.echelon.trigger import plan_call_outs
from optimizer.response.warning.warn import warnings
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import check_rulebook
from optimizer.rostering.search import SearchParams, TweakParams, solve, tweak
from optimizer.rostering.solution import Budget, OnProgress, keep_going
from optimizer.staffing.pool import Model as StaffingModel
from optimizer.staffing.requirement import Load, LoadModel
from optimizer.staffing.requirement import require as require_heads

MONTH_BUDGET = Budget(effort=10.0)
WEEK_BUDGET = Budget(sweeps=6, bound_steps=60)


@dataclass(frozen=True)
class Response:
    """Warnings ahead and the echelons to call."""

    warnings: tuple[CapacityWarning, ...]
    call_outs: CallOutPlan


def learn(centre: CentreFolder) -> CallHistory:
    """Call history of a centre's folder, its queues in the order of the centre whatever that of the file."""
    if centre.calls is None:
        raise InvalidData([Finding(str(centre.path), None, None, "no calls.csv", "calls.csv with queue,timestamp,offered")])
    history = read_calls(centre.calls, centre.centre.zone)
    known = [queue.id for queue in centre.centre.queues]
    name, expected = centre.calls.name, f"one of {', '.join(known)}"
    findings = [
        Finding(name, None, "queue", repr(q), expected, "correct the name, or add the queue to centre.toml")
        for q in history.queues
        if q not in known
    ]
    findings += [Finding(name, None, "queue", "no rows", f"calls of {q}") for q in known if q not in history.queues]
    if findings:
        raise InvalidData(findings)
    return history.in_order(known)


def calendar(centre: CentreFolder, history: CallHistory, last: date) -> Calendar:
    """Calendar of the centre's country from the first day of history to `last`."""
    return calendar_for(centre.centre, history.grid.horizon.first, last)


def forecast(centre: CentreFolder, history: CallHistory, origin: datetime, horizon: Horizon, *, method: str = DEFAULT) -> Forecast:
    """The machine's forecast of every queue of the centre.

    What is not ordinary is taken out of what is learnt and put onto what is forecast: excluded stretches, redials, events with
    what past ones of their name brought, outages with the surge that past ones fit.

    Parameters
    ----------
    origin : datetime
        Only what was complete by then is used.
    method : str
        A file of `forecasting.methods`.
    """
    days, redials = calendar(centre, history, horizon.last), redials_of(centre, history)
    kept = without(history, centre.exclusions)
    first = kept if redials is None else without_redials(kept, redials)
    plain = plain_history(centre, first, origin, days)
    made = forecast_history(
        plain.history, origin, horizon, minutes=centre.centre.interval_minutes, calendar=days, method=method, **known_of(centre)
    )
    made = apply_outages(apply_events(made, plain.events), centre.outages, plain.surge, first)
    if redials is not None and centre.centre.redials is not None:
        made = with_redials(made, np.full(made.mean.shape, centre.centre.redials.expected_abandonment), redials)
    return with_seen(made, history)


def redials_of(centre: CentreFolder, history: CallHistory) -> RedialModel | None:
    """Model of redials, if the centre states one and its history tells the abandoned calls."""
    stated = centre.centre.redials
    if stated is None or history.abandoned is None:
        return None
    return RedialModel(**stated.model_dump(exclude={"expected_abandonment"}))


@dataclass(frozen=True, eq=False)
class Plain:
    """A history without what is not ordinary, and what that is held to bring.

    Parameters
    ----------
    effects : tuple of Effect
        What was learnt of events to come.
    """

    history: CallHistory
    events: tuple[Event, ...]
    surge: SurgeModel
    effects: tuple[Effect, ...]


def plain_history(centre: CentreFolder, history: CallHistory, origin: datetime, days: Calendar) -> Plain:
    """The history less events and outages, both as past ones of their kind say.

    What an outage brought is judged against the usual calls of the history without any (`forecasting.normal`): they need no
    forecast and look to both sides, as the outages are over. Without past outages the surge is the default one.
    """
    learnt = learnt_events(history, centre.events, origin, days)
    calm = without_events(history, learnt.events, origin)
    plain = without_outages(calm, centre.outages, origin)
    day_after = timedelta(days=1)
    past = [o for o in centre.outages if o.known(origin) and o.restored + day_after <= origin and o.queue in history.queues]
    if not past:
        return Plain(plain, learnt.events, SurgeModel(), learnt.effects)
    surge = fit_surge(calm.before(origin), past, usual_calls(plain.before(origin), days)).model
    return Plain(without_outages(calm, centre.outages, origin, surge), learnt.events, surge, learnt.effects)


def known_of(centre: CentreFolder) -> Known:
    """What a centre knows of its queues beside the calls."""
    queues = centre.centre.queues
    return {
        "opening": {queue.id: queue.opening for queue in queues},
        "closes_on_holidays": [queue.id for queue in queues if queue.closes_on_holidays],
        "handle_time_s": {queue.id: queue.handle_time_s for queue in queues},
        "groups": {queue.id: queue.project for queue in queues},
        "drivers": centre.drivers,
    }


def require(
    centre: CentreFolder,
    made: Forecast,
    *,
    model: StaffingModel = "erlang_a",
    load: Load = "mean",
    load_model: LoadModel = "stationary",
) -> Requirement:
    """Agents needed for a forecast, with the staffing curve; parameters as in `optimizer.staffing.requirement.require`.

    Redials are in the forecast already, so no load model adds them again.
    """
    known = {queue.id for queue in centre.centre.queues}
    fix = "run `echelon forecast` again"
    findings = [Finding("forecast.csv", None, "queue", q, f"one of {', '.join(known)}", fix) for q in made.queues if q not in known]
    if findings:
        raise InvalidData(findings)
    queues = [centre.centre.queue(queue) for queue in made.queues]
    causes = centre.centre.shrinkage_causes
    return require_heads(made, queues, model=model, load=load, load_model=load_model, causes=causes)


def plan_month(
    centre: CentreFolder,
    made: Forecast,
    requirement: Requirement,
    *,
    history: Roster | None = None,
    edits: Edits | None = None,
    params: SearchParams | None = None,
    budget: Budget = MONTH_BUDGET,
    on_progress: OnProgress = keep_going,
    executor: Executor | None = None,
    honour: Callable[[RosterProblem], RosterProblem] | None = None,
) -> Planned:
    """Month plan 月计划: days, shifts, leave and nights for the days of the requirement.

    Parameters
    ----------
    executor : Executor or None
        Where the bound is computed; None = threads.
    honour : callable or None
        Puts the rights that were granted into the problem (`api.rights.honouring`).
    """
    problem = month_problem(centre, requirement, history=history, edits=edits)
    problem = problem if honour is None else honour(problem)
    found = solve(problem, params=params or SearchParams(), budget=budget, on_progress=on_progress, executor=executor)
    return Planned(problem, found, made)


def month_problem(
    centre: CentreFolder, requirement: Requirement, *, history: Roster | None = None, edits: Edits | None = None
) -> RosterProblem:
    """The problem of a month plan.

    Parameters
    ----------
    history : Roster or None
        What was worked until the day before; runs, rests, weeks and months count from it.
    edits : Edits or None
        Days that were set by hand in an earlier plan of these days, and are kept.
    """
    check_rulebook(centre.rulebook, codes=[shift.code for shift in centre.centre.shifts])
    past = history.horizon.days if history is not None else 0
    grid = requirement.grid.longer(past)
    if history is not None and history.horizon.first != grid.horizon.first:
        first = history.horizon.last + timedelta(days=1)
        expected = f"days until {requirement.grid.horizon.first - timedelta(days=1)}, the day before the plan"
        fix = f"plan from --first {first}, or bring history.csv up to date"
        raise InvalidData([Finding("history.csv", None, "date", f"days until {history.horizon.last}", expected, fix)])
    problem = replace(
        problem_of(centre, requirement.on(grid), past, grid.horizon.days),
        base=None if history is None else with_past(history, centre, grid.horizon),
        balances=current_balances(centre, grid.horizon, past),
    )
    return _keeping(problem, edits)


def _keeping(problem: RosterProblem, edits: Edits | None) -> RosterProblem:
    """A month's problem in which the days that were set by hand stand."""
    if edits is None:
        return problem
    base = problem.base or days_off(tuple(agent.id for agent in problem.agents), problem.grid.horizon)
    base, locked = with_days(base, edits.roster, edits.days)
    return replace(problem, base=base, locked=locked)


def adjust_week(
    planned: Planned,
    made: Forecast,
    requirement: Requirement,
    first: date,
    *,
    days: int = 7,
    params: SearchParams | None = None,
    budget: Budget = WEEK_BUDGET,
    on_progress: OnProgress = keep_going,
) -> Planned:
    """Week adjustment 周调整: the days ``first .. first + days`` are re-planned against a newer requirement.

    Everyone keeps the paid hours of the week (house choice: an adjustment moves hours; it buys none and takes none away).
    """
    old = planned.problem
    horizon = old.grid.horizon
    start = horizon.index(first)
    end = min(start + days, horizon.days)
    if not 0 <= start < end:
        raise InvalidData([Finding("command line", None, "--first", str(first), f"a day from {horizon.first} to {horizon.last}")])
    problem = replace(
        old,
        requirement=old.requirement.overlaid(requirement),
        base=planned.roster,
        locked=planned.locked,
        first_open=start,
        end_open=end,
        rhythm="week",
    )
    problem = with_week_minutes(problem)
    prices = planned.solution.prices
    found = solve(problem, params=params or SearchParams(), budget=budget, on_progress=on_progress, prices=prices)
    return Planned(problem, found, made)


def tweak_day(
    planned: Planned, made: Forecast, requirement: Requirement, now: datetime, *, params: TweakParams | None = None
) -> Planned:
    """Daily tweak 日微调: meals, starts and ends after `now` against the intraday forecast."""
    old = planned.problem
    horizon = old.grid.horizon
    day = horizon.index(now.astimezone(horizon.start.tzinfo).date())
    if not 0 <= day < horizon.days:
        raise InvalidData([Finding("command line", None, "--at", str(now), f"a time from {horizon.first} to {horizon.last}")])
    problem = replace(
        old,
        requirement=old.requirement.overlaid(requirement),
        base=planned.roster,
        locked=planned.locked,
        first_open=day,
        end_open=day + 1,
        max_line_minutes=None,
        min_line_minutes=None,
        rhythm="day",
    )
    return Planned(problem, tweak(problem, day, now, params or TweakParams()), made)


def respond(
    planned: Planned,
    now: datetime,
    *,
    ladder: WarningLadder | None = None,
    policy: CallOutPolicy | None = None,
    served: Sequence[Activation] = (),
) -> Response:
    """Capacity warnings 产能预警 ahead of `now`, and which echelon to call by when.

    Parameters
    ----------
    served : sequence of Activation
        Emergency duties done or agreed to: who did them rests, and has less overtime left.
    """
    problem = planned.problem
    queues = [problem.centre.queue(queue) for queue in problem.requirement.queues]
    made = planned.forecast.on(problem.grid)
    available = available_agents(planned)
    found = warnings(made, problem.requirement, available, queues, now=now, ladder=ladder)
    stands = made, problem.requirement, available
    return Response(found, call_outs(planned, found, *stands, now=now, ladder=ladder, policy=policy, served=served))


def call_outs(
    planned: Planned,
    found: Sequence[CapacityWarning],
    made: Forecast,
    requirement: Requirement,
    available: FloatArray,
    *,
    now: datetime,
    ladder: WarningLadder | None,
    policy: CallOutPolicy | None,
    served: Sequence[Activation] = (),
) -> CallOutPlan:
    """Which echelon to call by when, for warnings made from a forecast, a requirement and the agents available."""
    problem, rules = planned.problem, policy or CallOutPolicy()
    return plan_call_outs(
        found,
        forecast=made,
        requirement=requirement,
        available=available,
        queues=[problem.centre.queue(queue) for queue in requirement.queues],
        tiers=problem.centre.echelons,
        agents=problem.agents,
        roster=planned.roster,
        absences=problem.absences,
        shifts=problem.centre.shifts,
        balances=problem.balances,
        served=served,
        limits=Limits.of(problem.rulebook),
        keeps=keeping(problem, planned.roster, rules.overtime_day_minutes),
        now=now,
        ladder=ladder,
        policy=rules,
    )


def with_week_minutes(problem: RosterProblem) -> RosterProblem:
    """The problem of a week in which everyone keeps the paid minutes that they have in it, those of leave days aside.

    Who has leave on a day that was free gets its credit back, at most: they may work so much less.
    """
    base = problem.base
    assert base is not None
    open_days = slice(problem.first_open, problem.end_open)
    most = np.where(problem.leave < 0, base.paid_minutes, 0)[:, open_days].sum(axis=1)
    free = np.array([code == OFF for code in base.codes])[base.symbol] & (problem.leave >= 0)
    credit = np.array([problem.centre.contract(agent.contract).daily_minutes for agent in problem.agents], dtype=np.int64)
    least = np.maximum(most - credit * free[:, open_days].sum(axis=1), 0)
    return replace(problem, max_line_minutes=most, min_line_minutes=least)


def current_balances(centre: CentreFolder, horizon: Horizon, past: int) -> tuple[Balance, ...]:
    """The centre's balances, if no day lies between them and what is known: `past` days before the plan, in front of `horizon`."""
    least, most = horizon.first - timedelta(days=1), horizon.first + timedelta(days=past - 1)
    wrong = sorted({balance.until for balance in centre.balances if not least <= balance.until <= most})
    if wrong:
        expected = f"a day from {least} to {most}, the day before the plan"
        fix = "bring balances.csv up to date, or history.csv back to its day"
        raise InvalidData([Finding("balances.csv", None, "until", str(until), expected, fix) for until in wrong])
    return centre.balances


def with_past(history: Roster, centre: CentreFolder, horizon: Horizon) -> Roster:
    """History with empty days after it, rows in the order of the centre's agents."""
    known, expected = set(history.agents), "every agent of staff.csv"
    missing = [agent.id for agent in centre.agents if agent.id not in known]
    if missing:
        raise InvalidData([Finding("history.csv", None, "agent", "no rows", f"{expected}; {name} is missing") for name in missing])
    return history.continued(tuple(agent.id for agent in centre.agents), horizon)
