"""``connections.toml``: every finding at once, addresses that may be called, secrets that are shown nowhere."""

from pathlib import Path

import pytest

from data.exchange.hr import systems
from data.exchange.hr.connections import connection_named, read_connections, secret_of
from data.model.errors import Finding, InvalidData, NotFound
from data.model.push import Connection

GOOD = """
[connections.ding]
system = "dingtalk"
app = "key"
secret_env = "DINGTALK_SECRET"
group = "7"
operator = "boss"
[connections.ding.shifts]
E = "11"
L = "12"
[connections.ding.users]
a1 = "zhang"
"""


def read(folder: Path, text: str) -> dict[str, Connection]:
    (folder / "connections.toml").write_text(text, encoding="utf-8")
    return read_connections(folder, ["a1", "a2"], ["E", "L"], {"blue"}).connections


def findings(folder: Path, text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidData) as error:
        read(folder, text)
    return error.value.findings


def test_a_connection_reads(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)["ding"]
    assert (found.user_of("a1"), found.user_of("a2"), found.group_of("blue")) == ("zhang", "a2", "7")


def test_every_finding_is_told_at_once(tmp_path: Path) -> None:
    text = """
    [connections.ding]
    system = "dingtalk"
    app = "key"
    [connections.ding.shifts]
    E = "early"
    X = "13"
    [connections.ding.users]
    a1 = "a2"
    a9 = "zhang"
    [connections.ding.groups]
    red = "seven"
    [connections.other]
    system = "telex"
    """
    told = [(one.column or "").removeprefix("connections.") for one in findings(tmp_path, text)]
    assert told == [
        "ding.operator", "ding.secret_env", "ding.users.a9", "ding.groups.red", "ding.shifts.X", "ding.users.a1", "ding.shifts.L",
        "ding.groups.red", "ding.shifts.E", "other.system",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ['secret = "hush-hush"', 'app_secret = "hush-hush"', 'secret_env = "hush-hush"', 'token = "hush-hush"']
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(line: str, tmp_path: Path) -> None:
    text = GOOD.replace('secret_env = "DINGTALK_SECRET"', line)
    told = findings(tmp_path, text)
    assert told
    assert "hush-hush" not in str(told)
    whole = findings(tmp_path, 'secret = "hush-hush"\n[ding]\nsecret = "hush-hush"\n')
    assert "hush-hush" not in str(whole)


@pytest.mark.parametrize(
    "address",
    ["http://oapi.dingtalk.com", "https://user:pass@host.example", "ftp://host.example", "https://host.example?x=1", "host.example",
     "http://127.0.0.1.example.com", "http://10.0.0.1"],
)  # fmt: skip
def test_only_encrypted_addresses_may_be_called(address: str, tmp_path: Path) -> None:
    told = findings(tmp_path, GOOD.replace('app = "key"', f'app = "key"\nbase = "{address}"'))
    assert [one.column for one in told] == ["connections.ding.base"]


@pytest.mark.parametrize("address", ["https://host.example/path/", "http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"])
def test_this_machine_may_be_called_in_the_clear(address: str, tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace('app = "key"', f'app = "key"\nbase = "{address}"'))
    assert found["ding"].base == address.rstrip("/")


def test_secrets_come_from_the_environment_or_a_folder_of_files(tmp_path: Path) -> None:
    by_env = Connection(system="wecom", secret_env="WECOM_SECRET")
    assert secret_of(by_env, "we", {"WECOM_SECRET": "s"}.get, tmp_path) == "s"
    by_file = Connection(system="wecom", secret_file="wecom")
    (tmp_path / "wecom").write_text("t\n")
    assert secret_of(by_file, "we", {}.get, tmp_path) == "t"
    for connection in (by_env, Connection(system="wecom", secret_file="gone")):
        with pytest.raises(InvalidData):
            secret_of(connection, "we", {}.get, tmp_path)


@pytest.mark.parametrize(
    "told", [{"secret_file": "../../etc/passwd"}, {"secret_file": "/etc/passwd"}, {"secret_env": "DATABASE_URL"}]
)
def test_nothing_but_secrets_can_be_named_as_one(told: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="pattern"):
        Connection.model_validate({"system": "wecom"} | told)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"connections\.toml"):
        read_connections(tmp_path, [], [], [])
    read(tmp_path, GOOD)
    with pytest.raises(NotFound, match="there are ding"):
        connection_named(read_connections(tmp_path, ["a1"], ["E", "L"], []), "feishu")


def test_systems_are_found() -> None:
    assert list(systems()) == ["dingtalk", "feishu", "shift_export", "wecom"]
