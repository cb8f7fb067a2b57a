"""Lending put together: the roster with every agent at home, the orders, the room in each scenario, and what moves together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from api import planning
from api.off_phone import OffPhone
from api.scenarios import Ahead, ahead_of, scenarios_of
from api.workspace import Workspace
from data.exchange.loans import read_loans
from data.model.base import FloatArray
from data.model.book import numbered
from data.model.demand import CallHistory, Forecast
from data.model.errors import Finding, InvalidData
from data.model.loan import LoanBook, LoanStep
from data.model.stress import AS_FORECAST
from forecasting.normal import usual_calls
from forecasting.together import Together, correlations, strays
from optimizer.response.lending.orders import Gap, LendCase, Standing, gaps, lend_orders, lent_already, room_at

MOVES = 0.05
"""Share by which the load of a project must change for a scenario to move it (house choice)."""


@dataclass(frozen=True, eq=False)
class Lending:
    """What is seen of the lending between projects at a moment.

    Parameters
    ----------
    aheads : dict
        The roster against the days ahead in each scenario.
    """

    workspace: Workspace
    now: datetime
    aheads: Mapping[str, Ahead]
    book: LoanBook

    @classmethod
    def at(cls, workspace: Workspace, history: CallHistory, now: datetime, days: int) -> "Lending":
        """Read the folder, and look ahead in every scenario.

        Raises
        ------
        InvalidData
            The centre names no projects.
        """
        if not workspace.centre.centre.projects:
            raise InvalidData([Finding("centre.toml", None, "projects", "none", "at least two projects, to lend between them")])
        found = {one.scenario: one for one in ahead_of(workspace, history, now, days, scenarios_of(workspace))}
        return cls(workspace, now, found, read_loans(workspace.out))

    def case(self, scenario: str) -> LendCase:
        """The roster in a scenario, every agent at home but those who are lent already.

        Raises
        ------
        InvalidData
            There is no such scenario.
        """
        if scenario not in self.aheads:
            raise InvalidData([Finding("command line", None, "--scenario", repr(scenario), f"one of {', '.join(self.aheads)}")])
        return self._cases[scenario]

    @cached_property
    def _cases(self) -> dict[str, LendCase]:
        off, taken = OffPhone.of(self.workspace).placements, self.book.held(self.now)
        policy, now = self.workspace.policies.lending, self.now
        return {
            name: LendCase(ahead.planned.problem, ahead.planned.roster, ahead.made, ahead.staying, now, policy, taken, off)
            for name, ahead in self.aheads.items()
        }

    def proposed(self, case: LendCase, by: str) -> LoanBook:
        """The book with the orders that fill the gaps of a case."""
        made = numbered(self.book, lend_orders(case))
        return self.book.take(*(LoanStep(loan=one.id, deed="proposed", by=by, at=self.now, asked=one) for one in made))

    def gaps(self, case: LendCase) -> list[Gap]:
        """Stretches of a case that need help."""
        return gaps(case, Standing(case))

    def rooms(self, gap: Gap) -> dict[str, dict[str, int]]:
        """Agents whom each project could lend in the worst slot of a gap, in each scenario."""
        return {name: room_at(self.case(name), gap.row, gap.worst) for name in self.aheads}

    def off_the_phones(self, case: LendCase, gap: Gap) -> int:
        """Agents with the skill who do work off the phones in the worst slot of a gap."""
        queue, at = case.queues[gap.row].id, case.problem.grid.index[gap.worst].to_pydatetime()
        busy = {agent for one in case.off if one.start <= at < one.end for agent in one.agents}
        return sum(queue in agent.skills and agent.id in busy for agent in case.problem.agents)

    def lent_already(self) -> dict[tuple[str, str], float]:
        """Hours that the best use of all skills lends without saying so."""
        planned = self.aheads[AS_FORECAST].planned
        return lent_already(planned.problem, planned.roster)

    def moves(self) -> dict[str, dict[str, int]]:
        """Whether each scenario brings each project more work (1) or less (-1) in the hour in which it moves it most."""
        plain = self.aheads[AS_FORECAST].made
        projects = {queue.id: queue.project for queue in self.workspace.centre.centre.queues}
        return {name: _moved(plain, one.made, projects) for name, one in self.aheads.items() if name != AS_FORECAST}


def _moved(plain: Forecast, pressed: Forecast, projects: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in dict.fromkeys(projects[queue] for queue in plain.queues):
        rows = [row for row, queue in enumerate(plain.queues) if projects[queue] == name]
        usual, then = ((one.mean * one.handle_time_s)[rows].sum(axis=0) for one in (plain, pressed))
        ratio = np.divide(then, usual, out=np.ones_like(then), where=usual > 0)
        found[name] = _direction(float(ratio[np.argmax(np.abs(ratio - 1))]))
    return found


def _direction(factor: float) -> int:
    return int(np.sign(factor - 1)) if abs(factor - 1) > MOVES else 0


def moved_by_events(workspace: Workspace) -> dict[str, dict[str, int]]:
    """Whether the centre's own events bring each project more calls (1) or fewer (-1), by the name of the event."""
    projects = {queue.id: queue.project for queue in workspace.centre.centre.queues}
    found: dict[str, dict[str, int]] = {}
    for event in workspace.centre.events:
        found.setdefault(event.name, {})[projects[event.queue]] = 1 if event.extra_calls else _direction(event.factor)
    return found


def moved_alike(moves: Mapping[str, Mapping[str, int]], first: str, second: str) -> tuple[list[str], list[str]]:
    """What moves two projects together, and what moves them apart."""
    signs = {name: told.get(first, 0) * told.get(second, 0) for name, told in moves.items()}
    return [name for name, sign in signs.items() if sign > 0], [name for name, sign in signs.items() if sign < 0]


def past_correlations(workspace: Workspace, history: CallHistory, now: datetime) -> tuple[Together, ...]:
    """How projects strayed from the usual together, in the history until now."""
    known = history.before(now)
    usual: FloatArray = usual_calls(known, planning.calendar(workspace.centre, known, known.grid.horizon.last))
    return correlations(strays(known, usual, {queue.id: queue.project for queue in workspace.centre.centre.queues}))
