"""Many rows at once: one prepared statement on SQLite, COPY on PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, insert

from data.cells import each_once

FEW = 100
"""So many rows are not worth more than a plain insert."""


def bulk_insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows that all have the same columns; how many.

    Parameters
    ----------
    rows : iterable of dict
        Column -> value, as SQLAlchemy takes them.
    """
    held = list(rows)
    if not held:
        return 0
    if len(held) <= FEW:
        connection.execute(insert(table), held)
    else:
        bulk_columns(connection, table, {name: [row[name] for row in held] for name in held[0]})
    return len(held)


def bulk_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that are given by their columns.

    Parameters
    ----------
    columns : mapping
        Column -> value of each row, as SQLAlchemy takes them; what repeats is best the same object.
    """
    rows = zip(*(bound(connection, table.c[name], cells) for name, cells in columns.items()), strict=True)
    insert_bound(connection, table, list(columns), rows)


def insert_bound(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows whose cells are as the driver takes them.

    Parameters
    ----------
    names : sequence of str
        Columns, in the order of the cells.
    """
    told, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    if connection.dialect.name != "postgresql":
        if held := list(rows):
            connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({told}) VALUES ({marks})', held)
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({told}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def bound(connection: Connection, column: "Column[Any]", cells: Sequence[Any]) -> Sequence[Any]:
    """Cells as the driver takes them; what repeats is told once."""
    told = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return cells if told is None else each_once(cells, told)
