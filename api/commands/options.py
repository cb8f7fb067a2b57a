"""What many commands ask: options of one name that mean one thing, and how they read."""

import os
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from data.model.errors import Finding, InvalidData
from data.model.time import as_local
from data.model.version import Hand

Folder = Annotated[Path, typer.Argument(help="The centre's folder (see `echelon init`).")]
First = Annotated[str, typer.Option(help="First day, e.g. 2026-07-01.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="Number of days.")]
At = Annotated[str, typer.Option(help="Local time at which it is done, e.g. 2026-06-09T10:00.")]
Author = Annotated[str, typer.Option(help="Who does it; $ECHELON_AUTHOR or the user of this machine if left out.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Propose = Annotated[bool, typer.Option("--propose", help="Only propose: somebody approves and publishes it later.")]
Sweeps = Annotated[int, typer.Option(min=1, help="Step budget of the search: same steps, same roster.")]
BoundSteps = Annotated[int, typer.Option(min=0, help="Step budget of the bound; 0 = no bound.")]


def hand_of(author: str, reason: str) -> Hand:
    """Who does something now, and why."""
    return Hand(author or os.environ.get("ECHELON_AUTHOR") or getuser(), datetime.now(UTC), reason)


def day_of(option: str, text: str) -> date:
    """A day of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidData([Finding("command line", None, option, repr(text), "an ISO date such as 2026-06-08")]) from error


def instant_of(option: str, text: str, zone: str) -> datetime:
    """A local time of the command line."""
    try:
        return as_local(datetime.fromisoformat(text), zone)
    except ValueError as error:
        expected = "an ISO date, or date and time, such as 2026-06-05T10:00"
        raise InvalidData([Finding("command line", None, option, repr(text), expected)]) from error
