"""Call now or wait, put together: the forecast of the moment, the roster in force and the reserve."""

from datetime import datetime

from api import planning
from api.ahead import look_ahead
from api.echelons import Watch
from api.workspace import Workspace
from data.model.call_decision import CallDecision
from optimizer.response.echelon.lawful import keeping
from optimizer.response.stopping import Duty, decide
from optimizer.response.warning.warn import warnings


def decisions_at(workspace: Workspace, now: datetime, queue: str = "") -> tuple[CallDecision, ...]:
    """Decisions on every threatened stretch of the hours after an instant, from the calls seen by then.

    Parameters
    ----------
    queue : str
        Only its stretches; empty = those of every queue.
    """
    ahead = look_ahead(workspace, planning.learn(workspace.centre), now, 1)
    watch, longest = Watch.of(workspace, ahead.planned, now), workspace.policies.call_outs.overtime_day_minutes
    duty = Duty(
        ahead.forecast,
        ahead.requirement,
        ahead.available,
        tuple(ahead.queues),
        tuple(sorted(watch.tiers, key=lambda tier: (tier.tier, tier.id))),
        watch.reserve(ahead.forecast.grid.horizon.last),
        watch.limits,
        longest,
        keeping(ahead.planned.problem, ahead.planned.roster, longest),
        workspace.policies.prices.pay_hour,
        now,
        workspace.policies.decisions,
    )
    ladder = workspace.policies.warnings
    found = warnings(duty.forecast, duty.requirement, duty.available, duty.queues, now=now, ladder=ladder)
    return decide(duty, [warning for warning in found if queue in ("", warning.queue)])
