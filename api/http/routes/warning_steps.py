"""Steps with warnings: somebody acknowledges, escalates, closes or reviews one, at once and without a run."""

from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from api.http.access import DatabaseOf, hand, need
from api.http.etags import etag
from api.http.idempotency import IdempotencyKey, once
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.tables import entry_of
from api.judge import texts
from data.exchange.catalogue import BY_NAME
from data.model.warning_book import FoundCause, WarningBook, WarningStep
from data.model.warning_policy import ROLES, Role
from data.store.entries import Body, entries, parsed, put
from data.store.revisions import Author, begin

router = api_router("/centres/{centre}/tables", tags=["tables"])
STEPS = BY_NAME["warning-steps"]


class WarningStepIn(BaseModel):
    """A step with a warning; who takes it and when, the service knows."""

    model_config = ConfigDict(extra="forbid")

    warning: str = Field(min_length=1, max_length=100, description="Id of the warning.", examples=["w0001"])
    deed: Literal["acknowledged", "escalated", "closed", "reviewed"]
    role: Role = Field(ROLES[0], description="In which role it is acknowledged, or to which escalated.")
    reason: str = Field("", max_length=2000)
    cause: FoundCause | None = Field(None, description="Of a review: never who.")
    done: str = Field("", max_length=2000, description="Of a review: what was done.")
    lesson: str = Field("", max_length=2000, description="Of a review: what is learnt.")


@router.post("/warning-steps", status_code=201, responses={201: {"model": entry_of(STEPS)}}, response_model=None)
def add_warning_step(
    request: Request,
    centre: str,
    body: WarningStepIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need("response:write")],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a step with a warning, if it can be taken as the warning stands."""
    author, told = hand(request, caller), body.model_dump()
    asked = [request.url.path, told]
    with database.writing() as connection:
        answer = once(connection, idempotency_key, caller.name, asked, author.at, lambda: _take(connection, centre, author, told))
    return JSONResponse(answer, 201, headers={"ETag": etag(answer["version"])})


def _take(connection: Any, centre: str, author: Author, told: dict[str, Any]) -> dict[str, Any]:
    change = begin(connection, centre, author, f"warning.{told['deed']}", told["warning"])
    before = entries(connection, centre, STEPS.name)
    book = WarningBook().take(*(WarningStep.model_validate(one.body) for one in before))
    book.known(told["warning"])
    step = WarningStep.model_validate(told | {"by": author.who, "at": author.at})
    book.take(step)
    place = max((one.place for one in before), default=0) + 1
    body = _body(step)
    put(change, STEPS, [(f"{place:08d}", place, body)])
    return {"key": f"{place:08d}", "version": change.number, "row": body}


def _body(step: WarningStep) -> Body:
    told = step.model_dump(mode="json") | {"level": step.level.colour, "at": step.at.isoformat()}
    return parsed(STEPS, texts(told))
