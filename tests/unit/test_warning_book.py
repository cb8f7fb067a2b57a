"""The life of a warning: what each step makes of it, what cannot be done, and that the file holds all of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.warnings import booked, within
from data.exchange.warning_steps import read_warning_book, write_warning_book
from data.model.errors import InvalidData, NotFound, there_are
from data.model.response import CapacityWarning, WarningLevel
from data.model.warning_book import WarningBook, WarningStep
from data.model.warning_policy import WarningPolicy

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)
POLICY = WarningPolicy()
NONE, BLUE, YELLOW, ORANGE, RED = WarningLevel


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def warning(level: WarningLevel, start: float = 120, end: float = 240, queue: str = "power") -> CapacityWarning:
    return CapacityWarning(queue, level, after(start), after(end), after(start), 0.9, 0.8, 3.0, 1.3, 20.0)


def looks(*found: tuple[float, list[CapacityWarning]], book: WarningBook | None = None) -> WarningBook:
    book = book or WarningBook()
    for minutes, warnings in found:
        book, _ = booked(book, warnings, after(minutes), "look", POLICY)
    return book


def deeds(book: WarningBook, name: str = "w0001") -> list[str]:
    return [step.deed for step in book.steps if step.warning == name]


def step(deed: str, minutes: float, **more: object) -> WarningStep:
    return WarningStep.model_validate({"warning": "w0001", "deed": deed, "by": "Wang", "at": after(minutes)} | more)


def test_a_look_finds_its_warnings_again_and_raises_none_twice() -> None:
    book, named = booked(WarningBook(), [warning(RED), warning(BLUE, queue="ev")], NOW, "look", POLICY)
    assert [one.id for one in named] == ["w0001", "w0002"]
    book, named = booked(book, [warning(RED, 150, 240), warning(BLUE, 400, 500)], after(1), "look", POLICY)
    assert [one.id for one in named] == ["w0001", "w0003"]
    assert deeds(book) == ["raised"]
    one = book.warnings["w0001"]
    assert (one.level, one.state, one.role) == (RED, "raised", "lead")


def test_a_stretch_that_touches_is_the_same_warning_and_one_of_another_queue_is_not() -> None:
    book = looks((0, [warning(RED, 120, 240)]))
    longer, named = booked(book, [warning(RED, 240, 300), warning(RED, 120, 240, queue="ev")], after(5), "look", POLICY)
    assert [one.id for one in named] == ["w0001", "w0002"]
    assert (longer.warnings["w0001"].start, longer.warnings["w0001"].end) == (after(120), after(300))
    assert longer.warnings["w0001"].due(POLICY) == after(10), "a longer stretch gives no more time"


def test_a_level_rises_at_once_and_falls_after_two_calm_looks() -> None:
    book = looks((0, [warning(YELLOW)]), (1, [warning(RED)]), (2, [warning(BLUE)]))
    assert deeds(book) == ["raised", "changed", "calmer"]
    assert book.warnings["w0001"].level == RED
    again = looks((3, [warning(RED)]), (4, [warning(BLUE)]), book=book)
    assert deeds(again)[3:] == ["held", "calmer"]
    assert again.warnings["w0001"].level == RED
    assert looks((3, [warning(BLUE)]), book=book).warnings["w0001"].level == BLUE
    gone = looks((3, []), book=book).warnings["w0001"]
    assert (gone.level, gone.state, gone.stands) == (NONE, "calm", False)


def test_who_does_not_acknowledge_in_time_is_passed_over_up_to_the_owner() -> None:
    found = [warning(RED, 120, 600)]
    book = looks((0, found), (10, found))
    assert deeds(book) == ["raised"]  # ten minutes are not over yet
    book = looks((11, found), (22, found), (40, found), book=book)
    assert deeds(book) == ["raised", "escalated", "escalated"]
    assert book.warnings["w0001"].role == "owner"
    taken = looks((0, found)).take(step("acknowledged", 5, role="lead"))
    assert deeds(looks((60, found), book=taken)) == ["raised", "acknowledged"]


def test_a_higher_level_must_be_acknowledged_anew() -> None:
    book = looks((0, [warning(YELLOW, 120, 600)])).take(step("acknowledged", 5, role="support"))
    book = looks((6, [warning(RED, 120, 600)]), book=book)
    one = book.warnings["w0001"]
    assert (one.state, one.role, one.due(POLICY)) == ("raised", "support", after(16))


def test_what_is_over_expires_and_may_then_be_reviewed() -> None:
    book = looks((0, [warning(RED)]), (240, []))
    assert deeds(book)[-1] == "expired"
    told = {"cause": "system", "done": "echelon 1 called", "lesson": "call it an hour sooner"}
    assert book.take(step("reviewed", 300, **told)).warnings["w0001"].reviewed
    with pytest.raises(InvalidData) as caught:
        book.take(step("reviewed", 300, cause="system"), step("closed", 300))
    assert [finding.expected for finding in caught.value.findings] == [
        "done of a warning that is reviewed",
        "lesson of a warning that is reviewed",
        "a warning that stands",
    ]


def test_what_cannot_be_done_is_told() -> None:
    book = looks((5, [warning(RED)]))
    wrong = (
        step("acknowledged", 4),
        step("raised", 6, level="red"),
        step("acknowledged", 6, role="lead").model_copy(update={"warning": "w9"}),
        step("reviewed", 6, cause="person", done="x", lesson="y"),
    )
    _, findings = book.judged(wrong)
    assert [k for k, _ in findings] == [0, 1, 2, 3]
    passed = book.take(step("escalated", 20, role="support"))
    with pytest.raises(InvalidData, match="support"):
        passed.take(step("acknowledged", 21, role="lead"))
    with pytest.raises(NotFound, match="w0001"):
        book.known("w9")


def test_warnings_that_stand_beside_each_other_keep_their_levels() -> None:
    both = [warning(BLUE), warning(RED, queue="ev")]
    book = looks((0, both), (1, both))
    assert [one.level for one in book.warnings.values()] == [BLUE, RED]
    assert len(book.steps) == 2


def test_a_stretch_has_a_start_and_an_end_after_it() -> None:
    for wrong in ({"start": NOW, "end": NOW}, {"start": NOW, "end": None}, {"start": None, "end": NOW}):
        with pytest.raises(ValidationError):
            step("changed", 1, **wrong)


def test_a_warning_is_raised_with_its_queue_stretch_and_level() -> None:
    with pytest.raises(InvalidData) as caught:
        WarningBook().take(step("raised", 0))
    assert [finding.expected.split()[0] for finding in caught.value.findings] == ["queue", "start", "level"]


def test_the_file_holds_the_whole_book_and_no_step_that_could_not_be_taken(tmp_path: Path) -> None:
    book = looks((0, [warning(RED), warning(BLUE, queue="ev")]), (1, [warning(YELLOW)]), (240, []))
    write_warning_book(book, tmp_path)
    assert read_warning_book(tmp_path, ("power", "ev")) == book
    path = tmp_path / WarningBook.FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_warning_book(tmp_path, ("power", "ev"))
    assert [finding.row for finding in caught.value.findings] == [len(text.splitlines()) + 1]
    with pytest.raises(InvalidData, match="one of power"):
        read_warning_book(tmp_path, ("power",))


def test_a_look_goes_no_farther_than_it_is_asked() -> None:
    assert within(POLICY, 1).look_ahead_hours == (24, 24, 24, 24)
    assert within(POLICY, 60).look_ahead_hours == POLICY.look_ahead_hours


def test_names_of_many_are_told_by_their_ends() -> None:
    names = [f"w{number:04d}" for number in range(1, 14)]
    assert there_are(names) == "there are w0001, w0002, w0003, ..., w0013 (13)"
    assert there_are(names[:12]) == f"there are {', '.join(names[:12])}"
    assert there_are([]) == "there are none"
