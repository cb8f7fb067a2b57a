"""How the end-to-end tests use Echelon: the installed command, the same command inside the process, and what a folder holds."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest import mock

import pandas as pd
from rich.console import Console

from api import cli

COMMAND = Path(sys.executable).with_name("echelon")
QUICK = ("--sweeps", "6", "--bound-steps", "20", "--effort", "0")


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str


def installed(*words: object, seconds: float = 300) -> Told:
    """Run the installed command."""
    wide = os.environ | {"COLUMNS": "2000"}
    done = subprocess.run(
        [COMMAND, *map(str, words)], capture_output=True, encoding="utf-8", timeout=seconds, check=False, env=wide
    )
    return Told(done.returncode, done.stdout, done.stderr)


def echelon(*words: object) -> Told:
    """The same command without a new process, on a very wide terminal."""
    out, err = io.StringIO(), io.StringIO()
    consoles = {"console": Console(file=out, width=2000), "errors": Console(file=err, width=2000)}
    argv = mock.patch.object(sys, "argv", ["echelon", *map(str, words)])
    with mock.patch.multiple(cli, **consoles), argv, redirect_stdout(out):
        try:
            cli.main()
        except SystemExit as stop:
            return Told(int(stop.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command line always exits")


def fortnight(template: Path, folder: Path, first: date) -> Path:
    """A copy of a centre in which a fortnight from a day on is in force: made quickly, not well."""
    shutil.copytree(template, folder)
    quickest = ("--sweeps", "2", "--bound-steps", "0", "--effort", "0")
    told = echelon("plan", folder, "--first", first, "--days", "14", *quickest)
    assert told.code == 0, told
    return folder


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder, hidden ones too, with the hash of its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def text_table(path: Path) -> pd.DataFrame:
    """A CSV as it stands, every cell text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def swap(path: Path, old: str, new: str) -> None:
    """Put `new` in the place of `old`, which must stand there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def append(path: Path, *lines: str) -> None:
    """Put lines at the end of a text file."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def busy_calls(folder: Path, first: str, end: str, factor: float) -> None:
    """Let calls have come from `first` until before `end`: those of the folder's forecast times a factor."""
    made = text_table(folder / "forecast.csv")
    came = made[(made["timestamp"] >= first) & (made["timestamp"] < end)]
    counts = (came["mean"].astype(float) * factor).round().astype(int)
    append(folder / "calls.csv", *(f"{q},{at},{n},240" for q, at, n in zip(came["queue"], came["timestamp"], counts, strict=True)))
