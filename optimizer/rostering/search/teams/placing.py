"""Why an agent has no legal line."""

from collections.abc import Sequence

import numpy as np

from data.model.base import IntArray
from data.model.rulebook import RuleSpec
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_language
from optimizer.rostering.search.teams.lines import LegalLines, Spoken
from optimizer.rostering.search.teams.moves import Team
from optimizer.rostering.search.teams.pricing import Pricer
from optimizer.rostering.solution import Unplaced
from optimizer.rostering.spoken import allowed_days


def unplaced(problem: RosterProblem, rows: IntArray) -> tuple[Unplaced, ...]:
    """Why some agents have no legal line: a rule without which there would be one."""
    return tuple(Unplaced(problem.agents[a].id, _reason(problem, a)) for a in rows.tolist())


def _reason(problem: RosterProblem, a: int) -> str:
    specs = [spec for spec in problem.binding(problem.agents[a]) if spec.hard]
    if _legal(problem, a, specs):
        return "no line was found that keeps every limit"
    for left_out in specs:
        if _legal(problem, a, [spec for spec in specs if spec is not left_out]):
            return f"no line obeys {left_out.named} together with the other rules"
    return "no line is legal, whichever one rule is left out"


def _legal(problem: RosterProblem, a: int, specs: Sequence[RuleSpec]) -> bool:
    """Whether an agent has a line under some rules."""
    days, symbols = problem.grid.horizon.days, len(problem.alphabet.codes)
    language = line_language(specs, problem.contexts[a])
    lines = LegalLines((Spoken.of(language, days),), np.zeros(1, dtype=np.int64), days, symbols)
    own = np.where(allowed_days(problem, slice(a, a + 1)), 0.0 if language.cost is None else language.cost, np.inf)
    team = Team(np.ascontiguousarray(own), np.zeros((days, symbols, 1)), lines.weight, lines.high)
    return bool(np.isfinite(Pricer(team, lines).ask(np.zeros((days, symbols))).bound[0]))
