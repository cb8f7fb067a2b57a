"""The first columns: everyone's lines under the dual prices of the whole team, and the bound that they give."""

from time import monotonic
from typing import NamedTuple

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
    wage : array of float, shape (days, symbols)
        Prices of the bound.
    low : array of float, shape (agents,)
        Price of everyone's cheapest line under them.
    pool : tuple of Stand
        Lines of each agent, cheapest first.
    kept : tuple of frozenset
        Limits that stay in the tables of each agent.
    pace : float
        Seconds that a line took, masters included.
    """

    bound: float
    wage: FloatArray
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

    found = generate(master, pricer, going, ascend(master, pricer, task.cost, going), task.rounds)
    pace = (monotonic() - began) / max(1, pricer.asked)
    low = pricer.ask(found.wage).bound
    pool = tuple(Stand(*master.cheapest(a, found.wage, SEEDS)) for a in range(master.agents))
    return Root(found.bound, found.wage, low, pool, tuple(frozenset(one) for one in pricer.kept), pace)
