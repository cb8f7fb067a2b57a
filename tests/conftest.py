"""What all tests share."""

from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from store_case import DATABASES, Server, new_database, postgres

from data.store.base import Database

# how long an example takes says more of the machine than of the code
settings.register_profile("echelon", deadline=None)
settings.load_profile("echelon")


@pytest.fixture(scope="session")
def postgresql() -> Generator[Server]:
    """A PostgreSQL server for the whole session, started when first asked for."""
    with postgres() as server:
        yield server


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """URL of an empty database, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'echelon.sqlite3'}"
    else:
        with request.getfixturevalue("postgresql").database() as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    """A database with every table and an empty centre ``grid``, of either kind."""
    made = new_database(database_url, "grid")
    yield made
    made.engine.dispose()
