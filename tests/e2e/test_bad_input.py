"""Broken folders, call files and options: every finding is told with its place, nothing is written, nothing falls over."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from planner import QUICK, Told, append, echelon, hashes, installed, swap, text_table

from api.planning import learn
from data.exchange.folder import read_folder

Break = Callable[[Path], object]
Expected = list[tuple[str, ...]]
"""For each finding what its line must hold: file, row, column, what was read or expected."""


def edit(name: str, old: str, new: str) -> Break:
    return lambda folder: swap(folder / name, old, new)


def add(name: str, *lines: str) -> Break:
    return lambda folder: append(folder / name, *lines)


def content(name: str, text: str | bytes) -> Break:
    return lambda folder: (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def both(*breaks: Break) -> Break:
    return lambda folder: [one(folder) for one in breaks]


def second_queue(folder: Path) -> None:
    block = '[[queues]]\nid = "sales"\nname = "Sales"\nproject = "service"\nhandle_time_s = 99.0\npatience_s = 99.0\n'
    swap(
        folder / "centre.toml",
        "[[contracts]]                    #",
        f'{block}[queues.opening.hours]\nmon = ["08:00", "20:00"]\n\n[[contracts]] #',
    )


def history_of(last: str) -> Break:
    rows = "".join(f"A{k:04d},{last},-,,,,0,0\n" for k in range(1, 13))
    return content("history.csv", f"agent,date,code,start,end,meal_start,meal_minutes,paid_minutes\n{rows}")


STAFF_HEADER = "agent,name,site,team,contract,skills,echelon,no_night,no_overtime,protected_until"
FOLDERS: dict[str, tuple[Break, Expected]] = {
    "column missing": (
        edit("staff.csv", "contract,skills", "contrct,skills"),
        [("staff.csv", "1", "contract"), ("staff.csv", "1", "contrct")],
    ),
    "column twice": (edit("staff.csv", "site,team", "site,site"), [("staff.csv", "1", "site", "twice")]),
    "cell too many": (add("leave.csv", "A0001,2026-06-20,2026-06-20,AL,yes,extra"), [("leave.csv", "4", "6 cells", "5 cells")]),
    "no contract": (
        edit("staff.csv", "A0002,乙一,main,T01,FT,", "A0002,乙一,main,T01,,"),
        [("staff.csv", "3", "contract", "nothing")],
    ),
    "unknown contract": (
        edit("staff.csv", "A0002,乙一,main,T01,FT,", "A0002,乙一,main,T01,XT,"),
        [("staff.csv", "3", "contract", "XT", "FT, FTE, PT")],
    ),
    "unknown skill": (add("staff.csv", "A0099,x,main,T01,FT,sales,,,,"), [("staff.csv", "14", "skills", "sales", "service")]),
    "agent twice": (add("staff.csv", "A0001,x,main,T01,FT,service,,,,"), [("staff.csv", "14", "agent", "A0001", "rows 2 and 14")]),
    "wrong types": (
        both(
            edit("shifts.csv", "E,Early,早班,early,08:00,540", "E,Early,早班,early,8 o'clock,long"),
            edit("leave.csv", "2026-06-12", "12.6.2026"),
        ),
        [
            ("shifts.csv", "2", "start", "8 o'clock"),
            ("shifts.csv", "2", "minutes", "long"),
            ("leave.csv", "2", "last", "12.6.2026"),
        ],
    ),
    "shift off the interval": (
        edit("shifts.csv", "D,Day,白班,day,09:30", "D,Day,白班,day,09:40"),
        [("shifts.csv", "3", "start", "09:40", "30 minutes")],
    ),
    "leave overlaps": (
        add("leave.csv", "A0003,2026-06-10,2026-06-14,AL,yes"),
        [("leave.csv", "4", "first", "2026-06-10", "row 2")],
    ),
    "leave turned round": (add("leave.csv", "A0004,2026-06-14,2026-06-10,AL,yes"), [("leave.csv", "4", "before it starts")]),
    "leave of a stranger": (add("leave.csv", "A0400,2026-06-10,2026-06-10,AL,yes"), [("leave.csv", "4", "agent", "A0400")]),
    "wish for no shift": (
        add("wishes.csv", "A0001,2026-06-16,on,,1", "A0001,2026-06-17,on,Q,1"),
        [("wishes.csv", "6", "names"), ("wishes.csv", "7", "shift", "Q")],
    ),
    "empty staff": (content("staff.csv", ""), [("staff.csv", "an empty file", "header")]),
    "staff without rows": (content("staff.csv", f"{STAFF_HEADER}\n"), [("staff.csv", "no row", "at least one agent")]),
    "staff not in UTF-8": (content("staff.csv", "甲".encode("gbk")), [("staff.csv", "UTF-8")]),
    "no centre": (lambda folder: (folder / "centre.toml").unlink(), [("centre.toml", "no file")]),
    "bad TOML": (edit("centre.toml", 'id = "my-centre" ', "id = my-centre "), [("centre.toml", "5", "TOML")]),
    "wrong values": (
        both(
            edit("centre.toml", "service_level = 0.8 ", "service_level = 80 "),
            edit("centre.toml", "patience_s = 180.0", "patience_s = 0"),
        ),
        [("centre.toml", "queues.0.target.service_level", "80"), ("centre.toml", "queues.0.patience_s", "0", "greater than 0")],
    ),
    "unknown key": (edit("centre.toml", "min_staff = 1", "min_agents = 1"), [("centre.toml", "queues.0.min_agents")]),
    "unknown zone": (edit("centre.toml", "Asia/Shanghai", "Asia/Atlantis"), [("centre.toml", "zone", "Asia/Atlantis")]),
    "unknown country": (edit("centre.toml", 'country = "CN"', 'country = "XX"'), [("centre.toml", "country", "XX")]),
    "contract names no shift": (
        edit("centre.toml", '["E", "D", "L"]', '["E", "D", "Q"]'),
        [("centre.toml", "contracts.0.shifts", "Q")],
    ),
    "unknown rulebook": (
        edit("rulebook.toml", '["cn", "house"]', '["cn", "mars"]'),
        [("rulebook.toml", "include", "mars", "cn, eu, house")],
    ),
    "unknown rule kind": (
        edit("rulebook.toml", 'kind = "hours"                   #', 'kind = "ours" #'),
        [("rulebook.toml", "cn.week.normal_max.kind", "ours", "run_length")],
    ),
    "numbers out of range": (
        both(
            edit("rulebook.toml", "min_minutes = 960", "min_minutes = -960"),
            edit("rulebook.toml", "off_cost = 4.0", 'off_cost = "dear"'),
        ),
        [("rulebook.toml", "cn.part_time.min_minutes", "-960"), ("rulebook.toml", "goals.wishes.off_cost", "dear")],
    ),
    "unknown goal": (
        edit("rulebook.toml", 'kind = "wishes"', 'kind = "hopes"'),
        [("rulebook.toml", "goals.hopes.kind", "hopes", "wishes")],
    ),
    "rule twice": (
        edit("rulebook.toml", 'id = "cn.part_time"', 'id = "cn.week.normal_max"'),
        [("rulebook.toml", "cn.week.normal_max")],
    ),
    "several files": (
        both(
            edit("staff.csv", "A0001,甲一,main,T01,FT,", "A0001,甲一,main,T01,XT,"),
            add("leave.csv", "A0400,2026-06-10,2026-06-10,AL,yes"),
            add("events.csv", "sales,Fair,,2026-06-18T00:00+08:00,2026-06-19T00:00+08:00,1.2,0,0.1"),
            edit("shifts.csv", "D,Day,白班,day,09:30", "D,Day,白班,day,09:40"),
        ),
        [("staff.csv", "2", "XT"), ("leave.csv", "4", "A0400"), ("events.csv", "3", "sales"), ("shifts.csv", "3", "09:40")],
    ),
    "calls of a strange queue": (
        add("calls.csv", "ghost,2026-05-31T19:30+08:00,5,200"),
        [("calls.csv", "queue", "ghost", "service")],
    ),
    "a queue without calls": (second_queue, [("calls.csv", "queue", "no rows", "sales")]),
    "no calls": (lambda folder: (folder / "calls.csv").unlink(), [("no calls.csv",)]),
    "history for another month": (history_of("2026-05-20"), [("history.csv", "2026-05-20", "2026-05-31")]),
    "history with a gap": (
        both(history_of("2026-05-31"), edit("history.csv", "A0007,2026-05-31,-,,,,0,0\n", "")),
        [("history.csv", "no row of A0007")],
    ),
}
CALLS = "queue,timestamp,offered\n"
DAYS = "".join(f"q,2026-03-{day:02d}T{hour:02d}:00,{hour}\n" for day in range(2, 30) for hour in range(8, 18))
FILES: dict[str, tuple[bytes | str, Expected]] = {
    "empty": ("", [("calls.csv", "an empty file")]),
    "header alone": (CALLS, [("calls.csv", "no row")]),
    "columns missing": (
        "when,number\n2026-03-02T08:00,3\n",
        [("calls.csv", "1", name) for name in ("queue", "timestamp", "offered")],
    ),
    "no counts": ("queue,timestamp,offered\nq,2026-03-02T08:00,\n", [("offered", "no value")]),
    "wrong types": (
        f"{CALLS}q,2026-03-01T08:00,many\nq,yesterday,3\nq,2026-03-01T09:00,-3\n{DAYS}",
        [("calls.csv", "2", "offered", "many"), ("calls.csv", "3", "timestamp", "yesterday"), ("calls.csv", "4", "offered", "-3")],
    ),
    "nameless queue": (f"{CALLS}{DAYS},2026-03-30T08:00,3\n", [("calls.csv", "282", "queue", "nothing")]),
    "rows twice": (f"{CALLS}{DAYS}q,2026-03-02T08:00,3\nq,2026-03-02T09:00,3\n", [("rows 2 and 282",), ("rows 3 and 283",)]),
    "off the step": (f"{CALLS}{DAYS}q,2026-03-30T08:17,3\n", [("calls.csv", "282", "08:17", "60 minutes")]),
    "not a number": (f"{CALLS}{DAYS}q,2026-03-30T08:00,nan\n", [("calls.csv", "282", "offered", "nan")]),
    "not UTF-8": (f"{CALLS}队,2026-03-30T08:00,1\n".encode("gbk"), [("calls.csv", "UTF-8")]),
}
OPTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "no origin": (("--origin", "tomorrow"), ("time", "tomorrow", "ISO")),
    "origin before the calls": (("--origin", "2001-01-01"), ("calls.csv", "before the origin")),
    "no zone": (("--zone", "Asia/Atlantis"), ("--zone", "Asia/Atlantis")),
    "no country": (("--country", "XX"), ("country", "XX")),
    "interval": (("--interval", "7"), ("interval", "7 minutes")),
    "no such queue": (("--queue", "z"), ("calls.csv", "no row")),
    "column": (("--column", "offered"), ("--column", "offered", "name=column")),
    "method": (("--method", "guess"), ("method", "guess", "principal")),
    "suffix": (("--out", "forecast.doc"), ("forecast.doc", ".doc", ".csv")),
}


def check(told: Told, expected: Expected) -> None:
    """All findings are told, one line each, and nothing but findings."""
    assert told.code == 2, told
    assert "Traceback" not in told.out + told.err
    lines = [line for line in told.err.splitlines() if line.startswith("│")]
    missing = [words for words in expected if not any(all(word in line for word in words) for line in lines)]
    assert missing == [], told.err
    assert f"{len(lines)} finding(s): nothing was written" in told.err
    assert len(lines) == len(expected), told.err
    for line in lines:
        where, _, _, read, wanted, _ = (cell.strip() for cell in line.strip("│").split("│"))
        assert where
        assert read
        assert wanted


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "centre"
    shutil.copytree(template, copy)
    return copy


@pytest.mark.parametrize("name", FOLDERS)
def test_a_broken_folder(name: str, folder: Path) -> None:
    broken, expected = FOLDERS[name]
    broken(folder)
    before = hashes(folder)
    told = echelon("plan", folder, "--first", "2026-06-01", "--days", "7", "--sweeps", "1", "--bound-steps", "0")
    check(told, expected)
    assert hashes(folder) == before


@pytest.mark.parametrize("name", FILES)
def test_a_broken_call_file(name: str, tmp_path: Path) -> None:
    text, expected = FILES[name]
    content("calls.csv", text)(tmp_path)
    content("forecast.csv", "an older forecast")(tmp_path)
    before = hashes(tmp_path)
    check(echelon("forecast", tmp_path / "calls.csv", "--days", "3", "--interval", "60"), expected)
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("name", OPTIONS)
def test_a_wrong_option(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options, expected = OPTIONS[name]
    monkeypatch.chdir(tmp_path)
    content("calls.csv", CALLS + DAYS)(tmp_path)
    before = hashes(tmp_path)
    check(echelon("forecast", "calls.csv", "--days", "3", "--interval", "60", *options), [expected])
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("adjust", "--first", "soon"), ("--first", "soon")),
        (("adjust", "--first", "2026-05-25"), ("first", "2026-05-25", "2026-06-01")),
        (("adjust", "--first", "2026-06-29"), ("2026-06-29", "2026-06-28")),
        (("tweak", "--at", "noon"), ("time", "noon")),
        (("tweak", "--at", "2026-05-31T10:00"), ("2026-05-31", "2026-06-01")),
        (("tweak", "--at", "2026-06-29T10:00"), ("2026-06-29", "2026-06-28")),
        (("warn", "--at", "2026-06-29T10:00"), ("2026-06-29", "2026-06-28")),
        (("plan", "--first", "2026-02-30"), ("--first", "2026-02-30")),
        (("require", "--model", "erlang_z"), ("--model", "erlang_z", "erlang_a or erlang_c")),
    ],
    ids=lambda words: "-".join(words) if len(words) == 3 and words[0].isalpha() else "told",
)
def test_a_day_that_is_not_in_the_plan(
    words: tuple[str, ...], expected: tuple[str, ...], month: tuple[Path, Told], tmp_path: Path
) -> None:
    copy = tmp_path / "centre"
    shutil.copytree(month[0], copy)
    check(echelon(words[0], copy, *words[1:]), [expected])
    assert hashes(copy) == hashes(month[0])


def test_the_installed_command_tells_findings_on_stderr(folder: Path) -> None:
    edit("staff.csv", "A0002,乙一,main,T01,FT,", "A0002,乙一,main,T01,,")(folder)
    before = hashes(folder)
    told = installed("plan", folder, *QUICK)
    check(told, [("staff.csv", "3", "contract", "nothing")])
    assert told.out == ""
    assert hashes(folder) == before


def test_a_broken_gzip(tmp_path: Path) -> None:
    whole = gzip.compress((CALLS + DAYS).encode())
    for data in (b"no gzip", whole[: len(whole) // 2], whole[:-12] + bytes(12), whole[:20] + bytes(20) + whole[40:]):
        (tmp_path / "calls.csv.gz").write_bytes(data)
        check(echelon("forecast", tmp_path / "calls.csv.gz", "--days", "3"), [("calls.csv.gz", "gzip")])
        assert hashes(tmp_path).keys() == {"calls.csv.gz"}


def test_a_broken_change_leaves_the_plan_as_it_was(month: tuple[Path, Told], tmp_path: Path) -> None:
    copy = tmp_path / "centre"
    shutil.copytree(month[0], copy)
    append(copy / "calls.csv", "service,2026-06-01T08:00+08:00,many,240")
    before = hashes(copy)
    row = str(len(text_table(copy / "calls.csv")) + 1)
    for words in (("adjust", "--first", "2026-06-08"), ("tweak", "--at", "2026-06-08T10:00"), ("warn", "--at", "2026-06-08T10:00")):
        check(echelon(words[0], copy, *words[1:]), [("calls.csv", row, "offered", "many")])
        assert hashes(copy) == before


def test_a_place_that_cannot_be_written_is_told_and_left_clean(tmp_path: Path) -> None:
    content("calls.csv", CALLS + DAYS)(tmp_path)
    (tmp_path / "taken.csv").mkdir()
    told = echelon("forecast", tmp_path / "calls.csv", "--days", "3", "--interval", "60", "--out", tmp_path / "taken.csv")
    assert told.code == 3
    assert "taken.csv" in told.err
    assert "Traceback" not in told.err
    assert {path.name for path in tmp_path.iterdir()} == {"calls.csv", "taken.csv"}


def test_a_gap_stays_unknown(folder: Path) -> None:
    lines = (folder / "calls.csv").read_text().splitlines()
    gone = [line for line in lines if "2026-05-20T" in line]
    empty = [line for line in lines if "2026-05-21T" in line]
    kept = [line for line in lines if line not in gone]
    text = "\n".join(f"{','.join(line.split(',')[:2])},," if line in empty else line for line in kept)
    (folder / "calls.csv").write_text(text + "\n")
    history = learn(read_folder(folder))
    days = np.array([day.isoformat() for day in history.grid.horizon.dates])[history.grid.day_of_slot]
    for day in ("2026-05-20", "2026-05-21"):
        assert np.isnan(history.offered[0, days == day]).all()
    assert np.isfinite(history.offered[0, days == "2026-05-22"]).sum() == len(gone)
    assert echelon("forecast", folder, "--days", "7").code == 0
    made = text_table(folder / "forecast.csv")["mean"].astype(float)
    assert made.min() > 1


def test_unknown_days_are_not_quiet_days(folder: Path, template: Path, tmp_path: Path) -> None:
    """Two lost weeks may not pull the forecast down."""
    lines = (template / "calls.csv").read_text().splitlines()
    lost = [line for line in lines if not "2026-05-11" <= line.split(",")[1] < "2026-05-25"]
    assert len(lost) < len(lines)
    (folder / "calls.csv").write_text("\n".join(lost) + "\n")
    whole = tmp_path / "whole"
    shutil.copytree(template, whole)
    sums = []
    for source in (whole, folder):
        out = tmp_path / f"{len(sums)}.csv"
        assert echelon("forecast", source, "--days", "7", "--out", out).code == 0
        sums.append(text_table(out)["mean"].astype(float).sum())
    assert sums[1] == pytest.approx(sums[0], rel=0.1)
