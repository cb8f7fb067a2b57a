"""Daily tweak 日微调 as proposals: what could still be done to the rest of a day, one act for one agent or one group each.

Pauses and overtime are what the day search changes (`optimizer.rostering.search.day`), off-phone work what traffic takes back,
call-ins what the echelons are called for, early leave what nobody would miss. Each act is judged alone, on the roster as it
stands: its effect holds whatever becomes of the others, and no hard rule breaks if it is taken, tomorrow's shift included.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from data.model.base import IntArray
from data.model.centre import EchelonTier
from data.model.offphone import Placement
from data.model.proposal import COSTLY, CellChange, Kind, Piece, Proposal, ProposalPolicy, Stood
from data.model.request import Effect
from data.model.response import Activation
from data.model.roster import Roster
from data.model.time import epoch_minutes
from optimizer.response.tweak import wording
from optimizer.response.tweak.effect import Rest, rest_of_day, saved, worst_between, worst_of
from optimizer.response.tweak.signal import Signal
from optimizer.rostering.requests.checks import against
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Cell, Draft, Place, cell_of, with_cells
from optimizer.rostering.requests.service import touched

Texts = tuple[str, str]
"""English and Chinese."""

WORSE = 0.005
"""Growth of the chance in the worst interval from which an act is not proposed (house choice: what would show as one per cent)."""


@dataclass(frozen=True, eq=False)
class Look:
    """A moment of a day that is under way.

    Parameters
    ----------
    desk : Desk
        Against what is known of the day now; `first_open` is the day, and who does other work is not present.
    policy : ProposalPolicy
    signals : tuple of Signal
        Of each queue of the requirement.
    held : frozenset of str
        Agents who are not asked.
    work : tuple of Placement
        Off-phone work that stands; nobody's day is changed around it.
    """

    desk: Desk
    policy: ProposalPolicy
    signals: tuple[Signal, ...]
    held: frozenset[str] = frozenset()
    work: tuple[Placement, ...] = ()

    @property
    def day(self) -> int:
        """The day."""
        return self.desk.problem.first_open

    @property
    def earliest(self) -> int:
        """Epoch minute before which nothing is changed."""
        return epoch_minutes(self.desk.now) + self.policy.notice_minutes

    def signal(self, row: int, *, more: bool) -> Signal | None:
        """The signal of the agent's queues that lets them be asked for more, or for less: one for more, but all for less."""
        mine = [
            s for s, able in zip(self.signals, self.desk.problem.group_mask[self.desk.problem.group_of[row]], strict=True) if able
        ]
        if more:
            return max((s for s in mine if s.more), key=lambda s: s.sustained, default=None)
        return max(mine, key=lambda s: s.highest) if mine and all(s.less for s in mine) else None

    def instant(self, minute: int) -> datetime:
        """Local time of an epoch minute."""
        return datetime.fromtimestamp(60 * minute, UTC).astimezone(self.desk.problem.grid.horizon.start.tzinfo)

    def expires(self, start: int, notice: int = 0) -> datetime:
        """Last moment to accept what begins at an epoch minute, with the notice of the policy or a longer one."""
        last = start - max(self.policy.notice_minutes, notice)
        return self.instant(min(last, epoch_minutes(self.desk.now) + self.policy.expiry_minutes))


@dataclass(frozen=True, eq=False)
class Act:
    """A proposal in the making.

    Parameters
    ----------
    span : (int, int)
        Epoch minutes between which something is other than it stands.
    texts : (str, str)
        What is done.
    slots, grown : arrays
        As of `optimizer.rostering.requests.service.touched`.
    """

    kind: Kind
    agents: tuple[str, ...]
    span: tuple[int, int]
    texts: Texts
    slots: IntArray
    grown: IntArray
    cells: dict[Place, Cell]
    why: Signal | None = None
    effect: Effect | None = None
    queue: str = ""
    piece: Piece | None = None
    expires_at: datetime | None = None


def span_of(desk: Desk, place: Place, before: Cell, after: Cell) -> tuple[int, int]:
    """First and last epoch minute at which a day differs."""
    old, new = (_edges(desk, place, cell) for cell in (before, after))
    ends = [minute for name in old.keys() | new.keys() if old.get(name) != new.get(name) for minute in _both(old, new, name)]
    return min(ends), max(ends)


def _both(old: dict[str, tuple[int, ...]], new: dict[str, tuple[int, ...]], name: str) -> tuple[int, ...]:
    return (*old.get(name, ()), *new.get(name, ()))


def _edges(desk: Desk, place: Place, cell: Cell) -> dict[str, tuple[int, ...]]:
    """Epoch minutes at which the shift begins, ends, and its pauses begin and end."""
    if not cell.worked:
        return {}
    begin = epoch_minutes(desk.roster.instant(place[1], cell.start))
    rests = desk.templates[cell.code].breaks
    pauses = [(cell.meal, cell.meal_minutes), *((at, rest.minutes) for at, rest in zip(cell.breaks, rests, strict=False))]
    held = {f"pause {k}": (begin + at, begin + at + length) for k, (at, length) in enumerate(pauses) if at >= 0}
    return {"start": (begin,), "end": (begin + cell.minutes,)} | held


def roster_acts(look: Look, better: Roster) -> Iterator[Act]:
    """Pauses moved and overtime: what another roster has on the day. Agents of one group with the same act are one proposal.

    Parameters
    ----------
    better : Roster
        In the codes of the desk's roster; differs on the day alone.
    """
    desk, alike = look.desk, defaultdict[tuple[int, Cell, Cell], list[int]](list)
    for row, one in enumerate(desk.problem.agents):
        before, after = cell_of(desk.roster, (row, look.day)), cell_of(better, (row, look.day))
        if before != after and before.worked and after.worked and one.id not in look.held and not desk.leave((row, look.day)):
            alike[int(desk.problem.group_of[row]), before, after].append(row)
    for (_, before, after), rows in alike.items():
        if before.minutes == after.minutes:
            yield cell_act(look, "pause", rows, before, after, _pauses_moved(look, rows[0], before, after))
        else:
            yield from _overtime(look, rows, before, after)


def _overtime(look: Look, rows: Sequence[int], before: Cell, after: Cell) -> Iterator[Act]:
    """Each agent alone, since each must agree; nobody whom the two-interval rule leaves alone."""
    for row in rows:
        why = look.signal(row, more=True)
        if why is not None and after.minutes > before.minutes:
            yield cell_act(look, "overtime", [row], before, after, other_end(look, row, before, after), why)


def cell_act(
    look: Look, kind: Kind, rows: Sequence[int], before: Cell, after: Cell, texts: Texts, why: Signal | None = None
) -> Act:
    """An act that makes one cell of another for some agents on the day."""
    desk = look.desk
    cells = {(row, look.day): after for row in rows}
    slots, grown = touched(desk, Draft(cells), with_cells(desk.roster, cells))
    agents = tuple(desk.agent(row).id for row in rows)
    return Act(kind, agents, span_of(desk, (rows[0], look.day), before, after), texts, slots, grown, cells, why)


def _pauses_moved(look: Look, row: int, before: Cell, after: Cell) -> Texts:
    old, new = (_edges(look.desk, (row, look.day), cell) for cell in (before, after))
    moved = [
        (k, look.instant(old[name][0]), look.instant(new[name][0]))
        for k, name in enumerate(f"pause {k}" for k in range(1 + len(before.breaks)))
        if name in old and name in new and old[name] != new[name]
    ]
    en, zh = (wording.pauses_text(moved, tongue) for tongue in wording.TONGUES)
    return en, zh


def other_end(look: Look, row: int, before: Cell, after: Cell) -> Texts:
    """That a shift ends at another time."""
    was, now = (look.instant(_edges(look.desk, (row, look.day), cell)["end"][0]) for cell in (before, after))
    en, zh = (wording.until_text(was, now, tongue) for tongue in wording.TONGUES)
    return en, zh


def activity_acts(look: Look, taken: Sequence[tuple[Placement, datetime, int]]) -> Iterator[Act]:
    """Off-phone work taken back: pieces, when their people are back, and minutes of work lost by each."""
    desk = look.desk
    for placement, back, lost in taken:
        first, end = (epoch_minutes(at) for at in (back, placement.end))
        if first < look.earliest or not look.held.isdisjoint(placement.everyone):
            continue
        slots, grown = _presence(desk, placement.everyone, first, end)
        en, zh = (wording.activity_text(placement.task, look.instant(first), lost, tongue) for tongue in wording.TONGUES)
        piece = Piece(placement=placement, back=back, lost_minutes=lost)
        yield Act("activity", placement.everyone, (first, end), (en, zh), slots, grown, {}, piece=piece)


def _presence(desk: Desk, agents: Sequence[str], first: int, end: int) -> tuple[IntArray, IntArray]:
    """Agents back on the phones from one epoch minute to another."""
    grid, problem = desk.problem.grid, desk.problem
    origin = int(grid.day_start_minutes[problem.first_open])
    slots = np.arange((first - origin) // grid.minutes, -(-(end - origin) // grid.minutes))
    grown = np.zeros((len(problem.groups), len(slots)), dtype=np.int64)
    for agent in agents:
        grown[problem.group_of[problem.index[agent]]] += 1
    return slots, grown


def call_in_acts(look: Look, activation: Activation, tier: EchelonTier, cells: Sequence[tuple[int, Cell]]) -> Iterator[Act]:
    """Members of an echelon who are called in, each alone, since each must agree.

    Parameters
    ----------
    tier : EchelonTier
        A member counts for its efficiency of an agent on the queue.
    cells : sequence of (int, Cell)
        Rows of the members, and their duties as shifts.
    """
    desk = look.desk
    queue = desk.problem.requirement.queues.index(activation.queue)
    for row, cell in cells:
        before = cell_of(desk.roster, (row, look.day))
        span = span_of(desk, (row, look.day), before, cell)
        start, end = (look.instant(minute) for minute in span)
        en, zh = (wording.call_in_text(activation.echelon, cell.code, start, end, tongue) for tongue in wording.TONGUES)
        act = cell_act(look, "call_in", [row], before, cell, (en, zh), look.signals[queue])
        here = desk.flow(act.slots, desk.present[:, act.slots]).served.T.astype(np.float64)
        there = here.copy()
        there[queue] += tier.efficiency * act.grown.sum(axis=0)
        effect, expires = worst_between(desk, act.slots, here, there), look.expires(span[0], tier.notice_minutes)
        yield replace(act, queue=activation.queue, expires_at=expires, effect=effect)


def kept(look: Look, acts: Iterable[Act]) -> tuple[Act, ...]:
    """The acts that help, keep every hard rule and can still be carried out with notice; each with its effect."""
    timely = [act for act in acts if act.span[0] >= look.earliest and _expires(look, act) >= look.desk.now]
    timely = [act for act in timely if not act.cells or at_work(look.work, act.agents, act.span) is None]
    told = [replace(act, effect=act.effect or _effect(look.desk, act)) for act in timely]
    return tuple(act for act in told if _helps(look.desk, act) and not forbidden(look.desk, act.cells))


def at_work(work: Iterable[Placement], agents: Sequence[str], span: tuple[int, int]) -> Placement | None:
    """Off-phone work of some of the agents between two epoch minutes."""
    mine = (one for one in work if not set(agents).isdisjoint(one.everyone))
    return next((one for one in mine if epoch_minutes(one.start) < span[1] and span[0] < epoch_minutes(one.end)), None)


def _effect(desk: Desk, act: Act) -> Effect | None:
    return worst_of(desk, desk.present, act.slots, act.grown) if act.slots.size else None


def _helps(desk: Desk, act: Act) -> bool:
    """Whether an act saves coverage and makes the worst interval that it touches no worse.

    Early leave saves nothing, as whoever is asked was found to be missed by nobody; nor does an instruction.
    """
    if act.kind in ("early_leave", "queue"):
        return True
    worse = act.effect is not None and act.effect.added_chance > WORSE
    return not worse and saved(desk, desk.present, act.slots, act.grown) > 0


def forbidden(desk: Desk, cells: Mapping[Place, Cell]) -> bool:
    """Whether a hard rule, a protection, a contract or a lock speaks against some cells."""
    return bool(cells) and any(True for _ in against(desk, Draft(cells), with_cells(desk.roster, cells)))


def _expires(look: Look, act: Act) -> datetime:
    return act.expires_at or look.expires(act.span[0])


def proposal_of(look: Look, act: Act, version: str) -> Proposal:
    """An act as a proposal that has no id yet."""
    desk = look.desk
    effect = act.effect
    en, zh = (
        wording.reason_text(act.agents, text, effect, wording.signal_text(act.why, tongue) if act.why else "", tongue)
        for tongue, text in zip(wording.TONGUES, act.texts, strict=True)
    )
    changes = tuple(_change(desk, place, cell) for place, cell in act.cells.items())
    return Proposal(
        id="new",
        kind=act.kind,
        made_at=desk.now,
        version=version,
        agents=act.agents,
        queue=act.queue or ("" if effect is None else effect.queue),
        start=look.instant(act.span[0]),
        end=look.instant(act.span[1]),
        paid_minutes=sum(_paid(one.after) - _paid(one.before) for one in changes),
        effect=effect,
        changes=changes,
        piece=act.piece,
        rules=_rules_binding(desk, act.cells),
        expires_at=_expires(look, act),
        reason=en,
        reason_zh=zh,
    )


def _rules_binding(desk: Desk, cells: Mapping[Place, Cell]) -> int:
    """Hard rules that bind the agents of some cells."""
    return len({spec.id for row, _ in cells for spec in desk.problem.binding(desk.agent(row)) if spec.hard})


def _change(desk: Desk, place: Place, cell: Cell) -> CellChange:
    before = cell_of(desk.roster, place)
    stood = (Stood.model_validate(one._asdict()) for one in (before, cell))
    return CellChange(agent=desk.agent(place[0]).id, day=desk.day(place[1]), before=next(stood), after=next(stood))


def _paid(stood: Stood) -> int:
    return stood.minutes - stood.meal_minutes if stood.start >= 0 else 0


def compatible(look: Look, acts: Sequence[Act]) -> tuple[Act, ...]:
    """The acts of `kept` that still save coverage beside those before them, the best first: all of them may be accepted at once."""
    desk, present, found = look.desk, look.desk.present.copy(), list[Act]()
    alone = [saved(desk, present, act.slots, act.grown) if act.slots.size else 0.0 for act in acts]
    for act in (acts[k] for k in np.argsort(-np.array(alone), kind="stable")):
        if not act.slots.size or saved(desk, present, act.slots, act.grown) > 0:
            found.append(act)
            present[:, act.slots] += act.grown
    return tuple(found)


def together(look: Look, acts: Iterable[Act]) -> Rest:
    """What all acts do together to the rest of the day; a member called in counts as an agent."""
    desk, grid = look.desk, look.desk.problem.grid
    grown = np.zeros_like(desk.present)
    for act in acts:
        grown[:, act.slots] += act.grown
    ahead = np.arange(max(grid.slot(desk.now), desk.first_slot), int(grid.day_slot[look.day + 1])) - desk.first_slot
    return rest_of_day(desk, grown, ahead, look.policy.risk_threshold)


def order(proposal: Proposal) -> tuple[bool, float, float, str]:
    """What costs nobody anything first, then what lowers the chance, and raises service, the most."""
    effect = proposal.effect
    gains = (0.0, 0.0) if effect is None else (effect.added_chance, effect.service_before - effect.service_after)
    return proposal.kind in COSTLY, *gains, proposal.agents[0]
