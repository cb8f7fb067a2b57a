"""Speeds of the early warning and the echelons, and the drill of the typhoon: ``python -m benchmarks.response --help``."""

import argparse
import json
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from api.workspace import Workspace
from benchmarks.command import ended_well
from benchmarks.markdown import put
from benchmarks.response.centre import write_planned
from benchmarks.response.drilled import drill_of
from benchmarks.response.report import drill_section, speed_section
from benchmarks.response.speed import speeds, typhoon

PARTS = ("speed", "drill")


def main() -> None:
    """Measure what is asked for, print and keep it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.response", description=__doc__)
    parser.add_argument("--folder", type=Path, help="the sample with a month in force; planned anew if left out")
    parser.add_argument("--only", choices=PARTS, action="append", help="may be repeated")
    parser.add_argument("--replications", type=int, default=200, help="of the drill")
    parser.add_argument("--json", type=Path, help="figures as JSON")
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    asked = parser.parse_args()
    found, sections = dict[str, Any](), dict[str, str]()
    with nullcontext(asked.folder) if asked.folder else TemporaryDirectory() as name:
        workspace = _workspace(Path(name), made=bool(asked.folder))
        for part in asked.only or PARTS:
            if part == "speed":
                rows = list(speeds(workspace))
                found[part], sections[part] = [asdict(row) for row in rows], speed_section(rows)
            else:
                found[part] = drill_of(workspace, *typhoon(workspace), asked.replications)
                sections[part] = drill_section(found[part])
    Console(width=180).print(*sections.values(), sep="\n", markup=False)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for part, text in sections.items() if asked.page else ():
        put(asked.page, part, text)


def _workspace(folder: Path, *, made: bool) -> Workspace:
    if not made:
        write_planned(folder)
    return Workspace.at(folder)


if __name__ == "__main__":
    ended_well(main)
