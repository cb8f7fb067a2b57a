"""The cheapest fix of each broken run: as little as it takes of each measure, in the order of cost.

Each is checked by simulating the same replications again. A fix that cures stays in for the runs that come after it, those of later
days too, so that all together are lawful; one that does not cure is only told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from itertools import islice

import numpy as np

from data.model.errors import VerificationFailed
from data.model.roster import Roster
from data.model.stress import AS_FORECAST, Broken, Fix, MeasureKind, Outcome, Step
from optimizer.response.stress.moves import MEASURES, Move, Need, sharing
from optimizer.response.stress.trial import Load, Mended, Replay, Run, Trial, missing_heads, replay
from optimizer.rostering.requests import Desk, next_desk
from optimizer.rostering.requests.checks import breaches_made
from optimizer.rostering.requests.drafts import Draft, cell_of, with_cells
from optimizer.staffing.service import CallCounts, ratio

SPARE_MOVES = 8
"""Moves of a measure that are looked for beyond twice the agents missing (house choice)."""


@dataclass(frozen=True, eq=False)
class Bench:
    """Where fixes are tried.

    Parameters
    ----------
    desk : Desk
        With the roster that is tested: what is lawful.
    movable : mapping of str to bool
        Whether the work off the phones of a task may be taken back.
    fixes : int
        Runs of a scenario, those that lose most calls, for which a fix is looked for.
    """

    trial: Trial
    desk: Desk
    movable: Mapping[str, bool]
    fixes: int


def stressed(bench: Bench, load: Load, usual: Sequence[Replay]) -> tuple[Outcome, Roster]:
    """How the roster fares under a load: figures by queue, broken runs, and what mends them; and the roster so mended.

    Parameters
    ----------
    usual : sequence of Replay
        The days as forecast (`replays`).

    Raises
    ------
    VerificationFailed
        If a mended roster breaks a rule that it did not break before.
    """
    found = replays(bench.trial, load)
    pairs = [(one, as_usual, *each) for one, as_usual in zip(found, usual, strict=True) for each in _runs(one, load)]
    broken = [_broken(load, *pair) for pair in pairs]
    worst = sorted(range(len(broken)), key=lambda k: (*_rank(broken[k]), k))[: bench.fixes]
    fixes, state = dict[int, Fix](), _State(Mended(), found[0], bench.desk)
    for one in found:
        chosen = {k: (pairs[k][2], broken[k].missing) for k in worst if pairs[k][0] is one}
        # who helps on a day rests on the next one
        state = _State(Mended(), one, state.desk, resting=state.busy)
        made, state = _mended(bench, load, state, chosen)
        fixes |= made
    _check(bench.desk, state.desk)
    return _outcome(load, found, [replace(one, fix=fixes.get(k)) for k, one in enumerate(broken)]), state.desk.roster


def replays(trial: Trial, load: Load) -> list[Replay]:
    """All days under a load."""
    return [replay(trial, day, load) for day in trial.days]


def _check(before: Desk, after: Desk) -> None:
    """Raise `VerificationFailed` if fixes that are lawful one by one are not so together."""
    rows = np.flatnonzero(
        (before.roster.start != after.roster.start).any(axis=1) | (before.roster.minutes != after.roster.minutes).any(axis=1)
    )
    draft = Draft({(row, d): cell_of(after.roster, (row, d)) for row in rows.tolist() for d in range(after.roster.horizon.days)})
    wrong = breaches_made(before, draft, after.roster) if draft.cells else []
    if wrong:
        raise VerificationFailed("\n".join(f"{breach.agent}: {breach.message}" for breach in wrong))


def _runs(found: Replay, load: Load) -> Iterator[tuple[Run, int]]:
    return zip(found.runs, missing_heads(found, load) if found.runs else (), strict=True)


def _rank(broken: Broken) -> tuple[bool, float]:
    """Which runs to mend first: those that the scenario breaks, then where most work lacks."""
    before = broken.scenario != AS_FORECAST and broken.usual_chance >= broken.chance
    return before, -broken.missing * (broken.end - broken.start).total_seconds()


def _broken(load: Load, found: Replay, usual: Replay, run: Run, missing: int) -> Broken:
    """A broken run as it is told."""
    trial, part, index = found.trial, found.part(run), found.day.grid.index
    each = part.levels(found.ran.model.queues[run.row].definition, 1)
    worst = int(np.nanargmin(each))
    start = index[run.first].to_pydatetime()
    return Broken(
        load.name,
        trial.forecast.queues[run.row],
        start,
        start + timedelta(minutes=(run.end - run.first) * found.day.grid.minutes),
        found.chance(run),
        found.level(run),
        float(trial.targets[run.row]),
        missing,
        float((part.abandoned + part.blocked).sum() / trial.replications),
        worst,
        float(each[worst]),
        usual.chance(run),
    )


def _outcome(load: Load, found: Sequence[Replay], broken: Sequence[Broken]) -> Outcome:
    """Figures of all days together."""
    trial, queues, service = found[0].trial, found[0].ran.model.queues, whole([one.ran.service for one in found])
    levels = [service[q].levels(queue.definition) for q, queue in enumerate(queues)]
    named = {"service_levels": levels, "targets": trial.targets, "abandon_rates": [one.abandon_rates() for one in service]}
    lost = sum(float((one.abandoned + one.blocked).sum()) for one in service)
    busy, staffed, over = (
        sum(float(getattr(one.ran, part).sum()) for one in found) for part in ("busy_s", "staffed_s", "overrun_s")
    )
    return Outcome(
        load.name,
        **{name: dict(zip(trial.forecast.queues, map(float, each), strict=True)) for name, each in named.items()},
        lost_calls=lost / trial.replications / len(found),
        occupancy=float(ratio(busy, staffed + over)),
        days_broken=sum(bool(one.runs) for one in found),
        days=len(found),
        broken=broken,
    )


def whole(days: Sequence[CallCounts]) -> list[CallCounts]:
    """Counts of several days, queue by queue; shape (replications, slots of all days) each."""
    parts = {name.name: np.concatenate([getattr(day, name.name) for day in days], axis=2) for name in fields(CallCounts)}
    return [CallCounts(**{name: part[:, q] for name, part in parts.items()}) for q in range(days[0].offered.shape[1])]


def _mended(bench: Bench, load: Load, state: "_State", runs: Mapping[int, tuple[Run, int]]) -> tuple[dict[int, Fix], "_State"]:
    """Fixes of some runs of a day with the agents missing in each, one after the other, and the day with those that cure."""
    fixes = dict[int, Fix]()
    for k, (run, missing) in runs.items():
        fixes[k], tried = _fixed(bench, load, state, run, missing)
        state = tried if fixes[k].cured else state
    return fixes, state


@dataclass(frozen=True, eq=False)
class _State:
    """What is changed on a day, how the day fares then, the roster with it, who helps, and who helped the day before."""

    mended: Mended
    found: Replay
    desk: Desk
    busy: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()

    def cured(self, run: Run) -> bool:
        """Whether no block of a run breaks."""
        return self.found.chance(run) <= self.found.trial.policy.chance


def _fixed(bench: Bench, load: Load, before: _State, run: Run, missing: int) -> tuple[Fix, _State]:
    """The fix of a run, and the day with it."""
    state, missing = before, max(missing, 1)
    steps, failed = list[Step](), dict[MeasureKind, str]()
    for kind, measure in MEASURES.items():
        if state.cured(run):
            break
        moves = list(islice(measure(_need(bench, load, state, run)), 2 * missing + SPARE_MOVES))
        after, taken = _least(load, state, run, moves, missing)
        if taken:
            steps.append(_step(kind, moves[:taken], after, run))
        if not after.cured(run):
            failed[kind] = "nobody" if not moves else "not_enough" if taken else "no_gain"
        state = _settled(state, after)
    shared = sharing(_need(bench, load, before, run))
    return Fix(state.cured(run), tuple(steps), failed, shared, state.found.chance(run), state.found.level(run)), state


def _need(bench: Bench, load: Load, state: _State, run: Run) -> Need:
    grid = state.found.day.grid
    first, step = grid.index[run.first].to_pydatetime(), timedelta(minutes=grid.minutes)
    known = None if load.notice_minutes is None else first - timedelta(minutes=load.notice_minutes)
    end = first + (run.end - run.first) * step
    return Need(bench.trial, state.desk, run, grid.horizon.first, first, end, known, state.busy | state.resting, bench.movable)


def _step(kind: MeasureKind, moves: Sequence[Move], after: _State, run: Run) -> Step:
    minutes, cost = sum(move.minutes for move in moves), sum(move.minutes * move.pay for move in moves) / 60
    spans = tuple((move.start, move.end) for move in moves)
    return Step(kind, tuple(move.agent for move in moves), spans, minutes, cost, after.found.chance(run))


def _least(load: Load, state: _State, run: Run, moves: Sequence[Move], missing: int) -> tuple[_State, int]:
    """The fewest moves that cure a run and break nothing else; if none do, as many as do most good."""
    tried = {0: state}

    def good(count: int) -> bool:
        if count not in tried:
            tried[count] = _with(load, state, moves[:count])
        return tried[count].cured(run) and _spares(state.found, tried[count].found)

    low, high = 0, min(missing, len(moves))
    while high < len(moves) and not good(high):
        low, high = high, min(2 * high, len(moves))
    if moves and good(high):
        best = _fewest(good, low, high)
    else:
        best = min(tried, key=lambda count: (round(tried[count].found.excess, 9), count))
    return tried[best], best


def _fewest(good: Callable[[int], bool], low: int, high: int) -> int:
    """Least count that is good, if more is never worse: `low` is not, `high` is."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def _spares(before: Replay, after: Replay) -> bool:
    """Whether no block breaks that did not break before."""
    return not any(bool((now & ~was).any()) for was, now in zip(before.broken, after.broken, strict=True))


def _with(load: Load, state: _State, moves: Sequence[Move]) -> _State:
    """The day with some moves made."""
    trial, old = state.found.trial, state.mended
    cells = {place: cell for move in moves for place, cell in move.cells.items()}
    freed = (*old.freed, *(move.placement for move in moves if move.placement is not None))
    helpers = (*old.helpers, *(move.helps for move in moves if move.helps is not None))
    mended = Mended({**old.cells, **cells}, freed, helpers)
    # whoever only has a pause or a task moved may still help otherwise
    busy = state.busy | {move.agent for move in moves if move.minutes}
    return replace(state, mended=mended, found=replay(trial, state.found.day, load, mended), busy=busy)


def _settled(before: _State, after: _State) -> _State:
    """The day with a step in, its roster on the desk."""
    old = before.mended.cells
    cells = {place: cell for place, cell in after.mended.cells.items() if old.get(place) != cell}
    return replace(after, desk=next_desk(before.desk, with_cells(before.desk.roster, cells))) if cells else after
