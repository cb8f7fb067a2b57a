"""SCIM 2.0 (RFC 7644): HR systems bring persons and teams, each by their own standard client.

Under ``/scim/v2`` for a key that one centre is open to, or ``/scim/v2/{centre}``. Persons are rows of the staff, groups its teams.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from scim2_models import (
    Context,
    Group,
    ListResponse,
    MutabilityException,
    PatchOp,
    UniquenessException,
)
from scim2_models.path.expressions import Comparison

from api import persons, scim
from api.http.scim_desk import PREFIX as PREFIX
from api.http.scim_desk import (
    Desk,
    DeskOf,
    Id,
    ListedBy,
    Payload,
    ScimAnswer,
    ScimRoute,
    Unwanted,
    Wanted,
    answer,
    check_match,
    is_unchanged,
    page_told,
    search_of,
    shown_of,
)
from api.persons import Known, Team
from data.exchange.scim_people import Person
from data.model.errors import NotFound
from data.store.hr import instants_of, rows_by_key
from data.store.revisions import Change

NARROW = {"username": "user_name", "externalid": "external_id", "employeenumber": "employee_number"}
"""Attributes by which somebody is found without reading everybody."""


resources = APIRouter(route_class=ScimRoute, default_response_class=ScimAnswer)


# persons


def _users(desk: Desk, connection: Any, held: list[Known]) -> list[Any]:
    """Persons as users."""
    at, ids = instants_of(connection, desk.centre, (one.revision for one in held)), persons.team_ids(connection, desk.centre)
    return [
        scim.user_of(
            one.person,
            desk.day,
            scim.meta_of("User", f"{desk.base}/Users/{quote(one.person.agent)}", f'W/"{one.revision}"', at.get(one.revision)),
            ids.get(one.person.team, one.person.team),
            one.staff is not None,
        )
        for one in held
    ]


def _user(desk: Desk, connection: Any, agent: str) -> Any:
    return _users(desk, connection, [persons.one_known(connection, desk.centre, agent)])[0]


@resources.get("/Users")
def list_users(asked: ListedBy, desk: DeskOf) -> Response:
    """Persons who are known, leavers among them."""
    search = search_of(scim.Staff, asked)
    with desk.database.reading() as connection:
        held = _candidates(connection, desk.centre, search.filter)
        return page_told(
            scim.Staff, search, held, lambda some: _users(desk, connection, some), bool(search.filter or search.sort_by)
        )


def _candidates(connection: Any, centre: str, wanted: Any) -> list[Known]:
    """Whom a filter may mean: those of one name where it asks for one, else everybody."""
    node = wanted.ast if wanted is not None else None
    if isinstance(node, Comparison) and node.op.value == "eq" and isinstance(node.value, str):
        column = NARROW.get((node.attr_path.sub_attr or node.attr_path.attr).lower())
        if column is not None:
            return persons.known_by(connection, centre, column, node.value)
    return persons.known(connection, centre)


@resources.post("/Users", status_code=201)
def add_user(body: Payload, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None) -> Response:
    """Bring a person. Whoever was deleted comes back under their number; 409 if the name or the number is taken."""
    user = scim.Staff.model_validate(scim.readied(body), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    shown, person = shown_of(scim.Staff, attributes, excluded), scim.person_from(user, None, desk.day)
    with desk.changing("person.added", person.agent) as change:
        _unique(change, person)
        gone = _gone(change, person.agent)
        if gone is not None and not person.complete:  # a contract and skills as they had them
            person = person.model_copy(update={name: getattr(gone.person, name) for name in ("contract", "skills")})
        made = _users(desk, change.connection, [persons.keep(change, person, gone, desk.day)])[0]
    return answer(made, Context.RESOURCE_CREATION_RESPONSE, shown, 201)


def _gone(change: Change, agent: str) -> Known | None:
    """Somebody of that number who was deleted; None = nobody ever was."""
    found = [rows_by_key(change.connection, change.centre, name, [agent]).get(agent) for name in ("people", "staff")]
    if found == [None, None]:
        return None
    one = persons.of_rows(*found)
    if not one.person.removed:
        raise UniquenessException(detail=f"the number {agent!r} is taken")
    return one


def _unique(change: Change, person: Person) -> None:
    for column in ("user_name", "employee_number"):
        value = getattr(person, column)
        taken = persons.known_by(change.connection, change.centre, column, value) if value else []
        if any(one.person.agent != person.agent for one in taken):
            raise UniquenessException(detail=f"{column} {value!r} is taken")


@resources.get("/Users/{number}")
def get_user(request: Request, number: Id, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None) -> Response:
    """A person."""
    shown = shown_of(scim.Staff, attributes, excluded)
    with desk.database.reading() as connection:
        user = _user(desk, connection, number)
    if is_unchanged(request, user.meta.version):
        return Response(status_code=304, headers={"ETag": user.meta.version})
    return answer(user, Context.RESOURCE_QUERY_RESPONSE, shown)


@resources.put("/Users/{number}")
def replace_user(
    request: Request, number: Id, body: Payload, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None
) -> Response:
    """Tell a person anew: what the message does not tell is taken away."""
    wanted = scim.Staff.model_validate(scim.readied(body), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    return _changed(request, desk, number, lambda user: _replaced(wanted, user), shown_of(scim.Staff, attributes, excluded))


def _replaced(wanted: Any, user: Any) -> Any:
    """What a message does not tell is taken away; what it has no words for stays: directories know no skills."""
    wanted.replace(user)
    if wanted[scim.Agent] is None:
        wanted[scim.Agent] = user[scim.Agent]
    if wanted.active is None:
        wanted.active = user.active
    return wanted


@resources.patch("/Users/{number}")
def patch_user(
    request: Request, number: Id, body: Payload, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None
) -> Response:
    """Change a person: `add`, `replace` and `remove` with every form of path (RFC 7644 3.5.2)."""
    patch = PatchOp[scim.Staff].model_validate(scim.readied(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    return _changed(request, desk, number, lambda user: _patched(patch, user), shown_of(scim.Staff, attributes, excluded))


def _patched(patch: Any, resource: Any) -> Any:
    patch.patch(resource)
    return resource


def _changed(request: Request, desk: Desk, number: str, change_it: Callable[[Any], Any], shown: Any) -> Response:
    with desk.changing("person.changed", number) as change:
        known = persons.one_known(change.connection, change.centre, number)
        user = _users(desk, change.connection, [known])[0]
        check_match(request, user.meta.version)
        person = scim.person_from(change_it(user), known.person, desk.day)
        if known.person.employee_number and person.employee_number != known.person.employee_number:
            raise MutabilityException(detail="employeeNumber is told once: rosters name people by it")
        _unique(change, person)
        made = _users(desk, change.connection, [persons.keep(change, person, known, desk.day)])[0]
    return answer(made, Context.RESOURCE_REPLACEMENT_RESPONSE, shown)


@resources.delete("/Users/{number}", status_code=204)
def remove_user(request: Request, number: Id, desk: DeskOf) -> Response:
    """Delete a person: rosters that name them stand, plans leave them out from today on."""
    with desk.changing("person.removed", number) as change:
        known = persons.one_known(change.connection, change.centre, number)
        check_match(request, f'W/"{known.revision}"')
        persons.remove(change, known, desk.day)
    return Response(status_code=204)


# teams


def _groups(desk: Desk, held: list[Team]) -> list[Any]:
    """Teams as groups."""
    return [
        scim.group_of(
            one.id,
            one.name,
            one.external_id,
            one.members,
            scim.meta_of("Group", f"{desk.base}/Groups/{quote(one.id)}", f'W/"{one.version}"', None),
        )
        for one in held
    ]


@resources.get("/Groups")
def list_groups(asked: ListedBy, desk: DeskOf) -> Response:
    """Teams with their members."""
    search = search_of(Group, asked)
    with desk.database.reading() as connection:
        held = persons.teams(connection, desk.centre)
    return page_told(Group, search, held, lambda some: _groups(desk, some), bool(search.filter or search.sort_by))


@resources.post("/Groups", status_code=201)
def add_group(body: Payload, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None) -> Response:
    """Make a team; its members leave those that they were in."""
    group = Group.model_validate(scim.readied(body), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    with desk.changing("team.added", group.display_name or "") as change:
        team = Team(_team_id(change, group.display_name or ""), group.display_name or "", group.external_id or "")
        return _kept(desk, change, team, group, Context.RESOURCE_CREATION_RESPONSE, shown_of(Group, attributes, excluded), 201)


def _team_id(change: Change, name: str) -> str:
    """Id of a new team: its name, or one that no other has had."""
    held = persons.teams(change.connection, change.centre)
    if any(one.name.lower() == name.lower() for one in held):
        raise UniquenessException(detail=f"there is a team {name!r}")
    return name if "/" not in name and all(one.id != name for one in held) else f"team-{change.number}"


def _kept(desk: Desk, change: Change, team: Team, group: Any, context: Context, shown: Any, status: int = 200) -> Response:
    others = [one for one in persons.teams(change.connection, change.centre) if one.id != team.id]
    if any(one.name.lower() == (group.display_name or "").lower() for one in others):
        raise UniquenessException(detail=f"there is a team {group.display_name!r}")
    told = replace(team, name=group.display_name or team.name, external_id=group.external_id or "")
    persons.keep_team(change, told, [one.value for one in group.members or [] if one.value], desk.day)
    made = _groups(desk, [persons.one_team(change.connection, change.centre, team.id)])[0]
    return answer(made, context, shown, status)


@resources.get("/Groups/{number}")
def get_group(request: Request, number: Id, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None) -> Response:
    """A team."""
    shown = shown_of(Group, attributes, excluded)
    with desk.database.reading() as connection:
        group = _groups(desk, [persons.one_team(connection, desk.centre, number)])[0]
    if is_unchanged(request, group.meta.version):
        return Response(status_code=304, headers={"ETag": group.meta.version})
    return answer(group, Context.RESOURCE_QUERY_RESPONSE, shown)


@resources.put("/Groups/{number}")
def replace_group(
    request: Request, number: Id, body: Payload, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None
) -> Response:
    """Tell a team anew, with all its members."""
    wanted = Group.model_validate(scim.readied(body), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    return _changed_group(request, desk, number, lambda _: wanted, shown_of(Group, attributes, excluded))


@resources.patch("/Groups/{number}")
def patch_group(
    request: Request, number: Id, body: Payload, desk: DeskOf, attributes: Wanted = None, excluded: Unwanted = None
) -> Response:
    """Change a team: rename it, add or remove members."""
    patch = PatchOp[Group].model_validate(scim.readied(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    return _changed_group(request, desk, number, lambda group: _patched(patch, group), shown_of(Group, attributes, excluded))


def _changed_group(request: Request, desk: Desk, number: str, change_it: Callable[[Any], Any], shown: Any) -> Response:
    with desk.changing("team.changed", number) as change:
        team = persons.one_team(change.connection, change.centre, number)
        group = _groups(desk, [team])[0]
        check_match(request, group.meta.version)
        return _kept(desk, change, team, change_it(group), Context.RESOURCE_REPLACEMENT_RESPONSE, shown)


@resources.delete("/Groups/{number}", status_code=204)
def remove_group(request: Request, number: Id, desk: DeskOf) -> Response:
    """Take a team away; its members stay."""
    with desk.changing("team.removed", number) as change:
        team = persons.one_team(change.connection, change.centre, number)
        check_match(request, f'W/"{team.version}"')
        persons.drop_team(change, team, desk.day)
    return Response(status_code=204)


# what this service can do


@resources.get("/ServiceProviderConfig")
def get_config(desk: DeskOf) -> Response:
    """What is supported: PATCH, filters, sorting, versions; no bulk."""
    told = scim.config()
    told.meta = scim.meta_of("ServiceProviderConfig", f"{desk.base}/ServiceProviderConfig", 'W/"1"', None)
    return ScimAnswer(told.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


@resources.get("/ResourceTypes")
def list_types(desk: DeskOf) -> Response:
    """Kinds of resource."""
    return _listed(scim.resource_types(), "ResourceTypes", desk)


@resources.get("/ResourceTypes/{number}")
def get_type(number: Id, desk: DeskOf) -> Response:
    """A kind of resource."""
    return _named(scim.resource_types(), "ResourceTypes", number, desk)


@resources.get("/Schemas")
def list_schemas(desk: DeskOf) -> Response:
    """Schemas, with the attributes that are kept."""
    return _listed(scim.schemas(), "Schemas", desk)


@resources.get("/Schemas/{number}")
def get_schema(number: Id, desk: DeskOf) -> Response:
    """A schema."""
    return _named(scim.schemas(), "Schemas", number, desk)


def _told(one: Any, kind: str, desk: Desk) -> dict[str, Any]:
    one.meta = scim.meta_of(kind.removesuffix("s"), f"{desk.base}/{kind}/{one.id}", 'W/"1"', None)
    return one.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)


def _listed(held: list[Any], kind: str, desk: Desk) -> Response:
    told = [_told(one, kind, desk) for one in held]
    message = {"schemas": [str(ListResponse.__schema__)], "totalResults": len(told), "startIndex": 1, "itemsPerPage": len(told)}
    return ScimAnswer(message | {"Resources": told})


def _named(held: list[Any], kind: str, number: str, desk: Desk) -> Response:
    found = next((one for one in held if str(one.id) == number), None)
    if found is None:
        raise NotFound(f"no {kind.removesuffix('s')} {number!r}")
    return ScimAnswer(_told(found, kind, desk))


def centre_in_path(centre: Annotated[str, Path(description="Id of the centre.")]) -> str:
    """The centre that a path names."""
    return centre


router = APIRouter(tags=["scim"])
router.include_router(resources)
router.include_router(resources, prefix="/{centre}", dependencies=[Depends(centre_in_path)])
