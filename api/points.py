"""The books of contribution points of a centre's folder: the ledger, who answered call-outs, and what an agent more was worth."""

from dataclasses import replace

from api.planned import Planned, whole_plan
from api.workspace import Workspace
from data.exchange.points import ACTIVATIONS_FILE, LEDGER_FILE, read_activations, read_ledger
from data.model.base import FloatArray
from data.model.points import Reason
from data.model.points_ledger import Ledger
from data.model.response import Activation
from optimizer.rostering.bound import interval_prices
from optimizer.rostering.executor import open_executor
from optimizer.rostering.problem import RosterProblem

PRICE_STEPS = 100
"""Steps of the bound that prices intervals (house choice): prices correlate by 0.99 with those of the 400 steps of a plan."""


def ledger_of(workspace: Workspace) -> Ledger:
    """The ledger of a centre's folder; an empty one if it has none yet."""
    path, policy = workspace.out / LEDGER_FILE, workspace.policies.points
    return read_ledger(path, policy) if path.is_file() else Ledger(policy)


def undone(ledger: Ledger) -> set[str]:
    """Ids of entries that were reversed."""
    return {entry.of for entry in ledger.entries if entry.reason is Reason.REVERSAL}


def called_out(workspace: Workspace) -> tuple[Activation, ...]:
    """Call-outs that were answered; none if the folder tells of none."""
    queues = [queue.id for queue in workspace.centre.centre.queues]
    return read_activations(workspace.out / ACTIVATIONS_FILE, workspace.agents, queues)


def prices_of(problem: RosterProblem) -> FloatArray:
    """What one agent more is worth in each slot; shape (queues, slots)."""
    with open_executor() as workers:
        return interval_prices(problem, PRICE_STEPS, workers)


def priced(planned: Planned) -> tuple[RosterProblem, FloatArray]:
    """The whole plan of a version as a month's problem, and what one agent more is worth in each slot of it.

    The prices are those of the bound, reckoned anew from the problem: the same whenever they are asked for.
    """
    whole = whole_plan(planned).problem
    problem = replace(whole, rhythm="month", locked=None, max_line_minutes=None, min_line_minutes=None)
    return problem, prices_of(problem)
