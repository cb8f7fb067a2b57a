"""What rosters look like on the wire."""

from datetime import date, datetime, time

from pydantic import BaseModel, Field

from data.model.rulebook import Rhythm
from data.model.version import Chain, State
from data.store.roster_reading import Held


class VersionOut(BaseModel):
    """A version of a roster and how it was made; the version itself is never edited, only its state moves on."""

    version: str = Field(description="Its name, such as v003-week.")
    state: State | None = Field(description="null = it stands aside: it was never proposed.")
    parent: str = Field(description="The version that it changes; empty = it begins a plan.")
    rhythm: Rhythm = Field(description="Which of the three rhythms made it.")
    first: date | None = Field(description="First day that it plans.")
    last: date | None = Field(description="Last day that it plans.")
    by: str = Field(description="Who proposed it.")
    at: datetime | None = Field(description="When it was proposed.")
    reason: str
    agents: int | None = Field(description="How many agents it has; null = no record came with it.")
    status: str = Field(description="How the search ended: optimal, feasible, ...; empty = not told.")
    cost: float | None = Field(description="Penalty in all.")
    costs: dict[str, float] = Field(description="Penalty for each goal and each weighted rule.")
    bound: float | None = Field(description="No roster can cost less; 0 = not computed.")
    gap: float | None = Field(description="Share of the cost that lies above the bound, 0 to 1.")
    origin: dict[str, str] = Field(description="Inputs, parameters, code version and seed that it was made from.")

    @classmethod
    def of(cls, held: Held, chain: Chain) -> "VersionOut":
        """As it stands in the chain."""
        step, record = chain.proposed.get(held.name), held.told
        cost = sum(record.costs.values()) if record and record.costs else None
        bound = record.bound if record else None
        return cls(
            version=held.name,
            state=chain.states.get(held.name),
            parent=step.parent if step else record.parent if record else "",
            rhythm=step.rhythm if step else record.rhythm if record else "month",
            first=step.first if step else None,
            last=step.last if step else None,
            by=step.by if step else "",
            at=step.at if step else None,
            reason=step.reason if step else "",
            agents=len(record.agents) if record else None,
            status=record.status if record else "",
            cost=cost,
            costs=record.costs if record else {},
            bound=bound,
            gap=None if not cost or bound is None else max(0.0, 1 - bound / cost),
            origin=record.origin if record else {},
        )


class DayOut(BaseModel):
    """What an agent does on a day."""

    agent: str
    date: date
    code: str = Field(description="Day symbol: a shift, a leave, or `-` for a day off.")
    start: datetime | None = Field(description="Start of the shift, with the offset of the centre's zone; null = no shift.")
    end: datetime | None
    meal_start: datetime | None
    meal_minutes: int | None = Field(description="Unpaid minutes.")
    break_starts: list[datetime] = Field(description="Starts of the paid breaks.")
    paid_minutes: int | None = Field(default=None, description="Minutes without the meal.")


class ShiftSpan(BaseModel):
    """When shifts of a code usually begin, and how long they last."""

    start: time = Field(description="Wall-clock start.")
    minutes: int = Field(description="Elapsed minutes, meal included.")


class Moved(BaseModel):
    """A shift that begins or ends at another time than its code usually does."""

    agent: str
    date: date
    start: datetime
    end: datetime


class MatrixOut(BaseModel):
    """A version as agents by days: `codes[cells[a][d]]` is what `agents[a]` does on `days[d]`; -1 = it says nothing of that day."""

    version: str
    zone: str = Field(description="Time zone of the centre.")
    agents: list[str]
    days: list[date]
    codes: list[str] = Field(description="Day symbols.")
    cells: list[list[int]]
    shifts: dict[str, ShiftSpan] = Field(description="Those of the codes that are shifts.")
    moved: list[Moved]


class DifferenceOut(BaseModel):
    """A day of an agent that two versions have unlike."""

    agent: str
    date: date
    before: DayOut
    after: DayOut


class BreachOut(BaseModel):
    """A rule broken."""

    rule: str
    agent: str
    first: date
    last: date
    measured: float = Field(description="In the unit of the rule.")
    limit: float
    amount: float = Field(description="How far beyond the limit.")
    message: str


class VerdictOut(BaseModel):
    """What the independent verifier finds in a version: it shares no code with the solver."""

    version: str
    legal: bool = Field(description="No hard rule is broken, and nothing is out of shape.")
    breaches: list[BreachOut] = Field(description="Hard rules broken.")
    priced: list[BreachOut] = Field(description="Weighted rules broken: they cost, and are allowed.")
    faults: list[str] = Field(description="What is no roster at all, or a cost that was claimed wrongly.")
    costs: dict[str, float] = Field(description="Cost of each goal and each weighted rule, computed anew.")


class CoverageOut(BaseModel):
    """An interval of a queue under a version."""

    queue: str
    timestamp: datetime = Field(description="Start of the interval, UTC.")
    calls: float = Field(description="Calls foreseen.")
    required: float = Field(description="Agents needed.")
    rostered: float = Field(description="Agents rostered.")
    service_level: float | None = Field(default=None, description="Share answered in time, 0 to 1.")


class MatrixIn(BaseModel):
    """A whole roster that people, or another system, made out of the one in force: a proposal until it is approved and published.

    Agents and days that are left out stay as the parent has them. A day whose code is that of the parent keeps its times and
    pauses; another one gets those of its shift.
    """

    parent: str = Field(description="The version in force that it changes.")
    reason: str = ""
    agents: list[str] = Field(min_length=1)
    days: list[date] = Field(min_length=1, max_length=400)
    codes: list[str] = Field(min_length=1, max_length=1000)
    cells: list[list[int]] = Field(description="Index into `codes` by agent and day; -1 = as the parent has it.")
    keep: bool = Field(
        default=True, description="Whether later runs keep the days that it changes, as they keep those set by hand."
    )


class Deed(BaseModel):
    """Why something is done."""

    reason: str = Field(default="", max_length=2000)


UNEXPLAINED = Deed()
"""A body that may be left out."""
