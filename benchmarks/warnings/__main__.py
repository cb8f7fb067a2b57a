"""Back-test of the warnings on public data: ``python -m benchmarks.warnings --help``."""

import argparse
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.command import ended_well
from benchmarks.markdown import put
from benchmarks.warnings import anonymous, bank, daily, surge
from benchmarks.warnings.report import page

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("ECHELON_BENCH_DATA", ROOT.parent / "shared" / "data"))
STRIDE, QUICK_STRIDE, QUICK = 1, 10, 6
"""Operating days from one day of looks to the next, at the bank; the same, and the most days of looks, of a quick run."""


def main() -> None:
    """Run what is asked for, keep and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warnings", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--only", choices=("bank", "daily", "anonymous", "surge"), action="append", help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="few looks, to try it out")
    parser.add_argument("--cache", type=Path, help="folder of forecasts made before; empty it when the forecaster changes")
    parser.add_argument("--out", type=Path, help="figures as JSON; what was run before and is not run now is kept")
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    asked = parser.parse_args()
    last = QUICK if asked.quick else None
    work: dict[str, Callable[[], dict[str, Any]]] = {
        "bank": partial(bank.back_test, asked.data, QUICK_STRIDE if asked.quick else STRIDE, last, asked.cache),
        "daily": partial(daily.back_test, asked.data, last, asked.cache),
        "anonymous": partial(anonymous.back_test, asked.data, last, asked.cache),
        "surge": partial(surge.back_test, asked.data, asked.cache),
    }
    found: dict[str, Any] = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out and asked.out.is_file() else {}
    for name in asked.only or work:
        try:
            found[name] = work[name]()
        except FileNotFoundError as error:
            print(f"{name} is left out: {error}")
            continue
        if asked.out:
            asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    Console(width=180).print(page(found), markup=False)
    if asked.page:
        put(asked.page, "warnings", page(found))


if __name__ == "__main__":
    ended_well(main)
