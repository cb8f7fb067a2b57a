"""The verifier's word on an emergency duty: the rules that a member's line breaks with the duty in it and not without."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from data.model.roster import AgentLine, Breach, Duty, Roster, night_minutes
from data.model.time import as_local, epoch_minutes
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_breaches
from optimizer.rostering.verify import agent_lines

OF_TEMPLATES = ("allowed_shifts", "contract_shifts", "fixed_days", "shifts")
"""Kinds of rules that say which shifts are planned; an emergency duty is none."""


def broken(problem: RosterProblem, roster: Roster, agent: str, start: datetime, end: datetime, *, approved: bool) -> list[Breach]:
    """Hard rules that a duty breaks; none on a day that the roster does not hold.

    The duty is overtime of the day on which it begins: it lies in one piece with the shift of that day, if there is one.

    Parameters
    ----------
    approved : bool
        Whether a named person approved the overtime: then its rules are not asked (Labour Law art. 42).
    """
    day = roster.horizon.index(as_local(start, roster.horizon.zone).date())
    if not 0 <= day < roster.horizon.days:
        return []
    person = problem.agents[problem.index[agent]]
    alone = replace(
        problem,
        agents=(person,),
        absences=tuple(one for one in problem.absences if one.agent == agent),
        balances=tuple(one for one in problem.balances if one.agent == agent),
        base=roster.continued((agent,), roster.horizon),
        locked=None,
        max_line_minutes=None,
        min_line_minutes=None,
    )
    assert alone.base is not None
    (line,) = agent_lines(alone, alone.base)
    asked = [spec for spec in alone.binding(person) if spec.hard and spec.kind not in OF_TEMPLATES]
    asked = [spec for spec in asked if not (approved and spec.kind == "overtime")]
    before = set(line_breaches(asked, line))
    return [breach for breach in line_breaches(asked, _with_duty(line, day, start, end)) if breach not in before]


def keeping(problem: RosterProblem, roster: Roster, overtime_day_minutes: int) -> Callable[[str, datetime, datetime], bool]:
    """Whether an agent's line breaks no rule with a duty in it; a duty longer than the overtime of a day is held to be approved."""

    def keeps(agent: str, start: datetime, end: datetime) -> bool:
        approved = (end - start).total_seconds() > 60 * overtime_day_minutes
        return not broken(problem, roster, agent, start, end, approved=approved)

    return keeps


def _with_duty(line: AgentLine, day: int, start: datetime, end: datetime) -> AgentLine:
    stood, minutes = line.duties[day], epoch_minutes(end) - epoch_minutes(start)
    first = min(stood.start or start, start)
    last = max(stood.end or end, end)
    duty = Duty(
        stood.day,
        "shift",
        stood.code,
        first,
        last,
        stood.meal_start,
        stood.meal_minutes,
        stood.paid_minutes + minutes,
        stood.credit_minutes,
        stood.night_minutes + night_minutes(start.hour * 60 + start.minute, minutes),
        stood.overtime_minutes + minutes,
        stood.shift_kind or "day",
    )
    return replace(line, duties=(*line.duties[:day], duty, *line.duties[day + 1 :]))
