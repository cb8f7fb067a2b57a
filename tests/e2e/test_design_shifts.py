"""``echelon design-shifts`` on the template's month: the shifts, the comparison, the file, both languages, bad input."""

import io
import shutil
from pathlib import Path

import pytest
from planner import Told, append, echelon, hashes
from rich.console import Console

from api.commands import design as design_command
from data.exchange.people import read_shifts
from data.model.errors import Finding

QUICK = ("--effort", "2", "--workers", "1")


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    output = io.StringIO()
    monkeypatch.setattr(design_command, "wide_console", lambda: Console(file=output, width=200))
    told = echelon("design-shifts", folder, *QUICK, *words)
    assert told.code == 0, told.err
    return output.getvalue()


def test_the_shifts_are_few_told_in_both_languages_and_read_back(
    month: tuple[Path, Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, out = hashes(month[0]), tmp_path / "shifts.csv"
    english = asked(month[0], monkeypatch, "--shifts", "3", "--out", out)
    findings: list[Finding] = []
    shifts = [shift for _, shift in read_shifts(out, findings)]
    assert findings == []
    assert 1 <= len(shifts) <= 3
    assert all(shift.code in english and f"{shift.start:%H:%M}" in english for shift in shifts)
    assert "designed" in english
    chinese = asked(month[0], monkeypatch, "--shifts", "3", "--out", out, "--lang", "zh")
    assert "班次" in chinese
    assert "shortage" not in chinese
    assert hashes(month[0]) == before
    shutil.copytree(month[0], tmp_path / "centre")
    windows = "kind,first_start,last_start,least_minutes,most_minutes\nday,08:00,12:00,480,480\n"
    (tmp_path / "centre" / "shift_windows.csv").write_text(windows, encoding="utf-8")
    asked(tmp_path / "centre", monkeypatch, "--shifts", "2", "--week", "2026-06-08")
    own = [shift for _, shift in read_shifts(tmp_path / "centre" / "shifts_designed.csv", findings)]
    assert {shift.minutes for shift in own} == {480}
    assert all(8 <= shift.start.hour <= 12 for shift in own)


def test_what_is_wrong_with_the_question_is_told_and_nothing_written(month: tuple[Path, Told], tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    shutil.copytree(month[0], folder)
    before = hashes(folder)
    wrong = {
        ("--lang", "fr"): ("--lang",),
        ("--queue", "nobody", "--week", "soon"): ("--queue", "nobody", "--week", "soon"),
        ("--week", "2030-01-01"): ("--week", "2030-01-01"),
        ("--step", "7", "--shortest", "9", "--longest", "8"): ("--step", "--shortest"),
    }
    for words, said in wrong.items():
        told = echelon("design-shifts", folder, *words)
        assert told.code == 2, told
        assert all(one in told.err for one in said)
    assert hashes(folder) == before
    (folder / "shift_windows.csv").write_text("kind,first_start,last_start,least_minutes,most_minutes\n", encoding="utf-8")
    append(folder / "shift_windows.csv", "noon,08:00,12:00,480,480")
    assert "noon" in echelon("design-shifts", folder).err
    (folder / "requirement.csv").unlink()
    assert "echelon require" in echelon("design-shifts", folder).err
