"""The database: engine, transactions, and the types that both SQLite and PostgreSQL keep alike."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, Engine, Integer, MetaData, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError
from sqlalchemy.types import DateTime, TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
"""Every table; each module of this package adds its own."""

Id = BigInteger().with_variant(Integer, "sqlite")
"""Of rows that number themselves."""

BUSY_SECONDS = 30.0
"""How long a writer waits for another one on SQLite."""


UNKEEPABLE = (DataError, OverflowError, UnicodeEncodeError)
"""Raised where a value is given that a database has no room for."""


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as UTC: SQLite drops zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC without a zone."""
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Database:
    """A database by its URL.

    Parameters
    ----------
    url : str
        ``sqlite:///PATH`` or ``postgresql+psycopg://...``; nothing else changes between the two.
    """

    url: str

    @cached_property
    def engine(self) -> Engine:
        """Engine with its pool."""
        if not self.is_sqlite:
            return create_engine(self.url, pool_pre_ping=True)
        told = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(self.url, connect_args=told, max_overflow=-1)  # a connection is an open file, no more
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @cached_property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded one."""
        return make_url(self.url).get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that sees one state from its first look to its end; nothing is kept of it."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction whose changes are kept together, or not at all; on SQLite writers queue from its start."""
        with self.engine.connect() as connection:
            writer = connection.execution_options(echelon_writes=True)
            with writer.begin():
                yield writer


def _prepare_sqlite(raw: Any, _: Any) -> None:
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={int(BUSY_SECONDS * 1000)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers say so at once: an upgrade in the middle of a transaction could fail without waiting."""
    writes = connection.get_execution_options().get("echelon_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one of its key is there; whether it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # what was written is asked for: how many rows an insert wrote, psycopg does not say
    written = dialect.insert(table).values(**row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(written).first() is not None
