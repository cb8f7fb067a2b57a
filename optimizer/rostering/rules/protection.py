"""What a protected agent may not be given: no night work and no overtime while the protection holds.

A night is any minute between 22:00 and 06:00. Overtime exists only in finished duties, so the engines see nights alone.

No derogation lifts it (`data.model.rulebook.RuleSpec.waivable`).

References
----------
Special Rules for Female Employees (2012) arts. 6, 9; Labour Law arts. 61, 63. The reason is never stored (PIPL arts. 28, 55).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from data.model.base import Frozen
from data.model.people import Protection
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, day_cost
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """No numbers: each agent's protection says what and until when."""


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    if language == "zh":
        return "受保护期间不排夜班（22:00 至 06:00）、不安排加班；每一天违反各计 1。"
    return "No night work (22:00 to 06:00) and no overtime while an agent is protected; each day of either counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open day with night work, and one for each with overtime, while the protection holds."""
    guard = line.agent.protection
    if guard is None:
        return []
    nights = _worked(guard, line, line.night_minutes, "night work") if guard.no_night else []
    return nights + (_worked(guard, line, [duty.overtime_minutes for duty in line.duties], "overtime") if guard.no_overtime else [])


def _worked(guard: Protection, line: AgentLine, minutes: Sequence[int], what: str) -> list[Breach]:
    """Open days with minutes of what is barred."""
    found: list[Breach] = []
    for d in range(line.first_open, len(line.duties)):
        if minutes[d] > 0 and guard.holds(line.duties[d].day):
            message = f"{minutes[d]} minutes of {what} on {line.duties[d].day}, none allowed"
            found.append(breach(line, d, d, minutes[d], 0, 1, message))
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Symbols with night work forbidden while no-night holds."""
    guard = context.agent.protection
    if guard is None or not guard.no_night:
        return Language()
    barred = context.charged & np.array([guard.holds(day) for day in context.dates])
    return day_cost(~barred[:, None] | (context.alphabet.night_minutes == 0)[None, :], price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    guarded = {"protection": Protection(no_night=True, until=date(2026, 6, 3))}
    return (
        Example({}, "E D - N", True, agent=guarded),
        Example({}, "E D N -", False, agent=guarded),
        Example({}, "N N E -", True, history=2, agent=guarded),
        Example({}, "N N - -", True),
        Example({}, "N N - -", True, agent={"protection": Protection(no_overtime=True)}),
    )
