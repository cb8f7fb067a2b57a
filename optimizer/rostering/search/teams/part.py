"""Some agents of a team on some days while all else stands still: a smaller team whose margins begin where other heads end."""

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.search.teams.moves import Team


def part_of(team: Team, rows: IntArray, heads: IntArray, first: int, end: int, line: IntArray) -> Team:
    """The team of some agents.

    Parameters
    ----------
    rows : array of int
    heads : array of int, shape (days, symbols)
        Of all others.
    first, end : int
        Days that are open; on the others what stands in `line`, shape (rows, days), stays, and nothing is paid for heads.
    """
    step, own = _beyond(team.step, heads), team.own[rows]
    shut = np.ones(own.shape[1], dtype=bool)
    shut[first:end] = False
    stays = line[:, :, None] == np.arange(own.shape[2])
    own = np.where(shut[None, :, None] & ~stays, np.inf, own)
    return Team(own, np.where(shut[:, None, None], 0.0, step), team.weight[rows], team.high[rows])


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
