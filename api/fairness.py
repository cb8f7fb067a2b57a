"""Balances of fairness that a centre's folder brings into a plan, held against its staff and the days of the plan."""

from collections.abc import Iterator
from datetime import timedelta

from api.planned import Planned
from api.workspace import Workspace
from data.exchange.fairness import CARRIED_FILE, FAIRNESS_FILE
from data.exchange.people import Rows
from data.model.errors import Finding
from data.model.fairness import FairnessBalance


def strangers(workspace: Workspace, held: Rows[FairnessBalance]) -> Iterator[Finding]:
    """Balances of agents whom the staff does not have."""
    known, expected = set(workspace.agents), f"an agent of staff.csv, such as {workspace.agents[0]}"
    for line, balance in held:
        if balance.agent not in known:
            yield Finding(FAIRNESS_FILE, line, "agent", repr(balance.agent), expected, "take out the row")


def out_of_time(planned: Planned, held: Rows[FairnessBalance]) -> Iterator[Finding]:
    """Balances that leave days before a plan out, or are of a later time."""
    horizon = planned.roster.horizon
    least = horizon.first - timedelta(days=1)
    expected = f"a day from {least} to {horizon.last}, so that no day is missing or counted twice"
    fix = f"begin with {CARRIED_FILE} of the plan before, or name days of the plan after it"
    for line, balance in held:
        if not least <= balance.until <= horizon.last:
            yield Finding(FAIRNESS_FILE, line, "until", str(balance.until), expected, fix)
