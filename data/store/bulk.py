"""Many rows at once: executemany on SQLite, COPY on PostgreSQL."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Connection, Date, Table, insert

from data.store.base import Instant

FEW = 100
"""Rows for which COPY is not worth its start."""


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
    if connection.dialect.name == "postgresql" and len(held) > FEW:
        _copy(connection, table, held)
    elif len(held) > FEW:
        _many(connection, table, held)
    else:
        connection.execute(insert(table), held)
    return len(held)


def _copy(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    bind = [table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in names]
    told = ", ".join(f'"{name}"' for name in names)
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({told}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([value if one is None else one(value) for one, value in zip(bind, row.values(), strict=True)])


def _many(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """On SQLite straight through the driver, where a value of times that comes again is made ready once."""
    names, dialect = list(rows[0]), connection.dialect
    bind = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    once = [
        cache(one) if one is not None and isinstance(table.c[name].type, Date | Instant) else one
        for name, one in zip(names, bind, strict=True)
    ]
    told, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    raw = connection.connection.driver_connection
    assert raw is not None
    lines = ([value if one is None else one(value) for one, value in zip(once, row.values(), strict=True)] for row in rows)
    raw.executemany(f'INSERT INTO "{table.name}" ({told}) VALUES ({marks})', lines)
