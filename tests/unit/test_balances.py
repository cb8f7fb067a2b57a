"""What agents bring into a plan and take out of it: the file, its findings, and the totals carried forward."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from roster_case import problem_of

from api.planning import current_balances
from data.exchange.balances import CARRIED_FILE, read_balances, write_balances
from data.exchange.folder import CentreFolder, read_folder, write_folder, write_template
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.errors import Finding, InvalidData
from data.model.ledger import Balance
from data.model.people import Absence
from data.model.roster import Roster
from data.model.rulebook import GoalSpec
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.carried import carried
from optimizer.rostering.problem import RosterProblem

HELD = (
    Balance(agent="A0001", until=date(2026, 5, 31), quarter_minutes=20160, year_minutes=50400, overtime_minutes=120, points=2.5),
    Balance(agent="A0002", until=date(2026, 5, 31), points=-1.0),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "centre")
    return tmp_path / "centre"


def balances_file(folder: Path, *rows: str) -> None:
    text = "\n".join(["agent,until,quarter_minutes,year_minutes,points", *rows]) + "\n"
    (folder / "balances.csv").write_text(text, encoding="utf-8")


def findings(folder: Path) -> list[Finding]:
    with pytest.raises(InvalidData) as caught:
        read_folder(folder)
    return list(caught.value.findings)


# -- the file


def test_balances_and_preferences_come_back_as_they_were(folder: Path, tmp_path: Path) -> None:
    read = read_folder(folder)
    assert read.balances == ()
    agents = (read.agents[0].model_copy(update={"prefers": ("early", "day")}), *read.agents[1:])
    write_folder(read, tmp_path / "none")
    assert "prefers" not in (tmp_path / "none" / "staff.csv").read_text(encoding="utf-8")
    write_folder(replace(read, balances=HELD, agents=agents), tmp_path / "again")
    again = read_folder(tmp_path / "again")
    assert (again.balances, again.agents) == (HELD, agents)


def test_only_agent_and_day_must_be_there(folder: Path) -> None:
    (folder / "balances.csv").write_text("agent,until\nA0001,2026-05-31\n")
    assert read_folder(folder).balances == (Balance(agent="A0001", until=date(2026, 5, 31)),)


def test_every_finding_of_the_balances_at_once(folder: Path) -> None:
    balances_file(folder, "A0001,2026-05-31,-5,,", "A0002,yesterday,,,", "A0003,2026-05-31,,,many")
    assert [(f.where, f.row, f.column) for f in findings(folder)] == [
        ("balances.csv", 2, "quarter_minutes"),
        ("balances.csv", 3, "until"),
        ("balances.csv", 4, "points"),
    ]
    balances_file(folder, "A0001,2026-05-31,,,1", "A0001,2026-05-31,,,2")
    assert [(f.row, f.column) for f in findings(folder)] == [(3, "agent")]
    balances_file(folder, "stranger,2026-05-31,,,1", "A0002,2026-05-31,500,400,")
    assert [(f.row, f.column) for f in findings(folder)] == [(2, "agent"), (3, "quarter_minutes")]


def test_a_kind_of_shift_that_is_none_is_no_preference(folder: Path) -> None:
    text = (folder / "staff.csv").read_text(encoding="utf-8").splitlines()
    rows = [text[0] + ",prefers", text[1] + ",late;early", text[2] + ",early;noon", *(line + "," for line in text[3:])]
    (folder / "staff.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (finding,) = findings(folder)
    assert (finding.where, finding.row, finding.read) == ("staff.csv", 3, "'noon'")


@pytest.mark.parametrize(
    ("goal", "column"),
    [
        ('kind = "team_skills"\nnumbers = { queues = ["sales"] }', "goals.team_skills.queues"),
        ('kind = "holidays_off"\nnumbers = { agents = { A9 = ["2026-06-19", "2026-06-21"] } }', "goals.holidays_off.agents"),
        ('kind = "pay"\nnumbers = { contracts = { XX = 20.0 } }', "goals.pay.contracts"),
    ],
)
def test_goals_name_what_the_centre_has(folder: Path, goal: str, column: str) -> None:
    with (folder / "rulebook.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[[goals]]\n{goal}\n")
    (finding,) = findings(folder)
    assert (finding.where, finding.column) == ("rulebook.toml", column)


def test_the_template_may_use_every_goal_that_it_comments_out(folder: Path) -> None:
    path = folder / "rulebook.toml"
    head, _, goals = path.read_text(encoding="utf-8").partition("# Further goals")
    active = [line.removeprefix("# ") for line in goals.splitlines()[1:]]
    path.write_text("\n".join([head, *active]) + "\n", encoding="utf-8")
    known = {goal.kind for goal in read_folder(folder).rulebook.goals}
    assert {"fairness", "preferences", "pay", "freshness", "seats", "echelon_duty", "team_skills", "teams", "holidays_off"} < known


# -- the day before the plan


def centre_with(folder: Path, *until: date) -> CentreFolder:
    held = tuple(Balance(agent=f"A000{k}", until=day) for k, day in enumerate(until, 1))
    return replace(read_folder(folder), balances=held)


def test_no_day_lies_between_the_balances_and_the_plan(folder: Path) -> None:
    horizon = Horizon(zone="Asia/Shanghai", first=date(2026, 5, 25), days=35)
    for day in (date(2026, 5, 24), date(2026, 5, 28), date(2026, 5, 31)):
        assert len(current_balances(centre_with(folder, day), horizon, 7)) == 1
    with pytest.raises(InvalidData) as caught:
        current_balances(centre_with(folder, date(2026, 5, 23), date(2026, 6, 1), date(2026, 5, 23), date(2026, 5, 31)), horizon, 7)
    assert [(f.where, f.column, f.read) for f in caught.value.findings] == [
        ("balances.csv", "until", "2026-05-23"),
        ("balances.csv", "until", "2026-06-01"),
    ]


# -- carried forward

CODES = ("-", "AL", "UL", "E", "L", "N")


def quarter_end(*rows: str, first: date = date(2026, 6, 29), overtime: int = 0) -> tuple[RosterProblem, Roster]:
    """Three days around the end of a quarter, with paid and unpaid leave; overtime on the last day of the first agent."""
    problem = problem_of(np.zeros((1, 72), dtype=np.int64), (("a",),) * len(rows), 3, ())
    leave = tuple(Absence(agent="nobody", first=first, last=first, code=code, paid=code == "AL") for code in ("AL", "UL"))
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=first, days=3), minutes=60)
    problem = replace(problem, grid=grid, absences=leave)
    symbol = np.array([[CODES.index(code) for code in row.split()] for row in rows])
    start, minutes = np.array([-1, -1, -1, 480, 840, 1320])[symbol], np.array([0, 0, 0, 540, 480, 480])[symbol]
    minutes[0, -1] += overtime
    meal = np.where(symbol == 3, 60, 0)
    names = tuple(agent.id for agent in problem.agents)
    return problem, Roster(names, grid.horizon, CODES, symbol, start, minutes, np.where(meal > 0, 180, -1), meal)


def test_totals_begin_anew_with_their_period() -> None:
    problem, roster = quarter_end("E AL N", overtime=90)
    (made,) = carried(problem, roster)
    assert (made.until, made.quarter_minutes, made.year_minutes, made.overtime_minutes) == (date(2026, 7, 1), 480, 1440, 90)


def test_totals_go_on_from_the_balance_in_the_same_period() -> None:
    problem, roster = quarter_end("E AL N", first=date(2026, 6, 15), overtime=90)
    held = Balance(agent="g0", until=date(2026, 6, 14), quarter_minutes=900, year_minutes=5000, overtime_minutes=30)
    (made,) = carried(replace(problem, balances=(held,)), roster)
    assert (made.quarter_minutes, made.year_minutes, made.overtime_minutes) == (900 + 1440, 5000 + 1440, 120)
    old = held.model_copy(update={"until": date(2026, 3, 31)})
    (made,) = carried(replace(problem, balances=(old,)), roster)
    assert (made.quarter_minutes, made.year_minutes, made.overtime_minutes) == (1440, 5000 + 1440, 90)


def test_days_that_the_balance_holds_count_once() -> None:
    problem, roster = quarter_end("E N N", first=date(2026, 6, 15))
    held = Balance(agent="g0", until=date(2026, 6, 16), quarter_minutes=960, points=1.0)
    (made,) = carried(replace(problem, balances=(held,)), roster)
    assert (made.quarter_minutes, made.points_brought, made.points_earned) == (1440, 1, 1)


def test_unpaid_leave_credits_nothing() -> None:
    problem, roster = quarter_end("UL UL AL", first=date(2026, 6, 15))
    assert carried(problem, roster)[0].quarter_minutes == 480


def test_points_fade_over_a_year_and_are_told_above_the_mean() -> None:
    problem, roster = quarter_end("N N -", "E E -", first=date(2026, 6, 15))
    held = Balance(agent="g1", until=date(2026, 6, 15) - timedelta(days=71), points=10.0)
    first, second = carried(replace(problem, balances=(held,)), roster)
    assert (first.points_brought, first.points_earned, second.points_brought, second.points_earned) == (0, 2, 10, 0)
    later = 10 * (1 - 73 / 365)
    assert (first.points, second.points) == (pytest.approx(1 - later / 2), pytest.approx(later / 2 - 1))


def test_points_are_those_of_the_rulebook_and_the_calendar() -> None:
    problem, roster = quarter_end("E E E", first=date(2026, 6, 15))
    holiday = SpecialDay(type=DayType.HOLIDAY)
    rulebook = problem.rulebook.model_copy(update={"goals": (GoalSpec(kind="fairness", numbers={"holiday": 7}),)})
    problem = replace(problem, calendar=Calendar(table={date(2026, 6, 16): holiday}), rulebook=rulebook)
    assert carried(problem, roster)[0].points_earned == 7


def test_what_a_plan_leaves_begins_the_next_one(tmp_path: Path) -> None:
    problem, roster = quarter_end("N N -", "E E -")
    made = carried(problem, roster)
    write_balances(made, tmp_path / CARRIED_FILE)
    found: list[Finding] = []
    assert tuple(balance for _, balance in read_balances(tmp_path / CARRIED_FILE, found)) == made
    assert not found
