"""The planner's overrides in and out: ``overrides.csv``, one row per layer."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from data.exchange.documents import findings_of
from data.exchange.files import read_text, stop, write_table
from data.model.errors import Finding
from data.model.override import Override
from data.tables import OVERRIDES

OVERRIDES_FILE = "overrides.csv"


def read_overrides(path: Path, queues: Collection[str]) -> tuple[Override, ...]:
    """Overrides of ``overrides.csv``, in the order of the rows.

    Parameters
    ----------
    queues : collection of str
        Ids that the centre has.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, an id that stands twice, an empty range, a value that does not fit its
        kind, unknown queues.
    """
    text = read_text(path)
    findings = OVERRIDES.check(text, path.name)
    if any(finding.row == 1 for finding in findings):  # without its columns no row can be judged
        stop(findings)
    sound = text[~text.index.isin([finding.row for finding in findings])]
    made = list(_made(sound, path.name, findings))
    findings += [finding for line, override in made for finding in _strangers(override, line, path.name, queues)]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(override for _, override in made)


def _made(text: pd.DataFrame, where: str, findings: list[Finding]) -> Iterator[tuple[int, Override]]:
    """Overrides with their lines; what the model refuses is added to `findings`, as it stands in the file."""
    rows = zip(text.index, text.to_dict("records"), OVERRIDES.values(text).to_dict("records"), strict=True)
    for line, cells, record in rows:
        try:
            yield int(line), Override.model_validate(_filled(record))
        except ValidationError as error:
            refused = findings_of(error, where, int(line))
            findings += [replace(finding, read=_cell(cells, finding.column)) for finding in refused]


def _cell(row: dict[Any, Any], column: str | None) -> str:
    return repr(row[column]) if column and row.get(column) else "nothing"


def _filled(record: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in record.items() if value is not None and value == value}


def _strangers(override: Override, line: int, where: str, queues: Collection[str]) -> Iterator[Finding]:
    for queue in override.queues:
        if queue not in queues:
            yield Finding(where, line, "queues", repr(queue), f"one of {', '.join(queues)}, or nothing for all")


def write_overrides(overrides: Iterable[Override], path: Path) -> None:
    """Write ``overrides.csv``."""
    rows = (override.model_dump() | {"queues": override.queues or None} for override in overrides)
    write_table(OVERRIDES.frame(rows), path)
