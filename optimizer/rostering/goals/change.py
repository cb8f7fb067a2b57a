"""Change: what it costs to depart from the roster that agents already know. A month that is first planned changes nothing.

A day changes when its shift is another, or starts or ends at another time. A day on leave is not the planner's change.
"""

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import Roster
from optimizer.rostering.goals import Charge
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue


class Params(Frozen):
    """Prices of a change against the version before.

    Parameters
    ----------
    change_cost : float
        Another shift, or other times of the same one.
    call_in_cost : float
        A shift on a day off, or a day off instead of a shift.
    move_cost : float
        A meal or breaks moved in a shift that stays as it is.
    overtime_cost, early_cost : float
        Each hour that a shift is made longer, or shorter, than it was.
    """

    change_cost: float = Field(default=6.0, ge=0)
    call_in_cost: float = Field(default=12.0, ge=0)
    move_cost: float = Field(default=1.0, ge=0)
    overtime_cost: float = Field(default=15.0, ge=0)
    early_cost: float = Field(default=5.0, ge=0)


def sentence(params: Params, language: Tongue) -> str:
    p = params
    if language == "zh":
        return (
            f"与上一版相比：换班计 {p.change_cost:g}，休息日召回或取消班次计 {p.call_in_cost:g}，移动用餐或小休计 {p.move_cost:g}，"
            f"延长每小时计 {p.overtime_cost:g}，提前下班每小时计 {p.early_cost:g}。"
        )
    return (
        f"Against the version before, a shift changed costs {p.change_cost:g}, a day called in or sent home {p.call_in_cost:g}, "
        f"a meal or break moved {p.move_cost:g}, an hour of overtime {p.overtime_cost:g}, an hour given back {p.early_cost:g}."
    )


def altered_shift(params: Params, longer_minutes: int) -> float:
    """Price of other times of the same shift that make it longer (+) or shorter (-) by some minutes."""
    hours = longer_minutes / 60
    return params.change_cost + params.overtime_cost * max(hours, 0.0) + params.early_cost * max(-hours, 0.0)


def charge(params: Params, problem: RosterProblem) -> Charge:
    alphabet, base = problem.alphabet, problem.base
    shape = (len(problem.agents), problem.grid.horizon.days, len(alphabet.codes))
    if base is None or problem.rhythm == "month":
        return Charge()
    translate = np.array([alphabet.codes.index(code) for code in base.codes])
    before, symbols = translate[base.symbol][:, :, None], np.arange(shape[2])
    worked, works = alphabet.is_shift[before], alphabet.is_shift
    longer = (alphabet.minutes - base.minutes[:, :, None]) / 60
    altered = (alphabet.start != base.start[:, :, None]) | (longer != 0)
    extra = params.overtime_cost * np.maximum(longer, 0) + params.early_cost * np.maximum(-longer, 0)
    same = np.where(altered & works, params.change_cost + extra, 0.0)
    other = np.where(worked & works, params.change_cost, np.where(worked != works, params.call_in_cost, 0.0))
    paid = np.where(alphabet.leave, 0.0, np.where(before == symbols, same, other))
    paid[:, : problem.first_open] = 0.0
    paid[:, problem.end_open :] = 0.0
    return Charge(prices=paid)


def measure(params: Params, problem: RosterProblem, roster: Roster) -> float:
    base = problem.base
    if base is None or roster.rhythm == "month":
        return 0.0
    differs = np.array(base.codes)[base.symbol] != np.array(roster.codes)[roster.symbol]
    for name in ("start", "minutes", "meal"):
        differs |= getattr(base, name) != getattr(roster, name)
    differs |= base.breaks_differ(roster)
    altered = np.argwhere(differs[:, problem.first_open : problem.end_open]).tolist()
    return sum((_day(params, base, roster, a, problem.first_open + d) for a, d in altered), 0.0)


def _day(params: Params, base: Roster, roster: Roster, a: int, d: int) -> float:
    before, after = base.codes[base.symbol[a, d]], roster.codes[roster.symbol[a, d]]
    worked, works = base.start[a, d] >= 0, roster.start[a, d] >= 0
    if not works and after != roster.codes[0]:
        return 0.0
    if worked != works:
        return params.call_in_cost
    if not works:
        return 0.0
    if before != after:
        return params.change_cost
    longer = int(roster.minutes[a, d] - base.minutes[a, d])
    if longer or base.start[a, d] != roster.start[a, d]:
        return altered_shift(params, longer)
    return params.move_cost
