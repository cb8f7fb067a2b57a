"""``echelon why`` and ``echelon conflicts`` on the template's month: what they tell, and how they refuse."""

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from planner import Told, append, busy_calls, echelon, hashes, text_table
from rich.console import Console

from api.commands import explain as explain_command

SUM = re.compile(r": ([+-][\d.]+) = ((?:[+-][\d.]+ \S+ ?)+)")


Ask = Callable[..., list[str]]


@pytest.fixture
def ask(month: tuple[Path, Told], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks about a folder, by default the month, and hands back the lines, unbroken."""

    def asked(*words: object, folder: Path = month[0]) -> list[str]:
        output = io.StringIO()
        monkeypatch.setattr(explain_command, "wide_console", lambda: Console(file=output, width=2000))
        told = echelon(words[0], folder, *words[1:])
        assert told.code == 0, told.err
        return [line.rstrip() for line in output.getvalue().splitlines()]

    return asked


def refused(*words: object) -> str:
    told = echelon(*words)
    assert told.code == 2, told
    return " ".join(told.err.split())


def test_why_this_shift_adds_up_and_touches_nothing(month: tuple[Path, Told], ask: Ask) -> None:
    before = hashes(month[0])
    roster = text_table(month[0] / "roster.csv")
    worked = roster[roster["start"] != ""].iloc[5]
    lines = ask("why", "--agent", worked["agent"], "--date", worked["date"])
    code = worked["code"]
    assert lines[:2] == ["v001-month", f"{worked['agent']} on {worked['date']}: {code}."]
    assert lines[2].startswith("A day off instead, everything else as it is, would cost ")
    sums = [found for line in lines if (found := SUM.search(line))]
    assert sums
    for found in sums:
        parts = [float(part) for part in re.findall(r"[+-][\d.]+(?= )", found[2])]
        assert sum(parts) == pytest.approx(float(found[1]), abs=0.01 * len(parts))
    assert any(line.startswith("  goal.coverage: ") for line in lines)
    assert hashes(month[0]) == before


def test_why_short_counts_everybody(month: tuple[Path, Told], ask: Ask) -> None:
    cover = pd.read_csv(month[0] / "coverage.csv")
    short = cover[cover["rostered"] < cover["required"]].iloc[0]
    lines = ask("why", "--queue", short["queue"], "--at", short["timestamp"][:16])
    numbers = [int(n) for n in re.findall(r"\d+", lines[2])]
    assert numbers[0] == sum(numbers[1:]) == len(text_table(month[0] / "staff.csv"))
    assert f"{short['required']:g} required, {short['rostered']:g} serving" in lines[1]


def test_every_wish_has_an_answer_in_both_languages(month: tuple[Path, Told], ask: Ask) -> None:
    wish = text_table(month[0] / "wishes.csv").iloc[0]
    english = ask("why", "--agent", wish["agent"], "--date", wish["day"], "--wish")
    chinese = ask("why", "--agent", wish["agent"], "--date", wish["day"], "--wish", "--lang", "zh")
    assert "wished for" in english[1]
    assert len(english) == len(chinese)
    assert not re.search("[a-z]{4,} [a-z]{3,}", "".join(chinese[1:]))
    assert re.search("[\u4e00-\u9fff]", chinese[2])


def test_conflicts_name_the_rules_and_the_price_of_relaxing_each(month: tuple[Path, Told], tmp_path: Path, ask: Ask) -> None:
    assert ask("conflicts")[1] == "Every agent has a legal line."
    folder = tmp_path / "tight"
    shutil.copytree(month[0], folder)
    agent = text_table(folder / "staff.csv")["agent"].iloc[0]
    rule = f"""
[[rules]]
id = "own.least"
kind = "hours"
numbers = {{ period = "plan", min_minutes = 26880 }}
scope = {{ agents = ["{agent}"] }}
"""
    append(folder / "rulebook.toml", rule)
    lines = ask("conflicts", folder=folder)
    assert lines[1].startswith("No legal line: no line keeps ")
    assert lines[1].endswith(f"Agents: {agent}.")
    assert "own.least" in lines[1]
    assert any(line.startswith("- relax own.least: ") and "beyond by" in line for line in lines)
    chinese = ask("conflicts", "--lang", "zh", folder=folder)
    assert len(chinese) == len(lines)
    assert "无合规班表" in chinese[1]


def test_all_that_is_wrong_with_a_question_is_told_at_once(month: tuple[Path, Told], template: Path) -> None:
    folder = month[0]
    assert "no question" in refused("why", folder)
    assert "both an agent and a queue" in refused("why", folder, "--agent", "A0001", "--queue", "service")
    told = refused("why", folder, "--agent", "nobody", "--date", "soon", "--lang", "fr", "--version", "7")
    for part in ("'nobody'", "'soon'", "'fr'", "1 to 1"):
        assert part in told
    told = refused("why", folder, "--queue", "nothing", "--at", "noon")
    assert "'nothing'" in told
    assert "'noon'" in told
    assert "a day that v001-month decided on" in refused("why", folder, "--agent", "A0001", "--date", "2031-01-01")
    assert "no wish of" in refused("why", folder, "--agent", "A0001", "--date", "2026-06-01", "--wish")
    assert "run `echelon plan` first" in refused("conflicts", template)
    assert "run `echelon plan` first" in refused("why", template, "--agent", "A0001", "--date", "2026-06-01")


def test_the_version_that_decided_answers(month: tuple[Path, Told], tmp_path: Path, ask: Ask) -> None:
    folder = tmp_path / "adjusted"
    shutil.copytree(month[0], folder)
    busy_calls(folder, "2026-06-01", "2026-06-08", 1.35)
    assert echelon("adjust", folder, "--first", "2026-06-08", "--bound-steps", "0").code == 0
    for day, version in (("2026-06-03", "v001-month"), ("2026-06-10", "v002-week"), ("2026-06-20", "v001-month")):
        assert ask("why", "--agent", "A0001", "--date", day, folder=folder)[0] == version
    assert ask("why", "--agent", "A0001", "--date", "2026-06-10", "--version", "1", folder=folder)[0] == "v001-month"
