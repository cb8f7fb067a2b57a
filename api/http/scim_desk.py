"""How SCIM is spoken (RFC 7644): its errors, lists and versions, and the centre that a request works on."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Body, Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from scim2_models import (
    Context,
    Error,
    ListResponse,
    ResponseParameters,
    SCIMException,
    ScimPolicy,
    SearchRequest,
)

from api import persons, scim
from api.http.access import DatabaseOf, hand, need
from api.http.permissions import Caller
from api.http.problems import CATALOGUE, Conflict, Forbidden, TooMany
from data.model.errors import EchelonError, InvalidData, Superseded
from data.store.base import Database
from data.store.hr import document_text
from data.store.revisions import Author, centres, changing, revision_of

PREFIX = "/scim/v2"
MEDIA = "application/scim+json"
POLICY = ScimPolicy(
    remove_value_as_filter=ScimPolicy.RemoveValue.apply, unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create
)
"""As large directories send their changes."""


class ScimAnswer(JSONResponse):
    """A SCIM message."""

    media_type = MEDIA


class ScimRoute(APIRoute):
    """A route whose errors are SCIM's."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors told as RFC 7644 section 3.12 has them."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                with POLICY:
                    return await inner(request)
            except (SCIMException, ValidationError, RequestValidationError, EchelonError) as error:
                return _refused(error)

        return handler


def _refused(error: Exception) -> Response:
    told, headers = _error(error), dict[str, str]()
    if told.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    return ScimAnswer(told.model_dump(), status_code=told.status or 500, headers=headers)


def _error(error: Exception) -> Error:
    if isinstance(error, SCIMException):
        return error.to_error()
    if isinstance(error, ValidationError):
        return scim.error_of(error)
    if isinstance(error, RequestValidationError):
        return Error(status=400, scim_type="invalidSyntax", detail="; ".join(str(one["msg"]) for one in error.errors()))
    if isinstance(error, InvalidData):
        return Error(status=400, scim_type="invalidValue", detail=str(error))
    status = next(CATALOGUE[kind].status for kind in CATALOGUE if isinstance(error, kind))
    return Error(status=status, scim_type="uniqueness" if isinstance(error, Conflict) else None, detail=str(error))


@dataclass(frozen=True)
class Desk:
    """What a request works on.

    Parameters
    ----------
    base : str
        Address below which the resources stand.
    day : date
        Today where the centre is.
    """

    database: Database
    centre: str
    base: str
    author: Author
    day: date

    def changing(self, action: str, target: str) -> Any:
        """A change of the centre in the name of the caller."""
        return changing(self.database, self.centre, self.author, action, target)


def desk_of(request: Request, database: DatabaseOf, caller: Annotated[Caller, need("people:write")]) -> Desk:
    """The centre of the path, or the only one that is open to the caller.

    Raises
    ------
    SCIMException
        Several are open: the path must say which one.
    Forbidden
        The caller sees a part of the centre only.
    """
    if caller.sites or caller.teams:
        raise Forbidden(f"persons are of the whole centre; {caller.name} is confined to sites or teams")
    told = request.path_params.get("centre")
    with database.reading() as connection:
        held = [told] if told else [one for one in centres(connection) if not caller.centres or one in caller.centres]
        if len(held) != 1:
            raise SCIMException(detail=f"several centres are open to {caller.name}, or none: use {PREFIX}/CENTRE/...")
        revision_of(connection, held[0])
        zone = persons.zone(document_text(connection, held[0], "centre.toml"))
    base = f"{request.base_url}{PREFIX.strip('/')}" + (f"/{told}" if told else "")
    return Desk(database, held[0], base, hand(request, caller), datetime.now(UTC).astimezone(ZoneInfo(zone)).date())


DeskOf = Annotated[Desk, Depends(desk_of)]
Payload = Annotated[dict[str, Any], Body(description="A SCIM message (`application/scim+json`).", media_type=MEDIA)]
Wanted = Annotated[str | None, Query(description="Attributes to tell, parted by commas.")]
Unwanted = Annotated[str | None, Query(alias="excludedAttributes", description="Attributes to leave out, parted by commas.")]
Id = Annotated[str, Path(description="`id` of the resource.")]


class Listed(BaseModel):
    """How a list is asked for (RFC 7644 section 3.4.2)."""

    model_config = ConfigDict(alias_generator=to_camel)

    filter: str | None = Field(None, description='Whom to tell, e.g. `userName eq "li.wei"` or `active eq true and title pr`.')
    sort_by: str | None = Field(None, description="Attribute to sort by.")
    sort_order: Literal["ascending", "descending"] | None = None
    start_index: int | None = Field(None, description="Number of the first resource told; from 1.")
    count: int | None = Field(None, description=f"Most resources told, up to {scim.MOST_RESULTS}.")
    attributes: str | None = Field(None, description="Attributes to tell, parted by commas.")
    excluded_attributes: str | None = Field(None, description="Attributes to leave out, parted by commas.")


ListedBy = Annotated[Listed, Query()]


def search_of(model: Any, asked: Listed) -> Any:
    """What is asked of a list, checked against its model."""
    return SearchRequest[model].model_validate(asked.model_dump(exclude_none=True, by_alias=True))


def shown_of(model: Any, attributes: str | None, excluded: str | None) -> Any:
    """Attributes that an answer tells."""
    given = {"attributes": attributes, "excludedAttributes": excluded}
    return ResponseParameters[model].model_validate({name: value for name, value in given.items() if value})


def page_told(model: Any, search: Any, held: list[Any], make: Callable[[list[Any]], list[Any]], whole: bool) -> Response:
    """A page of resources; they are only made of what is told, unless all must be read to filter or sort."""
    first, most = search.start_index_0, min(scim.MOST_RESULTS if search.count is None else search.count, scim.MOST_RESULTS)
    if whole:
        made = [one for one in make(held) if search.filter is None or search.filter.match(one)]
        total, shown = len(made), search.sort(made)[first : first + most]
    else:
        total, shown = len(held), make(held[first : first + most])
    answer = ListResponse[model](total_results=total, start_index=first + 1, items_per_page=len(shown), resources=shown)
    return ScimAnswer(answer.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search))


def answer(resource: Any, context: Context, shown: Any = None, status: int = 200) -> Response:
    """A resource, with its version and where it stands."""
    body = resource.model_dump(scim_ctx=context, response_parameters=shown)
    headers = {"ETag": resource.meta.version, "Location": resource.meta.location}
    return ScimAnswer(body, status_code=status, headers=headers)


def check_match(request: Request, version: str) -> None:
    """Refuse a change of another version, if the request says which one it means."""
    told = request.headers.get("If-Match")
    if told is not None and told != "*" and version not in {one.strip() for one in told.split(",")}:
        raise Superseded(f"If-Match says {told}, but {version} stands: read it again")


def is_unchanged(request: Request, version: str) -> bool:
    """Whether the caller holds a version already."""
    told = request.headers.get("If-None-Match")
    return told is not None and (told == "*" or version in {one.strip() for one in told.split(",")})
