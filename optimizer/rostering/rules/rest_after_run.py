"""After so many work days, or nights, in a row: so many days without a shift.

A night is a shift with at least three hours between 22:00 and 06:00; days off and leave both rest. Runs include history.

References
----------
HSE, *Good practice guidelines* for shift work: two nights of full sleep after nights; regular weekends free. Numbers: house
choice.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach
from optimizer.rostering.language import Language
from optimizer.rostering.language import rest_after_run as rest_due
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.rules.run_length import WORDS
from optimizer.rostering.tally import breach


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    of : str
        work or night: what runs.
    run_days : int
        Days in a row from which on rest is due; 1 to 31.
    days : int
        Days without a shift that follow; 1 to 7.
    """

    of: Literal["work", "night"] = "work"
    run_days: int = Field(ge=1, le=31)
    days: int = Field(ge=1, le=7)


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    what, run, days = WORDS[language][params.of], params.run_days, params.days
    if language == "zh":
        return f"{what}连续 {run} 天及以上之后须连续 {days} 天不排班；每次违反计 1。"
    return f"After {run} or more {what} in a row {days} days without a shift in a row; each return too early counts 1."


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open shift that comes too soon after a long run."""
    found: list[Breach] = []
    members = line.worked if params.of == "work" else [bears(duty, params.of) for duty in line.duties]
    run, end = 0, -1  # length of the last run, and the day after it
    for d, worked in enumerate(line.worked):
        if not worked:
            continue
        if run >= params.run_days and (end < d or not members[d]) and d - end < params.days and d >= line.first_open:
            duty, rested = line.duties[d], d - end
            message = f"{duty.code} on {duty.day} after {rested} days of rest from {run} in a row, at least {params.days}"
            found.append(breach(line, end - 1, d, rested, params.days, 1, message))
        run = (run if end == d else 0) + 1 if members[d] else 0
        end = d + 1
    return found


def language(params: Params, context: LineContext, price: float) -> Language:
    """Rest due after a count of days in a row."""
    shift = context.alphabet.is_shift
    member = shift if params.of == "work" else named(context.alphabet, params.of)
    return rest_due(member, ~shift, params.run_days, params.days, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"run_days": 3, "days": 2}, "E E - E E E AL - E", True),
        Example({"run_days": 3, "days": 2}, "E E E L - E", False),
        Example({"run_days": 3, "days": 2}, "E E E - E E", True, history=5),
        Example({"run_days": 3, "days": 2}, "E E E - E", False, history=4),
        Example({"of": "night", "run_days": 2, "days": 2}, "N - E N N N - - N", True),
        Example({"of": "night", "run_days": 2, "days": 1}, "N N L", False),
        Example({"of": "night", "run_days": 2, "days": 2}, "N N - N", False),
    )
