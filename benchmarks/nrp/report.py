"""The table of the documentation: ``python -m benchmarks.nrp.report RESULTS.json ... --into PAGE.md --mark NAME``."""

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.markdown import put, table
from benchmarks.nrp.published import BEST_KNOWN, TEN_MINUTES, number_of

HEAD = (
    "instance",
    "method",
    "legal",
    "seeds",
    "median",
    "best",
    "worst",
    "bound",
    "best known",
    "median over it",
    "in 10 min",
    "s",
)


def figures(rows: Iterable[dict[str, Any]]) -> Iterator[list[object]]:
    """One line for each instance and method, over its seeds."""
    ordered = sorted(rows, key=lambda row: (number_of(row["instance"]), row["method"]))
    for (name, method), group in groupby(ordered, key=lambda row: (row["instance"], row["method"])):
        runs = list(group)
        costs, best = [run["cost"] for run in runs], BEST_KNOWN.get(number_of(name))
        legal = "no" if any(run["broken"] for run in runs) else "yes"
        yield [
            name, method, legal, len(runs), *(f"{of(costs):,.0f}" for of in (median, min, max)),
            f"{max(run['bound'] for run in runs):,.0f}", best or "", "" if best is None else f"{median(costs) / best - 1:.2%}",
            TEN_MINUTES.get(number_of(name), ""), f"{median(run['seconds'] for run in runs):.0f}",
        ]  # fmt: skip


def main() -> None:
    """Put the results of some files into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--mark", default="nrp")
    args = parser.parse_args()
    rows = [row for path in args.files for row in json.loads(path.read_text(encoding="utf-8"))]
    put(args.into, args.mark, table(HEAD, figures(rows), words=3))


if __name__ == "__main__":
    main()
