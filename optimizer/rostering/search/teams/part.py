"""Some agents of a team, or some days of it, while all else stands still: a smaller team, its margins beyond all other heads."""

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.search.teams.lines import LegalLines
from optimizer.rostering.search.teams.moves import Team


def part_of(team: Team, rows: IntArray, heads: IntArray) -> Team:
    """The team of some agents.

    Parameters
    ----------
    rows : array of int
    heads : array of int, shape (days, symbols)
        Of all others.
    """
    return Team(team.own[rows], _beyond(team.step, heads), team.weight[rows], team.high[rows])


def stretch_of_team(team: Team, lines: LegalLines, line: IntArray, first: int, end: int) -> tuple[Team, LegalLines]:
    """The team of the days from `first` on that may not stand still when those before `end` change.

    Parameters
    ----------
    line : array of int, shape (agents, days)
        What stands; on days from `end` on it stays, and nothing is paid for heads.
    """
    legal = lines.stretch(line, first, end)
    days = slice(first, first + legal.days)
    shut = np.arange(first, first + legal.days) >= end
    stays = line[:, days, None] == np.arange(team.own.shape[2])
    own = np.where(shut[:, None] & ~stays, np.inf, team.own[:, days])
    return Team(own, np.where(shut[:, None, None], 0.0, team.step[days]), legal.weight, legal.high), legal


def _beyond(step: FloatArray, heads: IntArray) -> FloatArray:
    """Margins that begin after so many heads."""
    width = step.shape[2]
    place = np.minimum(np.arange(width) + heads[:, :, None], width - 1)
    return np.take_along_axis(step, place, axis=2)


def heads_of(line: IntArray, symbols: int) -> IntArray:
    """How many stand on each symbol of each day; shape (days, symbols)."""
    heads = np.zeros((line.shape[1], symbols), dtype=np.int64)
    np.add.at(heads, (np.arange(line.shape[1])[None, :], line), 1)
    return heads


def cover_cost(step: FloatArray, heads: IntArray) -> float:
    """What so many heads cost above nobody."""
    width = step.shape[2]
    within = np.where(np.arange(width) < heads[:, :, None], step, 0.0).sum()
    return float(within + (np.maximum(heads - width, 0) * step[:, :, -1]).sum())
