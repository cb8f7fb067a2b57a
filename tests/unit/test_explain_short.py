"""Why an interval is short: everybody is somewhere, once."""

from dataclasses import replace

import numpy as np
import pytest
from explain_case import FIRST, every_line, plain_problem, planned
from roster_case import problem_of

from data.model.errors import NotFound
from data.model.people import Absence
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from optimizer.rostering.explain import stage_of, why_short
from optimizer.rostering.explain.short import PLACES
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import verify


def by_hand(need: int) -> tuple[RosterProblem, Roster]:
    """Eight agents on Monday at noon: two on the phones, one of them skilled for both queues, one at a meal, five not there."""
    hour = np.arange(48) % 24
    heads = np.stack([np.where((hour >= 8) & (hour < 17), need, 0), np.where((hour >= 8) & (hour < 17), 1, 0)])
    skills = (("a",), ("a", "b"), ("a",), ("a",), ("a",), ("a",), ("b",), ("a",))
    barred = RuleSpec(id="idle", kind="days_off", numbers={"period": "plan", "min_days": 2}, scope={"agents": ["g4"]})
    problem = problem_of(heads, skills, 2, (barred,))
    absences = (Absence(agent="g3", first=FIRST, last=FIRST),)
    problem = replace(problem, absences=absences)
    shape = (len(skills), 2)
    symbol, start, minutes, meal, pause = (np.full(shape, value) for value in (0, -1, 0, -1, 0))
    codes = problem.alphabet.codes
    for row, at in ((0, 180), (1, 180), (2, 240)):
        symbol[row, 0], start[row, 0], minutes[row, 0], meal[row, 0], pause[row, 0] = codes.index("E"), 480, 540, at, 60
    symbol[3, 0] = codes.index("AL")
    roster = Roster(tuple(agent.id for agent in problem.agents), problem.grid.horizon, codes, symbol, start, minutes, meal, pause)
    return problem, roster


@pytest.mark.parametrize(("need", "missing", "serving", "elsewhere"), [(3, 1, 2, 0), (1, 0, 1, 1)])
def test_everybody_is_counted_once(need: int, missing: int, serving: int, elsewhere: int) -> None:
    problem, roster = by_hand(need)
    reason = why_short(stage_of(problem, roster), "a", 12)
    assert (reason.required, reason.missing) == (need, missing)
    assert reason.counts == dict(zip(PLACES, (serving, elsewhere, 1, 1, 1, 2, 1), strict=True))
    assert reason.forbidden == {("idle",): 1}


def test_the_cheapest_who_could_come_is_priced() -> None:
    problem, roster = by_hand(3)
    reason = why_short(stage_of(problem, roster), "a", 12)
    assert reason.agent in ("g5", "g7")
    assert reason.alternative is not None
    assert reason.alternative.cost < 0


@pytest.mark.parametrize("seed", [1, 4, 9])
def test_who_is_kept_away_has_no_legal_line_there(seed: int) -> None:
    problem = plain_problem(seed)
    stage = stage_of(problem, planned(problem))
    alphabet, slot = problem.alphabet, 24 * 2 + 12
    reason = why_short(stage, "a", slot)
    assert sum(reason.counts.values()) == len(problem.agents)
    holding = [s for s, shift in enumerate(alphabet.codes) if shift == "E"]
    away = costly = 0
    before = sum(verify(problem, stage.roster).costs.values())
    prices = []
    for a, agent in enumerate(problem.agents):
        here = stage.roster.symbol[a, 2] in holding or alphabet.leave[stage.roster.symbol[a, 2]]
        if "a" not in agent.skills or here:
            continue
        legal = [v for line, v in every_line(problem, stage.roster, a) if line[2] in holding and v.legal]
        away += not legal
        costly += bool(legal)
        prices += [sum(v.costs.values()) - before for v in legal]
    assert (reason.counts["forbidden"], reason.counts["costly"]) == (away, costly)
    if prices:
        assert reason.alternative is not None
        assert reason.alternative.cost == pytest.approx(min(prices))


def test_strange_questions() -> None:
    problem, roster = by_hand(3)
    stage = stage_of(problem, roster)
    for queue, slot in (("c", 12), ("a", 48), ("a", -1)):
        with pytest.raises(NotFound):
            why_short(stage, queue, slot)
