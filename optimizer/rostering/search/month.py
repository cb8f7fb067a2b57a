"""The month: place everyone, find out what agents are worth where, then let everyone answer everyone else under these prices.

The first placement is legal and quick. The bound then gives prices of presence; the cost of coverage is smoothed and leans on them
(`optimizer.rostering.search.lean`), so that early answers spread over the days without being held back by what each agent alone
does to the prices. The half-width shrinks by the same factor in each sweep; the last sweeps are exact. One agent's best response
is exactly additive over the days, because an agent's shifts never overlap. Rounds of improvement follow
(`optimizer.rostering.search.improve`). While the sweeps and the rounds go on, the bound climbs on.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import numpy as np

from data.model.base import FloatArray
from data.model.roster import Roster
from optimizer.rostering.bound import Climbed, climb, flat_prices, line_dual
from optimizer.rostering.frame import Frame, Lines, kept_lines
from optimizer.rostering.search.descent import Descent, Found, descend
from optimizer.rostering.search.improve import improve
from optimizer.rostering.search.params import SearchParams
from optimizer.rostering.search.watch import Watch
from optimizer.rostering.solution import Budget, Status

REFINED = 0.15
"""Further steps of the bound beside the sweeps, as a share of the first ones."""
REFINING_STEPS = (0.05, 0.01)
"""First and last length of these steps, as in `optimizer.rostering.bound`."""
POLISHED, STEPS_A_ROUND = 0.5, 10
"""The same share beside the rounds of improvement, and at most so many steps for each round: they take as long as its trials."""
POLISHING_STEPS = (0.02, 0.002)
"""First and last length of the steps beside the rounds."""


def search_month(
    frame: Frame, params: SearchParams, budget: Budget, watch: Watch, hint: Roster | None, executor: Executor
) -> tuple[Found, Climbed]:
    """Best lines for a whole plan, and the bound.

    Parameters
    ----------
    hint : Roster or None
        Begin from its lines.
    """
    descent = Descent(frame, start_lines(frame, hint), params, present=hint is not None)
    wide = max(params.start_width * descent.largest, params.end_width)
    cost = descent.insert(wide) if hint is None else descent.sweep(0.0)
    found = Found(Lines(descent.lines.symbol.copy(), descent.lines.meal.copy()), cost, Status.FEASIBLE, 0)
    going = watch(descent.progress("first roster", 1.0, cost, 0.0, watch.began))
    climbed = Climbed(0.0, flat_prices(frame.curves))
    left = watch.left(budget)
    if budget.bound_steps and going and left > 0:
        dual = line_dual(frame, executor)
        climbed = climb(dual, climbed.prices, budget.bound_steps, params.bound_share * left, params.seed, watch, cost)
    if watch.stopped:
        return Found(found.lines, cost, Status.CANCELLED, 0), climbed
    with ThreadPoolExecutor(1) as beside:
        refine = partial(_refine, frame, executor=executor, seed=params.seed + 1, budget=budget, watch=watch)
        refining = beside.submit(refine, climbed, cost, round(REFINED * budget.bound_steps), REFINING_STEPS)
        found = descend(
            descent, _widths(descent.largest, params, budget).tolist(), budget, watch,
            began=watch.began, prices=climbed.prices if budget.bound_steps else None, best=found, bound=climbed.bound,
        )  # fmt: skip
        climbed = refining.result()
        steps = min(round(POLISHED * budget.bound_steps), STEPS_A_ROUND * budget.rounds)
        refining = beside.submit(refine, climbed, found.cost, steps, POLISHING_STEPS)
        prices = climbed.prices if budget.bound_steps else None
        return improve(frame, found, prices, climbed.bound, params, budget, watch), refining.result()


def _refine(
    frame: Frame,
    climbed: Climbed,
    cost: float,
    steps: int,
    lengths: tuple[float, float],
    *,
    executor: Executor,
    seed: int,
    budget: Budget,
    watch: Watch,
) -> Climbed:
    """The bound after some more, short steps."""
    left = watch.left(budget)
    if not steps or left <= 0 or watch.stopped:
        return climbed
    more = climb(line_dual(frame, executor), climbed.prices, steps, left, seed, watch, cost, lengths, sampled=0.0)
    return max(climbed, more, key=lambda one: one.bound)


def start_lines(frame: Frame, roster: Roster | None) -> Lines:
    """Lines of a roster for everyone who has a legal line; the others keep theirs."""
    if roster is None:
        return frame.kept
    placeable = (frame.table_of >= 0)[:, None]
    lines = kept_lines(frame.problem, roster)
    return Lines(np.where(placeable, lines.symbol, frame.kept.symbol), np.where(placeable, lines.meal, frame.kept.meal))


def _widths(largest: float, params: SearchParams, budget: Budget) -> FloatArray:
    """Half-width of each sweep: geometric from wide to narrow, then zero."""
    smooth = max(budget.sweeps - params.exact_sweeps, budget.sweeps // 2)
    wide = params.lean_width if budget.bound_steps else max(params.start_width * largest, params.end_width)
    return np.concatenate([np.geomspace(wide, params.end_width, smooth), np.zeros(max(1, budget.sweeps - smooth))])
