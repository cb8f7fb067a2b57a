"""What HR systems bring beside persons: absences, kinds of leave, leave balances, certificates; and the contracts to name."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.absences import Reported, all_reported, report, reported, withdraw
from api.http.access import DatabaseOf, hand, need
from api.http.either import check_own, either
from api.http.etags import tag
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller
from api.http.scopes import visible_agents
from api.http.whole import need_whole
from data.exchange.catalogue import BY_NAME
from data.exchange.scim_people import LEFT_CODE
from data.model.errors import Finding, InvalidData
from data.model.people import HoursSystem
from data.store.entries import entries
from data.store.hr import document_text, rows_by_key, rows_of_agent, write_row
from data.store.revisions import Change, changing, revision_of

router = api_router("/centres/{centre}/hr", tags=["hr"])

Code = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_]{0,15}$", description="Code of a kind of leave, e.g. AL.")]
Number = Annotated[str, Path(pattern=r"^[\w.:-]{1,120}$", description="Id that the HR system gave.")]


class Strict(BaseModel):
    """A message that may hold nothing beside its fields: a reason for an absence is refused, not stored (PIPL arts. 28, 55)."""

    model_config = ConfigDict(extra="forbid")


class ContractOut(BaseModel):
    """Terms that many agents share, as the centre is configured."""

    id: str
    name: str
    name_zh: str = ""
    hours_system: HoursSystem = "standard"
    daily_minutes: int = Field(480, description="Paid minutes of a normal day; a paid day of leave credits so many.")
    shifts: list[str] = Field(description="Codes of the shifts that the contract allows.")


class AbsenceIn(Strict):
    """Days on which somebody is not there. A code says how the day counts; why, nobody asks and nothing keeps."""

    agent: str = Field(max_length=100)
    first: date
    last: date
    code: str = Field("SL", pattern=r"^[A-Z][A-Z0-9_]{0,15}$", description="Symbol of the days in rosters, e.g. AL or SL.")
    paid: bool | None = Field(None, description="Left out: as the kind of leave, or other absences of the code, say.")


class AbsenceOut(BaseModel):
    """An absence that the HR system reported."""

    id: str
    agent: str
    first: date
    last: date
    code: str
    paid: bool
    replaced: list[dict[str, Any]] = Field([], description="Other absences that gave way to this one just now, as they were.")


class LeaveTypeIn(Strict):
    """A kind of leave."""

    name: str = ""
    name_zh: str = ""
    paid: bool = Field(True, description="Whether its days credit the normal minutes of the contract.")


class LeaveTypeOut(LeaveTypeIn):
    """A kind of leave; `configured` is false for a code that only absences use so far."""

    code: str
    configured: bool


class LeaveBalanceIn(Strict):
    """Days of leave that may still be taken."""

    days: float = Field(ge=0)
    until: date = Field(description="Last day on which they may be taken.")


class LeaveBalanceOut(LeaveBalanceIn):
    """A leave balance, and how much of it is booked already."""

    agent: str
    code: str
    booked_days: int = Field(description="Days of this code from today until its end that stand in the leave.")


class CertificateIn(Strict):
    """Until when somebody may answer a queue."""

    until: date
    name: str = Field("", max_length=200)


class CertificateOut(CertificateIn):
    """A certificate, and how long it holds still. Plans do not read certificates: take the skill away when one has ended."""

    agent: str
    skill: str
    days_left: int = Field(description="Below zero: it has ended.")
    rostered_for: bool = Field(description="Whether the staff still gives the agent this skill.")


def _today() -> date:
    return datetime.now(UTC).date()


@router.get("/contracts")
def list_contracts(centre: str, database: DatabaseOf, _: Annotated[Caller, need("data:read")]) -> list[ContractOut]:
    """Contracts that persons may have."""
    with database.reading() as connection:
        revision_of(connection, centre)
        told = tomllib.loads(document_text(connection, centre, "centre.toml"))
    return [ContractOut.model_validate(one) for one in told.get("contracts", [])]


def _out(one: Reported) -> AbsenceOut:
    return AbsenceOut(id=one.id, **one.absence.model_dump(), replaced=list(one.replaced))


@router.get("/absences")
def list_absences(
    centre: str,
    database: DatabaseOf,
    caller: Annotated[Caller, need("data:read")],
    limit: Limit = 100,
    after: After = None,
    agent: Annotated[str | None, Query(description="Only those of this agent.")] = None,
) -> Page[AbsenceOut]:
    """Absences that HR systems reported, by their id; leave that was granted or imported stands in the rows of the leave."""
    keys = keys_of(after, 1)
    with database.reading() as connection:
        revision_of(connection, centre)
        seen, held = visible_agents(connection, centre, caller), all_reported(connection, centre)
    shown = [one for one in held if (seen is None or one.absence.agent in seen) and agent in (None, one.absence.agent)]
    later = [_out(one) for one in shown if keys is None or one.id > str(keys[0])]
    return page_of(later[: limit + 1], limit, lambda one: (one.id,))


@router.put("/absences/{number}")
def put_absence(
    request: Request,
    response: Response,
    centre: str,
    number: Number,
    body: AbsenceIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need("people:write")],
) -> AbsenceOut:
    """Report an absence under the id that the HR system has for it.

    Sent again it does nothing; sent otherwise it corrects the earlier report. Other absences of the days give way. Listeners hear
    `absence.added`, so that a day that has begun can be planned anew.
    """
    with changing(database, centre, hand(request, caller), "absence.reported", number) as change:
        _visible(change.connection, centre, caller, body.agent)
        one = report(change, number, body.agent, body.first, body.last, body.code, body.paid)
    tag(response, one.version)
    return _out(one)


@router.get("/absences/{number}")
def get_absence(
    response: Response, centre: str, number: Number, database: DatabaseOf, caller: Annotated[Caller, need("people:write")]
) -> AbsenceOut:
    """An absence by the id of the HR system."""
    with database.reading() as connection:
        one = reported(connection, centre, number)
        _visible(connection, centre, caller, one.absence.agent)
    tag(response, one.version)
    return _out(one)


@router.delete("/absences/{number}", status_code=204)
def remove_absence(
    request: Request, centre: str, number: Number, database: DatabaseOf, caller: Annotated[Caller, need("people:write")]
) -> None:
    """Take an absence back; what gave way to it does not return."""
    with changing(database, centre, hand(request, caller), "absence.withdrawn", number) as change:
        _visible(change.connection, centre, caller, reported(change.connection, centre, number).absence.agent)
        withdraw(change, number)


@router.get("/leave-types")
def list_leave_types(centre: str, database: DatabaseOf, _: Annotated[Caller, need("data:read")]) -> list[LeaveTypeOut]:
    """Kinds of leave: those configured, then codes that absences use."""
    with database.reading() as connection:
        revision_of(connection, centre)
        kinds = {row.key: row.body for row in entries(connection, centre, "leave-types")}
        used = {row.body["code"]: row.body for row in entries(connection, centre, "leave")}
    held = [LeaveTypeOut.model_validate({**body, "configured": True}) for body in kinds.values()]
    known = {LEFT_CODE, *kinds}
    others = [(code, bool(body.get("paid", True))) for code, body in sorted(used.items()) if code not in known]
    return held + [LeaveTypeOut(code=code, paid=paid, configured=False) for code, paid in others]


@router.put("/leave-types/{code}")
def put_leave_type(
    request: Request,
    centre: str,
    code: Code,
    body: LeaveTypeIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need_whole("people:write")],
) -> LeaveTypeOut:
    """Configure a kind of leave; as soon as there is one, absences must be of one of them."""
    with changing(database, centre, hand(request, caller), "leave-type.kept", code) as change:
        _write(change, "leave-types", code, {"code": code, **body.model_dump(mode="json")})
    return LeaveTypeOut(code=code, configured=True, **body.model_dump())


@router.get("/agents/{agent}/leave-balances")
def list_leave_balances(
    centre: str, agent: str, database: DatabaseOf, caller: Annotated[Caller, either("data:read", "own:read")]
) -> list[LeaveBalanceOut]:
    """How much leave somebody has left, by its code; agents see their own."""
    check_own(caller, "data:read", agent)
    with database.reading() as connection:
        revision_of(connection, centre)
        _visible(connection, centre, caller, agent)
        held = [row.body for row in rows_of_agent(connection, centre, "leave-balances", agent)]
        leave = [row.body for row in rows_of_agent(connection, centre, "leave", agent)]
    return [LeaveBalanceOut(**one, booked_days=_booked(leave, one)) for one in held]


def _visible(connection: Any, centre: str, caller: Caller, agent: str) -> None:
    """What lies outside of a caller's teams is not there for them."""
    seen = visible_agents(connection, centre, caller)
    if seen is not None and agent not in seen:
        raise InvalidData([Finding("path", None, "agent", repr(agent), "an agent of the sites and teams that are open to you")])


def _booked(leave: list[dict[str, Any]], balance: dict[str, Any]) -> int:
    """Days of a code from today until the balance ends."""
    low, high = _today(), date.fromisoformat(balance["until"])
    spans = [
        (max(low, date.fromisoformat(one["first"])), min(high, date.fromisoformat(one["last"])))
        for one in leave
        if one["code"] == balance["code"]
    ]
    return sum((last - first).days + 1 for first, last in spans if first <= last)


@router.put("/agents/{agent}/leave-balances/{code}")
def put_leave_balance(
    request: Request,
    centre: str,
    agent: str,
    code: Code,
    body: LeaveBalanceIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need("people:write")],
) -> LeaveBalanceOut:
    """Say how much leave of a code somebody has left."""
    told: dict[str, Any] = {"agent": agent, "code": code, **body.model_dump(mode="json")}
    with changing(database, centre, hand(request, caller), "leave-balance.kept", agent) as change:
        _visible(change.connection, centre, caller, agent)
        _of_staff(change, agent)
        _write(change, "leave-balances", f"{agent}|{code}", told)
        leave = [row.body for row in rows_of_agent(change.connection, centre, "leave", agent)]
    return LeaveBalanceOut(agent=agent, code=code, days=body.days, until=body.until, booked_days=_booked(leave, told))


@router.get("/certificates")
def list_certificates(
    centre: str,
    database: DatabaseOf,
    caller: Annotated[Caller, need("data:read")],
    within_days: Annotated[int | None, Query(ge=0, description="Only those that end within so many days, or have ended.")] = None,
) -> list[CertificateOut]:
    """Certificates, those that end first in front: what to renew, and which skills to take away."""
    with database.reading() as connection:
        revision_of(connection, centre)
        seen = visible_agents(connection, centre, caller)
        held = [row.body for row in entries(connection, centre, "certificates") if seen is None or row.body["agent"] in seen]
        staff = rows_by_key(connection, centre, "staff", {one["agent"] for one in held})
    told = [_certificate(one, staff[one["agent"]].body if one["agent"] in staff else {}) for one in held]
    return sorted((one for one in told if within_days is None or one.days_left <= within_days), key=lambda one: one.until)


def _certificate(body: dict[str, Any], staff: dict[str, Any]) -> CertificateOut:
    left = date.fromisoformat(body["until"]) - _today()
    return CertificateOut(**body, days_left=left // timedelta(days=1), rostered_for=body["skill"] in staff.get("skills", []))


@router.put("/agents/{agent}/certificates/{skill}")
def put_certificate(
    request: Request,
    centre: str,
    agent: str,
    skill: str,
    body: CertificateIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need("people:write")],
) -> CertificateOut:
    """Say until when somebody may answer a queue."""
    told = {"agent": agent, "skill": skill, **body.model_dump(mode="json", exclude_defaults=True)}
    with changing(database, centre, hand(request, caller), "certificate.kept", agent) as change:
        _visible(change.connection, centre, caller, agent)
        staff = _of_staff(change, agent)
        _write(change, "certificates", f"{agent}|{skill}", told)
    return _certificate(told, staff)


def _of_staff(change: Change, agent: str) -> dict[str, Any]:
    held = rows_by_key(change.connection, change.centre, "staff", [agent])
    if agent not in held:
        raise InvalidData([Finding("path", None, "agent", repr(agent), "an agent of the staff")])
    return held[agent].body


def _write(change: Change, resource: str, key: str, body: dict[str, Any]) -> None:
    told = {name: value for name, value in body.items() if value != ""}
    before = rows_by_key(change.connection, change.centre, resource, [key]).get(key)
    write_row(change, BY_NAME[resource], key, told, before)
