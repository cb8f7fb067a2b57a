"""``echelon push`` and ``push-check`` on the template's month, and as kinds of run of the service."""

import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hr_fakes.feishu import Feishu
from hr_fakes.server import FakeClock, served
from planner import Told, echelon, hashes, swap, text_table
from service_case import author, serving

from api.commands import push as push_commands
from api.runs.kinds import kind_named
from data.exchange.pushes import read_pushes, read_state
from data.store.revisions import changing
from data.store.working_copy import check_in, check_out

CONNECTION = """
[connections.office]
system = "feishu"
base = "{address}"
app = "app-1"
secret_env = "OFFICE_SECRET"
group = "7"
operator = "boss"
[connections.office.shifts]
"""


@pytest.fixture
def centre(month: tuple[Path, Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Feishu]]:
    """The planned template with a connection to a fake that knows its people and shifts."""
    folder = tmp_path / "centre"
    shutil.copytree(month[0], folder)
    staff, codes = text_table(folder / "staff.csv")["agent"], text_table(folder / "shifts.csv")["code"]
    fake = Feishu(FakeClock(time.time()), {"boss", *staff}, shifts={f"s-{code}" for code in codes})
    with served(fake):
        text = CONNECTION.format(address=fake.address) + "".join(f'{code} = "s-{code}"\n' for code in codes)
        (folder / "connections.toml").write_text(text, encoding="utf-8")
        monkeypatch.setenv("OFFICE_SECRET", fake.secret)
        yield folder, fake


def rows(folder: Path) -> dict[tuple[str, date], str]:
    """Our symbols by agent and day."""
    table = text_table(folder / "versions" / "v001-month.csv")
    days = map(date.fromisoformat, table["date"])
    return dict(zip(zip(table["agent"], days, strict=True), table["code"], strict=True))


def test_the_roster_in_force_arrives_and_leave_is_nothing_but_rest(centre: tuple[Path, Feishu]) -> None:
    folder, fake = centre
    told = echelon("push", folder, "--to", "office", "--author", "Wang")
    assert told.code == 0, told
    assert "confirmed 已核对" in told.out
    roster, worked = rows(folder), set(text_table(folder / "shifts.csv")["code"])
    leave = {code for code in roster.values() if code not in worked | {"-"}}
    assert leave
    assert fake.held() == {key: f"s-{code}" if code in worked else "rest" for key, code in roster.items()}
    sent = " ".join(str(call.body) for call in fake.sent())
    assert not any(f"'{code}'" in sent for code in leave)
    assert read_pushes(folder)[-1].confirmed == len(roster) == len(read_state(folder))
    again = echelon("push", folder, "--to", "office")
    assert "无差异" in again.out


def test_a_dry_run_calls_nobody_and_writes_nothing(centre: tuple[Path, Feishu]) -> None:
    folder, fake = centre
    before = hashes(folder)
    told = echelon("push", folder, "--to", "office", "--first", "2026-06-02", "--last", "2026-06-03", "--dry-run")
    assert told.code == 0
    assert "24 of 24 days would be sent 将发送 24 条" in told.out.replace("\n", " ")
    assert fake.calls == []
    assert hashes(folder) == before


def test_what_somebody_changed_there_is_found_and_mended(centre: tuple[Path, Feishu]) -> None:
    folder, fake = centre
    echelon("push", folder, "--to", "office")
    key = next(key for key, (shift, _) in fake.rows.items() if shift != "0")
    fake.rows[key] = ("0", "7")
    check = echelon("push-check", folder, "--to", "office")
    assert check.code == 0
    assert "mismatched 不一致" in check.out
    (wrong,) = text_table(folder / "push_report.csv").query("status == 'mismatched'").to_dict("records")
    assert (wrong["agent"], wrong["date"], wrong["found"]) == (key[0], str(key[1]), "rest")
    sends = len(fake.sent())
    echelon("push", folder, "--to", "office")
    assert len(fake.sent()) == sends + 1
    assert len(fake.sent()[-1].body["user_daily_shifts"]) == 1
    assert fake.rows[key][0] != "0"


def test_a_bad_file_is_told_and_nothing_is_called(centre: tuple[Path, Feishu], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, fake = centre
    swap(folder / "connections.toml", 'group = "7"\n', "")
    told = echelon("push", folder, "--to", "office")
    assert told.code == 2
    assert "connections.office.group" in told.err
    swap(folder / "connections.toml", 'operator = "boss"\n', 'operator = "boss"\ngroup = "7"\n')
    assert echelon("push", folder, "--to", "nowhere").code == 3
    assert echelon("push", folder, "--to", "office", "--first", "2027-01-01").code == 2
    monkeypatch.delenv("OFFICE_SECRET")
    assert "$OFFICE_SECRET" in echelon("push", folder, "--to", "office").err
    assert fake.calls == []


@pytest.mark.filterwarnings("ignore:Field name")  # of an option of another command
def test_a_push_is_a_run_of_the_service_and_what_it_notes_is_kept(centre: tuple[Path, Feishu], tmp_path: Path) -> None:
    folder, fake = centre
    kind = kind_named("push")
    with serving(tmp_path / "data") as service:
        service.add("grid", folder)
        settings = service.settings
        for number, sent in ((1, len(rows(folder))), (2, 0)):
            copy = tmp_path / f"copy{number}"
            copy.mkdir()
            check_out(settings.database, "grid", copy, settings.files)
            before = len(fake.sent())
            kind.call(copy, kind.params.model_validate({"to": "office"}), "planner")
            assert (len(fake.sent()) > before) == (sent > 0)
            with changing(settings.database, "grid", author(), "run") as change:
                check_in(change, copy, settings.files)
        (record,) = read_pushes(copy)
        assert (record.by, record.confirmed) == ("planner", len(rows(folder)))


def test_the_folder_of_secrets_can_be_named(centre: tuple[Path, Feishu], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder, fake = centre
    swap(folder / "connections.toml", 'secret_env = "OFFICE_SECRET"', 'secret_file = "office"')
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "office").write_text(fake.secret)
    assert push_commands.SECRETS == "/run/secrets"
    monkeypatch.setenv("ECHELON_SECRETS", str(tmp_path / "secrets"))
    assert echelon("push", folder, "--to", "office").code == 0
    assert fake.held()
