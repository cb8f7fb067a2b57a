"""``echelon forecasts ...``: the versions of a centre's forecast, what changed between two, and whether the planner helped."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.markup import escape
from rich.table import Table

from api import forecasting, planning
from api.commands.options import Folder
from api.commands.screen import wide_console
from api.commands.sources import Calls
from data.exchange.folder import read_folder
from data.exchange.forecast_versions import ForecastVersion
from forecasting.backtest import backtest
from forecasting.value_added import summed

app = typer.Typer(no_args_is_help=True, help="Versions of the forecast 预测版本: list, compare, accuracy.")


FORMATS = {
    "bias": "{:+.2%}",
    "share": "{:+.1%}",
    **dict.fromkeys(("pinball", "pinball_floor"), "{:.3f}"),
    **dict.fromkeys(("wape", "wape_floor", "coverage80", "coverage95"), "{:.2%}"),
    **dict.fromkeys(("older", "newer", "calls", "error_below", "error_above"), "{:,.1f}"),
    **dict.fromkeys(("change", "machine", "overrides", "value_added", "pinball_added", "against_machine"), "{:+,.1f}"),
}
"""How the figures of a column are written; others as they are."""

FEW_ORIGINS = 4
"""Past forecasts that judge a version as it is made: about half a second a queue (house choice)."""

GROUPS = {"override": "override 调整", "author": "author 调整人", "cause": "cause 原因", "lead": "lead time 提前期"}
"""What value added is summed by."""

ADDED = ["slots", "calls", "error_below", "error_above", "value_added", "pinball_added", "against_machine", "share"]


def keep_judged(folder: Path, calls: Calls, made: ForecastVersion) -> ForecastVersion:
    """Keep a version with its back-test, and say what that found; without one if the history is too short for it."""
    kept = forecasting.keep_version(folder, made)
    again = partial(backtest, minutes=calls.minutes, calendar=calls.calendar, method=kept.record.parameters["method"])
    judged = again(calls.history, calls.origin, origins=FEW_ORIGINS, **calls.beside)
    if judged.scores:
        forecasting.keep_backtest(folder, kept, judged)
        of_all = [score for score in judged.scores if score.queue == judged.scores[-1].queue]
        told = ", ".join(f"{score.lead} {score.wape:.1%} ({score.wape_floor:.1%})" for score in of_all)
        wide_console().print(f"WAPE of {len(judged.origins)} past forecasts (and of noise alone): {told}", markup=False)
    return kept


@app.command("list")
def list_versions(folder: Folder) -> None:
    """Versions of the forecast 预测版本, oldest first."""
    _show(forecasting.version_list(folder), "Versions of the forecast 预测版本")


@app.command()
def compare(
    folder: Folder,
    older: Annotated[str, typer.Option(help="Version such as v001; the one before the newer if left out.")] = "",
    newer: Annotated[str, typer.Option(help="Version such as v002; the newest if left out.")] = "",
) -> None:
    """What changed between two versions 预测对比, calls per queue and day, and why."""
    pair = forecasting.two_versions(folder, older, newer)
    names = [version.record.version for version in pair]
    _show(forecasting.compared(*pair), f"{names[0]} -> {names[1]}: calls per queue and day 各队列每日来电")
    _show(forecasting.causes(*pair), "Made from other things 版本差异")


@app.command()
def accuracy(folder: Folder) -> None:
    """Accuracy by lead time 预测准确率, and the value that the planner's overrides added."""
    history = planning.learn(read_folder(folder))
    kept = forecasting.versions(folder)
    _show(forecasting.accuracy(kept, history), "Accuracy by lead time 各提前期准确率")
    added = forecasting.added_value(kept, history)
    for key, name in GROUPS.items():
        table = summed(added, [key])[[key, *ADDED]].astype({"slots": int})
        _show(table, f"Value added by {name} · calls, + is better 人工调整增值", {key: name})


def _show(frame: pd.DataFrame, title: str, names: Mapping[str, str] = {}) -> None:
    """Print a frame as a table; numbers to the right."""
    table = Table(title=title, title_justify="left")
    for column in map(str, frame.columns):
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        table.add_column(names.get(column, column.replace("_", " ")), justify="right" if numeric else "left", overflow="fold")
    for row in frame.to_dict("records"):
        table.add_row(*_cells(row.items()))
    wide_console().print(table if len(frame) else f"{title}: none 无")


def _cells(row: Iterable[tuple[Any, Any]]) -> Iterable[str]:
    for name, value in row:
        if value != value:
            yield "-"
        elif isinstance(value, float) and name in FORMATS:
            yield FORMATS[name].format(value)
        else:
            yield escape(value.isoformat(timespec="minutes") if isinstance(value, pd.Timestamp) else str(value))
