"""A neighbourhood: some agents of a team choose their lines anew on some days, by columns and a dive of their own."""

from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.search.teams.dive import Case, Dived, Manner, Stand, dive
from optimizer.rostering.search.teams.lines import LegalLines
from optimizer.rostering.search.teams.moves import Team
from optimizer.rostering.search.teams.part import cover_cost, heads_of, part_of, stretch_of_team


@dataclass(frozen=True, eq=False)
class Task:
    """A neighbourhood.

    Parameters
    ----------
    rows : array of int
        Its agents.
    first, end : int
        Days ``first <= d < end`` on which they may change.
    heads : array of int, shape (days, symbols)
        Of all others.
    stand : Stand
        Of its agents.
    seeds : tuple of Stand
        More lines of each of them to begin with.
    wage : array of float, shape (days, symbols), or None
        Prices to lean on.
    kept : tuple of frozenset
        Limits that stay in the tables of each agent.
    cost : float
        Of the whole as it stands.
    ceiling : float
        New lines are of use if the whole costs at most so much.
    few : float
        Share of the agents that are fixed at a time; at least one.
    rounds : int
        Rounds of columns between two fixings.
    seed : int
    until : float
        `time.monotonic` at which it stops.
    """

    rows: IntArray
    first: int
    end: int
    heads: IntArray
    stand: Stand
    seeds: tuple[Stand, ...]
    wage: FloatArray | None
    kept: tuple[frozenset[int], ...]
    cost: float
    ceiling: float
    few: float
    rounds: int
    seed: int
    until: float


def renew(block: tuple[Team, LegalLines], task: Task) -> Dived:
    """Seek new lines for a neighbourhood."""
    team, lines = block
    part, legal = part_of(team, task.rows, task.heads), lines.of(task.rows)
    whole = task.end - task.first == lines.days
    return _dived(part, legal, task) if whole else _dived_on_days(part, legal, task)


def _dived_on_days(team: Team, lines: LegalLines, task: Task) -> Dived:
    """New lines on some days; what the others cost stays as it is."""
    part, legal = stretch_of_team(team, lines, task.stand.line, task.first, task.end)
    days = slice(task.first, task.first + legal.days)
    stand = Stand(task.stand.line[:, days], legal.own_of(part.own, task.stand.line[:, days]))
    seeds, kept = (
        tuple(Stand(line[None], own[None]) for line, own in zip(*stand, strict=True)),
        (frozenset[int](),) * len(task.rows),
    )
    wage = None if task.wage is None else np.ascontiguousarray(task.wage[days])
    found = _dived(part, legal, replace(task, stand=stand, seeds=seeds, kept=kept, wage=wage))
    if found.stand is None:
        return found
    line = task.stand.line.copy()
    line[:, days] = found.stand.line
    return Dived(Stand(line, task.stand.own + found.stand.own - stand.own), found.effort)


def _dived(team: Team, lines: LegalLines, task: Task) -> Dived:
    """New lines for all of a team."""
    seeds = [
        Stand(np.vstack([line, more.line]), np.append(own, more.own))
        for line, own, more in zip(*task.stand, task.seeds, strict=True)
    ]
    there = cover_cost(team.step, heads_of(task.stand.line, team.step.shape[1]))
    idle = task.cost - float(task.stand.own.sum()) - there
    rng = np.random.default_rng(task.seed) if task.seed % 2 else None
    manner = Manner(task.few, task.rounds, rng, task.ceiling, lambda: monotonic() < task.until)
    return dive(Case(team, lines, task.kept, seeds, idle, task.wage), manner)
