"""The search for teams whose cover is by shift: so many heads of each shift on each day.

Where cover separates by shift and day, a roster is one line for each agent, and the lines meet in the heads alone: line moves,
column generation with a bound, dives and neighbourhoods (`search`). `suits` says whether a problem is of that kind.
"""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from data.model.base import IntArray
from data.model.roster import Roster
from optimizer.rostering.frame import kept_lines
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.teams.placing import unplaced
from optimizer.rostering.search.teams.problem import suits, team_problem
from optimizer.rostering.search.teams.search import TeamSearch
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, Status, Unplaced

__all__ = ["TeamRoster", "search_team", "suits"]


@dataclass(frozen=True, eq=False)
class TeamRoster:
    """What the search found.

    Parameters
    ----------
    symbol : array of int, shape (agents, days)
    cost, bound : float
    steps : int
        Neighbourhoods renewed.
    unplaced : tuple of Unplaced
    """

    symbol: IntArray
    cost: float
    bound: float
    status: Status
    steps: int
    unplaced: tuple[Unplaced, ...]


def search_team(
    problem: RosterProblem, params: SearchParams, budget: Budget, watch: Watch, hint: Roster | None, executor: Executor
) -> TeamRoster:
    """Best lines for a whole plan, and the bound; agents without a legal line keep the line they have.

    Parameters
    ----------
    problem : RosterProblem
        One that `suits`.
    budget : Budget
        `bound_steps` bounds the rounds of the first columns, `rounds` is the number of neighbourhoods.
    hint : Roster or None
        Begin from its lines.
    """
    whole, symbol = team_problem(problem), kept_lines(problem, problem.base).symbol.copy()
    wanted = None if hint is None else kept_lines(problem, hint).symbol
    search, rows = TeamSearch(whole, params, budget, watch, executor), np.arange(len(symbol))
    lost = search.begin(wanted)
    if len(lost):
        rows, rest = np.setdiff1d(rows, lost), whole.without(lost, symbol)
        if not len(rows):
            return TeamRoster(symbol, rest.idle, rest.idle, Status.FEASIBLE, 0, unplaced(problem, lost))
        search = TeamSearch(rest, params, budget, watch, executor)
        search.begin(None if wanted is None else wanted[rows])
    found = search.run()
    symbol[rows] = found.stand.line
    return TeamRoster(symbol, found.cost, found.bound, found.status, found.steps, unplaced(problem, lost))
