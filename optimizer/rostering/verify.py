"""The independent verifier: reads a finished roster in plain Python, and shares no code with any engine.

It asks each rule for its `breaches` and each goal for its `measure`; everything else that makes a roster one (agents, days,
codes, shapes, meals, breaks, frozen days, claimed costs) is checked here. Breaches and costs count days from `first_open` on.
Agents are judged in batches, here or in other processes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import repeat
from math import isclose
from typing import NamedTuple

import numpy as np

from data.model.errors import VerificationFailed
from data.model.people import Agent
from data.model.roster import OFF, AgentLine, Breach, Duty, Roster, ShiftTemplate, Verdict, night_minutes
from data.model.rulebook import RuleSpec
from data.model.splice import SHAPE, differing
from optimizer.rostering import goals
from optimizer.rostering.problem import Alphabet, LineContext, RosterProblem
from optimizer.rostering.ruling import line_breaches

BATCH = 2500
"""Agents judged in one go: many, since they share their duties; few, since their lines take memory, and so that processes share
the work evenly (house choice)."""

"""What a roster says of a day beside its code."""

DAY_RHYTHM_MINUTES = 180
"""How far the day rhythm may move the start or the end of a shift from its template (house choice)."""

MEAL_AFTER_MINUTES = 360
"""A shift longer than this keeps its meal (Directive 2003/88/EC art. 4)."""

TOLERANCE = 1e-6
"""Relative difference at which a claimed cost is another cost."""


class _Batch(NamedTuple):
    """Some agents, and all that it takes to judge their lines in another process.

    Parameters
    ----------
    contexts : tuple of LineContext
    binding : tuple of tuple of RuleSpec
        Rules that bind each agent.
    rows : Roster
        Their rows of the roster.
    """

    contexts: tuple[LineContext, ...]
    binding: tuple[tuple[RuleSpec, ...], ...]
    rows: Roster


def verify(
    problem: RosterProblem, roster: Roster, claimed: Mapping[str, float] | None = None, *, executor: Executor | None = None
) -> Verdict:
    """Everything that is wrong with a roster, and its costs computed anew.

    Parameters
    ----------
    problem : RosterProblem
    roster : Roster
    claimed : mapping, optional
        Costs that a solver states, by the names of `Verdict.costs`: ``goal.<kind>`` and the ids of weighted rules; a
        name that is missing claims 0.
    executor : Executor or None
        Judges batches of agents elsewhere; the verdict is the same, findings in the order of agents included.

    Returns
    -------
    Verdict
        If agents, days or codes are not those of the problem, it holds these faults alone.
    """
    strange = tuple(_strange(problem, roster))
    if strange:
        return Verdict((), (), strange, {})
    weights = {spec.id: spec.weight for spec in problem.rulebook.rules}
    over = map if executor is None else executor.map
    found = [breach for batch in over(_breaches, _batches(problem, roster)) for breach in batch]
    priced = tuple(b for b in found if weights[b.rule] is not None)
    costs = _costs(problem, roster, priced)
    faults = [*_misshapen(problem, roster), *_mispaused(problem, roster), *_thawed(problem, roster), *_over_cap(problem, roster)]
    faults += _misclaimed(claimed, costs) if claimed is not None else []
    return Verdict(tuple(b for b in found if weights[b.rule] is None), priced, tuple(faults), costs)


def confirm(
    problem: RosterProblem, roster: Roster, claimed: Mapping[str, float] | None = None, *, executor: Executor | None = None
) -> Verdict:
    """The verdict on a legal roster.

    Raises
    ------
    VerificationFailed
        If anything is wrong; the message lists every finding.
    """
    verdict = verify(problem, roster, claimed, executor=executor)
    if not verdict.legal:
        broken = [f"{b.rule}: {b.agent}: {b.message}" for b in verdict.breaches]
        raise VerificationFailed("\n".join([*verdict.faults, *broken]))
    return verdict


def agent_lines(problem: RosterProblem, roster: Roster) -> tuple[AgentLine, ...]:
    """Every agent's duties as they stand in a roster whose agents, days and codes are those of the problem."""
    return tuple(_lines(problem.alphabet, problem.contexts, roster))


def _batches(problem: RosterProblem, roster: Roster) -> Iterator[_Batch]:
    """The agents in order, so many at a time."""
    for first in range(0, len(problem.agents), BATCH):
        rows = slice(first, first + BATCH)
        arrays = {name: getattr(roster, name)[rows] for name in ("symbol", *SHAPE, "breaks")}
        binding = tuple(problem.binding(agent) for agent in problem.agents[rows])
        yield _Batch(problem.contexts[rows], binding, replace(roster, agents=roster.agents[rows], **arrays))


def _breaches(batch: _Batch) -> list[Breach]:
    """What each agent's line breaks, rule by rule."""
    lines = _lines(batch.contexts[0].alphabet, batch.contexts, batch.rows)
    return [b for binding, line in zip(batch.binding, lines, strict=True) for b in line_breaches(binding, line)]


def _lines(alphabet: Alphabet, contexts: tuple[LineContext, ...], roster: Roster) -> Iterator[AgentLine]:
    """One line for each row of a roster; symbol -1 of `LineContext.leave` is the last of the codes, none."""
    duty, days, codes = _duty_of(alphabet, roster), range(roster.horizon.days), (*alphabet.codes, "")
    for a, known in enumerate(contexts):
        duties = map(duty, days, *_row(roster, a), repeat(known.contract.daily_minutes))
        leave = tuple(codes[symbol] for symbol in known.leave.tolist())
        yield AgentLine(known.agent, known.contract, tuple(duties), known.first_open, leave, known.calendar, known.balance)


def _row(roster: Roster, a: int, days: slice = slice(None)) -> list[list[int]]:
    """Symbol, start, minutes, meal and meal minutes of an agent's days."""
    return [getattr(roster, name)[a, days].tolist() for name in ("symbol", *SHAPE)]


def _duty_of(alphabet: Alphabet, roster: Roster) -> Callable[..., Duty]:
    """Makes the duty of a day of the roster, each once however many agents have it.

    It is asked with the day, its `_row`, and the minutes of a normal day of the agent's contract.
    """
    shifts = {shift.code: shift for shift in alphabet.shifts}
    paid = {code for code, is_paid in zip(alphabet.codes, alphabet.paid_leave.tolist(), strict=True) if is_paid}

    @cache
    def duty(d: int, symbol: int, start: int, minutes: int, meal: int, meal_minutes: int, normal: int) -> Duty:
        code, day = roster.codes[symbol], roster.horizon.dates[d]
        if code not in shifts:
            return Duty(day, "off" if code == OFF else "leave", code, credit_minutes=normal if code in paid else 0)
        template = shifts[code]
        if start < 0:
            return Duty(day, "shift", code, credit_minutes=template.paid_minutes, shift_kind=template.kind)
        begin, net = roster.instant(d, start), minutes - meal_minutes
        return Duty(
            day,
            "shift",
            code,
            begin,
            _later(begin, minutes),
            meal_start=None if meal < 0 else _later(begin, meal),
            meal_minutes=meal_minutes,
            paid_minutes=net,
            credit_minutes=template.paid_minutes,
            night_minutes=night_minutes(start, minutes),
            overtime_minutes=max(0, net - template.paid_minutes),
            shift_kind=template.kind,
        )

    return duty


def _later(instant: datetime, minutes: int) -> datetime:
    """An instant so many elapsed minutes later, in the same zone."""
    return (instant.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(instant.tzinfo)


def _strange(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Agents, days and codes that the problem does not have."""
    agents = tuple(agent.id for agent in problem.agents)
    if roster.agents != agents:
        differing = sorted(set(agents) ^ set(roster.agents))
        yield f"the agents are not those of the problem: {', '.join(differing) or 'another order'}"
    if roster.horizon != problem.grid.horizon:
        yield f"the days are {roster.horizon}, expected {problem.grid.horizon}"
    for index in np.unique(roster.symbol).tolist():
        known = 0 <= index < len(roster.codes)
        if not known or roster.codes[index] not in problem.alphabet.codes:
            yield f"unknown code {roster.codes[index] if known else index!r}"


def _misshapen(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Open days whose shift or meal is unlike the template."""
    shifts = {shift.code: shift for shift in problem.centre.shifts}
    templates = tuple(shifts.get(code) for code in roster.codes)
    fault = cache(partial(_fault, roster.codes, templates, problem.rhythm == "day"))
    for a, agent in enumerate(problem.agents):
        row = _row(roster, a, slice(problem.first_open, problem.end_open))
        for d, found in enumerate(map(fault, *row), start=problem.first_open):
            if found:
                yield f"{_where(roster, agent, d)}: {found}"


def _where(roster: Roster, agent: Agent, d: int) -> str:
    return f"{agent.id} on {roster.horizon.dates[d]}"


def _fault(codes: tuple[str, ...], templates: tuple[ShiftTemplate | None, ...], movable: bool, symbol: int, *shape: int) -> str:
    """What is wrong with a day of some `SHAPE`."""
    template = templates[symbol]
    if template is not None:
        return _shift_fault(template, movable, *shape)
    return "" if shape == (-1, 0, -1, 0) else f"{codes[symbol]} holds working time"


def _shift_fault(template: ShiftTemplate, movable: bool, start: int, minutes: int, meal: int, meal_minutes: int) -> str:
    """What is wrong with a shift; in the day rhythm it and its meal are movable."""
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


def _mispaused(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Open days whose breaks are unlike the template, or whose pauses overlap or leave somebody on the phones too long."""
    shifts = {shift.code: shift for shift in problem.centre.shifts}
    if not roster.breaks.size and not any(shift.breaks or shift.max_phone_minutes for shift in shifts.values()):
        return
    templates, days = tuple(shifts.get(code) for code in roster.codes), slice(problem.first_open, problem.end_open)
    fault = cache(partial(_pause_fault, templates, problem.rhythm == "day"))
    for a, agent in enumerate(problem.agents):
        symbol, _, minutes, meal, meal_minutes = _row(roster, a, days)
        breaks = map(tuple, roster.breaks[a, days].tolist())
        for d, found in enumerate(map(fault, symbol, minutes, meal, meal_minutes, breaks), start=problem.first_open):
            if found:
                yield f"{_where(roster, agent, d)}: {found}"


def _pause_fault(
    templates: tuple[ShiftTemplate | None, ...],
    movable: bool,
    symbol: int,
    minutes: int,
    meal: int,
    meal_minutes: int,
    breaks: tuple[int, ...],
) -> str:
    """What is wrong with the breaks of a day, and with its meal beside them."""
    template = templates[symbol]
    rests, held = () if template is None else template.breaks, [start for start in breaks if start >= 0]
    if template is None or minutes <= 0:
        return "a break without a shift" if held else ""
    if len(held) > len(rests) or (len(held) < len(rests) and not (movable and minutes < template.minutes)):
        return f"shift {template.code} has {len(held)} breaks, expected {len(rests)}"
    outside = [start for start, rest in zip(held, rests, strict=False) if not rest.earliest <= start <= rest.latest]
    if held != sorted(held) or (outside and not movable):
        return f"the breaks of shift {template.code} start after {_listed(held)} minutes, out of their windows or order"
    pauses = [(start, start + rest.minutes) for start, rest in zip(held, rests, strict=False)]
    return _stretch_fault(template, minutes, sorted(pauses + [(meal, meal + meal_minutes)] * (meal >= 0)))


def _stretch_fault(template: ShiftTemplate, minutes: int, pauses: list[tuple[int, int]]) -> str:
    """What is wrong with the stretches on the phones between some pauses of a shift."""
    edges = [0, *(edge for pause in pauses for edge in pause), minutes]
    stretches = [later - earlier for earlier, later in zip(edges[::2], edges[1::2], strict=True)]
    if min(stretches) < 0:
        return f"pauses of shift {template.code}, after {_listed(start for start, _ in pauses)} minutes, overlap or end after it"
    if template.max_phone_minutes is not None and max(stretches) > template.max_phone_minutes:
        return f"shift {template.code} has {max(stretches)} minutes on the phones in one go, at most {template.max_phone_minutes}"
    return ""


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _thawed(problem: RosterProblem, roster: Roster) -> Iterator[str]:
    """Frozen days that differ from the base, and days set by hand on which another shift stands."""
    base = problem.base
    if base is None:
        return
    frozen, by_hand = differing(base, roster), np.array(base.codes)[base.symbol] != np.array(roster.codes)[roster.symbol]
    frozen[:, problem.first_open : problem.end_open] = False
    by_hand &= (False if problem.locked is None else problem.locked) & (problem.leave < 0) & ~frozen
    for kind, found in (("frozen", frozen), ("locked", by_hand)):
        for a, d in np.argwhere(found).tolist():
            before, after = (_said(version, a, d) for version in (base, roster))
            yield f"{_where(roster, problem.agents[a], d)}: a {kind} day was changed from {before} to {after}"


def _said(roster: Roster, a: int, d: int) -> str:
    """A day in words."""
    start, minutes, meal, meal_minutes = (int(getattr(roster, name)[a, d]) for name in SHAPE)
    breaks = _listed(start for start in roster.breaks[a, d].tolist() if start >= 0)
    rests = f", breaks after {breaks}" if breaks else ""
    worked = f" (minute {start} for {minutes}, meal of {meal_minutes} after {meal}{rests})" if start >= 0 else ""
    return roster.codes[int(roster.symbol[a, d])] + worked


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
