"""Databases as they were released, as SQL: made once for each release, and loaded into either database.

``PYTHONPATH=.:tests python tests/released.py RELEASE`` writes one from the template of a centre.
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

from sqlalchemy import Connection, MetaData, create_engine, insert, select, text
from store_case import add_folder, author

from data.exchange.folder import write_template
from data.store.base import Database
from data.store.folder import Files
from data.store.revisions import add_centre
from data.store.schema import upgrade

RELEASED = Path(__file__).parent / "released"


def write(release: str) -> Path:
    """Write the dump of an installation that holds the template, without its calls."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        database = Database(f"sqlite:///{root / 'echelon.sqlite3'}")
        upgrade(database)
        write_template(root / "centre")
        (root / "centre" / "calls.csv").unlink()
        with database.writing() as connection:
            add_centre(connection, "grid", author())
        add_folder(database, "grid", root / "centre", Files(root))
        database.engine.dispose()
        raw = sqlite3.connect(root / "echelon.sqlite3")
        RELEASED.mkdir(exist_ok=True)
        file = RELEASED / f"{release}.sql"
        file.write_text("\n".join(raw.iterdump()) + "\n", encoding="utf-8", newline="\n")
        raw.close()
    return file


def load(release: str, database: Database) -> None:
    """Make an empty database that of a release."""
    raw = sqlite3.connect(":memory:")
    raw.executescript((RELEASED / f"{release}.sql").read_text(encoding="utf-8"))
    (version,) = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    upgrade(database, version)
    old = create_engine("sqlite://", creator=lambda: raw)
    tables = MetaData()
    tables.reflect(old)
    here = MetaData()
    here.reflect(database.engine)
    with old.connect() as source, database.writing() as target:
        for table in here.sorted_tables:
            rows = [dict(row) for row in source.execute(select(tables.tables[table.name])).mappings()]
            if rows and table.name != "alembic_version":
                target.execute(insert(table), rows)
                _count_on(target, table.name) if "id" in table.c and not database.is_sqlite else None
    old.dispose()
    raw.close()


def _count_on(target: Connection, table: str) -> None:
    """Rows that number themselves go on after those that are loaded."""
    sequence = target.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table})
    if sequence:
        target.execute(text(f"SELECT setval('{sequence}', (SELECT max(id) FROM {table}))"))


if __name__ == "__main__":
    sys.stdout.write(f"{write(sys.argv[1])}\n")
