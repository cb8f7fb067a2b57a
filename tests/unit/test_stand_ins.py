"""Stand-ins: who is counted out and why, and that the order is that of the roster's costs as the verifier recomputes them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from explain_case import plain_problem
from roster_case import FIRST, SHIFTS, problem_of

from data.model.errors import NotFound
from data.model.people import Absence, Protection, Wish
from data.model.roster import Roster
from data.model.rulebook import GoalSpec, RuleSpec, Scope
from optimizer.rostering.frame import Lines, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import StandIns, desk_of, next_desk, stand_ins, stand_ins_at
from optimizer.rostering.requests.drafts import with_cells
from optimizer.rostering.requests.handover import handed
from optimizer.rostering.requests.service import chance_at_the_mean
from optimizer.rostering.verify import verify

NOW = datetime(2026, 5, 31, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
SKILLS = (("a",), ("a",), ("a",), ("b",), ("a",), ("a", "b"), ("a",), ("a",), ("a",))
LINES = ("N N - - -", "- - - - -", "- - - - -", "- - - - -", "- L - - -", "- - - - -", "- - - - -", "- - - - -", "L - - - -")
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="rest more", kind="rest_between_shifts", numbers={"rest_minutes": 1440}, weight=0.01, title="Long rest"),
    RuleSpec(id="protection", kind="protection"),
)


SOME = (
    RuleSpec(id="no late", kind="allowed_shifts", numbers={"never": ["L"]}, scope=Scope(agents=("g1", "g2"))),
    RuleSpec(id="early?", kind="allowed_shifts", numbers={"never": ["E"]}, weight=2.5, scope=Scope(agents=("g2", "g3"))),
)


def team() -> tuple[RosterProblem, Roster]:
    """Nine agents for five days; the night of g0 on the first day is the gap."""
    problem = problem_of(np.zeros((2, 24 * 5), dtype=np.int64), SKILLS, len(SHIFTS), RULES)
    changed = {"g6": {"protection": Protection(no_night=True)}}
    agents = tuple(agent.model_copy(update=changed.get(agent.id, {})) for agent in problem.agents)
    wishes = (Wish(agent="g1", day=FIRST, rank=1),)
    away = (Absence(agent="g7", first=FIRST, last=FIRST),)
    problem = replace(problem, agents=agents, wishes=wishes, absences=away)
    codes = problem.alphabet.codes
    symbol = np.array([[codes.index(code) for code in line.split()] for line in LINES])
    symbol[7, 0] = codes.index("AL")
    alphabet, none = problem.alphabet, np.zeros_like(symbol)
    start = np.where(alphabet.is_shift[symbol], alphabet.start[symbol], -1)
    meal = np.where(symbol == codes.index("E"), 180, -1)
    names = tuple(agent.id for agent in agents)
    pause = np.where(meal >= 0, 60, none)
    return problem, Roster(names, problem.grid.horizon, codes, symbol, start, alphabet.minutes[symbol], meal, pause)


def test_the_able_are_ranked_by_cost_and_the_others_counted_by_cause() -> None:
    problem, roster = team()
    found = stand_ins(problem, roster, "g0", FIRST, NOW)
    assert found.code == "N"
    assert [(one.agent, one.instead) for one in found.best] == [
        ("g5", None), ("g2", None), ("g1", None), ("g4", FIRST + timedelta(days=1)),
    ]  # fmt: skip
    assert (found.able, found.moving) == (3, 1)
    told = {(one.cause, one.rule): one.count for one in found.refused}
    assert told == {
        ("on_leave", ""): 1, ("at_work", ""): 1, ("skill_missing", ""): 1, ("protected", ""): 1, ("rest_too_short", "rest"): 1,
    }  # fmt: skip
    assert found.able + sum(told.values()) == len(SKILLS) - 1
    assert [one.cause for one in found.refused] == ["on_leave", "at_work", "skill_missing", "protected", "rest_too_short"]


def test_the_rank_has_its_reasons_in_words() -> None:
    problem, roster = team()
    last = stand_ins(problem, roster, "g0", FIRST, NOW).best[2]
    assert last.costs["goal.wishes"] == 20.0
    assert "+20.00 wishes" in last.sentence
    assert "愿望 +20.00" in last.sentence_zh
    assert last.sentence.startswith("3. g1:")


def test_a_weighted_rule_is_told_by_its_title() -> None:
    problem, roster = team()
    found = stand_ins(problem, roster, "g8", FIRST, NOW).best
    costs = {one.agent: one.costs.get("rest more", 0.0) for one in found}
    assert costs["g2"] == 0.0
    assert costs["g4"] == pytest.approx(0.01 * (1440 - 960))
    assert "Long rest" in next(one.sentence for one in found if one.agent == "g4")


def test_only_so_many_are_shown() -> None:
    problem, roster = team()
    found = stand_ins(problem, roster, "g0", FIRST, NOW, most=1)
    assert [one.agent for one in found.best] == ["g5"]
    assert found.able == 3


@pytest.mark.parametrize(("agent", "day"), [("nobody", FIRST), ("g1", FIRST), ("g0", FIRST - timedelta(days=1))])
def test_without_a_shift_there_is_no_gap(agent: str, day: date) -> None:
    problem, roster = team()
    with pytest.raises(NotFound, match="no shift"):
        stand_ins(problem, roster, agent, day, NOW)


def test_a_desk_keeps_its_tables() -> None:
    problem, roster = team()
    desk = desk_of(problem, roster, NOW, chance_at_the_mean(problem))
    assert desk.rule_walks is desk.rule_walks
    assert stand_ins_at(desk, "g0", FIRST) == stand_ins(problem, roster, "g0", FIRST, NOW)


def random_lines(seed: int) -> tuple[RosterProblem, Roster]:
    """Six agents for five days on shifts without meals, with random lines, legal or not, but for leave; two days may be history."""
    problem, rng = plain_problem(seed, agents=6), np.random.default_rng(seed)
    shape = len(problem.agents), problem.grid.horizon.days
    drawn = rng.integers(problem.alphabet.first_shift, len(problem.alphabet.codes), shape)
    symbol = np.where(problem.leave >= 0, problem.leave, np.where(rng.random(shape) < 0.5, 0, drawn))
    frame = frame_of(problem)
    roster = frame.roster(Lines(symbol, np.full(shape, -1)), {})
    return replace(problem, base=roster, first_open=seed % 3), roster


@pytest.mark.parametrize("seed", range(4))
def test_the_next_desk_knows_the_same_tables(seed: int) -> None:
    problem, roster = random_lines(seed)
    desk = desk_of(problem, roster, NOW, chance_at_the_mean(problem))
    gaps = [(roster.agents[a], roster.horizon.dates[d]) for a, d in _gaps(problem, roster)]
    assert desk.rule_walks
    best = next((agent, day, found.best[0].agent) for agent, day in gaps if (found := stand_ins_at(desk, agent, day)).best)
    after = next_desk(desk, with_cells(roster, handed(desk, best[0], best[2], best[1]).cells))
    assert after.rule_walks is desk.rule_walks
    fresh = desk_of(problem, after.roster, NOW, chance_at_the_mean(problem))
    for agent, day in gaps:
        if after.cell(agent, day).worked:
            assert stand_ins_at(after, agent, day) == stand_ins_at(fresh, agent, day)


def _gaps(problem: RosterProblem, roster: Roster) -> list[tuple[int, int]]:
    """Shifts of the open days."""
    return [(a, d) for a, d in np.argwhere(roster.start >= 0).tolist() if d >= problem.first_open]


def found_of(problem: RosterProblem, roster: Roster, a: int, d: int) -> StandIns:
    return stand_ins(problem, roster, roster.agents[a], roster.horizon.dates[d], NOW, most=99)


@pytest.mark.parametrize("seed", range(12))
def test_able_are_those_whom_the_verifier_lets_and_costs_are_its_own(seed: int) -> None:
    problem, roster = random_lines(seed)
    goals = (*problem.rulebook.goals, GoalSpec(kind="fairness", numbers={"weight": 0.5}))
    rules = (*problem.rulebook.rules, *SOME)
    problem = replace(problem, rulebook=problem.rulebook.model_copy(update={"goals": goals, "rules": rules}))
    shown = 0
    for a, d in _gaps(problem, roster):
        found = found_of(problem, roster, a, d)
        best = [one for one in found.best if one.instead is None]
        shown += len(best)
        plain = _by_verifier(problem, roster, a, d)
        assert {one.agent for one in best} == set(plain), (a, d, found)
        own = plain[best[0].agent] - best[0].cost if best else 0.0
        for one in best:
            assert plain[one.agent] - one.cost == pytest.approx(own), (a, d, one)
    assert shown


def _by_verifier(problem: RosterProblem, roster: Roster, a: int, d: int) -> dict[str, float]:
    """Cost of the roster with each stand-in who shares a queue and breaks nothing new, by the verifier alone."""
    desk = desk_of(problem, roster, NOW, chance_at_the_mean(problem))
    found: dict[str, float] = {}
    before = _broken(desk.problem, desk.roster)
    for b, agent in enumerate(problem.agents):
        draft = handed(desk, roster.agents[a], agent.id, roster.horizon.dates[d])
        if b == a or not draft.cells or draft.flaws:
            continue
        after = with_cells(desk.roster, draft.cells)
        mine = {key: amount for key, amount in _broken(desk.problem, after).items() if key[0] == agent.id}
        if all(amount <= before.get(key, 0.0) for key, amount in mine.items()):
            costs = verify(replace(desk.problem, rhythm="month"), after).costs
            weighted = [rule.id for rule in problem.rulebook.rules if not rule.hard]
            found[agent.id] = sum(costs[name] for name in costs if name not in weighted) + _weighted(desk.problem, after, a)
    return found


def _broken(problem: RosterProblem, roster: Roster) -> dict[tuple[str, str], float]:
    amounts: dict[tuple[str, str], float] = {}
    for breach in verify(problem, roster).breaches:
        amounts[breach.agent, breach.rule] = amounts.get((breach.agent, breach.rule), 0.0) + breach.amount
    return amounts


def _weighted(problem: RosterProblem, roster: Roster, giver: int) -> float:
    """Cost of weighted rules, the giver's aside: it is the same whoever takes the shift."""
    weight = {rule.id: rule.weight or 0.0 for rule in problem.rulebook.rules}
    name = problem.agents[giver].id
    return sum(weight[b.rule] * b.amount for b in verify(problem, roster).priced if b.agent != name)
