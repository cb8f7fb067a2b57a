"""At most so many split shifts in a week, a calendar month or the plan, and if asked not on two days running.

A split shift is one with a pause of at least `min_pause_minutes`. Those that history holds beyond the limit are not charged again.

References
----------
House choice: a split shift costs two journeys to work and is shared out evenly.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, counter, run_limit
from optimizer.rostering.naming import SPLIT_PAUSE_MINUTES
from optimizer.rostering.problem import LineContext, PeriodName
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import PERIOD_WORDS, long_runs, over, periods


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    period : str
        week (Monday to Sunday), month (calendar) or plan (all open days).
    max_splits : int
        Most split shifts; 0 to 366.
    apart : bool
        Whether two days running count 1 too.
    min_pause_minutes : int
        Pause that makes a shift a split one, minutes; 30 to 480.
    """

    period: PeriodName = "week"
    max_splits: int = Field(ge=0, le=366)
    apart: bool = False
    min_pause_minutes: int = Field(default=SPLIT_PAUSE_MINUTES, ge=30, le=480)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    when, pause = PERIOD_WORDS[language][params.period], params.min_pause_minutes
    if language == "zh":
        apart = "，且不得连续两天" if params.apart else ""
        return f"{when}两头班（中间停歇不少于 {pause} 分钟）不超过 {params.max_splits} 个{apart}；每超出 1 个计 1。"
    apart = " and not on two days running" if params.apart else ""
    splits = f"At most {params.max_splits} split shifts (with a pause of {pause} minutes or more)"
    return f"{splits} {when}{apart}; each beyond counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each period with too many split shifts, and one for each run of them if they must stand apart."""
    split = [duty.meal_minutes >= params.min_pause_minutes for duty in line.duties]
    if not any(split):
        return []
    found = [b for period in periods(line, params.period) for b in over(line, period, split, params.max_splits, "split shifts")]
    return found + (long_runs(line, split, 1, "split shifts") if params.apart else [])


def language(params: Params, context: LineContext, price: float) -> Language:
    """One counter of split shifts, and a run limit if they must stand apart."""
    alphabet, spans = context.alphabet, context.periods(params.period)
    split = alphabet.of_shifts([shift.meal_minutes for shift in alphabet.shifts]) >= params.min_pause_minutes
    high = [max(params.max_splits, int(split[context.history(first)].sum())) for first, _, _ in spans]
    weight = np.tile(split.astype(np.int64), (context.days, 1))
    count = counter("splits", weight, [span[:2] for span in spans], [0] * len(spans), high, price)
    return Language(counters=(count,)) + (run_limit(split, 1, context.charged, price) if params.apart else Language())


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"max_splits": 2}, "T T E - - - - T", True),
        Example({"max_splits": 2}, "T T E T", False),
        Example({"max_splits": 3, "apart": True}, "T E T - T", True),
        Example({"max_splits": 3, "apart": True}, "T T", False),
        Example({"max_splits": 1}, "T T T E", True, history=3),
        Example({"max_splits": 1}, "T T T T", False, history=3),
    )
