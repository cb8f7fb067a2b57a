"""Schedules at work: when they are due, with which parameters, and each time once."""

import hashlib
import logging
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter

from api.runs.desk import Desk
from api.runs.kinds import kind_named
from data.model.errors import EchelonError
from data.store.documents import content, documents
from data.store.runs import Asked
from data.store.schedules import due_schedules, move_on

logger = logging.getLogger(__name__)

MISSED = timedelta(minutes=5)
"""A time that is longer ago was missed, and is left out: the next one comes."""

PRESETS: dict[str, dict[str, Any]] = {
    "nightly-learn": {"kind": "forecast", "cron": "15 3 * * *", "params": {"origin": "{today}"}},
    "weekly-adjust": {"kind": "adjust", "cron": "0 16 * * 4", "params": {"first": "{next_monday}", "origin": "{today}"}},
    "interval-tweak": {"kind": "tweak", "cron": "2,17,32,47 * * * *", "params": {"at": "{now}"}},
    "interval-warn": {"kind": "warn", "cron": "4,19,34,49 * * * *", "params": {"at": "{now}"}},
}
"""Ready schedules by their name: learn at night, adjust the next week on Thursday, tweak and warn at each interval."""


def zone_of_centre(connection: Any, centre: str) -> ZoneInfo:
    """Time zone of a centre, as its `centre.toml` says; UTC if it says nothing."""
    held = documents(connection, centre).get("centre.toml")
    told = tomllib.loads(content(connection, held[0]).decode()) if held else {}
    return ZoneInfo(str(told.get("zone", "UTC")))


def next_time(cron: str, after: datetime, zone: ZoneInfo) -> datetime:
    """Next time of a cron expression in a zone, as UTC."""
    return croniter(cron, after.astimezone(zone)).get_next(datetime).astimezone(UTC)


def rendered(params: dict[str, Any], at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Parameters with the tokens ``{now}``, ``{today}``, ``{tomorrow}`` and ``{next_monday}`` as local times and days."""
    local = at.astimezone(zone)
    today: date = local.date()
    days = {"{today}": 0, "{tomorrow}": 1, "{next_monday}": 7 - today.weekday()}
    told = {token: (today + timedelta(days=more)).isoformat() for token, more in days.items()}
    told["{now}"] = local.replace(tzinfo=None).isoformat(timespec="minutes")
    return {name: _rendered(value, told) for name, value in params.items()}


def _rendered(value: Any, told: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_rendered(part, told) for part in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, str):
        return value
    for token, text in told.items():
        value = value.replace(token, text)
    return value


def fire_due(desk: Desk, now: datetime) -> list[str]:
    """Ask for the runs whose time has come, each once however many workers look; those runs."""
    with desk.database.reading() as connection:
        due = due_schedules(connection, now)
    return [run for schedule in due if (run := _fire(desk, schedule, now)) is not None]


def _fire(desk: Desk, schedule: dict[str, Any], now: datetime) -> str | None:
    due: datetime = schedule["next_at"]
    with desk.database.writing() as connection:
        zone = zone_of_centre(connection, schedule["centre"])
        run = run_id(schedule["id"], due) if now - due <= MISSED else None
        if not move_on(connection, schedule, next_time(schedule["cron"], now, zone), run) or run is None:
            return None
        try:
            told = kind_named(schedule["kind"]).params.model_validate(rendered(schedule["params"], due, zone))
        except (EchelonError, ValueError):
            logger.exception("schedule %s cannot be run", schedule["id"])
            return None
        why = schedule["why"] or schedule["name"]
        asked = Asked(run, schedule["centre"], schedule["kind"], told.model_dump(mode="json"), schedule["by"], now, why)
        return run if desk.submit_in(connection, asked) else None


def run_id(*parts: object) -> str:
    """Id of a run that follows from what asked for it."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]
