"""The month of the synthetic centre in plain numbers, as a peer's model reads it: what may be, what it costs, who is needed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.rostering.centre import SLOTS
from data.model.base import BoolArray, IntArray
from optimizer.rostering.goals import kinds
from optimizer.rostering.problem import RosterProblem

SATURDAY = 5
HALF_HOUR, DAY_MINUTES = 30, 1440


@dataclass(frozen=True)
class Week:
    """Days ``first <= d < end``, and the credited minutes that each agent must and may have in them."""

    first: int
    end: int
    low: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True)
class Month:
    """The facts of a problem under the rules of `benchmarks.rostering.centre`; days and symbols are those of the problem."""

    problem: RosterProblem

    @cached_property
    def numbers(self) -> dict[str, dict[str, Any]]:
        """Numbers of each rule, by id."""
        return {rule.id: rule.numbers for rule in self.problem.rulebook.rules}

    @cached_property
    def weights(self) -> dict[str, int]:
        """Whole weight of each weighted rule, by id."""
        return {rule.id: int(rule.weight) for rule in self.problem.rulebook.rules if rule.weight is not None}

    @cached_property
    def open_days(self) -> range:
        """Days to fill."""
        return range(self.problem.first_open, self.problem.end_open)

    @cached_property
    def part(self) -> BoolArray:
        """Who works part time; shape (agents,)."""
        return np.array([agent.contract == "part" for agent in self.problem.agents])

    @cached_property
    def night(self) -> BoolArray:
        """Which symbols are nights; shape (symbols,)."""
        return self.problem.alphabet.night_minutes >= 180

    def choices(self, a: int, d: int) -> tuple[int, ...]:
        """Symbols that an agent may have on a day; one where history or leave says which."""
        known = (
            max(self.problem.fixed[a, d], self.problem.leave[a, d]) if d >= self.problem.first_open else self.problem.fixed[a, d]
        )
        codes = self.problem.alphabet.codes
        return (int(known),) if known >= 0 else (0, *map(codes.index, self.problem.contexts[a].contract.shifts))

    @cached_property
    def price(self) -> IntArray:
        """Wishes, preferences and long shifts; shape (agents, days, symbols)."""
        goals = [goal for goal in self.problem.rulebook.goals if goal.kind != "coverage"]
        parts = [kinds()[goal.kind] for goal in goals]
        charges = [
            part.charge(part.Params.model_validate(goal.numbers), self.problem) for part, goal in zip(parts, goals, strict=True)
        ]
        long = np.isin(self.problem.alphabet.codes, self.numbers["long_shifts"]["never"]) * self.weights["long_shifts"]
        return np.rint(sum(charge.prices for charge in charges) + long).astype(np.int64)

    @cached_property
    def credit(self) -> IntArray:
        """Credited minutes of each symbol; shape (agents, symbols)."""
        known = self.problem.contexts
        return np.array([context.alphabet.credit_minutes(context.contract) for context in known])

    @cached_property
    def leave_minutes(self) -> IntArray:
        """Minutes credited by leave; shape (agents, days)."""
        normal = np.array([context.contract.daily_minutes for context in self.problem.contexts])
        return np.where(self.problem.leave >= 0, normal[:, None], 0)

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """The weeks of the month; the last one is cut, and its minimum with it, to whole normal days."""
        spans = self.problem.contexts[0].periods("week")
        return tuple(Week(first, end, *self._bounds(first, end, full)) for first, end, full in spans)

    def _bounds(self, first: int, end: int, full: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        numbers = [self.numbers["part_week" if part else "full_week"] for part in self.part]
        normal = [context.contract.daily_minutes for context in self.problem.contexts]
        least = [n["min_minutes"] * (end - first) // full // day * day for n, day in zip(numbers, normal, strict=True)]
        most = [
            max(n["max_minutes"], int(taken))
            for n, taken in zip(numbers, self.leave_minutes[:, first:end].sum(axis=1), strict=True)
        ]
        return tuple(least), tuple(most)

    @cached_property
    def too_soon(self) -> BoolArray:
        """Which shift may not follow which the day after; shape (symbols, symbols)."""
        alphabet = self.problem.alphabet
        rest = DAY_MINUTES + alphabet.start[None, :] - (alphabet.start + alphabet.minutes)[:, None]
        return (rest < self.numbers["rest"]["rest_minutes"]) & alphabet.is_shift[:, None] & alphabet.is_shift[None, :]

    def saturdays(self) -> list[int]:
        """First days of the weekends of the month."""
        return [d for d in self.open_days if self.problem.grid.horizon.dates[d].weekday() == SATURDAY]

    def meals(self, symbol: int) -> int:
        """How many meals a shift has to choose from; 1 if it has none."""
        return max(1, len(self._shift(symbol).meal_starts))

    def slots(self, day: int, symbol: int, meal: int) -> list[int]:
        """Half-hours on the phones."""
        shift, first = self._shift(symbol), day * SLOTS
        begin = shift.start_minute
        away = begin + (shift.meal_starts or (shift.minutes,))[meal]
        minutes = range(begin, begin + shift.minutes, HALF_HOUR)
        found = [first + m // HALF_HOUR for m in minutes if not away <= m < away + shift.meal_minutes]
        return [t for t in found if t < self.problem.grid.size]

    def _shift(self, symbol: int) -> Any:
        return self.problem.alphabet.shifts[symbol - self.problem.alphabet.first_shift]

    @cached_property
    def under_over(self) -> tuple[list[int], list[int]]:
        """Cost of an agent missing, and of one too many, for a half-hour, by queue."""
        under, over = np.rint(self.problem.prices).astype(np.int64).tolist()
        return under, over
