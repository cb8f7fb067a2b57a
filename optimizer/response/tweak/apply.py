"""Proposals carried out on the roster that stands by then: each is looked at anew, and what no longer fits is refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from data.model.offphone import Debt, Placement, Task
from data.model.proposal import Proposal, Stood
from data.model.request import Reason
from data.model.time import epoch_minutes
from optimizer.response.tweak.acts import at_work, span_of
from optimizer.response.tweak.wording import Refusal
from optimizer.rostering.requests.causes import Cause, in_order
from optimizer.rostering.requests.checks import against
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.docket import next_desk
from optimizer.rostering.requests.drafts import Cell, Draft, Place, cell_of, with_cells


@dataclass(frozen=True, eq=False)
class Applied:
    """What became of some proposals.

    Parameters
    ----------
    desk : Desk
        With the roster after all that were carried out.
    placements : tuple of Placement
        Off-phone work that stands then.
    done : tuple of Proposal
    refused : tuple of (Proposal, tuple of Reason)
    """

    desk: Desk
    placements: tuple[Placement, ...]
    done: tuple[Proposal, ...] = ()
    refused: tuple[tuple[Proposal, tuple[Reason, ...]], ...] = ()


def apply_all(desk: Desk, placements: Sequence[Placement], proposals: Sequence[Proposal], *, consented: bool = True) -> Applied:
    """Carry out proposals one after the other; one that does not fit is refused and the others are carried out.

    Each act is of its own agents on their own day, and rules bind each agent's line alone: the order does not matter unless two
    proposals change the same day of an agent, where the second is refused.

    Parameters
    ----------
    desk : Desk
        The roster in force at the moment.
    consented : bool
        Whether the agents have agreed; without it what needs consent is refused.
    """
    found = Applied(desk, tuple(placements))
    for one in proposals:
        unasked = [Cause.CONSENT_MISSING.of(agent) for agent in one.agents if one.needs_consent and not consented]
        reasons = (*unasked, *_reasons(found, one))
        found = replace(found, refused=(*found.refused, (one, reasons))) if reasons else _with(found, one)
    return found


def _with(found: Applied, one: Proposal) -> Applied:
    cells = _cells(found.desk, one)
    desk = next_desk(found.desk, with_cells(found.desk.roster, cells)) if cells else found.desk
    return Applied(desk, tuple(_standing(found.placements, one)), (*found.done, one), found.refused)


def _standing(placements: Sequence[Placement], one: Proposal) -> Iterator[Placement]:
    """Off-phone work after a piece was taken back: what had begun ends there, the rest is gone."""
    for placement in placements:
        if one.piece is None or placement != one.piece.placement:
            yield placement
        elif one.piece.back > placement.start:
            minutes = epoch_minutes(one.piece.back) - epoch_minutes(placement.start)
            yield placement.model_copy(update={"minutes": minutes})


def _cells(desk: Desk, one: Proposal) -> dict[Place, Cell]:
    return {desk.place(change.agent, change.day): Cell(**change.after.model_dump()) for change in one.changes}


def _reasons(found: Applied, one: Proposal) -> Iterator[Reason]:
    """What speaks against a proposal by now; rules are only asked if everything is as it was."""
    desk, changed = found.desk, list(_changed(found, one))
    yield from changed
    if desk.now > one.expires_at:
        yield Refusal.EXPIRED.of(one.agents[0], until=desk.clock(one.expires_at), at=desk.clock(desk.now))
    if desk.now < one.made_at:
        yield Refusal.TOO_EARLY.of(one.agents[0], made=desk.clock(one.made_at), at=desk.clock(desk.now))
    if changed:
        return
    cells = _cells(desk, one)
    yield from _past(found, one, cells)
    if cells:
        yield from in_order(against(desk, Draft(cells), with_cells(desk.roster, cells)))


def _changed(found: Applied, one: Proposal) -> Iterator[Reason]:
    desk = found.desk
    for change in one.changes:
        known = change.agent in desk.problem.index and desk.open_days[0] <= change.day <= desk.open_days[1]
        place = desk.place(change.agent, change.day) if known else None
        if place is None or desk.leave(place) or not _same(cell_of(desk.roster, place), change.before):
            yield Refusal.CHANGED.of(change.agent, day=change.day)
    if one.piece is not None and one.piece.placement not in found.placements:
        yield Refusal.PIECE_GONE.of(one.agents[0], start=desk.clock(one.piece.placement.start))


def _same(cell: Cell, stood: Stood) -> bool:
    """Whether a cell is as it stood; breaks that are not taken may be told or not."""
    parts = [Cell(**stood.model_dump()), cell]
    one, other = (part._replace(breaks=tuple(at for at in part.breaks if at >= 0)) for part in parts)
    return one == other


def _past(found: Applied, one: Proposal, cells: dict[Place, Cell]) -> Iterator[Reason]:
    """That something would change that has begun, or that other work was put there since."""
    desk, now = found.desk, epoch_minutes(found.desk.now)
    spans = {place: span_of(desk, place, cell_of(desk.roster, place), cell) for place, cell in cells.items()}
    if min((first for first, _ in spans.values()), default=now) < now or (one.piece and epoch_minutes(one.piece.back) < now):
        yield Cause.PAST.of(one.agents[0], start=desk.clock(one.start), now=desk.clock(desk.now))
    for (row, _), span in spans.items():
        work = at_work(found.placements, [desk.agent(row).id], span)
        if work is not None:
            yield Refusal.WORK_THERE.of(desk.agent(row).id, task=work.task, start=desk.clock(work.start))


def debts_after(debts: Sequence[Debt], done: Sequence[Proposal], tasks: Sequence[Task]) -> tuple[Debt, ...]:
    """The ledger of off-phone work with what was taken back."""
    book, known = {(debt.agent, debt.task): debt for debt in debts}, {task.id: task for task in tasks}
    for piece in (one.piece for one in done if one.piece is not None):
        task = known[piece.placement.task]
        for agent in piece.placement.agents:
            old = book.get((agent, task.id)) or Debt(agent=agent, task=task.id, kind=task.kind, deadline=task.deadline)
            lost = {name: getattr(old, name) + piece.lost_minutes for name in ("owed_minutes", "taken_back_minutes")}
            book[agent, task.id] = old.model_copy(update=lost)
    return tuple(book.values())
