"""What a table is made of: columns with their kinds and units, and the one validator of each table.

A table is read as text first, so that each bad cell is reported as it stands in the file. The index of a text frame is the
line of the file as an editor counts it (the header is line 1). An empty cell is no value: NaN in a number, None otherwise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from data.cells import Kind
from data.model.errors import Finding


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    required : bool
        Whether the table must have it.
    filled : bool
        Whether each cell must have a value.
    unit : str
        Empty = none.
    """

    name: str
    kind: Kind
    unit: str = ""
    required: bool = True
    filled: bool = True

    @property
    def expected(self) -> str:
        """What a cell should hold, for people."""
        return self.kind.expected + (f" ({self.unit})" if self.unit else "") + ("" if self.filled else ", or nothing")

    def reads(self, cells: "pd.Series[Any]") -> "pd.Series[bool]":
        """Which cells of a text column read."""
        told = _each_once(cells, lambda text: self.kind.fits(str(text)) if text else not self.filled)
        return pd.Series(told, index=cells.index, dtype=object).astype(bool)

    def values(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """Values of a text column whose cells all read."""
        parsed = _each_once(cells, lambda text: self.kind.parse(text) if text else None)
        dtype = float if isinstance(next((v for v in parsed if v is not None), None), int | float) else object
        return pd.Series(parsed, index=cells.index, dtype=object if _has_flags(parsed) else dtype)


def _each_once(cells: "pd.Series[Any]", told: Callable[[Any], Any]) -> list[Any]:
    """What is told of each cell; of equal ones once, for days, hours and codes repeat."""
    texts = cells.tolist()
    known = {text: told(text) for text in set(texts)}
    return [known[text] for text in texts]


def _has_flags(values: list[Any]) -> bool:
    return any(isinstance(value, bool) for value in values)


@dataclass(frozen=True)
class Table:
    """A table: its columns in order, the columns that no two rows may share, and whether other columns may stand beside."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ()
    extra: bool = False

    @cached_property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """Validator of a text frame."""
        columns = {
            column.name: pa.Column(None, pa.Check(column.reads, error=column.expected), required=column.required)
            for column in self.columns
        }
        return pa.DataFrameSchema(columns, strict=not self.extra)

    def check(self, text: pd.DataFrame, where: str) -> list[Finding]:
        """Every finding in a text frame, in the order of the rows."""
        try:
            self.schema.validate(text, lazy=True)
        except SchemaErrors as error:
            cases = error.failure_cases.astype(object).to_dict("records")
            found = [self._finding(case, list(text.columns), where) for case in cases]
            return sorted(found, key=lambda finding: (finding.row or 0, finding.column or ""))
        return self._twice(text, where)

    def _finding(self, case: dict[Any, Any], columns: list[str], where: str) -> Finding:
        if case["check"] == "column_in_dataframe":
            return self.missing(str(case["failure_case"]), columns, where)
        if case["check"] == "column_in_schema":
            expected = f"the columns {', '.join(self.names)}"
            return Finding(where, 1, str(case["failure_case"]), "an unknown column", expected, "correct its name or take it out")
        read = repr(case["failure_case"]) if case["failure_case"] else "nothing"
        return Finding(where, int(case["index"]), str(case["column"]), read, str(case["check"]))

    def missing(self, column: str, columns: Sequence[str], where: str, fix: str = "add the column") -> Finding:
        """Finding for a column that is not there."""
        read = f"the columns {', '.join(columns)}" if columns else "no column"
        return Finding(where, 1, column, read, f"a column {column}", fix)

    def _twice(self, text: pd.DataFrame, where: str) -> list[Finding]:
        if not self.keys or not len(text):
            return []
        return twice(text, list(self.keys), where)

    def values(self, text: pd.DataFrame) -> pd.DataFrame:
        """Typed frame of a text frame without findings, in the column order of the table; other columns are left out."""
        held = [column for column in self.columns if column.name in text.columns]
        return pd.DataFrame({column.name: column.values(text[column.name]) for column in held}, index=text.index)

    def frame(self, records: Iterable[dict[str, Any]]) -> pd.DataFrame:
        """Frame of records, in the column order of the table; columns that no record holds are left out."""
        rows = list(records)
        held = [c.name for c in self.columns if c.required or any(row.get(c.name) not in (None, "") for row in rows)]
        return pd.DataFrame([[row.get(name) for name in held] for row in rows], columns=held, dtype=object)


def twice(frame: pd.DataFrame, keys: list[str], where: str) -> list[Finding]:
    """A finding for each row that repeats the keys of an earlier one, naming both rows."""
    repeated = frame[frame.duplicated(keys, keep=False)]
    findings: list[Finding] = []
    for key, group in repeated.groupby(keys, sort=False):
        read = " ".join(str(part) for part in key)
        for first, again in pairwise(group.index):
            fix = f"rows {first} and {again} are the same; keep one"
            findings.append(Finding(where, int(again), keys[-1], read, f"each {' and '.join(keys)} once", fix))
    return findings


def alike(names: str, kind: Kind, unit: str = "") -> tuple[Column, ...]:
    """Columns of the same kind; names are parted by blanks."""
    return tuple(Column(name, kind, unit) for name in names.split())


def optional(name: str, kind: Kind, unit: str = "") -> Column:
    """A column that may be missing, and whose cells may be empty."""
    return Column(name, kind, unit, required=False, filled=False)
