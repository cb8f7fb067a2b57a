"""The centre: sites, projects, queues, opening hours and service targets."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from data.model.base import Frozen
from data.model.calendar import SpecialDay
from data.model.people import Contract
from data.model.roster import ShiftTemplate
from data.model.time import Zone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ServiceLevelDefinition = Literal["offered", "answered", "offered_less_short", "answered_or_short", "virtual_wait"]


class Site(Frozen):
    """A place where agents sit.

    Parameters
    ----------
    seats : int or None
        Agents of the site who can be on the phones at once; None = no limit.
    """

    id: str
    name: str
    name_zh: str = ""
    seats: int | None = Field(default=None, ge=0)


class LendingTerms(Frozen):
    """On what terms agents of a project answer for others 跨项目支援.

    Parameters
    ----------
    to : tuple of str
        Projects that it lends to; empty = every other.
    consent : str
        standing (nobody need be asked), asked, or never: it lends to none.
    reply_minutes : int
        How long its owner has to answer; who is asked lends no sooner.
    most_share : float
        Most of its agents on the phones that are lent at once, in [0, 1].
    hour_price : float
        Settled for an hour of an agent, in hours of normal pay.
    """

    to: tuple[str, ...] = ()
    consent: Literal["standing", "asked", "never"] = "asked"
    reply_minutes: int = Field(default=30, ge=0)
    most_share: float = Field(default=0.3, ge=0, le=1)
    hour_price: float = Field(default=1.0, ge=0)


class Project(Frozen):
    """A client's line of business."""

    id: str
    name: str
    name_zh: str = ""
    partner: str = ""
    priority: int = Field(default=1, ge=1, le=9)
    lending: LendingTerms = LendingTerms()

    def lends_to(self, project: str) -> bool:
        """Whether its agents may answer for another project."""
        return project != self.id and self.lending.consent != "never" and project in (self.lending.to or (project,))


class Region(Frozen):
    """An area that is served, such as a province; agents of every site answer its calls.

    Parameters
    ----------
    shares : dict
        Share of the calls of a queue that come from it, by queue, in (0, 1]; a queue that is not named has none.
    """

    id: str
    name: str
    name_zh: str = ""
    shares: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}


class ServiceTarget(Frozen):
    """How well a queue is to be answered.

    Parameters
    ----------
    service_level : float
        Share answered within `threshold_s`, in (0, 1).
    threshold_s : float
        Answer-time threshold in seconds.
    definition : str
        Which of the five service-level definitions is meant (`optimizer.staffing.queueing`).
    max_abandon_rate, max_asa_s, max_occupancy : float or None
        Further targets; None = not set. Occupancy cap in (0, 1].
    min_answer_rate : float or None
        Least answer rate 接通率: answered / offered, blocked calls counted as offered.
    """

    service_level: float = Field(default=0.8, gt=0, lt=1)
    threshold_s: float = Field(default=20, ge=0)
    definition: ServiceLevelDefinition = "offered"
    max_abandon_rate: float | None = Field(default=None, gt=0, le=1)
    max_asa_s: float | None = Field(default=None, gt=0)
    max_occupancy: float | None = Field(default=None, gt=0, le=1)
    min_answer_rate: float | None = Field(default=None, gt=0, lt=1)


class OpeningHours(Frozen):
    """Local opening hours of each weekday; a closing time at or before the opening time is on the next day.

    ``("00:00", "24:00")`` is round the clock; a weekday that is not named is closed.
    """

    hours: dict[str, tuple[str, str]]

    @field_validator("hours")
    @classmethod
    def _readable(cls, hours: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
        for day, span in hours.items():
            if day not in WEEKDAYS:
                raise ValueError(f"unknown weekday {day!r}; expected one of {', '.join(WEEKDAYS)}")
            _ = [_minute_of_day(text) for text in span]
        return hours

    def span(self, day: date) -> tuple[int, int] | None:
        """Opening and closing wall-clock minute of a local day; the close may exceed 1440. None = closed."""
        hours = self.hours.get(WEEKDAYS[day.weekday()])
        if hours is None:
            return None
        first, last = (_minute_of_day(text) for text in hours)
        return first, last if last > first else last + 1440


def _minute_of_day(text: str) -> int:
    if text == "24:00":
        return 1440
    try:
        at = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'{text!r} is no time such as "08:00" or "24:00"; "02:00" as the close is on the next day') from error
    return at.hour * 60 + at.minute


Channel = Literal["call", "chat", "deferred"]


class Queue(Frozen):
    """A stream of calls, chats or deferred work with its own target.

    Parameters
    ----------
    handle_time_s, patience_s : float
        Mean handle time (talk, hold, after-call work) and mean patience in seconds; stated assumptions where the
        history does not measure them.
    handle_time_cv : float
        Coefficient of variation of the handle time, for simulation.
    patience_mix : tuple of (float, float)
        Shares and mean patiences (s) of a hyperexponential patience whose mean is `patience_s`; empty = exponential.
    room : int or None
        Callers who can wait at once; who comes beyond is blocked. None = no limit.
    channel : str
        call, chat (an agent serves `concurrency` at once) or deferred (work orders and callbacks, done by `due_minutes` after
        they came, when calls leave time).
    shrinkage : float
        Share of rostered time not on the phones that the roster does not itself show, whatever the day, in [0, 1); see
        `ShrinkageCause` for causes that the lead time changes.
    min_staff : int
        Least agents on the phones while the queue is open.
    closes_on_holidays : bool
        Whether public holidays are closed days.
    under_cost, over_cost : float
        Cost of one agent missing, or one too many, for one hour.
    """

    id: str
    name: str
    name_zh: str = ""
    project: str
    opening: OpeningHours
    target: ServiceTarget = ServiceTarget()
    handle_time_s: float = Field(gt=0)
    handle_time_cv: float = Field(default=0.95, gt=0, le=5)
    patience_s: float = Field(gt=0)
    patience_mix: tuple[tuple[float, float], ...] = ()
    room: int | None = Field(default=None, ge=0)
    channel: Channel = "call"
    concurrency: int = Field(default=1, ge=1, le=6)
    due_minutes: float | None = Field(default=None, gt=0)
    shrinkage: float = Field(default=0.0, ge=0, lt=1)
    min_staff: int = Field(default=0, ge=0)
    closes_on_holidays: bool = False
    under_cost: float = Field(default=20.0, gt=0)
    over_cost: float = Field(default=2.0, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> "Queue":
        shares, means = [share for share, _ in self.patience_mix], [mean for _, mean in self.patience_mix]
        if shares and (min(*shares, *means) <= 0 or abs(sum(shares) - 1) > 1e-6):
            raise ValueError("patience_mix: shares and mean patiences must be above 0, and the shares sum to 1")
        mean = sum(share * mean for share, mean in self.patience_mix)
        if shares and abs(mean - self.patience_s) > 0.01 * self.patience_s:
            raise ValueError(f"patience_mix has the mean {mean:.1f} s, patience_s says {self.patience_s:.1f} s")
        if self.concurrency > 1 and self.channel != "chat":
            raise ValueError(f"concurrency {self.concurrency} needs the channel chat; {self.channel} is handled one at a time")
        if (self.due_minutes is not None) != (self.channel == "deferred"):
            raise ValueError("due_minutes belongs to the channel deferred, which needs it")
        return self

    @property
    def staffing_patience_s(self) -> float:
        """One over the hazard of patience at zero, seconds: the exponential patience that fits near the threshold.

        References
        ----------
        Zeltyn, Mandelbaum, Call centers with impatient customers: many-server asymptotics of the M/M/n+G queue (2005),
        doi:10.1007/s11134-005-3699-8.
        """
        hazard = sum(share / mean for share, mean in self.patience_mix)
        return 1 / hazard if hazard else self.patience_s


class ShrinkageCause(Frozen):
    """Why rostered agents are not on the phones, and how long before it is known.

    Parameters
    ----------
    share : float
        Share of rostered time lost to it in the long run, in [0, 1).
    known_days : float or None
        Days ahead up to which it is known, and so stands in leave.csv or in the roster; None = it never is.
    fade_days : float
        Beyond `known_days` it comes in as ``1 - exp(-days / fade_days)``; 0 = at once.
    """

    id: str
    name: str = ""
    name_zh: str = ""
    share: float = Field(ge=0, lt=1)
    known_days: float | None = Field(default=None, ge=0)
    fade_days: float = Field(default=0.0, ge=0)


class Routing(Frozen):
    """Which agent takes a call, and which call an agent takes.

    Parameters
    ----------
    agents : str
        fewest_skills, best_skill (for whom the queue stands highest among the skills) or longest_idle; then longest idle.
    calls : str
        longest_wait, best_skill (in the order of the agent's skills) or project_priority; then longest wait.
    overflow_s : float
        Wait in seconds after which a call reaches agents who are not of the first choice; 0 = at once.
    """

    agents: Literal["fewest_skills", "best_skill", "longest_idle"] = "fewest_skills"
    calls: Literal["longest_wait", "best_skill", "project_priority"] = "longest_wait"
    overflow_s: float = Field(default=0.0, ge=0)


class EchelonTier(Frozen):
    """A tier of reserve: who may be called in, how fast, for how long and on what terms.

    Parameters
    ----------
    notice_minutes : int
        From call-out to being on the phones.
    response_minutes : int
        How long a member has to answer before the next in line is asked.
    max_minutes : int
        Longest emergency duty.
    rest_minutes : int
        Least rest after a duty; the rest between shifts of the rulebook holds beside it.
    month_cap : int or None
        Most duties of a member in a calendar month; None = no cap.
    queues : tuple of str
        Queues that the tier may be lent to; empty = every queue the member is skilled for.
    efficiency : float
        Calls handled relative to a regular agent, in (0, 1].
    answer_share : float
        Share of the members asked who are expected to come, in (0, 1] (house choice until drills and call-outs say).
    hour_cost, standby_cost : float
        What an hour of duty, and an hour on standby, costs in hours of normal pay (Labour Law art. 44; standby: house choice).
    least_paid_minutes : int
        A duty is paid as at least so long.
    pay_code : str
        Code under which payroll is told the duty; empty = as overtime.
    points_factor : float
        Contribution points of a duty over those of the plain tariff.
    """

    id: str
    name: str
    name_zh: str = ""
    tier: int = Field(ge=1)
    notice_minutes: int = Field(ge=0)
    response_minutes: int = Field(default=10, gt=0)
    max_minutes: int = Field(gt=0)
    rest_minutes: int = Field(default=0, ge=0)
    month_cap: int | None = Field(default=None, ge=0)
    queues: tuple[str, ...] = ()
    efficiency: float = Field(default=1.0, gt=0, le=1)
    answer_share: float = Field(default=0.8, gt=0, le=1)
    hour_cost: float = Field(default=1.5, ge=0)
    standby_cost: float = Field(default=0.1, ge=0)
    least_paid_minutes: int = Field(default=0, ge=0)
    pay_code: str = ""
    points_factor: float = Field(default=1.0, ge=0)


class Redials(Frozen):
    """Who calls again after giving up, so that first calls and their echo are forecast apart.

    Parameters
    ----------
    probability : float
        That an abandoned caller calls again, in [0, 1).
    persistence : float
        That probability after an abandoned redial, over the one after an abandoned first call; in [0, 1].
    delay_minutes : float
        Mean time until the next call.
    expected_abandonment : float
        Share of the offered calls that is held to be abandoned in the days to come, in [0, 1].
    """

    probability: float = Field(ge=0, lt=1)
    persistence: float = Field(default=1.0, ge=0, le=1)
    delay_minutes: float = Field(default=15.0, gt=0)
    expected_abandonment: float = Field(ge=0, le=1)


class Centre(Frozen):
    """A contact centre as configured: what the folder's ``centre.toml`` and ``shifts.csv`` say.

    Parameters
    ----------
    country : str
        ISO code of the public holidays, such as CN, DE-BY or IT+GB; empty = weekends only.
    special_days : dict
        Days that differ from the country's calendar: a holiday on which the centre answers, a day it gives off.
    regions : tuple of Region
        Areas that are served, with their shares of the calls; what is left over of a queue comes from elsewhere.
    redials : Redials or None
        None = offered calls are forecast as they are.
    shrinkage_causes : tuple of ShrinkageCause
        Of every queue, beside its own `shrinkage`.
    """

    id: str
    name: str
    name_zh: str = ""
    zone: Zone
    country: str = ""
    special_days: dict[date, SpecialDay] = {}
    synthetic: bool = False
    interval_minutes: Literal[5, 6, 10, 12, 15, 20, 30, 60] = 30
    sites: tuple[Site, ...] = ()
    projects: tuple[Project, ...] = ()
    regions: tuple[Region, ...] = ()
    queues: tuple[Queue, ...] = Field(min_length=1)
    contracts: tuple[Contract, ...] = Field(min_length=1)
    shifts: tuple[ShiftTemplate, ...] = Field(min_length=1)
    echelons: tuple[EchelonTier, ...] = ()
    redials: Redials | None = None
    routing: Routing = Routing()
    shrinkage_causes: tuple[ShrinkageCause, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Centre":
        known = {project.id for project in self.projects}
        for queue in self.queues:
            if known and queue.project not in known:
                raise ValueError(f"queue {queue.id!r} names the unknown project {queue.project!r}")
        for project in self.projects:
            if not known.issuperset(project.lending.to):
                raise ValueError(f"project {project.id!r} lends to unknown projects: {sorted({*project.lending.to} - known)}")
        for kind in ("sites", "projects", "regions", "queues", "contracts", "echelons", "shrinkage_causes"):
            ids = [entry.id for entry in getattr(self, kind)]
            if len(ids) != len(set(ids)):
                raise ValueError(f"{kind} hold the same id twice: {sorted(i for i in ids if ids.count(i) > 1)}")
        for queue in self.queues:
            whole = sum(region.shares.get(queue.id, 0.0) for region in self.regions)
            if whole > 1 + 1e-9:
                raise ValueError(f"regions have {whole:.3f} of the calls of {queue.id!r}, more than all of them")
        return self

    def queue(self, queue_id: str) -> Queue:
        """The queue of that id."""
        return next(queue for queue in self.queues if queue.id == queue_id)

    def contract(self, contract_id: str) -> Contract:
        """The contract of that id."""
        return next(contract for contract in self.contracts if contract.id == contract_id)
