"""A planner's quarter, command by command: months planned, weeks adjusted, days tweaked, absences, swaps, a storm, rights used.

Every step knows only what had come by then. The files of the centre are all that passes from one step to the next.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np
import pandas as pd

from benchmarks.quarter.hands import claims_of, falls_ill, leave_wishes, swap_requests
from data.model.base import Frozen

MONDAY, TUESDAY = 0, 1
AT = time(9)
"""When planners sit down."""


class Answer(Protocol):
    """What a command said."""

    @property
    def code(self) -> int:
        """Exit code."""
        ...

    @property
    def out(self) -> str:
        """What was printed."""
        ...

    @property
    def err(self) -> str:
        """What was wrong."""
        ...


Echelon = Callable[..., Answer]
"""The command line: words in, an answer out."""


class Quarter(Frozen):
    """What is planned, when, and what happens.

    Parameters
    ----------
    first : date
        A Monday.
    periods, days : int
        Plans, and days of each.
    month_lead, week_lead : int
        Days before the first day on which a plan is made and a week adjusted: plans are out fourteen days ahead, changes three.
    every_weeks : int
        Exchanges of shifts, and work off the phones, are asked for every so many weeks.
    tweaked : tuple of int
        Weekdays whose days are looked at, Monday 0; those of the storm are in any case.
    storm : date
        The day on which calls come that nobody foresaw the day before.
    looks : tuple of time
        Local times at which such a day is looked at.
    ill, wishing : float
        Share of the agents who fall ill in a week, and who wish for leave in a period.
    budget : tuple of str
        Options of `echelon plan`.
    stress_days, replications : int
        Of each plan that is tested before it is published; 0 days = none.
    """

    first: date
    periods: int = 3
    days: int = 28
    month_lead: int = 14
    week_lead: int = 3
    every_weeks: int = 1
    tweaked: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    storm: date
    looks: tuple[time, ...] = (time(10),)
    ill: float = 0.02
    wishing: float = 0.15
    budget: tuple[str, ...] = ()
    stress_days: int = 7
    replications: int = 10
    seed: int = 0

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=self.periods * self.days - 1)

    def starts(self) -> tuple[date, ...]:
        """First day of each plan."""
        return tuple(self.first + timedelta(days=self.days * k) for k in range(self.periods))


@dataclass(frozen=True)
class Step:
    """A command that was run: what for, on which day of the walk, and how long it took."""

    name: str
    day: date
    seconds: float


@dataclass
class Walk:
    """A quarter being walked."""

    folder: Path
    quarter: Quarter
    echelon: Echelon
    steps: list[Step] = field(default_factory=list)

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self.quarter.seed)

    def run(self) -> None:
        """Walk, day by day."""
        quarter = self.quarter
        day = quarter.first - timedelta(days=quarter.month_lead)
        while day <= quarter.last:
            for step in self._due(day):
                step(day)
            day += timedelta(days=1)
        self._close(day)

    def _due(self, day: date) -> Iterator[Callable[[date], None]]:
        """What is done on a day, in this order."""
        quarter = self.quarter
        if day + timedelta(days=quarter.month_lead) in quarter.starts():
            yield self._month
        ahead = day + timedelta(days=quarter.week_lead)
        if ahead.weekday() == MONDAY and quarter.first <= ahead <= quarter.last:
            yield self._week
        if day >= quarter.first:
            yield from self._during(day)

    def _during(self, day: date) -> Iterator[Callable[[date], None]]:
        asked = (day - self.quarter.first).days // 7 % self.quarter.every_weeks == 0
        if asked and day.weekday() == MONDAY:
            yield self._work_off_the_phones
        if asked and day.weekday() == TUESDAY:
            yield self._swaps
        if day.weekday() in self.quarter.tweaked or day == self.quarter.storm:
            yield self._day

    def _do(self, name: str, day: date, *words: object) -> str:
        """Run a command, which must go well."""
        began = perf_counter()
        told = self.echelon(*words)
        self.steps.append(Step(name, day, perf_counter() - began))
        if told.code:
            raise RuntimeError(f"{day}: echelon {' '.join(map(str, words))}\n{told.err}\n{told.out}")
        return told.out

    def _month(self, day: date) -> None:
        """Points booked, claims granted, leave decided, the month planned, tested, approved and published 月计划."""
        first = day + timedelta(days=self.quarter.month_lead)
        span, at = ("--first", first, "--days", self.quarter.days), _at(day)
        if first > self.quarter.first:
            self._award(day)
            self._claim(day, first)
            self._do("rights", day, "rights", self.folder, *span, "--origin", at, "--at", at)
        leave_wishes(self.folder, first, self.quarter.days, self.quarter.wishing, self._rng)
        self._do("leave", day, "leave", self.folder, *span, "--origin", at, "--grant")
        made = ("--origin", at, "--propose", "--author", "planner", *self.quarter.budget)
        self._do("month plan", day, "plan", self.folder, *span, *made)
        version = self._newest()
        if self.quarter.stress_days:
            tested = ("--version", version, "--days", self.quarter.stress_days, "--replications", self.quarter.replications)
            self._do("stress test", day, "stress", self.folder, *tested, "--fixes", 2)
        for deed in ("approve", "publish"):
            self._do(deed, day, deed, self.folder, version, "--author", "manager")

    def _newest(self) -> str:
        return str(pd.read_csv(self.folder / "versions.csv")["version"].iloc[-1])

    def _award(self, day: date) -> None:
        """Points for what was done since the last plan was made 贡献积分."""
        before = max(self.quarter.first, day - timedelta(days=self.quarter.days))
        for month in sorted({f"{one:%Y-%m}" for one in (before, day - timedelta(days=1))}):
            self._do("award", day, "award", self.folder, "--month", month, "--at", _at(day))

    def _claim(self, day: date, first: date) -> None:
        """Those who hold most points claim what they can pay."""
        for agent, measure, days in claims_of(self.folder, first):
            span = ("--first", days[0], "--last", days[-1])
            self._do("claim", day, "claim", self.folder, agent, measure, *span, "--at", _at(day))

    def _week(self, day: date) -> None:
        """Those who fell ill are out, and the week is adjusted up to the knee of the price list 周调整."""
        monday = day + timedelta(days=self.quarter.week_lead)
        falls_ill(self.folder, monday, self.quarter.ill, self._rng)
        taken = ("--origin", _at(day), "--changes", "knee", "--author", "planner")
        self._do("week adjustment", day, "adjust", self.folder, "--first", monday, *taken)

    def _work_off_the_phones(self, day: date) -> None:
        if (self.folder / "tasks.csv").is_file():
            self._do("off-phone work", day, "off-phone", self.folder, "--at", _at(day, time(0)))

    def _swaps(self, day: date) -> None:
        """Two agents ask to exchange a day of the next week 换班."""
        asked = swap_requests(self.folder, day, self._rng)
        if asked:
            path = self.folder / "requests.jsonl"
            path.write_text("".join(f"{json.dumps(one)}\n" for one in asked), encoding="utf-8")
            self._do("requests", day, "request", self.folder, path, "--at", _at(day))

    def _day(self, day: date) -> None:
        """What is proposed for the rest of the day is accepted, and who is asked agrees 日微调."""
        for look in self.quarter.looks:
            at = _at(day, look)
            self._do("look at the day", day, "propose", self.folder, "--at", at)
            self._do("accept", day, "accept", self.folder, "--all", "--consent", "--at", at)
        if day == self.quarter.storm:
            self._do("warning", day, "warn", self.folder, "--at", _at(day, self.quarter.looks[0]))

    def _close(self, day: date) -> None:
        """The books of the quarter."""
        self._award(day)
        for name in ("fairness", "verify", "certify"):
            self._do(name, day, name, self.folder)
        for first in self.quarter.starts():
            last = first + timedelta(days=self.quarter.days - 1)
            self._do("payroll", day, "payroll", self.folder, "--first", first, "--last", last)


def _at(day: date, moment: time = AT) -> str:
    """A local time of the command line."""
    return datetime.combine(day, moment).isoformat(timespec="minutes")
