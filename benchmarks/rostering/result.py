"""One line of the table, whoever made the roster."""

import resource
from dataclasses import dataclass
from math import nan

from benchmarks.rostering.centre import UNDER
from data.model.roster import Roster
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import Solution, gap_of
from optimizer.rostering.verify import verify


@dataclass(frozen=True)
class Row:
    """One result; NaN is what a method does not tell.

    Parameters
    ----------
    first_s : float
        Until the first legal roster.
    gap : float
        Share of the penalty that the bound does not cover.
    gap_paid : float
        The same gap in agents missing at their mean price, as a share of paid time.
    verified : bool
        Whether the verifier found no breach and the same cost, coverage recomputed by its own programme.
    peak_mb : float
        Most memory of this process so far.
    """

    method: str
    agents: int
    seed: int
    wall_s: float
    cpu_s: float
    first_s: float
    cost: float
    bound: float
    gap: float
    gap_paid: float
    coverage: float
    verified: bool
    peak_mb: float
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """What a peer returns: its roster, None if it found none; its bound, NaN if it has none; what is to be said of it."""

    method: str
    roster: Roster | None
    bound: float = nan
    note: str = ""


def row_of(
    method: str, problem: RosterProblem, solution: Solution, seed: int, times: tuple[float, float, float], coverage: float
) -> Row:
    """Figures of our solution; `times` are wall, CPU and first roster, seconds."""
    assert solution.roster is not None
    legal = solution.verdict is not None and solution.verdict.legal
    gap_paid = _gap_paid(problem, solution.roster, solution.cost, solution.bound)
    figures = solution.cost, solution.bound, solution.gap, gap_paid, coverage
    return Row(method, len(problem.agents), seed, *times, *figures, legal, peak_mb())


def judged(problem: RosterProblem, answer: Answer, seed: int, wall: float, cpu: float) -> Row:
    """Figures of a peer's roster as our verifier finds them: the same rules, the same goals."""
    times, size = (wall, cpu, nan), (answer.method, len(problem.agents), seed)
    if answer.roster is None:
        return Row(*size, *times, nan, answer.bound, nan, nan, nan, False, peak_mb(), answer.note)
    peak, verdict = peak_mb(), verify(problem, answer.roster)
    cost, breaches = sum(verdict.costs.values()), len(verdict.breaches) + len(verdict.faults)
    note = "; ".join(filter(None, [answer.note, f"{breaches} hard breaches" if breaches else ""]))
    gaps = (
        gap_of(cost, answer.bound) if answer.bound == answer.bound else nan,
        _gap_paid(problem, answer.roster, cost, answer.bound),
    )
    return Row(*size, *times, cost, answer.bound, *gaps, nan, verdict.legal, peak, note)


def _gap_paid(problem: RosterProblem, roster: Roster, cost: float, bound: float) -> float:
    paid = roster.paid_minutes[:, problem.first_open :].sum() / problem.grid.minutes
    gap = cost - bound
    return (gap if gap != gap else max(0.0, gap)) / (sum(UNDER) / len(UNDER)) / float(paid)


def peak_mb() -> float:
    """Most memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
