"""Speed of the service over HTTP on loopback: ``python -m benchmarks.api --help``."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.api.measures import Measured, measured
from benchmarks.api.place import serving
from benchmarks.command import ended_well
from benchmarks.markdown import put, table

HEAD = ("what", "size", "measured, s", "asked for, s", "holds")


def section(rows: Sequence[Measured], processes: int) -> str:
    """The table, and under what load of the machine it was made."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load}"
    head = f"{machine}; SQLite, processes that serve: {processes}.\n\n"
    notes = "".join(f"- {row.what}: {row.note}\n" for row in rows if row.note)
    return head + table(HEAD, map(_row, rows), words=2) + ("\n" + notes if notes else "")


def _row(row: Measured) -> list[str]:
    value = "not measured" if row.value is None else f"{row.value:.3f}"
    return [row.what, row.size, value, f"{row.asked:g}", "yes" if row.holds else "no"]


def main() -> None:
    """Measure, print and keep it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="interval rows that are uploaded")
    parser.add_argument("--processes", type=int, default=2, help="that answer requests")
    parser.add_argument("--rate", type=float, default=200.0, help="reads a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of reads at that rate")
    parser.add_argument("--json", type=Path, help="figures as JSON")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, serving(Path(folder), asked.processes) as place:
        rows = list(measured(place, rows=asked.rows, rate=asked.rate, seconds=asked.seconds))
    text = section(rows, asked.processes)
    Console(width=180).print(text, markup=False)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    if asked.page:
        put(asked.page, "api", text)


if __name__ == "__main__":
    ended_well(main)
