"""Runs in the store: asked for once, carried out by one attempt at a time, brought back once."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from service_case import author

from api.runs.child import Outcome, as_told
from api.runs.desk import HEAVY, Desk, prepare
from api.runs.firing import PRESETS, fire_due, next_time, rendered, run_id, zone_of_centre
from api.runs.kinds import kind_named
from api.runs.landing import land, take_off
from api.settings import Settings
from data.exchange.folder import write_template
from data.model.errors import NotFound, Superseded
from data.store.base import metadata
from data.store.entries import entries
from data.store.folder import paths, take_in
from data.store.revisions import add_centre, changing, revision_of
from data.store.runs import (
    Asked,
    Overtaken,
    begin_run,
    cancel_run,
    drop_dead,
    end_run,
    live_workers,
    renew_lease,
    run_row,
    run_rows,
    tell_progress,
)
from data.store.schedules import add_schedule, schedule_row
from optimizer.rostering.solution import Progress

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DONE = Outcome("done")


@pytest.fixture
def settings(tmp_path: Path) -> Generator[Settings]:
    """An installation with the template as its centre."""
    made = Settings(data=tmp_path / "data")
    made.data.mkdir()
    prepare(made.database)
    from_folder = tmp_path / "template"
    write_template(from_folder)
    metadata.create_all(made.database.engine)
    with made.database.writing() as connection:
        add_centre(connection, "north", author())
    with changing(made.database, "north", author(), "import") as change:
        take_in(change, from_folder, paths(from_folder), made.files)
    yield made
    made.database.engine.dispose()


def asked(number: str, kind: str = "plan", **params: Any) -> Asked:
    """A run that somebody asks for."""
    told = kind_named(kind).params.model_validate(params).model_dump(mode="json")
    return Asked(number, "north", kind, told, "ada", NOW, "because")


def begun(settings: Settings, number: str, kind: str = "plan", worker: str = "w1") -> dict[str, Any]:
    """A run in hand of a worker."""
    Desk(settings.database).submit(asked(number, kind))
    with settings.database.writing() as connection:
        row = begin_run(connection, number, worker, NOW)
    assert row is not None
    return row


def jobs(settings: Settings) -> list[tuple[Any, ...]]:
    """Jobs by id, queue and status."""
    with settings.database.reading() as connection:
        told = "SELECT workflow_uuid, queue_name, status FROM workflow_status"
        return [tuple(row) for row in connection.exec_driver_sql(told)]


def state(settings: Settings, number: str) -> dict[str, Any]:
    """A run as it stands."""
    with settings.database.reading() as connection:
        return run_row(connection, number, log=True)


def test_a_run_and_its_job_are_kept_together_or_not_at_all(settings: Settings) -> None:
    desk = Desk(settings.database)
    assert desk.submit(asked("one"))[1]
    assert jobs(settings) == [("one", HEAVY, "ENQUEUED")]
    with settings.database.engine.connect() as connection, connection.begin() as transaction:
        desk.submit_in(connection, asked("two"))
        transaction.rollback()
    assert len(jobs(settings)) == 1
    with pytest.raises(NotFound):
        state(settings, "two")


def test_the_same_id_is_the_same_run(settings: Settings) -> None:
    desk = Desk(settings.database)
    first, _ = desk.submit(asked("one"))
    again, new = desk.submit(asked("one", days=3))
    assert (again["params"], new, len(jobs(settings))) == (first["params"], False, 1)


def test_a_run_of_no_centre_is_not_noted(settings: Settings) -> None:
    with pytest.raises(NotFound):
        Desk(settings.database).submit(Asked("one", "nowhere", "plan", {}, "ada", NOW))
    with pytest.raises(NotFound):
        Desk(settings.database).submit(Asked("one", "north", "dance", {}, "ada", NOW))
    assert jobs(settings) == []


def test_only_the_attempt_in_hand_ends_a_run(settings: Settings) -> None:
    first = begun(settings, "one")
    with settings.database.writing() as connection:
        second = begin_run(connection, "one", "w2", NOW)
    assert second is not None
    assert (first["attempt"], second["attempt"]) == (1, 2)
    with pytest.raises(Overtaken), settings.database.writing() as connection:
        end_run(connection, "one", 1, "succeeded")
    with settings.database.writing() as connection:
        tell_progress(connection, "one", 1, {"seq": 1})
        end_run(connection, "one", 2, "succeeded", ended_at=NOW)
        assert begin_run(connection, "one", "w3", NOW) is None
    assert (state(settings, "one")["progress"], state(settings, "one")["worker"]) == (None, "w2")


def test_a_run_is_brought_back_once(settings: Settings, tmp_path: Path) -> None:
    run, copy = begun(settings, "one", "require"), tmp_path / "copy"
    take_off(settings.database, run, copy, settings.files)
    staff = copy / "staff.csv"
    lines = staff.read_text(encoding="utf-8").splitlines()
    fresh = copy / "fresh"
    fresh.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    fresh.replace(staff)
    land(settings.database, run, copy, settings.files, DONE, NOW, "said")
    with pytest.raises(Overtaken):
        land(settings.database, run, copy, settings.files, DONE, NOW, "said")
    ended = state(settings, "one")
    assert (ended["state"], ended["revision"], ended["log"], ended["result"]["files"]) == ("succeeded", 2, "said", ["staff.csv"])
    with settings.database.reading() as connection:
        assert revision_of(connection, "north") == 2
        assert len(entries(connection, "north", "staff")) == len(lines) - 2


def test_what_only_looks_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    run, copy = begun(settings, "one", "verify"), tmp_path / "copy"
    take_off(settings.database, run, copy, settings.files)
    (copy / "note.txt").write_text("left", encoding="utf-8")
    land(settings.database, run, copy, settings.files, Outcome("done", 1), NOW, "")
    assert state(settings, "one")["result"] == {"exit_code": 1, "files": [], "versions": []}
    with settings.database.reading() as connection:
        assert revision_of(connection, "north") == 1


def test_a_document_that_somebody_else_has_changed_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    runs = {name: begun(settings, name) for name in ("one", "two")}
    for name, run in runs.items():
        take_off(settings.database, run, tmp_path / name, settings.files)
        fresh = tmp_path / name / "fresh"
        fresh.write_text(f"# {name}\n{(tmp_path / name / 'centre.toml').read_text(encoding='utf-8')}", encoding="utf-8")
        fresh.replace(tmp_path / name / "centre.toml")
    land(settings.database, runs["one"], tmp_path / "one", settings.files, DONE, NOW, "")
    with pytest.raises(Superseded):
        land(settings.database, runs["two"], tmp_path / "two", settings.files, DONE, NOW, "")
    assert state(settings, "two")["state"] == "running"


def test_a_document_that_both_make_alike_is_no_conflict(settings: Settings, tmp_path: Path) -> None:
    runs = {name: begun(settings, name) for name in ("one", "two")}
    for name, run in runs.items():
        take_off(settings.database, run, tmp_path / name, settings.files)
        (tmp_path / name / "rulebooks").mkdir(exist_ok=True)
        (tmp_path / name / "rulebooks" / "kept.toml").write_text("name = 'kept'\n", encoding="utf-8")
    for name, run in runs.items():
        land(settings.database, run, tmp_path / name, settings.files, DONE, NOW, "")
    assert [state(settings, name)["state"] for name in runs] == ["succeeded", "succeeded"]


def test_two_copies_are_given_numbers_of_their_own(settings: Settings, tmp_path: Path) -> None:
    told: list[str] = []
    for name in ("one", "two"):
        take_off(settings.database, begun(settings, name), tmp_path / name, settings.files)
        told.append((tmp_path / name / ".next").read_text(encoding="utf-8"))
    assert told == ['{"roster": 1, "forecast": 1}', '{"roster": 2, "forecast": 2}']


def test_a_waiting_run_is_cancelled_at_once_and_a_running_one_is_asked(settings: Settings) -> None:
    desk = Desk(settings.database)
    desk.submit(asked("waits"))
    begun(settings, "runs")
    assert desk.cancel("waits", author())["state"] == "cancelled"
    assert (desk.cancel("runs", author())["state"], state(settings, "runs")["cancel"]) == ("running", True)
    with settings.database.writing() as connection:
        assert begin_run(connection, "waits", "w1", NOW) is None
        assert begin_run(connection, "runs", "w2", NOW) is None
        assert cancel_run(connection, "runs", NOW) == "cancelled"


def test_runs_are_listed_page_by_page(settings: Settings) -> None:
    desk = Desk(settings.database)
    for number in "abc":
        desk.submit(asked(number, "verify" if number == "b" else "plan"))
    with settings.database.reading() as connection:
        page = run_rows(connection, "north", most=2)
        rest = run_rows(connection, "north", before=(page[-1]["submitted_at"], page[-1]["id"]))
        assert ([row["id"] for row in page], [row["id"] for row in rest]) == (["c", "b"], ["a"])
        assert [row["id"] for row in run_rows(connection, "north", kind="verify", state="queued", since=NOW)] == ["b"]
        assert run_rows(connection, "north", since=NOW + timedelta(seconds=1)) == []


def test_a_worker_lives_as_long_as_it_says_so(settings: Settings) -> None:
    with settings.database.writing() as connection:
        renew_lease(connection, "w1", NOW + timedelta(seconds=5))
        renew_lease(connection, "w2", NOW + timedelta(seconds=5))
        renew_lease(connection, "w2", NOW + timedelta(seconds=9))
        assert live_workers(connection, NOW + timedelta(seconds=6)) == {"w2"}
        drop_dead(connection, NOW + timedelta(seconds=6))
        assert live_workers(connection, NOW) == {"w2"}


def scheduled(settings: Settings, due: datetime, **told: Any) -> None:
    """A schedule that is due."""
    row = {"name": "s", "kind": "tweak", "params": {"at": "{now}"}, "cron": "0 * * * *", "enabled": True, "why": "", "next_at": due}
    with settings.database.writing() as connection:
        add_schedule(connection, "s1", "north", row | told, author())


def test_a_schedule_fires_once_at_its_time(settings: Settings) -> None:
    scheduled(settings, NOW)
    desk, late = Desk(settings.database), NOW + timedelta(seconds=30)
    assert fire_due(desk, NOW - timedelta(seconds=1)) == []
    assert fire_due(desk, late) == [run_id("s1", NOW)]
    assert fire_due(desk, late) == []
    with settings.database.reading() as connection:
        row, zone = schedule_row(connection, "north", "s1"), zone_of_centre(connection, "north")
    assert (row["last_at"], row["last_run"], row["next_at"]) == (NOW, run_id("s1", NOW), NOW + timedelta(hours=1))
    local = NOW.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
    assert state(settings, run_id("s1", NOW))["params"]["at"] == local


def test_a_missed_time_is_left_out(settings: Settings) -> None:
    scheduled(settings, NOW)
    assert fire_due(Desk(settings.database), NOW + timedelta(hours=5, minutes=20)) == []
    with settings.database.reading() as connection:
        row = schedule_row(connection, "north", "s1")
    assert (row["last_run"], row["next_at"]) == (None, NOW + timedelta(hours=6))


def test_a_schedule_that_cannot_be_run_does_not_stop_the_others(settings: Settings) -> None:
    scheduled(settings, NOW, params={"at": "{now}", "gone": 1})
    assert fire_due(Desk(settings.database), NOW) == []


def test_tokens_are_times_of_the_centre(settings: Settings) -> None:
    with settings.database.reading() as connection:
        zone = zone_of_centre(connection, "north")
    at = datetime(2026, 6, 2, 23, 30, tzinfo=zone)
    told = rendered({"a": "{now}", "b": ["{today}", "x{tomorrow}"], "c": 3, "d": "{next_monday}"}, at.astimezone(UTC), zone)
    assert told == {"a": "2026-06-02T23:30", "b": ["2026-06-02", "x2026-06-03"], "c": 3, "d": "2026-06-08"}
    assert next_time("15 3 * * *", at, zone) == datetime(2026, 6, 3, 3, 15, tzinfo=zone)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_of_kinds_that_there_are(name: str, settings: Settings) -> None:
    preset = PRESETS[name]
    with settings.database.reading() as connection:
        zone = zone_of_centre(connection, "north")
    kind_named(preset["kind"]).params.model_validate(rendered(preset["params"], NOW, zone))


def test_progress_says_what_is_known() -> None:
    nan = float("nan")
    assert as_told(Progress("bound", 0.25, nan, 0.0, 1.0)) == {
        "percent": 25.0,
        "penalty": None,
        "bound": None,
        "gap": None,
        "message": "bound",
    }
    assert as_told(Progress("month", 1.0, 200.0, 150.0, 1.0))["gap"] == 0.25
