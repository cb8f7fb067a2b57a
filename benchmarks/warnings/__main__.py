"""Back-test of the warnings on public data, or on files of one's own: ``python -m benchmarks.warnings --help``."""

import argparse
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.command import ended_well
from benchmarks.forecasting.datasets import kpi
from benchmarks.markdown import put
from benchmarks.warnings import anonymous, bank, daily, surge
from benchmarks.warnings.report import page

ROOT = Path(__file__).parents[2]
Run = Callable[[], dict[str, Any]]

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", ROOT.parent / "shared" / "data"))
STRIDE, QUICK_STRIDE, QUICK = 1, 10, 6
"""Operating days from one day of looks to the next, at the bank and in files of one's own; the same, and the most days of looks,
of a quick run."""


def main() -> None:
    """Run what is asked for, keep and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warnings", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--only", choices=("bank", "daily", "anonymous", "surge"), action="append", help="may be repeated")
    parser.add_argument("--daily", type=Path, help=f"daily figures of your own instead: CSV with date, {', '.join(daily.COLUMNS)}")
    parser.add_argument("--intervals", type=Path, help="counts of your own instead: CSV with timestamp, calls")
    parser.add_argument("--target", type=float, help="service level of your own file; left out: median of late (daily), 0.8")
    parser.add_argument("--zone", default=bank.ZONE, help="time zone of --intervals")
    parser.add_argument("--country", default=bank.COUNTRY, help="whose holidays hold in --intervals; empty = none")
    parser.add_argument("--quick", action="store_true", help="few looks, to try it out")
    parser.add_argument("--cache", type=Path, help="folder of forecasts made before; empty it when the forecaster changes")
    parser.add_argument("--out", type=Path, help="figures as JSON; what was run before and is not run now is kept")
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out and asked.out.is_file() else {}
    for name, run in (_own(asked) or _public(asked)).items():
        try:
            found[name] = run()
        except FileNotFoundError as error:
            print(f"{name} is left out: {error}")
            continue
        if asked.out:
            asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    Console(width=180).print(page(found), markup=False)
    if asked.page:
        put(asked.page, "warnings", page(found))


def _public(asked: argparse.Namespace) -> dict[str, Run]:
    """The back-tests of the public data."""
    last, stride = (QUICK, QUICK_STRIDE) if asked.quick else (None, STRIDE)
    work: dict[str, Run] = {
        "bank": lambda: bank.back_test(bank.feed(asked.data / bank.FILE, closes=bank.CLOSES), stride, last, asked.cache),
        "daily": partial(daily.back_test, asked.data / kpi.FILE, last, asked.cache),
        "anonymous": partial(anonymous.back_test, asked.data, last, asked.cache),
        "surge": partial(surge.back_test, asked.data, asked.cache),
    }
    return {name: work[name] for name in asked.only or work}


def _own(asked: argparse.Namespace) -> dict[str, Run]:
    """The back-tests of files of one's own, by the name of the file."""
    last, stride = (QUICK, QUICK_STRIDE) if asked.quick else (None, STRIDE)
    work = dict[str, Run]()
    if asked.daily:
        work[asked.daily.name] = partial(daily.back_test, asked.daily, last, asked.cache, target=asked.target, stride=stride)
    if asked.intervals:
        work[asked.intervals.name] = lambda: bank.back_test(
            bank.feed(asked.intervals, asked.zone, asked.country), stride, last, asked.cache, target=asked.target or 0.8
        )
    return work


if __name__ == "__main__":
    ended_well(main)
