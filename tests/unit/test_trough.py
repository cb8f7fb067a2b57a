"""Off-phone work in troughs: where it goes, with whom, what has no place and why; taken back when traffic turns; what is owed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from response_case import GRID, agent, at, forecast_of, queue, requirement_of, roster_of

from data.model.centre import Centre, Queue
from data.model.demand import Forecast
from data.model.errors import InvalidData
from data.model.offphone import Debt, Placement, Task, TrainingYear
from data.model.people import Absence, Agent, Contract
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook
from optimizer.response.trough.kernels import answer_unit
from optimizer.response.trough.ledger import owed
from optimizer.response.trough.placement import Placed, TroughParams, place
from optimizer.response.trough.recall import RecallParams, TakenBack, take_back
from optimizer.response.trough.units import pieces, session_sizes
from optimizer.rostering.problem import RosterProblem

POWER = queue("power")
DAY = ShiftTemplate(code="D", start=time(8), minutes=540)
AGENTS = tuple(agent(f"g{k}").model_copy(update={"team": f"T{k % 2}"}) for k in range(10))
FREE = TroughParams(most_share=1.0)
KEEN = RecallParams(threshold=0.3)


def calls(peaks: dict[int, float], base: float = 40.0) -> np.ndarray:
    """Calls of each slot of the first day from 8 to 17 o'clock; those of some slots are others."""
    told = np.zeros((1, GRID.size))
    told[0, 16:34] = base
    for slot, value in peaks.items():
        told[0, slot] = value
    return told


def problem_of(
    forecast: Forecast, absences: Sequence[Absence] = (), queues: Sequence[Queue] = (POWER,), agents: Sequence[Agent] = AGENTS
) -> RosterProblem:
    contract = Contract(id="c", name="C", shifts=("D",))
    centre = Centre(id="c", name="C", zone="Asia/Shanghai", queues=tuple(queues), contracts=(contract,), shifts=(DAY,))
    rules = Rulebook(id="r", rules=(), goals=(GoalSpec(kind="coverage"),))
    return RosterProblem(centre, tuple(agents), GRID, requirement_of(forecast, queues), rules, 0, 3, absences=tuple(absences))


def everyone(days: Sequence[int] = (1,), agents: int = 10) -> Roster:
    """The first agents work from 8 to 17 on some days."""
    return roster_of(AGENTS, {(f"g{k}", day): (8, 9) for k in range(agents) for day in days})


PLAIN = forecast_of(calls({}), [POWER])
PEAKED = forecast_of(calls({slot: 70.0 for slot in range(16, 34) if slot not in (24, 25)}), [POWER])
"""Every slot of the shift is busy but for 12 to 13 o'clock."""


def task(**fields: Any) -> Task:
    given = {"id": "t", "kind": "training", "minutes": 60, "earliest": at(1, 0), "deadline": at(2, 0)} | fields
    return Task.model_validate(given)


def the(made: Placed) -> Placement:
    (one,) = made.placements
    return one


# -- placing


def test_work_goes_into_the_trough() -> None:
    made = place(problem_of(PEAKED), everyone(), (task(),))
    assert the(made).start == at(1, 12)
    assert made.service <= made.service_before
    assert made.cost == pytest.approx(made.bound)


@pytest.mark.parametrize(("agents", "share"), [(("g0",), 0.3), ((), 0.1)])
def test_work_that_can_go_elsewhere_makes_way(agents: tuple[str, ...], share: float) -> None:
    """Two troughs: one task may go to either, the other to the first alone, by its agent or by the share off the phones."""
    two = forecast_of(calls({24: 1.0, 25: 1.0, 30: 1.0, 31: 1.0}, 70.0), [POWER])
    tasks = task(id="a", agents=agents, priority=1), task(id="b", agents=agents, earliest=at(1, 11), deadline=at(1, 14))
    choices = (TroughParams(most_share=share, ejections=k, bound_steps=300) for k in (0, 9))
    stuck, free = (place(problem_of(two), everyone(), tasks, params=one) for one in choices)
    assert {one.task: one.start for one in stuck.placements} == {"a": at(1, 12), "b": at(1, 11)}
    assert {one.task: one.start for one in free.placements} == {"a": at(1, 15), "b": at(1, 12)}
    assert stuck.bound - 1e-9 <= free.cost < stuck.cost


def test_delay_has_its_price() -> None:
    hurried = task(delay_cost=1e4)
    made = place(problem_of(PEAKED), everyone(), (hurried,))
    assert the(made).start == at(1, 8)
    assert made.delay_cost == pytest.approx(1e4 * 9)


def test_a_task_for_each_is_done_once_by_everyone_of_a_team() -> None:
    made = place(problem_of(PLAIN), everyone(), (task(teams=("T0",), each=True),))
    assert sorted(one.agents[0] for one in made.placements) == ["g0", "g2", "g4", "g6", "g8"]
    assert made.asked_minutes == 300


def test_sessions_meet_at_one_time_with_their_facilitator() -> None:
    meeting = task(teams=("T0",), each=True, group_least=2, group_most=3, facilitator="g1", place="room")
    made = place(problem_of(PLAIN), everyone(), (meeting,), params=FREE)
    first, second = made.placements
    assert sorted([len(first.agents), len(second.agents)]) == [2, 3]
    assert {*first.agents, *second.agents} == {"g0", "g2", "g4", "g6", "g8"}
    assert first.facilitator == second.facilitator == "g1"
    assert first.end <= second.start


def test_a_split_task_uses_short_gaps() -> None:
    whole = place(problem_of(PEAKED), everyone(agents=4), (task(minutes=120, agents=("g0",)),), params=FREE)
    split = place(problem_of(PEAKED), everyone(agents=4), (task(minutes=120, agents=("g0",), least_piece_minutes=30),), params=FREE)
    assert sum(one.minutes for one in split.placements) == 120
    assert {at(1, 12), at(1, 12.5)} <= {one.start for one in split.placements}
    assert split.cost <= whole.cost


def test_pieces_are_as_short_as_they_may_be() -> None:
    assert pieces(100, None, 15) == [100]
    assert pieces(100, 30, 15) == [30, 30, 40]
    assert pieces(100, 20, 15) == [30, 30, 40]
    assert pieces(20, 30, 15) == [20]


@pytest.mark.parametrize(
    ("people", "least", "most", "sizes"),
    [(12, 4, 6, [6, 6]), (13, 4, 6, [5, 4, 4]), (9, 6, 8, [8, 1]), (3, 6, 8, [3]), (5, 1, 1, [1] * 5)],
)
def test_sessions_are_few_and_even(people: int, least: int, most: int, sizes: list[int]) -> None:
    assert session_sizes(people, least, most) == sizes


def test_no_more_than_a_share_is_off_the_phones() -> None:
    tasks = tuple(task(id=f"t{k}", earliest=at(1, 12), deadline=at(1, 13)) for k in range(4))
    made = place(problem_of(PLAIN), everyone(), tasks, params=TroughParams(most_share=0.25))
    assert len(made.placements) == 2
    assert {one.code for one in made.unplaced} == {"share"}
    assert {one.nearest for one in made.unplaced} == {at(1, 13)}


ON_LEAVE = Absence(agent="g0", first=date(2026, 6, 1), last=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("fields", "code", "nearest"),
    [
        ({"skills": ("gas",)}, "nobody", None),
        ({"earliest": at(1, 20), "deadline": at(1, 20.5)}, "late", at(2, 8)),
        ({"earliest": at(1, 20), "deadline": at(1, 23)}, "no_shift", at(2, 8)),
        ({"agents": ("g0",)}, "no_shift", at(2, 8)),
        ({"agents": ("g0", "g1"), "group_least": 2, "group_most": 2}, "group", at(2, 8)),
        ({"group_least": 11, "group_most": 12}, "group", None),
        ({"facilitator": "nobody", "group_least": 2, "group_most": 2}, "nobody", None),
    ],
)
def test_what_has_no_place_says_why_and_where_it_would_have(fields: dict[str, Any], code: str, nearest: Any) -> None:
    made = place(problem_of(PLAIN, [ON_LEAVE]), everyone(days=(1, 2)), (task(**fields),), params=FREE)
    (left,) = made.unplaced
    assert (left.code, left.nearest) == (code, nearest)
    assert left.reason
    assert left.reason_zh


def test_the_time_and_the_place_may_be_taken() -> None:
    first = task(id="a", agents=("g1",), minutes=540, priority=1)
    (left,) = place(problem_of(PLAIN), everyone(), (first, task(id="b", agents=("g1",))), params=FREE).unplaced
    assert (left.task, left.code) == ("b", "taken")
    rooms = [
        task(id=i, minutes=300, agents=(i, f"g{k}"), group_least=2, group_most=2, place="r") for k, i in ((2, "g3"), (4, "g5"))
    ]
    (left,) = place(problem_of(PLAIN), everyone(), rooms, params=FREE).unplaced
    assert left.code == "place"


def test_work_that_is_too_dear_waits() -> None:
    busy = problem_of(forecast_of(calls({}, base=75.0), [POWER]))
    cost = place(busy, everyone(), (task(),)).cost
    for limit, code in ((cost * 0.99, ["dear"]), (cost * 1.01, [])):
        made = place(busy, everyone(), (task(),), params=TroughParams(most_cost_per_hour=limit))
        assert [one.code for one in made.unplaced] == code


def test_debts_come_first_and_the_rest_of_their_task_is_not_asked_again() -> None:
    noon = {"earliest": at(1, 12), "deadline": at(1, 13)}
    tasks = task(id="new", priority=1, agents=("g0",), **noon), task(id="old", priority=5, agents=("g0",), each=True, **noon)
    debt = Debt(agent="g0", task="old", kind="training", deadline=at(1, 13), owed_minutes=60)
    made = place(problem_of(PLAIN), everyone(), tasks, debts=(debt,), params=FREE)
    assert the(made).task == "old"
    assert [one.task for one in made.unplaced] == ["new"]


def test_an_overdue_debt_is_placed_as_soon_as_can_be() -> None:
    debt = Debt(agent="g0", task="t", kind="training", deadline=at(1, 9), owed_minutes=60)
    made = place(problem_of(PEAKED), everyone(), (task(),), debts=(debt,), now=at(1, 10.25), params=FREE)
    assert the(made).start >= at(1, 10.5)


def test_kept_placements_stand_unless_the_roster_has_left_them_behind() -> None:
    noon = task(earliest=at(1, 12), deadline=at(1, 13), agents=("g0",))
    kept = Placement(task="t", agents=("g0",), start=at(1, 12), minutes=60)
    other = noon.model_copy(update={"id": "u"})
    made = place(problem_of(PLAIN), everyone(), (noon, other), kept=(kept,), params=FREE)
    assert made.placements == (kept,)
    assert [one.code for one in made.unplaced] == ["taken"]
    gone = place(problem_of(PLAIN, [ON_LEAVE]), everyone(), (noon,), kept=(kept,), params=FREE)
    assert gone.placements == ()
    assert [(one.code, one.agents, one.minutes) for one in gone.unplaced] == [("roster", ("g0",), 60)]


def test_the_same_input_gives_the_same_placements() -> None:
    tasks = tuple(task(id=f"t{k}", minutes=30 + 30 * (k % 3), delay_cost=k % 2) for k in range(9))
    made = [place(problem_of(PEAKED), everyone(), tasks) for _ in range(2)]
    assert made[0].placements == made[1].placements


def test_a_roster_of_others_is_refused() -> None:
    with pytest.raises(ValueError, match="agents and days"):
        place(problem_of(PLAIN), replace(everyone(), agents=tuple(f"x{k}" for k in range(10))), (task(),))


def test_the_bound_knows_that_a_trough_holds_a_share_only() -> None:
    """Three hours, one agent off the phones at a time: all ways to place them, one start apart from the other."""
    quiet = forecast_of(calls({24: 1.0, 25: 1.0}, 70.0), [POWER])
    starts = [8 + k / 2 for k in range(17)]
    alone = {
        start: place(problem_of(quiet), everyone(), (task(earliest=at(1, start), deadline=at(1, start + 1)),)).cost
        for start in starts
    }
    ways = [three for three in combinations(starts, 3) if all(later - first >= 1 for first, later in pairwise(three))]
    best = min(sum(alone[start] for start in way) for way in ways)
    tasks = tuple(task(id=f"t{k}") for k in range(3))
    made = place(problem_of(quiet), everyone(), tasks, params=TroughParams(most_share=0.1, bound_steps=300))
    assert made.cost == pytest.approx(best)
    assert 0.9 * best <= made.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize(
    ("prices", "counts", "size", "cost"), [((1, 5), (1, 1), 2, 6), ((2, 2), (1, 1), 2, 4), ((1, 5), (2, 1), 2, 2)]
)
def test_an_answer_takes_each_agent_once(prices: tuple[int, int], counts: tuple[int, int], size: int, cost: float) -> None:
    total, away = np.zeros((2, 3)), np.zeros((2, 3), dtype=np.int64)
    total[:, 1:] = -np.array(prices, dtype=np.float64)[:, None]
    groups, free = np.arange(2), np.array(counts)[:, None]
    assert answer_unit(total, groups, free, size, -1, 1, np.zeros(1), away) == cost
    assert -away[:, 0].sum() == away[:, 1].sum() == size
    assert (-away[:, 0] <= counts).all()


def test_a_debt_of_a_task_that_is_not_told_is_refused() -> None:
    debt = Debt(task="else", kind="quality", deadline=at(2, 0), owed_minutes=30)
    with pytest.raises(ValueError, match="else"):
        place(problem_of(PLAIN), everyone(), (task(),), debts=(debt,))


# -- taking back


def recalled(surge: dict[int, float], now: float, params: RecallParams = KEEN, **fields: Any) -> tuple[Placed, TakenBack]:
    """Two hours of one agent at 12 o'clock and one hour of another at 14, then the day as it turns out."""
    made = place(problem_of(PLAIN), everyone(), tuple(task(id=i, **fields) for i in "ab"), params=TroughParams(most_share=0.2))
    long = Placement(task="a", agents=("g0",), start=at(1, 12), minutes=120)
    made = replace(made, placements=(long, Placement(task="b", agents=("g1",), start=at(1, 14), minutes=60)))
    turned = forecast_of(calls(surge), [POWER], at(1, now))
    return made, take_back(made, turned, requirement_of(turned, [POWER]), at(1, now), params)


def test_one_interval_at_risk_takes_nothing_back_two_do() -> None:
    _, calm = recalled({25: 75.0}, 11)
    assert (calm.returned, calm.alarms, calm.debts) == ((), (), ())
    made, turned = recalled({25: 75.0, 26: 75.0}, 11)
    (one,) = turned.returned
    assert (one.placement, one.back, one.lost_minutes) == (made.placements[0], at(1, 12), 120)
    (alarm,) = turned.alarms
    assert (alarm.start, alarm.end) == (at(1, 12.5), at(1, 13.5))
    assert alarm.risk < alarm.risk_before
    assert turned.service > turned.service_before
    assert turned.placements == made.placements[1:]
    (debt,) = turned.debts
    assert (debt.agent, debt.task, debt.owed_minutes, debt.taken_back_minutes, debt.deadline) == ("g0", "a", 120, 120, at(2, 0))


def test_what_has_begun_goes_on_unless_it_may_be_taken_back() -> None:
    surge = {26: 75.0, 27: 75.0}
    assert recalled(surge, 12.75)[1].returned == ()
    made, turned = recalled(surge, 12.75, RecallParams(threshold=0.3, begun=True))
    (one,) = turned.returned
    assert (one.back, one.lost_minutes) == (at(1, 13), 60)
    assert [(left.start, left.minutes) for left in turned.placements] == [(at(1, 12), 60), (at(1, 14), 60)]
    done = sum(left.minutes for left in turned.placements) + sum(debt.owed_minutes for debt in turned.debts)
    assert done == sum(left.minutes for left in made.placements)


def test_work_that_may_not_be_taken_back_stays() -> None:
    assert recalled({25: 75.0, 26: 75.0}, 11, may_be_taken_back=False)[1].returned == ()


def test_no_more_is_taken_back_than_the_risk_asks_for() -> None:
    made = place(problem_of(PLAIN), everyone(), (task(id="a"), task(id="b")), params=FREE)
    both = tuple(Placement(task=i, agents=(a,), start=at(1, 12), minutes=60) for i, a in (("a", "g0"), ("b", "g1")))
    made = replace(made, placements=both)
    for load, count in ((52.0, 1), (90.0, 2)):
        turned = forecast_of(calls({24: load, 25: load}), [POWER], at(1, 11))
        told = take_back(made, turned, requirement_of(turned, [POWER]), at(1, 11), RecallParams(threshold=0.5))
        assert len(told.returned) == count, told.alarms


def test_the_piece_that_returns_most_for_each_minute_comes_first() -> None:
    made = place(problem_of(PLAIN), everyone(), (task(id="a"), task(id="b")), params=FREE)
    long, short = (Placement(task=i, agents=(a,), start=at(1, 12), minutes=m) for i, a, m in (("a", "g0", 240), ("b", "g1", 60)))
    made = replace(made, placements=(long, short))
    turned = forecast_of(calls({24: 95.0, 25: 95.0}), [POWER], at(1, 11))
    told = take_back(made, turned, requirement_of(turned, [POWER]), at(1, 11), KEEN)
    assert [one.placement for one in told.returned] == [short, long]
    assert told.returned[0].gain / 60 > told.returned[1].gain / 240 > 0


def test_who_cannot_help_the_queue_at_risk_goes_on() -> None:
    gas = queue("gas")
    staff = (*AGENTS[:7], *(one.model_copy(update={"skills": ("gas",)}) for one in AGENTS[7:]))
    both = tuple(Placement(task=i, agents=(a,), start=at(1, 12), minutes=60) for i, a in (("a", "g0"), ("b", "g9")))
    planned = forecast_of(np.vstack([calls({}, 20.0), calls({}, 6.0)]), [POWER, gas])
    made = place(problem_of(planned, (), [POWER, gas], staff), everyone(), (task(id="a"), task(id="b")), params=FREE)
    turned = forecast_of(np.vstack([calls({24: 60.0, 25: 60.0}, 20.0), calls({}, 6.0)]), [POWER, gas], at(1, 11))
    told = take_back(replace(made, placements=both), turned, requirement_of(turned, [POWER, gas]), at(1, 11), KEEN)
    assert [one.placement for one in told.returned] == [both[0]]


def test_a_forecast_of_other_queues_is_refused() -> None:
    made = place(problem_of(PLAIN), everyone(), (task(),))
    other = forecast_of(calls({}), [queue("gas")])
    with pytest.raises(InvalidData):
        take_back(made, other, requirement_of(other, [queue("gas")]), at(1, 9))


# -- the ledger


def test_what_was_taken_back_is_placed_again_and_the_ledger_remembers() -> None:
    made, turned = recalled({25: 75.0, 26: 75.0}, 11)
    book = owed(made.tasks, made, turned, now=at(1, 11))
    (debt,) = book.debts
    assert (debt.owed_minutes, debt.done_minutes, debt.taken_back_minutes) == (120, 0, 120)
    again = place(
        made.problem, everyone(days=(1, 2)), made.tasks, debts=book.debts, kept=turned.placements, now=at(1, 15), params=FREE
    )
    (new,) = [one for one in again.placements if one.task == "a"]
    assert (new.agents, new.minutes) == (("g0",), 120)
    later = owed(made.tasks, again, now=at(1, 17), since=at(1, 11), debts=book.debts)
    assert [(d.task, d.agent, d.owed_minutes, d.done_minutes, d.taken_back_minutes) for d in later.debts] == [
        ("a", "g0", 0, 120, 120),
        ("b", "g1", 0, 60, 0),
    ]


def test_work_without_a_place_is_owed_by_those_who_should_have_done_it() -> None:
    tasks = task(id="a", agents=("g0", "g1"), each=True, deadline=at(1, 3)), task(id="b", deadline=at(1, 3))
    book = owed(tasks, place(problem_of(PLAIN), everyone(), tasks), now=at(1, 0))
    assert [(d.task, d.agent, d.owed_minutes) for d in book.debts] == [("a", "g0", 60), ("a", "g1", 60), ("b", "", 60)]


def test_debts_of_other_tasks_stand() -> None:
    old = Debt(agent="g5", task="else", kind="quality", deadline=at(3, 0), owed_minutes=30)
    assert owed((task(),), place(problem_of(PLAIN), everyone(), (task(),)), now=at(1, 0), debts=(old,)).debts == (old,)


def test_who_misses_the_training_of_the_year_at_the_pace_so_far() -> None:
    made = place(problem_of(PLAIN), everyone(), (task(agents=("g0",), minutes=120),), params=FREE)
    years = tuple(
        TrainingYear(agent=f"g{k}", minutes=1200, done_minutes=done, until=date(2026, 5, 31))
        for k, done in ((0, 480), (1, 480), (2, 1100))
    )
    first, second, third = owed(made.tasks, made, now=at(2, 0), training=years).training
    assert (first.year.done_minutes, first.year.until) == (600, date(2026, 6, 2))
    assert first.expected_minutes == pytest.approx(600 * 365 / 153)
    assert (first.will_miss, second.will_miss, third.will_miss) == (False, True, False)
    assert second.short_minutes == pytest.approx(1200 - 480 * 365 / 153)
    assert owed(made.tasks, made, now=at(1, 0), training=years[:1]).training[0].placed_minutes == 120
    assert timedelta(minutes=the(made).minutes) == the(made).end - the(made).start
