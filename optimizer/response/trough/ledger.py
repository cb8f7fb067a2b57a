"""What is owed of off-phone work: taken back or not placed, with its deadline, and who will miss the year's training."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from data.model.offphone import Debt, Placement, Task, TrainingYear
from data.model.time import as_local
from optimizer.response.trough.placement import Placed
from optimizer.response.trough.recall import TakenBack

TRAINING = ("training", "coaching")
"""Kinds of task that count for the yearly minimum of training (house choice)."""


@dataclass(frozen=True)
class Standing:
    """How an agent stands with the year's training.

    Parameters
    ----------
    year : TrainingYear
        Brought up to date.
    expected_minutes : float
        Done at the end of the year at the pace so far.
    placed_minutes : int
        Placed and not done yet.
    short_minutes : float
        Missing to the minimum at the pace so far; 0 = on course.
    """

    year: TrainingYear
    expected_minutes: float
    placed_minutes: int
    short_minutes: float

    @property
    def will_miss(self) -> bool:
        """Whether the minimum is missed at the pace so far, and what is placed does not reach it either."""
        return self.short_minutes > 0 and self.year.done_minutes + self.placed_minutes < self.year.minutes


@dataclass(frozen=True)
class Ledger:
    """What is owed, by task and agent, and everyone's training."""

    debts: tuple[Debt, ...]
    training: tuple[Standing, ...]


def owed(
    tasks: Sequence[Task],
    placed: Placed,
    taken: TakenBack | None = None,
    *,
    now: datetime,
    since: datetime | None = None,
    debts: Sequence[Debt] = (),
    training: Sequence[TrainingYear] = (),
) -> Ledger:
    """The ledger after work was placed, and perhaps taken back.

    Parameters
    ----------
    tasks : sequence of Task
    placed : Placed
    taken : TakenBack or None
        Made from `placed`.
    now, since : datetime
        Pieces that ended after `since` and by `now` are done; without `since` all that ended by now.
    debts : sequence of Debt
        The ledger before: of the tasks of `placed` it is paid or owed anew, of the others it stands.
    training : sequence of TrainingYear
    """
    known, book = {task.id: task for task in tasks}, _Book()
    asked = {task.id for task in placed.tasks}
    for debt in debts:
        left = 0 if debt.task in asked else debt.owed_minutes
        book.add(debt.agent, debt.task, debt.kind, debt.deadline, left, debt.done_minutes, debt.taken_back_minutes)
    for one in placed.unplaced:
        agents, task = one.agents or ("",), known[one.task]
        for agent in agents:
            book.add(agent, task.id, task.kind, one.deadline, one.minutes // len(agents), 0, 0)
    for debt in taken.debts if taken else ():
        book.add(debt.agent, debt.task, debt.kind, debt.deadline, debt.owed_minutes, 0, debt.taken_back_minutes)
    stands = taken.placements if taken else placed.placements
    done = [one for one in stands if one.end <= now and (since is None or one.end > since)]
    for one in done:
        if one.task in known:
            for agent in one.agents:
                book.done(agent, known[one.task], one.minutes)
    ahead = [one for one in stands if one.end > now]
    zone = placed.problem.grid.horizon.zone
    return Ledger(book.debts(), tuple(_standings(training, known, done, ahead, as_local(now, zone).date())))


class _Book:
    """Debts by agent, task and deadline, as they are written down."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str, datetime], Debt] = {}
        self.due: dict[tuple[str, str], datetime] = {}

    def add(self, agent: str, task: str, kind: str, deadline: datetime, minutes: int, done: int, taken: int) -> None:
        """Add to what one agent owes, has done and has had taken back of a task."""
        key = agent, task, deadline
        self.due.setdefault((agent, task), deadline)
        told = self.entries.get(key, Debt.model_validate({"agent": agent, "task": task, "kind": kind, "deadline": deadline}))
        more = {"owed_minutes": minutes, "done_minutes": done, "taken_back_minutes": taken}
        self.entries[key] = told.model_copy(update={name: getattr(told, name) + value for name, value in more.items()})

    def done(self, agent: str, task: Task, minutes: int) -> None:
        """Add to what one agent has done of a task, where it is owed if it is."""
        self.add(agent, task.id, task.kind, self.due.get((agent, task.id), task.deadline), 0, minutes, 0)

    def debts(self) -> tuple[Debt, ...]:
        """All that is owed, was done or was taken back, by deadline."""
        numbers = ("owed_minutes", "done_minutes", "taken_back_minutes")
        told = [debt for debt in self.entries.values() if any(getattr(debt, name) for name in numbers)]
        return tuple(sorted(told, key=lambda debt: (debt.deadline, debt.task, debt.agent)))


def _minutes(placements: Iterable[Placement], tasks: dict[str, Task]) -> dict[str, int]:
    """Minutes of training of each agent."""
    told: dict[str, int] = {}
    for one in placements:
        for agent in one.agents if one.task in tasks and tasks[one.task].kind in TRAINING else ():
            told[agent] = told.get(agent, 0) + one.minutes
    return told


def _standings(
    years: Iterable[TrainingYear], tasks: dict[str, Task], done: Sequence[Placement], ahead: Sequence[Placement], today: date
) -> Iterable[Standing]:
    """Everyone's training at the end of a day."""
    did, will = _minutes(done, tasks), _minutes(ahead, tasks)
    for year in years:
        until = today if year.until < today and today.year == year.until.year else year.until
        new = year.model_copy(update={"until": until, "done_minutes": year.done_minutes + did.get(year.agent, 0)})
        pace = new.at_pace()
        yield Standing(new, pace, will.get(year.agent, 0), max(new.minutes - pace, 0.0))
