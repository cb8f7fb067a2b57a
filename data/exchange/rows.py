"""Tables of which each row is one frozen entity: what the cells, the model and the centre say against them, at once."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import ValidationError

from data.columns import Table
from data.exchange.documents import findings_of
from data.exchange.files import read_text, records, stop
from data.model.base import Frozen
from data.model.errors import Finding, InvalidData

Entity = TypeVar("Entity", bound=Frozen)
Wrong = tuple[str, str, str, str]
"""What the centre says against a row: column, what is read, what is expected, how to mend it."""


def nothing_wrong(_: Frozen) -> Iterable[Wrong]:
    """Where the centre has no say."""
    return ()


def read_rows(
    path: Path,
    table: Table,
    kind: type[Entity],
    column: str = "",
    named: Callable[[Entity], Collection[str]] = lambda _: (),
    queues: Collection[str] = (),
) -> tuple[Entity, ...]:
    """Entities of a table, in the order of the rows.

    Parameters
    ----------
    column : str
        That names the queues of an entity.
    named : callable
        Queues that an entity names.
    queues : collection of str
        Ids that there are.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, what the entity refuses, unknown queues.
    """
    return tuple(
        entity for _, entity in lined_rows(path, table, kind.model_validate, lambda one: unknown(column, named(one), queues))
    )


def unknown(column: str, names: Iterable[str], known: Collection[str]) -> Iterator[Wrong]:
    """Names that are not among those that there are."""
    return ((column, repr(name), f"one of {', '.join(known)}", "") for name in names if name not in known)


def lined_rows(
    path: Path,
    table: Table,
    made: Callable[[dict[str, Any]], Entity],
    wrong: Callable[[Entity], Iterable[Wrong]] = nothing_wrong,
) -> list[tuple[int, Entity]]:
    """Entities of a table with their lines, in the order of the rows; parameters as of `data.exchange.steps.read_steps`.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, what the entity refuses, what the centre says against it.
    """
    text = read_text(path)
    findings = table.check(text, path.name)
    if any(finding.row == 1 for finding in findings):  # without its columns no row can be judged
        stop(findings)
    sound = text[~text.index.isin([finding.row for finding in findings])]
    lined = list(_made(sound, table, made, path.name, findings))
    findings += [Finding(path.name, line, *told) for line, entity in lined for told in wrong(entity)]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return lined


def _made(
    text: pd.DataFrame, table: Table, made: Callable[[dict[str, Any]], Entity], where: str, findings: list[Finding]
) -> Iterator[tuple[int, Entity]]:
    """Entities with their lines; what the model refuses is added to `findings`, as it stands in the file."""
    for cells, (line, record) in zip(text.to_dict("records"), records(table.values(text)), strict=True):
        try:
            yield line, made(record)
        except ValidationError as error:
            findings += [_as_it_stands(finding, cells) for finding in findings_of(error, where, line)]
        except InvalidData as error:
            findings += [replace(finding, where=where, row=line) for finding in error.findings]


def _as_it_stands(finding: Finding, cells: dict[Any, Any]) -> Finding:
    if finding.column is None:
        return finding
    return replace(finding, read=repr(cells[finding.column]) if cells.get(finding.column) else "nothing")
