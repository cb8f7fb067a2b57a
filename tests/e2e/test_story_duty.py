"""A duty manager's day, told with the generated client: warned, they acknowledge, weigh calling in, and call in until somebody is there."""

import shutil
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from client_case import Person, model, person
from planner import Told, append
from run_case import working

AT = "2026-06-10T10:00"


@pytest.fixture(scope="module")
def duty(
    month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory, client_package: str
) -> Generator[Person]:
    """A duty manager of a centre where many fall ill the next day."""
    del client_package
    root = tmp_path_factory.mktemp("duty")
    folder = Path(shutil.copytree(month[0], root / "centre"))
    append(folder / "leave.csv", *(f"A{k:04d},2026-06-11,2026-06-11,SL,yes" for k in range(1, 13) if k != 3))
    with working(root / "data") as service:
        service.add("grid", folder)
        with person(service, "grid", "leader") as made:
            yield made


def test_a_warning_is_raised_acknowledged_and_closed(duty: Person) -> None:
    duty.run("warn", at=AT, days=2.0)
    warned = [one.row for one in duty.get("tables.list_warnings_rows", limit=1000).items]
    worst = next(one for one in warned if one.level in ("orange", "red") and one.start.startswith("2026-06-11"))
    assert worst.missing_heads > 0
    step = model("WarningStepIn")
    taken = duty.get("tables.add_warning_step", body=step(warning=worst.id, deed="acknowledged", role="owner"), idempotency_key="w")
    assert (taken.row.by, taken.row.deed) == ("leader", "acknowledged")
    again = duty.ask("tables.add_warning_step", "grid", body=step(warning=worst.id, deed="acknowledged"), idempotency_key="other")
    assert again.status_code in (409, 422)
    duty.get("tables.add_warning_step", body=step(warning=worst.id, deed="closed", reason="members called in"))
    steps = duty.get("tables.list_warning_steps_rows", warning=worst.id, limit=1000).items
    assert [one.row.deed for one in steps][-2:] == ["acknowledged", "closed"]


def test_each_tier_is_decided_with_a_reason_in_both_languages(duty: Person) -> None:
    duty.run("decide", at="2026-06-11T09:00")
    decided = [one.row for one in duty.get("tables.list_call_decisions_rows").items]
    assert decided
    assert all(one.reason and one.reason_zh for one in decided)


def test_members_are_called_in_until_they_are_there(duty: Person) -> None:
    duty.run("echelons_register", at="2026-06-05T10:00", hours=72)
    able = [one.row for one in duty.get("tables.list_register_rows", limit=1000).items if (one.row.able or 0) > 0]
    at = datetime.fromisoformat(able[0].at)
    begin = at + timedelta(hours=1)
    span = {"begin": wall(begin), "end": wall(begin + timedelta(hours=3))}
    duty.run("call_out_start", at=wall(at), echelon="E1", queue="service", heads=1, reason="storm", **span)
    duty.run("call_out_ask", call_out="c0001", at=wall(at))
    asked = steps(duty, "asked")
    duty.run("call_out_answer", call_out="c0001", member=asked[0], at=wall(at + timedelta(minutes=5)), accepts=True)
    duty.run("call_out_arrive", call_out="c0001", member=asked[0], at=wall(at + timedelta(minutes=50)))
    assert (steps(duty, "accepted"), steps(duty, "arrived")) == (asked[:1], asked[:1])


def steps(duty: Person, deed: str) -> list[str]:
    """Members of whom a deed is told."""
    return [one.row.agent for one in duty.get("tables.list_call_out_steps_rows", limit=1000).items if one.row.deed == deed]


def wall(at: datetime) -> str:
    """Wall-clock time as runs take it."""
    return f"{at:%Y-%m-%dT%H:%M}"


def test_plans_are_not_theirs(duty: Person) -> None:
    refused = duty.ask("runs.run_plan", "grid", body=model("PlanRun")())
    assert (refused.status_code, refused.parsed.type_) == (403, "forbidden")
