"""Proposals of a day on the command line: made from the calls that came, decided one by one, one version for all accepted."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import typer
from planner import Told, busy_calls, echelon, hashes, swap, text_table
from typer.testing import CliRunner, Result

from api.commands import off_phone as offphone_commands
from api.commands import proposals as proposal_commands
from data.model.errors import InvalidData

DAY = "2026-06-09"
PRICES = "change_cost = 6.0, call_in_cost = 12.0, move_cost = 1.0, overtime_cost = 15.0, early_cost = 5.0"
CHEAP = "change_cost = 0.6, call_in_cost = 1.2, move_cost = 0.1, overtime_cost = 1.5, early_cost = 0.5"
TASK = "id,kind,agents,each,minutes,earliest,deadline,priority,least_piece_minutes\n"
TRAIN = f"train,training,,true,60,{DAY}T12:00+08:00,{DAY}T20:00+08:00,2,30\n"

app = typer.Typer()
for command in (proposal_commands.propose, proposal_commands.proposals, proposal_commands.accept, proposal_commands.decline):
    app.command()(command)
app.command("off-phone")(offphone_commands.off_phone)


@pytest.fixture(scope="module")
def planned(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month in which overtime is allowed and cheap, with calls as forecast until the morning of a day."""
    folder = Path(shutil.copytree(month[0], tmp_path_factory.mktemp("proposals") / "centre"))
    swap(folder / "rulebook.toml", "min_minutes = 2400, max_minutes = 2400 }", "min_minutes = 2400, max_minutes = 2880 }")
    swap(folder / "rulebook.toml", PRICES, CHEAP)
    busy_calls(folder, "2026-06-01", f"{DAY}T10:00", 1.0)
    return folder


@pytest.fixture
def folder(planned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(planned, tmp_path / "centre"))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "400"})


def well(told: Result) -> str:
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output


def busy(folder: Path) -> None:
    """Two intervals with many calls more than forecast."""
    busy_calls(folder, f"{DAY}T10:00", f"{DAY}T11:00", 1.8)


def propose(folder: Path, at: str = "11:00") -> str:
    return well(run("propose", folder, "--at", f"{DAY}T{at}", "--by", "li"))


def heads_of(requirement: pd.DataFrame) -> int:
    """Agents required on the day, over all intervals."""
    return int(requirement[requirement["timestamp"].str.startswith(DAY)]["heads"].astype(int).sum())


def accept(folder: Path, *ids: str, at: str = "11:05", more: Sequence[str] = ("--consent",)) -> str:
    return well(run("accept", folder, *ids, "--at", f"{DAY}T{at}", "--by", "wang", *more))


def steps(folder: Path) -> pd.DataFrame:
    return text_table(folder / "proposals.csv")


def made(folder: Path, kind: str) -> list[str]:
    table = steps(folder)
    return list(table[table["kind"] == kind]["proposal"])


def test_two_busy_intervals_ask_for_overtime_and_accepting_all_is_one_legal_version(folder: Path) -> None:
    busy(folder)
    told = propose(folder)
    assert "calls above forecast 2 intervals in a row" in told
    assert "话务连续 2 个时段高于预测" in told
    overtime, before = made(folder, "overtime"), (folder / "roster.csv").read_bytes()
    assert len(overtime) > 1
    assert "须同意" in told
    refused = accept(folder, "--all", more=())
    assert "consent_missing" in refused
    assert "--consent" in refused
    assert (folder / "roster.csv").read_bytes() == before
    told = accept(folder, "--all")
    table = steps(folder)
    accepted = table[table["deed"] == "accepted"].set_index("proposal")
    planned, worked = (text_table(folder / "versions" / "requirements" / f"{name}.csv") for name in ("v001-month", "v002-day"))
    assert heads_of(worked) > heads_of(planned)
    assert set(overtime) <= set(accepted.index)
    assert set(accepted.loc[overtime, "version"]) == {"v002-day"}
    assert set(accepted.loc[overtime, "consented"]) == {"yes"}
    assert set(text_table(folder / "versions.csv")["version"]) == {"v001-month", "v002-day"}
    changes = text_table(folder / "changes.csv")
    asked = table[table["kind"] == "overtime"]
    assert dict(zip(changes["agent"], changes["minutes"], strict=True)) == dict(
        zip(asked["agents"], asked["paid_minutes"], strict=True)
    )
    assert echelon("verify", folder).code == 0


def test_accepting_one_by_one_gives_the_same_roster_as_all_at_once(folder: Path, tmp_path: Path) -> None:
    busy(folder)
    propose(folder)
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    accept(folder, "--all")
    for name in reversed(made(other, "overtime")):
        accept(other, name)
    pd.testing.assert_frame_equal(text_table(folder / "roster.csv"), text_table(other / "roster.csv"))
    assert len(list((other / "versions").glob("v*.csv"))) > len(list((folder / "versions").glob("v*.csv")))


def test_a_spike_of_one_interval_asks_nobody(folder: Path) -> None:
    busy_calls(folder, f"{DAY}T10:00", f"{DAY}T10:30", 1.0)
    busy_calls(folder, f"{DAY}T10:30", f"{DAY}T11:00", 1.8)
    (folder / "policies.toml").write_text("[proposals]\nrisk_threshold = 0.999999999\ncalm_threshold = 0.0\n", encoding="utf-8")
    told = propose(folder)
    assert "a spike is not a trend" in told
    assert "nobody 不征询" in told
    assert "overtime" not in told


def test_declining_leaves_the_roster_and_whoever_declined_is_not_asked_again(folder: Path) -> None:
    busy(folder)
    propose(folder)
    names, roster = list(steps(folder)["proposal"]), (folder / "roster.csv").read_bytes()
    agents = set(";".join(steps(folder)["agents"]).split(";"))
    told = well(run("decline", folder, *names, "--at", f"{DAY}T11:06", "--by", "wang", "--reason", "bus"))
    assert "declined 已拒绝" in told
    assert (folder / "roster.csv").read_bytes() == roster
    assert set(text_table(folder / "versions.csv")["version"]) == {"v001-month"}
    kept = (folder / "proposals.csv").read_text(encoding="utf-8")
    propose(folder, "11:10")
    later = steps(folder).iloc[2 * len(names) :]
    assert not agents & set(";".join(later["agents"]).split(";"))
    assert (folder / "proposals.csv").read_text(encoding="utf-8").startswith(kept)


def test_what_is_no_longer_open_is_refused_and_said_so(folder: Path) -> None:
    busy(folder)
    propose(folder)
    first, *_ = made(folder, "overtime")
    accept(folder, first)
    assert "not_open" in accept(folder, first)
    late = accept(folder, "--all", at="12:30")
    assert "Nothing is open" in late
    listed = well(run("proposals", folder, "--at", f"{DAY}T12:30", "--all", "--explain"))
    assert "expired 已失效" in listed
    assert "accepted 已接受" in listed
    assert "hard rules kept" in listed


def test_who_was_changed_by_hand_since_is_refused_and_the_others_are_carried_out(folder: Path) -> None:
    busy(folder)
    propose(folder)
    table = steps(folder).set_index("proposal")
    first = made(folder, "overtime")[0]
    edited = echelon("edit", folder, f"{table.loc[first, 'agents']}@{DAY}=L", "--reason", "ill in the morning")
    assert edited.code == 0, edited.err
    told = accept(folder, "--all")
    assert f"{first} refused 未执行 (changed)" in told
    assert set(made(folder, "overtime")[1:]) <= set(steps(folder).query("deed == 'accepted'")["proposal"])


def test_work_off_the_phones_is_taken_back_and_owed(folder: Path) -> None:
    (folder / "tasks.csv").write_text(TASK + TRAIN, encoding="utf-8")
    well(run("off-phone", folder, "--at", f"{DAY}T09:00"))
    before, owed = pd.read_csv(folder / "placements.csv"), pd.read_csv(folder / "debts.csv")
    busy(folder)
    propose(folder)
    names = made(folder, "activity")
    assert names
    roster = (folder / "roster.csv").read_bytes()
    accept(folder, *names, more=())
    after, debts = pd.read_csv(folder / "placements.csv"), pd.read_csv(folder / "debts.csv")
    lost = before["minutes"].sum() - after["minutes"].sum()
    assert lost > 0
    assert debts["taken_back_minutes"].sum() == lost
    assert debts["owed_minutes"].sum() - owed["owed_minutes"].sum() == lost
    assert (folder / "roster.csv").read_bytes() == roster


def test_all_that_is_wrong_is_told_and_nothing_is_written(folder: Path) -> None:
    busy(folder)
    propose(folder)
    kept = hashes(folder)
    wrong = run("accept", folder, "p0001", "p7777", "p8888", "--at", f"{DAY}T11:05")
    assert isinstance(wrong.exception, InvalidData)
    assert [one.read for one in wrong.exception.findings] == ["p7777", "p8888"]
    for words in (
        ("accept", folder, "--at", "noon"),
        ("accept", folder, "--at", f"{DAY}T11:05"),
        ("decline", folder, "--at", "noon"),
    ):
        assert isinstance(run(*words).exception, InvalidData)
    assert isinstance(run("propose", folder, "--at", "2026-09-01T10:00").exception, InvalidData)
    assert hashes(folder) == kept
