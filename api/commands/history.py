"""``echelon history`` and ``echelon backtest``: what a call history is worth, and how good its forecasts have been."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.commands.screen import wide_console
from api.commands.sources import (
    Calls,
    Columns,
    Country,
    Interval,
    Origin,
    Queue,
    Source,
    Zone,
    calls_of,
    exclusions_path,
    say_found,
)
from data.exchange.documents import dump_json
from data.exchange.exclusions import write_exclusions
from data.model.errors import Finding, InvalidData
from forecasting import DEFAULT
from forecasting.anomalies import Anomaly, Suggestion, anomalies, suggested
from forecasting.backtest import AHEAD_DAYS, EVERY_DAYS, ORIGINS, BackTest, LeadScore, past_forecasts, past_origins
from forecasting.backtest import backtest as run_backtest
from forecasting.drift import day_errors, drift
from forecasting.sufficiency import sufficiency

AHEAD_OF_WEEKEND = 4
"""Days that a forecast looks ahead to meet the next operating day, over a long weekend (house choice)."""

STYLES = {Suggestion.EXCLUDE: "yellow", Suggestion.UNKNOWN: "red", Suggestion.RESET: "cyan", Suggestion.KEEP: "dim"}


def history(
    source: Source,
    origin: Origin = "",
    days: Annotated[int, typer.Option(min=1, max=400, help="Days that are to be forecast.")] = 28,
    interval: Interval = None,
    zone: Zone = "UTC",
    country: Country = "auto",
    queue: Queue = "",
    column: Columns = None,
    suggest: Annotated[bool, typer.Option(help="Write the suggested exclusions: exclusions.csv, or NAME-exclusions.csv.")] = False,
) -> None:
    """Check a call history 历史体检: is it enough for the forecast, and what in it is not normal."""
    calls = calls_of(source, origin, days, interval=interval, zone=zone, country=country, queue=queue, columns=column or [])
    console = wide_console()
    say_found(calls, console)
    for judged in sufficiency(calls.history, calls.origin, days, calls.minutes, calls.calendar):
        console.print(f"{judged.message}\n{judged.message_zh}", style="green" if judged.enough else "yellow", markup=False)
    found = anomalies(calls.history.before(calls.origin), calls.calendar)
    _show_anomalies(found, console)
    if suggest:
        path = exclusions_path(source)
        if path.exists():
            fix = "take it away to have suggestions written anew"
            raise InvalidData([Finding(path.name, None, None, "a file of yours", "no file", fix)])
        write_exclusions(suggested(found), path)
        console.print(f"{len(suggested(found))} suggested exclusions written to {escape(str(path))}: keep the rows you accept")


def backtest(
    source: Source,
    origin: Origin = "",
    days: Annotated[int, typer.Option(min=1, max=400, help="Days that each forecast looks ahead.")] = AHEAD_DAYS,
    origins: Annotated[int, typer.Option(min=1, max=400, help="Past forecasts to make.")] = ORIGINS,
    every: Annotated[int, typer.Option(min=1, help="Days between them.")] = EVERY_DAYS,
    interval: Interval = None,
    zone: Zone = "UTC",
    country: Country = "auto",
    queue: Queue = "",
    column: Columns = None,
    method: Annotated[str, typer.Option(help="Forecasting method.")] = DEFAULT,
    drift_days: Annotated[int, typer.Option(min=0, max=400, help="Days whose day-ahead forecasts are watched for drift.")] = 40,
    out: Annotated[Path | None, typer.Option(help="JSON file for the record.")] = None,
) -> None:
    """Back-test 回测: how good past forecasts would have been, by lead time, beside the least error that noise allows."""
    calls = calls_of(source, origin, days, interval=interval, zone=zone, country=country, queue=queue, columns=column or [])
    console = wide_console()
    say_found(calls, console)
    known, at = calls.history, calls.origin
    again = partial(run_backtest, minutes=calls.minutes, calendar=calls.calendar, method=method, **calls.beside)
    made = again(known, at, ahead_days=days, every_days=every, origins=origins)
    _show_scores(made, console)
    _show_drift(calls, method, drift_days, console)
    if out is not None:
        dump_json(made, out)
        console.print(f"Record written to {escape(str(out))}")


def _show_anomalies(found: tuple[Anomaly, ...], console: Console) -> None:
    for anomaly in found:
        console.print(f"{anomaly.message}\n{anomaly.message_zh}", style=STYLES[anomaly.suggestion], markup=False)
    if not found:
        console.print("Nothing unusual in the history. 历史数据无异常。")


def _show_scores(made: BackTest, console: Console) -> None:
    if not made.scores:
        console.print(f"No back-test: {made.reason}\n无法回测：{made.reason_zh}", style="yellow", markup=False)
        return
    table = Table(title=f"Back-test 回测 · {made.method} · {len(made.origins)} origins · {made.minutes} min", title_justify="left")
    for heading in (
        "queue",
        "days ahead",
        "intervals",
        "WAPE",
        "noise floor",
        "bias",
        "pinball",
        "noise floor",
        "50 %",
        "80 %",
        "95 %",
    ):
        table.add_column(heading, justify="left" if heading in ("queue", "days ahead") else "right")
    for score in made.scores:
        table.add_row(*_cells(score))
    console.print(table)


def _cells(score: LeadScore) -> tuple[str, ...]:
    accuracy = f"{score.wape:.2%}", f"{score.wape_floor:.2%}", f"{score.bias:+.2%}"
    loss = f"{score.pinball:.3f}", f"{score.pinball_floor:.3f}"
    coverage = f"{score.coverage50:.1%}", f"{score.coverage80:.1%}", f"{score.coverage95:.1%}"
    return escape(score.queue), score.lead, str(score.count), *accuracy, *loss, *coverage


def _show_drift(calls: Calls, method: str, days: int, console: Console) -> None:
    """Say of each queue whether the day-ahead forecasts of the last days have erred to one side."""
    known = calls.history.before(calls.origin)
    origins = past_origins(known, calls.origin, every_days=1, origins=days)
    again = partial(past_forecasts, minutes=calls.minutes, calendar=calls.calendar, method=method, **calls.beside)
    made = list(again(known, origins, ahead_days=AHEAD_OF_WEEKEND))
    for queue in calls.history.queues:
        of_queue = [one for one in made if queue in one.queues]
        alarm = drift(queue, day_errors(of_queue, known, queue)) if of_queue else None
        if alarm is not None:
            console.print(f"{alarm.message}\n{alarm.message_zh}", style="red", markup=False)
