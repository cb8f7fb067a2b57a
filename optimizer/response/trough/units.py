"""What is to be placed, piece by piece: tasks and debts cut into units of one start each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from math import ceil

import numpy as np

from data.model.base import IntArray
from data.model.offphone import Debt, Placement, Task
from data.model.time import epoch_minutes
from optimizer.rostering.problem import RosterProblem


@dataclass(frozen=True, eq=False)
class Unit:
    """A piece with one start, done by some agents at the same time.

    Parameters
    ----------
    pool : array of int
        Rows of the agents who may do it.
    minutes : int
        For each of them.
    size, least : int
        How many do it; how many are enough.
    first, end : int
        Priced slots between which it lies.
    deadline : datetime
    owed : bool
        Whether it is a debt, placed before all else.
    series : int
        Sessions of one series never share an agent, and each agent of the pool attends one; -1 = none.
    facilitator : int
        Row of the agent who leads it; -1 = nobody.
    debtor : str
        Agent who alone can do it; empty = anyone of the pool.
    """

    task: Task
    pool: IntArray
    minutes: int
    size: int
    least: int
    first: int
    end: int
    deadline: datetime
    owed: bool = False
    series: int = -1
    facilitator: int = -1
    debtor: str = ""


def eligible(problem: RosterProblem, task: Task) -> IntArray:
    """Rows of the agents who may do a task."""
    anyone = not (task.skills or task.agents or task.teams)
    names, teams, skills = set(task.agents), set(task.teams), set(task.skills)
    may = [
        anyone or agent.id in names or agent.team in teams or bool(skills.intersection(agent.skills)) for agent in problem.agents
    ]
    leads = [agent.id == task.facilitator for agent in problem.agents]
    return np.flatnonzero(np.array(may) & ~np.array(leads))


def pieces(minutes: int, least: int | None, slot: int) -> list[int]:
    """Minutes of the pieces of a task: as short as they may be, the last one with the rest."""
    if least is None:
        return [minutes]
    length = -(-least // slot) * slot
    full = max(minutes // length, 1)
    return [length] * (full - 1) + [minutes - length * (full - 1)]


def session_sizes(people: int, least: int, most: int) -> list[int]:
    """Sizes of as few sessions as hold everyone, as even as can be; whoever is left over is a last one, too small."""
    sessions = max(min(ceil(people / most), people // least), 1)
    held = min(people, sessions * most)
    sizes = [held // sessions + (k < held % sessions) for k in range(sessions)]
    return sizes + [people - held] * (people > held)


def units_of(
    problem: RosterProblem, tasks: Sequence[Task], debts: Sequence[Debt], kept: Sequence[Placement], now: int
) -> list[Unit]:
    """Units in the order in which they are placed: debts first, then by priority, groups before single agents, by deadline.

    A task of which something is owed, or a placement is kept, asks for what is owed alone.

    Parameters
    ----------
    now : int
        First priced slot in which work may begin.
    """
    maker = _Maker(problem, now)
    owed: dict[str, list[Debt]] = defaultdict(list)
    for debt in debts:
        owed[debt.task].append(debt)
    known = {*owed, *(placement.task for placement in kept)}
    made = [unit for task in tasks for unit in (maker.owed(task, owed[task.id]) if task.id in known else maker.whole(task))]
    return sorted(made, key=lambda u: (not u.owed, u.task.priority, -u.size, u.deadline, -u.minutes))


class _Maker:
    """Cuts tasks into units."""

    def __init__(self, problem: RosterProblem, now: int):
        self.problem, self.now, self.series = problem, now, count()
        self.origin = int(problem.grid.day_start_minutes[problem.first_open])
        self.slots = problem.grid.size - int(problem.grid.day_slot[problem.first_open])

    def whole(self, task: Task) -> Iterator[Unit]:
        """All that a task asks for."""
        pool, ask = eligible(self.problem, task), _Ask(task, task.minutes, task.deadline)
        if task.together:
            yield from self._sessions(ask, pool, task.each)
        elif task.each:
            for a in pool.tolist():
                yield from self._alone(ask, np.array([a], dtype=np.int64), self.problem.agents[a].id)
        else:
            yield from self._alone(ask, pool, "")

    def owed(self, task: Task, debts: Sequence[Debt]) -> Iterator[Unit]:
        """What is owed of a task; sessions are made up of those who owe the same."""
        together: dict[tuple[int, datetime], list[int]] = defaultdict(list)
        for debt in debts:
            row, ask = self.problem.index.get(debt.agent), _Ask(task, debt.owed_minutes, debt.deadline, True)
            mine = eligible(self.problem, task) if not debt.agent else np.array([row] if row is not None else [], dtype=np.int64)
            if task.together and row is not None and debt.owed_minutes:
                together[debt.owed_minutes, debt.deadline].append(row)
            elif task.together and not debt.agent and debt.owed_minutes:
                minutes = -(-debt.owed_minutes // task.group_least)
                yield from self._sessions(replace(ask, minutes=minutes), mine, False)
            elif debt.owed_minutes:
                yield from self._alone(ask, mine, debt.agent)
        for (minutes, deadline), rows in together.items():
            yield from self._sessions(_Ask(task, minutes, deadline, True), np.array(rows, dtype=np.int64), True)

    def _sessions(self, ask: "_Ask", pool: IntArray, everyone: bool) -> Iterator[Unit]:
        task, series = ask.task, next(self.series) if everyone else -1
        # those who still owe a session hold it even if they are few
        least = min(task.group_least, len(pool)) if ask.owed and everyone else task.group_least
        for size in session_sizes(len(pool), least, task.group_most) if everyone and len(pool) else [least]:
            yield self._unit(ask, pool, size=size, least=least, series=series)

    def _alone(self, ask: "_Ask", pool: IntArray, debtor: str) -> Iterator[Unit]:
        for piece in pieces(ask.minutes, ask.task.least_piece_minutes, self.problem.grid.minutes):
            yield self._unit(replace(ask, minutes=piece), pool, debtor=debtor)

    def _unit(self, ask: "_Ask", pool: IntArray, *, size: int = 1, least: int = 1, series: int = -1, debtor: str = "") -> Unit:
        task, slot = ask.task, self.problem.grid.minutes
        first = max(self.now, -(-(epoch_minutes(task.earliest) - self.origin) // slot))
        end = (epoch_minutes(ask.deadline) - self.origin) // slot
        # what is overdue is done as soon as can be, not never
        end = self.slots if ask.owed and end <= self.now else min(end, self.slots)
        leader = self.problem.index.get(task.facilitator, -1) if task.facilitator else -1
        return Unit(task, pool, ask.minutes, size, least, first, end, ask.deadline, ask.owed, series, leader, debtor)


@dataclass(frozen=True)
class _Ask:
    """Minutes of a task by a deadline."""

    task: Task
    minutes: int
    deadline: datetime
    owed: bool = False
