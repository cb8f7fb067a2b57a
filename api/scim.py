"""Persons and teams in the words of SCIM 2.0 (RFC 7643): which attributes are kept, and how they are told."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import ValidationError
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    EnterpriseUser,
    Error,
    ETag,
    Extension,
    Filter,
    Group,
    GroupMember,
    GroupMembership,
    InvalidValueException,
    Manager,
    Meta,
    Mutability,
    Name,
    Patch,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
    User,
)

from data.exchange.scim_people import Person

MOST_RESULTS = 1000
"""Most resources of one answer."""

NOT_TAKEN = (
    "only attributes that the schema declares are taken; reasons of health, pregnancy or other protection never are "
    "(PIPL arts. 28, 55): say no_night or no_overtime in the staff instead"
)


class Agent(Extension):
    """What a contact centre knows of somebody who answers calls."""

    __schema__ = URN("urn:echelon:params:scim:schemas:extension:agent:1.0:User")

    contract: str | None = None
    """Id of a contract of the centre."""

    skills: list[str] | None = None
    """Ids of the queues that they answer, best first."""

    site: str | None = None
    """Id of the site."""

    team: str | None = None
    """Name of the team; the groups say the same."""

    echelon: str | None = None
    """Id of the emergency tier; none = no member."""

    left_on: str | None = None
    """First day on which they are gone, e.g. 2026-07-01: rosters leave them out from then on."""

    rostered: Annotated[bool | None, Mutability.read_only] = None
    """Whether they stand in the staff: false until contract and skills are known."""


Staff = User[EnterpriseUser | Agent]
"""A user with both extensions."""

_STAFF: Any = Staff  # its fields are known at run time only

KEPT = {
    str(User.__schema__): ("userName", "name", "displayName", "active", "groups"),
    str(EnterpriseUser.__schema__): ("employeeNumber", "costCenter", "department", "manager"),
}
"""Attributes of the standard schemas that are kept; the others are accepted and forgotten (personal data minimised)."""

ENTERPRISE, AGENT = str(EnterpriseUser.__schema__), str(Agent.__schema__)


def user_of(person: Person, day: date, meta: Meta, group: str, rostered: bool) -> Any:
    """A person as a SCIM user.

    Parameters
    ----------
    day : date
        On which they are active or not.
    group : str
        Id of the team; empty = none.
    """
    told = person.model_dump()
    text = {name: told[name] or None for name in told}
    numbers = {name: text[name] for name in ("employee_number", "department", "cost_center")}
    own = {name: text[name] for name in ("contract", "site", "team", "echelon")}
    left = person.left.isoformat() if person.left else None
    user: Any = _STAFF(
        id=person.agent,
        external_id=text["external_id"],
        user_name=person.user_name,
        display_name=text["name"],
        active=person.active(day),
        meta=meta,
    )
    if person.given_name or person.family_name:
        user.name = Name(given_name=text["given_name"], family_name=text["family_name"])
    if group:
        user.groups = [GroupMembership.model_validate({"value": group, "display": person.team})]
    user[EnterpriseUser] = EnterpriseUser.model_validate(numbers | {"manager": _manager(person.manager, meta)})
    user[Agent] = Agent.model_validate(own | {"skills": list(person.skills) or None, "left_on": left, "rostered": rostered})
    return user


def _manager(agent: str, meta: Meta) -> Manager | None:
    """The manager of somebody, who stands beside them."""
    beside = f"{(meta.location or '').rpartition('/')[0]}/{quote(agent)}"
    return Manager.model_validate({"value": agent, "$ref": beside}) if agent else None


def readied(body: dict[str, Any]) -> dict[str, Any]:
    """A message with managers as the schema has them: directories leave the reference out, or send the id alone."""
    told = body | ({ENTERPRISE: _with_manager(body[ENTERPRISE])} if isinstance(body.get(ENTERPRISE), dict) else {})
    if isinstance(body.get("Operations"), list):
        told["Operations"] = [_operation(one) if isinstance(one, dict) else one for one in body["Operations"]]
    return told


def _operation(one: dict[str, Any]) -> dict[str, Any]:
    value = one.get("value")
    if str(one.get("path", "")).lower() == f"{ENTERPRISE}:manager".lower():
        return one | {"value": _referred(value)} if value is not None else one
    return one | {"value": readied(value)} if isinstance(value, dict) else one


def _with_manager(enterprise: dict[str, Any]) -> dict[str, Any]:
    return enterprise | ({"manager": _referred(enterprise["manager"])} if enterprise.get("manager") else {})


def _referred(manager: Any) -> Any:
    held = {"value": manager} if isinstance(manager, str) else manager
    return {"$ref": f"../Users/{held.get('value')}", **held} if isinstance(held, dict) else held


def person_from(user: Any, before: Person | None, day: date) -> Person:
    """The person that a user tells.

    Parameters
    ----------
    before : Person or None
        As they are known; None = new.
    day : date
        Of today: whoever becomes inactive without a day is gone from it on.

    Raises
    ------
    InvalidValueException
        The id would change, or a value does not fit.
    """
    enterprise, own, name = user[EnterpriseUser] or EnterpriseUser(), user[Agent] or Agent(), user.name or Name()
    full = " ".join(part for part in (name.given_name, name.family_name) if part)
    told = {
        "agent": before.agent if before else enterprise.employee_number or user.user_name,
        "user_name": user.user_name,
        "external_id": user.external_id,
        "name": user.display_name or name.formatted or full or (before.name if before else ""),
        "given_name": name.given_name,
        "family_name": name.family_name,
        "employee_number": enterprise.employee_number,
        "department": enterprise.department,
        "cost_center": enterprise.cost_center,
        "manager": enterprise.manager.value if enterprise.manager else None,
        **{field: getattr(own, field) for field in ("contract", "site", "team", "echelon")},
        "skills": own.skills,
        "left": _left(user.active, own.left_on, before, day),
    }
    try:
        return Person.model_validate({field: value for field, value in told.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidValueException(detail=f"{place}: {first['msg']}") from error


def _left(active: bool | None, told: str | None, before: Person | None, day: date) -> date | None:
    """First day gone: as told; today if somebody only became inactive; none if they became active again."""
    try:
        left = date.fromisoformat(told) if told else None
    except ValueError as error:
        raise InvalidValueException(detail=f"leftOn: read {told!r}; expected a day such as 2026-07-01") from error
    if active is False:
        return day if left is None or left > day else left
    was_gone = before is not None and not before.active(day)
    return None if left is not None and left <= day and (was_gone or before is None) else left


def group_of(number: str, name: str, external_id: str, members: Iterable[Person], meta: Meta) -> Group:
    """A team as a SCIM group."""
    rows = ({"value": one.agent, "display": one.name or one.user_name, "type": "User"} for one in members)
    told = [GroupMember.model_validate(row) for row in rows]
    return Group(id=number, external_id=external_id or None, display_name=name, members=told or None, meta=meta)


def meta_of(kind: str, location: str, version: str, changed: datetime | None) -> Meta:
    """Metadata of a resource."""
    return Meta(resource_type=kind, location=location, version=version, last_modified=changed)


def config() -> ServiceProviderConfig:
    """What this service can do."""
    bearer = AuthenticationScheme(
        type=AuthenticationScheme.Type.oauthbearertoken,
        name="Key of this installation",
        description="Authorization: Bearer ech_...; the key needs the permission people:write",
        primary=True,
    )
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[bearer],
    )


def resource_types() -> list[ResourceType]:
    """Users with their extensions, and groups."""
    return [ResourceType.from_resource(Staff), ResourceType.from_resource(Group)]


def schemas() -> list[Schema]:
    """Schemas, with the attributes that are kept alone."""
    made = [model.to_schema() for model in (User, EnterpriseUser, Agent, Group)]
    for one in made:
        kept = KEPT.get(str(one.id))
        if kept is not None:
            one.attributes = [attribute for attribute in one.attributes or [] if attribute.name in kept]
    return made


def error_of(error: ValidationError) -> Error:
    """A payload that does not fit, as SCIM says it; all that is wrong in one text."""
    told = Error.from_validation_errors(error)
    first = told[0]
    detail = "; ".join(str(one.detail) for one in told)
    unknown = any(one["type"] in ("extra_forbidden", "unknown_extension_schema") for one in error.errors())
    return Error(status=first.status, scim_type=first.scim_type, detail=f"{detail} ({NOT_TAKEN})" if unknown else detail)
