"""The searches: `solve` for a month or a week, `tweak` for a day that is under way."""

from time import perf_counter

from data.model.errors import VerificationFailed
from data.model.roster import Roster, Verdict
from optimizer.rostering.bound import line_bound
from optimizer.rostering.frame import Frame, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search.day import tweak
from optimizer.rostering.search.descent import Found
from optimizer.rostering.search.month import search_month
from optimizer.rostering.search.params import SearchParams, TweakParams
from optimizer.rostering.search.week import search_week
from optimizer.rostering.solution import Budget, OnProgress, Solution, keep_going
from optimizer.rostering.verify import verify

__all__ = ["SearchParams", "TweakParams", "solve", "tweak"]

TOLERANCE = 1e-6
"""Share of the cost by which the search and the verifier may differ."""


def solve(
    problem: RosterProblem,
    *,
    params: SearchParams | None = None,
    budget: Budget | None = None,
    on_progress: OnProgress = keep_going,
    hint: Roster | None = None,
) -> Solution:
    """Plan a month, or adjust a week of one, as ``problem.rhythm`` says; the roster is verified before it leaves.

    Parameters
    ----------
    hint : Roster or None
        A roster on the same days to begin from.

    Raises
    ------
    VerificationFailed
        If the roster breaks a rule other than for an agent who has no legal line, or costs something else than the search says.
    """
    began, params, budget = perf_counter(), params or SearchParams(), budget or Budget()
    frame = frame_of(problem)
    search = search_month if problem.rhythm == "month" else search_week
    found = search(frame, params, budget, on_progress, hint)
    roster = frame.roster(found.lines, {"seed": str(params.seed), "sweeps": str(found.sweeps)})
    verdict = verify(problem, roster)
    _confirm(frame, found, verdict)
    left = budget.seconds - (perf_counter() - began)
    bound = line_bound(frame, found.prices, budget.bound_steps, left, params.seed, on_progress, sum(verdict.costs.values()))
    seconds = perf_counter() - began
    return Solution(found.status, roster, verdict.costs, bound, seconds, found.sweeps, frame.unplaced, verdict)


def _confirm(frame: Frame, found: Found, verdict: Verdict) -> None:
    """Refuse a roster that is wrong otherwise than for agents without a legal line."""
    excused = tuple(agent.agent for agent in frame.unplaced)
    wrong = [f"{b.rule}: {b.agent}: {b.message}" for b in verdict.breaches if b.agent not in excused]
    wrong += [fault for fault in verdict.faults if not fault.startswith(tuple(f"{agent}: " for agent in excused))]
    cost = sum(verdict.costs.values())
    if not excused and abs(cost - found.cost) > TOLERANCE * max(1.0, abs(cost)):
        wrong.append(f"the search claims a cost of {found.cost}, the verifier finds {cost}")
    if wrong:
        raise VerificationFailed("\n".join(wrong))
