"""A quarter of the sample centre, command by command, with the figures that it comes to.

``python -m benchmarks.quarter --agents 600 --out FOLDER [--seed S] [--json FILE]``
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from rich.console import Console

from benchmarks.command import ended_well
from benchmarks.quarter.centre import write_centre
from benchmarks.quarter.figures import figures
from benchmarks.quarter.report import page
from benchmarks.quarter.walk import Quarter, Walk

FIRST, STORM = date(2026, 8, 3), date(2026, 8, 12)
LOOKS = (time(15),)


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str


def echelon(*words: object) -> Told:
    """Run the command as its user does, in a process of its own."""
    command = [Path(sys.executable).with_name("echelon"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=os.environ | {"COLUMNS": "200"})
    return Told(done.returncode, done.stdout, done.stderr)


def main() -> None:
    """Walk a quarter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder of the centre, written anew")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    args = parser.parse_args()
    quarter = Quarter(first=FIRST, storm=STORM, looks=LOOKS, seed=args.seed)
    write_centre(args.out, args.agents, quarter)
    walk = Walk(args.out, quarter, echelon)
    walk.run()
    found = figures(args.out, quarter, walk.steps)
    Console(width=120).print(page(found), markup=False)
    if args.json:
        args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    ended_well(main)
