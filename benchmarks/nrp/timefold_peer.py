"""Timefold Solver (its Python package, constraint streams) from nothing: first fit, then late acceptance, all as it comes.

It searches on one thread; more need its licence. It tells no bound.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from _jpyinterpreter import InvalidJVMVersionError
from timefold.solver import SolverFactory
from timefold.solver.config import Duration, EnvironmentMode, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig

from benchmarks.nrp.checker import SATURDAY, WEEK
from benchmarks.nrp.peers import Answer
from data.exchange.nrp import Instance, Terms

try:  # Java starts here
    from benchmarks.nrp.timefold_model import Cover, Employee, EmployeeDay, Place, Plan, Shift, Window, constraints
except InvalidJVMVersionError as missing:
    raise ImportError(str(missing)) from None


@dataclass(frozen=True)
class Facts:
    """The instance as objects; what is alike is one object."""

    instance: Instance

    @cached_property
    def shifts(self) -> list[Shift]:
        """The shifts in the order of the file, the day off after them."""
        codes, shifts = [*self.codes, ""], self.instance.shifts
        barred = {code for shift in shifts for code in shift.barred}
        worked = [
            Shift(k, shift.minutes, True, bool(shift.barred), shift.code in barred, [code in shift.barred for code in codes])
            for k, shift in enumerate(shifts)
        ]
        return [*worked, Shift(len(worked), 0, False, False, False, [False] * len(codes))]

    @cached_property
    def codes(self) -> list[str]:
        """Codes of the shifts."""
        return [shift.code for shift in self.instance.shifts]

    @cached_property
    def covers(self) -> dict[tuple[int, str], list[Cover]]:
        """Cover by day and shift."""
        rows: dict[tuple[int, str], list[Cover]] = defaultdict(list)
        for row in self.instance.cover:
            rows[row.day, row.shift].append(Cover(row.heads, row.under, row.over))
        return rows

    @cached_property
    def charges(self) -> Counter[tuple[str, int, str]]:
        """Price of a shift, or of the day off, by employee and day."""
        charges: Counter[tuple[str, int, str]] = Counter()
        for request in self.instance.requests:
            refusing = [code for code in [*self.codes, ""] if (code == request.shift) != request.wanted]
            for code in refusing:
                charges[request.employee, request.day, code] += request.weight
        return charges

    def plan(self) -> Plan:
        """Everything, with no shift chosen."""
        covers = [cover for rows in self.covers.values() for cover in rows]
        staff = self.instance.staff.items()
        days = [day for number, (name, terms) in enumerate(staff) for day in self._line(number, name, terms)]
        return Plan(covers, days)

    def _line(self, number: int, name: str, terms: Terms) -> list[EmployeeDay]:
        most = [dict(terms.max_shifts).get(code, self.instance.days) for code in self.codes]
        unit = min(shift.minutes for shift in self.instance.shifts)
        employee = Employee(most, terms.max_minutes, terms.min_minutes, terms.max_weekends, unit)
        may = [shift for shift in self.shifts if not shift.work or most[shift.index]]
        places = self._places(terms)
        return [self._day(number, name, employee, may, places[d], d) for d in range(self.instance.days)]

    def _places(self, terms: Terms) -> list[list[Place]]:
        """Windows that each day is in: all that are as long as a pattern that is wrong."""
        places: list[list[Place]] = [[] for _ in range(self.instance.days)]
        for length, amounts in wrong_runs(terms.max_run, terms.min_run, terms.min_days_off).items():
            for first in range(self.instance.days - length + 1):
                window = Window(amounts)
                for k in range(length):
                    places[first + k].append(Place(window, 1 << k))
        return places

    def _day(self, number: int, name: str, employee: Employee, may: list[Shift], places: list[Place], d: int) -> EmployeeDay:
        key, off, codes = number * (self.instance.days + 1) + d, self.shifts[-1], [*self.codes, ""]
        free = d not in self.instance.days_off.get(name, ()) and len(may) > 1
        weekend = d // WEEK if d % WEEK >= SATURDAY else -1
        charges, covers = [self.charges[name, d, code] for code in codes], [self.covers.get((d, code), []) for code in codes]
        choices, now = (may, None) if free else ([off], off)
        return EmployeeDay(f"{name}.{d}", employee, key, key + 1, weekend, not free, charges, covers, places, choices, now)

    def schedule(self, plan: Plan) -> dict[str, list[str]]:
        """Shift of each employee and day, empty on a day off."""
        codes = [*self.codes, ""]
        worked = iter([codes[day.shift.index] for day in plan.days])
        return {name: [next(worked) for _ in range(self.instance.days)] for name in self.instance.staff}


def wrong_runs(max_run: int, min_run: int, min_days_off: int) -> dict[int, dict[int, int]]:
    """Days too many or too few of each pattern that is wrong, its days of work as bits, by its length."""
    wrong: dict[int, dict[int, int]] = defaultdict(dict)
    wrong[max_run + 1][(1 << max_run + 1) - 1] = 1
    for length in range(1, min_run):
        wrong[length + 2][(1 << length + 1) - 2] = min_run - length
    for length in range(1, min_days_off):
        wrong[length + 2][(1 << length + 1) + 1] = min_days_off - length
    return wrong


def solve(instance: Instance, seed: int, seconds: float) -> Answer:
    """The best schedule in some seconds of search, after Java has started and the streams are compiled; it may break rules."""
    facts = Facts(instance)
    config = SolverConfig(
        solution_class=Plan,
        entity_class_list=[EmployeeDay],
        environment_mode=EnvironmentMode.NO_ASSERT,
        random_seed=seed,
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=constraints),
        termination_config=TerminationConfig(spent_limit=Duration(milliseconds=round(1000 * seconds))),
    )
    return Answer(facts.schedule(SolverFactory.create(config).build_solver().solve(facts.plan())))
