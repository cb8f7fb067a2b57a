"""Rosters that are given as a whole."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from api.given_rosters import Given, made_of
from data.exchange.rosters import record_of
from data.model.errors import InvalidData
from data.model.pauses import Break
from data.model.roster import OFF, Roster, ShiftTemplate
from data.model.splice import differing
from data.model.time import Horizon
from data.store.base import Database
from data.store.revisions import Author, changing
from data.store.roster_reading import Span, Wanted, differences, matrix, roster_of, rows, version_held
from data.store.roster_saving import save_roster

EARLY = ShiftTemplate(
    code="E",
    start=time(8),
    minutes=540,
    meal_minutes=60,
    meal_earliest=180,
    meal_latest=300,
    breaks=(Break(minutes=15, earliest=60, latest=120),),
)
NIGHT = ShiftTemplate(code="N", start=time(22), minutes=480)
DAYS = Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=3)


def roster() -> Roster:
    """Two agents: E with a late meal, off, N; off, off, E."""
    symbol = np.array([[1, 0, 2], [0, 0, 1]])
    start, minutes = np.array([-1, 480, 1320])[symbol], np.array([0, 540, 480])[symbol]
    meal, eaten = np.array([-1, 300, -1])[symbol], np.array([0, 60, 0])[symbol]
    breaks = np.where(symbol == 1, 90, -1)[:, :, None]
    return Roster(("a", "b"), DAYS, (OFF, "E", "N"), symbol, start, minutes, meal, eaten, version="v001-month", breaks=breaks)


def test_days_whose_code_stays_keep_their_times_and_others_get_those_of_the_shift() -> None:
    given = Given(["b", "a"], [DAYS.dates[0], DAYS.dates[2]], [OFF, "E"], [[1, -1], [1, 0]])
    made = made_of(roster(), given, [EARLY, NIGHT])
    assert np.array(made.codes)[made.symbol].tolist() == [["E", OFF, OFF], ["E", OFF, "E"]]
    assert made.meal[:, 0].tolist() == [300, EARLY.plans[0][0]]
    assert (made.start[0, 2], made.minutes[0, 2], made.breaks[1, 0, 0]) == (-1, 0, EARLY.plans[0][1])
    assert differing(roster(), made).tolist() == [[False, False, True], [True, False, False]]


def test_everything_that_is_not_known_is_told_at_once() -> None:
    given = Given(["a", "a", "z"], [DAYS.dates[0], date(2026, 7, 1)], ["E", "X"], [[0, 0], [0], [0, 7]])
    with pytest.raises(InvalidData) as refused:
        made_of(roster(), given, [EARLY])
    told = [(one.row, one.column) for one in refused.value.findings]
    assert told == [(1, "agents"), (2, "agents"), (1, "days"), (1, "codes"), (1, "cells"), (2, "cells")]


AUTHOR = Author("test", datetime(2026, 5, 1, tzinfo=UTC))


def test_what_is_saved_from_arrays_reads_as_arrays_as_rows_and_as_a_matrix(database: Database) -> None:
    moved = roster()
    start = moved.start.copy()
    start[0, 0] = 510
    early = Roster(
        moved.agents, DAYS, moved.codes, moved.symbol, start, moved.minutes, moved.meal, moved.meal_minutes, breaks=moved.breaks
    )
    with changing(database, "grid", AUTHOR, "test") as change:
        save_roster(change, "versions/v001-month.csv", roster(), record_of(roster()))
        save_roster(change, "versions/v002-day.csv", early, record_of(early))
    with database.reading() as connection:
        one, two = (version_held(connection, "grid", name) for name in ("v001-month", "v002-day"))
        again = roster_of(connection, two, [EARLY, NIGHT])
        assert not differing(again, early).any()
        made = matrix(connection, two, Wanted())
        assert [[made.codes[code] for code in line] for line in made.cells] == [["E", OFF, "N"], [OFF, OFF, "E"]]
        assert made.spans["N"] == Span(time(22), 480)
        usual = made.spans["E"].start
        assert [(agent, day) for agent, day, *_ in made.moved] == [("a", DAYS.first) if usual == time(8) else ("b", DAYS.last)]
        assert matrix(connection, one, Wanted(["b"], DAYS.last, DAYS.last)).cells == [[0]]
        (change_,) = differences(connection, one, two, Wanted())
        assert (change_[1]["start"].hour, change_[2]["start"].minute, change_[2]["agent"]) == (8, 30, "a")
        told = rows(connection, one, Wanted(codes=["E"]), after=0)
        assert [(row["agent"], row["date"], row["meal_start"].hour) for row in told] == [("b", DAYS.last, 13)]


def test_a_night_of_a_clock_change_has_its_elapsed_minutes(database: Database) -> None:
    days = Horizon(zone="Europe/Berlin", first=date(2026, 10, 24), days=2)
    one = roster()
    arrays = {name: getattr(one, name)[:, 1:] for name in ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")}
    made = Roster(one.agents, days, one.codes, **arrays | {"symbol": np.array([[2, 0], [0, 2]])}, version="v001-month")
    night = replace(made, start=np.where(made.symbol == 2, 1320, -1), minutes=np.where(made.symbol == 2, 480, 0))
    with changing(database, "grid", AUTHOR, "test") as change:
        save_roster(change, "versions/v001-month.csv", night, record_of(night))
    with database.reading() as connection:
        held = version_held(connection, "grid", "v001-month")
        told, (first, *_, last) = matrix(connection, held, Wanted()), rows(connection, held, Wanted())
        again = roster_of(connection, held, [NIGHT])
    assert told.spans == {"N": Span(time(22), 480)}
    assert (first["end"].isoformat(), last["end"].isoformat()) == ("2026-10-25T05:00:00+01:00", "2026-10-26T06:00:00+01:00")
    assert again.minutes.tolist() == [[480, 0], [0, 480]]
