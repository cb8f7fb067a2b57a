"""What is asked to be paid: the versions in force of some days, and the lines of a payroll drawn from them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from api.fairness import out_of_time, strangers
from api.payroll_lines import PaidPeriod, lines_between
from api.planned import Planned
from api.points import called_out
from api.workspace import Workspace
from data.exchange.calendars import calendar_for
from data.exchange.fairness import FAIRNESS_FILE, read_fairness
from data.exchange.files import stop
from data.exchange.payroll import CallOutPay
from data.exchange.payroll_lines import Line
from data.exchange.people import Rows
from data.model.errors import Finding, InvalidData
from data.model.fairness import FairnessBalance
from data.model.response import Activation
from data.model.roster import Roster
from data.model.splice import joined
from data.model.version import Step
from optimizer.response.echelon import call_out_pay
from optimizer.rostering.payroll import Payroll, payroll
from optimizer.rostering.problem import RosterProblem


@dataclass(frozen=True, eq=False)
class Asked:
    """What is paid and who is told.

    Parameters
    ----------
    plans : tuple of Planned
        The versions in force from `first` to `last`.
    held : tuple of FairnessBalance or None
        Of ``fairness.csv``; None = there is none.
    called : tuple of Activation
        Emergency duties done.
    """

    plans: tuple[Planned, ...]
    first: date
    last: date
    agents: tuple[str, ...]
    held: tuple[FairnessBalance, ...] | None
    called: tuple[Activation, ...]

    @property
    def planned(self) -> Planned:
        """The version in force on the last day."""
        return self.plans[-1]

    @cached_property
    def roster(self) -> Roster:
        """All days of the plans: those before the first one, and of each what it plans."""
        return joined([one.roster for one in self.plans])

    @property
    def problem(self) -> RosterProblem:
        """The problem with what the first plan began with, and a calendar that knows the day after the last: a night ends on it."""
        first, problem, horizon = self.plans[0].problem, self.planned.problem, self.roster.horizon
        calendar = calendar_for(problem.centre, horizon.first, horizon.last + timedelta(days=1))
        return replace(problem, balances=first.balances, calendar=calendar)

    def paid_period(self, paid: Payroll, called: tuple[CallOutPay, ...]) -> PaidPeriod:
        """What a payroll system is told lines of."""
        return PaidPeriod(self.problem, paid, called)


def drawn_up(folder: Path, first: date, last: date) -> tuple[PaidPeriod, list[Line]]:
    """What the days ``first <= day <= last`` of a folder are paid for, and its lines.

    Raises
    ------
    InvalidData
        No version in force plans the days.
    """
    workspace = Workspace.at(folder)
    asked = asked_of(workspace, {"--first": str(first), "--last": str(last)}, ())
    paid = payroll(asked.problem, asked.roster, first, last)
    period = asked.paid_period(paid, tuple(call_out_pay(asked.problem, asked.roster, asked.called, first, last)))
    return period, lines_between(workspace, period)


def asked_of(workspace: Workspace, options: Mapping[str, str], agents: Iterable[str]) -> Asked:
    """What the command line asks for; `InvalidData` with all that is wrong with it and with ``fairness.csv``."""
    findings, path, told = list[Finding](), workspace.out / FAIRNESS_FILE, tuple(agents)
    days = {option: day for option, text in options.items() if (day := _day(option, text, findings))}
    wrong = list[Finding]()
    plans, held = _plans(workspace, days, wrong), read_fairness(path, findings) if path.is_file() else None
    findings += [*_unknown_agents(workspace, told, held), *strangers(workspace, held or []), *wrong]
    findings += out_of_time(plans[-1], held or []) if plans else []
    stop(findings)
    balances = None if held is None else tuple(balance for _, balance in held)
    return Asked(plans, days["--first"], days["--last"], told, balances, called_out(workspace))


def _plans(workspace: Workspace, days: Mapping[str, date], findings: list[Finding]) -> tuple[Planned, ...]:
    """The versions in force for some days, in their order; of days that are wrong, as `findings` say then, the newest one alone."""
    newest = in_force(workspace, None, findings)
    if newest is None:
        return ()
    steps = [workspace.chain.proposed[name] for name in workspace.chain.heads]
    wrong = list(_wrong_days(steps, days))
    findings += wrong
    met = [step for step in steps if len(days) == 2 and step.meets(*days.values())]
    return (newest,) if wrong or not met else tuple(workspace.newest(step.first) for step in met)


def _day(option: str, text: str, findings: list[Finding]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        findings.append(finding(option, repr(text), "an ISO date such as 2026-06-08"))
        return None


def _wrong_days(steps: Sequence[Step], days: Mapping[str, date]) -> Iterator[Finding]:
    """Days that no version in force plans, between those asked for too, or a last day before the first."""
    told = "; ".join(f"{step.version} from {step.first} to {step.last}" for step in steps)
    for option, day in days.items():
        if not any(step.meets(day, day) for step in steps):
            yield finding(option, str(day), f"a day of a version in force: {told}")
    if len(days) == 2 and days["--last"] < days["--first"]:
        yield finding("--last", str(days["--last"]), f"{days['--first']}, the first day, or a later one")
    elif len(days) == 2:
        between = [days["--first"] + timedelta(days=d) for d in range(1, (days["--last"] - days["--first"]).days)]
        gap = [day for day in between if not any(step.meets(day, day) for step in steps)]
        if gap:
            yield finding("--first, --last", f"{gap[0]}, which nothing plans", f"days planned throughout: {told}", "pay them apart")


def _unknown_agents(workspace: Workspace, told: tuple[str, ...], held: Rows[FairnessBalance] | None) -> Iterator[Finding]:
    """Agents to be told that the staff does not have, or of whom there is nothing to tell."""
    for name in told:
        if name not in workspace.agents:
            yield finding("--agent", repr(name), "an agent of staff.csv", f"such as {workspace.agents[0]}")
    if told and held is None:
        yield Finding(FAIRNESS_FILE, None, None, "no file", "balances of fairness", "to begin, write its header alone: agent,until")


def in_force(workspace: Workspace, day: date | None, findings: list[Finding]) -> Planned | None:
    """The version in force for a day; that there is none is added to `findings`."""
    try:
        return workspace.newest(day)
    except InvalidData as error:
        findings += error.findings
        return None


def finding(option: str, read: str, expected: str, fix: str = "") -> Finding:
    """What is wrong with an option."""
    return Finding("command line", None, option, read, expected, fix)
