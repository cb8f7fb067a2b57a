"""Tables of which each row is one frozen entity of a queue: what the cells, the model and the queues say against them, at once."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import ValidationError

from data.columns import Table
from data.exchange.documents import findings_of
from data.exchange.files import read_text, records, stop
from data.model.base import Frozen
from data.model.errors import Finding

Entity = TypeVar("Entity", bound=Frozen)


def read_rows(
    path: Path, table: Table, kind: type[Entity], column: str, named: Callable[[Entity], Collection[str]], queues: Collection[str]
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
    text = read_text(path)
    findings = table.check(text, path.name)
    if any(finding.row == 1 for finding in findings):  # without its columns no row can be judged
        stop(findings)
    sound = text[~text.index.isin([finding.row for finding in findings])]
    made = list(_made(sound, table, kind, path.name, findings))
    findings += [
        Finding(path.name, line, column, repr(queue), f"one of {', '.join(queues)}")
        for line, entity in made
        for queue in named(entity)
        if queue not in queues
    ]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(entity for _, entity in made)


def _made(
    text: pd.DataFrame, table: Table, kind: type[Entity], where: str, findings: list[Finding]
) -> Iterator[tuple[int, Entity]]:
    """Entities with their lines; what the model refuses is added to `findings`, as it stands in the file."""
    for cells, (line, record) in zip(text.to_dict("records"), records(table.values(text)), strict=True):
        try:
            yield line, kind.model_validate(record)
        except ValidationError as error:
            findings += [_as_it_stands(finding, cells) for finding in findings_of(error, where, line)]


def _as_it_stands(finding: Finding, cells: dict[Any, Any]) -> Finding:
    if finding.column is None:
        return finding
    return replace(finding, read=repr(cells[finding.column]) if cells.get(finding.column) else "nothing")
