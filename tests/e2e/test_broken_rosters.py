"""The verifier on rosters broken by hand: what is wrong is named, and what cannot be read is told as findings."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from planner import Told, append, echelon, hashes, swap, text_table

from data.exchange.folder import read_folder


def row_of(folder: Path, agent: str, day: str) -> dict[str, str]:
    rows = text_table(folder / "roster.csv")
    return rows[(rows["agent"] == agent) & (rows["date"] == day)].iloc[0].to_dict()


def put(folder: Path, agent: str, day: str, **cells: str) -> None:
    rows = text_table(folder / "roster.csv")
    place = (rows["agent"] == agent) & (rows["date"] == day)
    assert place.sum() == 1
    for name, text in cells.items():
        rows.loc[place, name] = text
    rows.to_csv(folder / "roster.csv", index=False, lineterminator="\n")


def shift(day: str, code: str, start: str, end: str, **more: str) -> dict[str, str]:
    times = {
        "start": f"{day}T{start}+08:00",
        "end": f"{day}T{end}+08:00",
        "meal_start": "",
        "meal_minutes": "0",
        "paid_minutes": "480",
    }
    return {"code": code, **times, **more}


def find(folder: Path, wanted: Callable[[list[str]], bool], days: int = 2) -> tuple[str, list[str]]:
    """The first agent with some successive days from 1 June on whose codes are as wanted."""
    rows = text_table(folder / "roster.csv")
    for agent, line in rows[rows["date"] >= "2026-06-01"].groupby("agent"):
        codes, dates = line["code"].tolist(), line["date"].tolist()
        for d in range(len(codes) - days + 1):
            if wanted(codes[d : d + days]):
                return str(agent), dates[d : d + days]
    raise AssertionError("no such days in the roster")


def early_after_late(folder: Path) -> tuple[str, ...]:
    agent, days = find(folder, lambda codes: codes == ["L", "L"])
    put(folder, agent, days[1], **shift(days[1], "E", "07:00", "15:00"))
    return "team.rest", agent, days[1]


def leave_worked(folder: Path) -> tuple[str, ...]:
    put(folder, "A0003", "2026-06-09", **shift("2026-06-09", "D", "10:00", "18:00"))
    return "team.leave", "A0003", "2026-06-09"


def sixth_day(folder: Path) -> tuple[str, ...]:
    agent, days = find(folder, lambda codes: codes[0] == "-" and codes[1] == "-")
    put(folder, agent, days[1], **shift(days[1], "D", "10:00", "18:00"))
    return "team.week.hours", agent


def later_start(folder: Path) -> tuple[str, ...]:
    agent, days = find(folder, lambda codes: codes == ["E"], 1)
    put(folder, agent, days[0], **shift(days[0], "E", "07:30", "15:30"))
    return f"{agent} on {days[0]}", "shift E starts at minute 450"


def shorter(folder: Path) -> tuple[str, ...]:
    agent, days = find(folder, lambda codes: codes == ["L"], 1)
    put(folder, agent, days[0], end=f"{days[0]}T22:00+08:00", paid_minutes="420")
    return f"{agent} on {days[0]}", "lasts 420"


def history_rewritten(folder: Path) -> tuple[str, ...]:
    put(folder, "A0001", "2026-05-26", **shift("2026-05-26", "D", "10:00", "18:00"))
    return "A0001 on 2026-05-26", "a frozen day was changed"


def a_code_not_of_the_contract(folder: Path) -> tuple[str, ...]:
    agent, day = "A0008", row_day(folder, "A0008")
    assert "L" not in next(c.shifts for c in read_folder(folder).centre.contracts if c.id == "FTE")
    put(folder, agent, day, **shift(day, "L", "11:00", "20:00", meal_start=f"{day}T14:00+08:00", meal_minutes="60"))
    return "contract", agent, day


def row_day(folder: Path, agent: str) -> str:
    rows = text_table(folder / "roster.csv")
    return str(rows.loc[(rows["agent"] == agent) & (rows["start"] != ""), "date"].iloc[0])


def meal_after_the_shift(folder: Path) -> tuple[str, ...]:
    day = row_day(folder, "A0001")
    put(folder, "A0001", day, meal_start=row_of(folder, "A0001", day)["end"])
    return f"A0001 on {day}", "the meal of shift"


def meal_left_out(folder: Path) -> tuple[str, ...]:
    day = row_day(folder, "A0001")
    put(folder, "A0001", day, meal_start="", meal_minutes="0", paid_minutes="540")
    return f"A0001 on {day}", "has no meal"


def cheaper_record(folder: Path) -> tuple[str, ...]:
    record = json.loads((folder / "roster.json").read_text())
    stated = record["costs"]["goal.coverage"]
    record["costs"]["goal.coverage"] = stated / 2
    (folder / "roster.json").write_text(json.dumps(record))
    return "cost of goal.coverage", f"is {stated}", f"claimed {stated / 2}"


def cost_hidden(folder: Path) -> tuple[str, ...]:
    record = json.loads((folder / "roster.json").read_text())
    name = max(record["costs"], key=record["costs"].get)
    stated = record["costs"].pop(name)
    assert stated > 0
    (folder / "roster.json").write_text(json.dumps(record))
    return f"cost of {name}", "claimed 0"


TEAM_BREAKS = (early_after_late, leave_worked, sixth_day, later_start, shorter, history_rewritten, cheaper_record, cost_hidden)
TEMPLATE_BREAKS = (a_code_not_of_the_contract, meal_after_the_shift, meal_left_out)


@pytest.mark.parametrize("broken", [*TEAM_BREAKS, *TEMPLATE_BREAKS], ids=lambda broken: broken.__name__)
def test_verify_names_what_is_wrong(
    broken: Callable[[Path], tuple[str, ...]], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    source, _ = request.getfixturevalue("team12" if broken in TEAM_BREAKS else "month")
    folder = tmp_path / "broken"
    shutil.copytree(source, folder)
    expected = broken(folder)
    told = echelon("verify", folder)
    assert told.code == 1
    lines = [line for line in told.out.splitlines() if line.startswith("roster.csv: ")]
    assert [line for line in lines if all(word in line for word in expected)], told.out
    assert not [line for line in told.out.splitlines() if line.startswith("versions/")]
    assert "1 of 2 rosters are legal" in told.out


def row_removed(folder: Path) -> tuple[str, ...]:
    rows = text_table(folder / "roster.csv")
    gone = (rows["agent"] == "A0005") & (rows["date"] == "2026-06-10")
    rows[~gone].to_csv(folder / "roster.csv", index=False)
    return "no row of A0005 on 2026-06-10", "one row per agent and day"


def row_twice(folder: Path) -> tuple[str, ...]:
    lines = (folder / "roster.csv").read_text().splitlines()
    append(folder / "roster.csv", lines[1])
    return str(len(lines) + 1), "A0001", "each agent and date once"


def strange_code(folder: Path) -> tuple[str, ...]:
    put(folder, "A0002", "2026-06-10", code="X9")
    return "X9", "one of - AL SL E D L"


def stranger(folder: Path) -> tuple[str, ...]:
    swap(folder / "staff.csv", "A0012,", "B0012,")
    return "A0012", "an agent of staff.csv"


def no_record(folder: Path) -> tuple[str, ...]:
    (folder / "roster.json").unlink()
    return "roster.json", "no file"


def record_cut_off(folder: Path) -> tuple[str, ...]:
    (folder / "roster.json").write_text((folder / "roster.json").read_text()[:100])
    return ("roster.json",)


UNREADABLE = (row_removed, row_twice, strange_code, stranger, no_record, record_cut_off)


@pytest.mark.parametrize("broken", UNREADABLE, ids=lambda broken: broken.__name__)
def test_a_roster_that_cannot_be_read_is_told_as_findings(
    broken: Callable[[Path], tuple[str, ...]], team12: tuple[Path, Told], tmp_path: Path
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(team12[0], folder)
    expected = broken(folder)
    before = hashes(folder)
    told = echelon("verify", folder)
    assert told.code == 2
    assert [line for line in told.err.splitlines() if all(word in line for word in expected)], told.err
    assert hashes(folder) == before


def test_a_rule_broken_on_a_frozen_day_is_named_too(chain: list[tuple[Path, Told, dict[str, str]]], tmp_path: Path) -> None:
    """The newest roster is judged over the whole plan, not only on the day that its version was made for."""
    folder = tmp_path / "chain"
    shutil.copytree(chain[-1][0], folder)
    roster = folder / "roster.csv"
    rows = [line.split(",") for line in roster.read_text().splitlines()]
    off = next(k for k, row in enumerate(rows[2:], 2) if row[2] == "-" and rows[k - 1][0] == row[0] and rows[k - 1][3])
    worked = next(row for row in rows[1:] if row[0] == rows[off][0] and row[3])
    day = rows[off][1]
    rows[off][2:] = [worked[2], *(cell.replace(worked[1], day) for cell in worked[3:6]), *worked[6:]]
    roster.write_text("\n".join(",".join(row) for row in rows) + "\n")
    told = echelon("verify", folder)
    assert told.code == 1
    assert "a frozen day was changed" in told.out
    assert f"{rows[off][0]} {day}" in " ".join(told.out.split()) or "minutes from" in " ".join(told.out.split())
