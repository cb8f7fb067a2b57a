"""Operation of the service: its commands, its configuration, its logs."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner

from api import logs, service_cli
from api.cli import app
from api.service_names import RESTORE, SERVICE
from api.settings import Settings
from data.exchange.folder import write_template
from data.model.errors import InvalidData

RUNNER = CliRunner()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECHELON_DATA", str(tmp_path / "data"))
    return tmp_path


def test_every_command_of_the_service_is_named_and_told_as_it_is() -> None:
    group: Any = typer.main.get_command(service_cli.app)
    assert set(group.commands) == {*SERVICE, RESTORE}
    told = RUNNER.invoke(app, ["--help"], env={"COLUMNS": "150"}).output
    assert all(name in told for name in SERVICE)
    assert "--port" in RUNNER.invoke(app, ["serve", "--help"], env={"COLUMNS": "150"}).output


def test_a_plan_loads_nothing_of_the_service() -> None:
    code = "import sys, api.cli; print([one for one in ('fastapi', 'sqlalchemy', 'dbos', 'uvicorn') if one in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_effective_configuration_hides_the_password(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "echelon.toml").write_text("port = 9000\n", encoding="utf-8")
    monkeypatch.setenv("ECHELON_DATABASE_URL", "postgresql+psycopg://me:pw@db/x")
    told = RUNNER.invoke(app, ["config"]).output
    assert "port = 9000" in told
    assert "me:***@db" in told
    assert "pw@" not in told


def test_a_wrong_configuration_is_told_setting_by_setting(place: Path) -> None:
    (place / "echelon.toml").write_text('port = "x"\nnothing = 1\n', encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        service_cli.settings_now()
    assert {one.column for one in caught.value.findings} == {"port", "nothing"}


def test_a_folder_comes_in_and_goes_out(place: Path) -> None:
    template = place / "template"
    write_template(template)
    made = RUNNER.invoke(app, ["import", str(template), "--centre", "c", "--reason", "first"])
    assert (made.exit_code, "revision 修订 1" in made.output) == (0, True), made.output
    assert RUNNER.invoke(app, ["export", str(place / "out"), "--centre", "c"]).exit_code == 0
    assert (place / "out" / "staff.csv").read_text() == (template / "staff.csv").read_text()
    again = RUNNER.invoke(app, ["export", str(place / "out"), "--centre", "c"])
    assert isinstance(again.exception, InvalidData)


def test_a_key_is_shown_once_and_roles_are_checked(place: Path) -> None:
    made = RUNNER.invoke(app, ["keys", "add", "hr", "--role", "hr_system"])
    assert made.output.strip().startswith("ech_")
    assert isinstance(RUNNER.invoke(app, ["keys", "add", "hr", "--role", "boss"]).exception, InvalidData)


def test_logs_are_json_and_tell_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    old = logging.getLogger().handlers[:]
    try:
        logs.set_up(Settings(log_format="json"))
        structlog.get_logger("echelon.test").info("said", Authorization="Bearer x", api_token="y", queue="bill")
        logging.getLogger("uvicorn").warning("of a library")
        first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
        assert (first["event"], first["Authorization"], first["api_token"], first["queue"]) == ("said", "***", "***", "bill")
        assert (second["event"], second["level"]) == ("of a library", "warning")
    finally:
        logging.basicConfig(handlers=old, force=True)
        structlog.reset_defaults()
