"""The steps between forecast and roster: requirements put over one another, history before a plan, caps, days outside it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from response_case import GRID, ZONE, forecast_of, queue, requirement_of
from roster_case import FIRST, problem_of

from api import planning
from api.planned import Planned, paid_time_gap, rest_of
from data.exchange.folder import CentreFolder, read_folder, write_template
from data.model.demand import Forecast, Requirement
from data.model.errors import InvalidData
from data.model.people import Agent
from data.model.roster import Roster
from data.model.rulebook import Rulebook
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.solution import Budget, Solution, Status
from optimizer.rostering.verify import verify

QUEUES = (queue("power"), queue("water"))
FIELDS = ("on_phone", "heads", "calls", "handle_time_s", "shrinkage", "curve_first", "binding")


def required(level: float) -> Requirement:
    calls = np.full((2, GRID.size), level) + np.arange(GRID.size) / 10
    return requirement_of(forecast_of(calls, QUEUES), QUEUES)


def moved(requirement: Requirement, first: date, days: int) -> Requirement:
    """The first days of a requirement on other dates."""
    grid = TimeGrid(horizon=Horizon(zone=ZONE, first=first, days=days), minutes=30)
    return replace(
        requirement,
        grid=grid,
        curve=requirement.curve[:, : grid.size],
        **{n: getattr(requirement, n)[:, : grid.size] for n in FIELDS},
    )


# -- overlaid


@pytest.mark.parametrize(("first", "days", "place"), [(1, 3, (0, 144)), (2, 1, (48, 96)), (3, 3, (96, 144)), (1, 1, (0, 48))])
def test_an_overlay_replaces_its_slots_and_no_other(first: int, days: int, place: tuple[int, int]) -> None:
    old, new = required(10), moved(required(60), date(2026, 6, first), days)
    made = old.overlaid(new)
    inside = np.zeros(GRID.size, dtype=bool)
    inside[slice(*place)] = True
    assert made.grid == old.grid
    for name in FIELDS:
        values = getattr(made, name)
        np.testing.assert_array_equal(values[:, ~inside], getattr(old, name)[:, ~inside])
        np.testing.assert_array_equal(values[:, inside], getattr(new, name)[:, : inside.sum()])
    assert (made.heads[:, inside] > old.heads[:, inside]).all()


def test_an_overlay_that_began_earlier_gives_its_later_days() -> None:
    new = moved(required(60), date(2026, 5, 31), 3)
    made = required(10).overlaid(new)
    np.testing.assert_array_equal(made.calls[:, :96], new.calls[:, 48:])
    np.testing.assert_array_equal(made.calls[:, 96:], required(10).calls[:, 96:])


def test_an_overlay_of_a_longer_curve_changes_no_service() -> None:
    old, new = required(10), moved(required(60), date(2026, 6, 2), 1)
    short = replace(old, curve=old.curve[:, :, :25])
    made = short.overlaid(new)
    assert made.curve.shape[-1] == new.curve.shape[-1] > 25
    heads = made.heads + 0.5
    np.testing.assert_allclose(made.service(heads)[:, :48], short.service(heads[:, :])[:, :48])
    np.testing.assert_allclose(made.service(heads)[:, 48:96], new.service(heads[:, 48:96]))


# -- history before the plan


def folder_of(agents: tuple[str, ...]) -> CentreFolder:
    problem = problem_of(np.zeros((1, 24), dtype=np.int64), (("a",),), 2, ())
    people = tuple(Agent(id=name, contract="c", skills=("a",)) for name in agents)
    return CentreFolder(Path(), problem.centre, people, problem.rulebook)


def past_of(agents: tuple[str, ...], days: int, last: date = FIRST - timedelta(days=1)) -> Roster:
    """A history in which agent k works E on day k and nothing else."""
    horizon = Horizon(zone="Asia/Shanghai", first=last - timedelta(days=days - 1), days=days)
    symbol, none = np.eye(len(agents), days, dtype=np.int64), np.zeros((len(agents), days), dtype=np.int64)
    worked = symbol > 0
    start, meal = np.where(worked, 480, -1), np.where(worked, 240, -1)
    return Roster(agents, horizon, ("-", "E", "L"), symbol, start, np.where(worked, 540, none), meal, np.where(worked, 60, none))


def test_history_is_followed_by_days_off_in_the_order_of_the_staff() -> None:
    history = past_of(("x", "y", "z"), 3)
    horizon = Horizon(zone="Asia/Shanghai", first=history.horizon.first, days=10)
    made = planning.with_past(history, folder_of(("z", "x")), horizon)
    assert made.agents == ("z", "x")
    assert made.horizon == horizon
    np.testing.assert_array_equal(made.symbol[:, :3], [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(made.meal[:, :3], [[-1, -1, 240], [240, -1, -1]])
    assert (made.symbol[:, 3:] == 0).all()
    assert (made.start[:, 3:] == -1).all()
    assert (made.meal[:, 3:] == -1).all()
    assert made.paid_minutes[:, 3:].sum() == 0
    assert made.paid_minutes.sum() == 2 * 480


def test_agents_without_history_are_all_named() -> None:
    with pytest.raises(InvalidData) as told:
        planning.with_past(past_of(("x",), 3), folder_of(("x", "new", "newer")), Horizon(zone="Asia/Shanghai", first=FIRST, days=5))
    assert [finding.where for finding in told.value.findings] == ["history.csv"] * 2
    assert "new is missing" in str(told.value.findings[0])
    assert "newer is missing" in str(told.value.findings[1])


def blank_requirement(days: int, heads: int = 0) -> tuple[Forecast, Requirement]:
    problem = problem_of(np.full((1, 24 * days), heads), (("a",),), 2, ())
    shape = (1, problem.grid.size)
    made = Forecast(
        ("a",), problem.grid, problem.grid.horizon.start, np.zeros(shape), np.zeros((*shape, 21)), np.ones(shape), np.ones(shape)
    )
    return made, problem.requirement


def test_a_month_after_a_history_keeps_it_and_asks_nobody_there() -> None:
    centre, history = folder_of(("x", "y")), past_of(("x", "y"), 3)
    made, requirement = blank_requirement(7, heads=1)
    planned = planning.plan_month(centre, made, requirement, history=history, budget=Budget(sweeps=2, bound_steps=0))
    problem = planned.problem
    assert (problem.first_open, problem.end_open, problem.rhythm) == (3, 10, "month")
    assert problem.grid.horizon.first == history.horizon.first
    assert problem.requirement.heads[:, :72].sum() == 0
    np.testing.assert_array_equal(problem.requirement.heads[:, 72:], requirement.heads)
    np.testing.assert_array_equal(planned.roster.start[:, :3], history.start)
    assert planned.roster.paid_minutes[:, 3:].sum() > 0
    assert verify(problem, planned.roster, planned.solution.costs).legal


@pytest.mark.parametrize("last", [FIRST - timedelta(days=2), FIRST])
def test_a_history_must_end_the_day_before_the_plan(last: date) -> None:
    made, requirement = blank_requirement(7)
    with pytest.raises(InvalidData, match=f"days until {FIRST - timedelta(days=1)}"):
        planning.plan_month(folder_of(("x",)), made, requirement, history=past_of(("x",), 3, last), budget=Budget(1, 0))


def test_unknown_rules_and_goals_are_told_together() -> None:
    made, requirement = blank_requirement(7)
    rulebook = Rulebook.model_validate(
        {
            "id": "r",
            "rules": [{"id": "one", "kind": "no_such"}],
            "goals": [{"kind": "nor_this"}, {"kind": "wishes", "numbers": {"off_cost": -1}}],
        }
    )
    with pytest.raises(InvalidData) as told:
        planning.plan_month(replace(folder_of(("x",)), rulebook=rulebook), made, requirement)
    assert [finding.column for finding in told.value.findings] == ["one.kind", "goals.nor_this.kind", "goals.wishes.off_cost"]


# -- week and day


@pytest.fixture(scope="module")
def month() -> Planned:
    """Two agents, two weeks, one agent wanted from 8 to 17."""
    hour = np.arange(24 * 14) % 24
    problem = problem_of(((hour >= 8) & (hour < 17))[None, :].astype(np.int64), (("a",), ("a",)), 2, ())
    centre = CentreFolder(Path(), problem.centre, problem.agents, problem.rulebook)
    shape = (1, problem.grid.size)
    made = Forecast(
        ("a",), problem.grid, problem.grid.horizon.start, np.zeros(shape), np.zeros((*shape, 21)), np.ones(shape), np.ones(shape)
    )
    return planning.plan_month(centre, made, problem.requirement, budget=Budget(sweeps=2, bound_steps=0))


def test_a_week_opens_its_days_and_keeps_everyones_hours(month: Planned) -> None:
    busier = replace(month.problem.requirement, heads=month.problem.requirement.heads * 2)
    week = planning.adjust_week(month, month.forecast, busier, FIRST + timedelta(days=7), budget=Budget(2, 0))
    assert (week.problem.first_open, week.problem.end_open, week.problem.rhythm) == (7, 14, "week")
    assert week.problem.base is month.roster
    np.testing.assert_array_equal(week.roster.start[:, :7], month.roster.start[:, :7])
    hours = month.roster.paid_minutes[:, 7:].sum(axis=1)
    assert (hours > 0).all()
    np.testing.assert_array_equal(week.problem.max_line_minutes, hours)
    np.testing.assert_array_equal(week.roster.paid_minutes[:, 7:].sum(axis=1), hours)
    assert verify(week.problem, week.roster, week.solution.costs).legal
    short = planning.adjust_week(month, month.forecast, busier, FIRST + timedelta(days=10), budget=Budget(1, 0))
    assert (short.problem.first_open, short.problem.end_open) == (10, 14)


@pytest.mark.parametrize("offset", [-1, 14, 400])
def test_a_week_outside_the_plan_is_refused(month: Planned, offset: int) -> None:
    with pytest.raises(InvalidData, match="2026-06-01 to 2026-06-14"):
        planning.adjust_week(month, month.forecast, month.problem.requirement, FIRST + timedelta(days=offset))


@pytest.mark.parametrize("offset", [-1, 14, 400])
def test_a_day_outside_the_plan_is_refused(month: Planned, offset: int) -> None:
    now = datetime(2026, 6, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai")) + timedelta(days=offset)
    with pytest.raises(InvalidData, match="2026-06-01 to 2026-06-14"):
        planning.tweak_day(month, month.forecast, month.problem.requirement, now)


def test_the_day_is_the_local_one(month: Planned) -> None:
    late = datetime(2026, 6, 2, 20, tzinfo=ZoneInfo("UTC"))
    tweaked = planning.tweak_day(month, month.forecast, month.problem.requirement, late)
    assert (tweaked.problem.first_open, tweaked.problem.end_open, tweaked.problem.rhythm) == (2, 3, "day")
    others = np.arange(14) != 2
    np.testing.assert_array_equal(tweaked.roster.start[:, others], month.roster.start[:, others])


def test_the_rest_of_a_plan(month: Planned) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert rest_of(month, datetime(2026, 6, 5, 23, tzinfo=zone)).first == date(2026, 6, 5)
    assert rest_of(month, datetime(2026, 6, 5, 23, tzinfo=zone)).days == 10
    assert rest_of(month, datetime(2026, 5, 5, tzinfo=zone)) == month.problem.grid.horizon
    with pytest.raises(InvalidData, match="2026-06-14"):
        rest_of(month, datetime(2026, 6, 15, tzinfo=zone))


def test_a_forecast_on_a_longer_grid_is_closed_elsewhere() -> None:
    made = forecast_of(np.full((2, GRID.size), 5.0), QUEUES)
    longer = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 5, 31), days=5), minutes=30)
    seen = made.on(longer)
    assert seen.open.sum() == made.open.sum()
    assert seen.mean.sum() == made.mean.sum()
    assert seen.open[:, 48:-48].all()
    assert not seen.open[:, :48].any()
    np.testing.assert_array_equal(seen.quantiles[:, 48:-48], made.quantiles)


def test_the_gap_in_paid_time() -> None:
    problem = problem_of(np.ones((1, 24), dtype=np.int64), (("a",),), 2, ())
    arrays = [np.array([[value]]) for value in (1, 480, 540, 240, 60)]
    roster = Roster(("g0",), problem.grid.horizon, problem.alphabet.codes, *arrays)
    planned = Planned(
        problem,
        Solution(Status.FEASIBLE, roster, {"goal.coverage": 100.0}, 60.0, 0.0, 1),
        forecast_of(np.ones((2, GRID.size)), QUEUES),
    )
    # 40 above the bound is two missing agent-hours at 20 each, on eight paid hours
    assert paid_time_gap(planned) == pytest.approx(2 / 8)
    assert paid_time_gap(replace(planned, solution=replace(planned.solution, bound=100.0))) == 0


def test_no_roster_is_told_as_a_finding(month: Planned) -> None:
    infeasible = replace(month, solution=replace(month.solution, status=Status.INFEASIBLE, roster=None))
    with pytest.raises(InvalidData, match="no legal roster"):
        assert infeasible.roster


def test_learn_needs_calls() -> None:
    with pytest.raises(InvalidData, match=r"calls\.csv"):
        planning.learn(folder_of(("x",)))


def test_learnt_queues_stand_in_the_order_of_the_centre_whatever_that_of_the_file(tmp_path: Path) -> None:
    write_template(tmp_path)
    told, file = tmp_path / "centre.toml", tmp_path / "calls.csv"
    text = told.read_text(encoding="utf-8")
    queue = text[text.index("[[queues]]") :].split("\n[[", 2)[0]
    told.write_text(text + "\n" + queue.replace('id = "service"', 'id = "aid"'), encoding="utf-8")
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    pd.concat([rows.assign(queue="aid", offered="1.0"), rows]).to_csv(file, index=False)
    learnt = planning.learn(read_folder(tmp_path))
    assert learnt.queues == ("service", "aid")
    assert (np.nanmax(learnt.offered[1]), np.nanmax(learnt.offered[0]) > 1) == (1.0, True)
    assert learnt.answered is None
