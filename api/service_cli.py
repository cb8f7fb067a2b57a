"""Commands of the service: loaded by `api.service_names` when one of them is asked for."""

import getpass
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console

from api import keeping, logs, operation
from api.http.permissions import GRANTS, Role
from api.settings import CONFIG_FILE, Settings
from data.model.errors import Finding, InvalidData, there_are
from data.store import keys, users
from data.store.backup import Manifest
from data.store.operation import without_password
from data.store.revisions import Author

app = typer.Typer(no_args_is_help=True, help="The service 服务.")
users_app = typer.Typer(no_args_is_help=True, help="People who may log in 用户.")
keys_app = typer.Typer(no_args_is_help=True, help="Keys of systems 接口密钥.")
app.add_typer(keys_app, name="keys")
app.add_typer(users_app, name="users")
console = Console()

Centre = Annotated[str, typer.Option(help="Id of the centre in the service.")]
HIDDEN = "***"


def settings_now(**told: Any) -> Settings:
    """Settings of ``echelon.toml`` and the environment; options that were given come first.

    Raises
    ------
    InvalidData
        Every setting that does not read.
    """
    try:
        return Settings.model_validate({name: value for name, value in told.items() if value is not None})
    except ValidationError as error:
        where = f"{CONFIG_FILE} or the environment"
        raise InvalidData(
            Finding(where, None, ".".join(map(str, one["loc"])), repr(one["input"]), one["msg"]) for one in error.errors()
        ) from error


def _author(why: str) -> Author:
    return Author(f"{getpass.getuser()} (command line)", datetime.now(UTC), why, {"by": "command line"})


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at; as configured if left out.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 = any that is free.")] = None,
    worker: Annotated[bool, typer.Option(help="Whether runs are carried out and webhooks sent here as well.")] = True,
) -> None:
    """Serve the API and carry out runs 启动服务: one port, one command. SIGTERM or Ctrl-C ends it gently."""
    settings = settings_now(host=host, port=port)
    logs.set_up(settings)
    operation.prepare(settings)
    _say_administrator(users.first_administrator(settings.database, datetime.now(UTC)))
    operation.serve(settings, operation.parts_of(settings) if worker else [], _say_listening)


def _say_administrator(password: str | None) -> None:
    if password is not None:
        console.print("First administrator 首位管理员: administrator", markup=False)
        console.print(f"One-time password 一次性密码 (shown this once 仅显示一次): {password}", markup=False, soft_wrap=True)


def _say_listening(address: str) -> None:
    console.print(f"Echelon serves at 服务地址: {address}/api/v1", markup=False)
    console.print(f"How to call it 接口文档: {address}/api/docs", markup=False)


@app.command()
def worker() -> None:
    """Carry out runs and send webhooks 运行任务进程: as many beside `serve` as are wanted, on one database."""
    settings = settings_now()
    logs.set_up(settings)
    operation.prepare(settings)
    stopping = threading.Event()
    with operation.signals_to(stopping.set), operation.running(operation.parts_of(settings)):
        console.print("Worker runs 任务进程已启动", markup=False)
        stopping.wait()
    settings.database.engine.dispose()


@app.command("import")
def import_folder(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of a centre.")],
    centre: Centre,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
) -> None:
    """Take a centre's folder into the service 导入文件夹; an existing centre is made as the folder is, as a new revision."""
    settings = settings_now()
    operation.prepare(settings)
    number = keeping.import_folder(settings, centre, folder, _author(reason), replace=True)
    console.print(f"{centre}: revision 修订 {number}", markup=False)
    settings.database.engine.dispose()


@app.command("export")
def export_folder(
    folder: Annotated[Path, typer.Argument(help="New folder that is written.")],
    centre: Centre,
    revision: Annotated[int | None, typer.Option(min=0, help="As it stood at a revision; now if left out.")] = None,
) -> None:
    """Write a centre of the service as a folder 导出文件夹, as the command line works on it."""
    settings = settings_now()
    operation.prepare(settings)
    number = keeping.export_folder(settings, centre, folder, revision)
    console.print(f"{centre}, revision 修订 {number}: {folder}", markup=False)
    settings.database.engine.dispose()


Backup = Annotated[Path, typer.Argument(help="File of a backup.")]


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="New file.")]) -> None:
    """Back up the whole installation 备份 while it works, from either database, and verify the backup."""
    settings = settings_now()
    operation.prepare(settings)
    _say_backup(keeping.back_up(settings, file, datetime.now(UTC)), file)
    settings.database.engine.dispose()


@app.command("verify-backup")
def verify_backup(file: Backup) -> None:
    """Verify a backup 校验备份: every hash and every count of its manifest."""
    _say_backup(keeping.verify_backup(file), file)


@app.command()
def restore(file: Backup) -> None:
    """Restore a backup 恢复备份 into an empty installation, on either database, and verify what was restored."""
    settings = settings_now()
    _say_backup(keeping.restore_backup(settings, file), file)
    settings.database.engine.dispose()


def _say_backup(told: Manifest, file: Path) -> None:
    rows = sum(one.rows for one in told.tables.values())
    console.print(f"{file}: {rows:,} rows 行, {len(told.tables)} tables 表, verified 已校验", markup=False)


@app.command()
def prune() -> None:
    """Drop what the retention settings no longer keep 清理过期数据; the audit trail always stays."""
    settings = settings_now()
    operation.prepare(settings)
    for name, many in asdict(keeping.prune(settings, datetime.now(UTC))).items():
        console.print(f"{name}: {many}", markup=False)
    settings.database.engine.dispose()


Number = Annotated[int, typer.Argument(help="Number of a key, see `echelon keys list`.")]


@contextmanager
def _connected() -> Generator[Any]:
    """A transaction of the installation as it is configured."""
    settings = settings_now()
    operation.prepare(settings)
    with settings.database.writing() as connection:
        yield connection
    settings.database.engine.dispose()


def _roles(told: list[str]) -> list[Role]:
    if wrong := [one for one in told if one not in GRANTS]:
        raise InvalidData([Finding("command line", None, "--role", ", ".join(wrong), there_are(GRANTS))])
    return [one for one in GRANTS if one in told]


@keys_app.command("add")
def add_system_key(
    name: Annotated[str, typer.Argument(help="Name of the system, as it stands in the audit trail.")],
    role: Annotated[list[str], typer.Option(help=f"Role, may be repeated: {', '.join(GRANTS)}.")],
    centre: Annotated[list[str] | None, typer.Option(help="Confined to these centres; all if left out.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
) -> None:
    """Make a key for a system; it is shown this once."""
    roles = _roles(role)
    with _connected() as connection:
        key = keys.add_key(connection, name, list(roles), _author(reason), {"centres": centre} if centre else None)
    console.print(key, markup=False, soft_wrap=True)


@keys_app.command("list")
def list_keys() -> None:
    """Keys with their roles, the end of each, and when each was used last."""
    with _connected() as connection:
        for one in keys.keys(connection):
            ended = "revoked 已吊销" if one["revoked_at"] else f"until 至 {one['expires_at'] or 'revoked 吊销为止'}"
            told = (f"{one['id']}", one["name"], ", ".join(one["roles"]), ended, f"used 最近使用 {one['used_at'] or '–'}")
            console.print(" · ".join(told), markup=False)


@keys_app.command("rotate")
def rotate_system_key(
    number: Number, hours: Annotated[float, typer.Option(min=0, help="How long the old one still works.")] = 24
) -> None:
    """Make a new key in the place of another, which still works for a while; it is shown this once."""
    with _connected() as connection:
        console.print(
            keys.rotate_key(connection, number, timedelta(hours=hours), _author("rotated"))[1], markup=False, soft_wrap=True
        )


@keys_app.command("revoke")
def revoke_system_key(number: Number) -> None:
    """End a key at once."""
    with _connected() as connection:
        keys.revoke_key(connection, number, _author("revoked"))
    console.print(f"key 密钥 {number}: revoked 已吊销", markup=False)


@users_app.command("list")
def list_users() -> None:
    """People with their roles."""
    with _connected() as connection:
        for one in users.users(connection):
            console.print(
                " · ".join((one["name"], ", ".join(one["roles"]), "disabled 已停用" if one["disabled"] else "")), markup=False
            )


@users_app.command("add")
def add_person(
    name: Annotated[str, typer.Argument(help="Name to log in with.")],
    role: Annotated[list[str], typer.Option(help=f"Role, may be repeated: {', '.join(GRANTS)}.")],
    agent: Annotated[str, typer.Option(help="Id of the agent that they are.")] = "",
    centre: Annotated[list[str] | None, typer.Option(help="Confined to these centres; all if left out.")] = None,
) -> None:
    """Add a person; the one-time password is shown this once and is changed at the first login."""
    roles = _roles(role)
    with _connected() as connection:
        scopes: dict[str, Any] = {"centres": centre} if centre else {}
        _say_password(users.add_user(connection, name, list(roles), _author("added"), scopes=scopes, agent=agent))


@users_app.command("reset")
def reset_person(name: Annotated[str, typer.Argument(help="Name to log in with.")]) -> None:
    """Give a person a new one-time password; their sessions end."""
    with _connected() as connection:
        _say_password(users.reset_password(connection, name, _author("reset")))


def _say_password(password: str) -> None:
    console.print(f"One-time password 一次性密码 (shown this once 仅显示一次): {password}", markup=False, soft_wrap=True)


@app.command()
def config() -> None:
    """Effective configuration 当前配置: defaults, ``echelon.toml`` and the environment together, secrets hidden."""
    for name, value in sorted(shown(settings_now()).items()):
        console.print(f"{name} = {value!r}", markup=False, soft_wrap=True)


def shown(settings: Settings) -> dict[str, Any]:
    """Settings as they may be shown: a secret, and the password of the database, are hidden."""
    return {name: _shown(name, value) for name, value in settings}


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else ""
    if name == "database_url" and value:
        return without_password(value)
    return str(value) if isinstance(value, Path) else value
