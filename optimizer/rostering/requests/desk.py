"""The desk at which requests are judged: a roster that stands, with all that is asked about it again and again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.errors import Finding, InvalidData
from data.model.people import Agent
from data.model.roster import Roster, ShiftTemplate
from optimizer.rostering.coverage import Flow, add_many, new_flow
from optimizer.rostering.curves import Curves
from optimizer.rostering.explain.changes import coverage_of
from optimizer.rostering.frame import presence
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import TableStore
from optimizer.rostering.requests.drafts import Cell, Place, cell_of
from optimizer.rostering.requests.walks import Walk, goal_walks, rule_walks

Chance = Callable[[int, IntArray, FloatArray], FloatArray]
"""Chance of missing the target of a queue (its row) in some slots that it is open in, with so many agents before shrinkage."""


@dataclass(frozen=True, eq=False)
class Desk:
    """A roster and its time.

    Parameters
    ----------
    problem : RosterProblem
        Its base is `roster`, its rhythm the day's; the days from `first_open` on may change.
    roster : Roster
        In the codes of the problem's alphabet.
    now : datetime
    chance : Chance
    seen : dict
        Older versions by name.
    locked : array of bool, shape (agents, days), or None
        Days that no request may change, as they were set by hand; None = none.
    """

    problem: RosterProblem
    roster: Roster
    now: datetime
    chance: Chance
    seen: Mapping[str, Roster] = field(default_factory=dict[str, Roster])
    locked: BoolArray | None = None

    def place(self, agent: str, day: date) -> Place:
        """Row of a known agent, and day."""
        return self.problem.index[agent], self.problem.grid.horizon.index(day)

    def cell(self, agent: str, day: date) -> Cell:
        """What a known agent has on a day of the roster."""
        return cell_of(self.roster, self.place(agent, day))

    def agent(self, row: int) -> Agent:
        """An agent."""
        return self.problem.agents[row]

    def day(self, d: int) -> date:
        """A day of the roster."""
        return self.problem.grid.horizon.dates[d]

    @cached_property
    def open_days(self) -> tuple[date, date]:
        """First and last day that may change."""
        return self.day(self.problem.first_open), self.problem.grid.horizon.last

    def instant(self, slot: int) -> datetime:
        """Start of a slot; slots count from `first_slot`."""
        return self.problem.grid.index[self.first_slot + slot].to_pydatetime()

    def leave(self, place: Place) -> str:
        """Code of the leave that stands, or is due, at a place; empty = none."""
        alphabet, due = self.problem.alphabet, int(self.problem.leave[place])
        symbol = due if due >= 0 else int(self.roster.symbol[place])
        return alphabet.codes[symbol] if alphabet.leave[symbol] else ""

    @cached_property
    def templates(self) -> dict[str, ShiftTemplate]:
        """Shift templates by code."""
        return {shift.code: shift for shift in self.problem.centre.shifts}

    def clock(self, instant: datetime) -> str:
        """An instant as people of the centre write it."""
        return f"{instant.astimezone(self.problem.grid.horizon.start.tzinfo):%Y-%m-%d %H:%M}"

    @cached_property
    def first_slot(self) -> int:
        """First slot of the first day that may change; slots of presence count from it."""
        return int(self.problem.grid.day_slot[self.problem.first_open])

    @cached_property
    def there(self) -> BoolArray:
        """Days on which agents come: whoever has leave does not, though a shift stands still; shape (agents, days)."""
        return self.problem.leave < 0

    @cached_property
    def present(self) -> IntArray:
        """Agents of each skill group on the phones in each slot from `first_slot` on; shape (groups, slots)."""
        return presence(self.problem, self.roster, self.there)

    @cached_property
    def curves(self) -> Curves:
        """Cost of coverage in each slot from `first_slot` on."""
        goals = tuple(goal for goal in self.problem.rulebook.goals if goal.kind == "coverage")
        bare = replace(self.problem, rulebook=self.problem.rulebook.model_copy(update={"goals": goals}))
        return coverage_of(bare).of(slice(self.first_slot, None))

    @cached_property
    def store(self) -> TableStore:
        """Tables made so far."""
        return TableStore()

    @cached_property
    def goal_walks(self) -> tuple[Walk, ...]:
        """Every goal as tables."""
        return goal_walks(self.problem, self.store)

    @cached_property
    def rule_walks(self) -> tuple[Walk, ...]:
        """Every rule as tables for all agents: worth the while where many shifts are to be taken over."""
        return rule_walks(self.problem, self.store)

    def walks(self, rows: IntArray) -> tuple[Walk, ...]:
        """Rules and goals as tables for some agents; for all, if `rule_walks` were asked for before."""
        rules = self.rule_walks if "rule_walks" in vars(self) else rule_walks(self.problem, self.store, rows)
        return (*rules, *self.goal_walks)

    def flow(self, slots: IntArray, present: IntArray) -> Flow:
        """Agents put to the best use in some slots; `present` has shape (groups, slots)."""
        flow = new_flow(Curves(*(part[slots] for part in self.curves)), self.problem.group_mask)
        add_many(flow, present)
        return flow


def desk_of(
    problem: RosterProblem, roster: Roster, now: datetime, chance: Chance, seen: Mapping[str, Roster] | None = None
) -> Desk:
    """Make a roster ready.

    Parameters
    ----------
    problem : RosterProblem
        What the roster answers, looked at from the first day that a request may change.

    Raises
    ------
    InvalidData
        If the agents or days of the roster are not those of the problem.
    """
    _check_fit(problem, roster)
    bare = dict.fromkeys(("max_line_minutes", "min_line_minutes", "locked"))
    known = replace(problem, base=roster, end_open=problem.grid.horizon.days, rhythm="day", **bare)
    codes = known.alphabet.codes
    told = np.array([codes.index(code) for code in roster.codes])[roster.symbol]
    stood = replace(roster, codes=codes, symbol=told)
    return Desk(replace(known, base=stood), stood, now, chance, seen or {}, problem.locked)


def _check_fit(problem: RosterProblem, roster: Roster) -> None:
    """Raise `InvalidData` with all in which a roster is not one of the problem."""
    agents = tuple(agent.id for agent in problem.agents)
    claims = (
        ("agents", len(roster.agents), f"the {len(agents)} of the problem, in their order", roster.agents == agents),
        ("days", roster.horizon, str(problem.grid.horizon), roster.horizon == problem.grid.horizon),
    )
    wrong = [Finding("roster", None, name, str(read), wanted) for name, read, wanted, fits in claims if not fits]
    if wrong:
        raise InvalidData(wrong)
