"""Which files of a centre's folder are tables of rows, and how the rows of each are told apart.

Every other file is a document, a roster version or the call history. A *record* may be changed row by row; a *log* is only ever
added to; an *output* is written anew as a whole by whatever made it.
"""

from dataclasses import dataclass
from typing import Literal

from data import tables
from data.columns import Table
from data.exchange import (
    call_decisions,
    call_outs,
    control,
    drills,
    duty,
    fairness,
    hr_tables,
    leave_plan,
    live,
    loans,
    offphone,
    payroll,
    payroll_lines,
    playbooks,
    points,
    proposals,
    pushes,
    quality,
    reach,
    requests,
    risk,
    rulebook_life,
    scim_people,
    shift_design,
    signals,
    stress,
    warning_scores,
    warning_steps,
    what_if,
)

Mode = Literal["record", "log", "output"]


@dataclass(frozen=True)
class Kept:
    """A file of rows.

    Parameters
    ----------
    name : str
        Name of the resource: the file without its suffix, with hyphens.
    table : Table
        Its columns; `table.keys` tell the rows of a record apart, without keys each row has an id of its own.
    mode : str
        record, log or output.
    """

    file: str
    table: Table
    mode: Mode

    @property
    def name(self) -> str:
        """Name of the resource."""
        return self.file.removesuffix(".csv").replace("_", "-")

    @property
    def of_agents(self) -> bool:
        """Whether each row belongs to an agent."""
        return "agent" in self.table.names


def _of(mode: Mode, **kept: Table) -> tuple[Kept, ...]:
    return tuple(Kept(f"{name}.csv", table, mode) for name, table in kept.items())


CATALOGUE = (
    *_of(
        "record",
        staff=tables.STAFF,
        shifts=tables.SHIFTS,
        leave=tables.LEAVE,
        wishes=tables.WISHES,
        events=tables.EVENTS,
        outages=tables.OUTAGES,
        exclusions=tables.EXCLUSIONS,
        overrides=tables.OVERRIDES,
        balances=tables.BALANCES,
        shift_demand=tables.SHIFT_DEMAND,
        leave_wishes=leave_plan.LEAVE_WISHES,
        tasks=offphone.TASKS,
        signals=signals.SIGNALS,
        live=live.LIVE,
        reach=reach.REACH,
        claims=points.CLAIMS,
        repeat_orders=quality.REPEAT_ORDERS,
        servqual=quality.SERVQUAL,
        shift_windows=shift_design.SHIFT_WINDOWS,
        push_state=pushes.PUSH_STATE,
        people=scim_people.PEOPLE,
        teams=scim_people.TEAMS,
        leave_types=hr_tables.LEAVE_TYPES,
        leave_balances=hr_tables.LEAVE_BALANCES,
        certificates=hr_tables.CERTIFICATES,
        asked=hr_tables.ASKED,
    ),
    *_of(
        "log",
        versions=tables.STEPS,
        changes=tables.CHANGES,
        activations=points.ACTIVATIONS,
        ledger=points.LEDGER,
        awards=points.AWARDS,
        decisions=requests.DECISIONS,
        leave_decisions=leave_plan.LEAVE_DECISIONS,
        rulebooks=rulebook_life.LIFE,
        warning_steps=warning_steps.WARNING_STEPS,
        call_out_steps=call_outs.STEPS,
        loan_steps=loans.LOAN_STEPS,
        risk_steps=risk.RISK_STEPS,
        control_steps=control.CONTROL_STEPS,
        playbook_steps=playbooks.STEPS,
        proposals=proposals.PROPOSALS,
        drills=drills.DRILLS,
        pushes=pushes.PUSHES,
    ),
    *_of(
        "output",
        warnings=tables.WARNINGS,
        call_outs=tables.CALL_OUTS,
        register=tables.REGISTER,
        coverage=tables.COVERAGE,
        duty=duty.DUTY,
        rights=points.RIGHTS,
        fairness=fairness.FAIRNESS,
        fairness_carried=fairness.FAIRNESS,
        balances_carried=tables.BALANCES,
        leave_waiting=leave_plan.LEAVE_WAITING,
        placements=offphone.PLACEMENTS,
        debts=offphone.DEBTS,
        payroll=payroll.PAYROLL,
        payroll_days=payroll.ITEMS,
        payroll_call_outs=payroll.CALL_OUT_PAY,
        payroll_lines=payroll_lines.LINES,
        settlement=loans.SETTLEMENT,
        risk_map=risk.RISK_MAP,
        what_if=what_if.WHAT_IF,
        drill=drills.DRILL,
        drill_replications=drills.REPLICATIONS,
        call_decisions=call_decisions.DECISIONS,
        stress=stress.STRESS,
        warning_scores=warning_scores.SCORES,
        push_report=pushes.PUSH_REPORT,
    ),
)
"""Every file of rows of a centre's folder."""

BY_FILE = {kept.file: kept for kept in CATALOGUE}
BY_NAME = {kept.name: kept for kept in CATALOGUE}
