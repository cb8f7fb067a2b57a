"""A look ahead: the warnings of a moment with causes and remedies, whom to call, and what becomes of the warnings that are open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from api import planning
from api.ahead import Ahead
from api.echelons import Watch
from api.planning import Response
from data.exchange.live import LIVE_FILE, read_live
from data.exchange.signals import SIGNALS_FILE, read_signals
from data.exchange.warning_steps import read_warning_book
from data.model.base import IntArray
from data.model.demand import CallHistory
from data.model.response import CapacityWarning, Cause, Reason, Remedy, WarningLevel
from data.model.warning_book import OpenWarning, WarningBook, WarningStep
from data.model.warning_policy import ROLES, WarningPolicy
from optimizer.response.echelon.reserve import Reserve
from optimizer.response.warning.causes import Drift, shares
from optimizer.response.warning.explain import explain
from optimizer.response.warning.hysteresis import Held, stepped
from optimizer.response.warning.live import last_intervals, live_reasons, signal_reasons
from optimizer.response.warning.remedies import remedies
from optimizer.response.warning.rollup import WarnedDay, warned_days
from optimizer.response.warning.structural import structural
from optimizer.response.warning.warn import missing_heads, warnings
from optimizer.response.warning.wording import reason_text
from optimizer.rostering.rules import Tongue


@dataclass(frozen=True, eq=False)
class Looked:
    """What a look found.

    Parameters
    ----------
    book : WarningBook
        With what became of the open warnings, and the new ones.
    kept : bool
        Whether the book grew: a look back in time adds nothing.
    days : tuple of WarnedDay
    """

    response: Response
    book: WarningBook
    kept: bool
    days: tuple[WarnedDay, ...]


def look(ahead: Ahead, history: CallHistory, now: datetime, days: float, by: str) -> Looked:
    """Warn of the days ahead.

    Parameters
    ----------
    days : float
        How far.
    by : str
        Who looks.
    """
    workspace, policy = ahead.workspace, within(ahead.workspace.policies.warnings, days)
    book = read_warning_book(workspace.out, ahead.forecast.queues)
    stands = ahead.forecast, ahead.requirement, ahead.available
    held = _held(book, ahead)
    reasons = tuple(_reasons(ahead, history, now))
    found = warnings(
        *stands, ahead.queues, now=now, ladder=policy, held=held, reasons=reasons, outlined=ahead.outlined
    )  # fmt: skip
    watch = Watch.of(workspace, ahead.planned, now)
    members = watch.reserve(ahead.forecast.grid.horizon.last)
    lasting = structural(found, ahead.queues)
    told = [replace(one, causes=causes_of(one, ahead), remedies=_remedies(one, watch, members)) for one in lasting]
    on_roster = [one for one in told if one.stands_on == "roster"]
    calls = planning.call_outs(
        ahead.planned, on_roster, *stands, now=now, ladder=policy, policy=workspace.policies.call_outs, served=watch.served
    )
    kept = all(step.at <= now for step in book.steps)
    longer, named = booked(book, told, now, by, policy) if kept else (book, tuple(told))
    return Looked(Response(named, calls), longer, kept, warned_days(named, *stands, workspace.centre.centre))


def within(policy: WarningPolicy, days: float) -> WarningPolicy:
    """The policy of a look that goes no farther than so many days."""
    return policy.model_copy(update={"look_ahead_hours": tuple(min(hours, 24 * days) for hours in policy.look_ahead_hours)})


def explained(warning: CapacityWarning, ahead: Ahead, tongue: Tongue) -> str:
    """Formula and inputs of every number of a warning."""
    stands = ahead.forecast, ahead.requirement, ahead.available, ahead.queues
    return explain(warning, *stands, ladder=ahead.workspace.policies.warnings, tongue=tongue)


def _reasons(ahead: Ahead, history: CallHistory, now: datetime) -> Iterator[Reason]:
    """What the last intervals and the signals heard raise."""
    folder, centre = ahead.workspace.centre.path, ahead.workspace.centre.centre
    policy, queues = ahead.workspace.policies.warnings, ahead.queues
    live = read_live(folder / LIVE_FILE, ahead.forecast.queues)
    yield from live_reasons(last_intervals(live, history, queues, now), now, policy)
    yield from signal_reasons(read_signals(folder / SIGNALS_FILE, centre), queues, centre.regions, now, policy)


def _held(book: WarningBook, ahead: Ahead) -> IntArray:
    """Levels that stand since earlier looks; shape (queues, slots)."""
    held, grid = np.zeros(ahead.available.shape, dtype=np.int64), ahead.forecast.grid
    for one in book.standing:
        part = held[ahead.forecast.queues.index(one.queue), max(grid.slot(one.start), 0) : max(grid.slot(one.end), 0)]
        np.maximum(part, one.level, out=part)
    return held


def causes_of(warning: CapacityWarning, ahead: Ahead) -> dict[Cause, float]:
    """Missing heads of a warning by cause, at the slot where most are missing; empty where no roster was planned."""
    if warning.stands_on == "outline" or not warning.missing_heads:
        return {}
    grid, row = ahead.forecast.grid, ahead.forecast.queues.index(warning.queue)
    slots = np.arange(grid.slot(warning.start), grid.slot(warning.end))
    missing = missing_heads(ahead.requirement, ahead.available * (1.0 - ahead.requirement.shrinkage))[row, slots]
    at = (row, slots[np.argmax(missing)])
    drift = ahead.drift
    cell = Drift(drift.need[:, :, *at], drift.planned[at], {cause: heads[at] for cause, heads in drift.lost.items()})
    return {cause: float(heads) for cause, heads in shares(cell).items()}


def _remedies(warning: CapacityWarning, watch: Watch, members: Reserve) -> tuple[Remedy, ...]:
    """What may still be done; members are counted where echelons are at least put on notice."""
    policies = watch.workspace.policies
    return remedies(
        warning,
        now=watch.now,
        minutes=watch.workspace.centre.centre.interval_minutes,
        leads=policies.warnings.leads,
        tiers=watch.tiers,
        members=members if warning.level >= policies.call_outs.notice_level else None,
        limits=watch.limits,
        overtime_day_minutes=policies.call_outs.overtime_day_minutes,
    )


def booked(
    book: WarningBook, found: Sequence[CapacityWarning], now: datetime, by: str, policy: WarningPolicy
) -> tuple[WarningBook, tuple[CapacityWarning, ...]]:
    """The book after a look, and the warnings found with their ids.

    A warning belongs to the first open one of its queue and of what it stands on whose stretch it overlaps or touches; else it is
    raised.
    """
    standing = [one for one in book.standing if one.end > now]
    owner = [next((one.id for one in standing if one.meets(w)), "") for w in found]
    over = [WarningStep(warning=one.id, deed="expired", by=by, at=now) for one in book.standing if one.end <= now]
    longer = book.take(*over)
    for one in standing:
        own = [w for w, name in zip(found, owner, strict=True) if name == one.id]
        longer = longer.take(*_again(one, own, now, by, policy))
    named = list[CapacityWarning]()
    for w, name in zip(found, owner, strict=True):
        known = name or longer.next_id()
        longer = longer if name else longer.take(_raised(known, w, now, by))
        named.append(replace(w, id=known))
    escalated = (_escalated(one, now, by) for one in longer.overdue(now, policy))
    return longer.take(*escalated), tuple(named)


def _escalated(one: OpenWarning, now: datetime, by: str) -> WarningStep:
    above = ROLES[ROLES.index(one.role) + 1]
    return WarningStep(warning=one.id, deed="escalated", by=by, at=now, role=above, reason="not acknowledged in time")


def _raised(name: str, warning: CapacityWarning, now: datetime, by: str) -> WarningStep:
    return WarningStep(
        warning=name,
        deed="raised",
        by=by,
        at=now,
        level=warning.level,
        queue=warning.queue,
        start=warning.start,
        end=warning.end,
        stands_on=warning.stands_on,
        reason="; ".join(reason_text(one, "en") for one in warning.reasons),
    )


def _again(
    one: OpenWarning, found: Sequence[CapacityWarning], now: datetime, by: str, policy: WarningPolicy
) -> Iterator[WarningStep]:
    """What a look does to a warning that stands, by what it found of it."""
    level = max((w.level for w in found), default=WarningLevel.NONE)
    after = stepped(Held(one.level, one.calm), level, level, policy.calm_looks)
    start = min((w.start for w in found), default=one.start)
    stretch = min(start, one.start), max((w.end for w in found), default=one.end)
    plain = {"warning": one.id, "by": by, "at": now, "role": one.role}
    if after.calm > one.calm:
        yield WarningStep.model_validate(plain | {"deed": "calmer"})
    elif after.level != one.level or stretch != (one.start, one.end):
        told = "; ".join(dict.fromkeys(reason_text(reason, "en") for w in found for reason in w.reasons))
        where = {"queue": one.queue, "start": stretch[0], "end": stretch[1]}
        yield WarningStep.model_validate(plain | where | {"deed": "changed", "level": after.level, "reason": told})
    elif one.calm:
        yield WarningStep.model_validate(plain | {"deed": "held"})
