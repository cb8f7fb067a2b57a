"""``echelon certify`` and ``echelon payroll`` on the template's month: what they write and tell, and how they refuse."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import typer
from planner import Told, append, hashes, swap, text_table
from typer.testing import CliRunner, Result

from api.commands import payroll as payroll_commands
from data.exchange.payroll import ITEMS_FILE, PAYROLL_FILE
from data.model.errors import InvalidData

app = typer.Typer()
app.command()(payroll_commands.certify)
app.command("payroll")(payroll_commands.payroll_of)

JUNE = ("--first", "2026-06-01", "--last", "2026-06-28")


def told(*words: object) -> Result:
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def refused(*words: object) -> list[tuple[str, str | None, str]]:
    """Where, column and what was read of each finding."""
    error = CliRunner().invoke(app, [*map(str, words)]).exception
    assert isinstance(error, InvalidData), error
    return [(finding.where, finding.column, finding.read) for finding in error.findings]


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    shutil.copytree(month[0], tmp_path / "centre")
    return tmp_path / "centre"


def spoil(folder: Path) -> str:
    """Give an agent the same shift on every day of the version in force, by hand; who it is."""
    path = folder / "versions" / "v001-month.csv"
    rows = text_table(path)
    late = rows[rows["code"] == "L"].iloc[0]
    mine = rows["agent"] == late["agent"]
    for column in ("code", "start", "end", "meal_start", "meal_minutes", "paid_minutes"):
        days = rows.loc[mine, "date"]
        rows.loc[mine, column] = [late[column].replace(late["date"], day) for day in days]
    rows.to_csv(path, index=False)
    return late["agent"]


# -- the certificate


def test_a_legal_version_has_a_certificate_in_either_language(folder: Path, tmp_path: Path) -> None:
    before = hashes(folder)
    english, chinese = told("certify", folder), told("certify", folder, "--lang", "zh", "--out", tmp_path / "proof")
    assert (english.exit_code, chinese.exit_code) == (0, 0)
    assert "LEGAL. No hard rule is broken" in english.output
    assert "未违反任何硬性规则" in chinese.output
    page = (folder / "certificate.md").read_text(encoding="utf-8")
    assert "**LEGAL.**" in page
    assert "roster v001-month, sha256 " in page
    assert "code 0." in page
    assert "**合规。**" in (tmp_path / "proof" / "certificate_zh.md").read_text(encoding="utf-8")
    after = hashes(folder)
    assert after.pop("certificate.md")
    assert after == before


def test_a_roster_spoilt_by_hand_is_not_legal(folder: Path) -> None:
    agent = spoil(folder)
    english, chinese = told("certify", folder), told("certify", folder, "--version", "v001-month", "--lang", "zh")
    assert (english.exit_code, chinese.exit_code) == (1, 1)
    assert "NOT LEGAL." in english.output
    assert "cn.week.rest_min: 4\n" in english.output
    assert "不合规" in chinese.output
    for name in ("certificate.md", "certificate_zh.md"):
        page = (folder / name).read_text(encoding="utf-8")
        assert f"`cn.week.rest_min` {agent}" in page


def test_a_shift_out_of_its_shape_is_told_as_a_fault(folder: Path) -> None:
    rows = text_table(folder / "versions" / "v001-month.csv")
    one = rows[rows["code"] == "L"].iloc[0]
    line = ",".join(one)
    swap(folder / "versions" / "v001-month.csv", line, line.replace("T11:00+", "T10:00+"))
    done = told("certify", folder)
    assert done.exit_code == 1
    assert f"{one['agent']} on {one['date']}: shift L starts at minute 600" in " ".join(done.output.split())


def test_week_and_day_are_certified_on_the_whole_plan(chain: list[tuple[Path, Told, dict[str, str]]], tmp_path: Path) -> None:
    folder = chain[0][0]
    for version in ("", "v001-month", "v002-week", "v003-day"):
        done = told("certify", folder, "--out", tmp_path, "--version", version)
        assert done.exit_code == 0, done.output
        assert f"{version or 'v003-day'}: {tmp_path}" in done.output.replace("\n", "")
        assert "2026-06-01 to 2026-06-28" in (tmp_path / "certificate.md").read_text(encoding="utf-8")


def test_all_that_is_wrong_with_a_certificate_is_told_at_once(folder: Path, template: Path) -> None:
    before = hashes(folder)
    assert refused("certify", folder, "--version", "v9", "--lang", "fr") == [
        ("command line", "--lang", "'fr'"),
        ("command line", "--version", "'v9'"),
    ]
    wrong = refused("certify", template, "--lang", "fr")
    assert [read for _, _, read in wrong] == ["'fr'", "no roster in force"]
    assert hashes(folder) == before


# -- the payroll


def test_every_paid_minute_of_the_roster_is_in_the_payroll(folder: Path, tmp_path: Path) -> None:
    done = told("payroll", folder, "--first", "2026-06-08", "--last", "2026-06-21", "--out", tmp_path / "pay")
    assert done.exit_code == 0, done.output
    roster = pd.read_csv(folder / "roster.csv")
    days = roster[(roster["date"] >= "2026-06-08") & (roster["date"] <= "2026-06-21")]
    paid = pd.read_csv(tmp_path / "pay" / PAYROLL_FILE).set_index("agent")
    expected = days.groupby("agent")["paid_minutes"].sum()
    assert paid["paid_minutes"].to_dict() == expected.to_dict()
    assert set(paid["first"] + paid["last"]) == {"2026-06-082026-06-21"}
    assert f"{expected.sum() / 60:,.1f}" in done.output
    for words in ("statutory holiday 法定节假日", "计薪", "v001-month"):
        assert words in done.output
    assert not (tmp_path / "pay" / "fairness_carried.csv").exists()


def test_the_parts_of_every_number_add_up_to_it(folder: Path) -> None:
    told("payroll", folder, *JUNE)
    paid = pd.read_csv(folder / PAYROLL_FILE).set_index("agent")
    parts = pd.read_csv(folder / ITEMS_FILE).groupby(["number", "agent"])["minutes"].sum().to_dict()
    numbers = [name for name in paid.columns if "minutes" in name]
    assert len(numbers) == 9
    for name in numbers:
        assert {agent: parts.get((name, agent), 0) for agent in paid.index} == paid[name].to_dict(), name


def test_a_night_of_the_last_day_ends_on_a_holiday(folder: Path) -> None:
    """The calendar knows the day after the plan: minutes after midnight are paid as those of the holiday that they fall on."""
    swap(folder / "shifts.csv", "L,Late,晚班,late,11:00,540", "L,Late,晚班,late,17:00,540")
    path = folder / "versions" / "v001-month.csv"
    rows = text_table(path)
    night = (rows["date"] == "2026-06-28") & (rows["code"] == "L")
    assert night.any()
    rows.loc[night, ["start", "end"]] = ["2026-06-28T17:00+08:00", "2026-06-29T02:00+08:00"]
    rows.loc[night, "meal_start"] = "2026-06-28T20:00+08:00"
    rows.to_csv(path, index=False)
    before = told("payroll", folder, "--first", "2026-06-28", "--last", "2026-06-28")
    assert before.exit_code == 0, before.output
    assert pd.read_csv(folder / PAYROLL_FILE)["minutes_300"].sum() == 0
    append(folder / "centre.toml", "[special_days.2026-06-29]", 'type = "holiday"', 'name = "Day of the centre"')
    told("payroll", folder, "--first", "2026-06-28", "--last", "2026-06-28")
    assert pd.read_csv(folder / PAYROLL_FILE)["minutes_300"].sum() == 120 * night.sum()


def test_unknown_days_of_comprehensive_hours_are_said(folder: Path) -> None:
    path = folder / "centre.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"standard"', '"comprehensive"'), encoding="utf-8", newline="\n")
    swap(folder / "rulebook.toml", '# leave_out = ["pol.rotation"]', 'leave_out = ["cn.system.comprehensive.month"]')
    done = told("payroll", folder, *JUNE)
    assert "10 agents with unknown days before the roster" in done.output
    paid, parts = pd.read_csv(folder / PAYROLL_FILE), pd.read_csv(folder / ITEMS_FILE)
    assert sorted(set(paid["unknown_days"])) == [0, 61]  # April and May
    assert "quarter_minutes" not in paid or paid["quarter_minutes"].isna().all()
    assert "quarter_minutes" not in set(parts["number"])
    assert "month_minutes" in set(parts["number"])


# -- fairness


def test_fairness_begins_with_a_header_and_goes_on_with_what_it_left(folder: Path) -> None:
    (folder / "fairness.csv").write_text("agent,until\n", encoding="utf-8")
    done = told("payroll", folder, *JUNE, "--agent", "A0001", "--agent", "A0002")
    for words in ("A0001: Up to 2026-06-28 you bore", "A0001: 截至 2026-06-28", "A0002: Up to", "A0002: 截至"):
        assert words in done.output
    carried = pd.read_csv(folder / "fairness_carried.csv")
    roster = pd.read_csv(folder / "roster.csv", parse_dates=["date"])
    weekend = roster[(roster["date"].dt.day_of_week >= 5) & roster["start"].notna()]
    weeks = weekend.assign(week=weekend["date"].dt.isocalendar().week).groupby("agent")["week"].nunique()
    assert carried.set_index("agent")["weekends"].to_dict() == weeks.reindex(carried["agent"], fill_value=0).to_dict()
    shutil.copy(folder / "fairness_carried.csv", folder / "fairness.csv")
    assert "A0001" not in told("payroll", folder, *JUNE).output
    pd.testing.assert_frame_equal(pd.read_csv(folder / "fairness_carried.csv"), carried)


# -- bad input


def test_all_that_is_wrong_with_a_payroll_is_told_at_once(folder: Path) -> None:
    rows = "nobody,2026-05-31", "A0001,2026-07-01", "A0002,2026-05-01", "A0003,soon"
    (folder / "fairness.csv").write_text("agent,until\n" + "\n".join(rows[:3]) + "\n", encoding="utf-8")
    before = hashes(folder)
    assert refused("payroll", folder, "--first", "2026-07-02", "--last", "2026-05-30", "--agent", "X") == [
        ("command line", "--agent", "'X'"),
        ("fairness.csv", "agent", "'nobody'"),
        ("command line", "--first", "2026-07-02"),
        ("command line", "--last", "2026-05-30"),
        ("command line", "--last", "2026-05-30"),
        ("fairness.csv", "until", "2026-07-01"),
        ("fairness.csv", "until", "2026-05-01"),
    ]
    append(folder / "fairness.csv", rows[3])
    wrong = refused("payroll", folder, "--first", "soon", "--last", "never")
    assert wrong == [
        ("command line", "--first", "'soon'"),
        ("command line", "--last", "'never'"),
        ("fairness.csv", "until", "'soon'"),
    ]
    (folder / "fairness.csv").unlink()
    assert {name: value for name, value in before.items() if name != "fairness.csv"} == hashes(folder)


def test_nobody_is_told_without_balances_and_nothing_is_paid_without_a_roster(folder: Path, template: Path) -> None:
    assert refused("payroll", folder, *JUNE, "--agent", "A0001") == [("fairness.csv", None, "no file")]
    wrong = refused("payroll", template, "--first", "soon", "--last", "2026-06-28")
    assert [read for _, _, read in wrong] == ["'soon'", "no roster in force"]


def test_days_of_history_are_not_paid_again(team12: tuple[Path, Told], tmp_path: Path) -> None:
    days = "--last", "2026-06-07", "--out", tmp_path
    assert refused("payroll", team12[0], "--first", "2026-05-31", *days) == [("command line", "--first", "2026-05-31")]
    assert told("payroll", team12[0], "--first", "2026-06-01", *days).exit_code == 0
