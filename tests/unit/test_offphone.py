"""Off-phone work as entities and files: what is refused, and all of it at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.exchange.offphone import (
    DEBTS_FILE,
    PLACEMENTS_FILE,
    TASKS_FILE,
    read_debts,
    read_placements,
    read_tasks,
    write_debts,
    write_placements,
    write_tasks,
)
from data.model.errors import InvalidData
from data.model.offphone import Debt, Placement, Task, TrainingYear

MORNING, EVENING = datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 1, 18, tzinfo=UTC)
AGENTS, SKILLS, TEAMS = ("A1", "A2"), ("power",), ("T1",)
PLAIN = Task(id="study", kind="knowledge", minutes=60, earliest=MORNING, deadline=EVENING)
FULL = Task(
    id="talk", kind="meeting", name="Talk", name_zh="例会", skills=("power",), agents=("A1", "A2"), teams=("T1",), each=True,
    minutes=45, earliest=MORNING, deadline=EVENING, priority=1, delay_cost=2.5, group_least=2, group_most=6, facilitator="A1",
    place="Room 1", may_be_taken_back=False,
)  # fmt: skip


def tasks_of(path: Path) -> tuple[Task, ...]:
    return read_tasks(path, AGENTS, SKILLS, TEAMS)


def test_tasks_placements_and_debts_come_back_as_they_were(tmp_path: Path) -> None:
    write_tasks((PLAIN, FULL), tmp_path / TASKS_FILE)
    assert tasks_of(tmp_path / TASKS_FILE) == (PLAIN, FULL)
    placements = (
        Placement(task="talk", agents=("A1", "A2"), start=MORNING, minutes=45),
        Placement(task="study", agents=("A2",), start=MORNING, minutes=60, facilitator="A1"),
    )
    write_placements(placements, tmp_path / PLACEMENTS_FILE)
    assert read_placements(tmp_path / PLACEMENTS_FILE, ("study", "talk"), AGENTS) == placements
    debts = (
        Debt(agent="A1", task="talk", kind="meeting", deadline=EVENING, owed_minutes=45, taken_back_minutes=45),
        Debt(task="study", kind="knowledge", deadline=EVENING, owed_minutes=60),
    )
    write_debts(debts, tmp_path / DEBTS_FILE)
    assert read_debts(tmp_path / DEBTS_FILE, ("study", "talk"), AGENTS) == debts


def test_files_without_rows_are_empty(tmp_path: Path) -> None:
    write_tasks((), tmp_path / TASKS_FILE)
    assert tasks_of(tmp_path / TASKS_FILE) == ()


def found(read: Callable[[], object]) -> list[tuple[int | None, str | None]]:
    with pytest.raises(InvalidData) as caught:
        read()
    return [(finding.row, finding.column) for finding in caught.value.findings]


def test_every_finding_of_the_tasks_at_once(tmp_path: Path) -> None:
    rows = (
        "id,kind,minutes,earliest,deadline,skills,agents,facilitator,group_least,group_most",
        "a,reading,60,2026-06-01T08:00+08:00,2026-06-01T18:00+08:00,,,,,",
        "b,training,60,2026-06-01T08:00+08:00,2026-06-01T08:00+08:00,,,,,",
        "c,training,60,2026-06-01T08:00+08:00,2026-06-01T18:00+08:00,gas,A9,A8,,",
        "d,training,60,2026-06-01T08:00+08:00,2026-06-01T18:00+08:00,,,,3,2",
        "e,training,0,2026-06-01T08:00,2026-06-01T18:00+08:00,,,,,",
    )
    (tmp_path / TASKS_FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert found(lambda: tasks_of(tmp_path / TASKS_FILE)) == [
        (2, "kind"),
        (3, "deadline"),
        (4, "skills"),
        (4, "agents"),
        (4, "facilitator"),
        (5, "group_most"),
        (6, "earliest"),
        (6, "minutes"),
    ]


def test_placements_and_debts_name_what_there_is(tmp_path: Path) -> None:
    placements, debts = tmp_path / PLACEMENTS_FILE, tmp_path / DEBTS_FILE
    placements.write_text("task,agents,start,minutes\nx,A1;A9,2026-06-01T08:00+08:00,30\n", encoding="utf-8")
    assert found(lambda: read_placements(placements, ("t",), AGENTS)) == [(2, "task"), (2, "agents")]
    debts.write_text("agent,task,kind,deadline,owed_minutes\nA9,x,training,2026-06-01T08:00+08:00,-1\n", encoding="utf-8")
    assert found(lambda: read_debts(debts, ("t",), AGENTS)) == [(2, "owed_minutes")]


def test_a_task_without_a_column_is_told_once(tmp_path: Path) -> None:
    (tmp_path / TASKS_FILE).write_text("id,kind\na,training\n", encoding="utf-8")
    assert found(lambda: tasks_of(tmp_path / TASKS_FILE)) == [(1, "deadline"), (1, "earliest"), (1, "minutes")]


@pytest.mark.parametrize("fields", [{"group_most": 3}, {"facilitator": "A1"}])
def test_a_session_is_not_split(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="not split"):
        Task.model_validate(PLAIN.model_dump() | fields | {"least_piece_minutes": 30})


def test_the_pace_of_a_year() -> None:
    half = TrainingYear(agent="A1", minutes=1200, done_minutes=365, until=date(2026, 12, 31))
    assert half.at_pace() == 365
    assert half.model_copy(update={"until": date(2026, 3, 14)}).at_pace() == 365 * 365 / 73
    joined = half.model_copy(update={"first": date(2026, 12, 1), "until": date(2026, 12, 1)})
    assert joined.at_pace() == 365 * 31
    with pytest.raises(ValidationError, match="begins"):
        TrainingYear(agent="A1", minutes=1, until=date(2026, 6, 1), first=date(2026, 6, 2))
