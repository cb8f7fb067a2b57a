"""A monolith in OR-Tools CP-SAT, the model of the textbooks: booleans x[employee, day, shift], clauses over windows of days.

It is written straight from the instance and shares nothing with the engine.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, nan

from ortools.sat.python import cp_model

from benchmarks.nrp.checker import SATURDAY, WEEK
from benchmarks.nrp.peers import Answer
from data.exchange.nrp import Instance, Request, Terms

WORKERS, COMPLETE = 2, "max_lp"
"""Threads of a search, house choice; and what the one beside the large neighbourhoods runs: by default its bound hardly moves."""
Day = dict[str, cp_model.IntVar]
"""A boolean for each shift that is possible on a day."""


@dataclass
class Model:
    """The model while it is built; the objective is whole by nature."""

    instance: Instance
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    terms: list[cp_model.LinearExprT] = field(default_factory=list)

    def add(self) -> None:
        """All rules and costs."""
        for employee, terms in self.instance.staff.items():
            self._succession(employee)
            self._runs(terms, self.works[employee])
            self._counts(terms, self.lines[employee])
            self._weekends(terms, self.works[employee])
        self.terms += map(self._refused, self.instance.requests)
        self._cover()
        self.cp.minimize(sum(self.terms))

    @cached_property
    def lines(self) -> dict[str, list[Day]]:
        """One boolean for each shift that an employee may work on a day."""
        return {employee: [self._day(employee, d) for d in range(self.instance.days)] for employee in self.instance.staff}

    def _day(self, employee: str, d: int) -> Day:
        most = dict(self.instance.staff[employee].max_shifts)
        off = d in self.instance.days_off.get(employee, ())
        codes = [shift.code for shift in self.instance.shifts if most.get(shift.code, inf) > 0 and not off]
        return {code: self.cp.new_bool_var("") for code in codes}

    @cached_property
    def works(self) -> dict[str, list[cp_model.IntVar]]:
        """Whether a day is worked, in one shift and no more."""
        return {employee: [self._at_work(day) for day in line] for employee, line in self.lines.items()}

    def _at_work(self, day: Day) -> cp_model.IntVar:
        works = self.cp.new_bool_var("")
        self.cp.add_exactly_one(*day.values(), ~works)
        return works

    def _succession(self, employee: str) -> None:
        line = self.lines[employee]
        for day, following in zip(line, line[1:], strict=False):
            for shift in self.instance.shifts:
                barred = [following[code] for code in set(shift.barred) & set(following)]
                if shift.code in day and barred:
                    self.cp.add_at_most_one(day[shift.code], *barred)

    def _runs(self, terms: Terms, works: Sequence[cp_model.IntVar]) -> None:
        for first in range(len(works) - terms.max_run):
            self.cp.add_bool_or(~day for day in works[first : first + terms.max_run + 1])
        self._least(terms.min_run, works)
        self._least(terms.min_days_off, [~day for day in works])

    def _least(self, least: int, days: Sequence[cp_model.BoolVarT]) -> None:
        """No run of fewer days between two that are not of it: what touches an edge is free."""
        for length in range(1, least):
            for before in range(len(days) - length - 1):
                after = before + length + 1
                self.cp.add_bool_or(days[before], *(~day for day in days[before + 1 : after]), days[after])

    def _counts(self, terms: Terms, line: Sequence[Day]) -> None:
        """Shifts of each type, and minutes."""
        for code, most in terms.max_shifts:
            self.cp.add(sum(day[code] for day in line if code in day) <= most)
        minutes = sum(shift.minutes * day[shift.code] for shift in self.instance.shifts for day in line if shift.code in day)
        self.cp.add_linear_constraint(minutes, terms.min_minutes, terms.max_minutes)

    def _weekends(self, terms: Terms, works: Sequence[cp_model.IntVar]) -> None:
        weekends: list[cp_model.IntVar] = []
        for saturday in range(SATURDAY, len(works), WEEK):
            weekends.append(self.cp.new_bool_var(""))
            for day in works[saturday : saturday + 2]:
                self.cp.add_implication(day, weekends[-1])
        self.cp.add(sum(weekends) <= terms.max_weekends)

    def _refused(self, request: Request) -> cp_model.LinearExprT:
        """Price of a request: an expression, or a number where the shift is impossible."""
        there = self.lines[request.employee][request.day].get(request.shift, 0)
        return request.weight * (1 - there if request.wanted else there)

    def _cover(self) -> None:
        present: dict[tuple[int, str], list[cp_model.IntVar]] = defaultdict(list)
        for line in self.lines.values():
            for d, day in enumerate(line):
                for code, x in day.items():
                    present[d, code].append(x)
        for row in self.instance.cover:
            heads = present[row.day, row.shift]
            under, over = self.cp.new_int_var(0, row.heads, ""), self.cp.new_int_var(0, len(heads), "")
            self.cp.add(sum(heads) + under - over == row.heads)
            self.terms += [row.under * under, row.over * over]

    def schedule(self, solver: cp_model.CpSolver) -> dict[str, list[str]]:
        """Shift of each employee and day, empty on a day off."""
        return {employee: list(self._shifts(line, solver)) for employee, line in self.lines.items()}

    def _shifts(self, line: Sequence[Day], solver: cp_model.CpSolver) -> Iterator[str]:
        for day in line:
            yield next((code for code, x in day.items() if solver.value(x)), "")


class First(cp_model.CpSolverSolutionCallback):
    """Remembers when the first schedule was found."""

    seconds = nan

    def on_solution_callback(self) -> None:
        """Called at each schedule that is better."""
        if self.seconds != self.seconds:
            self.seconds = self.wall_time


def solve(instance: Instance, seed: int, seconds: float) -> Answer:
    """The best schedule in some seconds of search, and the bound."""
    model, solver, first = Model(instance), cp_model.CpSolver(), First()
    model.add()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers, solver.parameters.random_seed = seconds, WORKERS, seed
    solver.parameters.subsolvers.append(COMPLETE)
    found = solver.solve(model.cp, first) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return Answer(model.schedule(solver) if found else None, solver.best_objective_bound, first.seconds)
