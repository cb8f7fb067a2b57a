"""Requests of agents in and decisions out: ``requests.jsonl``, one request on a line, and ``decisions.csv``, only ever added to."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from data.cells import AWARE, TEXT, choice, number
from data.columns import Column, Table, alike, twice
from data.exchange.documents import findings_of
from data.exchange.files import read_table, records, stop, write_table
from data.model.errors import Finding, InvalidData
from data.model.request import Ask, Decision, Outcome, Request

DECISIONS_FILE = "decisions.csv"

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
"""Reads a request of any kind."""

KINDS: dict[str, type[Ask]] = {kind.model_fields["kind"].default: kind for kind in get_args(get_args(Request)[0])}
"""Each kind of request by its name."""

DECISIONS = Table(
    "decisions",
    (
        *alike("request kind agent", TEXT),
        Column("verdict", choice(*get_args(Outcome))),
        Column("cause", TEXT, filled=False),
        *alike("sentence sentence_zh", TEXT),
        Column("queue", TEXT, filled=False),
        Column("interval", AWARE, filled=False),
        *(Column(f"{name}_{when}", number(0, 1), filled=False) for name in ("chance", "service") for when in ("before", "after")),
        *(Column(name, TEXT, filled=False) for name in ("alternative", "alternative_zh", "taker")),
        Column("decided_at", AWARE),
        *alike("version asked", TEXT),
    ),
)
"""Queue and interval are those hurt most; ``asked`` is the request as it was, in JSON. Every column always stands there."""


def read_requests(path: Path) -> tuple[Request, ...]:
    """Requests of a file, one JSON document on a line, in the order of the lines; blank lines are left out.

    Raises
    ------
    InvalidData
        No file, no UTF-8, or every finding of all lines: no JSON, an unknown kind, keys that do not fit, an id that stands twice.
    """
    findings: list[Finding] = []
    lines = [(k, line) for k, line in enumerate(_text(path).split("\n"), 1) if line.strip()]
    read = [(k, request) for k, line in lines for request in _request(line, path.name, k, findings)]
    ids = pd.DataFrame({"id": [request.id for _, request in read]}, index=[k for k, _ in read])
    stop(sorted([*findings, *twice(ids, ["id"], path.name)], key=lambda finding: finding.row or 0))
    return tuple(request for _, request in read)


def _text(path: Path) -> str:
    if not path.is_file():
        raise InvalidData([Finding(path.name, None, None, "no file", f"a file {path.name}", f"put it into {path.parent}")])
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidData([Finding(path.name, None, None, "bytes that are no UTF-8", "UTF-8 text", "save it as UTF-8")]) from error


def _request(text: str, where: str, line: int, findings: list[Finding]) -> Iterator[Request]:
    """The request of a line; what does not read is added to `findings`."""
    try:
        yield REQUEST.validate_json(text)
    except ValidationError as error:
        findings += [_fixed(finding) for finding in findings_of(error, where, line)]


def _fixed(finding: Finding) -> Finding:
    """A finding with its key as it stands in the line, and what to write."""
    kind, _, key = (finding.column or "").partition(".")
    if kind not in KINDS:
        return replace(finding, fix=f'write one JSON object on the line, with "kind" one of {", ".join(KINDS)}')
    fields = KINDS[kind].model_fields
    must, may = ([name for name in fields if fields[name].is_required() == need] for need in (True, False))
    return replace(finding, column=key or None, fix=f"{kind}: write {', '.join(must)}; {', '.join(may)} may stand beside")


def read_granted(path: Path) -> tuple[Request, ...]:
    """Requests that the decisions of a file granted, oldest first; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    findings: list[Finding] = []
    rows = [row for row in _decisions(path) if row["verdict"] == "granted"]
    read = [request for row in rows for request in _request(row["asked"], path.name, row["line"], findings)]
    stop(findings)
    return tuple(read)


def _decisions(path: Path) -> list[dict[str, Any]]:
    """Rows of a file of decisions without their empty cells, each with its line."""
    if not path.is_file():
        return []
    return [{"line": line} | record for line, record in records(read_table(path, DECISIONS))]


def add_decisions(decided: Iterable[tuple[Request, Decision]], path: Path) -> None:
    """Add a row for each decision to a file, which is made if need be.

    Raises
    ------
    InvalidData
        If what stands there does not read: nothing is written then.
    """
    write_table(DECISIONS.frame([*_decisions(path), *(_row(request, decision) for request, decision in decided)]), path)


def _row(request: Request, decision: Decision) -> dict[str, Any]:
    told, effect = decision.alternatives, decision.effect
    hurt = {} if effect is None else effect.model_dump() | {"interval": effect.start}
    row = decision.model_dump(include={"request", "cause", "sentence", "sentence_zh", "taker", "decided_at", "version"})
    row |= {"kind": request.kind, "agent": request.agent, "verdict": decision.outcome, "asked": request.model_dump_json()}
    return (
        hurt | row | {f"alternative{tongue}": " ".join(getattr(one, f"sentence{tongue}") for one in told) for tongue in ("", "_zh")}
    )
