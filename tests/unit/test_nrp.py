"""The benchmark of Curtois and Qu: files in and out, the checker by hand and on published schedules, the command."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from nrp_case import DATA, INSTANCE, roster_of, written

from benchmarks.nrp.__main__ import main
from benchmarks.nrp.checker import broken, cost
from benchmarks.nrp.mapping import problem_of, schedule_of
from data.exchange.nrp import Cover, Instance, Request, ShiftType, Terms, read_instance, read_schedule, write_schedule
from data.model.errors import InvalidData
from optimizer.rostering.search import solve
from optimizer.rostering.solution import Budget
from optimizer.rostering.verify import verify

COSTS = {1: 607, 2: 828, 3: 1001, 5: 1143}
"""Cost of the schedules that lie beside the instances."""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return read_instance(written(tmp_path))


def told(tmp_path: Path, *changes: tuple[str, str]) -> list[tuple[int | None, str | None, str]]:
    """Row, column and what was read of each finding of the tiny instance after some changes."""
    text = INSTANCE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(InvalidData) as error:
        read_instance(written(tmp_path, text))
    assert {finding.where for finding in error.value.findings} == {"tiny.txt"}
    return [(finding.row, finding.column, finding.read) for finding in error.value.findings]


def test_an_instance_is_read(instance: Instance) -> None:
    assert (instance.name, instance.days) == ("tiny", 10)
    assert instance.shifts == (ShiftType("D", 480, ()), ShiftType("E", 600, ("D",)))
    assert list(instance.staff) == ["A", "B", "C"]
    assert instance.staff["A"] == Terms((("D", 10), ("E", 2)), 4320, 1440, 4, 2, 2, 1)
    assert instance.days_off == {"A": (0,), "C": (3, 4)}
    assert instance.requests == (Request("A", 2, "D", 2, True), Request("B", 8, "E", 3, True), Request("B", 1, "D", 5, False))
    assert instance.cover[-1] == Cover(8, "E", 2, 10, 1)


def test_a_byte_order_mark_comments_and_blanks_say_nothing(tmp_path: Path, instance: Instance) -> None:
    text = INSTANCE.replace("SECTION_SHIFTS", "  SECTION_SHIFTS  # shifts").replace("A,2,D,2", " A , 2 , D , 2 # a wish")
    text = "\ufeff" + text.partition("\n")[2]
    assert read_instance(written(tmp_path, text)) == instance


def test_sections_without_rows_may_be_left_out(tmp_path: Path, instance: Instance) -> None:
    text = INSTANCE.partition("SECTION_DAYS_OFF")[0]
    bare = read_instance(written(tmp_path, text))
    assert bare == replace(instance, days_off={}, requests=(), cover=())


@pytest.mark.parametrize("section", ["SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF"])
def test_a_section_that_is_missing_is_told(tmp_path: Path, section: str) -> None:
    before, _, after = INSTANCE.partition(section)
    rest = after.partition("SECTION_")
    with pytest.raises(InvalidData, match=f"{section}.*at least one row"):
        read_instance(written(tmp_path, before + rest[1] + rest[2]))


def test_sections_and_rows_that_are_not_understood_are_told_at_once(tmp_path: Path) -> None:
    assert told(tmp_path, ("SECTION_COVER", "SECTION_COVERAGE"), ("D,480,", "D"), ("B,8,E,3", "B,8")) == [
        (6, None, "'D'"),
        (21, None, "'B,8'"),
        (26, "section", "'SECTION_COVERAGE'"),
    ]


def test_every_cell_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    wrong = told(
        tmp_path,
        ("E,600,D", "E,0,D|Q"),
        ("A,D=10|E=2,4320,1440,4,2,2,1", "A,D=x|F=2,4320,-1,0,two,0,"),
        ("A,0", "Z,10"),
        ("C,3,4", "C,3,-4"),
        ("A,2,D,2", "Y,12,G,-2"),
        ("B,1,D,5", "B,1.5,D,5"),
        ("0,D,1,100,1", "30,H,-1,1e2,"),
    )
    assert wrong == [
        (7, "may not follow", "'Q'"), (7, "minutes", "'0'"),
        (11, "MaxShifts", "'x'"), (11, "MaxShifts", "'F'"),
        (11, "MinTotalMinutes", "'-1'"), (11, "MaxConsecutiveShifts", "'0'"), (11, "MinConsecutiveShifts", "'two'"),
        (11, "MinConsecutiveDaysOff", "'0'"), (11, "MaxWeekends", "''"),
        (16, "employee", "'Z'"), (16, "day", "'10'"), (17, "day", "'-4'"),
        (20, "employee", "'Y'"), (20, "shift", "'G'"), (20, "day", "'12'"), (20, "weight", "'-2'"),
        (24, "day", "'1.5'"),
        (27, "day", "'30'"), (27, "shift", "'H'"), (27, "requirement", "'-1'"), (27, "under", "'1e2'"), (27, "over", "''"),
    ]  # fmt: skip


@pytest.mark.parametrize("days", ["0", "ten"])
def test_a_horizon_that_is_no_number_of_days_is_told(tmp_path: Path, days: str) -> None:
    assert (3, "horizon", repr(days)) in told(tmp_path, ("\n10\n", f"\n{days}\n"))


def test_a_schedule_comes_back_as_it_was(tmp_path: Path, instance: Instance) -> None:
    schedule: dict[str, Sequence[str]] = {"A": ["", *"DDEE", *[""] * 5], "B": [*"DD", *[""] * 8], "C": [""] * 10}
    write_schedule(tmp_path / "schedule.csv", instance, schedule)
    assert (tmp_path / "schedule.csv").read_text().splitlines()[1] == "A,,D,D,E,E,,,,,"
    assert read_schedule(tmp_path / "schedule.csv", instance) == schedule


def test_days_off_may_be_spelled_out(tmp_path: Path, instance: Instance) -> None:
    path = tmp_path / "schedule.csv"
    path.write_text("\ufeffemployee\nA,OFF,D, D ,-,,,,,,\nB" + ",OFF" * 10 + "\nC" + ",-" * 10 + "\n", encoding="utf-8")
    assert read_schedule(path, instance) == {"A": ["", "D", "D", *[""] * 7], "B": [""] * 10, "C": [""] * 10}


def test_everything_wrong_with_a_schedule_is_told_at_once(tmp_path: Path, instance: Instance) -> None:
    path = tmp_path / "schedule.csv"
    path.write_text("employee\nA,D,X" + "," * 8 + "\nZ" + "," * 10 + "\nB,D\n", encoding="utf-8")
    with pytest.raises(InvalidData) as error:
        read_schedule(path, instance)
    assert [(f.row, f.column, f.read) for f in error.value.findings] == [
        (2, "1", "'X'"),
        (3, "employee", "'Z'"),
        (4, None, "'1 days'"),
        (None, "employee", "'nothing'"),
    ]
    assert error.value.findings[-1].expected == "a row for C"


# -- the checker


def test_the_checker_counts_a_cost_by_hand(instance: Instance) -> None:
    schedule = {"A": ["", "", *"DE", *[""] * 6], "B": ["", "D", *[""] * 6, "E", ""], "C": [""] * 10}
    # cover: day 0 D 100; day 1 one of two 100; day 2 E 100; day 7 D 100; day 8 E one of two 10; refused: B's day 1
    assert cost(instance, schedule) == 410 + 5
    schedule["A"][2] = ""
    assert cost(instance, schedule) == 410 + 5 + 2
    crowd = {name: [*"DDD", *[""] * 7] for name in "ABC"}
    assert cost(instance, crowd) == 2 * 1 + 1 * 1 + 100 + 100 + 20 + 5 + 3


@pytest.mark.parametrize(
    ("employee", "line", "said"),
    [
        ("A", "D--DD-----", "works on day 0"),
        ("A", "-EDD------", "E then D on day 2"),
        ("A", "-DEE--EE--", "4 shifts E, at most 2"),
        ("B", "DD--------", "960 minutes, 1440 to 4320"),
        ("C", "EEE--E----", "4 shifts"),
        ("C", "---EE-----", "works on day 3"),
        ("C", "-----EE---", "1 weekends, at most 0"),
        ("B", "DDDDD-----", "works 5 days in a row up to day 4"),
        ("B", "DDD--D--DD", "works 1 days in a row up to day 5"),
        ("B", "DDD-DD----", "is off 1 days in a row up to day 3"),
    ],
)
def test_the_checker_tells_each_rule(instance: Instance, employee: str, line: str, said: str) -> None:
    terms = instance.staff | {"C": replace(instance.staff["C"], max_shifts=(("E", 3),))}
    schedule = {"A": [*"-DDD------"], "B": [*"D--DD-----"], "C": [*"----------"]} | {employee: [*line]}
    found = broken(replace(instance, staff=terms), {name: [code.strip("-") for code in row] for name, row in schedule.items()})
    assert [one for one in found if said in one and one.startswith(employee)], found
    assert all(one.startswith(employee) for one in found)


def test_runs_that_touch_an_edge_may_be_short(instance: Instance) -> None:
    row = [code.strip("-") for code in "-D--DD---D"]
    assert broken(instance, {"A": row, "B": row, "C": [""] * 10}) == [f"{name}: works 1 days in a row up to day 1" for name in "AB"]
    row = [code.strip("-") for code in "D--DD----D"]
    assert broken(instance, {"A": ["", *row[1:]], "B": row, "C": [""] * 10}) == []


@pytest.mark.parametrize(("number", "best"), COSTS.items())
def test_published_schedules_cost_what_is_published(number: int, best: int) -> None:
    path = DATA / f"Instance{number}.txt"
    if not path.exists():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    published = read_instance(path)
    schedule = read_schedule(DATA / f"Instance{number}_schedule.csv", published)
    assert (cost(published, schedule), broken(published, schedule)) == (best, [])


# -- the engine and the command


@pytest.mark.parametrize(
    ("line", "legal"),
    [
        ("DDD-------", True), ("EDD-------", False), ("DED-------", False), ("E-D-E-D-E-", True), ("E-----D--D", True),
        ("DDDDD-----", False), ("-----D----", False), ("-----DDD--", True), ("DD---DD---", False),
    ],
)  # fmt: skip
def test_each_rule_is_mapped_to_one_that_says_the_same(instance: Instance, line: str, legal: bool) -> None:
    """Shifts that may not follow on the next day may after a day off."""
    terms = Terms((("D", 10), ("E", 10)), 4320, 1000, 4, 1, 1, 0 if line.startswith("DD---") else 1)
    terms = replace(terms, min_run=2, min_days_off=2) if "-----D----" in line else terms
    alone = replace(instance, staff={"A": terms}, days_off={}, requests=(), cover=())
    schedule = {"A": [code.strip("-") for code in line]}
    verdict = verify(problem_of(alone), roster_of(alone, schedule))
    assert (verdict.legal, broken(alone, schedule) == []) == (legal, legal)


def test_a_schedule_of_the_engine_costs_what_the_engine_says(instance: Instance) -> None:
    solution = solve(problem_of(instance), budget=Budget(rounds=4))
    assert solution.roster is not None
    schedule = schedule_of(solution.roster)
    assert broken(instance, schedule) == []
    assert cost(instance, schedule) == solution.cost


def test_the_command_writes_a_schedule_that_the_checker_accepts(
    tmp_path: Path, instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, figures = tmp_path / "schedule.csv", tmp_path / "figures.json"
    words = f"nrp {tmp_path / 'tiny.txt'} --steps 2 --seed 3 --executor threads --progress --out {out} --json {figures}"
    monkeypatch.setattr("sys.argv", words.split())
    main()
    schedule, row = read_schedule(out, instance), json.loads(figures.read_text())[0]
    assert broken(instance, schedule) == []
    assert (row["instance"], row["seed"], row["cost"], row["broken"]) == ("tiny", 3, cost(instance, schedule), 0)
    assert row["bound"] <= row["cost"]
    assert "first roster" in capsys.readouterr().out
