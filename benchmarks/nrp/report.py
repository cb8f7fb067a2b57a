"""Tables of results for the documentation: ``python -m benchmarks.nrp.report RESULTS.json ... [--into PAGE.md --mark NAME]``.

With ``--into`` the table takes the place of what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->`` in the page.
"""

import argparse
import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.nrp.published import BEST_KNOWN, TEN_MINUTES, number_of
from data.exchange.atomic import write_text

HEAD = (
    "instance",
    "method",
    "seeds",
    "median cost",
    "worst",
    "bound",
    "best known",
    "over it",
    "published in 10 min",
    "s",
    "legal",
)


def table(rows: Iterable[dict[str, Any]]) -> str:
    """One line for each instance and method: the median of its seeds."""
    ordered = sorted(rows, key=lambda row: (number_of(row["instance"]), row["method"]))
    lines = [_line(HEAD), _line(["---"] + ["---"] + ["---:"] * (len(HEAD) - 2))]
    for _, group in groupby(ordered, key=lambda row: (row["instance"], row["method"])):
        lines.append(_line(_figures(list(group))))
    return "\n".join(lines) + "\n"


def _figures(runs: list[dict[str, Any]]) -> list[str]:
    costs, number = [run["cost"] for run in runs], number_of(runs[0]["instance"])
    typical, best = median(costs), BEST_KNOWN.get(number)
    return [
        str(number) if number else runs[0]["instance"], runs[0]["method"], str(len(runs)), f"{typical:.0f}", f"{max(costs):.0f}",
        f"{max(run['bound'] for run in runs):.0f}", str(best or ""), "" if best is None else f"{typical / best - 1:.2%}",
        str(TEN_MINUTES.get(number, "")), f"{median(run['seconds'] for run in runs):.0f}",
        "yes" if not any(run["broken"] for run in runs) else "no",
    ]  # fmt: skip


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def placed(page: str, mark: str, text: str) -> str:
    """A page with a text between two marks.

    Raises
    ------
    ValueError
        If the page lacks them.
    """
    before, found, rest = page.partition(f"<!-- {mark} -->\n")
    _, closed, after = rest.partition(f"<!-- /{mark} -->")
    if not found or not closed:
        raise ValueError(f"the page has no marks <!-- {mark} --> and <!-- /{mark} -->")
    return f"{before}{found}{text}{closed}{after}"


def main() -> None:
    """Print the table, or put it into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--into", type=Path)
    parser.add_argument("--mark", default="nrp")
    args = parser.parse_args()
    text = table(row for path in args.files for row in json.loads(path.read_text(encoding="utf-8")))
    if args.into is None:
        print(text, end="")
    else:
        write_text(args.into, placed(args.into.read_text(encoding="utf-8"), args.mark, text))


if __name__ == "__main__":
    main()
