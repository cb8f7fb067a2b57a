"""What many commands ask: options of one name that mean one thing, and how they read."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer

from data.model.book import Book
from data.model.centre import Centre
from data.model.errors import Finding, InvalidData
from data.model.time import as_local
from data.model.version import Hand

Folder = Annotated[Path, typer.Argument(help="The centre's folder (see `echelon init`).")]
First = Annotated[str, typer.Option(help="First day, e.g. 2026-07-01.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="Number of days.")]
At = Annotated[str, typer.Option(help="Local time at which it is done, e.g. 2026-06-09T10:00.")]
AtOrNow = Annotated[str, typer.Option(help="Local time at which it is done, e.g. 2026-06-09T10:00; now if left out.")]
AtOrLast = Annotated[str, typer.Option(help="Local time; that of the last step if left out.")]
Moment = Annotated[str, typer.Option(help="Local time that is looked at, e.g. 2026-10-14T10:00.")]
Author = Annotated[
    str, typer.Option("--author", "--by", help="Who does it; $ECHELON_AUTHOR or the user of this machine if left out.")
]
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


def instants_of(texts: Mapping[str, str], zone: str) -> dict[str, datetime]:
    """Local times by the name of their option; all that do not read are told at once."""
    read, findings = dict[str, datetime](), list[Finding]()
    for option, text in texts.items():
        try:
            read[option] = instant_of(option, text, zone)
        except InvalidData as error:
            findings += error.findings
    if findings:
        raise InvalidData(findings)
    return read


def instant_of(option: str, text: str, zone: str) -> datetime:
    """A local time of the command line."""
    try:
        return as_local(datetime.fromisoformat(text), zone)
    except ValueError as error:
        expected = "an ISO date, or date and time, such as 2026-06-05T10:00"
        raise InvalidData([Finding("command line", None, option, repr(text), expected)]) from error


def at_or_last(text: str, book: Book[Any, Any], zone: str) -> datetime:
    """The local time of ``--at``; without one that of the last step of a book."""
    return instant_of("--at", text, zone) if text else as_local(max(step.at for step in book.steps), zone)


def check_queue(queue: str, centre: Centre) -> None:
    """Raise `InvalidData` if ``--queue`` names none of the centre; empty names none."""
    known = [one.id for one in centre.queues]
    if queue and queue not in known:
        raise InvalidData([Finding("command line", None, "--queue", repr(queue), f"one of {', '.join(known)}")])
