"""How much each agent can really be planned to work: the most that the rules leave, weekly rest and contract hours in it.

The exact line engine finds the line with the most paid time that no rule charges for; agents of whom the rules say the same share
it. Weighted rules are kept as well, as far as they can be: a quota of leave must not rest on overtime.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.model.base import FloatArray, IntArray
from optimizer.rostering.line import best_line, new_scratch
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.product import compile_language
from optimizer.rostering.spoken import allowed_days, spoken

WORTH = 1e-6
"""Worth of a paid minute against the price of a weighted rule: whatever a rule charges for is dearer (house choice)."""


@dataclass(frozen=True, eq=False)
class Capacity:
    """What each agent can be planned to work without any leave.

    Parameters
    ----------
    workdays : array of float, shape (agents,)
        Shifts a day, on average over the days; 0 = no legal line.
    shift_minutes : array of float, shape (agents,)
        Paid minutes of a shift, on average.
    """

    workdays: FloatArray
    shift_minutes: FloatArray


def capacity_of(problem: RosterProblem) -> Capacity:
    """What the agents of a problem can work in its days; history and leave are not looked at."""
    bare = replace(problem, base=None, absences=(), locked=None, first_open=0, end_open=problem.grid.horizon.days)
    shifts, minutes = np.zeros((2, len(bare.agents)))
    for rows, line in _lines(bare):
        worked = bare.alphabet.paid_minutes[line]
        shifts[rows] = np.count_nonzero(worked) / len(line)
        minutes[rows] = worked.sum() / max(np.count_nonzero(worked), 1)
    return Capacity(shifts, minutes)


def _lines(problem: RosterProblem) -> Iterator[tuple[IntArray, IntArray]]:
    """Agents who may do the same, and a line of theirs with the most paid time."""
    languages, said = spoken(problem, [])
    allowed = allowed_days(problem)
    keys = [(number, agent.contract) for number, agent in zip(said.tolist(), problem.agents, strict=True)]
    for key in dict.fromkeys(keys):
        rows = np.array([a for a, other in enumerate(keys) if other == key])
        language = languages[key[0]]
        price = np.where(allowed[rows[0]], -WORTH * problem.alphabet.paid_minutes, np.inf)
        price = price if language.cost is None else price + language.cost
        tables = compile_language(language, *price.shape)
        if tables is None:
            continue
        value, line = best_line(tables, np.ascontiguousarray(price), new_scratch(tables))
        if np.isfinite(value):
            yield rows, line
