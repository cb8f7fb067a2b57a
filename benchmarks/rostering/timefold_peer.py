"""Timefold Solver (its Python package, constraint streams) on the month, from the legal roster of `benchmarks.rostering.start`.

Hours of a week hold by construction; late acceptance, Timefold's default, does the rest on one thread (more need its licence). One
thing is coarser than the problem: an agent serves one queue throughout a shift. The verdict lets the agents serve as they best can.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations

import numpy as np
from timefold.solver import SolverFactory
from timefold.solver.config import Duration, EnvironmentMode, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig

from benchmarks.rostering.month import DAY_MINUTES, Month, Week
from benchmarks.rostering.result import Answer
from benchmarks.rostering.start import legal, roster_of, usual
from benchmarks.rostering.timefold_model import AgentDay, AgentWeek, Choice, Need, Pattern, Plan, Queue, constraints
from data.model.roster import Roster
from optimizer.rostering.problem import RosterProblem

DAYS_OF_WEEK, KEYS = 7, 64
"""Days of a week, and room for the days of an agent in a key."""


@dataclass(frozen=True)
class Facts:
    """The month as objects; what is alike is one object."""

    month: Month
    start: Roster

    @cached_property
    def choices(self) -> list[Choice]:
        """Every shift with each of its meals."""
        alphabet, rest = self.month.problem.alphabet, self.month.numbers["rest"]["rest_minutes"]
        pairs = [(s, meal) for s in np.flatnonzero(alphabet.is_shift).tolist() for meal in range(self.month.meals(s))]
        start, end = alphabet.start.tolist(), (alphabet.start + alphabet.minutes).tolist()
        night = self.month.night.astype(int).tolist()
        return [Choice(k, s, m, start[s], end[s] + rest - DAY_MINUTES, night[s]) for k, (s, m) in enumerate(pairs)]

    @cached_property
    def first_choice(self) -> dict[int, Choice]:
        """Each shift with its first meal."""
        return {choice.symbol: choice for choice in reversed(self.choices)}

    @cached_property
    def needs(self) -> list[list[Need]]:
        """Need of each queue and half-hour."""
        under, over = self.month.under_over
        rows = self.month.problem.requirement.heads.tolist()
        return [[Need(heads, under[q], over[q]) for heads in row] for q, row in enumerate(rows)]

    @cached_property
    def queues(self) -> list[Queue]:
        """The queues, and what each choice serves on each day."""
        return [Queue(q, list(self._posts(row))) for q, row in enumerate(self.needs)]

    def _posts(self, row: list[Need]) -> Iterator[list[Need]]:
        first = self.month.open_days[0]
        for d in range(self.month.problem.grid.horizon.days):
            for choice in self.choices:
                yield [row[t] for t in self.month.slots(d, choice.symbol, choice.meal)] if d >= first else []

    @cached_property
    def held(self) -> list[list[Queue]]:
        """Queues of each skill group."""
        return [[self.queues[q] for q in np.flatnonzero(mask)] for mask in self.month.problem.group_mask]

    @cached_property
    def of_contract(self) -> dict[str, list[Choice]]:
        """Choices of each contract."""
        codes = self.month.problem.alphabet.codes
        return {
            c.id: [choice for choice in self.choices if codes[choice.symbol] in c.shifts]
            for c in self.month.problem.centre.contracts
        }

    @cached_property
    def likes(self) -> dict[tuple[object, ...], list[int]]:
        """What each choice costs an agent on a day without a wish, by contract and preferences."""
        least = self.month.price.min(axis=1)
        return {self._kind(a): [int(least[a, choice.symbol]) for choice in self.choices] for a in range(len(least))}

    def _kind(self, a: int) -> tuple[object, ...]:
        agent = self.month.problem.agents[a]
        return agent.contract, agent.prefers

    @cached_property
    def minutes(self) -> dict[bool, list[int]]:
        """Credited minutes of each choice, by part-time or not."""
        return {bool(part): [int(self.month.credit[a, c.symbol]) for c in self.choices] for a, part in enumerate(self.month.part)}

    @cached_property
    def pattern(self) -> dict[tuple[bool, ...], Pattern]:
        """Every set of days of a week."""
        sets = ([(k >> d) & 1 == 1 for d in range(DAYS_OF_WEEK)] for k in range(1 << DAYS_OF_WEEK))
        return {tuple(works): Pattern(works, sum(works)) for works in sets}

    def plan(self) -> Plan:
        """Everything, at the roster that it starts from."""
        weeks, days = [], []
        for a in range(len(self.month.problem.agents)):
            history = Week(0, self.month.open_days[0], (), ())
            weeks += [self._week(a, k, week) for k, week in enumerate((history, *self.month.weeks))]
            days += [self._day(a, d) for d in range(self.month.problem.grid.horizon.days) if self._chooses(a, d)]
        return Plan([need for row in self.needs for need in row], weeks, days)

    def _chooses(self, a: int, d: int) -> bool:
        """Whether the day has a shift, or may have one."""
        return any(self.month.problem.alphabet.is_shift[s] for s in self.month.choices(a, d))

    def _week(self, a: int, k: int, week: Week) -> AgentWeek:
        shift = self.month.problem.alphabet.is_shift
        works = [bool(shift[s]) for s in self.start.symbol[a, week.first : week.end]]
        now = self.pattern[tuple(works + [False] * (DAYS_OF_WEEK - len(works)))]
        may = self._patterns(a, week) if week.low else [now]
        part = bool(self.month.part[a]) and week.low != ()
        leave = int((self.month.problem.leave[a, week.first : week.end] >= 0).sum())
        return AgentWeek(f"{a}.{k}", a, a * KEYS + k, part, leave, len(may) == 1, may, now)

    def _patterns(self, a: int, week: Week) -> list[Pattern]:
        """Sets of days that meet the hours with shifts of the normal length."""
        free = [d for d in range(week.end - week.first) if self._chooses(a, week.first + d)]
        normal = self.month.problem.contexts[a].contract.daily_minutes
        leave = int(self.month.leave_minutes[a, week.first : week.end].sum())
        counts = tuple(k for k in range(len(free) + 1) if week.low[a] <= leave + k * normal <= week.high[a])
        return [self.pattern[works] for works in day_sets(tuple(free), counts)]

    def _most(self, a: int, k: int) -> int:
        """Minutes that the shifts of a week may have beside its leave; week 0 is history, which nobody judges."""
        if k == 0:
            return DAY_MINUTES * DAYS_OF_WEEK
        week = self.month.weeks[k - 1]
        return week.high[a] - int(self.month.leave_minutes[a, week.first : week.end].sum())

    def _day(self, a: int, d: int) -> AgentDay:
        month, symbol = self.month, int(self.start.symbol[a, d])
        frozen, k, weekday = d < month.open_days[0], d // DAYS_OF_WEEK, d % DAYS_OF_WEEK
        now = self.first_choice.get(symbol, self.first_choice[usual(month.problem, a)])
        choices, queues = self.of_contract[month.problem.agents[a].contract], self.held[month.problem.group_of[a]]
        key, weekend = a * KEYS + d, k if weekday >= 5 and not frozen else -1
        likes = self.likes[self._kind(a)]
        wish = 0 if frozen else int(month.price[a, d, choices[0].symbol]) - likes[choices[0].index]
        return AgentDay(
            f"{a}.{d}", a, a * KEYS + k, weekday, d, key, key + 1, key + 2, weekend, d * len(self.choices), self._most(a, k), wish,
            frozen, self.minutes[bool(month.part[a])], likes, choices, queues, now, queues[d % len(queues)],
        )  # fmt: skip


@cache
def day_sets(free: tuple[int, ...], counts: tuple[int, ...]) -> tuple[tuple[bool, ...], ...]:
    """Sets of so many of some days of a week, as a flag for each day."""
    chosen = (days for k in counts for days in combinations(free, k))
    return tuple(tuple(d in days for d in range(DAYS_OF_WEEK)) for days in chosen)


def solve(problem: RosterProblem, seed: int, seconds: float) -> Answer:
    """The best roster in some seconds of search, after Java has started and the streams are compiled."""
    facts = Facts(Month(problem), legal(problem))
    config = SolverConfig(
        solution_class=Plan,
        entity_class_list=[AgentWeek, AgentDay],
        environment_mode=EnvironmentMode.NO_ASSERT,
        random_seed=seed,
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=constraints),
        termination_config=TerminationConfig(spent_limit=Duration(seconds=round(seconds))),
    )
    plan = SolverFactory.create(config).build_solver().solve(facts.plan())
    return Answer("Timefold, from a legal roster", _roster(problem, plan), note=f"limit {seconds:.0f} s, score {plan.score}")


def _roster(problem: RosterProblem, plan: Plan) -> Roster:
    """What the plan says, leave and history added."""
    symbol = np.where(problem.leave >= 0, problem.leave, 0)
    symbol = np.where(problem.fixed >= 0, problem.fixed, symbol)
    meal, works = np.zeros_like(symbol), {week.key: week.pattern.works for week in plan.weeks}
    for day in plan.days:
        if not day.pinned and works[day.week][day.weekday]:
            symbol[day.agent, day.day], meal[day.agent, day.day] = day.choice.symbol, day.choice.meal
    return roster_of(problem, symbol, meal)
