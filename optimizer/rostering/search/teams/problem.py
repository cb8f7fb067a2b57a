"""A roster problem whose cover is by shift, as a team: everyone's prices, the margins of heads, and the legal lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.frame import charges_of
from optimizer.rostering.goals import Charge, Gathering
from optimizer.rostering.language import Language
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.teams.lines import LegalLines, Spoken
from optimizer.rostering.search.teams.moves import Team
from optimizer.rostering.search.teams.part import cover_cost, heads_of, part_of
from optimizer.rostering.spoken import allowed_days, spoken


@dataclass(frozen=True, eq=False)
class TeamProblem:
    """What the search over a team reads.

    Parameters
    ----------
    team : Team
    lines : LegalLines
    idle : float
        Cost of nobody being there.
    grain : float
        Every cost is a multiple of it; 0 = unknown.
    """

    team: Team
    lines: LegalLines
    idle: float
    grain: float

    def without(self, rows: IntArray, symbol: IntArray) -> "TeamProblem":
        """The team without some agents, who keep their lines; shape of `symbol`: (agents, days)."""
        if not len(rows):
            return self
        rest, step = np.setdiff1d(np.arange(len(symbol)), rows), self.team.step
        heads = heads_of(symbol[rows], step.shape[1])
        return TeamProblem(part_of(self.team, rest, heads), self.lines.of(rest), self.idle + cover_cost(step, heads), self.grain)


def suits(problem: RosterProblem) -> bool:
    """Whether cover is by shift alone: everyone is one team of convex steps, and nothing is counted on the phones."""
    if not problem.shift_demand or problem.rhythm != "month":
        return False
    charges = charges_of(problem)
    gathered = [charge.gathering for charge in charges if charge.gathering is not None]
    free = not any(charge.bands or charge.curves is not None for charge in charges)
    return free and len(gathered) > 0 and all(_common(one) for one in gathered)


def _common(gathering: Gathering) -> bool:
    """Whether everyone is of one team, and each further head costs no less than the one before."""
    return bool((gathering.team == 0).all() and (np.diff(gathering.step, axis=2) >= 0).all())


def team_problem(problem: RosterProblem) -> TeamProblem:
    """The team of a problem that suits."""
    charges = charges_of(problem)
    languages, said = spoken(problem, charges)
    days, symbols = problem.grid.horizon.days, len(problem.alphabet.codes)
    lines = LegalLines(tuple(Spoken.of(language, days) for language in languages), said, days, symbols)
    own = np.where(allowed_days(problem), 0.0, np.inf)
    for number, language in enumerate(languages):
        if language.cost is not None:
            own[said == number] += language.cost
    for charge in charges:
        own += 0.0 if charge.prices is None else charge.prices
    step, idle = _cover(charges)
    team = Team(np.ascontiguousarray(own), step, lines.weight, lines.high)
    return TeamProblem(team, lines, idle, _grain([own, step, np.array([idle])], languages))


def _cover(charges: Iterable[Charge]) -> tuple[FloatArray, float]:
    """Margins of heads over all gatherings, and what nobody costs."""
    gathered = [charge.gathering for charge in charges if charge.gathering is not None]
    width = max(one.step.shape[2] for one in gathered)
    steps = [np.pad(one.step, ((0, 0), (0, 0), (0, width - one.step.shape[2])), mode="edge") for one in gathered]
    return np.asarray(np.sum(steps, axis=0), dtype=np.float64), float(sum(one.idle.sum() for one in gathered))


def _grain(prices: list[FloatArray], languages: Iterable[Language]) -> float:
    """Largest whole number that divides every price; 0 = some price is not whole."""
    told = [price[np.isfinite(price)] for price in prices]
    for language in languages:
        told += [part for a in language.automata for part in (a.cost.ravel(), a.final[np.isfinite(a.final)])]
        told += [counter.price[np.isfinite(counter.price)] for counter in language.counters]
    values = np.unique(np.concatenate([np.abs(part).ravel() for part in told]))
    return 0.0 if (values != np.round(values)).any() else float(gcd(*(int(value) for value in values)))
