"""Cheapest heads of one steady interval with skill groups: a search on the surrogate that simulation corrects and confirms.

The bracket of Erlang gives the start. On the surrogate the search costs nothing; a long simulation of what it finds tells by how
much the surrogate is wrong there, and the search goes on from the corrected one. From the heads so found agents are added one
by one where a target is missed, and cheaper staffings near by are tried out until none survives: every agent taken away, moves
of a few agents that the corrected surrogate favours, and swaps that leave the worst queue better off. Trials are short runs over
the same calls as a short run of the heads they start from, whose long run they correct (common random numbers); what is kept
has been confirmed by a long run of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from data.model.base import FloatArray, IntArray
from data.model.centre import ServiceTarget
from optimizer.staffing.multiskill.bracket import Bracket
from optimizer.staffing.multiskill.margins import Margins, settled_margins
from optimizer.staffing.multiskill.steady import SteadyInterval, probit
from optimizer.staffing.multiskill.surrogate import Surrogate

BETTER = 2e-3
"""A swap must raise the worst margin by at least this much, so that noise does not keep the search going (house choice)."""

RUNS = 4
"""Replications of a long run, which may run side by side (house choice)."""

LONGER = 4.0
"""Times as many calls when a long run leaves it open whether the targets are met (house choice)."""

MISSES = 3
"""Corrections of the surrogate that may lead to nothing better before the trials begin (house choice)."""

DOUBT = 0.1
"""Ridge penalty on the slopes that correct the surrogate, per agent squared: the noise of a trial against the surrogate's own
error in what one agent brings, about 0.01 and 0.03 normal quantiles (house choice)."""

Foreseen = Callable[[IntArray], FloatArray]


@dataclass(frozen=True)
class Effort:
    """How much is simulated.

    Parameters
    ----------
    training, training_calls : int, float
        Staffings behind the surrogate, and calls of each.
    trial_calls, settled_calls : float
        Calls of a short run, which compares, and of a long one, which confirms.
    trials : int
        Staffings of each kind tried out in a round beside taking away single agents.
    patience : int
        Rounds of trials without a success after which the search ends; each corrects the surrogate for the next.
    rounds : int
        Most rounds, and most steps of a search on the surrogate.
    days, day_rounds : int
        Simulated days, and most rounds of repair.
    """

    training: int = 300
    training_calls: float = 60_000
    trial_calls: float = 300_000
    settled_calls: float = 2_000_000
    trials: int = 16
    patience: int = 4
    rounds: int = 60
    days: int = 100
    day_rounds: int = 12


@dataclass(frozen=True, eq=False)
class Staffing:
    """Heads of each group (groups,) and what a long run showed of them."""

    heads: IntArray
    margins: Margins


@dataclass(frozen=True, eq=False)
class SteadySearch:
    """The search of one interval.

    Parameters
    ----------
    interval : SteadyInterval
    targets : sequence of ServiceTarget
        One for each queue.
    cost, most : array of float, shape (groups,)
        Cost of an agent, and most heads; inf = no limit.
    surrogate : Surrogate
    executor : Executor or None
        Runs simulations side by side.
    """

    interval: SteadyInterval
    targets: Sequence[ServiceTarget]
    cost: FloatArray
    most: FloatArray
    surrogate: Surrogate
    effort: Effort
    seed: int
    executor: Executor | None = None
    short: dict[tuple[int, ...], Margins] = field(default_factory=dict, repr=False)
    long: dict[tuple[int, ...], Staffing] = field(default_factory=dict, repr=False)

    def solve(self, bounds: Bracket) -> Staffing:
        """Cheapest heads found; a target is still missed only where no group may have another head."""
        at = self._approach(bounds)
        for _ in range(self.effort.rounds):
            after = self._add(at) if at.margins.worst < 0 else self._improve(at)
            if after is None:
                break
            at = after
        return at

    # -- simulation --------------------------------------------------------------------------------------------------------------

    def settle(self, heads: IntArray) -> Staffing:
        """Run some heads for long, and for longer where the worst queue is within the noise of its target."""
        key = tuple(heads.tolist())
        if key not in self.long:
            margins = self._run_long(heads, self.effort.settled_calls)
            if margins.doubtful:
                margins = self._run_long(heads, LONGER * self.effort.settled_calls)
            self.long[key] = Staffing(heads, margins)
        return self.long[key]

    def _run_long(self, heads: IntArray, calls: float) -> Margins:
        run = self.interval.run(heads, calls=calls, seed=self.seed, runs=RUNS, executor=self.executor)
        return settled_margins(run, self.targets)

    def try_out(self, at: Staffing, others: IntArray) -> FloatArray:
        """Margins of other heads, shape (others, queues): their long runs, or that of `at` and by how much short runs differ."""

        def run(heads: IntArray) -> Margins:
            return settled_margins(self.interval.run(heads, calls=self.effort.trial_calls, seed=self.seed + 1), self.targets)

        new = [heads for heads in (at.heads, *others) if tuple(heads.tolist()) not in self.short]
        found = map(run, new) if self.executor is None else self.executor.map(run, new)
        self.short.update(zip((tuple(heads.tolist()) for heads in new), found, strict=True))
        from_short = at.margins.margin[:, 0] - self.short[tuple(at.heads.tolist())].margin[:, 0]
        keys = [tuple(heads.tolist()) for heads in others]
        known = {key: self.short[key].margin[:, 0] + from_short for key in keys}
        known.update({key: self.long[key].margins.margin[:, 0] for key in keys if key in self.long})
        return np.stack([known[key] for key in keys])

    # -- on the surrogate --------------------------------------------------------------------------------------------------------

    def foresee(self, at: Staffing | None) -> Foreseen:
        """Margins of many heads, (heads, groups) -> (heads, queues), in normal quantiles: the surrogate, corrected near `at`.

        It is right at `at`, and what it says too little of each agent more or less follows from the trials so far.
        """
        goal = ndtri(np.array([target.service_level for target in self.targets]))
        if at is None:
            return lambda heads: self.surrogate.probits(self.interval, heads) - goal
        gap = probit(at.margins.level[:, 0]) - self.surrogate.probits(self.interval, at.heads[None])[0]
        slope = self._slopes(at)
        return lambda heads: self.surrogate.probits(self.interval, heads) + gap + (heads - at.heads) @ slope - goal

    def _slopes(self, at: Staffing) -> FloatArray:
        """What the surrogate says too little of an agent of each group, shape (groups, queues): a ridge over the trials."""
        if tuple(at.heads.tolist()) not in self.short:
            return np.zeros((at.heads.size, self.interval.rates.size))
        heads = np.array(list(self.short))
        level = probit(np.stack([each.level[:, 0] for each in self.short.values()]))
        beyond = level - self.surrogate.probits(self.interval, heads)
        beyond -= beyond[list(self.short).index(tuple(at.heads.tolist()))]
        moved = heads - at.heads
        # what is far away says little
        near = 1 / (1 + np.abs(moved).sum(axis=1, keepdims=True))
        slopes = np.linalg.solve((moved * near).T @ moved + DOUBT * np.eye(at.heads.size), (moved * near).T @ beyond)
        return np.asarray(slopes, np.float64)

    def _approach(self, bounds: Bracket) -> Staffing:
        """Search on the surrogate, run, correct the surrogate, and search on while that helps; the best of what was run."""
        best, misses = self.settle(self._on_surrogate(bounds.lower, self.foresee(None))), 0
        at = best
        while misses < MISSES:
            at = self.settle(self._on_surrogate(at.heads, self.foresee(at)))
            better = self._rank(at) < self._rank(best)
            best, misses = (at, misses) if better else (best, misses + 1)
        return best

    def _rank(self, at: Staffing) -> tuple[float, float, float]:
        """Less is better: what is missing, the cost, and the worst margin negative."""
        return float(at.margins.missing.sum()), float(self.cost @ at.heads), -at.margins.worst

    def _on_surrogate(self, heads: IntArray, foresee: Foreseen) -> IntArray:
        """Add agents until every target is foreseen to be met, then make the best cheaper or equal move, again and again."""
        while (missing := _missing(foresee(heads[None]))[0]) > 0:
            moves = self._allowed(_added(heads))
            gain = (missing - _missing(foresee(moves))) / (moves @ self.cost - self.cost @ heads)
            if not (gain > 0).any():
                return heads
            heads = moves[int(np.argmax(gain))]
        for _ in range(self.effort.rounds):
            moves = self._allowed([*_removed(heads), *_swapped(heads)])
            spare, saved = _worst(foresee(moves)), self.cost @ heads - moves @ self.cost
            # the cheapest that still meets the targets, and among equal costs the one with the most to spare
            better = (spare >= 0) & ((saved > 1e-9) | ((saved > -1e-9) & (spare > _worst(foresee(heads[None])) + BETTER)))
            if not better.any():
                break
            heads = moves[int(np.lexsort((spare, saved, better))[-1])]
        return heads

    # -- by simulation -----------------------------------------------------------------------------------------------------------

    def _add(self, at: Staffing) -> Staffing | None:
        """One more agent where it makes up most of what is missing for its cost; None when nobody may be added."""
        moves = self._allowed(_added(at.heads))
        if not len(moves):
            return None
        gain = at.margins.missing.sum() - _missing(self.try_out(at, moves))
        return self.settle(moves[int(np.argmax(gain / (moves @ self.cost - self.cost @ at.heads)))])

    def _improve(self, at: Staffing) -> Staffing | None:
        """Something cheaper that survives a long run, or equal heads with more to spare; None when rounds found neither."""
        nearest = at.heads
        for _ in range(self.effort.patience):
            moves = self._proposals(at, nearest)
            if not len(moves):
                break
            saved, worst = self.cost @ at.heads - moves @ self.cost, _worst(self.try_out(at, moves))
            needed = np.where(saved > 1e-9, 0.0, at.margins.worst + BETTER)
            for k in np.lexsort((-worst, -saved)):
                if worst[k] >= needed[k] and (after := self.settle(moves[k])).margins.worst >= needed[k]:
                    return after
            nearest = moves[int(np.argmax(np.where(saved > 1e-9, worst, -np.inf)))]
        return None

    def _proposals(self, at: Staffing, nearest: IntArray) -> IntArray:
        """Heads to try out: every agent taken away, and moves that the corrected surrogate favours, cheaper and equal ones.

        `nearest` are the cheaper heads that came nearest to the targets so far; they are rearranged further.
        """
        foresee, budget = self.foresee(at), float(self.cost @ at.heads)
        single = self._allowed(_removed(at.heads))
        double = self._allowed(swap for heads in single for swap in _swapped(heads))
        cheaper = self._favoured(double[double @ self.cost < budget - 1e-9], foresee)
        swaps = self._allowed([*_swapped(at.heads), *_swapped(nearest)])
        dear = swaps @ self.cost
        equal = self._favoured(swaps[(dear < budget + 1e-9) & (dear >= budget - 1e-9)], foresee)
        again = self._favoured(swaps[dear < budget - 1e-9], foresee)
        far = self._rearranged(cheaper[0], foresee) if len(cheaper) else cheaper
        return np.unique(np.concatenate([single, cheaper, far, equal, again]), axis=0)

    def _favoured(self, moves: IntArray, foresee: Foreseen) -> IntArray:
        """The moves with the most to spare, best first."""
        if not len(moves):
            return moves
        return moves[np.argsort(-_worst(foresee(moves)), kind="stable")[: self.effort.trials]]

    def _rearranged(self, heads: IntArray, foresee: Foreseen) -> IntArray:
        """The last heads on a way of swaps, none dearer, each of which leaves the worst queue better off."""
        way = [heads]
        for _ in range(self.effort.rounds):
            moves = self._allowed(_swapped(way[-1]))
            moves = moves[moves @ self.cost < self.cost @ way[-1] + 1e-9]
            best = self._favoured(moves, foresee)[:1]
            if not len(best) or _worst(foresee(best))[0] <= _worst(foresee(way[-1][None]))[0] + BETTER:
                break
            way.append(best[0])
        return np.array(way[-self.effort.trials :])

    def _allowed(self, moves: Iterable[IntArray]) -> IntArray:
        """The moves within the most heads, each once, shape (moves, groups)."""
        given = np.array(list(moves), np.int64).reshape(-1, self.cost.size)
        return np.unique(given[((given >= 0) & (given <= self.most)).all(axis=1)], axis=0)


def _missing(margins: FloatArray) -> FloatArray:
    """What is missing to the targets over the queues, shape (staffings,)."""
    return np.maximum(-np.nan_to_num(margins), 0.0).sum(axis=1)


def _worst(margins: FloatArray) -> FloatArray:
    """Least margin of the queues, shape (staffings,); inf without calls."""
    return np.fmin.reduce(margins, axis=1, initial=np.inf)


def _added(heads: IntArray) -> list[IntArray]:
    """One agent more in each group."""
    return list(heads + np.eye(heads.size, dtype=np.int64))


def _removed(heads: IntArray) -> list[IntArray]:
    """One agent less in each group that has one."""
    return list((heads - np.eye(heads.size, dtype=np.int64))[heads > 0])


def _swapped(heads: IntArray) -> list[IntArray]:
    """One agent moved from a group that has one to another."""
    return [more for less in _removed(heads) for more in _added(less) if (more != heads).any()]
