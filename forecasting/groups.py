"""Queues that are too young or too small to be forecast alone: the forecast of their group, split by shares drawn to the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from forecasting.days import DayTable
from forecasting.methods import DayForecast, Fitted
from forecasting.quantiles import NORMAL, counts, root

TINY_CALLS = 1.0
"""Mean calls in an interval under which a queue is forecast with its group (house choice)."""
GROUP_LARGER = 2.0
"""A group helps if it has at least so many times the calls (house choice)."""
SHARE_PRIOR = 100.0
"""Calls of the group by which a share by time of day is drawn to the share of the whole day."""
RATIO_CALLS = 20.0
"""Calls by which today's ratio of seen to expected is drawn towards 1."""
LOW, HIGH = 2, -3
"""Levels of 10 and 90 %, from the ends."""


@dataclass(frozen=True, eq=False)
class Shared:
    """A group that has learnt, and the share of one queue.

    Parameters
    ----------
    columns : array of int
        Columns of the group in which the queue has calls.
    share : array of float, shape (columns,)
        Of the group's calls.
    share_variance : float
        Relative variance of the share: one over the calls it rests on.
    """

    group: Fitted
    group_columns: int
    columns: IntArray
    share: FloatArray
    share_variance: float

    def predict(self, dates: Sequence[date], seen: FloatArray) -> DayForecast:
        """The group's forecast times the share, today's rest rescaled by today's ratio of seen to expected."""
        made = self.group.predict(dates, np.full((len(dates), self.group_columns), np.nan))
        whole, quantiles = made.mean[:, self.columns], made.quantiles[:, self.columns]
        mean = whole * self.share
        known = ~np.isnan(seen)
        ratio = (np.nansum(seen, axis=1) + RATIO_CALLS) / (np.where(known, mean, 0).sum(axis=1) + RATIO_CALLS)
        mean = mean * ratio[:, None]
        width = (root(quantiles[..., HIGH]) - root(quantiles[..., LOW])) / (NORMAL[HIGH] - NORMAL[LOW])
        # a relative variance v of the rate is one of calls v / 4 on the root scale
        relative = np.maximum(width**2 - 0.25, 0) * 4 / np.maximum(whole, 1e-9) + self.share_variance
        noise = np.full(mean.shape, 0.25)
        return DayForecast(*counts(np.sqrt(np.maximum(mean + 0.25 - noise - relative * mean / 4, 0)), relative * mean / 4, noise))


def group_table(tables: Sequence[DayTable]) -> DayTable:
    """The queues of a group as one; a cell is unknown where a queue that is usually open then, and has opened, is unknown."""
    first = tables[0]
    weekday = np.array([day.weekday() for day in first.dates])
    missing = np.any([np.isnan(table.calls) & table.usual[weekday] & _opened(table)[:, None] for table in tables], axis=0)
    known = np.any([~np.isnan(table.calls) for table in tables], axis=0)
    total = np.sum([np.nan_to_num(table.calls) for table in tables], axis=0)
    usual = np.any([table.usual for table in tables], axis=0)
    return DayTable(first.dates, np.where(known & ~missing, total, np.nan), first.usual_native, usual)


def _opened(table: DayTable) -> BoolArray:
    """Days from the first with a count on; shape (days,)."""
    return np.logical_or.accumulate((~np.isnan(table.calls)).any(axis=1))


def shared(group: Fitted, whole: DayTable, group_columns: IntArray, own: DayTable, own_columns: IntArray) -> Shared:
    """The share of a queue in its group, by time of day, from the days on which both are known.

    Parameters
    ----------
    group_columns, own_columns : array of int
        Cells of the day in which the group, and the queue, hold any count; the group's hold the queue's.
    """
    both = ~np.isnan(whole.calls) & ~np.isnan(own.calls)
    calls, of_group = (np.where(both, table.calls, 0)[:, own_columns].sum(axis=0) for table in (own, whole))
    overall = (calls.sum() + 0.5) / (of_group.sum() + 1.0)
    share = (calls + SHARE_PRIOR * overall) / (of_group + SHARE_PRIOR)
    place = np.searchsorted(group_columns, own_columns)
    return Shared(group, len(group_columns), place, share, 1 / (calls.sum() + 1.0))
