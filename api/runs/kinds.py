"""Kinds of run: every command that works on a centre's folder is one, found in the command line and listed nowhere else."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel, ConfigDict, Field, create_model
from typer.models import ArgumentInfo, OptionInfo, ParameterInfo

from api.cli import app
from data.model.errors import NotFound, there_are

BY = ("author", "by")
"""Parameters that say who does it: the service knows."""

NOT_SERVED = frozenset({"init", "demo", "staff", "calibrate"})
"""Commands that make folders of their own, or work on files of others."""

NOT_ASKED = frozenset({"executor"})
"""Parameters that name an address to call: the service calls none that was not configured."""

Right = Literal["runs:read", "runs:write", "response:write", "rosters:publish"]

READS = frozenset(
    {
        "backtest",
        "history",
        "versions",
        "compare",
        "stand-ins",
        "ledger",
        "proposals",
        "why",
        "conflicts",
        "verify",
        "forecasts-list",
        "forecasts-compare",
        "rulebook-show",
        "rulebook-status",
        "rulebook-diff",
        "rulebook-check",
        "call-out-show",
        "risk-list",
        "lend-list",
        "lend-correlations",
        "playbooks-list",
        "playbooks-show",
        "playbooks-check",
        "playbooks-running",
        "control-cases",
        "control-servqual",
        "control-effect",
        "control-league",
        "control-causes",
        "control-hot",
        "control-board",
        "signals-list",
        "signals-take",
        "warnings-list",
    }
)
"""Kinds that only look: what they leave in their working copy is not kept."""

RESPONDS = (
    "activate",
    "call-out",
    "decide",
    "done",
    "drill",
    "echelons",
    "lend",
    "playbooks",
    "signals",
    "tweak",
    "warn",
    "warnings",
    "what-if",
)
"""First words of the kinds that a duty manager works with."""

PUBLISHES = frozenset({"approve", "publish", "withdraw"})
"""Kinds that say which version is in force; so does every kind that may `propose` only and is not asked to."""

HEAVY = frozenset(
    {
        "adjust",
        "award",
        "backtest",
        "design-shifts",
        "drill",
        "edit",
        "forecast",
        "leave",
        "lend-correlations",
        "lend-propose",
        "payroll",
        "plan",
        "rebase",
        "restore",
        "risk-assess",
        "risk-map",
        "simulate",
        "size-echelons",
        "stress",
        "what-if",
    }
)
"""Kinds that search, simulate or read the whole history: others do not wait for them."""


class Params(BaseModel):
    """What a kind of run is asked with."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Kind:
    """A command as a kind of run.

    Parameters
    ----------
    name : str
        Words of the command, with a hyphen between them: ``call-out-start``.
    folder : str
        Parameter that takes the folder.
    params : type
        The other parameters, typed, with their bounds and help.
    """

    name: str
    command: Callable[..., Any]
    folder: str
    by: str
    params: type[Params]

    @property
    def changes(self) -> bool:
        """Whether what it leaves behind is kept."""
        return self.name not in READS

    @property
    def heavy(self) -> bool:
        """Whether it takes long."""
        return self.name in HEAVY

    @property
    def title(self) -> str:
        """What it does, in one line and both languages where it is told."""
        return self.help.split("\n\n")[0].replace("\n", " ")

    @property
    def right(self) -> Right:
        """What a caller must hold to ask for it."""
        if not self.changes:
            return "runs:read"
        if self.name in PUBLISHES:
            return "rosters:publish"
        return "response:write" if self.name.startswith(RESPONDS) else "runs:write"

    def publishes(self, params: Params) -> bool:
        """Whether it may put a version in force."""
        return self.name in PUBLISHES or getattr(params, "propose", None) is False

    @property
    def makes_versions(self) -> bool:
        """Whether it may make versions of rosters or forecasts, which take numbers."""
        return self.name == "forecast" or "propose" in self.params.model_fields

    @property
    def help(self) -> str:
        """What it does, in both languages where it is told."""
        return inspect.getdoc(self.command) or ""

    def call(self, folder: Path, params: Params, by: str) -> None:
        """Run the command on a folder in the name of somebody."""
        given = {name: _as_path(folder, value, self.params, name) for name, value in params}
        self.command(**{self.folder: folder, **({self.by: by} if self.by else {}), **given})


def _as_path(folder: Path, value: Any, params: type[Params], name: str) -> Any:
    """A file is named by its path in the centre's folder."""
    extra = params.model_fields[name].json_schema_extra
    return folder / value if isinstance(extra, dict) and extra.get("format") == "path" and value is not None else value


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of run by its name."""
    found = (_kind(name, command) for name, command in commands(app))
    return {kind.name: kind for kind in found if kind is not None}


def kind_named(name: str) -> Kind:
    """A kind of run.

    Raises
    ------
    NotFound
        There is none of that name.
    """
    if name not in kinds():
        raise NotFound(f"no kind of run {name!r}; {there_are(kinds())}")
    return kinds()[name]


def commands(of: typer.Typer, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Commands of the command line by their words, with a hyphen between them."""
    for one in of.registered_commands:
        if one.callback is not None:
            yield prefix + (one.name or one.callback.__name__.replace("_", "-")), one.callback
    for group in of.registered_groups:
        if group.typer_instance is not None:
            yield from commands(group.typer_instance, f"{prefix}{group.name}-")


def _kind(name: str, command: Callable[..., Any]) -> Kind | None:
    """A command as a kind; None if it works on no centre's folder."""
    parameters = inspect.signature(command, eval_str=True).parameters
    folder = next(iter(parameters), "")
    if name in NOT_SERVED or not folder or _plain(parameters[folder].annotation) is not Path:
        return None
    rest = {key: one for key, one in parameters.items() if key != folder and key not in BY and key not in NOT_ASKED}
    fields: dict[str, Any] = {key: field for key, one in rest.items() if (field := _field(one)) is not None}
    model: type[Params] = create_model(f"{name.title().replace('-', '')}Params", __base__=Params, **fields)
    return Kind(name, command, folder, next((key for key in BY if key in parameters), ""), model)


def _field(parameter: inspect.Parameter) -> Any:
    """A parameter as a field; None for a file outside of the folder, which the service does not take."""
    told = next((one for one in parameter.annotation.__metadata__ if isinstance(one, ParameterInfo)), None)
    kind, required = get_args(parameter.annotation)[0], parameter.default is inspect.Parameter.empty
    extra: dict[str, Any] = {}
    if Path in (kind, *get_args(kind)):
        if not required:
            return None
        kind, extra = Annotated[str, Field(pattern=r"^[\w-][\w.-]*(/[\w-][\w.-]*)*$")], {"format": "path"}
    bounds: dict[str, Any] = {}
    if isinstance(told, OptionInfo | ArgumentInfo) and _plain(kind) in (int, float):
        bounds = {"ge": told.min, "le": told.max}
    default = ... if required else parameter.default
    return kind, Field(default, description=getattr(told, "help", None), json_schema_extra=extra or None, **bounds)


def _plain(annotation: Any) -> Any:
    """The type that an annotation is about."""
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if get_origin(kind) in (Union, UnionType):
        return next(one for one in get_args(kind) if one is not NoneType)
    return kind
