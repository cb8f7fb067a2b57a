"""Stress tests of a roster: what may go otherwise than forecast, what counts as a break, and what mends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from data.model.base import Frozen

MeasureKind = Literal["off_phone", "pauses", "overtime", "call_out", "shift"]
"""What mends a break, the cheapest first: work off the phones and pauses moved, overtime, an echelon, one more shift."""

AS_FORECAST = "as_forecast"
"""Name of the scenario in which nothing goes otherwise than forecast."""


class _Shock(Frozen):
    """What all shocks have in common.

    Parameters
    ----------
    first, last : date or None
        Days on which it acts, each of them alike; None = from the first, to the last day tested.
    notice_minutes : int or None
        How long before an interval breaks it is known, and help can be called; None = when the roster is published.
    """

    first: date | None = None
    last: date | None = None
    notice_minutes: int | None = Field(default=None, ge=0)

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first")
        if first is not None and last is not None and last < first:
            raise ValueError(f"a day not before the first, {first}")
        return last

    def holds(self, day: date) -> bool:
        """Whether it acts on a day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class _OnQueues(_Shock):
    """A shock that meets some queues at some time of each day.

    Parameters
    ----------
    queues : tuple of str
        Empty = all.
    start, end : time or None
        Local time of day, half-open; None = from, to midnight.
    """

    queues: tuple[str, ...] = ()
    start: time | None = None
    end: time | None = None

    @field_validator("end")
    @classmethod
    def _after_the_start(cls, end: time | None, info: ValidationInfo) -> time | None:
        start = info.data.get("start")
        if start is not None and end is not None and end <= start:
            raise ValueError(f"a time after the start, {start:%H:%M}")
        return end


class MoreAbsence(_Shock):
    """More agents do not come than usual.

    Parameters
    ----------
    share : float
        Share of all agents of a day who are absent beyond the usual ones, in [0, 1].
    """

    kind: Literal["absence"] = "absence"
    share: float = Field(ge=0, le=1)
    notice_minutes: int | None = Field(default=60, ge=0)


class LongerCalls(_OnQueues):
    """Handle time drifts.

    Parameters
    ----------
    more : float
        Relative growth, 0.1 = ten per cent longer; above -1.
    """

    kind: Literal["handle_time"] = "handle_time"
    more: float = Field(gt=-1, le=10)


class MoreCalls(_OnQueues):
    """More calls come.

    Parameters
    ----------
    more : float
        Relative growth, 0.1 = ten per cent more; at least -1.
    """

    kind: Literal["volume"] = "volume"
    more: float = Field(ge=-1, le=50)


class Storm(_Shock):
    """A front of calls that fades within hours, on each of its days.

    Parameters
    ----------
    queues : tuple of str
        Empty = the queue with most calls.
    at : time
        Local time of day at which it begins.
    times : float
        Calls at the height of it, over those that are due; at least 1.
    front_minutes, decay_minutes : float
        Time constants of front and fading, as in `forecasting.surge.SurgeModel`.
    """

    kind: Literal["storm"] = "storm"
    queues: tuple[str, ...] = ()
    at: time
    times: float = Field(ge=1, le=100)
    front_minutes: float = Field(default=20.0, gt=0)
    decay_minutes: float = Field(default=180.0, gt=0, le=1440)
    notice_minutes: int | None = Field(default=0, ge=0)


class SlowSystem(_OnQueues):
    """The system is slow: every contact takes longer by the same time.

    Parameters
    ----------
    seconds : float
        Added to the mean handle time.
    """

    kind: Literal["system_slow"] = "system_slow"
    seconds: float = Field(ge=0, le=3600)
    notice_minutes: int | None = Field(default=0, ge=0)


Shock = Annotated[MoreAbsence | LongerCalls | MoreCalls | Storm | SlowSystem, Field(discriminator="kind")]
"""A shock of any kind, told apart by ``kind``."""


class Scenario(Frozen):
    """What goes otherwise than forecast, all at once.

    Parameters
    ----------
    shocks : tuple of Shock
        Empty = as forecast.
    """

    title: str = ""
    title_zh: str = ""
    shocks: tuple[Shock, ...] = ()

    def named(self, name: str, *, zh: bool = False) -> str:
        """Its title in English or Chinese, or the best there is; `name` without any."""
        return (self.title_zh if zh else "") or self.title or name

    @property
    def notice_minutes(self) -> int | None:
        """Of the shock that is known latest; None = all are known when the roster is published."""
        return min((shock.notice_minutes for shock in self.shocks if shock.notice_minutes is not None), default=None)

    @property
    def queues(self) -> tuple[str, ...]:
        """Queues that shocks name, each once."""
        return tuple(dict.fromkeys(queue for shock in self.shocks if not isinstance(shock, MoreAbsence) for queue in shock.queues))


class StressBook(Frozen):
    """Scenarios by name: those of the house unless a file says others (house choice; editable).

    The storm is that of a fault that many feel at once; calls triple at its height (reported: two to four times a normal day).
    """

    scenarios: dict[str, Scenario] = {
        "absence": Scenario(title="5 % more absent", title_zh="缺勤增加 5%", shocks=(MoreAbsence(share=0.05),)),
        "flu": Scenario(title="15 % more absent", title_zh="流感：缺勤增加 15%", shocks=(MoreAbsence(share=0.15),)),
        "handle_time": Scenario(title="calls 10 % longer", title_zh="通话时长增加 10%", shocks=(LongerCalls(more=0.1),)),
        "volume": Scenario(title="10 % more calls", title_zh="来话增加 10%", shocks=(MoreCalls(more=0.1),)),
        "storm": Scenario(title="calls x 3 from 15:00", title_zh="15:00 起来话三倍", shocks=(Storm(at=time(15), times=3.0),)),
        "system_slow": Scenario(
            title="60 s longer from 10:00 to 12:00",
            title_zh="10:00 至 12:00 系统缓慢，每通增加 60 秒",
            shocks=(SlowSystem(seconds=60.0, start=time(10), end=time(12)),),
        ),
    }


class StressPolicy(Frozen):
    """What counts as a break, and what help costs (house choice; editable).

    Parameters
    ----------
    chance : float
        An interval breaks if it misses its target in more than this share of the replications, in [0, 1): as for a blue warning.
    least_minutes : int
        Shorter intervals are judged together, at least so long.
    least_calls : float
        Intervals are judged together until so many calls are due, so that small queues do not flicker.
    overtime_day_minutes : int
        Longest overtime of an agent on a day (Labour Law art. 41: three hours).
    overtime_pay, shift_pay : float
        What an hour costs, in hours of normal pay: overtime, and a shift on a day off (Labour Law art. 44); a call-out:
        `EchelonTier.hour_cost`.
    change_notice_hours, shift_notice_hours : float
        Least notice of a shift that begins earlier, and of a shift on a day off.
    """

    chance: float = Field(default=0.65, ge=0, lt=1)
    least_minutes: int = Field(default=30, ge=1, le=1440)
    least_calls: float = Field(default=20.0, ge=0)
    overtime_day_minutes: int = Field(default=180, ge=0, le=180)
    overtime_pay: float = Field(default=1.5, ge=1)
    shift_pay: float = Field(default=2.0, ge=1)
    change_notice_hours: float = Field(default=0.5, ge=0)
    shift_notice_hours: float = Field(default=24.0, ge=0)


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of help, as little of it as it takes.

    Parameters
    ----------
    agents : tuple of str
        Whom it moves or calls.
    spans : tuple of (datetime, datetime)
        For each of them: the shift that is longer or new, the duty, the meal or the work at its new time or that is given up.
    minutes : int
        Paid minutes more, of all of them.
    cost_hours : float
        The same in hours of normal pay.
    chance : float
        Highest chance in the run with this step and those before it.
    """

    kind: MeasureKind
    agents: tuple[str, ...]
    spans: tuple[tuple[datetime, datetime], ...]
    minutes: int
    cost_hours: float
    chance: float


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a run of broken intervals, or how near it comes.

    Parameters
    ----------
    cured : bool
        Whether no interval of the run breaks with the steps in, by the same replications.
    steps : tuple of Step
        In the order of cost; none if it is cured by what mends another run of the day.
    failed : dict
        Measures that do not cure it, each with the cause: nobody (none is lawful and in time), no_gain or not_enough.
    sharing : int
        Agents on shift who answer other queues first, and this one too: they are lent already.
    chance, service_level : float
        Of the run afterwards.
    """

    cured: bool
    steps: tuple[Step, ...]
    failed: dict[MeasureKind, str]
    sharing: int
    chance: float
    service_level: float

    @property
    def cost_hours(self) -> float:
        """Cost of all steps, hours of normal pay."""
        return sum(step.cost_hours for step in self.steps)


@dataclass(frozen=True, slots=True)
class Broken:
    """A run of intervals of a queue that break in a scenario.

    Parameters
    ----------
    start, end : datetime
        Half-open.
    chance : float
        Share of the replications in which the worst interval misses its target.
    service_level, target : float
        Service level of the run over all replications.
    missing : int
        Agents on the phones who would mend it, for this queue alone and all along.
    lost_calls : float
        Calls lost in a mean replication.
    worst : int
        Replication with the least service level, from 0; `worst_level` is that.
    usual_chance : float
        Chance of the worst interval as forecast.
    fix : Fix or None
        None = none was looked for.
    """

    scenario: str
    queue: str
    start: datetime
    end: datetime
    chance: float
    service_level: float
    target: float
    missing: int
    lost_calls: float
    worst: int
    worst_level: float
    usual_chance: float
    fix: Fix | None = None


@dataclass(frozen=True)
class Outcome:
    """How a roster fares in a scenario.

    Parameters
    ----------
    service_levels, targets, abandon_rates : dict
        By queue, over all days and replications.
    lost_calls : float
        A day, of all queues.
    occupancy : float
        Share of the time on duty spent on contacts.
    days_broken : int
        Days, of `days`, that have a broken interval.
    """

    scenario: str
    service_levels: dict[str, float]
    targets: dict[str, float]
    abandon_rates: dict[str, float]
    lost_calls: float
    occupancy: float
    days_broken: int
    days: int
    broken: Sequence[Broken]
