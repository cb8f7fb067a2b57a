"""Who could take a shift who may not as the roster stands, by being off on another day of the week instead.

Under a rule of, say, exactly 40 hours a week nobody can take a shift more: an agent takes the shift and gives up another one of
the same ISO week. A rule of rest may ask for the same: the early shift after a late one is given up. Pairs of agent and day are
walked over the same tables as single days. What coverage loses is exact: in every slot of the gap an agent is added to the best
use of all others, in every other slot of the day given up one is taken out of it; it is the same for all of one skill group who
give up the same hours.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.request import Terms
from data.model.roster import OFF
from data.model.splice import SHAPE
from optimizer.rostering.coverage import Flow
from optimizer.rostering.requests.gap import Gap, ranked
from optimizer.rostering.requests.losses import saved, unbearable
from optimizer.rostering.requests.service import on_phones


@dataclass(frozen=True, eq=False)
class Moves:
    """Ways to fill a gap by moving a day.

    Parameters
    ----------
    rows : array of int
        Agents who are free on the day and may not take the shift as they are.
    terms : Terms
        Least notice until the start of the shift that is given up, and most risk to service.
    """

    gap: Gap
    rows: IntArray
    terms: Terms

    @cached_property
    def week(self) -> IntArray:
        """Other open days of the ISO week."""
        desk, d = self.gap.desk, self.gap.place[1]
        first = d - desk.day(d).weekday()
        days = np.arange(max(first, desk.problem.first_open), min(first + 7, desk.roster.horizon.days))
        return days[days != d]

    @cached_property
    def asked(self) -> tuple[IntArray, IntArray]:
        """Agents and the days that they might be off instead; shape (pairs,) each, by agent, then day."""
        desk, which = self.gap.desk, np.ix_(self.rows, self.week)
        given = (desk.roster.start[which] >= 0) & desk.there[which] & self._in_time
        if desk.locked is not None:
            given &= ~desk.locked[which]
        at, e = np.nonzero(given)
        return self.rows[at], self.week[e]

    @property
    def _in_time(self) -> BoolArray:
        """Whose shift on which day of the week begins late enough to be given up; shape (rows, week)."""
        roster, start = self.gap.desk.roster, self.gap.desk.roster.start[np.ix_(self.rows, self.week)]
        late = np.zeros(start.shape, dtype=np.bool_)
        for k, e in enumerate(self.week.tolist()):
            for minute in np.unique(start[:, k][start[:, k] >= 0]).tolist():
                late[start[:, k] == minute, k] = self._may_change(roster.instant(e, minute))
        return late

    def _may_change(self, start: datetime) -> bool:
        now = self.gap.desk.now
        return start > now and start >= now + timedelta(hours=self.terms.notice_hours)

    @cached_property
    def lines(self) -> tuple[IntArray, IntArray, dict[str, FloatArray]]:
        """Agents and days off that no hard rule forbids, and what each cost but that of coverage grows by."""
        (rows, days), d, off = self.asked, self.gap.place[1], self.gap.desk.problem.alphabet.codes.index(OFF)
        symbols = np.broadcast_to([self.gap.symbol, off], (len(rows), 2))
        found = self.gap.lines(rows, np.column_stack([np.full(len(days), d), days]), symbols)
        return rows[found.kept], days[found.kept], found.costs

    @property
    def agents(self) -> IntArray:
        """Row of each way."""
        return self.lines[0]

    @property
    def instead(self) -> IntArray:
        """Day off of each way."""
        return self.lines[1]

    @cached_property
    def hours(self) -> tuple[IntArray, IntArray, IntArray]:
        """Hours given up: which of the distinct ones each way gives up, and an agent and a day that have each of them."""
        roster, (rows, days, _) = self.gap.desk.roster, self.lines
        shape = [getattr(roster, name)[rows, days] for name in ("symbol", *SHAPE)]
        told = np.column_stack([days, *shape, roster.breaks[rows, days]])
        _, first, which = np.unique(told, axis=0, return_index=True, return_inverse=True)
        return which.ravel(), rows[first], days[first]

    @cached_property
    def work(self) -> tuple[IntArray, BoolArray]:
        """Slots in which any of these hours are on the phones, and in which each of them is; shapes (slots,) and (hours, slots)."""
        work = on_phones(self.gap.desk, *self.hours[1:])
        used = np.flatnonzero(work.any(axis=0))
        return used, work[:, used]

    @cached_property
    def flow(self) -> Flow:
        """All but the agent whose shift it is put to the best use in these slots."""
        return self.gap.flow(self.work[0])

    @cached_property
    def service(self) -> FloatArray:
        """What coverage costs more for each skill group and hours given up; shape (groups, hours)."""
        (used, work), gap, worth = self.work, self.gap, saved(self.flow)
        # who would work in a slot of the gap as well only takes back what the gap's agent of the group brings
        worth[:, gap.slots[used]] = gap.prices[:, np.isin(np.flatnonzero(gap.slots), used)]
        return gap.service[:, None] - worth @ work.T.astype(np.float64)

    @cached_property
    def quiet(self) -> BoolArray:
        """Ways whose hours given up keep the terms; shape (ways,)."""
        used, work = self.work
        much = unbearable(self.gap.desk, self.flow, used, self.terms) & ~self.gap.slots[used]
        group, hours = self.gap.desk.problem.group_of[self.agents], self.hours[0]
        return ~((much.astype(np.int64) @ work.T.astype(np.int64)) > 0)[group, hours]

    @cached_property
    def costs(self) -> dict[str, FloatArray]:
        """What each cost grows by; shape (ways,) each."""
        groups = self.gap.desk.problem.group_of[self.agents]
        return self.lines[2] | {"goal.coverage": self.service[groups, self.hours[0]]}

    @cached_property
    def ranking(self) -> IntArray:
        """Ways, the cheapest first, in the order of agents and days where they cost the same."""
        return ranked(self.costs, len(self.agents))

    def way(self, way: int) -> tuple[str, date]:
        """Agent and day off."""
        return self.gap.desk.agent(int(self.agents[way])).id, self.gap.desk.day(int(self.instead[way]))

    def kind(self, way: int) -> tuple[int, int]:
        """Skill group and hours given up: ways that have them in common do the same to service."""
        return int(self.gap.desk.problem.group_of[self.agents[way]]), int(self.hours[0][way])
