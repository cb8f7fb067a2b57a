"""The independent verifier: reads a finished roster in plain Python, and shares no code with any engine.

It asks each rule for its `breaches` and each goal for its `measure`; everything else that makes a roster one (agents, days,
codes, shapes, meals, frozen days, claimed costs) is checked here. Breaches and costs count days from `first_open` on.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from math import isclose

from data.model.errors import VerificationFailed
from data.model.people import Agent
from data.model.roster import OFF, AgentLine, Breach, Duty, Roster, ShiftTemplate, Verdict, night_minutes
from optimizer.rostering import goals
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_breaches

DAY_RHYTHM_MINUTES = 180
"""How far the day rhythm may move the start or the end of a shift from its template (house choice)."""

MEAL_AFTER_MINUTES = 360
"""A shift longer than this keeps its meal (Directive 2003/88/EC art. 4)."""

TOLERANCE = 1e-6
"""Relative difference at which a claimed cost is another cost."""


def verify(problem: RosterProblem, roster: Roster, claimed: Mapping[str, float] | None = None) -> Verdict:
    """Everything that is wrong with a roster, and its costs computed anew.

    Parameters
    ----------
    problem : RosterProblem
    roster : Roster
    claimed : mapping, optional
        Costs that a solver states, by the names of `Verdict.costs`: ``goal.<kind>`` and the ids of weighted rules; a
        name that is missing claims 0.

    Returns
    -------
    Verdict
        If agents, days or codes are not those of the problem, it holds these faults alone.
    """
    strange = tuple(_strange(problem, roster))
    if strange:
        return Verdict((), (), strange, {})
    weights = {spec.id: spec.weight for spec in problem.rulebook.rules}
    found = [b for line in agent_lines(problem, roster) for b in line_breaches(problem.binding(line.agent), line)]
    priced = tuple(b for b in found if weights[b.rule] is not None)
    costs = _costs(problem, roster, priced)
    faults = [*_misshapen(problem, roster), *_thawed(problem, roster), *_over_cap(problem, roster)]
    faults += _misclaimed(claimed, costs) if claimed is not None else []
    return Verdict(tuple(b for b in found if weights[b.rule] is None), priced, tuple(faults), costs)


def confirm(problem: RosterProblem, roster: Roster, claimed: Mapping[str, float] | None = None) -> Verdict:
    """The verdict on a legal roster.

    Raises
    ------
    VerificationFailed
        If anything is wrong; the message lists every finding.
    """
    verdict = verify(problem, roster, claimed)
    if not verdict.legal:
        broken = [f"{b.rule}: {b.agent}: {b.message}" for b in verdict.breaches]
        raise VerificationFailed("\n".join([*verdict.faults, *broken]))
    return verdict


def agent_lines(problem: RosterProblem, roster: Roster) -> tuple[AgentLine, ...]:
    """Every agent's duties as they stand in a roster whose agents, days and codes are those of the problem."""
    codes, shifts = problem.alphabet.codes, {shift.code: shift for shift in problem.centre.shifts}
    paid = {code for code, is_paid in zip(codes, problem.alphabet.paid_leave, strict=True) if is_paid}
    lines: list[AgentLine] = []
    for a, agent in enumerate(problem.agents):
        contract = problem.centre.contract(agent.contract)
        credit = dict.fromkeys(paid, contract.daily_minutes) | {code: shift.paid_minutes for code, shift in shifts.items()}
        duties = tuple(_duty(roster, shifts, credit, a, d) for d in range(roster.horizon.days))
        leave = tuple(codes[symbol] if symbol >= 0 else "" for symbol in problem.leave[a])
        lines.append(
            AgentLine(agent, contract, duties, problem.first_open, leave, problem.calendar, problem.balance_of.get(agent.id))
        )
    return tuple(lines)


def _duty(roster: Roster, shifts: Mapping[str, ShiftTemplate], credit: Mapping[str, int], a: int, d: int) -> Duty:
    """One agent's day."""
    code, day, span = _code(roster, a, d), roster.horizon.dates[d], roster.span(a, d)
    if code not in shifts or span is None:
        kind = "off" if code == OFF else "shift" if code in shifts else "leave"
        return Duty(day, kind, code, credit_minutes=credit.get(code, 0))
    start, end = span
    meal = int(roster.meal[a, d])
    paid = int(roster.minutes[a, d] - roster.meal_minutes[a, d])
    return Duty(
        day,
        "shift",
        code,
        start,
        end,
        meal_start=None if meal < 0 else (start.astimezone(UTC) + timedelta(minutes=meal)).astimezone(start.tzinfo),
        meal_minutes=int(roster.meal_minutes[a, d]),
        paid_minutes=paid,
        credit_minutes=credit[code],
        night_minutes=night_minutes(int(roster.start[a, d]), int(roster.minutes[a, d])),
        overtime_minutes=max(0, paid - shifts[code].paid_minutes),
    )


def _code(roster: Roster, a: int, d: int) -> str:
    return roster.codes[int(roster.symbol[a, d])]


def _strange(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Agents, days and codes that the problem does not have."""
    agents = tuple(agent.id for agent in problem.agents)
    if roster.agents != agents:
        differing = sorted(set(agents) ^ set(roster.agents))
        yield f"the agents are not those of the problem: {', '.join(differing) or 'another order'}"
    if roster.horizon != problem.grid.horizon:
        yield f"the days are {roster.horizon}, expected {problem.grid.horizon}"
    for index in sorted({int(symbol) for symbol in roster.symbol.ravel()}):
        known = 0 <= index < len(roster.codes)
        if not known or roster.codes[index] not in problem.alphabet.codes:
            yield f"unknown code {roster.codes[index] if known else index!r}"


def _misshapen(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Open days whose shift or meal is unlike the template."""
    shifts, movable = {shift.code: shift for shift in problem.centre.shifts}, problem.rhythm == "day"
    for a, agent in enumerate(problem.agents):
        for d in range(problem.first_open, problem.end_open):
            template = shifts.get(_code(roster, a, d))
            fault = _idle_fault(roster, a, d) if template is None else _shift_fault(roster, template, a, d, movable)
            if fault:
                yield f"{_where(roster, agent, d)}: {fault}"


def _where(roster: Roster, agent: Agent, d: int) -> str:
    return f"{agent.id} on {roster.horizon.dates[d]}"


def _shape(roster: Roster, a: int, d: int) -> tuple[int, int, int, int]:
    """Start, minutes, meal and meal minutes of a day."""
    return int(roster.start[a, d]), int(roster.minutes[a, d]), int(roster.meal[a, d]), int(roster.meal_minutes[a, d])


def _idle_fault(roster: Roster, a: int, d: int) -> str:
    """What is wrong with a day that has no shift."""
    return "" if _shape(roster, a, d) == (-1, 0, -1, 0) else f"{_code(roster, a, d)} holds working time"


def _shift_fault(roster: Roster, template: ShiftTemplate, a: int, d: int, movable: bool) -> str:
    """What is wrong with a shift; in the day rhythm it and its meal are movable."""
    start, minutes, meal, meal_minutes = _shape(roster, a, d)
    slack = DAY_RHYTHM_MINUTES if movable else 0
    early, late = start - template.start_minute, start + minutes - template.start_minute - template.minutes
    if start < 0 or minutes <= 0 or abs(early) > slack or abs(late) > slack:
        usual = f"at minute {template.start_minute} for {template.minutes}"
        return f"shift {template.code} starts at minute {start} and lasts {minutes}, unlike its template, {usual}"
    if meal < 0:
        kept = template.meal_minutes > 0 and (not movable or minutes > MEAL_AFTER_MINUTES)
        return f"shift {template.code} has no meal" if kept or meal_minutes else ""
    first, last = (0, minutes - meal_minutes) if movable else (template.meal_earliest, template.meal_latest)
    if not first <= meal <= last or meal_minutes != template.meal_minutes or meal_minutes == 0:
        return f"the meal of shift {template.code} starts after {meal} minutes and lasts {meal_minutes}, outside its window"
    return ""


def _thawed(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Frozen days that differ from the base."""
    base = problem.base
    if base is None:
        return
    for a, agent in enumerate(problem.agents):
        for d in (*range(problem.first_open), *range(problem.end_open, roster.horizon.days)):
            if _code(base, a, d) != _code(roster, a, d) or _shape(base, a, d) != _shape(roster, a, d):
                yield f"{_where(roster, agent, d)}: a frozen day was changed from {_said(base, a, d)} to {_said(roster, a, d)}"


def _said(roster: Roster, a: int, d: int) -> str:
    """A day in words."""
    start, minutes, meal, meal_minutes = _shape(roster, a, d)
    worked = f" (minute {start} for {minutes}, meal of {meal_minutes} after {meal})" if start >= 0 else ""
    return _code(roster, a, d) + worked


def _over_cap(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Agents whose open days hold more, or fewer, paid minutes than the problem allows."""
    paid = roster.paid_minutes[:, problem.first_open : problem.end_open].sum(axis=1)
    for a, agent in enumerate(problem.agents):
        if problem.max_line_minutes is not None and paid[a] > problem.max_line_minutes[a]:
            yield f"{agent.id}: {paid[a]} paid minutes in the open days, at most {problem.max_line_minutes[a]}"
        if problem.min_line_minutes is not None and paid[a] < problem.min_line_minutes[a]:
            yield f"{agent.id}: {paid[a]} paid minutes in the open days, at least {problem.min_line_minutes[a]}"


def _costs(problem: RosterProblem, roster: Roster, priced: tuple[Breach, ...]) -> dict[str, float]:
    """Cost of each goal and each weighted rule."""
    costs: dict[str, float] = {}
    for spec in problem.rulebook.goals:
        goal = goals.kinds()[spec.kind]
        cost = goal.measure(goal.Params.model_validate(spec.numbers), problem, roster)
        costs[f"goal.{spec.kind}"] = costs.get(f"goal.{spec.kind}", 0.0) + cost
    for rule in problem.rulebook.rules:
        if rule.weight is not None:
            costs[rule.id] = rule.weight * sum(b.amount for b in priced if b.rule == rule.id)
    return costs


def _misclaimed(claimed: Mapping[str, float], costs: Mapping[str, float]) -> Iterator[str]:
    """Claimed costs that differ from the computed ones."""
    for name in sorted({*claimed, *costs}):
        stated, real = claimed.get(name, 0.0), costs.get(name, 0.0)
        if not isclose(stated, real, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"cost of {name} is {real}, claimed {stated}"
