"""Least and most days in a row of one sort: work, days without a shift, nights, split shifts, one shift code, or the same code.

Days without a shift are days off and leave. A night is a shift with at least three hours between 22:00 and 06:00, a split shift
one with a pause of at least two hours. Runs include history. The minimum is judged on the day that ends a run: a run that ends
before the open days, one that the last day cuts, one that leave cuts, and one that the first known day cuts are exempt from it.

References
----------
Measures on Holidays (2024) art. 7: around a statutory holiday as a rule at most 6 days of work in a row. HSE, *Good practice
guidelines* for shift work: 5 to 7 days; 2 to 3 nights in a row. Minima: house choice.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from data.model.base import BoolArray, Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language, run_limit, run_minimum
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import Alphabet, LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach

WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "work": "work days",
        "off": "days without a shift",
        "night": "nights",
        "split": "split shifts",
        "early": "early shifts",
        "day": "day shifts",
        "late": "late shifts",
        "same": "shifts of the same code",
    },
    "zh": {
        "work": "工作",
        "off": "不排班",
        "night": "夜班",
        "split": "两头班",
        "early": "早班",
        "day": "白班",
        "late": "晚班",
        "same": "同一班次",
    },
}
"""How a sentence names what runs; a shift code names itself."""


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    of : str
        work, off (days without a shift), same (any one code), or a name of shifts: a code, early, day, late, night or split.
    min_days : int
        Least days in a row; 1 to 366.
    max_days : int or None
        Most days in a row; 1 to 366, None = no maximum.
    """

    of: str = Field(default="work", min_length=1, examples=[*WORDS["en"], "E", "T"])
    min_days: int = Field(default=1, ge=1, le=366)
    max_days: int | None = Field(default=None, ge=1, le=366)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_days is None and self.min_days == 1:
            raise ValueError("give max_days or a min_days above 1")
        if self.max_days is not None and self.max_days < self.min_days:
            raise ValueError("max_days must not be less than min_days")
        return self


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    what, low, high = WORDS[language].get(params.of, params.of), params.min_days, params.max_days
    bounds = [(word, days) for word, days in (("least", low if low > 1 else None), ("most", high)) if days is not None]
    if language == "zh":
        said = "、".join(f"{'至少' if word == 'least' else '至多'} {days} 天" for word, days in bounds)
        return f"{what}连续{said}；每差 1 天计 1。"
    said = " and ".join(f"at {word} {days}" for word, days in bounds)
    return f"{said[0].upper()}{said[1:]} {what} in a row; each day outside counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each run too long or too short; the amount is its open days beyond the limit, or the days it lacks."""
    found: list[Breach] = []
    first, low, high = 0, params.min_days, params.max_days
    for member, group in groupby(_sorts(params.of, line)):
        end = first + len(list(group))
        if member and high is not None and end > max(first + high, line.first_open):
            found.append(_outside(line, first, end, end - 1, high, end - max(first + high, line.first_open)))
        elif member and end - first < low and _judged(line, first, end):
            found.append(_outside(line, first, end, end, low, low - end + first))
        first = end
    return found


def _judged(line: AgentLine, first: int, end: int) -> bool:
    """Whether the minimum holds for a run ``first <= d < end``: all of it is known, and an open day other than leave ends it."""
    return first > 0 and line.first_open <= end < len(line.duties) and line.duties[end].kind != "leave"


def _sorts(of: str, line: AgentLine) -> Sequence[bool | str]:
    """What makes neighbouring days one run, day by day; false = no run."""
    if of in ("work", "off"):
        return [worked == (of == "work") for worked in line.worked]
    if of == "same":
        return [duty.kind == "shift" and duty.code for duty in line.duties]
    return [bears(duty, of) for duty in line.duties]


def _outside(line: AgentLine, first: int, end: int, last: int, limit: int, amount: int) -> Breach:
    """The breach of a run ``first <= d < end``; `last` is the day that breaks the rule."""
    bound = "most" if end - first > limit else "least"
    message = f"{line.duties[first].code}: {end - first} days in a row from {line.duties[first].day}, at {bound} {limit}"
    return breach(line, first, last, end - first, limit, amount, message)


def shift_names(params: Params) -> tuple[str, ...]:
    """Shifts that the numbers name."""
    return () if params.of in ("work", "off", "same") else (params.of,)


def language(params: Params, context: LineContext, price: float) -> Language:
    """A run limit and a run minimum over the symbols, or over those of each shift alone if the code must be the same."""
    member, least, most = _members(params.of, context.alphabet), params.min_days, params.max_days
    excused = context.alphabet.leave & ~np.atleast_2d(member).any(axis=0)
    total = Language() if most is None else run_limit(member, most, context.charged, price)
    return total + (run_minimum(member, least, excused, context.charged, price) if least > 1 else Language())


def _members(of: str, alphabet: Alphabet) -> BoolArray:
    """Symbols that run; for ``same`` one set for each shift."""
    if of in ("work", "off"):
        return alphabet.is_shift == (of == "work")
    return np.eye(len(alphabet.codes), dtype=bool)[alphabet.first_shift :] if of == "same" else named(alphabet, of)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"of": "work", "max_days": 3}, "E E E AL E E E - E", True),
        Example({"of": "work", "max_days": 3}, "E E E L -", False),
        Example({"of": "work", "max_days": 3}, "E E E E E - E", True, history=5),
        Example({"of": "work", "max_days": 3}, "E E E E E E -", False, history=5),
        Example({"of": "work", "min_days": 2}, "E - E E - E AL E", True),
        Example({"of": "work", "min_days": 2}, "E - L - E E", False),
        Example({"of": "off", "min_days": 2}, "- E E - AL E -", True),
        Example({"of": "off", "min_days": 2}, "E - E E - -", False),
        Example({"of": "night", "min_days": 2, "max_days": 3}, "N N N - - N N E", True),
        Example({"of": "night", "max_days": 2}, "N N N N -", False, history=3),
        Example({"of": "night", "min_days": 2}, "- N E E", False, history=2),
        Example({"of": "night", "min_days": 2}, "- N E E", True, history=3),
        Example({"of": "same", "min_days": 2, "max_days": 3}, "E E E L L - D D", True),
        Example({"of": "same", "max_days": 3}, "E E E E", False),
        Example({"of": "same", "min_days": 2}, "- E L L", False),
        Example({"of": "T", "max_days": 1}, "T E T E", True),
        Example({"of": "split", "max_days": 1}, "T T", False),
    )
