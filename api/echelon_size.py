"""How large each echelon must be, put together: paths of the forecast, outages of the area, and the programme of the sizes."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from api import planning
from api.forecasting import forecast_now
from api.workspace import Workspace
from data.model.base import FloatArray
from data.model.centre import Queue
from data.model.demand import Forecast, Requirement
from data.model.echelon_size import EchelonSizes, SizingPolicy
from data.model.errors import Finding, InvalidData
from data.model.outage import Outage
from data.model.time import Horizon
from forecasting.outage_law import MAJOR_OUTAGES, draw_outages
from forecasting.paths import Dependence, dependence, sample_paths
from forecasting.surge import SurgeModel
from optimizer.response.sizing import Season, cost_against_risk, gaps_of


@dataclass(frozen=True, eq=False)
class _Known:
    """What scenarios are drawn from."""

    made: Forecast
    requirement: Requirement
    between: Dependence
    surge: SurgeModel
    queue: str
    policy: SizingPolicy


def echelon_sizes(workspace: Workspace, horizon: Horizon, origin: datetime, *, scenarios: int, seed: int) -> EchelonSizes:
    """Sizes of the echelons of a season along the curve of cost against risk.

    As many heads are taken to be rostered as the mean forecast requires; scenarios are paths of the forecast with drawn outages on
    top, and as many fresh ones on which the sizes are tried.

    Parameters
    ----------
    origin : datetime
        What is known: calls before it.

    Raises
    ------
    InvalidData
        The centre has no echelons, or the policy names an unknown queue.
    """
    centre, policies = workspace.centre.centre, workspace.policies
    tiers = tuple(sorted(centre.echelons, key=lambda tier: (tier.tier, tier.id)))
    if not tiers:
        raise InvalidData([Finding("centre.toml", None, "echelons", "none", "at least one echelon")])
    known = _known(workspace, horizon, origin)
    queues = tuple(centre.queue(name) for name in known.made.queues)
    seasons = [_season(known, queues, scenarios, (seed, half)) for half in (0, 1)]
    made, fresh = (gaps_of(season, tiers, known.policy) for season in seasons)
    most = len(workspace.centre.agents)
    without, *points = cost_against_risk(made, fresh, tiers, known.policy, policies.prices.pay_hour, most)
    outages = len(seasons[0].alarms) / scenarios
    return EchelonSizes(horizon, tuple(tier.id for tier in tiers), scenarios, outages, without, tuple(points))


def _known(workspace: Workspace, horizon: Horizon, origin: datetime) -> _Known:
    centre, policy = workspace.centre, workspace.policies.sizing
    history = planning.learn(centre)
    made = forecast_now(centre, history, origin, horizon)
    if policy.outage_queue not in ("", *made.queues):
        expected = f"one of {', '.join(made.queues)}, or nothing"
        raise InvalidData([Finding("policies.toml", None, "sizing.outage_queue", repr(policy.outage_queue), expected)])
    days = planning.calendar(centre, history, horizon.last)
    surge = planning.plain_history(centre, history, origin, days).surge
    busiest = made.queues[int(np.argmax(made.mean.sum(axis=1)))]
    between = dependence(history.before(origin), days, made.grid.minutes)
    return _Known(made, planning.require(centre, made), between, surge, policy.outage_queue or busiest, policy)


def _season(known: _Known, queues: tuple[Queue, ...], scenarios: int, seed: tuple[int, int]) -> Season:
    """Paths of the forecast with the calls of drawn outages on top."""
    made, row = known.made, known.made.queues.index(known.queue)
    numbers = np.random.SeedSequence(seed).generate_state(scenarios + 1)
    calls = sample_paths(made, known.between, count=scenarios, seed=int(numbers[0]))
    alarms: list[tuple[int, int, int, int]] = []
    for one in range(scenarios):
        random = np.random.default_rng(numbers[one + 1])
        for outage in _outages(known, random):
            calls[one, row] += _surge(known, outage, row, random)
            first = max(made.grid.slot(outage.start), 0)
            alarms.append((one, row, first, min(made.grid.slot(outage.restored) + 1, made.grid.size)))
    return Season(known.requirement, queues, calls, tuple(alarms))


def _outages(known: _Known, random: np.random.Generator) -> tuple[Outage, ...]:
    if not known.policy.customers:
        return ()
    return draw_outages(MAJOR_OUTAGES, known.made.grid.horizon, known.policy.customers, known.queue, random)


def _surge(known: _Known, outage: Outage, row: int, random: np.random.Generator) -> FloatArray:
    """Calls of an outage whose own coefficient lies off the expected one by a lognormal factor of mean 1."""
    off = known.surge.log_sd
    factor = np.exp(off * random.standard_normal() - off**2 / 2)
    return factor * known.surge.surge(known.made.grid, known.made.open[row], outage)
