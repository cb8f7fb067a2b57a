"""A month plan follows the one in force: its days are history, its balances are brought, its rulebook that of the first day."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from planner import QUICK, Told, echelon, swap, text_table

NEXT = ("--first", "2026-06-29", "--days", "14", *QUICK)


def well(told: Told) -> Told:
    assert told.code == 0, told.err + told.out
    return told


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    return Path(shutil.copytree(month[0], tmp_path / "centre"))


def codes(path: Path) -> "pd.Series[str]":
    return text_table(path).set_index(["agent", "date"])["code"]


def test_the_days_in_force_are_history_and_the_balances_are_theirs(folder: Path) -> None:
    before = codes(folder / "roster.csv")
    well(echelon("plan", folder, *NEXT))
    after = codes(folder / "versions" / "v002-month.csv")
    days = after.index.get_level_values("date")
    assert (days.min(), days.max()) == ("2026-06-01", "2026-07-12")
    pd.testing.assert_series_equal(after[days <= "2026-06-28"], before)
    brought, carried = (
        text_table(path) for path in (folder / "versions" / "balances" / "v002-month.csv", folder / "balances_carried.csv")
    )
    assert set(brought["until"]) == {"2026-06-28"}
    assert set(carried["until"]) == {"2026-07-12"}
    assert json.loads((folder / "versions" / "v002-month.json").read_text(encoding="utf-8"))["first_open"] == "2026-06-29"
    assert "legal" in well(echelon("verify", folder)).out


def test_of_a_long_chain_only_the_last_weeks_are_history(folder: Path) -> None:
    well(echelon("plan", folder, *NEXT))
    well(echelon("plan", folder, "--first", "2026-07-13", "--days", "7", *QUICK))
    days = codes(folder / "versions" / "v003-month.csv").index.get_level_values("date")
    assert (days.min(), days.max()) == ("2026-06-15", "2026-07-19")
    well(echelon("verify", folder))


def test_a_plan_made_anew_in_the_middle_of_another_keeps_the_days_before(folder: Path) -> None:
    before = codes(folder / "roster.csv")
    well(echelon("plan", folder, "--first", "2026-06-15", "--days", "28", *QUICK))
    after = codes(folder / "versions" / "v002-month.csv")
    early = after.index.get_level_values("date") < "2026-06-15"
    pd.testing.assert_series_equal(after[early], before[before.index.get_level_values("date") < "2026-06-15"])


def test_a_plan_made_anew_in_the_middle_begins_with_the_balances_that_count_from_its_history_on(folder: Path) -> None:
    well(echelon("plan", folder, *NEXT))
    well(echelon("plan", folder, "--first", "2026-07-06", "--days", "14", *QUICK))
    days = codes(folder / "versions" / "v003-month.csv").index.get_level_values("date")
    assert (days.min(), days.max()) == ("2026-06-01", "2026-07-19")
    brought = [text_table(folder / "versions" / "balances" / f"{name}.csv") for name in ("v002-month", "v003-month")]
    pd.testing.assert_frame_equal(*brought)
    assert set(brought[0]["until"]) == {"2026-06-28"}


def test_who_is_new_has_had_days_off_and_who_is_gone_leaves_no_balance(folder: Path) -> None:
    swap(folder / "staff.csv", "A0012,", "B0012,")
    for name in ("wishes.csv", "leave.csv"):
        (folder / name).unlink()
    before = codes(folder / "roster.csv")
    well(echelon("plan", folder, *NEXT))
    after = codes(folder / "versions" / "v002-month.csv")
    past = after[after.index.get_level_values("date") <= "2026-06-28"]
    assert set(past["B0012"]) == {"-"}
    pd.testing.assert_series_equal(past.drop("B0012"), before.drop("A0012"))
    brought = text_table(folder / "versions" / "balances" / "v002-month.csv")
    assert set(brought["agent"]) == set(before.index.get_level_values("agent")) - {"A0012"}
    assert set(brought["until"]) == {"2026-06-28"}


def test_the_first_week_adjusted_before_the_plan_begins_requires_nobody_in_the_past(folder: Path) -> None:
    well(echelon("plan", folder, *NEXT))
    well(echelon("adjust", folder, "--first", "2026-06-29", "--origin", "2026-06-26T09:00", "--bound-steps", "0"))
    after = text_table(folder / "versions" / "requirements" / "v003-week.csv")
    required = after[after["heads"].astype(float) > 0]["timestamp"]
    assert required.min()[:10] == "2026-06-29"


def test_what_was_told_of_the_past_goes_before_the_plan(folder: Path) -> None:
    for suffix in (".csv", ".json"):
        shutil.copy(folder / f"roster{suffix}", folder / f"history{suffix}")
    first = codes(folder / "history.csv").index[0]
    rows = text_table(folder / "history.csv")
    ill = (rows["agent"] == first[0]) & (rows["date"] == "2026-06-26")
    rows.loc[ill, ["code", "start", "end", "meal_start", "break_starts"]] = ["-", *[""] * 4]
    rows.to_csv(folder / "history.csv", index=False, lineterminator="\n")
    well(echelon("plan", folder, *NEXT))
    assert codes(folder / "versions" / "v002-month.csv")[first[0], "2026-06-26"] == "-"


def test_leave_granted_later_does_not_make_an_old_version_illegal(folder: Path) -> None:
    worked = codes(folder / "roster.csv")
    agent, day = next(place for place, code in worked.items() if code != "-" and place[1] >= "2026-06-10")
    with (folder / "leave.csv").open("a", encoding="utf-8") as file:
        file.write(f"{agent},{day},{day},AL,yes\n")
    well(echelon("adjust", folder, "--first", "2026-06-08", "--days", "21", "--bound-steps", "0"))
    assert codes(folder / "roster.csv")[agent, day] == "AL"
    assert "3 of 3 rosters are legal" in well(echelon("verify", folder)).out


def test_leave_on_a_day_that_was_free_is_credited_and_the_line_stays_legal(folder: Path) -> None:
    """Forty hours a week are exact: an illness on a day off takes a shift of the week away."""
    worked, week = codes(folder / "roster.csv"), [f"2026-06-{day:02d}" for day in range(8, 15)]
    full = text_table(folder / "staff.csv").set_index("agent")["contract"] == "FT"
    agent, day = next((a, d) for a in full.index[full] for d in week if worked[a, d] == "-")
    with (folder / "leave.csv").open("a", encoding="utf-8") as file:
        file.write(f"{agent},{day},{day},SL,yes\n")
    well(echelon("adjust", folder, "--first", "2026-06-08", "--bound-steps", "0"))
    after = codes(folder / "roster.csv")
    assert after[agent, day] == "SL"
    assert [sum(roster[agent, one] not in ("-", "SL") for one in week) for roster in (worked, after)] == [5, 4]
    assert "3 of 3 rosters are legal" in well(echelon("verify", folder)).out


def test_a_plan_made_early_learns_what_became_of_the_days_before_it(folder: Path) -> None:
    """The week before is adjusted after the next month was planned: rests and runs across the border are those really worked."""
    well(echelon("plan", folder, *NEXT))
    agent, day, code = border_shift(folder)
    well(echelon("edit", folder, f"{agent}@{day}={code}"))
    assert codes(folder / "versions" / "v002-month.csv")[agent, day] != code
    told = well(echelon("verify", folder)).out
    assert "5 of 5 rosters are legal" in told  # three versions, the newest, and the later plan after the days as they are by now
    well(echelon("adjust", folder, "--first", "2026-06-29", "--origin", "2026-06-27T09:00", "--bound-steps", "0"))
    assert codes(folder / "versions" / "v004-week.csv")[agent, day] == code
    assert codes(folder / "versions" / "before" / "v004-week.csv")[agent, day] == code
    assert "5 of 5 rosters are legal" in well(echelon("verify", folder)).out


def border_shift(folder: Path) -> tuple[str, str, str]:
    """An agent on an early or a late shift on the Friday before, who may have the day shift instead."""
    roster = codes(folder / "roster.csv")
    for agent in text_table(folder / "staff.csv")["agent"]:
        if roster[agent, "2026-06-26"] == "E":
            return str(agent), "2026-06-26", "D"
    raise AssertionError("nobody has an early shift on the day")


def test_a_month_of_the_calendar_is_paid_over_two_plans(folder: Path, tmp_path: Path) -> None:
    well(echelon("plan", folder, *NEXT))
    spans = {"whole": ("2026-06-15", "2026-07-05"), "one": ("2026-06-15", "2026-06-28"), "other": ("2026-06-29", "2026-07-05")}
    for name, (first, last) in spans.items():
        well(echelon("payroll", folder, "--first", first, "--last", last, "--out", tmp_path / name))
    whole, one, other = (pd.read_csv(tmp_path / name / "payroll.csv").set_index("agent") for name in spans)
    for number in ("paid_minutes", "minutes_100", "minutes_300", "night_minutes", "leave_minutes"):
        assert whole[number].equals(one[number] + other[number]), number
    assert whole["paid_minutes"].sum() > 0
    told = echelon("payroll", folder, "--first", "2026-06-15", "--last", "2026-07-13")
    assert (told.code, "v002-month from 2026-06-29 to 2026-07-12" in told.err) == (2, True)
