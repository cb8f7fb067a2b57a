"""Rest before and after leave: no shift that runs into it, so many minutes on either side, and whole days without a shift.

Leave lasts from 00:00 of its first day to 24:00 of its last one; elapsed minutes count, so a clock change shortens or lengthens
the rest. Leave outside the known days is not known.

References
----------
Annual Leave Regulation (2007) art. 3 and Directive 2003/88/EC art. 7 (leave is granted in days). Numbers: house choice.
"""

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, Frozen, IntArray
from data.model.roster import AgentLine, Breach, Duty
from data.model.time import epoch_minutes, local
from optimizer.rostering.language import Language, day_cost
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    before_minutes, after_minutes : int
        Least rest between the last shift and leave, and between leave and the next shift, minutes; 0 to 2880.
    days_before, days_after : int
        Whole days without a shift beside leave; 0 to 7.
    """

    before_minutes: int = Field(default=0, ge=0, le=2880)
    after_minutes: int = Field(default=0, ge=0, le=2880)
    days_before: int = Field(default=0, ge=0, le=7)
    days_after: int = Field(default=0, ge=0, le=7)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    before, after, first, last = params.before_minutes, params.after_minutes, params.days_before, params.days_after
    if language == "zh":
        rest = f"休假首日零点前至少休息 {before} 分钟且 {first} 天不排班，末日二十四点后至少休息 {after} 分钟且 {last} 天不排班"
        return f"{rest}；每个不符的班次计 1。"
    rest = f"At least {before} minutes of rest and {first} days without a shift before leave, {after} minutes and {last} days after"
    return f"{rest}; each shift too close counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open shift too close to leave."""
    found: list[Breach] = []
    absent = [d for d, code in enumerate(line.leave) if code]
    for d in range(line.first_open, len(line.duties)) if absent else ():
        if line.worked[d] and not line.leave[d] and _close(params, line, d, absent):
            duty = line.duties[d]
            found.append(breach(line, d, d, 1, 0, 1, f"{duty.code} on {duty.day} is too close to leave"))
    return found


def _close(params: Params, line: AgentLine, d: int, absent: list[int]) -> bool:
    """Whether the shift of a day is too close to the leave before or after it."""
    duty, k = line.duties[d], bisect(absent, d)
    if duty.minute_span is None:
        return False
    start, end = duty.minute_span
    if k and (d - absent[k - 1] <= params.days_after or start - _midnight(duty, absent[k - 1] + 1 - d) < params.after_minutes):
        return True
    if k == len(absent):
        return False
    return absent[k] - d <= params.days_before or _midnight(duty, absent[k] - d) - end < params.before_minutes


def _midnight(duty: Duty, days: int) -> int:
    """Epoch minute of 00:00 so many days after that of a shift."""
    zone = None if duty.start is None else duty.start.tzinfo
    return int(datetime.combine(duty.day + timedelta(days=days), time(), zone).timestamp()) // 60


def language(params: Params, context: LineContext, price: float) -> Language:
    """Shifts barred on the days beside leave."""
    absent = np.flatnonzero(context.leave >= 0)
    if not len(absent):
        return Language()
    return day_cost(~_beside(params, context, absent) | ~context.charged[:, None], price)


def _beside(params: Params, context: LineContext, absent: IntArray) -> BoolArray:
    """Which shifts stand too close to leave on which days; shape (days, symbols)."""
    days, shift = np.arange(context.days), context.alphabet.is_shift
    midnight = np.array([epoch_minutes(local(day, time(), context.grid.horizon.zone)) for day in context.dates])
    start, end = context.shift_start, context.shift_start + context.alphabet.minutes
    bad = np.zeros(start.shape, dtype=bool)
    for a in absent:
        bad |= ((days < a) & (a - days <= params.days_before))[:, None] | ((days > a) & (days - a <= params.days_after))[:, None]
        bad |= (days < a)[:, None] & (midnight[a] - end < params.before_minutes)
        if a + 1 < context.days:
            bad |= (days > a)[:, None] & (start - midnight[a + 1] < params.after_minutes)
    return bad & shift & (context.leave < 0)[:, None]


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({}, "N - AL AL E", True, leave={2: "AL", 3: "AL"}),
        Example({}, "E N AL AL E", False, leave={2: "AL", 3: "AL"}),
        Example({"before_minutes": 480}, "E E AL L", True, leave={2: "AL"}),
        Example({"before_minutes": 480}, "E D AL L", False, leave={2: "AL"}),
        Example({"after_minutes": 600}, "AL L AL - E", True, leave={0: "AL", 2: "AL"}),
        Example({"after_minutes": 600}, "L AL E", False, leave={1: "AL"}),
        Example({"days_before": 1}, "E E - AL E", True, leave={3: "AL"}),
        Example({"days_before": 2}, "E E - AL E", False, leave={3: "AL"}),
        Example({"days_after": 1}, "E AL E - E", False, leave={1: "AL"}),
        Example({"days_before": 1}, "E AL E", True, leave={1: "AL"}, history=1),
    )
