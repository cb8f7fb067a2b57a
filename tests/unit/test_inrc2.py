"""The nurse rostering competition: files in and out, the evaluator by hand, weeks planned without a look at those to come."""

from dataclasses import replace
from pathlib import Path

import pytest
from inrc2_case import HISTORY, SCENARIO, WEEK, tiny_folder

from benchmarks.inrc2.__main__ import main, official_seconds, run
from benchmarks.inrc2.evaluator import Hard, Soft, evaluate, outside
from benchmarks.inrc2.foresight import AHEAD, task_ahead
from benchmarks.inrc2.mapping import MISSING, Bounds, Demand, bounds_left, cost_brought, static_task
from benchmarks.inrc2.stages import Instance, borders_after, plan_staged
from data.exchange.inrc2 import (
    Assignment,
    Border,
    Cover,
    Request,
    Terms,
    Week,
    file_of,
    read_history,
    read_scenario,
    read_solution,
    read_week,
    scenario_path,
    write_solution,
)
from data.model.errors import InvalidData
from optimizer.rostering.solution import Budget

QUICK = Budget(sweeps=2, bound_steps=0, seconds=10)
NEW = Border(0, 0, None, 0, 0, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path / "tiny")


def broken(tmp_path: Path, **texts: str) -> list[str]:
    """Findings of an instance with other texts, each as a sentence."""
    folder = tiny_folder(tmp_path / "broken", **texts)
    with pytest.raises(InvalidData) as error:
        Instance.open(folder, "0", ("0", "1")).week(0)
    return [str(finding) for finding in error.value.findings]


def test_a_scenario_is_read(folder: Path) -> None:
    scenario = read_scenario(scenario_path(folder))
    assert (scenario.name, scenario.weeks, scenario.skills) == ("tiny", 2, ("HeadNurse", "Nurse"))
    assert scenario.shifts["Night"].barred == ("Early",)
    assert (scenario.shifts["Night"].min_run, scenario.shifts["Night"].max_run) == (2, 3)
    assert scenario.contracts == {"Full": Terms(4, 10, 2, 4, 1, 3, 1, True)}
    assert scenario.nurses["Ann"].skills == ("HeadNurse", "Nurse")


def test_a_history_and_a_week_are_read(folder: Path) -> None:
    path = scenario_path(folder)
    scenario = read_scenario(path)
    history, week = read_history(file_of(path, "H0", "0"), scenario), read_week(file_of(path, "WD", "0"), scenario)
    assert history["Ann"] == Border(0, 0, "Night", 1, 3, 0)
    assert history["Bob"] == Border(0, 0, None, 0, 0, 2)
    assert Cover("Early", "HeadNurse", 0, 0, 1) in week.cover
    assert len(week.cover) == 21
    assert week.requests == (Request("Ann", None, 1), Request("Bob", "Night", 6))


def test_all_findings_of_a_scenario_are_told_at_once(tmp_path: Path) -> None:
    text = SCENARIO.replace("(2,3)\n", "(3,2)\n").replace("Night 1 Early", "Night 2 Dawn").replace("WEEKS = 2", "WEEKS = x")
    text = text.replace("(1,3) 1 1", "(1,3) many 2").replace("Bob Full 1 Nurse", "Ann Half 1 Cook").replace("Cid Full 1", "Cid")
    found = "\n".join(broken(tmp_path, scenario=text))
    for said in ("'(3,2)'", "'Dawn'", "as many as shifts follow", "WEEKS", "'many'", "'2'", "'Half'", "'Cook'", "each name once"):
        assert said in found, (said, found)
    assert "row 23: read 'Cid Nurse'; expected at least 4 cells" in found


def test_all_findings_of_a_history_are_told_at_once(tmp_path: Path) -> None:
    text = (
        HISTORY.replace("Night 1 3 0", "Night 4 3 0").replace("None 0 0 2", "None 0 1 2").replace("Cid 0 0 Early", "Dan -1 0 Early")
    )
    found = broken(tmp_path, history=text)
    assert [said.split(":")[0] for said in found] == [
        "H0-tiny-0.txt, row 5", "H0-tiny-0.txt, row 6", "H0-tiny-0.txt, row 7, column nurse",
        "H0-tiny-0.txt, row 7, column assignments", "H0-tiny-0.txt, column nurse",
    ]  # fmt: skip
    assert "a row for Cid" in found[-1]


def test_all_findings_of_a_week_are_told_at_once(tmp_path: Path) -> None:
    text = WEEK.replace("Early HeadNurse (0,1)", "Dawn Cook 0,1").replace("Ann Any Tue", "Eve Some Day")
    found = "\n".join(broken(tmp_path, week=text))
    for said in ("'Dawn'", "'Cook'", "'0,1'", "'Eve'", "'Some'", "'Day'"):
        assert said in found


def test_a_count_that_is_wrong_is_told(tmp_path: Path) -> None:
    found = broken(tmp_path, scenario=SCENARIO.replace("SKILLS = 2", "SKILLS = 3"))
    assert found == ["Sc-tiny.txt, row 5, column SKILLS: read '3'; expected 2, as many as rows follow"]


def test_sections_that_are_missing_are_told(tmp_path: Path) -> None:
    assert broken(tmp_path, week=WEEK.replace("REQUIREMENTS", "")) == [
        "WD-tiny-0.txt: read 'no REQUIREMENTS'; expected a section REQUIREMENTS"
    ]


def test_a_file_or_scenario_that_is_not_there_is_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InvalidData, match="0 scenarios"):
        scenario_path(tmp_path)
    path = scenario_path(folder)
    with pytest.raises(InvalidData, match=r"WD-tiny-7\.txt: read 'FileNotFoundError'"):
        read_week(file_of(path, "WD", "7"), read_scenario(path))


def test_a_solution_survives_its_file(folder: Path) -> None:
    path = scenario_path(folder)
    scenario, target = read_scenario(path), file_of(path, "Sol", "0-1")
    told = (Assignment("Ann", 0, "Early", "HeadNurse"), Assignment("Cid", 6, "Night", "Nurse"))
    write_solution(target, scenario, 1, told)
    assert target.name == "Sol-tiny-0-1.txt"
    assert target.read_text() == "SOLUTION\n1 tiny\n\nASSIGNMENTS = 2\nAnn Mon Early HeadNurse\nCid Sun Night Nurse\n"
    assert read_solution(target, scenario) == told


def test_remarks_of_a_solver_are_no_assignments(folder: Path) -> None:
    path = scenario_path(folder)
    target = folder / "Sol-tiny-0-0.txt"
    target.write_text("SOLUTION\n0 tiny\n\nASSIGNMENTS = 1\nAnn Mon Early Nurse\n\nCost: 575\n")
    assert len(read_solution(target, read_scenario(path))) == 1


@pytest.mark.parametrize(
    ("days", "before", "beyond"),
    [
        ("1111", 0, 1),  # one beyond three
        ("1111", 5, 4),  # what was beyond before is not charged again
        ("0000", 1, 1),  # a run of one that ends before the first day lacks one
        ("0110", 0, 0),
        ("0100", 0, 1),
        ("0001", 0, 0),  # one that the end cuts may be short
        ("0101", 2, 1),
    ],
)
def test_days_outside_of_a_range(days: str, before: int, beyond: int) -> None:
    assert outside([day == "1" for day in days], before, 2, 3) == beyond


def test_the_evaluator_counts_by_hand(folder: Path) -> None:
    path = scenario_path(folder)
    scenario = replace(read_scenario(path), weeks=1)
    history, week = read_history(file_of(path, "H0", "0"), scenario), read_week(file_of(path, "WD", "0"), scenario)
    told = (
        *(Assignment("Ann", day, "Early", "HeadNurse") for day in range(3)),  # Mon after Night; Tue refused; the Night was short
        *(Assignment("Bob", day, "Night", "HeadNurse") for day in (4, 5)),  # a skill that is not held; half a weekend
        Assignment("Cid", 3, "Early", "Nurse"),  # alone; off before for three days
        Assignment("Cid", 3, "Night", "Nurse"),  # a second on a day
    )
    report = evaluate(scenario, history, [week], [told])
    assert report.hard == Hard(minimum_cover=2, skills=2, succession=1, single_assignment=1)
    # 20 x (one below four, two, three); 15 x (Ann's night, Cid's night) + 30 x (Cid's day, Ann's days 5 and 6 of work)
    # 30 x (Ann off four days; Bob six and one; Cid none); optimum: every cover but Monday's head nurse and two on Thursday
    assert report.soft == Soft(
        assignments=20 * (1 + 2 + 3), consecutive=15 * 2 + 30 * 3, days_off=30 * (1 + 3), preferences=10,
        weekends=0, whole_weekends=30, optimal_cover=30 * (0 + 5 + 4),
    )  # fmt: skip


def test_what_was_brought_beyond_the_bounds_is_paid_once(folder: Path) -> None:
    scenario = read_scenario(scenario_path(folder))
    borders = {nurse: Border(12, 3, None, 0, 0, 1) for nurse in scenario.nurses}
    assert cost_brought(scenario, borders) == 3 * (20 * 2 + 30 * 2)
    left = bounds_left(scenario, borders)["Ann"]
    assert (left.low, left.high, left.weekends) == (0, 0, 0)


def test_a_border_goes_on_from_the_one_before(folder: Path) -> None:
    path = scenario_path(folder)
    scenario = read_scenario(path)
    borders = read_history(file_of(path, "H0", "0"), scenario)
    nights = [Assignment("Ann", day, "Night", "Nurse") for day in range(7)]
    after = borders_after(scenario, borders, [*nights, Assignment("Cid", 5, "Early", "Nurse")])
    assert after["Ann"] == Border(7, 1, "Night", 8, 10, 0)
    assert after["Bob"] == Border(0, 0, None, 0, 0, 9)
    assert after["Cid"] == Border(1, 1, None, 0, 0, 1)


def test_shifts_of_no_kind_are_told(folder: Path) -> None:
    path = scenario_path(tiny_folder(folder, SCENARIO.replace("Night", "Dusk"), HISTORY.replace("Night", "Dusk")))
    scenario = read_scenario(path)
    with pytest.raises(InvalidData, match="Dusk"):
        _ = static_task(scenario, read_history(file_of(path, "H0", "0"), scenario), []).problem


def test_weeks_to_come_are_like_those_revealed(folder: Path) -> None:
    """The largest minimum holds, and the optimum is worth what it is in the mean."""
    scenario = read_scenario(scenario_path(folder))
    one, other = (
        Week((Cover("Early", "Nurse", 2, 1, 2),), ()),
        Week((Cover("Early", "Nurse", 2, 0, 1),), (Request("Bob", None, 3),)),
    )
    task = task_ahead(scenario, dict.fromkeys(scenario.nurses, NEW), [one, other], 2)
    assert task.weeks == 2
    assert task.requests == (("Bob", None, 3),)
    assert task.demands == (
        Demand("Early", "Nurse", 2, 1, 30), Demand("Early", "Nurse", 9, 1, MISSING), Demand("Early", "Nurse", 9, 2, 15),
        Demand("Early", "Nurse", 9, 1, 15),
    )  # fmt: skip
    assert task.bounds["Ann"] == Bounds(4, 10, 1)


def test_of_many_weeks_those_planned_get_their_part_of_the_bounds(folder: Path) -> None:
    scenario = read_scenario(scenario_path(folder))
    task = task_ahead(scenario, dict.fromkeys(scenario.nurses, NEW), [Week((), ())], 2 * AHEAD + 1)
    assert task.weeks == AHEAD
    assert task.bounds["Ann"] == Bounds(1, 5, 1)


def test_no_week_is_read_before_its_stage(folder: Path) -> None:
    (folder / "WD-tiny-1.txt").unlink()
    stages = plan_staged(Instance.open(folder, "0", ("0", "1")), QUICK, 0)
    assert len(next(stages).assignments) == 1
    with pytest.raises(InvalidData, match="WD-tiny-1"):
        next(stages)


def test_as_many_weeks_as_the_scenario_has_must_be_named(folder: Path) -> None:
    with pytest.raises(InvalidData, match="expected 2 weeks"):
        Instance.open(folder, "0", ("0",))


@pytest.mark.parametrize("static", [True, False])
def test_an_instance_is_planned_and_written(folder: Path, tmp_path: Path, static: bool) -> None:
    instance, out = Instance.open(folder, "0", ("0", "1")), tmp_path / "out"
    report, seconds = run(instance, QUICK, 0, static, out)
    assert len(seconds) == (1 if static else 2)
    names = ("Sol-tiny-0-0.txt", "Sol-tiny-1-1.txt")
    assert tuple(sorted(path.name for path in out.iterdir())) == names
    solutions = [read_solution(out / name, instance.scenario) for name in names]
    weeks = [instance.week(stage) for stage in range(2)]
    assert evaluate(instance.scenario, instance.history, weeks, solutions) == report
    assert report.hard == replace(Hard(), minimum_cover=report.hard.minimum_cover)


def test_the_command_says_what_it_found(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "figures.json"
    words = f"inrc2 {folder} --history 0 --weeks 0-1 --seconds-per-week 1 --json {told} --out {tmp_path / 'out'}"
    monkeypatch.setattr("sys.argv", words.split())
    main()
    assert '"violations"' in told.read_text()


def test_the_official_time_grows_with_the_nurses() -> None:
    assert [official_seconds(nurses) for nurses in (5, 20, 35, 120)] == [10, 10, 55, 310]
