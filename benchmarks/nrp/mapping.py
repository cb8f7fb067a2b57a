"""An instance as a roster problem: its rules are rule kinds, its cover is the goal of heads by shift.

Days off and requests are fixed days, the requests with their weights. Shifts have no clock times in the benchmark: all start at
midnight, and nothing looks at it. The weeks are those of June 2026, whose first day is a Monday as day 0 must be.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, time, timedelta

from benchmarks.by_shift import QUEUE, nobody, rule
from data.exchange.nrp import Instance, Terms
from data.model.centre import Centre
from data.model.people import Agent, Contract
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Scope
from data.model.shift_demand import ShiftDemand
from data.model.time import DAY_MINUTES, Horizon, TimeGrid
from optimizer.rostering.problem import RosterProblem

FIRST = date(2026, 6, 1)


def problem_of(instance: Instance) -> RosterProblem:
    """The roster problem of an instance; its cost is that of the benchmark."""
    kinds = {terms: f"c{k}" for k, terms in enumerate(dict.fromkeys(instance.staff.values()))}
    codes = [shift.code for shift in instance.shifts]
    templates = tuple(ShiftTemplate(code=shift.code, start=time(0), minutes=shift.minutes) for shift in instance.shifts)
    contracts = tuple(_contract(kinds[terms], terms, codes) for terms in kinds)
    centre = Centre(id="nrp", name=instance.name, zone="UTC", queues=(QUEUE,), contracts=contracts, shifts=templates)
    agents = tuple(Agent(id=name, contract=kinds[terms], skills=(QUEUE.id,)) for name, terms in instance.staff.items())
    rules = tuple(_rules(instance, kinds))
    rulebook = Rulebook(id="curtois-qu", rules=rules, goals=(GoalSpec(kind="shift_cover"),))
    grid = TimeGrid(horizon=Horizon(zone=centre.zone, first=FIRST, days=instance.days), minutes=DAY_MINUTES)
    demand = tuple(
        ShiftDemand(day=FIRST + timedelta(days=row.day), shift=row.shift, heads=row.heads, under=row.under, over=row.over)
        for row in instance.cover
    )
    return RosterProblem(centre, agents, grid, nobody(grid), rulebook, 0, instance.days, shift_demand=demand)


def _contract(name: str, terms: Terms, codes: list[str]) -> Contract:
    """Shifts that may be worked at all; an employee who may work none keeps them, and a maximum of zero."""
    barred = {code for code, most in terms.max_shifts if most == 0}
    return Contract(id=name, name=name, shifts=tuple(code for code in codes if code not in barred) or tuple(codes))


def _rules(instance: Instance, kinds: dict[Terms, str]) -> Iterator[RuleSpec]:
    pairs = [f"{shift.code}>{barred}" for shift in instance.shifts for barred in shift.barred]
    if pairs:
        yield rule("succession", "succession", {"pairs": pairs, "over_days_off": 0})
    for terms, name in kinds.items():
        yield from _terms(instance, terms, name)
    for employee, days in instance.days_off.items():
        if days:
            yield rule(f"off.{employee}", "fixed_days", {"names": [OFF], "dates": _dates(days)}, scope=Scope(agents=(employee,)))
    yield from _requests(instance)


def _terms(instance: Instance, terms: Terms, name: str) -> Iterator[RuleSpec]:
    scope = Scope(contracts=(name,))
    run = {"of": "work", "min_days": terms.min_run, "max_days": terms.max_run}
    if terms.min_run > 1 or terms.max_run < instance.days:
        yield rule(f"{name}.run", "run_length", run, scope=scope)
    if terms.min_days_off > 1:
        yield rule(f"{name}.off", "run_length", {"of": "off", "min_days": terms.min_days_off}, scope=scope)
    minutes = {"period": "plan", "min_minutes": terms.min_minutes, "max_minutes": terms.max_minutes}
    yield rule(f"{name}.minutes", "hours", minutes, scope=scope)
    yield rule(f"{name}.weekends", "weekends", {"period": "plan", "max_weekends": terms.max_weekends}, scope=scope)
    for code, most in terms.max_shifts:
        if 0 < most < instance.days or (most == 0 and all(not held for _, held in terms.max_shifts)):
            yield rule(f"{name}.shift.{code}", "shifts", {"names": [code], "period": "plan", "max_shifts": most}, scope=scope)


def _requests(instance: Instance) -> Iterator[RuleSpec]:
    """Requests of an employee for one shift, of one weight, are one rule."""
    summed: Counter[tuple[str, str, bool, int]] = Counter()
    for request in instance.requests:
        summed[request.employee, request.shift, request.wanted, request.day] += request.weight
    asked: dict[tuple[str, str, int, bool], list[int]] = {}
    for (employee, shift, wanted, day), weight in summed.items():
        asked.setdefault((employee, shift, weight, wanted), []).append(day)
    for (employee, shift, weight, wanted), days in asked.items():
        numbers = {"names": [shift], "dates": _dates(days), "forbidden": not wanted}
        verb = "wants" if wanted else "spares"
        if weight:
            yield rule(f"{employee}.{verb}.{shift}.{weight}", "fixed_days", numbers, float(weight), scope=Scope(agents=(employee,)))


def _dates(days: list[int] | tuple[int, ...]) -> list[date]:
    return [FIRST + timedelta(days=day) for day in days]


def schedule_of(roster: Roster) -> dict[str, list[str]]:
    """Shift of each employee and day, empty on a day off."""
    return {
        agent: ["" if roster.codes[symbol] == OFF else roster.codes[symbol] for symbol in line]
        for agent, line in zip(roster.agents, roster.symbol, strict=True)
    }
