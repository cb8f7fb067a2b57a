"""Call now or wait, put together: the forecast of the moment, the roster in force and the reserve."""

from datetime import datetime

from api import planning
from api.ahead import rest_foreseen
from api.echelons import Watch
from api.planned import available_agents
from api.workspace import Workspace
from data.model.call_decision import CallDecision
from optimizer.response.echelon.lawful import keeping
from optimizer.response.stopping import Duty, decide
from optimizer.response.warning.warn import warnings


def decisions_at(workspace: Workspace, now: datetime, queue: str = "") -> tuple[CallDecision, ...]:
    """Decisions on every threatened stretch of the day of an instant, from the calls seen by then.

    Parameters
    ----------
    queue : str
        Only its stretches; empty = those of every queue.
    """
    newest = workspace.newest()
    known = rest_foreseen(workspace, newest, planning.learn(workspace.centre), now)
    problem, watch = known.problem, Watch.of(workspace, newest, now)
    longest = workspace.policies.call_outs.overtime_day_minutes
    duty = Duty(
        known.forecast.on(problem.grid),
        problem.requirement,
        available_agents(known),
        tuple(problem.centre.queue(name) for name in problem.requirement.queues),
        tuple(sorted(problem.centre.echelons, key=lambda tier: (tier.tier, tier.id))),
        watch.reserve(problem.grid.horizon.last),
        watch.limits,
        longest,
        keeping(problem, newest.roster, longest),
        workspace.policies.prices.pay_hour,
        now,
        workspace.policies.decisions,
    )
    ladder = workspace.policies.warnings
    found = warnings(duty.forecast, duty.requirement, duty.available, duty.queues, now=now, ladder=ladder)
    return decide(duty, [warning for warning in found if queue in ("", warning.queue)])
