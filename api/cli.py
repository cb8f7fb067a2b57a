"""The command line: ``echelon ...``; every command reads and writes the files of a centre's folder."""

import os
import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api import forecasting, planning
from api.before_plan import centre_on
from api.commands import (
    award,
    calibrate,
    call_out,
    control,
    decide,
    design,
    drill,
    echelons,
    explain,
    fairness,
    forecasts,
    history,
    leave,
    lend,
    off_phone,
    payroll,
    playbooks,
    proposals,
    push,
    requests,
    requirement,
    rights,
    risk,
    rulebook,
    score_warnings,
    signals,
    simulate,
    size_echelons,
    staff,
    stress,
    versions,
    warnings,
    week,
    what_if,
)
from api.commands.demo import run_demo
from api.commands.forecasts import keep_judged
from api.commands.options import Author, BoundSteps, Days, First, Folder, Propose, Reason, Sweeps, day_of, hand_of
from api.commands.progress import progress_bar
from api.commands.rights import say_honoured
from api.commands.sources import (
    Calls,
    Columns,
    Country,
    DriversFile,
    Interval,
    Origin,
    Queue,
    Source,
    Zone,
    calls_of,
    of_folder,
    origin_of,
    say_found,
)
from api.commands.versions import propose_version
from api.provenance import strayed
from api.rights import honouring
from api.service_names import WithService
from api.workspace import Workspace
from data.exchange.folder import write_template
from data.exchange.forecasts import read_forecast, write_forecast
from data.model.demand import Forecast
from data.model.errors import EchelonError, Finding, InvalidData
from data.model.time import DAY_MINUTES, Horizon
from forecasting import DEFAULT, forecast_bare
from forecasting.methods import methods
from forecasting.sufficiency import sufficiency
from optimizer.rostering.executor import open_executor
from optimizer.rostering.search import SearchParams
from optimizer.rostering.solution import Budget

app = typer.Typer(
    cls=WithService,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Contact-centre scheduling and capacity planning.",
)
app.add_typer(forecasts.app, name="forecasts")
app.add_typer(rulebook.app, name="rulebook")
app.add_typer(echelons.app, name="echelons")
app.add_typer(call_out.app, name="call-out")
app.add_typer(risk.app, name="risk")
app.add_typer(lend.app, name="lend")
app.add_typer(playbooks.app, name="playbooks")
app.add_typer(control.app, name="control")
app.add_typer(signals.app, name="signals")
app.command()(history.history)
app.command()(history.backtest)
app.command()(requirement.require)
app.command()(staff.staff)
app.command()(calibrate.calibrate)
app.command("design-shifts")(design.design)
app.command()(week.adjust)
app.command()(versions.versions)
app.command("approve")(versions.approve_version)
app.command("publish")(versions.publish_version)
app.command("withdraw")(versions.withdraw_version)
app.command()(versions.restore)
app.command()(versions.rebase)
app.command()(versions.edit)
app.command("compare")(versions.compare_versions)
app.command()(requests.request)
app.command("stand-ins")(requests.stand_ins_for)
app.command()(leave.leave)
app.command()(payroll.certify)
app.command("payroll")(payroll.payroll_of)
app.command()(award.award)
app.command("ledger")(award.ledger_of_folder)
app.command()(award.dispute)
app.command()(award.reverse)
app.command()(rights.claim)
app.command("rights")(rights.grant_rights)
app.command("fairness")(fairness.fairness_of)
app.command("off-phone")(off_phone.off_phone)
app.command("take-back")(off_phone.take_back_work)
app.command()(proposals.propose)
app.command()(proposals.proposals)
app.command()(proposals.accept)
app.command()(proposals.decline)
app.command()(explain.why)
app.command()(explain.conflicts)
app.command("simulate")(simulate.simulate_folder)
app.command()(stress.stress)
app.command("what-if")(what_if.what_if_of)
app.command("drill")(drill.drill_of)
app.command()(playbooks.activate)
app.command()(playbooks.done)
app.command()(decide.decide)
app.command("size-echelons")(size_echelons.size_echelons)
app.command()(warnings.warn)
app.add_typer(warnings.app, name="warnings")
app.command()(push.push)
app.command("push-check")(push.push_check)
app.command("score-warnings")(score_warnings.score_warnings_of)
console = Console()
errors = Console(stderr=True)

QUEUES_A_WORKER = 16
"""Queues from which one more process is worth its start."""

Rounds = Annotated[int, typer.Option(min=0, help="Rounds of improvement after the sweeps.")]
Effort = Annotated[float, typer.Option(min=0, help="Effort of the exact model, on small teams alone; 0 = none.")]
Seconds = Annotated[float | None, typer.Option(min=0, help="Time limit; the best roster by then is kept.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed and steps, same roster.")]
Workers = Annotated[str, typer.Option("--executor", help="Where the bound is computed: threads, processes or dask:ADDRESS.")]


@app.command()
def init(folder: Path) -> None:
    """Write a commented template of a centre's folder."""
    write_template(folder)
    console.print(f"Template written to {escape(str(folder))}: edit it, then run [bold]echelon plan {escape(str(folder))}[/bold]")


@app.command()
def forecast(
    source: Source,
    origin: Origin = "",
    days: Days = 28,
    interval: Interval = None,
    out: Annotated[Path | None, typer.Option(help="File to write; forecast.csv, or NAME-forecast.csv beside a call file.")] = None,
    zone: Zone = "UTC",
    country: Country = "auto",
    queue: Queue = "",
    column: Columns = None,
    drivers: DriversFile = None,
    method: Annotated[str, typer.Option(help=f"Forecasting method: {', '.join(methods())}.")] = DEFAULT,
    author: Annotated[str, typer.Option(help="Who makes this version of a centre's forecast.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is made.")] = "",
) -> None:
    """Forecast 话务预测: calls per queue and interval, with quantiles; for a call file the next DAYS days of service."""
    if source.is_dir():
        if drivers is not None:
            expected, fix = "nothing for a centre's folder", "put it there as drivers.csv"
            raise InvalidData([Finding("command line", None, "--drivers", str(drivers), expected, fix)])
        at, target = _forecast_folder(source, origin, days, method=method, author=author, reason=reason)
        if out is not None:
            write_forecast(read_forecast(target), out)
    else:
        columns = column or []
        calls = calls_of(
            source,
            origin,
            4 * days + 30,
            interval=interval,
            zone=zone,
            country=country,
            queue=queue,
            columns=columns,
            drivers=drivers,
        )
        at, target = calls.origin, out or source.with_name(f"{source.name.split('.')[0]}-forecast.csv")
        say_found(calls, console)
        write_forecast(_forecast_calls(calls, days, method), target, contract=True)
    console.print(f"Forecast from {at:%Y-%m-%d %H:%M} written to {escape(str(out or target))}")


def _forecast_folder(folder: Path, origin: str, days: int, *, method: str, author: str, reason: str) -> tuple[datetime, Path]:
    """Keep a new version of a centre's forecast; its origin and the file of the newest."""
    centre = Workspace.at(folder).centre
    history = planning.learn(centre)
    at = origin_of(origin, history)
    horizon = Horizon(zone=centre.centre.zone, first=at.date(), days=days)
    calls = of_folder(centre, history, at, days)
    _say_what_lacks(calls, days)
    made = forecasting.make_version(centre, history, at, horizon, method=method, author=author, reason=reason)
    kept = keep_judged(folder, calls, made)
    console.print(f"Version {kept.record.version} kept: see `echelon forecasts list {escape(str(folder))}`")
    return at, folder / "forecast.csv"


def _say_what_lacks(calls: Calls, days: int) -> None:
    """Say what a history is too short or too poor for."""
    for judged in sufficiency(calls.history, calls.origin, days, calls.minutes, calls.calendar):
        if not judged.enough:
            console.print(f"{judged.message}\n{judged.message_zh}", style="yellow", markup=False)


def _forecast_calls(calls: Calls, days: int, method: str) -> Forecast:
    """Forecast of a bare call file."""
    _say_what_lacks(calls, days)
    workers = max(1, min(os.cpu_count() or 1, len(calls.history.queues) // QUEUES_A_WORKER))
    make = partial(
        forecast_bare, minutes=calls.minutes, calendar=calls.calendar, drivers=calls.beside.get("drivers"), workers=workers
    )
    return make(calls.history, calls.origin, days, method=method)


@app.command()
def plan(
    folder: Folder,
    first: First = "",
    days: Days = 28,
    origin: Origin = "",
    sweeps: Sweeps = planning.MONTH_BUDGET.sweeps,
    bound_steps: BoundSteps = planning.MONTH_BUDGET.bound_steps,
    rounds: Rounds = planning.MONTH_BUDGET.rounds,
    effort: Effort = planning.MONTH_BUDGET.effort,
    seconds: Seconds = None,
    seed: Seed = 0,
    executor: Workers = "threads",
    author: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Month plan 月计划: forecast, requirement and roster of the days from FIRST. Ctrl-C keeps the best roster so far."""
    workspace = Workspace.at(folder)
    history = planning.learn(workspace.centre)
    at = origin_of(origin, history)
    start = day_of("--first", first) if first else _first_day(workspace, at)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=start, days=days)
    version = forecasting.make_version(workspace.centre, history, at, horizon, reason="month plan")
    centre = centre_on(workspace, start)
    requirement = planning.require(centre, version.forecast)
    with progress_bar(console, "month plan 月计划") as on_progress, open_executor(executor) as workers:
        budget = Budget(sweeps, bound_steps, rounds, effort, inf if seconds is None else seconds)
        planned = planning.plan_month(
            centre,
            version.forecast,
            requirement,
            history=centre.history,
            edits=workspace.edits(horizon),
            params=SearchParams(seed=seed),
            budget=budget,
            on_progress=on_progress,
            executor=workers,
            honour=honouring(workspace),
        )
    keep_judged(folder, of_folder(workspace.centre, history, at, 1), version)
    propose_version(console, workspace, planned, hand_of(author, reason), propose=propose)
    say_honoured(console, workspace, planned)


@app.command()
def tweak(
    folder: Folder,
    at: Annotated[str, typer.Option(help="Local time of day, e.g. 2003-10-07T10:00.")],
    author: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Daily tweak 日微调: the rest of a day against the calls seen so far."""
    workspace = Workspace.at(folder)
    newest = workspace.newest()
    history = planning.learn(workspace.centre)
    now = origin_of(at, history)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=now.date(), days=1)
    made = forecasting.forecast_now(workspace.centre, history, now, horizon)
    planned = planning.tweak_day(newest, made, planning.require(workspace.centre, made), now)
    propose_version(console, workspace, planned, hand_of(author, reason), propose=propose)


@app.command()
def verify(folder: Folder) -> None:
    """Verify 独立核验: every rule checked and every cost computed again of the folder's rosters, with no help from the solver."""
    workspace = Workspace.at(folder)
    verdicts = workspace.verify()
    for told in strayed(workspace.versions, workspace.centre.rulebook, workspace.out):
        console.print(told, style="yellow", markup=False)
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


def _first_day(workspace: Workspace, at: datetime) -> date:
    """The day after the roster history, or the first Monday from the origin on."""
    if workspace.centre.history is not None:
        return workspace.centre.history.horizon.last + timedelta(days=1)
    day = (at + timedelta(minutes=DAY_MINUTES - 1)).date()
    return day + timedelta(days=-day.weekday() % 7)


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
