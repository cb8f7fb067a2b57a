"""The tables of the documentation: ``python -m benchmarks.quarter.report RESULT.json --into PAGE.md [--mark NAME]``."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.markdown import put, table

SERVICE = (
    "plan from",
    "service, month plan alone",
    "as worked",
    "intervals met",
    "as worked",
    "paid hours",
    "as worked",
    "wishes",
    "as worked",
)
STEPS = ("step", "runs", "median s", "most s")


def page(found: dict[str, Any]) -> str:
    """All tables of a quarter."""
    title = f"{found['agents']} agents, {found['days']} days from {found['first']}.\n\n"
    changes = ", ".join(f"{rhythm} {count:.2f}" for rhythm, count in found["changes"].items())
    balances = ", ".join(f"{name} {one['mean']:.1f} ± {one['sd']:.1f}" for name, one in found["balances"].items())
    told = f"\nChanged days of an agent and week, by rhythm: {changes}. Balances of an agent, mean and spread: {balances}.\n\n"
    asked = table(("", "what became of it"), ([name, _counts(counts)] for name, counts in found["asked"].items()), words=2)
    return title + table(SERVICE, _service(found)) + told + asked + "\n" + table(STEPS, _steps(found))


def _service(found: dict[str, Any]) -> Iterator[list[str]]:
    for one in found["service"]:
        shares = [f"{one[key][name]:.1%}" for name in ("service_level", "intervals_met") for key in ("alone", "worked")]
        yield [one["first"], *shares, *(f"{number:,.0f}" for name in ("paid_hours", "wishes") for number in one[name])]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _steps(found: dict[str, Any]) -> Iterator[list[object]]:
    for one in found["steps"]:
        yield [one["step"], one["runs"], f"{one['median_s']:.1f}", f"{one['most_s']:.1f}"]


def main() -> None:
    """Put the figures of a file into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--mark", default="quarter")
    args = parser.parse_args()
    put(args.into, args.mark, page(json.loads(args.file.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
