"""Stress tests: days of a roster replayed under loads that differ from the forecast, and the intervals that break.

Each day is simulated by itself and begins with empty lines. A queue is judged in blocks: intervals in a row that are long enough,
and have calls enough, for a service level not to flicker. A block breaks if it misses its target in more than a share of the
replications; broken blocks in a row are a run.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from data.model.centre import Centre
from data.model.demand import Forecast
from data.model.offphone import Placement
from data.model.people import Agent
from data.model.roster import Roster
from data.model.stress import StressPolicy
from data.model.time import Horizon, TimeGrid
from optimizer.response.stress.staff import (
    Draws,
    Helper,
    Stretches,
    away_for,
    draws_of,
    duties,
    on_duty,
    with_changes,
    without,
)
from optimizer.rostering.requests.drafts import Cell, Place
from optimizer.staffing.rostered import model_of, skill_sets
from optimizer.staffing.service import CallCounts, ratio
from optimizer.staffing.simulate import Simulation, simulate

MOST_BLOCK_MINUTES = 120
"""Intervals are judged together for no longer than this, however few their calls (house choice)."""


@dataclass(frozen=True, eq=False)
class Load:
    """What a scenario brings.

    Parameters
    ----------
    calls : array of float, shape (replications, queues, slots)
        Whole numbers.
    handle_time_s : array of float, shape (queues, slots)
    absent : array of float, shape (days,)
        Share of the agents who do not come, the usual ones among them.
    notice_minutes : int or None
        As of `data.model.stress.Scenario`.
    """

    name: str
    calls: FloatArray
    handle_time_s: FloatArray
    absent: FloatArray
    notice_minutes: int | None = None


@dataclass(frozen=True)
class Mended:
    """What fixes change: shifts, work placed off the phones that is moved, and agents who come for one queue."""

    cells: Mapping[Place, Cell] = field(default_factory=dict[Place, Cell])
    freed: tuple[Placement, ...] = ()
    helpers: tuple["Help", ...] = ()


class Help(NamedTuple):
    """Agents who come for a queue in some slots of the day; `efficiency` as of agents, pauses taken off."""

    queue: str
    first: int
    end: int
    heads: int = 1
    efficiency: float = 1.0


class Run(NamedTuple):
    """Broken blocks of a queue in a row.

    Parameters
    ----------
    row : int
        Queue.
    first, end : int
        Slots of the day, half-open.
    blocks : slice
        Of the queue on the day.
    """

    row: int
    first: int
    end: int
    blocks: slice


@dataclass(frozen=True, eq=False)
class Trial:
    """The roster that is tested, and what is the same in every scenario.

    Parameters
    ----------
    forecast : Forecast
        On the days that are tested; blocks are cut by its mean.
    placements : tuple of Placement
        Work off the phones.
    absent, pausing : float
        Usual shares, as from `optimizer.staffing.rostered.shrinkage_of`.
    executor : Executor or None
        Runs the replications.
    """

    centre: Centre
    agents: tuple[Agent, ...]
    roster: Roster
    forecast: Forecast
    placements: tuple[Placement, ...]
    absent: float
    pausing: float
    policy: StressPolicy
    seed: int
    replications: int
    executor: Executor | None = None

    @cached_property
    def crew(self) -> tuple[Agent, ...]:
        """The agents, and one for each queue who answers it alone: the group of those who help there."""
        like = self.agents[0]
        alone = (like.model_copy(update={"skills": (queue,), "efficiency": 1.0}) for queue in self.forecast.queues)
        return (*self.agents, *alone)

    @cached_property
    def group(self) -> IntArray:
        """Skill group of each of the crew."""
        places = {skills: k for k, skills in enumerate(skill_sets(self.crew))}
        return np.array([places[agent.skills] for agent in self.crew])

    def alone(self, queue: str) -> int:
        """Skill group of those who help a queue."""
        return int(self.group[len(self.agents) + self.forecast.queues.index(queue)])

    @cached_property
    def pace(self) -> FloatArray:
        """Handle time of each agent relative to an experienced one's."""
        return np.array([1 / agent.efficiency for agent in self.crew])

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of each agent."""
        return {agent.id: row for row, agent in enumerate(self.agents)}

    @cached_property
    def targets(self) -> FloatArray:
        """Service level asked of each queue."""
        return np.array([self.centre.queue(queue).target.service_level for queue in self.forecast.queues])

    @cached_property
    def days(self) -> tuple["Day", ...]:
        """The days that are tested."""
        return tuple(_day(self, d) for d in range(self.forecast.grid.horizon.days))


@dataclass(frozen=True, eq=False)
class Day:
    """A day that is tested.

    Parameters
    ----------
    number : int
        Of the days tested; `column` is that of the roster.
    slots : slice
        Of the days tested.
    edges : tuple of tuple of (int, int)
        Blocks of each queue, slots of the day.
    """

    number: int
    column: int
    grid: TimeGrid
    slots: slice
    edges: tuple[tuple[tuple[int, int], ...], ...]
    held: Stretches
    draws: Draws


def _day(trial: Trial, d: int) -> Day:
    whole, made, policy = trial.forecast.grid, trial.forecast, trial.policy
    horizon = Horizon(zone=whole.horizon.zone, first=whole.horizon.dates[d], days=1)
    grid, slots = TimeGrid(horizon=horizon, minutes=whole.minutes), slice(*whole.day_slot[d : d + 2].tolist())
    queues = zip(made.mean[:, slots], made.open[:, slots], strict=True)
    edges = tuple(tuple(blocks_of(mean, is_open, grid.minutes, policy)) for mean, is_open in queues)
    held = on_duty(trial.agents, trial.roster, grid, trial.centre.shifts)
    draws = draws_of(grid, len(trial.agents), trial.pausing, seed=trial.seed, replications=trial.replications)
    return Day(d, trial.roster.horizon.index(horizon.first), grid, slots, edges, held, draws)


def blocks_of(mean: FloatArray, is_open: BoolArray, minutes: int, policy: StressPolicy) -> Iterator[tuple[int, int]]:
    """Open slots in a row, judged together: each block long enough and with calls enough; what is left over joins the one before.

    Parameters
    ----------
    mean : array of float, shape (slots,)
        Expected calls.
    minutes : int
        Length of a slot.
    """
    flips = np.flatnonzero(np.diff(np.concatenate([[False], is_open & (mean > 0), [False]]).astype(np.int64)))
    for first, end in flips.reshape(-1, 2).tolist():
        yield from pairwise(_cuts(mean, int(first), int(end), minutes, policy))


def _cuts(mean: FloatArray, first: int, end: int, minutes: int, policy: StressPolicy) -> list[int]:
    """Edges of the blocks of open slots in a row."""
    cuts = [first]
    for slot in range(first + 1, end + 1):
        if _enough(mean[cuts[-1] : slot], minutes, policy):
            cuts.append(slot)
    if cuts[-1] < end:
        cuts = [*(cuts[:-1] if len(cuts) > 1 else cuts), end]
    return cuts


def _enough(mean: FloatArray, minutes: int, policy: StressPolicy) -> bool:
    length = len(mean) * minutes
    return length >= policy.least_minutes and (mean.sum() >= policy.least_calls or length >= MOST_BLOCK_MINUTES)


@dataclass(frozen=True, eq=False)
class Replay:
    """A day simulated.

    Parameters
    ----------
    levels : tuple of array, shape (replications, blocks)
        Service level of each block of each queue; NaN without calls.
    """

    trial: Trial
    day: Day
    ran: Simulation
    levels: tuple[FloatArray, ...]

    @cached_property
    def chances(self) -> tuple[FloatArray, ...]:
        """Share of the replications in which each block of each queue misses its target; shape (blocks,) each."""
        pairs = zip(self.levels, self.trial.targets, strict=True)
        return tuple(np.nan_to_num(ratio((levels < goal).sum(axis=0), (~np.isnan(levels)).sum(axis=0))) for levels, goal in pairs)

    @cached_property
    def broken(self) -> tuple[BoolArray, ...]:
        """Which blocks break; shape (blocks,) each."""
        return tuple(chances > self.trial.policy.chance for chances in self.chances)

    @property
    def excess(self) -> float:
        """By how much the chances of all blocks together lie above what is allowed."""
        return float(sum(np.maximum(chances - self.trial.policy.chance, 0).sum() for chances in self.chances))

    @property
    def runs(self) -> tuple[Run, ...]:
        """Broken blocks in a row, queue by queue."""
        return tuple(run for row in range(len(self.chances)) for run in self._runs(row))

    def _runs(self, row: int) -> Iterator[Run]:
        edges, blocks = self.day.edges[row], np.flatnonzero(self.broken[row]).tolist()
        breaks = [
            k for k in range(1, len(blocks)) if edges[blocks[k] - 1][1] != edges[blocks[k]][0] or blocks[k - 1] + 1 < blocks[k]
        ]
        for first, end in pairwise([0, *breaks, len(blocks)] if blocks else []):
            yield Run(row, edges[blocks[first]][0], edges[blocks[end - 1]][1], slice(blocks[first], blocks[end - 1] + 1))

    def part(self, run: Run) -> CallCounts:
        """What happened to the calls of a run; shape (replications, slots)."""
        return CallCounts(*(getattr(self.ran.service, name.name)[:, run.row, run.first : run.end] for name in fields(CallCounts)))

    def level(self, run: Run) -> float:
        """Service level of a run over all replications."""
        return float(self.part(run).levels(self.ran.model.queues[run.row].definition))

    def chance(self, run: Run) -> float:
        """Chance of the worst block of a run."""
        return float(self.chances[run.row][run.blocks].max())


def replay(trial: Trial, day: Day, load: Load, mended: Mended | None = None) -> Replay:
    """Simulate a day under a load."""
    change = mended or Mended()
    held = with_changes(day.held, trial.agents, trial.roster, change.cells, day.grid, trial.centre.shifts)
    placed = [one for one in trial.placements if one not in change.freed]
    there, helpers = without(held, away_for(placed, trial.rows, day.grid)), [_helper(trial, day, one) for one in change.helpers]
    ran = simulated(trial, day, load, there, [helpers] * trial.replications)
    return Replay(trial, day, ran, tuple(_levels(ran, row, edges) for row, edges in enumerate(day.edges)))


def simulated(trial: Trial, day: Day, load: Load, there: Stretches, helpers: Sequence[Sequence[Helper]]) -> Simulation:
    """Simulate a day under a load.

    Parameters
    ----------
    there : Stretches
        Who is on the phones if they come.
    helpers : sequence of sequence of Helper
        Who comes besides, replication by replication.
    """
    model = model_of(trial.centre, trial.crew, trial.forecast.queues, day.grid, load.handle_time_s[:, day.slots])
    absent = float(load.absent[day.number])
    each = [duties(there, day.column, day.draws, k, absent, trial.group, trial.pace, more) for k, more in enumerate(helpers)]
    # a day is the same whatever days are tested with it
    seed = trial.seed * 10_000_000 + day.grid.horizon.first.toordinal()
    calls = load.calls[:, :, day.slots]
    return simulate(model, calls, each, seed=seed, replications=trial.replications, counts=True, executor=trial.executor)


def _helper(trial: Trial, day: Day, one: Help) -> Helper:
    slot_s = 60.0 * day.grid.minutes
    return Helper(one.heads, trial.alone(one.queue), 1 / one.efficiency, one.first * slot_s, one.end * slot_s)


def _levels(ran: Simulation, row: int, edges: Sequence[tuple[int, int]]) -> FloatArray:
    """Service level of a queue in blocks, replication by replication; shape (replications, blocks)."""
    if not edges:
        return np.zeros((ran.service.offered.shape[0], 0))
    # between two blocks the queue is closed: nothing comes there
    firsts = [first for first, _ in edges]
    sums = (np.add.reduceat(getattr(ran.service, one.name)[:, row], firsts, axis=1) for one in fields(CallCounts))
    return CallCounts(*sums).levels(ran.model.queues[row].definition, ())


def missing_heads(found: Replay, load: Load) -> tuple[int, ...]:
    """Agents on the phones who would mend each run of a day, all runs together, for their queue alone.

    Searched for by simulating again, to within a tenth.
    """
    runs = found.runs
    low, high = np.zeros(len(runs), dtype=np.int64), np.full(len(runs), -1)
    heads = np.array([_guess(found, run) for run in runs], dtype=np.int64)
    for _ in range(MOST_TRIES):
        after = with_heads(found, load, heads)
        cured = np.array([after.chance(run) <= found.trial.policy.chance for run in runs], dtype=np.bool_)
        high, low = np.where(cured, heads, high), np.where(cured, np.minimum(low, heads - 1), np.maximum(low, heads))
        known = high > low
        if bool((known & (high - low <= np.maximum(1, high // 10))).all()):
            break
        heads = np.where(known, np.where(high - low <= np.maximum(1, high // 10), high, (low + high + 1) // 2), 2 * heads)
    return tuple(np.where(high > low, high, heads).tolist())


MOST_TRIES = 8
"""Simulations in a search for missing agents (house choice)."""


def _guess(found: Replay, run: Run) -> int:
    """Heads whose work would be that of the calls which lack of the target."""
    part, queue = found.part(run), found.ran.model.queues[run.row]
    lacking = max(0.0, found.trial.targets[run.row] - found.level(run)) * part.offered.sum() / found.trial.replications
    handle = float(np.mean(np.asarray(queue.handle_time_s)[run.first : run.end]))
    return max(1, round(lacking * handle / (60.0 * found.day.grid.minutes * (run.end - run.first))))


def with_heads(found: Replay, load: Load, heads: Sequence[int] | IntArray) -> Replay:
    """The day with so many agents more in each run."""
    queues = found.trial.forecast.queues
    more = [Help(queues[run.row], run.first, run.end, int(n)) for run, n in zip(found.runs, heads, strict=True) if n]
    return replay(found.trial, found.day, load, Mended(helpers=tuple(more))) if more else found


def baseline(trial: Trial, name: str, calls: FloatArray) -> Load:
    """The load as forecast."""
    days = np.full(trial.forecast.grid.horizon.days, trial.absent)
    return Load(name, calls, trial.forecast.handle_time_s, days)
