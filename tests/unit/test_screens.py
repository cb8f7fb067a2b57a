"""What the screen says of warnings: remedies that still help, hours alike once, levels and moments in words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from planner import echelon, hashes
from rich.console import Console

from api.commands.echelons import changes
from api.commands.foreseen import SHOWN_ROWS, remedies_table, warnings_table
from api.commands.playbooks import length_text
from data.model.response import CapacityWarning, Remedy, RemedyKind, WarningLevel
from data.model.stress import Scenario

NOW = datetime(2026, 10, 14, 10, tzinfo=UTC)


def told(table: object) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def remedy(kind: RemedyKind, whole: int, until: int, heads: int | None = None) -> Remedy:
    moments = (NOW + timedelta(hours=hours) for hours in (whole, until))
    return Remedy(kind, "E1" if kind == "echelon" else kind, *moments, heads, late=until < 0)


def warning(*remedies: Remedy) -> CapacityWarning:
    return CapacityWarning(
        "fault",
        WarningLevel.RED,
        NOW,
        NOW + timedelta(hours=4),
        NOW,
        chance=0.9,
        chance_realised=0.8,
        missing_heads=7.0,
        need_over_capacity=1.4,
        lost_calls=1234.0,
        remedies=remedies,
        id="w0001",
    )


def test_a_remedy_that_is_too_late_or_brings_nobody_is_not_offered() -> None:
    said = told(remedies_table([warning(remedy("overtime", -2, -1), remedy("echelon", 1, 2, 0), remedy("breaks", 1, 2))], NOW))
    assert "move breaks" in said
    assert "offer overtime" not in said
    assert "call echelon" not in said


@pytest.mark.parametrize(("whole", "shown"), [(1, True), (-1, False)])
def test_the_moment_for_all_of_a_stretch_is_told_until_it_is_past(whole: int, shown: bool) -> None:
    said = told(remedies_table([warning(remedy("echelon", whole, 3, 5))], NOW))
    assert ("11:00*" in said) is shown
    assert "13:00" in said
    assert "5 人" in said


def test_a_warning_is_one_line() -> None:
    (line,) = (line for line in told(warnings_table([warning()])).splitlines() if "w0001" in line)
    assert all(word in line for word in ("red 红色", "fault", "90%", "1.40", "1,234"))
    assert SHOWN_ROWS < 40


def test_hours_alike_are_told_once() -> None:
    hours = {NOW + timedelta(hours=k): [str(able)] for k, able in enumerate((3, 3, 2, 2, 3))}
    assert [cells for _, cells in changes(hours)] == [["3"], ["2"], ["3"]]


def test_a_length_is_minutes_and_later_hours() -> None:
    assert length_text(timedelta(minutes=119)) == "119 min"
    assert length_text(timedelta(minutes=4282)) == "71 h"


def test_a_scenario_has_the_best_name_there_is() -> None:
    assert Scenario(title="storm", title_zh="风暴").named("s", zh=True) == "风暴"
    assert Scenario(title="storm").named("s", zh=True) == "storm"
    assert Scenario(title_zh="风暴").named("s") == "s"


def test_all_that_is_wrong_with_a_signal_is_told_at_once(tmp_path: Path) -> None:
    assert echelon("init", tmp_path / "centre").code == 0
    before = hashes(tmp_path)
    add = ("signals", "add", tmp_path / "centre", "wether")
    unread = echelon(*add, "--at", "2026-10-14T99:00", "--until", "soon")
    assert unread.code == 2
    assert all(word in unread.err for word in ("2 finding(s)", "--at", "--until"))
    wrong = ("--region", "R9", "--queue", "nope", "--level", "pink", "--weight", 2)
    refused = echelon(*add, "--at", "2026-10-14T12:00", "--until", "2026-10-14T08:00", *wrong)
    assert refused.code == 2
    assert "6 finding(s)" in refused.err
    words = ("2026-10-14T08:00+08:00", "one of none, blue, yellow, orange, red", "'R9'", "'nope'", "'wether'", "weight")
    assert all(word in refused.err for word in words)
    assert hashes(tmp_path) == before


def test_a_risk_without_a_title_is_told_with_its_unknown_project(tmp_path: Path) -> None:
    assert echelon("init", tmp_path / "centre").code == 0
    add = ("risk", "add", tmp_path / "centre", "--title", "", "--cause", "technology", "--owner", "IT", "--project", "nope")
    told = echelon(*add)
    assert told.code == 2
    assert all(word in told.err for word in ("2 finding(s)", "title", "'nope'"))
