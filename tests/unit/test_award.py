"""What contributions earn: worth by interval prices, weights, caps, the budget, and nothing twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from roster_case import problem_of

from data.model.points import PointsPolicy, Reason
from data.model.points_ledger import Ledger
from data.model.response import Activation
from data.model.roster import Roster
from optimizer.response.award.deeds import Deed, call_ins, overtime, unpopular
from optimizer.response.award.earning import Award, AwardTerms, Tariff, points_earned
from optimizer.rostering.problem import RosterProblem

DAYS = 7
PROBLEM = problem_of(np.ones((2, 24 * DAYS), dtype=np.int64), (("a",), ("b",), ("a", "b")), 3, ())
PRICES = np.add.outer([10.0, 0.0], np.arange(24 * DAYS) % 24.0)
POLICY = PointsPolicy(month_budget=1000, agent_month_cap=500)
AT = datetime(2026, 7, 1, tzinfo=UTC)
PLAIN = AwardTerms(call_in=1, overtime=1, unpopular=1, points_per_cost=1, short_share=0)


def instant(day: int, hour: float) -> datetime:
    return datetime(2026, 6, day, tzinfo=ZoneInfo("Asia/Shanghai")) + timedelta(hours=hour)


def roster(*shifts: tuple[int, int, str], problem: RosterProblem = PROBLEM, late: int = 0) -> Roster:
    """Shifts as (agent, day, code), each as its template, `late` minutes longer."""
    codes, shape = problem.alphabet.codes, (len(problem.agents), DAYS)
    symbol, minutes, eats = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    start, meal = np.full((2, *shape), -1)
    for a, d, code in shifts:
        template = next(shift for shift in problem.centre.shifts if shift.code == code)
        place = a, d
        symbol[place], start[place], minutes[place] = codes.index(code), template.start_minute, template.minutes + late
        meal[place], eats[place] = (template.meal_earliest, template.meal_minutes) if template.meal_minutes else (-1, 0)
    return Roster(tuple(agent.id for agent in problem.agents), problem.grid.horizon, codes, symbol, start, minutes, meal, eats)


def call(*members: str, queue: str = "a", first: float = 8, hours: float = 2) -> Activation:
    start = instant(2, first)
    return Activation("e1", queue, start, start, start + timedelta(hours=hours), members, start, 0.9, 0.1)


def earned(
    shifts: Roster | None = None, ledger: Ledger | None = None, terms: AwardTerms = PLAIN, **more: object
) -> tuple[Award, ...]:
    return points_earned(PROBLEM, shifts or roster(), PRICES, ledger or Ledger(POLICY), terms=terms, **more)


def test_a_call_in_is_worth_the_prices_of_its_intervals_in_proportion() -> None:
    (award,) = earned(activations=[call("g0", first=8.5, hours=2)])
    assert award.value == pytest.approx(0.5 * 18 + 19 + 0.5 * 20)
    assert (award.points, award.deed.month, award.deed.reason) == (38, "2026-06", Reason.CALL_IN)
    parts = Tariff(PROBLEM, PRICES, PLAIN).parts(award.deed)
    assert sum(share * price for _, share, price in parts) == pytest.approx(award.value)
    assert [(start.hour, share, price) for start, share, price in parts] == [(8, 0.5, 18), (9, 1, 19), (10, 0.5, 20)]


def test_in_a_call_in_an_agent_counts_as_short_and_overtime_earns_only_where_it_is() -> None:
    (award,) = earned(activations=[call("g0", queue="b", first=0, hours=2)], terms=PLAIN.model_copy(update={"short_share": 0.5}))
    assert award.value == pytest.approx(2 * 0.5 * 12.5)
    shifts = roster((1, 0, "L"), late=60)
    assert [award.value for award in earned(shifts)] == [22.0]
    assert [award.value for award in earned(shifts, terms=PLAIN.model_copy(update={"short_share": 1.0}))] == [22.0]
    strict = replace(PROBLEM, centre=PROBLEM.centre.model_copy(update={"queues": dear(30.0)}))
    assert [award.points for award in points_earned(strict, shifts, PRICES, Ledger(POLICY), terms=AwardTerms(short_share=1.0))] == [
        0
    ]


def dear(under: float) -> tuple[object, ...]:
    return tuple(queue.model_copy(update={"under_cost": under}) for queue in PROBLEM.centre.queues)


def test_overtime_is_what_lies_beyond_the_template_and_not_under_a_call_in() -> None:
    shifts = roster((0, 1, "L"), late=120)
    (deed,) = overtime(PROBLEM, shifts)
    minute = int(instant(2, 22).timestamp()) // 60
    assert (deed.spans, deed.share, deed.day) == (((minute, minute + 120),), 1.0, date(2026, 6, 2))
    (rest,) = overtime(PROBLEM, shifts, call_ins(PROBLEM, [call("g0", first=22.5, hours=1)]))
    assert rest.spans == ((minute, minute + 30), (minute + 90, minute + 120))
    assert list(overtime(PROBLEM, roster((0, 1, "L")))) == []
    shifted = replace(roster((0, 1, "L")), start=np.where(shifts.start >= 0, shifts.start - 60, -1))
    assert list(overtime(PROBLEM, shifted)) == []
    early = replace(shifts, start=np.where(shifts.start >= 0, shifts.start - 60, -1), minutes=np.maximum(shifts.minutes - 60, 0))
    (moved,) = overtime(PROBLEM, early)
    assert (moved.spans, moved.share) == (((minute - 9 * 60, minute - 8 * 60),), 1.0)


def test_unpopular_shifts_are_nights_and_weekends_without_their_pauses() -> None:
    deeds = {deed.id: deed for deed in unpopular(PROBLEM, roster((0, 0, "N"), (1, 1, "L"), (2, 5, "E")))}
    assert set(deeds) == {"unpopular:g0:2026-06-01", "unpopular:g2:2026-06-06"}
    first, second = deeds["unpopular:g2:2026-06-06"].spans
    assert (first[1] - first[0], second[1] - second[0], second[0] - first[1]) == (180, 300, 60)
    worth = Tariff(PROBLEM, PRICES, PLAIN).value(deeds["unpopular:g2:2026-06-06"])
    assert worth == pytest.approx(sum(10 + hour for hour in range(8, 17) if hour != 11))
    frozen = replace(PROBLEM, first_open=1)
    assert {deed.agent for deed in unpopular(frozen, roster((0, 0, "N"), (2, 5, "E")))} == {"g2"}


def test_an_agent_is_cut_to_the_cap_and_a_month_to_the_budget() -> None:
    calls = [call("g0", "g1", "g2", first=8, hours=4), call("g0", first=14, hours=8)]
    assert sum(award.points for award in earned(activations=calls)) == 3 * 78 + 220
    capped = earned(ledger=Ledger(PointsPolicy(month_budget=1000, agent_month_cap=100)), activations=calls)
    assert sum(award.points for award in capped if award.deed.agent == "g0") == 100
    scaled = earned(ledger=Ledger(PointsPolicy(month_budget=101, agent_month_cap=100)), activations=calls)
    assert {round(award.scaled, 9) for award in scaled} == {round(101 / 256, 9)}
    assert 98 <= sum(award.points for award in scaled) <= 101
    assert min(award.points for award in scaled if award.deed.agent == "g1") == 30


def test_nothing_is_earned_twice_and_what_is_booked_leaves_less() -> None:
    ledger = Ledger(PointsPolicy(month_budget=100, agent_month_cap=100))
    first = earned(ledger=ledger, activations=[call("g0")])
    booked = ledger.posted([award.entry(AT) for award in first])
    assert booked.held("g0", AT) == 37
    assert earned(ledger=booked, activations=[call("g0"), call("g0")]) == ()
    more = earned(ledger=booked, activations=[call("g0"), call("g1", first=9, hours=4)])
    assert [award.points for award in more] == [63]
    assert booked.posted([award.entry(AT) for award in more]).paid_in("2026-06") == 100


def test_every_number_is_told_in_two_languages() -> None:
    (award,) = earned(ledger=Ledger(PointsPolicy(month_budget=20, agent_month_cap=30)), activations=[call("g0")])
    assert award.inputs["value"] * award.inputs["weight"] * award.inputs["rate"] == pytest.approx(37)
    assert "37.00 × 1 × 1 × 0.8108 × 0.6667 = 20.00" in award.why
    assert "37.00 × 1 × 1 × 0.8108 × 0.6667 = 20.00" in award.why_zh
    assert award.why.endswith("20 points.")
    assert "应急出勤" in award.why_zh


def test_prices_below_zero_and_slots_outside_the_grid_are_worth_nothing() -> None:
    tariff, outside = Tariff(PROBLEM, PRICES - 100, PLAIN), int(instant(20, 0).timestamp()) // 60
    deed = Deed("x", "g0", Reason.UNPOPULAR, date(2026, 6, 1), ("a",), ((outside, outside + 60),), "v1")
    assert Tariff(PROBLEM, PRICES, PLAIN).value(deed) == 0
    inside = int(instant(2, 0).timestamp()) // 60
    assert tariff.value(replace(deed, spans=((inside, inside + 600),))) == 0


def test_a_running_total_is_rounded_down_once() -> None:
    thirds = PLAIN.model_copy(update={"points_per_cost": 1 / 54})
    awards = earned(activations=[call("g0", first=8 + k, hours=1) for k in range(3)], terms=thirds)
    exact = np.cumsum([award.exact for award in awards])
    assert [award.points for award in awards] == np.diff(np.floor(exact + 1e-9), prepend=0).tolist()
