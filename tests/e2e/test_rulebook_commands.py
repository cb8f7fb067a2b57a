"""The life of a rulebook on the command line, and rosters judged by the rulebook of their time."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import typer
from planner import Told, append, echelon, hashes, swap
from typer.testing import CliRunner, Result

from api.commands import payroll as payroll_commands
from api.commands import rulebook as rulebook_commands
from api.provenance import strayed
from api.workspace import Workspace
from data.exchange.rulebook_life import LIFE_FILE
from data.model.errors import InvalidData, NotFound, Superseded

app = typer.Typer()
app.add_typer(rulebook_commands.app, name="rulebook")
app.command()(payroll_commands.certify)

FIVE = ("[[rules]]", 'id = "pol.consecutive.days"', 'kind = "run_length"', "numbers = { max_days = 5 }", 'title = "Five days"')
OWN = (
    "[[cases]]",
    'id = "five"',
    'line = "L L L L L -"',
    'contract = "FT"',
    'rules = ["pol.consecutive.days"]',
    "[[cases]]",
    'id = "six"',
    'line = "L L L L L L -"',
    'contract = "FT"',
    'rules = ["pol.consecutive.days"]',
    'breaches = ["pol.consecutive.days"]',
)


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    return Path(shutil.copytree(month[0], tmp_path / "centre"))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "400"})


def well(*words: object) -> str:
    told = run("rulebook", *words)
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output


def refused(*words: object) -> list[str | None]:
    """Columns of all that stands against a command."""
    error = run("rulebook", *words).exception
    assert isinstance(error, InvalidData), error
    return [finding.column for finding in error.findings]


def at(day: int, month: int = 6) -> tuple[str, str]:
    return "--at", f"2026-{month:02d}-{day:02d}T10:00"


def redraft(folder: Path, name: str = "v2") -> Path:
    """A draft of version 2 with five days in a row."""
    well("draft", folder, name, "--author", "li", *at(1))
    path = folder / "rulebooks" / f"{name}.toml"
    swap(path, 'version = "1"                    #', 'version = "2"                    #')
    append(path, "", *FIVE)
    return path


def test_a_draft_is_consulted_commented_announced_and_comes_into_force(folder: Path) -> None:
    old = (folder / "rulebook.toml").read_bytes()
    redraft(folder)
    assert "numbers.max_days: 6 → 5" in well("diff", folder, "current", "v2")
    assert "numbers.max_days: 6 → 5" in well("consult", folder, "v2", "--until", "2026-06-07", *at(1))
    well("comment", folder, "v2", "--by", "night team", "--text", "five is good", "--rule", "pol.consecutive.days", *at(2))
    assert "unanswered 待答复 1" in well("status", folder)
    well("answer", folder, "v2", 1, "--text", "it stays", "--author", "li", *at(8))
    assert "in force from 2026-07-01" in well("announce", folder, "v2", "--from", "2026-07-01", *at(8))
    assert (folder / "rulebook.toml").read_bytes() == old
    assert "version 版本 1" in well("show", folder, "--on", "2026-06-30")
    assert "version 版本 2" in well("show", folder, "--on", "2026-07-01")
    well("enforce", folder, *at(1, 7))
    assert (folder / "rulebook.toml").read_bytes() == (folder / "rulebooks" / "v2.toml").read_bytes()
    shown = well("show", folder)
    assert "version 版本 2" in shown
    assert shown.count("owner 责任岗位") == 14
    assert "version 版本 1" in well("show", folder, "--on", "2026-06-30")
    assert "in force 施行中" in well("status", folder)


def test_steps_that_may_not_be_taken_leave_everything_as_it_was(folder: Path) -> None:
    redraft(folder)
    before = hashes(folder)
    assert refused("announce", folder, "v2", "--from", "2026-07-01", *at(8)) == ["v2: announced"]
    assert refused("consult", folder, "v2", "--until", "2026-06-03", *at(1)) == ["v2: last"]
    assert refused("enforce", folder, *at(8)) == ["NAME"]
    assert refused("draft", folder, "../v3", *at(8)) == ["rulebook"]
    assert refused("draft", folder, "current", *at(8)) == [None]
    assert refused("comment", folder, "v2", "--by", "x", "--text", "y", "--rule", "pol.nope", *at(8)) == ["--rule"]
    assert refused("consult", folder, "v2", "--until", "soon", *at(1)) == ["--until"]
    assert refused("consult", folder, "v2", "--until", "2026-06-09", "--at", "soon") == ["--at"]
    assert isinstance(run("rulebook", "consult", folder, "v9", "--until", "2026-06-09", *at(1)).exception, NotFound)
    assert isinstance(run("rulebook", "diff", folder, "v2", "v9").exception, NotFound)
    assert hashes(folder) == before


def test_the_days_of_a_consultation_are_the_centres_choice(folder: Path) -> None:
    redraft(folder)
    (folder / "policies.toml").write_text("[rulebook]\nconsultation_days = 3\n", encoding="utf-8")
    well("consult", folder, "v2", "--until", "2026-06-03", *at(1))


def test_a_draft_that_loosens_the_law_or_fails_a_case_is_not_announced(folder: Path) -> None:
    path = redraft(folder)
    (folder / "rulebook_cases").mkdir()
    append(folder / "rulebook_cases" / "own.toml", *OWN)
    assert "nothing speaks against it" in well("check", folder, "v2")
    swap(path, "min_minutes = 2400, max_minutes = 2400", "min_minutes = 2400, max_minutes = 2460")
    swap(path, "max_days = 5", "max_days = 6")
    told = run("rulebook", "check", folder, "v2")
    assert told.exit_code == 1
    for words in ("cn.week.normal_max.numbers.max_minutes", "at most 2400", "own.toml", "not to be announced"):
        assert words in told.output
    well("consult", folder, "v2", "--until", "2026-06-07", *at(1))
    before = hashes(folder)
    found = refused("announce", folder, "v2", "--from", "2026-07-01", *at(8))
    assert found == ["cn.week.normal_max.numbers.max_minutes", "six"]
    assert hashes(folder) == before


def test_a_case_that_names_what_is_not_there_is_found(folder: Path) -> None:
    (folder / "rulebook_cases").mkdir()
    append(folder / "rulebook_cases" / "own.toml", "[[cases]]", 'id = "a"', 'line = "L"', 'contract = "XX"', 'rules = ["no.rule"]')
    told = run("rulebook", "check", folder)
    assert told.exit_code == 1
    assert "a.contract" in told.output
    assert "a.rules" in told.output
    append(folder / "rulebook_cases" / "bad.toml", "[[cases]]", 'id = "b"', 'line = ""')
    assert refused("check", folder) == ["cases.0.line", "cases.0.contract"]


def announced(folder: Path, name: str = "v2") -> Path:
    path = redraft(folder, name)
    well("consult", folder, name, "--until", "2026-06-07", *at(1))
    well("announce", folder, name, "--from", "2026-06-20", *at(8))
    return path


def test_the_same_version_is_not_two_texts(folder: Path) -> None:
    path = redraft(folder)
    swap(path, 'version = "2"', 'version = "1"')
    well("consult", folder, "v2", "--until", "2026-06-07", *at(1))
    assert refused("announce", folder, "v2", "--from", "2026-06-20", *at(8)) == ["version"]


def test_what_was_announced_comes_into_force_and_nothing_else(folder: Path) -> None:
    path = announced(folder)
    assert refused("enforce", folder, "v2", *at(19)) == ["v2: at"]
    text = path.read_text(encoding="utf-8")
    swap(path, "max_days = 5", "max_days = 4")
    assert refused("enforce", folder, *at(20)) == ["v2: sha256"]
    path.write_text(text, encoding="utf-8", newline="\n")
    well("enforce", folder, *at(20))
    append(folder / "rulebook.toml", 'title_zh = "五天"')
    assert "was never put before the staff" in well("status", folder)


def test_a_derogation_in_force_is_not_lost_and_needs_no_consultation(folder: Path) -> None:
    path = announced(folder)
    storm = ["", "[[derogations]]", 'rule = "cn.ot.max"', "first = 2026-06-19", "last = 2026-06-21", 'approved_by = "J. Li"']
    storm += ['reason = "storm"', 'ground = "disaster"', 'legal_approved_by = "W. Chen"']
    append(folder / "rulebook.toml", *storm)
    assert refused("enforce", folder, *at(20)) == ["derogations"]
    append(path, *storm)
    well("enforce", folder, *at(20))


def test_a_draft_of_a_rulebook_that_was_replaced_is_superseded(folder: Path) -> None:
    redraft(folder)
    redraft(folder, "v3")
    for name in ("v2", "v3"):
        well("consult", folder, name, "--until", "2026-06-07", *at(1))
    swap(folder / "rulebooks" / "v3.toml", 'version = "2"', 'version = "3"')
    well("comment", folder, "v3", "--by", "union", "--text", "a new number", *at(2))
    well("answer", folder, "v3", 1, "--text", "yes", *at(2))
    well("announce", folder, "v2", "--from", "2026-06-20", *at(8))
    well("enforce", folder, *at(20))
    late = run("rulebook", "announce", folder, "v3", "--from", "2026-07-01", *at(21))
    assert isinstance(late.exception, Superseded), late.exception
    well("withdraw", folder, "v3", *at(21))
    well("draft", folder, "v4", "--from", "v3", *at(21))
    assert list(pd.read_csv(folder / LIFE_FILE)["deed"])[-2:] == ["withdrawn", "drafted"]


# -- rosters and the rulebook of their time


def test_an_old_roster_is_judged_by_the_rulebook_of_its_time(folder: Path) -> None:
    announced(folder)
    well("enforce", folder, *at(20))
    workspace = Workspace.at(folder)
    assert workspace.centre.rulebook.version == "2"
    assert all(verdict.legal for verdict in workspace.verify().values())
    assert list(strayed(workspace.versions, workspace.centre.rulebook, folder)) == []
    told = run("certify", folder)
    assert told.exit_code == 0, told.output
    page = (folder / "certificate.md").read_text(encoding="utf-8")
    assert "rulebook my-centre, version 1" in page
    assert "not what it was made from" not in page
    for kept in (folder / "rulebooks").glob("my-centre-1-*.toml"):
        kept.unlink()
    [told] = strayed(workspace.versions, workspace.centre.rulebook, folder)
    assert "is not kept" in told
    run("certify", folder)
    assert "not what it was made from: rulebook" in (folder / "certificate.md").read_text(encoding="utf-8")


def test_a_certificate_says_what_was_changed_since(folder: Path) -> None:
    origin = Workspace.at(folder).newest().roster.origin
    assert {"rulebook_sha256", "requirement_sha256", "forecast_sha256", "roster_sha256", "code"} <= set(origin)
    append(folder / "versions" / "requirements" / "v001-month.csv", "")
    shutil.rmtree(folder / "forecasts")
    path = folder / "forecast.csv"
    made = pd.read_csv(path)
    made["mean"] *= 2
    made.to_csv(path, index=False)
    assert run("certify", folder).exit_code == 0
    page = (folder / "certificate.md").read_text(encoding="utf-8")
    assert "not what it was made from: requirement" in page
    assert "not what it was made from: forecast" in page
    assert "not what it was made from: roster" not in page
    assert echelon("verify", folder).code == 0
