"""The table of the documentation: ``python -m benchmarks.inrc2.report RESULT.json ... --into PAGE.md --mark NAME``."""

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.markdown import put, table

HEAD = ("instance", "history", "weeks", "known", "seeds", "median", "best", "worst", "hard breaches", "s a run")


def figures(results: Iterable[dict[str, Any]]) -> Iterator[list[object]]:
    """One line for each case, over its seeds."""

    def case(result: dict[str, Any]) -> tuple[str, str, str, bool]:
        return result["instance"], result["history"], result["weeks"], result["static"]

    for (*names, static), group in groupby(sorted(results, key=case), key=case):
        runs = list(group)
        costs = [run["cost"] for run in runs]
        yield [
            *names, "all weeks" if static else "week by week", len(runs), *(f"{of(costs):,.0f}" for of in (median, min, max)),
            sum(run["violations"] for run in runs), f"{median(sum(run['seconds']) for run in runs):.0f}",
        ]  # fmt: skip


def main() -> None:
    """Put the results of some files into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--mark", default="inrc2")
    args = parser.parse_args()
    results = [json.loads(path.read_text(encoding="utf-8")) for path in args.files]
    put(args.into, args.mark, table(HEAD, figures(results), words=4))


if __name__ == "__main__":
    main()
