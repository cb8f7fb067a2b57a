"""The first columns: everyone's lines under the dual prices of the whole team, and the bound that they give."""

from math import inf
from time import monotonic
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray
from optimizer.rostering.search.teams.columns import ascend, generate
from optimizer.rostering.search.teams.dive import Stand
from optimizer.rostering.search.teams.lines import LegalLines
from optimizer.rostering.search.teams.master import Master
from optimizer.rostering.search.teams.moves import Team
from optimizer.rostering.search.teams.pricing import Pricer

SEEDS = 40
"""Lines kept of each agent, the cheapest under the prices of the bound."""


class RootTask(NamedTuple):
    """Lines to begin with, cost of nobody and of a roster, and when to stop (`time.monotonic`, rounds)."""

    seeds: tuple[Stand, ...]
    idle: float
    cost: float
    until: float
    rounds: int


class Root(NamedTuple):
    """What the first columns tell.

    Parameters
    ----------
    bound : float
    wage : array of float, shape (days, symbols), or None
        Prices of the bound; None = no columns were asked for.
    low : array of float, shape (agents,)
        Price of everyone's cheapest line under them.
    pool : tuple of Stand
        Lines of each agent, cheapest first.
    kept : tuple of frozenset
        Limits that stay in the tables of each agent.
    pace : float
        Seconds that a line took, masters included; inf = unknown.
    """

    bound: float
    wage: FloatArray | None
    low: FloatArray
    pool: tuple[Stand, ...]
    kept: tuple[frozenset[int], ...]
    pace: float


def root(block: tuple[Team, LegalLines], task: RootTask, _: None = None) -> Root:
    """Columns for the whole team, until the bound meets them or the budget ends."""
    (team, lines), began = block, monotonic()
    master, pricer = Master(team, task.idle), Pricer(team, lines)
    for a, stand in enumerate(task.seeds):
        for line, own in zip(*stand, strict=True):
            master.add(a, line, float(own))

    def going() -> bool:
        return monotonic() < task.until

    best = ascend(master, pricer, task.cost, going)
    if not task.rounds:
        return Root(best.bound, None, np.zeros(master.agents), (), pricer.kept_limits, inf)
    found = generate(master, pricer, going, best.wage, task.rounds)
    pace = (monotonic() - began) / max(1, pricer.asked)
    low = pricer.ask(found.wage).bound
    pool = tuple(Stand(*master.cheapest(a, found.wage, SEEDS)) for a in range(master.agents))
    return Root(max(best.bound, found.bound), found.wage, low, pool, pricer.kept_limits, pace)
