"""The commands of the service by name: what they are made of is loaded only when one of them is asked for."""

from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

SERVICE = {
    "serve": "Serve the API and carry out runs 启动服务: one port, one command.",
    "worker": "Carry out runs and send webhooks 运行任务进程: as many beside `serve` as are wanted.",
    "import": "Take a centre's folder into the service 导入文件夹.",
    "export": "Write a centre of the service as a folder 导出文件夹.",
    "backup": "Back up the whole installation 备份, while it works.",
    "verify-backup": "Verify a backup 校验备份.",
    "prune": "Drop what the retention settings no longer keep 清理过期数据.",
    "users": "People who may log in 用户: list, add, reset a password.",
    "keys": "Keys of systems 接口密钥: list, add, rotate, revoke.",
    "config": "Effective configuration 当前配置, secrets hidden.",
}
"""Name -> what it does. A test compares them with the commands of `api.service_cli`."""

MODULE = "api.service_cli"

RESTORE = "restore"
"""Of a folder it brings back a version of the roster; of a file, which is a backup, the whole installation."""


class WithService(TyperGroup):
    """The command line with the commands of the service behind it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Commands that work on folders, then those of the service."""
        return [*super().list_commands(ctx), *SERVICE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command; of the service only its help line."""
        if cmd_name not in SERVICE:
            return super().get_command(ctx, cmd_name)
        return TyperCommand(cmd_name, help=SERVICE[cmd_name], rich_help_panel="Service 服务")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is run, loaded now if it is one of the service."""
        if not args or not _is_of_service(args):
            return super().resolve_command(ctx, args)
        group: Any = typer.main.get_command(import_module(MODULE).app)
        return args[0], group.commands[args[0]], args[1:]


def _is_of_service(args: list[str]) -> bool:
    return args[0] in SERVICE or (args[0] == RESTORE and any(Path(one).is_file() for one in args[1:2]))
