"""Three-level control and the signal inbox on the command line: one month from the league to the closure, and no person in it."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, busy_calls, echelon, hashes, text_table

from data.exchange.folder import read_folder

MONTH = "2026-06"


@pytest.fixture(scope="module")
def served(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month plan and two weeks with a third more calls than foreseen."""
    folder = Path(shutil.copytree(month[0], tmp_path_factory.mktemp("control") / "centre"))
    busy_calls(folder, "2026-06-01", "2026-06-15", 1.35)
    return folder


@pytest.fixture
def folder(served: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(served, tmp_path / "centre"))


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal on which no sentence is folded."""
    monkeypatch.setenv("COLUMNS", "1000")


def well(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 0, (told.out, told.err)
    return told.out


def take(folder: Path, command: str, day: int, *more: object, by: str = "li", text: str = "as agreed") -> str:
    return well("control", command, folder, *more, "--at", f"2026-07-{day:02d}T09:00", "--text", text, "--by", by)


def test_the_league_shows_every_unit_its_formula_and_what_is_asked_for(folder: Path) -> None:
    centre = read_folder(folder)
    units = [f"team:{team}" for team in {agent.team for agent in centre.agents}]
    units += [f"project:{queue.project}" for queue in centre.centre.queues]
    told = well("control", "league", folder, "--month", MONTH, "--unit", units[0])
    assert all(unit in told for unit in units)
    assert "risk index" in told
    assert "风险指数" in told
    assert "named warning 点名预警 · project:" in told
    assert "点名预警 · team:" not in told  # nothing was measured, so no team can be named


def test_a_case_goes_from_the_warning_to_the_closure_and_the_board_names_no_person(folder: Path) -> None:
    project = f"project:{read_folder(folder).centre.queues[0].project}"
    take(folder, "notice", 1, project, "--month", MONTH, text="Target missed in the mornings")
    assert "on-site" not in well("control", "cases", folder, "--day", "2026-07-05")
    assert "overdue 逾期" in well("control", "cases", folder, "--day", "2026-07-20")
    take(folder, "interview", 20, "c0001", text="Record of the interview")
    take(folder, "rectify", 21, "c0001", text="Two shifts to the mornings")
    take(folder, "countersign", 21, "c0001", by="zhao")
    take(folder, "reply", 22, "c0001", "--proof", "version v002", by="sun", text="Shifts moved")
    take(folder, "sign-off", 23, "c0001", by="expert")
    take(folder, "close", 24, "c0001", "--proof", "minutes 7")
    well("control", "board", folder, "--month", MONTH, "--day", "2026-07-31")
    table, page = text_table(folder / "exposure_board.csv"), (folder / "exposure_board.html").read_text("utf-8")
    assert (table["standing"].item(), table["level_zh"].item()) == ("closed", "约谈整改")
    assert table["cause"].item() == "calls beyond forecast"
    assert "销号率" in page
    assert "100.0 %" in page
    written = page + (folder / "exposure_board.csv").read_text("utf-8")
    people = [word for agent in read_folder(folder).agents for word in (agent.id, agent.name) if word]
    assert people
    assert not [word for word in (*people, "zhao", "sun", "expert") if word in written]


def test_no_agent_can_be_named_nor_mentioned_and_nothing_is_written(folder: Path) -> None:
    agent, before = read_folder(folder).agents[0], hashes(folder)
    words = ("--month", MONTH, "--at", "2026-07-01T09:00", "--by", "li")
    whom = echelon("control", "notice", folder, agent.id, *words, "--text", "late")
    project = f"project:{read_folder(folder).centre.queues[0].project}"
    what = echelon("control", "notice", folder, project, *words, "--text", f"{agent.id} was late")
    assert (whom.code, what.code) == (2, 2)
    assert "control concerns teams and projects" in whom.err
    assert "write what happened, not who" in what.err
    assert hashes(folder) == before


def test_a_countersign_by_the_same_person_is_refused(folder: Path) -> None:
    project = f"project:{read_folder(folder).centre.queues[0].project}"
    take(folder, "notice", 1, project, "--month", MONTH)
    take(folder, "interview", 2, "c0001")
    take(folder, "rectify", 3, "c0001")
    told = echelon("control", "countersign", folder, "c0001", "--at", "2026-07-04T09:00", "--text", "yes", "--by", "li")
    assert told.code == 2
    assert "another person" in told.err


def test_practice_is_judged_only_where_service_was_measured(folder: Path) -> None:
    assert "practice cannot be judged" in well("control", "causes", folder, "--month", MONTH)
    calls = pd.read_csv(folder / "calls.csv", dtype=str)
    calls["service_level"] = "0.05"
    calls.to_csv(folder / "calls.csv", index=False)
    told = well("control", "causes", folder, "--month", MONTH)
    assert "may be called practice" in told
    assert "执行层面：系统原因之外的部分" in told


def test_hot_intervals_effects_and_quality_are_told(folder: Path) -> None:
    centre = read_folder(folder).centre
    hot = well("control", "hot", folder, "--first", "2026-06-01", "--last", "2026-06-30")
    assert "Benjamini-Hochberg" in hot
    unit = f"project:{centre.queues[0].project}"
    days = ("--first", "2026-06-01", "--last", "2026-06-14", "--since", "2026-06-08")
    assert "alone 本身" in well("control", "effect", folder, unit, *days)
    (folder / "servqual.csv").write_text(
        f"period,project,dimension,perception,expectation,n\n2026-06,{centre.queues[0].project},responsiveness,4.5,6,100\n", "utf-8"
    )
    told = well("control", "servqual", folder, "--month", MONTH)
    assert "-1.50" in told
    assert "响应性" in told
    assert echelon("control", "repeats", folder).code == 2


def test_repeats_come_from_call_records_and_orders_from_their_file(folder: Path) -> None:
    queue = read_folder(folder).centre.queues[0].id
    rows = [f"{queue},2026-06-01T{hour:02d}:00,5,answered,240,k{hour % 2}" for hour in range(9, 13)]
    (folder / "records.csv").write_text("\n".join(["queue,arrival,wait_s,outcome,handle_s,caller", *rows, ""]), "utf-8")
    head = "id,queue,opened,promised,cause\n"
    (folder / "repeat_orders.csv").write_text(f"{head}o1,{queue},2026-06-01T09:00+08:00,2026-06-02T09:00+08:00,meter\n", "utf-8")
    told = well("control", "repeats", folder, "--records", folder / "records.csv", "--at", "2026-06-05T09:00")
    assert "50.0%" in told
    assert "late 超期" in told


def test_a_signal_becomes_an_event_when_somebody_takes_it_over(folder: Path) -> None:
    queue = read_folder(folder).centre.queues[0].id
    span = ("--at", "2026-06-20T08:00", "--until", "2026-06-20T20:00", "--heard-at", "2026-06-10T08:00")
    well("signals", "add", folder, "media", *span, "--queue", queue, "--uplift", "1.5", "--weight", "0.5", "--text", "rumour")
    assert "×1.25" in well("signals", "list", folder)
    assert "×1.25" not in well("signals", "list", folder, "--at", "2026-06-09T08:00")
    well("signals", "take", folder, "s0001")
    event = text_table(folder / "events.csv").iloc[-1]
    assert (event["queue"], float(event["factor"]), event["name"]) == (queue, 1.25, "media s0001")
    assert "taken over 已采用" in well("signals", "list", folder)
    assert echelon("signals", "take", folder, "s0001").code == 2


def test_a_signal_of_nowhere_is_refused_with_every_finding(folder: Path) -> None:
    before = hashes(folder)
    span = ("--at", "2026-06-20T08:00", "--until", "2026-06-20T20:00")
    told = echelon("signals", "add", folder, "media", *span, "--queue", "nobody", "--region", "nowhere")
    assert told.code == 2
    assert "nobody" in told.err
    assert "nowhere" in told.err
    assert echelon("signals", "add", folder, "gossip", *span, "--weight", "3").code == 2
    assert hashes(folder) == before
