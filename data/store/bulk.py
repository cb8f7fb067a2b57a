"""Many rows at once: one prepared statement on SQLite, COPY on PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Date, Table, insert
from sqlalchemy.types import TypeDecorator

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
        insert_bound(connection, table, list(held[0]), bound(connection, table, held))
    return len(held)


def insert_bound(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows whose cells are as the driver takes them.

    Parameters
    ----------
    names : sequence of str
        Columns, in the order of the cells.
    """
    told, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({told}) VALUES ({marks})', list(rows))
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({told}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def bound(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver takes them, column by column: days and instants, which repeat, are told once each."""
    columns = list[list[Any]]()
    for name in rows[0]:
        kind = table.c[name].type.dialect_impl(connection.dialect)
        told, cells = kind.bind_processor(connection.dialect), [row[name] for row in rows]
        if told is not None and isinstance(kind, TypeDecorator | Date):
            known = {cell: told(cell) for cell in set(cells)}
            cells = [known[cell] for cell in cells]
        elif told is not None:
            cells = [told(cell) for cell in cells]
        columns.append(cells)
    return zip(*columns, strict=True)
