"""Schedules: runs that are asked for again and again, at times of the centre's own clock."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from croniter import croniter
from fastapi import Header, Request, Response
from pydantic import BaseModel, Field, ValidationError, field_validator

from api.http.access import DatabaseOf, hand, need
from api.http.etags import IfMatch, must_match, tag
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.routes.runs import check_may_run
from api.runs.firing import PRESETS, next_time, rendered, zone_of_centre
from api.runs.kinds import kind_named
from data.model.errors import Finding, InvalidData
from data.store.revisions import revision_of
from data.store.schedules import add_schedule, drop_schedule, schedule_row, schedule_rows, set_schedule

router = api_router(tags=["schedules"])


class SchedulePlan(BaseModel):
    """When a run is asked for, of which kind, with what."""

    kind: str = Field(description="Name of a kind of run.")
    cron: str = Field(
        max_length=100, description="Minute, hour, day of month, month, day of week, by the clock of the centre, e.g. `15 3 * * *`."
    )
    params: dict[str, Any] = Field(
        {},
        description="Parameters of the kind; `{now}`, `{today}`, `{tomorrow}`, `{next_monday}` stand for local time and days.",
    )

    @field_validator("cron")
    @classmethod
    def _reads(cls, cron: str) -> str:
        if len(cron.split()) != 5 or not croniter.is_valid(cron):
            raise ValueError("five fields: minute, hour, day of month, month, day of week")
        return cron


class ScheduleIn(SchedulePlan):
    """A schedule as it is asked for. A time at which no worker lived is left out, not made up for."""

    name: str = Field(max_length=200)
    enabled: bool = True
    why: str = Field("", max_length=2000, description="Why it is run: kept with every run.")


class ScheduleOut(ScheduleIn):
    """A schedule."""

    id: str
    by: str = Field(description="Who changed it last: its runs are in their name.")
    last_at: datetime | None = Field(description="Time for which it was run last.")
    last_run: str | None = Field(description="Run that it was run with last.")
    next_at: datetime | None


Reader = Annotated[Caller, need("runs:read")]
Writer = Annotated[Caller, need("runs:write")]


@router.get("/schedule-presets")
def list_presets(_: Reader) -> dict[str, SchedulePlan]:
    """Ready schedules: learn at night, adjust each week, tweak and warn at each interval."""
    return {name: SchedulePlan.model_validate(preset) for name, preset in PRESETS.items()}


@router.get("/centres/{centre}/schedules")
def list_schedules(centre: str, database: DatabaseOf, _: Reader) -> list[ScheduleOut]:
    """Schedules of a centre."""
    with database.reading() as connection:
        revision_of(connection, centre)
        return [ScheduleOut.model_validate(row) for row in schedule_rows(connection, centre)]


@router.post("/centres/{centre}/schedules", status_code=201)
def make_schedule(
    request: Request, response: Response, centre: str, body: ScheduleIn, database: DatabaseOf, caller: Writer
) -> ScheduleOut:
    """Add a schedule."""
    number = uuid4().hex
    with database.writing() as connection:
        revision_of(connection, centre)
        add_schedule(connection, number, centre, _told(connection, centre, body, caller), hand(request, caller, body.why))
        row = schedule_row(connection, centre, number)
    response.headers["Location"] = f"{request.url.path}/{number}"
    tag(response, row["version"])
    return ScheduleOut.model_validate(row)


@router.get("/centres/{centre}/schedules/{schedule}")
def get_schedule(response: Response, centre: str, schedule: str, database: DatabaseOf, _: Reader) -> ScheduleOut:
    """A schedule."""
    with database.reading() as connection:
        row = schedule_row(connection, centre, schedule)
    tag(response, row["version"])
    return ScheduleOut.model_validate(row)


@router.put("/centres/{centre}/schedules/{schedule}")
def put_schedule(
    request: Request,
    response: Response,
    centre: str,
    schedule: str,
    body: ScheduleIn,
    database: DatabaseOf,
    caller: Writer,
    if_match: Annotated[IfMatch, Header()] = None,
) -> ScheduleOut:
    """Change a schedule; its next time is reckoned anew."""
    with database.writing() as connection:
        before = schedule_row(connection, centre, schedule)
        must_match(if_match, before["version"])
        set_schedule(connection, before, _told(connection, centre, body, caller), hand(request, caller, body.why))
        row = schedule_row(connection, centre, schedule)
    tag(response, row["version"])
    return ScheduleOut.model_validate(row)


@router.delete("/centres/{centre}/schedules/{schedule}", status_code=204)
def delete_schedule(
    request: Request,
    centre: str,
    schedule: str,
    database: DatabaseOf,
    caller: Writer,
    if_match: Annotated[IfMatch, Header()] = None,
) -> None:
    """Remove a schedule; its runs stay."""
    with database.writing() as connection:
        before = schedule_row(connection, centre, schedule)
        must_match(if_match, before["version"])
        drop_schedule(connection, before, hand(request, caller))


def _told(connection: Any, centre: str, body: ScheduleIn, caller: Caller) -> dict[str, Any]:
    """A schedule as it is kept, once it is found that it could be run now and that the caller might run it."""
    kind, now, zone = kind_named(body.kind), datetime.now(UTC), zone_of_centre(connection, centre)
    try:
        params = kind.params.model_validate(rendered(body.params, now, zone))
    except ValidationError as error:
        raise InvalidData(
            Finding("body", None, ".".join(("params", *map(str, one["loc"]))), repr(one["input"]), one["msg"])
            for one in error.errors()
        ) from error
    check_may_run(caller, kind, params)
    return body.model_dump() | {"next_at": next_time(body.cron, now, zone) if body.enabled else None}
