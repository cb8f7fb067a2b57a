"""What the files of a centre say about one another: names that are not known, days that overlap, times off the interval."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from data.exchange.calendars import country_findings
from data.exchange.people import Rows
from data.model.centre import Centre
from data.model.demand import Event
from data.model.errors import Finding
from data.model.ledger import Balance
from data.model.outage import Outage
from data.model.people import Absence, Agent, Wish
from data.model.roster import OFF, ShiftTemplate
from data.model.rulebook import Rulebook
from data.model.shift_demand import ShiftDemand

EMERGENCY = "overtime beyond its limits needs an emergency of Labour Law art. 42, confirmed by the lawyers; pay stays (art. 44)"
"""Why a derogation from a rule on overtime asks for more than another one."""


@dataclass(frozen=True)
class Sheets:
    """The tables of a folder, each entity with its line."""

    shifts: Rows[ShiftTemplate]
    staff: Rows[Agent]
    leave: Rows[Absence]
    wishes: Rows[Wish]
    events: Rows[Event]
    balances: Rows[Balance]
    shift_demand: Rows[ShiftDemand]

    def entities(
        self, name: Literal["shifts", "staff", "leave", "wishes", "events", "balances", "shift_demand"]
    ) -> tuple[Any, ...]:
        """Entities of a table, in the order of its rows."""
        return tuple(entity for _, entity in getattr(self, name))


def cross_findings(centre: Centre, sheets: Sheets) -> list[Finding]:
    """Every contradiction between the files; a file that does not read at all is not held against the others."""
    return [
        *country_findings(centre.country),
        *(_contracts(centre) if sheets.shifts else ()),
        *_shifts(centre, sheets),
        *_staff(centre, sheets),
        *_unknown_agents(sheets),
        *_leave(centre, sheets),
        *_wishes(centre, sheets),
        *_events(centre, sheets),
        *_balances(sheets),
        *_shift_demand(centre, sheets),
    ]


def _unknown(where: str, line: int | None, column: str, value: str, known: set[str]) -> Iterator[Finding]:
    if value not in known:
        names = ", ".join(sorted(known)) if len(known) <= 40 else f"{len(known)} known ones"
        yield Finding(where, line, column, repr(value), f"one of {names}" if known else "nothing: none is defined")


def _contracts(centre: Centre) -> Iterator[Finding]:
    codes = {shift.code for shift in centre.shifts}
    for k, contract in enumerate(centre.contracts):
        for code in contract.shifts:
            yield from _unknown("centre.toml", None, f"contracts.{k}.shifts", code, codes)
    queues = {queue.id for queue in centre.queues}
    for k, tier in enumerate(centre.echelons):
        for queue in tier.queues:
            yield from _unknown("centre.toml", None, f"echelons.{k}.queues", queue, queues)
    for k, region in enumerate(centre.regions):
        for queue in region.shares:
            yield from _unknown("centre.toml", None, f"regions.{k}.shares", queue, queues)


def _shifts(centre: Centre, sheets: Sheets) -> Iterator[Finding]:
    step = centre.interval_minutes
    fix = "move it, or change interval_minutes in centre.toml"
    for line, shift in sheets.shifts:
        times = (("start", shift.start_minute, f"{shift.start:%H:%M}"), ("minutes", shift.minutes, str(shift.minutes)))
        for column, minutes, read in times:
            if minutes % step:
                yield Finding("shifts.csv", line, column, read, f"a multiple of {step} minutes", fix)
        if shift.code == OFF:
            yield Finding("shifts.csv", line, "code", OFF, f"another code; {OFF} is the day off")


def _staff(centre: Centre, sheets: Sheets) -> Iterator[Finding]:
    queues, contracts = {queue.id for queue in centre.queues}, {contract.id for contract in centre.contracts}
    sites, tiers = {site.id for site in centre.sites}, {tier.id for tier in centre.echelons}
    for line, agent in sheets.staff:
        yield from _unknown("staff.csv", line, "contract", agent.contract, contracts)
        for skill in agent.skills:
            yield from _unknown("staff.csv", line, "skills", skill, queues)
        if agent.site and sites:
            yield from _unknown("staff.csv", line, "site", agent.site, sites)
        if agent.echelon:
            yield from _unknown("staff.csv", line, "echelon", agent.echelon, tiers)


def _unknown_agents(sheets: Sheets) -> Iterator[Finding]:
    known = {agent.id for _, agent in sheets.staff}
    for where, rows in (("leave.csv", sheets.leave), ("wishes.csv", sheets.wishes), ("balances.csv", sheets.balances)):
        for line, entry in rows:
            if known and entry.agent not in known:
                yield Finding(where, line, "agent", repr(entry.agent), "an agent of staff.csv", "add the agent or take out the row")


def _leave(centre: Centre, sheets: Sheets) -> Iterator[Finding]:
    taken = {OFF, *(shift.code for shift in centre.shifts)}
    paid: dict[str, bool] = {}
    of_agent: dict[str, Rows[Absence]] = defaultdict(list)
    for line, absence in sheets.leave:
        of_agent[absence.agent].append((line, absence))
        if absence.code in taken:
            yield Finding("leave.csv", line, "code", absence.code, "a code that is no shift and no day off")
        if paid.setdefault(absence.code, absence.paid) != absence.paid:
            yield Finding("leave.csv", line, "paid", str(absence.paid), f"the same in all rows of {absence.code}", "use two codes")
    for rows in of_agent.values():
        yield from _overlaps(sorted(rows, key=lambda row: row[1].first))


def _overlaps(rows: Rows[Absence]) -> Iterator[Finding]:
    """Leave of one agent, in order of the first day, that begins before the longest one until then has ended."""
    longest = rows[0]
    for line, late in rows[1:]:
        if late.first <= longest[1].last:
            read, expected = f"{late.first} to {late.last}", f"days after {longest[1].last} (row {longest[0]})"
            yield Finding("leave.csv", line, "first", read, expected, f"leave of {late.agent} overlaps; join or part the rows")
        longest = max(longest, (line, late), key=lambda row: row[1].last)


def _wishes(centre: Centre, sheets: Sheets) -> Iterator[Finding]:
    codes = {shift.code for shift in centre.shifts}
    for line, wish in sheets.wishes:
        if wish.shift and sheets.shifts:
            yield from _unknown("wishes.csv", line, "shift", wish.shift, codes)


def _events(centre: Centre, sheets: Sheets) -> Iterator[Finding]:
    queues = {queue.id for queue in centre.queues}
    for line, event in sheets.events:
        yield from _unknown("events.csv", line, "queue", event.queue, queues)


def _balances(sheets: Sheets) -> Iterator[Finding]:
    for line, balance in sheets.balances:
        if 0 < balance.year_minutes < balance.quarter_minutes:
            expected = f"at most the {balance.year_minutes} of the year"
            yield Finding("balances.csv", line, "quarter_minutes", str(balance.quarter_minutes), expected)


def _shift_demand(centre: Centre, sheets: Sheets) -> Iterator[Finding]:
    codes = {shift.code for shift in centre.shifts}
    for line, demand in sheets.shift_demand if sheets.shifts else ():
        yield from _unknown("shift_demand.csv", line, "shift", demand.shift, codes)


def scope_findings(rulebook: Rulebook, centre: Centre, agents: Iterable[Agent]) -> Iterator[Finding]:
    """Names in the scopes of rules, and in goals, that nobody has: such a rule would silently bind fewer than meant."""
    staff = tuple(agents)
    known = {
        "contracts": {contract.id for contract in centre.contracts},
        "agents": {agent.id for agent in staff},
        "teams": {agent.team for agent in staff},
        "sites": {agent.site for agent in staff} | {site.id for site in centre.sites},
    }
    for rule in rulebook.rules:
        for field, names in known.items():
            for name in getattr(rule.scope, field):
                yield from _unknown("rulebook.toml", None, f"{rule.id}.scope.{field}", name, names)
    for goal in rulebook.goals:
        for field, names in (known | {"queues": {queue.id for queue in centre.queues}}).items():
            held = goal.numbers.get(field)
            for name in held if isinstance(held, list | dict) else ():
                yield from _unknown("rulebook.toml", None, f"goals.{goal.kind}.{field}", str(name), names)


def derogation_findings(rulebook: Rulebook, agents: Iterable[Agent]) -> Iterator[Finding]:
    """Derogations from rules that nobody may lift or that are not there, for unknown agents, or without a ground in law."""
    staff, rules = {agent.id for agent in agents}, {rule.id: rule for rule in rulebook.rules}
    for number, derogation in enumerate(rulebook.derogations):
        where = f"derogations.{number}"
        yield from _unknown("rulebook.toml", None, f"{where}.rule", derogation.rule, set(rules))
        for name in derogation.agents:
            yield from _unknown("rulebook.toml", None, f"{where}.agents", name, staff)
        if derogation.rule in rules and not rules[derogation.rule].waivable:
            fix = "take it out; a rule that house or law lets you lift says waivable = true"
            yield Finding("rulebook.toml", None, f"{where}.rule", derogation.rule, "a waivable rule", fix)
        elif derogation.rule in rules and rules[derogation.rule].kind == "overtime":
            for field, read, expected in derogation.emergency_gaps():
                yield Finding("rulebook.toml", None, f"{where}.{field}", read, expected, EMERGENCY)


def twice_told(outages: Iterable[Outage], sheets: Sheets) -> Iterator[Finding]:
    """A finding for each event with extra calls that acts on a queue while an outage does: its calls would count twice."""
    told = tuple(outages)
    for line, event in sheets.events:
        for outage in told:
            together = outage.queue == event.queue and outage.start < event.end and event.start < outage.restored
            if event.extra_calls and together:
                read, fix = f"extra calls during the outage {outage.name!r}", "take the event out, or the outage"
                yield Finding("events.csv", line, "extra_calls", read, "calls that no outage brings", fix)
