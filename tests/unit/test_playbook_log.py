"""What is done by a playbook: levels, deadlines, what is overdue, and a log that only grows."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from response_case import at

from data.exchange.playbooks import STEPS_FILE, read_log, read_playbooks, write_log
from data.model.errors import InvalidData
from data.model.playbook_log import PlaybookLog, PlaybookStep, clocks
from data.model.response import WarningLevel

BOOK = read_playbooks(Path("nowhere"))["typhoon"]
START = at(1, 8)


def step(level: str = "orange", when: datetime = START, action: str = "", playbook: str = "typhoon") -> PlaybookStep:
    deed = "done" if action else "level"
    told = {"playbook": playbook, "version": "1", "deed": deed, "level": level, "action": action, "at": when, "by": "Li"}
    return PlaybookStep.model_validate(told)


def taken(*steps: PlaybookStep) -> PlaybookLog:
    log = PlaybookLog()
    for one in steps:
        log = log.take(one)
    return log


def test_an_action_is_due_so_long_after_its_level_was_first_reached() -> None:
    raised = START + timedelta(hours=2)
    lowered = raised + timedelta(hours=1)
    run = taken(step("yellow"), step("red", raised), step("blue", lowered)).running["typhoon"]
    dues = {clock.action.id: clock.due for clock in clocks(run, BOOK, lowered)}
    assert dues.keys() == {action.id for action in BOOK.actions}
    for action in BOOK.actions:
        since = START if action.level <= WarningLevel.YELLOW else raised
        assert dues[action.id] == since + timedelta(minutes=action.minutes)
    # who lowers a level does not forget what it asked for
    assert run.level == WarningLevel.BLUE


def test_what_is_not_done_is_overdue_and_what_was_done_late_is_not() -> None:
    late = START + timedelta(minutes=40)
    run = taken(step("orange"), step(when=late, action="call_first")).running["typhoon"]
    found = {clock.action.id: clock for clock in clocks(run, BOOK, late)}
    assert found["broadcast"].overdue
    assert found["broadcast"].late == timedelta(minutes=30)
    assert not found["call_first"].overdue
    assert found["call_first"].late == timedelta(minutes=25)
    assert not found["press_line"].overdue
    assert "command" not in found


def test_a_playbook_that_ended_may_begin_anew() -> None:
    end, again = START + timedelta(hours=5), START + timedelta(days=9)
    log = taken(step("orange"), step(when=START, action="lend"), step("none", end), step("blue", again))
    first, second = log.runs
    assert (first.until, second.until) == (end, None)
    assert (first.started, second.started) == (START, again)
    assert not second.done


@pytest.mark.parametrize(
    ("before", "wrong", "column"),
    [
        ((), step(action="lend"), "playbook"),
        ((), step("none"), "playbook"),
        ((step(),), step("blue", START - timedelta(minutes=1)), "at"),
        ((step(),), step("orange", START + timedelta(minutes=1)), "level"),
        ((step(), step(action="lend")), step(action="lend"), "action"),
        ((step(), step("none")), step(action="lend"), "playbook"),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused(before: tuple[PlaybookStep, ...], wrong: PlaybookStep, column: str) -> None:
    with pytest.raises(InvalidData) as caught:
        taken(*before).take(wrong)
    assert column in [finding.column for finding in caught.value.findings]


def test_the_file_gives_the_log_back_and_tells_a_row_that_does_not_follow(tmp_path: Path) -> None:
    log = taken(step("orange"), step(action="lend"), step(playbook="ice", level="blue"))
    write_log(log, tmp_path)
    assert read_log(tmp_path) == log
    path = tmp_path / STEPS_FILE
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], *lines[2:]]) + "\n", "utf-8")
    with pytest.raises(InvalidData) as caught:
        read_log(tmp_path)
    assert [(one.row, one.column) for one in caught.value.findings] == [(2, "playbook")]


@given(st.lists(st.tuples(st.sampled_from(["none", "blue", "yellow", "orange", "red"]), st.integers(0, 500)), max_size=12))
def test_whatever_is_taken_levels_below_are_never_reached_later(moves: list[tuple[str, int]]) -> None:
    log, when = PlaybookLog(), START
    for level, minutes in moves:
        when += timedelta(minutes=minutes)
        try:
            log = log.take(step(level, when))
        except InvalidData:
            continue
    for run in log.runs:
        reached = [run.reached[level] for level in WarningLevel if level in run.reached]
        assert reached == sorted(reached)
        assert run.reached.keys() == set(WarningLevel) - {WarningLevel.NONE} - {lv for lv in WarningLevel if lv > max(run.reached)}
    assert sum(run.until is None for run in log.runs) <= 1
