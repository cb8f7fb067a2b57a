"""``echelon require``: agents needed for a centre's forecast, and how any one number of them came about."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from api import planning
from api.commands.screen import wide_console
from api.workspace import Workspace
from data.exchange.forecasts import read_forecast
from data.exchange.requirements import read_requirement, write_requirement
from data.model.centre import Centre
from data.model.demand import Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.time import as_local
from optimizer.staffing.explain.requirement import explain as explain_slot

Option = TypeVar("Option", bound=str)


def require(
    folder: Annotated[Path, typer.Argument(help="The centre's folder (see `echelon init`).")],
    model: Annotated[str, typer.Option(help="erlang_a (callers hang up) or erlang_c (they never do).")] = "erlang_a",
    load: Annotated[str, typer.Option(help="Staff at the mean, for expected service, or at a quantile such as 0.8.")] = "mean",
    load_model: Annotated[
        str, typer.Option(help="What earlier slots leave over: stationary, offered_load or carried.")
    ] = "stationary",
    explain: Annotated[
        str, typer.Option(help="Explain a number of requirement.csv and write nothing: QUEUE@2026-10-01T10:00.")
    ] = "",
    lang: Annotated[str, typer.Option(help="Language of the explanation: en or zh.")] = "en",
) -> None:
    """Agents needed for the folder's forecast.csv 人力需求: writes requirement.csv, or explains a number of it."""
    workspace = Workspace.at(folder)
    if explain:
        _explain(folder, workspace.centre.centre, explain, _one_of(lang, ("en", "zh"), "--lang"))
        return
    requirement = planning.require(
        workspace.centre,
        _forecast(folder),
        model=_one_of(model, get_args(planning.StaffingModel), "--model"),
        load=_load(load),
        load_model=_one_of(load_model, get_args(planning.LoadModel), "--load-model"),
    )
    write_requirement(requirement, folder / "requirement.csv")
    _say(requirement)


def _say(requirement: Requirement) -> None:
    console = wide_console()
    console.print(
        f"{int(requirement.heads.max())} agents at the peak; requirement.csv written ({requirement.method})", markup=False
    )
    if "late_hours" in requirement.origin:
        late = requirement.origin["late_hours"]
        console.print(f"Deferred work that no open hour takes before it is due, agent-hours: {late}", style="yellow", markup=False)
        console.print(f"到期前没有开放时段可处理的延时工作（人时）：{late}", style="yellow", markup=False)


def _explain(folder: Path, centre: Centre, place: str, lang: str) -> None:
    """Print how the number of a queue and a time came about."""
    if not (folder / "requirement.csv").is_file():
        raise InvalidData([Finding("requirement.csv", None, None, "no file", "a requirement", "run `echelon require` first")])
    made = read_requirement(folder / "requirement.csv")
    name, slot = _place(place, made, centre)
    known = _forecast(folder) if made.origin.get("load") == "expected" else None
    told = explain_slot(made, centre.queue(name), slot, forecast=known, causes=centre.shrinkage_causes)
    wide_console().print(
        "\n".join((f"{name} {told.start:%Y-%m-%d %H:%M}", *(told.lines if lang == "en" else told.lines_zh))), markup=False
    )


def _place(text: str, made: Requirement, centre: Centre) -> tuple[str, int]:
    """Queue and slot of ``QUEUE@TIME``; the time is local."""
    name, _, at = text.rpartition("@")
    names = [queue.id for queue in centre.queues if queue.id in made.queues]
    try:
        slot = made.grid.slot(as_local(datetime.fromisoformat(at), made.grid.horizon.zone))
    except ValueError:
        slot = -1
    if name not in names or not 0 <= slot < made.grid.size:
        span = f"{made.grid.horizon.first} to {made.grid.horizon.last}"
        expected = f"QUEUE@TIME with a queue of {', '.join(names)} and a time from {span}"
        fix = f"write {centre.queues[0].id}@{made.grid.horizon.first}T10:00"
        raise InvalidData([Finding("command line", None, "--explain", repr(text), expected, fix)])
    return name, slot


def _forecast(folder: Path) -> Forecast:
    if not (folder / "forecast.csv").is_file():
        raise InvalidData([Finding("forecast.csv", None, None, "no file", "a forecast", "run `echelon forecast` first")])
    return read_forecast(folder / "forecast.csv")


def _load(text: str) -> planning.Load:
    if text in ("mean", "expected"):
        return "mean" if text == "mean" else "expected"
    try:
        return float(text)
    except ValueError as error:
        expected = "mean, expected, or a quantile level such as 0.8"
        raise InvalidData([Finding("command line", None, "--load", repr(text), expected)]) from error


def _one_of(text: str, options: tuple[Option, ...], name: str) -> Option:
    for option in options:
        if option == text:
            return option
    raise InvalidData([Finding("command line", None, name, repr(text), " or ".join(options))])
