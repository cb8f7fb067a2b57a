"""What an emergency duty is, and what the hard rules ask of whoever does it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.roster import night_minutes
from data.model.rulebook import Rulebook
from data.model.time import TimeGrid
from optimizer.rostering.rules import params_of


@dataclass(frozen=True, slots=True)
class Span:
    """A possible emergency duty, in epoch minutes, half-open; `zone` says which local days it touches."""

    start: int
    end: int
    zone: str

    @classmethod
    def of(cls, grid: TimeGrid, first: int, end: int) -> "Span":
        """Slots of a grid as a possible duty."""
        start = int(grid.day_start_minutes[0])
        return cls(start + first * grid.minutes, start + end * grid.minutes, grid.horizon.zone)

    @property
    def minutes(self) -> int:
        """Length."""
        return self.end - self.start

    @property
    def local_start(self) -> datetime:
        """Start on the wall clock."""
        return datetime.fromtimestamp(self.start * 60, UTC).astimezone(ZoneInfo(self.zone))

    @property
    def days(self) -> tuple[date, ...]:
        """Local days touched."""
        last = datetime.fromtimestamp(self.end * 60 - 1, UTC).astimezone(ZoneInfo(self.zone)).date()
        first = self.local_start.date()
        return tuple(first + timedelta(days=d) for d in range((last - first).days + 1))

    @property
    def night(self) -> bool:
        """Whether any of it is night work."""
        return night_minutes(self.local_start.hour * 60 + self.local_start.minute, self.minutes) > 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the hard rules ask of whoever is called: the strictest of their numbers, whomever and whenever they bind.

    Parameters
    ----------
    rest_minutes : int
        Least rest between a duty and the shifts or duties beside it.
    free_days : int
        Least days without a shift from Monday to Sunday.
    run_days : int or None
        Most days of work in a row; None = no limit, as of the numbers below.
    day_minutes, month_minutes : int or None
        Most overtime on a day, and in a calendar month.

    References
    ----------
    Labour Law arts. 38, 41; rest and runs: the rulebook.
    """

    rest_minutes: int = 0
    free_days: int = 0
    run_days: int | None = None
    day_minutes: int | None = None
    month_minutes: int | None = None

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Limits":
        """Limits that a rulebook sets."""
        rests = _numbers(rulebook, "rest_between_shifts", "rest_minutes")
        free = _numbers(rulebook, "days_off", "min_days", period="week")
        runs = _numbers(rulebook, "run_length", "max_days", of="work")
        day, month = (_numbers(rulebook, "overtime", name) for name in ("max_day_minutes", "max_month_minutes"))
        least = (min(numbers, default=None) for numbers in (runs, day, month))
        return cls(max(rests, default=0), max(free, default=0), *least)

    def lifted(self, approved: bool) -> "Limits":
        """Without those of overtime if a named person approves (Labour Law art. 42); rest and protections stay."""
        return replace(self, day_minutes=None, month_minutes=None) if approved else self


def _numbers(rulebook: Rulebook, kind: str, name: str, **given: str) -> list[int]:
    """One number of all hard rules of a kind."""
    held = [params_of(rule) for rule in rulebook.rules if rule.hard and rule.kind == kind]
    fitting = [params for params in held if all(getattr(params, key) == value for key, value in given.items())]
    return [number for params in fitting if (number := getattr(params, name)) is not None]
