"""Whole lines out of shares: lines are fixed a few at a time, and between two fixings the others find new ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.search.teams.columns import generate
from optimizer.rostering.search.teams.lines import LegalLines
from optimizer.rostering.search.teams.master import Master, Relaxed
from optimizer.rostering.search.teams.moves import Team
from optimizer.rostering.search.teams.pricing import Pricer

WHOLE = 0.999
"""Share at which a line is taken as whole."""
CHANCE = 0.3
"""The most by which chance raises a share, where it has a say."""
CLOSE = 3e-4
"""Distance of bound and master, as a share of the cost, at which columns between two fixings end."""
BACK = 6
"""How often a dive takes its last fixings back, when nothing of use can come of them."""
FIRST_CLOSE = 0.3
"""The same before the first line of a team is fixed, in units of cost."""
ROUNDS = 60
"""Rounds of columns before the first line of a team is fixed."""


class Stand(NamedTuple):
    """Lines, shape (lines, days), and what each costs by itself."""

    line: IntArray
    own: FloatArray


@dataclass(frozen=True, eq=False)
class Manner:
    """How a dive goes about it.

    Parameters
    ----------
    few : float
        Share of the agents that are fixed at a time; at least one.
    rounds : int
        Rounds of columns between two fixings.
    rng : Generator or None
        Chance; None = the largest shares are fixed.
    ceiling : float
        What costs more is of no use.
    going : callable
        Asked between rounds.
    """

    few: float
    rounds: int
    rng: np.random.Generator | None
    ceiling: float
    going: Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Case:
    """A team that is to have whole lines.

    Parameters
    ----------
    kept : sequence
        Limits that stay in the tables of each agent.
    seeds : sequence of Stand
        Lines of each agent to begin with.
    idle : float
        Cost of nobody being there.
    wage : array of float, shape (days, symbols), or None
        Prices to lean on.
    """

    team: Team
    lines: LegalLines
    kept: Sequence[frozenset[int]]
    seeds: Sequence[Stand]
    idle: float
    wage: FloatArray | None


class Dived(NamedTuple):
    """Everyone's lines, if they cost no more than the ceiling, and the cells of the tables gone through for it."""

    stand: Stand | None
    effort: int


def dive(case: Case, manner: Manner) -> Dived:
    """Fix everyone's line."""
    master, pricer = Master(case.team, case.idle), Pricer(case.team, case.lines, case.kept)
    for a, seeds in enumerate(case.seeds):
        for line, own in zip(*seeds, strict=True):
            master.add(a, line, float(own))
    found, back = generate(master, pricer, manner.going, case.wage, ROUNDS, FIRST_CLOSE, manner.ceiling), BACK
    fixings: list[list[int]] = []
    while manner.going():
        if found.bound > manner.ceiling:
            if not fixings or not back:
                break
            master.take_back(fixings.pop())
            back -= 1
        else:
            fixings.append(_fix(master, found.relaxed, manner))
        if len(master.fixed) == master.agents:
            found = found._replace(bound=master.solve().cost)
            if found.bound <= manner.ceiling:
                return Dived(Stand(*master.taken()), pricer.effort)
            continue
        found = generate(master, pricer, manner.going, found.wage, manner.rounds, CLOSE * abs(found.relaxed.cost), manner.ceiling)
    return Dived(None, pricer.effort)


def _fix(master: Master, relaxed: Relaxed, manner: Manner) -> list[int]:
    """Fix the lines that are whole, and a few of the largest shares; those who were fixed for these."""
    best = _shares(master, relaxed)
    weight = {a: share * (1.0 if manner.rng is None else 1 + CHANCE * manner.rng.random()) for a, (share, _) in best.items()}
    order = sorted(best, key=lambda a: (best[a][0] <= WHOLE, -weight[a]))
    whole = sum(share > WHOLE for share, _ in best.values())
    for a in order[: whole + max(1, round(manner.few * master.agents))]:
        master.fix(a, best[a][1])
    return order[whole : whole + max(1, round(manner.few * master.agents))]


def _shares(master: Master, relaxed: Relaxed) -> dict[int, tuple[float, int]]:
    """Largest share of each free agent's lines, and the line."""
    best: dict[int, tuple[float, int]] = {}
    for number in np.flatnonzero(relaxed.share > 0).tolist():
        a = master.agent[number]
        if a not in master.fixed and relaxed.share[number] > best.get(a, (0.0, 0))[0]:
            best[a] = float(relaxed.share[number]), number
    return best
