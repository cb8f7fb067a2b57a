from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from goal_case import charged, one_day, small
from roster_case import FIRST, problem_of

from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.centre import EchelonTier, OpeningHours, Site
from data.model.ledger import Balance
from data.model.people import Absence, HoursSystem, Wish
from data.model.roster import Roster
from data.model.shift_demand import ShiftDemand
from optimizer.rostering.goals import change, holidays_off, kinds, wishes
from optimizer.rostering.problem import RosterProblem

PARAMS = change.Params(change_cost=6, call_in_cost=12, move_cost=1, overtime_cost=15, early_cost=5)


@pytest.mark.parametrize(
    ("before", "after", "cost"),
    [
        (one_day("E"), one_day("E"), 0),
        (one_day("E"), one_day("E", meal=240), 1),
        (one_day("E"), one_day("L"), 6),
        (one_day("E"), one_day("-"), 12),
        (one_day("-"), one_day("E"), 12),
        (one_day("E"), one_day("E", start=510, meal=240), 6),
        (one_day("E"), one_day("E", minutes=600), 6 + 15),
        (one_day("E"), one_day("E", minutes=450), 6 + 7.5),
    ],
)
def test_each_kind_of_change_has_its_price(before: Roster, after: Roster, cost: float) -> None:
    problem = replace(small(), base=before, rhythm="week")
    assert change.measure(PARAMS, problem, after) == cost
    assert change.measure(PARAMS, problem, replace(after, rhythm="month")) == 0


def test_a_shift_given_up_for_leave_is_nobodys_change() -> None:
    after = replace(one_day("-"), codes=("-", "SL"), symbol=np.array([[1]]))
    assert change.measure(PARAMS, replace(small(), base=one_day("E"), rhythm="week"), after) == 0


@pytest.mark.parametrize(
    ("wish", "code", "cost"),
    [
        (Wish(agent="g0", day=FIRST, rank=1), "E", 20),
        (Wish(agent="g0", day=FIRST, rank=5), "E", 4),
        (Wish(agent="g0", day=FIRST), "-", 0),
        (Wish(agent="g0", day=FIRST, kind="on", shift="E", rank=5), "E", 0),
        (Wish(agent="g0", day=FIRST, kind="on", shift="E", rank=5), "-", 2),
        (Wish(agent="g0", day=FIRST, kind="avoid", shift="E", rank=4), "E", 4),
        (Wish(agent="g0", day=FIRST, kind="avoid", shift="L"), "E", 0),
        (Wish(agent="g0", day=FIRST + timedelta(days=9)), "E", 0),
        (Wish(agent="stranger", day=FIRST), "E", 0),
    ],
)
def test_a_wish_costs_its_rank_when_refused(wish: Wish, code: str, cost: float) -> None:
    assert wishes.measure(wishes.Params(), replace(small(), wishes=(wish,)), one_day(code)) == cost


CODES = ("-", "AL", "E", "L", "N")


def centre_of(agents: int, days: int = 1, skills: tuple[str, ...] = ("a", "b"), **agent: object) -> RosterProblem:
    """Agents alike, hourly slots of which 8 to 22 o'clock need one agent for each queue, shifts E, L and N, leave AL."""
    hour = np.arange(24 * days) % 24
    heads = np.tile(((hour >= 8) & (hour < 22)).astype(np.int64), (2, 1))
    problem = problem_of(heads, (skills,) * agents, 3, ())
    agents_alike = tuple(a.model_copy(update=agent) for a in problem.agents)
    return replace(problem, agents=agents_alike, absences=(Absence(agent="nobody", first=FIRST, last=FIRST),))


def lines(problem: RosterProblem, *rows: str) -> Roster:
    """A roster of some lines, blank between days; the meal of E begins after three hours."""
    symbol = np.array([[CODES.index(code) for code in row.split()] for row in rows])
    start, minutes = np.array([-1, -1, 480, 840, 1320])[symbol], np.array([0, 0, 540, 480, 480])[symbol]
    meal = np.where(symbol == 2, 180, -1)
    names = tuple(agent.id for agent in problem.agents)
    return Roster(names, problem.grid.horizon, CODES, symbol, start, minutes, meal, np.where(meal >= 0, 60, 0))


def cost(kind: str, problem: RosterProblem, roster: Roster, **numbers: object) -> float:
    """Cost of a roster, once charge and measure agree on it."""
    goal = kinds()[kind]
    params = goal.Params.model_validate(numbers)
    measured = goal.measure(params, problem, roster)
    assert charged(goal.charge(params, problem), problem, roster) == pytest.approx(measured)
    return measured


def on(kind: DayType, name: str = "", day: date = FIRST) -> Calendar:
    return Calendar(table={day: SpecialDay(type=kind, name=name)})


def under(system: HoursSystem, problem: RosterProblem) -> RosterProblem:
    contracts = tuple(contract.model_copy(update={"hours_system": system}) for contract in problem.centre.contracts)
    return replace(problem, centre=problem.centre.model_copy(update={"contracts": contracts}))


@pytest.mark.parametrize(
    ("code", "calendar", "squared"),
    [
        ("E", Calendar(), 0),
        ("N", Calendar(), 1),
        ("E", on(DayType.REST), 1),
        ("E", on(DayType.HOLIDAY), 1),
        ("N", on(DayType.HOLIDAY, "National Day"), 1),
        ("E", on(DayType.HOLIDAY, "Chinese New Year's Eve"), 4),
        ("E", on(DayType.REST, "Chinese New Year (observed)"), 1),
        ("E", on(DayType.MAKEUP), 0),
        ("-", on(DayType.HOLIDAY, "Chinese New Year's Eve"), 0),
    ],
)
def test_a_day_counts_the_largest_of_its_points(code: str, calendar: Calendar, squared: float) -> None:
    problem = replace(centre_of(1), calendar=calendar)
    assert cost("fairness", problem, lines(problem, code), weight=3.0) == 3 * squared


def test_who_brings_more_points_pays_more_for_the_next() -> None:
    held = tuple(Balance(agent=f"g{k}", until=FIRST - timedelta(days=1), points=points) for k, points in enumerate((3.0, -1.0)))
    problem = replace(centre_of(2), balances=held)
    assert cost("fairness", problem, lines(problem, "N", "-")) == 3**2 - 2**2
    assert cost("fairness", problem, lines(problem, "-", "N")) == 1**2 - 2**2
    assert cost("fairness", problem, lines(problem, "-", "-")) == 0


def test_nights_since_the_balance_are_brought_along() -> None:
    problem, held = centre_of(2, 4), tuple(Balance(agent=f"g{k}", until=FIRST) for k in range(2))
    base = lines(problem, "N N N -", "N - - -")
    problem = replace(problem, base=base, first_open=3, balances=held)
    assert cost("fairness", problem, lines(problem, "N N N N", "N - - -")) == 2**2 - 1**2
    assert cost("fairness", problem, lines(problem, "N N N -", "N - - N")) == 0**2 - 1**2


@pytest.mark.parametrize(
    ("prefers", "steps"), [((), 0), (("day",), 0), (("early", "day"), 1), (("early", "late", "day"), 2), (("night",), 3)]
)
def test_a_shift_costs_its_place_on_the_list(prefers: tuple[str, ...], steps: int) -> None:
    problem = centre_of(1, 2, prefers=prefers)
    assert cost("preferences", problem, lines(problem, "E -"), cost=1.5) == 1.5 * steps


def test_the_last_of_a_long_list_costs_no_more_than_a_kind_not_named() -> None:
    problem = centre_of(1, prefers=("early", "late", "night", "split", "day"))
    assert cost("preferences", problem, lines(problem, "E")) == 3


@pytest.mark.parametrize(
    ("system", "kind", "paid_hours"),
    [
        ("standard", DayType.HOLIDAY, 8 * 2),
        ("standard", DayType.REST, 8 * 1),
        ("standard", DayType.MAKEUP, 0),
        ("comprehensive", DayType.HOLIDAY, 8 * 2 + 8 * 0.5),
        ("comprehensive", DayType.REST, 8 * 0.5),
        ("comprehensive", DayType.MAKEUP, 0),
        ("part_time", DayType.HOLIDAY, 8 * 2),
        ("part_time", DayType.REST, 0),
        ("flexible", DayType.HOLIDAY, 0),
    ],
)
def test_a_day_is_paid_by_its_type_and_the_hours_system(system: HoursSystem, kind: DayType, paid_hours: float) -> None:
    problem = replace(under(system, centre_of(1)), calendar=on(kind))
    assert cost("pay", problem, lines(problem, "E"), hourly_wage=30.0) == 30 * paid_hours
    assert cost("pay", problem, lines(problem, "E"), contracts={"c": 25.0}) == 25 * paid_hours


def test_hours_beyond_the_normal_week_cost_half_as_much_again() -> None:
    weekdays = {"rest_day_rate": 0.0, "hourly_wage": 10.0}
    problem = centre_of(1, 9)
    assert cost("pay", problem, lines(problem, "E E E E E E - E E"), **weekdays) == 8 * 10 * 0.5
    assert cost("pay", problem, lines(problem, "E E E E E - - E E"), **weekdays) == 0


def test_what_history_has_used_up_is_not_paid_again() -> None:
    weekdays = {"rest_day_rate": 0.0, "hourly_wage": 10.0}
    problem = centre_of(1, 7)
    problem = replace(problem, base=lines(problem, "E E E E E E -"), first_open=6)
    assert cost("pay", problem, lines(problem, "E E E E E E -"), **weekdays) == 0
    assert cost("pay", problem, lines(problem, "E E E E E E E"), **weekdays) == 8 * 10 * 0.5


def test_leave_is_no_overtime() -> None:
    problem = centre_of(1, 7)
    problem = replace(problem, absences=(Absence(agent="g0", first=FIRST, last=FIRST + timedelta(days=6)),))
    assert cost("pay", problem, lines(problem, "AL AL AL AL AL AL AL")) == 0
    problem = replace(problem, absences=(Absence(agent="g0", first=FIRST, last=FIRST + timedelta(days=5)),))
    assert cost("pay", problem, lines(problem, "AL AL AL AL AL AL E"), rest_day_rate=0.0, hourly_wage=10.0) == 8 * 10 * 0.5


def evening_queue(problem: RosterProblem, hours: tuple[str, str], *, closes_on_holidays: bool = False) -> RosterProblem:
    opened = {"opening": OpeningHours(hours={"mon": hours}), "closes_on_holidays": closes_on_holidays}
    queues = problem.centre.queues[0], problem.centre.queues[1].model_copy(update=opened)
    return replace(problem, centre=problem.centre.model_copy(update={"queues": queues}))


@pytest.mark.parametrize(
    ("row", "hours", "missing"),
    [
        ("E E", ("08:00", "20:00"), 1),
        ("L -", ("18:00", "22:00"), 1),
        ("E -", ("14:00", "20:00"), 2),
        ("- E", ("20:00", "12:00"), 1),
        ("- -", ("08:00", "20:00"), 2),
    ],
)
def test_a_skill_is_fresh_after_enough_shifts_in_its_hours(row: str, hours: tuple[str, str], missing: int) -> None:
    problem = evening_queue(centre_of(1, 2), hours)
    assert cost("freshness", problem, lines(problem, row), cost=5.0) == 5 * missing
    other = evening_queue(centre_of(1, 2, skills=("a",)), hours)
    assert cost("freshness", other, lines(other, row)) == 0


def test_a_queue_that_closes_on_holidays_is_not_seen_there() -> None:
    for closes, missing in ((True, 2), (False, 1)):
        problem = evening_queue(centre_of(1, 2), ("08:00", "20:00"), closes_on_holidays=closes)
        problem = replace(problem, calendar=on(DayType.HOLIDAY))
        assert cost("freshness", problem, lines(problem, "E -"), cost=1.0) == missing


def test_an_agent_without_a_seat_costs_each_hour() -> None:
    problem = centre_of(3, site="north")
    sites = (Site(id="north", name="N", seats=2), Site(id="south", name="S", seats=0), Site(id="west", name="W"))
    problem = replace(problem, centre=problem.centre.model_copy(update={"sites": sites}))
    assert cost("seats", problem, lines(problem, "E", "E", "E"), over_cost=10.0) == 10 * 8
    assert cost("seats", problem, lines(problem, "E", "E", "L"), over_cost=10.0) == 10 * 3
    assert cost("seats", problem, lines(problem, "E", "E", "-")) == 0


def test_a_tier_keeps_some_on_duty_and_some_in_reserve() -> None:
    problem = centre_of(4, echelon="x")
    tier = EchelonTier(id="x", name="X", tier=1, notice_minutes=0, max_minutes=60)
    problem = replace(problem, centre=problem.centre.model_copy(update={"echelons": (tier,)}))
    prices = {"under_cost": 3.0, "over_cost": 7.0}
    assert cost("echelon_duty", problem, lines(problem, "E", "L", "-", "-"), **prices) == 3  # a meal
    assert cost("echelon_duty", problem, lines(problem, "-", "-", "-", "-"), **prices) == 3 * 14
    assert cost("echelon_duty", problem, lines(problem, "N", "N", "N", "-"), **prices) == 3 * 14 + 7 * 2
    assert cost("echelon_duty", problem, lines(problem, "L", "L", "L", "L"), min_members=0, over_cost=1.0, max_share=0.74) == 8 * 2


def test_a_team_keeps_its_skills_on_the_phones() -> None:
    problem = centre_of(2, team="t")
    assert cost("team_skills", problem, lines(problem, "E", "-"), under_cost=2.0) == 2 * 2 * 6
    assert cost("team_skills", problem, lines(problem, "E", "-"), under_cost=2.0, queues=("a",)) == 2 * 6
    assert cost("team_skills", problem, lines(problem, "E", "-"), teams=("u",)) == 0
    assert cost("team_skills", problem, lines(problem, "E", "E"), min_agents=3, under_cost=1.0, queues=("a",)) == 2 * 6


def test_each_shift_of_a_team_costs_once_a_day() -> None:
    problem = centre_of(3, 2, team="t")
    assert cost("teams", problem, lines(problem, "E E", "E L", "- E"), cost=2.0) == 2 * 3
    alone = centre_of(2, 2)
    assert cost("teams", alone, lines(alone, "E E", "E L")) == 0


def demand(day: int, shift: str, heads: int, under: float, over: float) -> ShiftDemand:
    return ShiftDemand(day=FIRST + timedelta(days=day), shift=shift, heads=heads, under=under, over=over)


def test_heads_on_a_shift_cost_what_the_demands_of_its_day_say_together() -> None:
    wanted = demand(0, "E", 2, 10.0, 0.0), demand(0, "E", 1, 5.0, 3.0), demand(1, "L", 1, 7.0, 2.0)
    problem = replace(centre_of(3, 2), shift_demand=(*wanted, demand(2, "E", 9, 1.0, 1.0), demand(-1, "E", 9, 1.0, 1.0)))
    assert cost("shift_cover", problem, lines(problem, "- E", "- E", "L E")) == 2 * 10 + 5 + 7
    assert cost("shift_cover", problem, lines(problem, "E L", "- L", "L L")) == 10 + 2 * 2
    assert cost("shift_cover", problem, lines(problem, "E L", "E -", "- -")) == 3
    assert cost("shift_cover", problem, lines(problem, "E L", "E -", "E -"), scale=0.5) == 0.5 * 2 * 3
    opened = replace(problem, base=lines(problem, "- L", "- -", "- -"), first_open=1)
    assert cost("shift_cover", opened, lines(problem, "- L", "- -", "- -")) == 0


def test_without_demand_nobody_is_counted_by_shift() -> None:
    assert kinds()["shift_cover"].charge(kinds()["shift_cover"].Params(), centre_of(3, 2)).gathering is None


def test_a_right_to_days_off_is_priced_by_its_shifts() -> None:
    problem = centre_of(2, 5)
    right = {"g0": (FIRST + timedelta(days=1), FIRST + timedelta(days=3))}
    assert cost("holidays_off", problem, lines(problem, "E E - N E", "E E E E E"), agents=right, cost=50.0) == 2 * 50
    with pytest.raises(ValueError, match="end before they begin"):
        holidays_off.Params(agents={"g0": (FIRST, FIRST - timedelta(days=1))})
