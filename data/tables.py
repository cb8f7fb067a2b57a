"""Every table that Echelon reads or writes: columns, types, units, and the one validator of each.

A table is read as text first, so that each bad cell is reported as it stands in the file. The index of a text frame is the
line of the file as an editor counts it (the header is line 1). An empty cell is no value: NaN in a number, None otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from data.cells import AWARE, BREAKS, CLOCK, DAY, FLAG, IDS, INSTANT, INSTANTS, TEXT, Kind, choice, number, whole, whole_of, word_of
from data.model.demand import LEVELS, level_name
from data.model.errors import Finding
from data.model.override import Override
from data.model.people import Wish
from data.model.roster import ShiftTemplate


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
        return cells.map(lambda text: self.kind.fits(str(text)) if text else not self.filled).astype(bool)

    def values(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """Values of a text column whose cells all read."""
        parsed = [self.kind.parse(text) if text else None for text in cells]
        dtype = float if isinstance(next((v for v in parsed if v is not None), None), int | float) else object
        return pd.Series(parsed, index=cells.index, dtype=object if _has_flags(parsed) else dtype)


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


def _same(names: str, kind: Kind, unit: str = "") -> tuple[Column, ...]:
    """Columns of the same kind; names are parted by blanks."""
    return tuple(Column(name, kind, unit) for name in names.split())


def _optional(name: str, kind: Kind, unit: str = "") -> Column:
    return Column(name, kind, unit, required=False, filled=False)


CALLS = Table(
    "calls",
    (
        Column("queue", TEXT),
        Column("timestamp", INSTANT),
        Column("offered", number(0), "calls", filled=False),
        _optional("answered", number(0), "calls"),
        _optional("abandoned", number(0), "calls"),
        _optional("handle_time_s", number(0), "s"),
    ),
    extra=True,
)

CALL_RECORDS = Table(
    "call_records",
    (
        Column("queue", TEXT),
        Column("arrival", INSTANT),
        Column("wait_s", number(0), "s"),
        Column("outcome", choice("answered", "abandoned")),
        Column("handle_s", number(0), "s", filled=False),
        *(_optional(name, TEXT) for name in ("agent", "caller")),
        _optional("priority", whole(0)),
    ),
    extra=True,
)

STAFF = Table(
    "staff",
    (
        Column("agent", TEXT),
        *(Column(name, TEXT, filled=False) for name in ("name", "site", "team")),
        Column("contract", TEXT),
        Column("skills", IDS),
        _optional("echelon", TEXT),
        _optional("no_night", FLAG),
        _optional("no_overtime", FLAG),
        _optional("protected_until", DAY),
        _optional("efficiency", number(0, 1)),
        _optional("prefers", IDS),
    ),
    keys=("agent",),
)

BALANCES = Table(
    "balances",
    (
        Column("agent", TEXT),
        Column("until", DAY),
        *(_optional(name, whole(0), "min") for name in ("quarter_minutes", "year_minutes", "overtime_minutes")),
        *(_optional(name, number()) for name in ("points", "points_brought", "points_earned")),
    ),
    keys=("agent",),
)

MEALS = ("meal_minutes", "meal_earliest", "meal_latest", "meal_step")

SHIFTS = Table(
    "shifts",
    (
        Column("code", TEXT),
        _optional("name", TEXT),
        _optional("name_zh", TEXT),
        _optional("kind", word_of(ShiftTemplate, "kind")),
        Column("start", CLOCK),
        Column("minutes", whole_of(ShiftTemplate, "minutes"), "min"),
        *(_optional(name, whole_of(ShiftTemplate, name), "min") for name in MEALS),
        _optional("breaks", BREAKS, "min after the start"),
        _optional("max_phone_minutes", whole_of(ShiftTemplate, "max_phone_minutes"), "min"),
        _optional("colour", TEXT),
    ),
    keys=("code",),
)

LEAVE = Table(
    "leave",
    (Column("agent", TEXT), Column("first", DAY), Column("last", DAY), Column("code", TEXT), _optional("paid", FLAG)),
)

WISHES = Table(
    "wishes",
    (
        Column("agent", TEXT),
        Column("day", DAY),
        Column("kind", word_of(Wish, "kind")),
        _optional("shift", TEXT),
        _optional("rank", whole_of(Wish, "rank")),
    ),
)

SHIFT_DEMAND = Table(
    "shift_demand",
    (
        Column("date", DAY),
        Column("shift", TEXT),
        Column("heads", whole(0), "agents"),
        *_same("under over", number(0)),
    ),
)

EVENTS = Table(
    "events",
    (
        Column("queue", TEXT),
        Column("name", TEXT),
        _optional("name_zh", TEXT),
        Column("start", AWARE),
        Column("end", AWARE),
        *(
            _optional(name, number(0), unit)
            for name, unit in (("factor", ""), ("fade_hours", "h"), ("extra_calls", "calls"), ("spread", ""))
        ),
        _optional("known_from", AWARE),
    ),
)
QUANTILES = tuple(Column(level_name(level), number(0), "calls") for level in LEVELS)

FORECAST = Table(
    "forecast",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("mean", number(0), "calls"),
        Column("handle_time_s", number(0), "s", required=False),
        *QUANTILES,
    ),
    keys=("queue", "timestamp"),
)

REQUIREMENT = Table(
    "requirement",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("calls", number(0), "calls"),
        Column("handle_time_s", number(0), "s"),
        Column("shrinkage", number(0, 1)),
        Column("on_phone", whole(0), "agents"),
        Column("heads", whole(0), "agents"),
        Column("binding", whole()),
    ),
    keys=("queue", "timestamp"),
)

ROSTER = Table(
    "roster",
    (
        Column("agent", TEXT),
        Column("date", DAY),
        Column("code", TEXT),
        Column("start", INSTANT, filled=False),
        Column("end", INSTANT, filled=False),
        _optional("meal_start", INSTANT),
        _optional("meal_minutes", whole(0), "min"),
        _optional("break_starts", INSTANTS),
        _optional("paid_minutes", whole(), "min"),
    ),
    keys=("agent", "date"),
)

CHANGES = Table(
    "changes",
    (
        Column("agent", TEXT),
        Column("day", DAY),
        *_same("before after rhythm", TEXT),
        Column("reason", TEXT, filled=False),
        Column("minutes", whole(), "min"),
    ),
)

WARNINGS = Table(
    "warnings",
    (
        *_same("queue level", TEXT),
        *_same("start end worst", AWARE),
        *_same("chance chance_realised", number(0, 1)),
        Column("missing_heads", number(0), "agents"),
        Column("need_over_capacity", TEXT),
        Column("lost_calls", number(0), "calls"),
        *(_optional(name, TEXT) for name in ("message", "message_zh")),
    ),
)

CALL_OUTS = Table(
    "call_outs",
    (
        *_same("echelon queue", TEXT),
        *_same("call_by start end", AWARE),
        Column("members", IDS),
        Column("worst", AWARE),
        *_same("chance_before chance_after", number(0, 1)),
        *(_optional(name, TEXT) for name in ("reason", "reason_zh")),
        _optional("needs_approval", FLAG),
        *(_optional(name, TEXT) for name in ("approval", "approval_zh")),
    ),
)

COVERAGE = Table(
    "coverage",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("calls", number(0), "calls"),
        *_same("required rostered", number(0), "agents"),
        _optional("service_level", number(0, 1)),
    ),
    keys=("queue", "timestamp"),
)

OVERRIDES = Table(
    "overrides",
    (
        Column("id", TEXT),
        Column("kind", word_of(Override, "kind")),
        _optional("value", number(), "% or calls"),
        _optional("copy_from", word_of(Override, "copy_from")),
        _optional("copy_day", DAY),
        *_same("start end", AWARE),
        _optional("queues", IDS),
        _optional("order", whole()),
        _optional("active", FLAG),
        *_same("author reason", TEXT),
        _optional("cause", TEXT),
        Column("made_at", AWARE),
    ),
    keys=("id",),
)

EXCLUSIONS = Table(
    "exclusions",
    (Column("queue", TEXT), *_same("start end", AWARE), Column("reason", TEXT)),
    keys=("queue", "start", "end"),
)

OUTAGES = Table(
    "outages",
    (
        *_same("queue name", TEXT),
        _optional("name_zh", TEXT),
        Column("customers", number(0), "customers"),
        *_same("start restored", AWARE),
        _optional("planned", FLAG),
        _optional("notice_coverage", number(0, 1)),
        _optional("coefficient", number(0), "calls per customer"),
        _optional("known_from", AWARE),
    ),
)
