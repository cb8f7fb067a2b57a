"""Numbers of versions: one more than the last, or what was set aside."""

from pathlib import Path

import pytest
from service_case import author

from data.exchange.numbers import next_number, set_aside
from data.store.base import Database, metadata
from data.store.revisions import add_centre
from data.store.runs import set_number_aside


@pytest.mark.parametrize(("taken", "aside", "expected"), [((), None, 1), ((1, 3), None, 4), ((1, 2), 5, 5), ((1, 7), 5, 8)])
def test_the_next_number(tmp_path: Path, taken: tuple[int, ...], aside: int | None, expected: int) -> None:
    if aside is not None:
        set_aside(tmp_path, {"roster": aside})
    assert next_number(tmp_path, "roster", taken) == expected
    assert next_number(tmp_path, "forecast", taken) == max(taken, default=0) + 1


def test_nobody_is_given_a_number_twice(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    metadata.create_all(database.engine)
    with database.writing() as connection:
        add_centre(connection, "north", author())
        given = [set_number_aside(connection, "north", "roster", taken) for taken in ([], [1], [1], [9], [1])]
        assert given == [1, 2, 3, 10, 11]
        assert set_number_aside(connection, "north", "forecast", []) == 1
    database.engine.dispose()
