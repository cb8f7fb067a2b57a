"""Incentive rights of a centre's folder: what puts them into a problem, and which plans stand against a change of them."""

from collections.abc import Callable, Iterator
from datetime import date

from api.workspace import Workspace
from data.exchange.files import stop
from data.exchange.points import RIGHTS_FILE
from data.model.errors import Finding
from optimizer.response.award import dishonoured, with_rights
from optimizer.rostering.problem import RosterProblem

REVERSED = "reverse its redemption with `echelon reverse`, or take away what stands against it (leave, days set by hand)"
"""How a right that cannot be honoured is mended."""


def honouring(workspace: Workspace) -> Callable[[RosterProblem], RosterProblem]:
    """What puts the rights of the next version into a problem.

    Raises
    ------
    InvalidData
        Every right that leaves its agent no legal line: law and protection come first.
    """

    def honour(problem: RosterProblem) -> RosterProblem:
        rights = workspace.honoured()
        bound = with_rights(problem, rights, workspace.catalogue)
        if bound is problem:
            return problem
        before = {right.id for right, _ in dishonoured(problem, rights)}
        wrong = [(right, cause) for right, cause in dishonoured(bound, rights) if right.id not in before]
        expected = "a right that leaves the agent a legal line"
        stop([Finding(RIGHTS_FILE, None, right.id, cause, expected, REVERSED) for right, cause in wrong])
        return bound

    return honour


def planned_already(workspace: Workspace, first: date, last: date) -> Iterator[Finding]:
    """Versions that are not withdrawn and plan any of some days: rights are settled before."""
    chain = workspace.chain
    for name, step in chain.proposed.items():
        if step.meets(first, last) and chain.states[name] != "withdrawn":
            read = f"{name} ({chain.states[name]}) plans {step.first} to {step.last}"
            fix = "withdraw it if it is only a proposal, or name days that are not planned yet"
            yield Finding("versions.csv", None, None, read, f"no plan yet of {first} to {last}", fix)
