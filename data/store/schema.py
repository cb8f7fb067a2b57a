"""The schema of the database: which one stands, and the way to the newest one, in one transaction."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from data import store
from data.model.errors import EchelonError
from data.store.base import Database, Instant, metadata

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 0x45434845
"""Number of the lock under which PostgreSQL is upgraded, so that two that start together do not both do it."""


class SchemaMismatch(EchelonError):
    """The database is not of the schema that this version of the code works with."""


def every_table() -> MetaData:
    """All tables, those of modules that nobody has imported yet too."""
    for found in iter_modules(store.__path__):
        if not found.ispkg:
            import_module(f"{store.__name__}.{found.name}")
    return metadata


def configured(connection: Connection) -> dict[str, Any]:
    """How Alembic looks at a database."""
    return {
        "connection": connection,
        "target_metadata": every_table(),
        "render_as_batch": True,
        "include_name": _is_ours,
        "render_item": _rendered,
        "transactional_ddl": True,
        "compare_server_default": True,
    }


def _is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """Whether a thing of the database is of this package; the tables of the durable runs are not."""
    table = name if kind == "table" else parents.get("table_name")
    return kind == "schema" or table in every_table().tables


def _rendered(kind: str, thing: Any, _: AutogenContext) -> str | Literal[False]:
    """A step knows nothing of the code of later days."""
    return "sa.DateTime()" if kind == "type" and isinstance(thing, Instant) else False


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _migrating(database: Database) -> Generator[Connection]:
    """A transaction for changes of the schema; a table may be written anew while others refer to it."""
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            writer = connection.execution_options(echelon_writes=True)
            with writer.begin():
                if not database.is_sqlite:
                    writer.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
                yield writer
                _check_references(writer)
        finally:
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    """Raise if a row refers to one that is not there (SQLite does not look while its tables are written anew)."""
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if lost:
            raise SchemaMismatch(f"{len(lost)} rows would refer to nothing, the first one of table {lost[0][0]}")


def upgrade(database: Database, to: str = "head") -> str:
    """Bring a database, empty or of any released schema, to a schema; its number. Whoever comes second finds nothing to do.

    Raises
    ------
    SchemaMismatch
        The database is of a schema that this code does not know.
    """
    with _migrating(database) as connection:
        _check_known(_version(connection))
        command.upgrade(_config(connection), to)
        return _version(connection)


def _version(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def schema_version(database: Database) -> str:
    """Number of the schema that a database has; empty = none yet."""
    with database.reading() as connection:
        return _version(connection)


def newest() -> str:
    """Number of the newest schema."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def _check_known(version: str) -> None:
    known = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    if version and version not in known:
        raise SchemaMismatch(f"the database has the schema {version}, which this version does not know (newest: {newest()})")


def check_schema(database: Database) -> None:
    """Check that a database has the newest schema.

    Raises
    ------
    SchemaMismatch
        It has an older or a newer one.
    """
    version = schema_version(database)
    _check_known(version)
    if version != newest():
        raise SchemaMismatch(f"the database has the schema {version or 'of an empty one'}, this version needs {newest()}")


def differences(database: Database) -> list[Any]:
    """What a database has otherwise than the tables of the code say; empty = nothing."""
    with database.reading() as connection:
        options = configured(connection)
        told = {name: options[name] for name in ("include_name", "render_as_batch", "compare_server_default")}
        context = MigrationContext.configure(connection, opts={**told, "target_metadata": options["target_metadata"]})
        return list(compare_metadata(context, options["target_metadata"]))


def revise(database: Database, message: str) -> Path:
    """Write the next step, from an empty database brought to the newest schema; its file."""
    if newest():
        upgrade(database)
    number = f"{len(list((MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with _migrating(database) as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)
    (made,) = (MIGRATIONS / "versions").glob(f"{number}_*.py")
    return made
