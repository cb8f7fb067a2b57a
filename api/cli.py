"""The command line: ``echelon ...``; every command reads and writes the files of a centre's folder."""

import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api import planning
from api.demo import run_demo
from api.progress import progress_bar
from api.workspace import Workspace
from data.exchange.calendars import calendar_of, likely_country
from data.exchange.calls import read_calls
from data.exchange.folder import write_template
from data.exchange.forecasts import read_forecast, write_forecast
from data.exchange.requirements import write_requirement
from data.model.demand import CallHistory
from data.model.errors import EchelonError, Finding, InvalidData
from data.model.time import DAY_MINUTES, Horizon, as_local, known_zone
from forecasting import closed_days, forecast_bare
from optimizer.rostering.solution import Budget

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Contact-centre scheduling and capacity planning.",
)
console = Console()
errors = Console(stderr=True)

Folder = Annotated[Path, typer.Argument(help="The centre's folder (see `echelon init`).")]
Origin = Annotated[
    str,
    typer.Option(
        help="What is known: calls before this local time, 2003-09-27 or 2003-09-27T10:00; the end of the calls if left out."
    ),
]
First = Annotated[str, typer.Option(help="First day, e.g. 2003-09-29.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="Number of days.")]
Sweeps = Annotated[int, typer.Option(min=1, help="Step budget of the search: same steps, same roster.")]
BoundSteps = Annotated[int, typer.Option(min=0, help="Step budget of the bound; 0 = no bound.")]


@app.command()
def init(folder: Path) -> None:
    """Write a commented template of a centre's folder."""
    write_template(folder)
    console.print(f"Template written to {escape(str(folder))}: edit it, then run [bold]echelon plan {escape(str(folder))}[/bold]")


@app.command()
def forecast(
    source: Annotated[Path, typer.Argument(help="A call history (queue,timestamp,offered[,...]) or a centre's folder.")],
    origin: Origin = "",
    days: Days = 28,
    interval: Annotated[int, typer.Option(help="Minutes of an interval: 5, 15, 30 or 60; for a call file.")] = 30,
    out: Annotated[Path | None, typer.Option(help="File to write; forecast.csv, or NAME-forecast.csv beside a call file.")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of a call file without offsets.")] = "UTC",
    country: Annotated[str, typer.Option(help="Holidays of a call file: CN, US ..., none; auto = by the closed days.")] = "auto",
    queue: Annotated[str, typer.Option(help="Name of the queue, for a call file without the column.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="Another name of a column, e.g. offered=calls; may be repeated.")] = None,
    method: Annotated[str, typer.Option(help="Forecasting method.")] = "principal",
) -> None:
    """Forecast calls per queue and interval, with quantiles; for a call file the next DAYS days of service."""
    if source.is_dir():
        workspace = Workspace.at(source)
        history = planning.learn(workspace.centre)
        at = _origin(origin, history)
        horizon = Horizon(zone=workspace.centre.centre.zone, first=at.date(), days=days)
        target = out or source / "forecast.csv"
        write_forecast(planning.forecast(workspace.centre, history, at, horizon, method=method), target)
    else:
        target = out or source.with_name(f"{source.name.split('.')[0]}-forecast.csv")
        history = read_calls(source, _zone(zone), queue=queue, columns=_columns(column or []))
        at = _origin(origin, history)
        known = _country(country, history, at)
        calendar = calendar_of(known, history.grid.horizon.first, at.date() + timedelta(days=4 * days + 30))
        made = forecast_bare(history, at, days, minutes=interval, calendar=calendar, method=method)
        write_forecast(made, target, contract=True)
    console.print(f"Forecast from {at:%Y-%m-%d %H:%M} written to {escape(str(target))}")


@app.command()
def require(folder: Folder, model: Annotated[str, typer.Option(help="erlang_a or erlang_c.")] = "erlang_a") -> None:
    """Agents needed for the folder's forecast.csv: writes requirement.csv."""
    workspace = Workspace.at(folder)
    if not (folder / "forecast.csv").is_file():
        raise InvalidData([Finding("forecast.csv", None, None, "no file", "a forecast", "run `echelon forecast` first")])
    requirement = planning.require(workspace.centre, read_forecast(folder / "forecast.csv"), model=_model(model))
    write_requirement(requirement, folder / "requirement.csv")
    console.print(f"{int(requirement.heads.max())} agents at the peak; requirement.csv written")


@app.command()
def plan(
    folder: Folder, first: First = "", days: Days = 28, origin: Origin = "", sweeps: Sweeps = 30, bound_steps: BoundSteps = 120
) -> None:
    """Month plan 月计划: forecast, requirement and roster of the days from FIRST."""
    workspace = Workspace.at(folder)
    history = planning.learn(workspace.centre)
    at = _origin(origin, history)
    start = _day(first) if first else _first_day(workspace, at)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=start, days=days)
    made = planning.forecast(workspace.centre, history, at, horizon)
    requirement = planning.require(workspace.centre, made)
    with progress_bar(console, "month plan 月计划") as on_progress:
        budget = Budget(sweeps=sweeps, bound_steps=bound_steps)
        planned = planning.plan_month(
            workspace.centre, made, requirement, history=workspace.centre.history, budget=budget, on_progress=on_progress
        )
    _keep(workspace, planned)


@app.command()
def adjust(
    folder: Folder, first: First, days: Days = 7, origin: Origin = "", sweeps: Sweeps = 6, bound_steps: BoundSteps = 60
) -> None:
    """Week adjustment 周调整: a new forecast, few changes, no more paid hours."""
    workspace = Workspace.at(folder)
    newest = workspace.newest()
    history = planning.learn(workspace.centre)
    start = _day(first)
    at = _origin(origin or first, history)
    made = planning.forecast(workspace.centre, history, at, planning.rest_of(newest, at))
    with progress_bar(console, "week adjustment 周调整") as on_progress:
        budget = Budget(sweeps=sweeps, bound_steps=bound_steps)
        requirement = planning.require(workspace.centre, made)
        planned = planning.adjust_week(newest, made, requirement, start, days=days, budget=budget, on_progress=on_progress)
    _keep(workspace, planned)


@app.command()
def tweak(folder: Folder, at: Annotated[str, typer.Option(help="Local time of day, e.g. 2003-10-07T10:00.")]) -> None:
    """Daily tweak 日微调: the rest of a day against the calls seen so far."""
    workspace = Workspace.at(folder)
    newest = workspace.newest()
    history = planning.learn(workspace.centre)
    now = _origin(at, history)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=now.date(), days=1)
    made = planning.forecast(workspace.centre, history, now, horizon)
    _keep(workspace, planning.tweak_day(newest, made, planning.require(workspace.centre, made), now))


@app.command()
def warn(folder: Folder, at: Annotated[str, typer.Option(help="Local time, e.g. 2026-10-14T10:00.")]) -> None:
    """Capacity warnings 产能预警 from a moment on, and the echelons to call by when."""
    workspace = Workspace.at(folder)
    newest = workspace.newest()
    history = planning.learn(workspace.centre)
    now = _origin(at, history)
    made = planning.forecast(workspace.centre, history, now, planning.rest_of(newest, now))
    response = planning.respond(planning.foreseen(newest, made, planning.require(workspace.centre, made)), now)
    write_forecast(made, folder / "forecast.csv")
    workspace.add_response(response)
    for warning in response.warnings:
        console.print(escape(f"{warning.message}\n{warning.message_zh}"), style=LEVEL_STYLES.get(warning.level.name, ""))
    for activation in response.call_outs.activations:
        console.print(escape(f"{activation.reason}\n{activation.reason_zh}"))
    if not response.warnings:
        console.print("No warning. 无预警。")


LEVEL_STYLES = {"BLUE": "blue", "YELLOW": "yellow", "ORANGE": "dark_orange", "RED": "bold red"}


@app.command()
def verify(folder: Folder) -> None:
    """Check every rule and recompute every cost of the folder's rosters, with no help from the solver."""
    verdicts = Workspace.at(folder).verify()
    wrong = 0
    for name, verdict in verdicts.items():
        wrong += not verdict.legal
        for fault in verdict.faults:
            console.print(f"{name}: {fault}", style="red", markup=False)
        for breach in verdict.breaches:
            console.print(f"{name}: {breach.rule}: {breach.agent} {breach.first}: {breach.message}", style="red", markup=False)
    console.print(f"{len(verdicts) - wrong} of {len(verdicts)} rosters are legal and cost what they claim")
    if wrong:
        raise typer.Exit(1)


@app.command()
def demo(
    centre: Annotated[list[str] | None, typer.Option(help="Sample centre; may be repeated; both if left out.")] = None,
    out: Annotated[Path, typer.Option(help="Where the folders are written.")] = Path("out"),
) -> None:
    """Run the whole chain on the sample centres and write their reports."""
    for report in run_demo(centre or ["bank2003", "grid95598"], out, console):
        console.print(f"Report: [bold]{escape(str(report))}[/bold]")


def _keep(workspace: Workspace, planned: planning.Planned) -> None:
    """Save and publish a version with its forecast, and say how good it is."""
    named, changes = workspace.save(planned)
    write_forecast(named.forecast, workspace.out / "forecast.csv")
    workspace.publish(named)
    solution = named.solution
    table = Table(title=f"{named.roster.version} · {solution.status.value}", caption=f"forecast: {named.forecast.method}")
    for heading in ("cost", "bound", "gap of penalty", "gap in paid time", "changes", "without a legal line", "seconds"):
        table.add_column(heading, justify="right")
    gaps = f"{solution.gap:.1%}", f"{planning.paid_time_gap(named):.2%}"
    counts = str(len(changes)), str(len(solution.unplaced)), f"{solution.seconds:.1f}"
    table.add_row(f"{solution.cost:,.0f}", f"{solution.bound:,.0f}", *gaps, *counts)
    console.print(table)
    for unplaced in solution.unplaced:
        console.print(f"{unplaced.agent}: {unplaced.reason}", style="yellow", markup=False)


def _origin(text: str, history: CallHistory) -> datetime:
    """Local instant; the end of the known calls if the text is empty."""
    if text:
        try:
            return as_local(datetime.fromisoformat(text), history.grid.horizon.zone)
        except ValueError as error:
            fix = "write 2003-08-28 or 2003-08-28T10:00"
            raise InvalidData([Finding("command line", None, "time", repr(text), "an ISO date or date and time", fix)]) from error
    known = history.to_frame()["timestamp"]
    if known.empty:
        raise InvalidData([Finding("calls", None, "offered", "no value", "at least one known count of calls")])
    return as_local(known.max().to_pydatetime() + timedelta(minutes=history.grid.minutes), history.grid.horizon.zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidData([Finding("command line", None, "--first", repr(text), "an ISO date such as 2003-09-29")]) from error


def _zone(text: str) -> str:
    try:
        return known_zone(text)
    except ValueError as error:
        raise InvalidData([Finding("command line", None, "--zone", repr(text), "an IANA name such as Asia/Shanghai")]) from error


def _country(wanted: str, history: CallHistory, at: datetime) -> str:
    """Country of the holidays; with ``auto`` the one whose holidays the history was closed on, and that is said."""
    if wanted != "auto":
        return "" if wanted == "none" else wanted
    found = likely_country(closed_days(history, at), history.grid.horizon.first, at.date() - timedelta(days=1))
    if found:
        console.print(f"Closed days match the public holidays of {found}: they are used (--country none to leave them out)")
    return found


def _first_day(workspace: Workspace, at: datetime) -> date:
    """The day after the roster history, or the first Monday from the origin on."""
    if workspace.centre.history is not None:
        return workspace.centre.history.horizon.last + timedelta(days=1)
    day = (at + timedelta(minutes=DAY_MINUTES - 1)).date()
    return day + timedelta(days=-day.weekday() % 7)


def _columns(pairs: list[str]) -> dict[str, str]:
    """``offered=calls`` -> the column that holds the offered calls."""
    wrong = [pair for pair in pairs if pair.count("=") != 1]
    if wrong:
        raise InvalidData([Finding("command line", None, "--column", pair, "name=column, e.g. offered=calls") for pair in wrong])
    return dict(pair.split("=") for pair in pairs)


def _model(text: str) -> planning.StaffingModel:
    models: dict[str, planning.StaffingModel] = {"erlang_a": "erlang_a", "erlang_c": "erlang_c"}
    if text not in models:
        raise InvalidData([Finding("command line", None, "--model", repr(text), " or ".join(models))])
    return models[text]


def main() -> None:
    """Run the command line; what is wrong with the input is told in a table, without a traceback."""
    try:
        app()
    except InvalidData as error:
        table = Table(title=f"{len(error.findings)} finding(s): nothing was written", title_justify="left", style="red")
        for heading in ("where", "row", "column", "read", "expected", "how to fix it"):
            table.add_column(heading, overflow="fold")
        for finding in error.findings:
            table.add_row(*(escape("" if cell is None else str(cell)) for cell in asdict(finding).values()))
        errors.print(table)
        sys.exit(2)
    except (EchelonError, OSError) as error:
        errors.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        sys.exit(3)
