"""Loans that are agreed, as capacity: the lender is short of the agents, and the borrower has them by their efficiency."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from data.model.base import BoolArray, FloatArray
from data.model.loan import Loan
from data.model.roster import Roster
from optimizer.rostering.coverage import Flow, remove_one
from optimizer.rostering.headcount import on_phones
from optimizer.rostering.problem import RosterProblem


def served_with_loans(problem: RosterProblem, roster: Roster, flow: Flow, away: BoolArray, loans: Sequence[Loan]) -> FloatArray:
    """Agents on each queue once those who are lent answer the borrower's queue alone; shape (slots of the flow, queues).

    Parameters
    ----------
    flow : Flow
        Of `optimizer.response.warning.causes.flow_without`; who is lent is taken out of it, and the others move to their best use.
    away : array of bool, shape (agents, days)
        As there: who does not come is not lent.
    loans : sequence of Loan
    """
    there = on_phones(problem, replace(roster, start=np.where(away, -1, roster.start))) > 0
    helped, grid = np.zeros(flow.served.shape), problem.grid
    first = int(grid.day_slot[problem.first_open])
    for loan in loans:
        row = problem.requirement.queues.index(loan.queue)
        edges = grid.slot(loan.start), grid.slot(loan.end - timedelta(seconds=1)) + 1
        slots = np.arange(*np.clip(edges, first, grid.size)) - first
        for a in (problem.index[agent] for agent in loan.agents if agent in problem.index):
            here = slots[there[a, slots]]
            for slot in here.tolist():
                remove_one(flow, int(problem.group_of[a]), slot)
            helped[here, row] += loan.efficiency
    return flow.served + helped
