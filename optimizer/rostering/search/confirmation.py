"""The last step of a search: its roster as the verifier, which shares nothing with it, finds it."""

from data.model.errors import VerificationFailed
from data.model.roster import Roster, Verdict
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import Unplaced
from optimizer.rostering.verify import TOLERANCE, verify


def confirmed(
    problem: RosterProblem, roster: Roster, unplaced: tuple[Unplaced, ...], claimed: float, by: str = "search"
) -> Verdict:
    """What the verifier says; a roster that is wrong otherwise than for agents without a legal line is refused.

    Parameters
    ----------
    claimed : float
        What the roster costs by whatever chose it, which `by` names.

    Raises
    ------
    VerificationFailed
        If it breaks a rule, or costs something else than was claimed; the message lists every finding.
    """
    verdict, excused = verify(problem, roster), tuple(agent.agent for agent in unplaced)
    wrong = [f"{b.rule}: {b.agent}: {b.message}" for b in verdict.breaches if b.agent not in excused]
    wrong += [fault for fault in verdict.faults if not fault.startswith(tuple(f"{agent}: " for agent in excused))]
    cost = sum(verdict.costs.values())
    if not excused and abs(cost - claimed) > TOLERANCE * max(1.0, abs(cost)):
        wrong.append(f"the {by} claims a cost of {claimed}, the verifier finds {cost}")
    if wrong:
        raise VerificationFailed("\n".join(wrong))
    return verdict
