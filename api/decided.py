"""The next version of a roster, out of what was decided on the one in force."""

from dataclasses import replace

import numpy as np

from api.planned import Planned
from data.model.errors import VerificationFailed
from data.model.splice import days_of
from optimizer.rostering.requests import Desk
from optimizer.rostering.solution import Solution, Status
from optimizer.rostering.verify import verify


def next_version(head: Planned, before: Desk, after: Desk, made: str) -> Planned:
    """The roster in force with what was decided on its desk; later runs keep the days whose shift is another one.

    It has the day's rhythm, in which shifts may be longer or shorter than their templates.

    Parameters
    ----------
    made : str
        How it came about, for its origin.

    Raises
    ------
    VerificationFailed
        If the verifier finds what the roster in force does not have: nothing was written yet.
    """
    stood = before.roster
    roster = replace(after.roster, parent=stood.version, rhythm="day", origin=stood.origin | {"made": made})
    problem = replace(after.problem, base=stood, locked=before.locked)
    verdict, known = (verify(problem, one) for one in (roster, stood))
    news = sorted(set(verdict.faults) - set(known.faults))
    news += [f"{b.rule}: {b.agent}: {b.message}" for b in verdict.breaches if b.agent not in {o.agent for o in known.breaches}]
    if news:
        raise VerificationFailed("\n".join(news))
    solution = Solution(Status.FEASIBLE, roster, verdict.costs, 0.0, 0.0, 0, (), verdict)
    moved = np.array(roster.codes)[roster.symbol] != np.array(stood.codes)[stood.symbol]
    return Planned(problem, solution, head.forecast, tuple(days_of(roster, moved)))
