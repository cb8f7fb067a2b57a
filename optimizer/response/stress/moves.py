"""What may mend a run of broken intervals, move by move: each lawful by itself, the most helpful moves first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np

from data.model.offphone import Placement
from data.model.request import Overtime
from data.model.stress import MeasureKind
from data.model.time import epoch_minutes, local
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import reserve
from optimizer.response.stress.trial import Help, Run, Trial
from optimizer.rostering.requests import Desk, stand_ins_at
from optimizer.rostering.requests.checks import against
from optimizer.rostering.requests.drafts import Cell, Draft, Place, with_cells
from optimizer.rostering.requests.kinds import kinds


@dataclass(frozen=True)
class Move:
    """One agent who helps.

    Parameters
    ----------
    start, end : datetime
        As in `data.model.stress.Step.spans`.
    minutes : int
        Paid minutes more.
    pay : float
        What one of them costs, in minutes of normal pay.
    cells : mapping of Place to Cell
        What stands on the agent's day then.
    placement : Placement or None
        Work off the phones that is moved to another time.
    helps : Help or None
        Duty of an agent who is called.
    """

    agent: str
    start: datetime
    end: datetime
    minutes: int = 0
    pay: float = 0.0
    cells: Mapping[Place, Cell] = field(default_factory=dict[Place, Cell])
    placement: Placement | None = None
    helps: Help | None = None


@dataclass(frozen=True, eq=False)
class Need:
    """A run that is to be mended, and what stands in the way.

    Parameters
    ----------
    day : date
    first, end : datetime
        Of the run, half-open.
    known : datetime or None
        When it is known; None = when the roster is published.
    busy : frozenset of str
        Agents who help somewhere else already.
    movable : mapping of str to bool
        Whether the work off the phones of a task may be taken back; a task that is not there may.
    """

    trial: Trial
    desk: Desk
    run: Run
    day: date
    first: datetime
    end: datetime
    known: datetime | None
    busy: frozenset[str] = frozenset()
    movable: Mapping[str, bool] = field(default_factory=dict[str, bool])

    @property
    def queue(self) -> str:
        """Queue of the run."""
        return self.trial.forecast.queues[self.run.row]

    @property
    def column(self) -> int:
        """Day of the roster."""
        return self.desk.problem.grid.horizon.index(self.day)

    def early(self, instant: datetime, hours: float = 0.0) -> bool:
        """Whether something that begins at an instant begins with notice enough."""
        return self.known is None or instant >= self.known + timedelta(hours=hours)

    def shared(self, start: datetime, end: datetime) -> float:
        """Minutes of the run that lie in a span."""
        return max(0.0, (min(end, self.end) - max(start, self.first)).total_seconds() / 60)

    def able(self) -> Iterator[Place]:
        """Shifts of agents with the skill on the day, and those of the night before; not of who helps somewhere else."""
        for row, agent in enumerate(self.trial.agents):
            if self.queue in agent.skills and agent.id not in self.busy:
                yield from (place for place in ((row, self.column - 1), (row, self.column)) if self._open(place))

    def _open(self, place: Place) -> bool:
        """Whether a shift may be changed: no day set by hand, none before those tested, and it ends on the day."""
        desk = self.desk
        fixed = place[1] < desk.problem.first_open or (desk.locked is not None and bool(desk.locked[place]))
        return not fixed and desk.roster.start[place] >= 0 and self.span(place)[1] > self.midnight

    @property
    def midnight(self) -> datetime:
        """Start of the day."""
        return local(self.day, time(0), self.desk.problem.grid.horizon.zone)

    def named(self, place: Place) -> tuple[str, date]:
        """Agent and day of a place."""
        return self.desk.agent(place[0]).id, self.desk.day(place[1])

    def span(self, place: Place) -> tuple[datetime, datetime]:
        """Start and end of a shift."""
        span = self.desk.roster.span(*place)
        assert span is not None
        return span

    def lawful(self, draft: Draft) -> bool:
        """Whether nothing speaks against a draft: form, contract, protection and every hard rule."""
        if draft.flaws or not draft.cells:
            return False
        after = with_cells(self.desk.roster, draft.cells)
        return next(iter(against(self.desk, draft, after)), None) is None


def off_phone(need: Need) -> Iterator[Move]:
    """Work placed off the phones, taken out of the run; it is owed then."""
    skilled = {agent.id for agent in need.trial.agents if need.queue in agent.skills}
    for one in need.trial.placements:
        free = need.movable.get(one.task, True) and need.early(one.start)
        if free and need.shared(one.start, one.end) and not skilled.isdisjoint(one.everyone):
            yield Move(one.everyone[0], one.start, one.end, placement=one)


def pauses(need: Need) -> Iterator[Move]:
    """Meals and breaks moved within their windows, out of the run as far as can be."""
    moves = [(gain, place, cell) for place in need.able() for gain, cell in _moved(need, place) if gain > 0]
    for _, place, cell in sorted(moves, key=lambda move: (-move[0], move[1])):
        if need.lawful(Draft({place: cell})):
            yield Move(need.named(place)[0], *_first_moved(need, place, cell), cells={place: cell})


def _moved(need: Need, place: Place) -> Iterator[tuple[float, Cell]]:
    """The best other plan of the pauses of a shift that stands as its template, and the minutes that the run gains."""
    cell = need.desk.cell(*need.named(place))
    template = need.desk.templates[cell.code]
    if cell.minutes != template.minutes or not need.shared(*need.span(place)):
        return
    lengths = (template.meal_minutes, *(rest.minutes for rest in template.breaks))
    stood = (cell.meal, *cell.breaks[: len(template.breaks)])
    start = need.span(place)[0]
    plans = [plan for plan in template.plans if _unbegun(need, start, stood, plan)]
    lost = [_paused(need, start, plan, lengths) for plan in (stood, *plans)]
    best = min(
        range(len(lost)), key=lambda k: (round(lost[k]), sum(abs(a - b) for a, b in zip((stood, *plans)[k], stood, strict=True)))
    )
    if best:
        plan = plans[best - 1]
        yield lost[0] - lost[best], cell._replace(meal=plan[0], breaks=plan[1:])


def _first_moved(need: Need, place: Place, cell: Cell) -> tuple[datetime, datetime]:
    """The first pause that is moved, at its new time."""
    old, begin = need.desk.cell(*need.named(place)), need.span(place)[0]
    pauses = [(cell.meal, old.meal, cell.meal_minutes)]
    pauses += [
        (*pair, rest.minutes) for *pair, rest in zip(cell.breaks, old.breaks, need.desk.templates[cell.code].breaks, strict=False)
    ]
    at, minutes = next((now, length) for now, was, length in pauses if now != was)
    return begin + timedelta(minutes=at), begin + timedelta(minutes=at + minutes)


def _unbegun(need: Need, start: datetime, stood: tuple[int, ...], plan: tuple[int, ...]) -> bool:
    """Whether only pauses move that are still to come, to times still to come."""
    changed = (edge for pair in zip(stood, plan, strict=True) if pair[0] != pair[1] for edge in pair)
    times = [(edge, start + timedelta(minutes=edge)) for edge in changed]
    return all(edge >= 0 and at >= need.midnight and need.early(at) for edge, at in times)


def _paused(need: Need, start: datetime, plan: tuple[int, ...], lengths: tuple[int, ...]) -> float:
    """Minutes of the run in pauses."""
    begun = ((start + timedelta(minutes=at), length) for at, length in zip(plan, lengths, strict=True) if at >= 0)
    return sum(need.shared(at, at + timedelta(minutes=length)) for at, length in begun)


def overtime(need: Need) -> Iterator[Move]:
    """Shifts made longer into the run at one end, those first who need not stay for long before it begins."""
    policy = need.trial.policy
    asks = [(*ask, len(need.trial.agents[place[0]].skills)) for place in need.able() for ask in _longer(need, place)]
    seen = set[str]()
    for _, ask, _ in sorted(asks, key=lambda one: (one[0], one[2], one[1].agent)):
        draft = next(iter(kinds()["overtime"].drafts(need.desk, ask)))
        if ask.agent not in seen and need.lawful(draft):
            seen.add(ask.agent)
            (place,) = draft.cells
            start, end = need.span(place)
            longer = timedelta(minutes=ask.minutes)
            span = (start - longer, end) if ask.before else (start, end + longer)
            yield Move(ask.agent, *span, ask.minutes, policy.overtime_pay, draft.cells)


def _longer(need: Need, place: Place) -> Iterator[tuple[float, Overtime]]:
    """Longest useful overtime at each end of a shift, and half of it, with what a minute in the run costs less one for each."""
    (start, end), minutes = need.span(place), need.trial.forecast.grid.minutes
    after = _minutes(need.end - end) if need.first < need.end and end < need.end else 0
    before = _minutes(start - need.first) if start > need.first else 0
    for wanted, early in ((after, False), (before, True)):
        most = min(wanted, need.trial.policy.overtime_day_minutes) // minutes * minutes
        for length in dict.fromkeys(n // minutes * minutes for n in (most, most // 2)):
            span = (start - timedelta(minutes=length), start) if early else (end, end + timedelta(minutes=length))
            gained = need.shared(*span)
            notice = need.trial.policy.change_notice_hours if early else 0.0
            if length and gained and need.early(span[0], notice):
                ask = Overtime(
                    id="stress",
                    agent=need.named(place)[0],
                    day=need.named(place)[1],
                    minutes=length,
                    before=early,
                    made_at=need.desk.now,
                )
                yield length / gained - gained / 10_000, ask


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def call_out(need: Need) -> Iterator[Move]:
    """Members of the echelons, tier by tier, from when they can come to the end of the run or of the longest duty."""
    trial, grid = need.trial, need.trial.forecast.grid
    slot, step = epoch_minutes(need.first), grid.minutes
    problem = need.desk.problem
    members = reserve(trial.agents, need.desk.roster, problem.absences, shifts=problem.centre.shifts, balances=problem.balances)
    limits, free = Limits.of(problem.rulebook), np.array([one.id not in need.busy for one in members.agents], dtype=np.bool_)
    for tier in sorted(trial.centre.echelons, key=lambda one: (one.tier, one.id)):
        ready = 0 if need.known is None else epoch_minutes(need.known) + tier.notice_minutes - slot
        start = max(0, -(-ready // step))
        end = min(need.run.end - need.run.first, start + tier.max_minutes // step)
        span = Span(slot + start * step, slot + end * step, grid.horizon.zone)
        rows = members.members(tier)
        rows = rows[free[rows] & (end > start)]
        able = rows[
            members.causes(rows, tier, need.queue, span, limits.lifted(span.minutes > trial.policy.overtime_day_minutes)) == 0
        ]
        for agent in (members.agents[row] for row in members.ranked(able, span).tolist()):
            on_phones = tier.efficiency * agent.efficiency * (1 - trial.pausing)
            helps = Help(need.queue, need.run.first + start, need.run.first + end, 1, on_phones)
            at = need.first + timedelta(minutes=start * step)
            length = span.end - span.start
            yield Move(agent.id, at, at + timedelta(minutes=length), length, tier.hour_cost, helps=helps)


def shift(need: Need) -> Iterator[Move]:
    """One more shift, as one that is in the roster and covers most of the run, by agents who are off: stand-ins without a gap."""
    places = [place for place in need.able() if need.shared(*need.span(place))]
    if not places:
        return
    model = max(places, key=lambda place: (need.shared(*need.span(place)), -place[0]))
    if not need.early(need.span(model)[0], need.trial.policy.shift_notice_hours):
        return
    cell, pay = need.desk.cell(*need.named(model)), need.trial.policy.shift_pay
    taken = {agent.id: {(row, model[1]): cell} for row, agent in enumerate(need.trial.agents)}
    skilled = {agent.id for agent in need.trial.agents if need.queue in agent.skills}
    for one in stand_ins_at(need.desk, *need.named(model), most=MOST_STAND_INS).best:
        if one.agent in skilled and one.agent not in need.busy:
            yield Move(one.agent, *need.span(model), cell.minutes - cell.meal_minutes, pay, taken[one.agent])


MOST_STAND_INS = 12
"""Agents who are looked at for one more shift in a run (house choice: the verifier confirms each)."""

MEASURES: Mapping[MeasureKind, Callable[[Need], Iterator[Move]]] = {
    "off_phone": off_phone,
    "pauses": pauses,
    "overtime": overtime,
    "call_out": call_out,
    "shift": shift,
}
"""In the order of cost: nothing, nothing, an hour and a half for each hour of the run, two, and twice a whole shift."""


def sharing(need: Need) -> int:
    """Agents on shift in the run who answer another queue first and this one too: the simulation lends them already."""
    on_shift = [place[0] for place in need.able() if need.shared(*need.span(place))]
    return int(np.sum([need.trial.agents[row].skills[0] != need.queue for row in on_shift], dtype=np.int64))
