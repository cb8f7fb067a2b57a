"""Many rows at once: executemany on SQLite, COPY on PostgreSQL."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, insert

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
