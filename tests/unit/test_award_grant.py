"""Rights: their constraints, their price in service, who is granted one and who waits; the roster honours what is granted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from roster_case import problem_of

from data.exchange.checks import scope_findings
from data.exchange.measures import read_measures
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.errors import InvalidData
from data.model.measure import Claim
from data.model.people import Absence
from data.model.points import Entry, PointsPolicy, Reason, budget_account
from data.model.points_ledger import Ledger
from data.model.roster import OFF
from data.model.rulebook import RuleSpec
from optimizer.response.award.granting import Granting, draw_of, grant
from optimizer.response.award.rights import cheapest_lines, constraints_of, priced, with_constraints
from optimizer.rostering.bound import line_dual
from optimizer.rostering.frame import frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import check_rulebook
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget, Solution
from optimizer.rostering.verify import verify

DAYS = 14
FESTIVAL = date(2026, 6, 8)
CALENDAR = Calendar(table={FESTIVAL: SpecialDay(type=DayType.HOLIDAY, name="Festival")})
AT = datetime(2026, 5, 20, tzinfo=UTC)
MEASURES = read_measures()
RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 1440, "max_minutes": 2400}),
    RuleSpec(id="leave", kind="leave"),
)


@pytest.fixture(scope="module")
def problem() -> RosterProblem:
    hour = np.arange(24 * DAYS) % 24
    heads = np.stack([np.where((hour >= 8) & (hour < 22), 2, 1), np.where(hour >= 14, 1, 0)])
    plain = problem_of(heads, (("a",), ("a",), ("b",), ("a", "b"), ("a", "b"), ("a",)), 3, RULES)
    agents = tuple(agent.model_copy(update={"team": "t1" if k < 4 else "t2"}) for k, agent in enumerate(plain.agents))
    kinds = {"E": "day", "L": "late", "N": "night"}
    shifts = tuple(shift.model_copy(update={"kind": kinds[shift.code]}) for shift in plain.centre.shifts)
    return replace(plain, agents=agents, centre=plain.centre.model_copy(update={"shifts": shifts}), calendar=CALENDAR)


@pytest.fixture(scope="module")
def solution(problem: RosterProblem) -> Solution:
    return solve(problem, budget=Budget(sweeps=10, bound_steps=200))


def claim(name: str, agent: str, measure: str, first: int = 8, days: int = 1, shift: str = "", made: int = 1) -> Claim:
    start = date(2026, 6, first)
    end = start + timedelta(days=days - 1)
    made_at = datetime(2026, 5, made, tzinfo=UTC)
    return Claim(id=name, agent=agent, measure=measure, made_at=made_at, first=start, last=end, shift=shift)


def ledger(points: dict[str, int]) -> Ledger:
    when, account = datetime(2026, 5, 1, tzinfo=UTC), budget_account("2026-05")
    entries = [Entry.moved(f"e:{agent}", when, Reason.CALL_IN, agent, held, account) for agent, held in points.items()]
    return Ledger.of(PointsPolicy(month_budget=10_000, agent_month_cap=1000), entries)


RICH = ledger({f"g{k}": 200 for k in range(6)})


def judged(
    problem: RosterProblem, solution: Solution, *claims: Claim, held: Ledger = RICH, budget: float = 1e9, **more: object
) -> Granting:
    assert solution.prices is not None
    return grant(
        claims, catalogue=MEASURES, problem=problem, prices=solution.prices, ledger=held, at=AT, service_budget=budget, **more
    )


ALL_RIGHTS = (
    claim("c0", "g0", "regular_day_shift", 1, 14),
    claim("c1", "g1", "shift_pick", 3, 2, "N"),
    claim("c2", "g2", "festival_block", 6, 4),
    claim("c3", "g3", "leave_priority", 2, 3),
    claim("c4", "g4", "night_exemption", 1, 14),
    claim("c5", "g5", "time_off_in_lieu", 9),
)


def test_each_right_is_honoured_by_the_roster_and_the_verifier_confirms_it(problem: RosterProblem, solution: Solution) -> None:
    answer = judged(problem, solution, *ALL_RIGHTS)
    assert [right.claim.id for right in answer.granted] != []
    assert (len(answer.granted), answer.waiting, answer.lapsed) == (6, (), ())
    found = solve(answer.problem, budget=Budget(sweeps=10, bound_steps=200))
    assert found.roster is not None
    assert found.unplaced == ()
    assert verify(answer.problem, found.roster).legal
    codes = np.array(found.roster.codes)[found.roster.symbol]
    free = [d for d, day in enumerate(found.roster.horizon.dates) if CALENDAR.day_type(day) is not DayType.WORK]
    assert set(codes[0]) <= {OFF, "E"}
    assert set(codes[0, free]) == {OFF}
    assert codes[1, 2:4].tolist() == ["N", "N"]
    assert set(codes[2, 5:9]) == {OFF}
    assert codes[3, 1:4].tolist() == ["AL"] * 3
    assert "N" not in codes[4]
    assert codes[5, 8] == "TO"


def test_what_rights_cost_is_what_they_add_to_the_bound_at_the_prices(problem: RosterProblem, solution: Solution) -> None:
    assert solution.prices is not None
    answer = judged(problem, solution, *ALL_RIGHTS)
    beta = np.ascontiguousarray(solution.prices.T)
    with ThreadPoolExecutor(1) as executor:
        before = line_dual(frame_of(problem), executor).evaluate(beta)[0]
        after = line_dual(frame_of(answer.problem), executor).evaluate(beta)[0]
    assert before == pytest.approx(solution.bound)
    assert after - before == pytest.approx(sum(right.cost for right in answer.granted))
    hard = [right for right in answer.granted if right.constraints.rules]
    assert all(right.cost >= 0 for right in hard)
    assert sum(right.cost for right in hard) > 0
    again = solve(answer.problem, budget=Budget(sweeps=10, bound_steps=400))
    assert again.bound >= after - 1e-3 * abs(after)
    assert again.cost >= after - 1e-6


def test_a_right_that_the_cheapest_line_has_anyway_costs_nothing(problem: RosterProblem, solution: Solution) -> None:
    assert solution.prices is not None
    frame = frame_of(problem)
    free = np.zeros_like(solution.prices)
    wanted = {"g2": constraints_of(claim("c", "g2", "night_exemption", 1, 14), MEASURES.measure("night_exemption"), CALENDAR)}
    assert priced(problem, free, wanted)["g2"].cost == 0
    assert np.isfinite(cheapest_lines(frame, solution.prices, np.arange(6))).all()
    assert priced(problem, free, {}) == {}


def test_redemptions_are_booked_and_nothing_is_granted_twice(problem: RosterProblem, solution: Solution) -> None:
    answer = judged(problem, solution, ALL_RIGHTS[1], claim("h", "g1", "honour"))
    assert answer.ledger.held("g1", AT) == 190
    (entry,) = (entry for entry in answer.ledger.entries if entry.reason is Reason.REDEMPTION)
    assert (entry.source, entry.points) == ("c1", -10)
    assert "优选排次" in entry.text_zh
    again = judged(answer.problem, solution, ALL_RIGHTS[1], claim("h2", "g1", "honour"), held=answer.ledger)
    assert [right.claim.id for right in again.granted] == ["h2"]


def test_claims_held_before_count_against_the_quota(problem: RosterProblem, solution: Solution) -> None:
    earlier = [claim(f"o{k}", f"g{k}", "leave_priority", 1) for k in range(2)]
    assert solution.prices is not None
    answer = grant(
        [ALL_RIGHTS[3], earlier[0], claim("x", "g4", "leave_priority", 1)],
        catalogue=MEASURES, problem=problem, prices=solution.prices, ledger=RICH, at=AT, service_budget=1e9, held=earlier,
    )  # fmt: skip
    assert [right.claim.id for right in answer.granted] == ["x"]
    assert [(one.claim.id, one.code) for one in answer.waiting] == [("c3", "quota")]


@pytest.mark.parametrize(
    ("asked", "points", "months", "code"),
    [
        (claim("c", "g0", "night_exemption", 1, 7), 29, {}, "points"),
        (claim("c", "g0", "honour", 1), 49, {}, "points"),
        (claim("c", "g0", "festival_block", 8), 90, {"g0": 5}, "service"),
        (claim("c", "g0", "festival_block", 9), 90, {"g0": 6}, "festival"),
        (claim("c", "g0", "night_exemption", 13, 7), 90, {}, "outside"),
        (claim("c", "g0", "time_off_in_lieu", 2), 90, {}, "away"),
        (claim("c", "g1", "shift_pick", 2, 5, "N"), 90, {}, "line"),
    ],
)
def test_who_waits_is_told_why(
    problem: RosterProblem, solution: Solution, asked: Claim, points: int, months: dict[str, int], code: str
) -> None:
    june = date(2026, 6, 2)
    short = RuleSpec(id="nights", kind="nights", numbers={"max_nights": 2}) if code == "line" else None
    book = problem.rulebook.model_copy(update={"rules": (*problem.rulebook.rules, *((short,) if short else ()))})
    away = replace(problem, absences=(Absence(agent="g0", first=june, last=june),), rulebook=book)
    answer = judged(away, solution, asked, held=ledger({"g0": points, "g1": points}), service_months=months)
    assert answer.granted == ()
    (wait,) = answer.waiting
    assert (wait.position, wait.code) == (1, code)
    assert np.isposinf(wait.cost) if code == "line" else np.isnan(wait.cost)
    assert wait.why.startswith(MEASURES.measure(asked.measure).name)
    assert wait.why_zh.startswith(MEASURES.measure(asked.measure).name_zh)
    assert wait.expires == asked.expires(MEASURES.measure(asked.measure))
    assert answer.ledger.entries == ledger({"g0": points, "g1": points}).entries


def test_the_cheapest_for_its_points_comes_first_until_the_service_budget_is_used(
    problem: RosterProblem, solution: Solution
) -> None:
    claims = [claim(f"n{k}", f"g{k}", "night_exemption", 1, 14) for k in (0, 3, 5)]
    free = judged(problem, solution, *claims)
    costs = {right.claim.id: right.cost for right in free.granted}
    assert [right.claim.id for right in free.granted] == sorted(costs, key=lambda name: costs[name])
    dearest = free.granted[-1].claim.id
    assert costs[dearest] > 0
    tight = judged(problem, solution, *claims, budget=sum(costs.values()) - 0.01)
    assert [(wait.claim.id, wait.code) for wait in tight.waiting] == [(dearest, "budget")]
    assert tight.cost <= tight.budget
    assert sum(right.share for right in tight.granted) == pytest.approx(tight.cost / tight.budget)


def test_ties_go_to_points_held_then_to_waiting_then_to_the_draw(problem: RosterProblem, solution: Solution) -> None:
    held = ledger({"g0": 100, "g1": 100, "g2": 100, "g3": 120})
    claims = [
        claim("d0", "g0", "place_of_choice", made=2),
        claim("d1", "g1", "place_of_choice", made=2),
        claim("d2", "g2", "place_of_choice", made=1),
        claim("d3", "g3", "place_of_choice", made=3),
    ]
    answer = judged(problem, solution, *claims, held=held)
    drawn = sorted(claims[:2], key=lambda one: draw_of(MEASURES, one))
    assert [right.claim.id for right in answer.granted] == ["d3"]
    assert [wait.claim.id for wait in answer.waiting] == ["d2", *(one.id for one in drawn)]
    assert [wait.position for wait in answer.waiting] == [1, 2, 3]


def test_nobody_has_a_second_right_before_everyones_first_is_judged(problem: RosterProblem, solution: Solution) -> None:
    claims = [claim(f"s{k}", "g0", "swap_priority", made=1 + k) for k in range(10)] + [claim("z", "g1", "swap_priority", made=15)]
    answer = judged(problem, solution, *claims)
    assert [right.claim.id for right in answer.granted][:2] in (["s0", "z"], ["z", "s0"])
    assert [(wait.claim.id, wait.code) for wait in answer.waiting] == [("s9", "quota")]
    poor = judged(problem, solution, *claims[:3], held=ledger({"g0": 17}))
    assert [wait.code for wait in poor.waiting] == ["points"]


def test_a_claim_that_waited_too_long_lapses(problem: RosterProblem, solution: Solution) -> None:
    old = claim("c", "g0", "shift_pick", 8, 1, "E").model_copy(update={"made_at": datetime(2026, 1, 1, tzinfo=UTC)})
    assert judged(problem, solution, old).lapsed == (old,)


def test_claims_that_do_not_fit_are_refused_all_at_once(problem: RosterProblem, solution: Solution) -> None:
    wrong = [claim("c", "nobody", "honour"), claim("c", "g0", "riches"), claim("d", "g0", "time_off_in_lieu", 1, 2)]
    with pytest.raises(InvalidData) as caught:
        judged(problem, solution, *wrong)
    assert [finding.column for finding in caught.value.findings] == ["agent", "id", "measure", "last"]


def test_leave_that_is_granted_does_not_change_what_a_code_means(problem: RosterProblem, solution: Solution) -> None:
    unpaid = Absence(agent="g0", first=date(2026, 6, 2), last=date(2026, 6, 2), paid=False)
    with pytest.raises(InvalidData, match=r"measures\.3\.code: read 'AL'; expected a code of paid leave"):
        judged(replace(problem, absences=(unpaid,)), solution, ALL_RIGHTS[3])


def test_the_rulebook_with_rights_is_sound(problem: RosterProblem, solution: Solution) -> None:
    answer = judged(problem, solution, *ALL_RIGHTS)
    check_rulebook(answer.problem.rulebook, codes=[shift.code for shift in problem.centre.shifts])
    assert list(scope_findings(answer.problem.rulebook, problem.centre, problem.agents)) == []
    assert all(right.why and right.why_zh for right in answer.granted)
    (pick,) = (right for right in answer.granted if right.claim.id == "c1")
    assert pick.why == (
        f"First pick of shifts (2026-06-03 – 2026-06-04) granted for 10 points; it costs {pick.cost:.1f} in service, "
        f"{pick.share:.1%} of the month's budget."
    )


def test_a_right_binds_its_agent_alone(problem: RosterProblem) -> None:
    told = constraints_of(ALL_RIGHTS[0], MEASURES.measure("regular_day_shift"), CALENDAR)
    bound = with_constraints(problem, [told])
    assert {agent.id for agent in bound.agents if len(bound.binding(agent)) > 3} == {"g0"}
    assert [rule.id for rule in told.rules] == ["right.c0", "right.c0.2"]
    no_weekend = constraints_of(claim("w", "g0", "regular_day_shift", 1, 5), MEASURES.measure("regular_day_shift"), CALENDAR)
    assert len(no_weekend.rules) == 1
