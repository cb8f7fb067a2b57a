"""A monolith in OR-Tools CP-SAT, written for this month: booleans x[agent, day, shift], clauses over windows of days.

Agents of one skill group who work the same shift share their meals and queues as whole numbers. It states the whole problem: no
rule and no goal is left out. It is not `optimizer.rostering.cpsat`, which serves any rulebook and is larger.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.rostering.month import Month
from benchmarks.rostering.result import Answer
from benchmarks.rostering.start import legal, roster_of
from data.model.base import IntArray
from data.model.roster import Roster
from optimizer.rostering.problem import RosterProblem

WORKERS = 2
FILL_S = 60.0
"""Wall clock for the meals and queues of the roster that it starts from."""
Day = dict[int, cp_model.LinearExpr]


@dataclass
class Model:
    """The model while it is built; the objective is whole by nature."""

    month: Month
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    terms: list[cp_model.LinearExpr] = field(default_factory=list)

    def add(self) -> None:
        """All rules and goals."""
        for a in range(len(self.lines)):
            self._succession(a)
            self._weeks(a)
            self._counts(a)
        self._prices()
        self._floor()
        self.cp.minimize(sum(self.terms))

    @cached_property
    def lines(self) -> list[list[Day]]:
        """One boolean for each symbol that is possible on a day, 1 where only one is."""
        problem = self.month.problem
        return [[self._day(a, d) for d in range(problem.grid.horizon.days)] for a in range(len(problem.agents))]

    def _day(self, a: int, d: int) -> Day:
        choices = self.month.choices(a, d)
        if len(choices) == 1:
            return {choices[0]: 1}
        x = {s: self.cp.new_bool_var("") for s in choices}
        self.cp.add_exactly_one(x.values())
        return x

    def on(self, a: int, d: int, symbols: Iterable[int]) -> cp_model.LinearExpr:
        """Whether an agent has one of some symbols on a day."""
        return sum(self.lines[a][d][s] for s in symbols if s in self.lines[a][d])

    def _works(self, a: int, d: int) -> cp_model.LinearExpr:
        return self.on(a, d, np.flatnonzero(self.month.problem.alphabet.is_shift).tolist())

    def _at_most(self, total: cp_model.LinearExpr, most: int) -> None:
        if not isinstance(total, int):
            self.cp.add(total <= most)

    def _succession(self, a: int) -> None:
        """Rest between shifts and after nights, and no run too long."""
        night, shift = self.month.night, self.month.problem.alphabet.is_shift
        nights, days = np.flatnonzero(night).tolist(), np.flatnonzero(shift & ~night).tolist()
        longest = self.month.numbers["run"]["max_days"]
        for d in self.month.open_days:
            for before, after in self._clashes:
                self._at_most(self.on(a, d - 1, before) + self.on(a, d, after), 1)
            for rested in range(1, self.month.numbers["after_nights"]["days"] + 1):
                self._at_most(self.on(a, d - rested, nights) + self.on(a, d, days), 1)
            self._at_most(sum(self._works(a, e) for e in range(d - longest, d + 1)), longest)

    @cached_property
    def _clashes(self) -> list[tuple[list[int], list[int]]]:
        """For each set of shifts that may not follow: every shift that all of them follow too soon."""
        table = self.month.too_soon
        return [
            (np.flatnonzero(table[:, row].all(axis=1)).tolist(), np.flatnonzero(row).tolist())
            for row in np.unique(table, axis=0)
            if row.any()
        ]

    def _weeks(self, a: int) -> None:
        for week in self.month.weeks:
            total = self._minutes(a, range(week.first, week.end))
            if not isinstance(total, int):
                self.cp.add_linear_constraint(total, week.low[a], week.high[a])

    def _minutes(self, a: int, days: range) -> cp_model.LinearExpr:
        return sum(int(self.month.credit[a, s]) * x for d in days for s, x in self.lines[a][d].items())

    def _counts(self, a: int) -> None:
        """What is counted in the month: part-timers' minutes, nights, weekends."""
        days, numbers = self.month.open_days, self.month.numbers
        if self.month.part[a]:
            self._at_most(self._minutes(a, days), numbers["part_month"]["max_minutes"])
        nights = sum(self.on(a, d, np.flatnonzero(self.month.night).tolist()) for d in days)
        self._at_most(nights, numbers["nights"]["max_nights"])
        self._beyond(nights, "nights_", "max_nights")
        self._beyond(sum(self._weekend(a, d) for d in self.month.saturdays()), "weekends_", "max_weekends")

    def _weekend(self, a: int, saturday: int) -> cp_model.IntVar:
        worked = self.cp.new_bool_var("")
        for d in (saturday, saturday + 1):
            self.cp.add(worked >= self._works(a, d))
        return worked

    def _beyond(self, count: cp_model.LinearExpr, prefix: str, name: str) -> None:
        """The price of a count above the limit of each weighted rule."""
        for rule, weight in self.month.weights.items():
            if rule.startswith(prefix) and not isinstance(count, int):
                beyond = self.cp.new_int_var(0, len(self.month.open_days), "")
                self.cp.add(beyond >= count - self.month.numbers[rule][name])
                self.terms.append(weight * beyond)

    def _prices(self) -> None:
        price = self.month.price
        self.terms += [
            int(price[a, d, s]) * x for a, line in enumerate(self.lines) for d in self.month.open_days for s, x in line[d].items()
        ]

    @cached_property
    def posts(self) -> dict[tuple[int, int, int], list[cp_model.IntVar]]:
        """How many of a group on a day in a shift take each meal."""
        members: dict[tuple[int, int, int], list[cp_model.IntVar]] = defaultdict(list)
        for a, group in enumerate(self.month.problem.group_of.tolist()):
            for d in self.month.open_days:
                for s, x in self.lines[a][d].items():
                    if self.month.problem.alphabet.is_shift[s]:
                        members[group, d, s].append(x)
        return {post: self._meals(post[2], who) for post, who in members.items()}

    def _meals(self, symbol: int, who: list[cp_model.IntVar]) -> list[cp_model.IntVar]:
        taken = [self.cp.new_int_var(0, len(who), "") for _ in range(self.month.meals(symbol))]
        self.cp.add(sum(taken) == sum(who))
        return taken

    def _floor(self) -> None:
        """Charge for agents missing and too many, those of a group split over its queues at will."""
        present: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for (group, d, s), taken in self.posts.items():
            for meal, variable in enumerate(taken):
                for t in self.month.slots(d, s, meal):
                    present[group, t].append(variable)
        need = self.month.problem.requirement.heads.tolist()
        for t in range(self.month.open_days[0] * 48, self.month.problem.grid.size):
            for q, served in enumerate(self._served(present, t)):
                self._charge(served, need[q][t], q)

    def _served(self, present: dict[tuple[int, int], list[cp_model.IntVar]], t: int) -> list[cp_model.LinearExpr]:
        mask, most = self.month.problem.group_mask, len(self.lines)
        served: list[cp_model.LinearExpr] = [0] * mask.shape[1]
        for group, queues in enumerate(map(np.flatnonzero, mask)):
            here = sum(present.get((group, t), []))
            split = [here] if len(queues) == 1 or isinstance(here, int) else [self.cp.new_int_var(0, most, "") for _ in queues]
            if len(split) > 1:
                self.cp.add(sum(split) == here)
            for q, share in zip(queues.tolist(), split, strict=False):
                served[q] = served[q] + share
        return served

    def _charge(self, served: cp_model.LinearExpr, need: int, q: int) -> None:
        (under, over), most = self.month.under_over, len(self.lines)
        missing, spare = self.cp.new_int_var(0, need, ""), self.cp.new_int_var(0, most, "")
        self.cp.add(served + missing - spare == need)
        self.terms += [under[q] * missing, over[q] * spare]

    def start_from(self, roster: Roster) -> None:
        """Hint at a roster; its queues are filled in first, or CP-SAT may not reach it."""
        self.cp.clear_hints()
        for variable, value in self._known(roster):
            self.cp.add_hint(variable, value)
        filler = cp_model.CpSolver()
        filler.parameters.fix_variables_to_their_hinted_value = True
        filler.parameters.stop_after_first_solution, filler.parameters.num_workers = True, WORKERS
        filler.parameters.max_time_in_seconds = FILL_S
        if filler.solve(self.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.cp.clear_hints()
            for index in range(len(self.cp.proto.variables)):
                variable = self.cp.get_int_var_from_proto_index(index)
                self.cp.add_hint(variable, filler.value(variable))

    def _known(self, roster: Roster) -> Iterator[tuple[cp_model.IntVar, int]]:
        for a, line in enumerate(self.lines):
            for d, x in enumerate(line):
                yield from ((variable, int(s == roster.symbol[a, d])) for s, variable in x.items() if not isinstance(variable, int))

    def roster(self, solver: cp_model.CpSolver) -> Roster:
        """The roster found, the meals of a post dealt out in the order of its agents."""
        symbol = np.array([[next(s for s, x in day.items() if solver.value(x)) for day in line] for line in self.lines])
        return roster_of(self.month.problem, symbol, self._dealt(symbol, solver))

    def _dealt(self, symbol: IntArray, solver: cp_model.CpSolver) -> IntArray:
        meal, group_of = np.zeros_like(symbol), self.month.problem.group_of
        for (group, d, s), taken in self.posts.items():
            who = np.flatnonzero((group_of == group) & (symbol[:, d] == s))
            meal[who, d] = [number for number, variable in enumerate(taken) for _ in range(solver.value(variable))]
        return meal


def solve(problem: RosterProblem, seed: int, seconds: float, started: bool = False) -> Answer:
    """The best roster in some seconds of search, from nothing or from the legal roster of `benchmarks.rostering.start`."""
    model = Model(Month(problem))
    model.add()
    if started:
        model.start_from(legal(problem))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers, solver.parameters.random_seed = seconds, WORKERS, seed
    found = solver.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    name = "CP-SAT, from a legal roster" if started else "CP-SAT"
    size = f"{len(model.cp.proto.variables)} variables, limit {seconds:.0f} s"
    note = size if found else f"no roster in {seconds:.0f} s; {size}"
    return Answer(name, model.roster(solver) if found else None, solver.best_objective_bound, note)
