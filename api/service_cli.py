"""Commands of the service: loaded by `api.service_names` when one of them is asked for."""

import getpass
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console

from api import logs, operation
from api.http.permissions import GRANTS, Role
from api.settings import CONFIG_FILE, Settings
from data.model.errors import Finding, InvalidData, there_are
from data.store.folder import paths, take_in, write_out
from data.store.keys import add_key
from data.store.operation import without_password
from data.store.revisions import Author, add_centre, centres, changing, revision_of

app = typer.Typer(no_args_is_help=True, help="The service 服务.")
keys_app = typer.Typer(no_args_is_help=True, help="Keys of systems 接口密钥.")
app.add_typer(keys_app, name="keys")
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
    _say_administrator(operation.first_administrator(settings, datetime.now(UTC)))
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
    settings, by = settings_now(), _author(reason)
    operation.prepare(settings)
    with settings.database.writing() as connection:
        if centre not in centres(connection):
            add_centre(connection, centre, by)
    with changing(settings.database, centre, by, "import", folder.name) as change:
        names = list(paths(folder))
        take_in(change, folder, names, settings.files)
    console.print(f"{centre}: {len(names)} files 个文件, revision 修订 {change.number}", markup=False)
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
    if folder.exists():
        raise InvalidData([Finding("command line", None, "FOLDER", str(folder), "a folder that is not there yet")])
    with settings.database.reading() as connection:
        number = revision_of(connection, centre) if revision is None else revision
        try:
            write_out(connection, centre, folder, settings.files, revision)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    console.print(f"{centre}, revision 修订 {number}: {folder}", markup=False)
    settings.database.engine.dispose()


@keys_app.command("add")
def add_system_key(
    name: Annotated[str, typer.Argument(help="Name of the system, as it stands in the audit trail.")],
    role: Annotated[list[str], typer.Option(help=f"Role, may be repeated: {', '.join(GRANTS)}.")],
    centre: Annotated[list[str] | None, typer.Option(help="Confined to these centres; all if left out.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
) -> None:
    """Make a key for a system; it is shown this once."""
    roles: list[Role] = [one for one in GRANTS if one in role]
    if wrong := [one for one in role if one not in GRANTS]:
        raise InvalidData([Finding("command line", None, "--role", ", ".join(wrong), there_are(GRANTS))])
    settings = settings_now()
    operation.prepare(settings)
    with settings.database.writing() as connection:
        key = add_key(connection, name, list(roles), _author(reason), {"centres": centre} if centre else None)
    console.print(key, markup=False, soft_wrap=True)
    settings.database.engine.dispose()


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
