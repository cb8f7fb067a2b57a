from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest
from roster_case import QUEUES, SHIFTS, problem_of

from data.model.centre import Project, Routing
from data.model.people import Agent
from data.model.roster import Roster, ShiftTemplate
from data.model.time import Horizon, TimeGrid
from optimizer.staffing.rostered import duties_of, model_of, shrinkage_of, skill_sets

KINDS = [(("b", "a"), 1.0), (("a",), 0.5)]
AGENTS = tuple(Agent(id=f"g{k}", contract="c", skills=skills, efficiency=pace) for k, (skills, pace) in enumerate(KINDS))
GRID = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=1), minutes=60)
HANDLE = np.full((2, 24), 240.0)


def centre(**changes):
    return problem_of(np.zeros((2, 24), int), (("a",),), 3, ()).centre.model_copy(update=changes)


def roster(rows: list[list[ShiftTemplate | None]], first: date = date(2026, 5, 31)) -> Roster:
    """Shifts of each agent from a day on, meals at their earliest."""
    shape = (len(rows), len(rows[0]))
    fields = {name: np.full(shape, empty) for name, empty in (("start", -1), ("minutes", 0), ("meal", -1), ("meal_minutes", 0))}
    for a, row in enumerate(rows):
        for d, shift in enumerate(row):
            if shift is not None:
                meal = shift.meal_earliest if shift.meal_minutes else -1
                for name, value in zip(fields, (shift.start_minute, shift.minutes, meal, shift.meal_minutes), strict=True):
                    fields[name][a, d] = value
    horizon = Horizon(zone="Asia/Shanghai", first=first, days=shape[1])
    names = tuple(agent.id for agent in AGENTS[: len(rows)])
    return Roster(names, horizon, ("-", "E"), (fields["start"] >= 0).astype(int), **fields)


def test_shifts_are_stretches_without_meals_cut_at_the_edges():
    early, _, night = SHIFTS
    staff = duties_of(AGENTS, roster([[night, early], [None, night]]), GRID, SHIFTS)
    hours = sorted(zip(staff.agent.tolist(), (staff.start_s / 3600).tolist(), (staff.end_s / 3600).tolist(), strict=True))
    assert hours == [(0, 0, 6), (1, 8, 11), (1, 12, 17), (2, 22, 24)]
    assert staff.group.tolist() == [1, 1, 0]
    assert staff.pace.tolist() == [1, 1, 2]


def test_a_shift_over_the_change_of_the_clock_has_its_real_length():
    zone = "Europe/Berlin"
    grid = TimeGrid(horizon=Horizon(zone=zone, first=date(2026, 10, 24), days=2), minutes=60)
    night = ShiftTemplate(code="N", start=time(22), minutes=480)
    rows = roster([[night, None]], date(2026, 10, 24))
    berlin = replace(rows, horizon=Horizon(zone=zone, first=date(2026, 10, 24), days=2))
    staff = duties_of(AGENTS[:1], berlin, grid, (night,))
    assert (staff.start_s / 3600).tolist() == [22]
    assert (staff.end_s / 3600).tolist() == [30]


def test_nobody_on_duty_is_no_duty():
    staff = duties_of(AGENTS, roster([[None], [None]]), GRID, SHIFTS)
    assert staff.group.size == staff.agent.size == 0


@pytest.mark.parametrize(
    ("agents", "levels"), [("fewest_skills", [(0,), (1, 1)]), ("best_skill", [(0,), (0, 1)]), ("longest_idle", [(0,), (0, 0)])]
)
def test_routing_levels_follow_the_centre(agents, levels):
    made = model_of(centre(routing=Routing(agents=agents, overflow_s=9)), AGENTS, ("a", "b"), GRID, HANDLE)
    assert [group.queues for group in made.groups] == skill_sets(AGENTS) == [("a",), ("b", "a")]
    assert [group.levels for group in made.groups] == levels
    assert made.overflow_s == (0, 9)[: made.levels]


@pytest.mark.parametrize(("calls", "ranks"), [("longest_wait", (0, 0)), ("best_skill", (0, 1)), ("project_priority", (3, 1))])
def test_priorities_follow_the_centre_and_deferred_work_comes_last(calls, ranks):
    deferred = QUEUES[0].model_copy(update={"channel": "deferred", "due_minutes": 60.0})
    projects = (Project(id="p", name="P", priority=1), Project(id="q", name="Q", priority=3))
    other = QUEUES[1].model_copy(update={"project": "q"})
    made = model_of(
        centre(routing=Routing(calls=calls), projects=projects, queues=(deferred, other)), AGENTS, ("a", "b"), GRID, HANDLE
    )
    assert made.groups[1].priorities == (ranks[0], 1000 + ranks[1])
    assert made.queues[0].patience == ()
    assert made.queues[0].threshold_s == 3600
    assert (made.queues[0].reserve, made.queues[1].reserve) == (1, 0)


def test_what_a_queue_says_is_what_is_simulated():
    mix = ((0.5, 30.0), (0.5, 90.0))
    told = QUEUES[0].model_copy(update={"patience_mix": mix, "room": 7, "channel": "chat", "concurrency": 3})
    made = model_of(centre(queues=(told, QUEUES[1])), AGENTS, ("a", "b"), GRID, HANDLE)
    assert (made.queues[0].patience, made.queues[0].room, made.queues[0].concurrency) == (mix, 7, 3)
    assert made.queues[1].patience == ((1.0, 60.0),)


def test_shrinkage_is_split_into_pauses_and_absence():
    queues = tuple(queue.model_copy(update={"shrinkage": share}) for queue, share in zip(QUEUES, (0.1, 0.2), strict=True))
    need = problem_of(np.zeros((2, 24), int), (("a",),), 3, ()).requirement
    need = replace(need, shrinkage=np.array([[0.15], [0.25]]) * np.ones((2, 24)), handle_time_s=HANDLE)
    present, absent = shrinkage_of(centre(queues=queues), need, np.array([[3.0], [1.0]]) * np.ones((2, 24)))
    assert absent == pytest.approx(0.05)
    assert (1 - absent) * (1 - present) == pytest.approx(1 - (0.75 * 0.15 + 0.25 * 0.25))
    assert shrinkage_of(centre(queues=queues), need, np.zeros((2, 24))) == (0, 0)
