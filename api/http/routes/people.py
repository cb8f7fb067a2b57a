"""A person's data: all that is held of them, as they may ask for, and its erasure."""

import io
import json
import zipfile
from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.http.access import DatabaseOf, SettingsOf, hand, need
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.problems import Conflict
from api.http.scopes import may_read_agent
from api.http.whole import need_whole
from data.model.errors import Finding, InvalidData
from data.store.people import all_held, drop_copies, drop_hold, erase, hold_of, put_hold, scrub, veil_of
from data.store.revisions import record, revision_of

router = api_router("/centres/{centre}/people", tags=["people"])

Agent = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^\x00]+$", description="Id of the agent.")]
Why = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]


class EraseIn(BaseModel):
    """Why a person is erased."""

    model_config = ConfigDict(extra="forbid")

    why: Why = Field(description="Whose request, or which term has run out; without names.")
    confirm: str = Field(description="The id of the agent once more.")


class ErasedOut(BaseModel):
    """What an erasure did."""

    pseudonym: str = Field(description="What stands in the place of the id and the name from now on.")
    revision: int
    rows: dict[str, int] = Field(description="Rows that were changed, by table.")
    unread: list[str] = Field(description="Files that could not be looked through: look at them yourself.")
    kept: list[str] = Field(description="Payrolls, submitted or approved, that keep the id: the law has them kept as they are.")


class HoldIn(BaseModel):
    """Why a person must not be erased for now."""

    model_config = ConfigDict(extra="forbid")

    why: Why = Field(description="The dispute or the duty to keep.")


class HoldOut(BaseModel):
    """Whether a person must not be erased for now."""

    held: bool
    why: str | None


@router.get("/{agent}/export", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
def export_person(
    request: Request, centre: str, agent: Agent, database: DatabaseOf, caller: Annotated[Caller, need("people:export")]
) -> Response:
    """All that is held of a person, as a ZIP with a JSON file for each table; taking it is audited."""
    with database.writing() as connection:
        revision_of(connection, centre)
        may_read_agent(connection, centre, caller, agent)
        held = all_held(connection, centre, agent)
        told = {name: len(rows) for name, rows in held.items()}
        record(connection, hand(request, caller), "person.exported", agent, centre=centre, after=told)
    headers = {"Content-Disposition": 'attachment; filename="person.zip"', "Cache-Control": "no-store"}
    return Response(_zipped(held), media_type="application/zip", headers=headers)


def _zipped(held: dict[str, list[dict[str, Any]]]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, rows in held.items():
            folder.writestr(f"{name}.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str))
    return whole.getvalue()


@router.post("/{agent}/erase")
def erase_person(
    request: Request,
    centre: str,
    agent: Agent,
    body: EraseIn,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Annotated[Caller, need_whole("people:erase")],
) -> ErasedOut:
    """Put a pseudonym in the place of a person, in all that stands and all that stood.

    What they worked and were paid stays under the pseudonym. Backups made before still hold the person: let them run out.
    """
    if body.confirm != agent:
        raise InvalidData([Finding("body", None, "confirm", repr(body.confirm), "the id of the agent")])
    with database.writing() as connection:
        revision_of(connection, centre)
        if (why := hold_of(connection, centre, agent)) is not None:
            raise Conflict(f"the data of {agent} must not be erased for now: {why}")
        done = erase(connection, centre, agent, hand(request, caller, body.why))
    drop_copies(centre, settings.files)
    scrub(database)
    return ErasedOut(
        pseudonym=done.pseudonym, revision=done.revision, rows=done.rows, unread=list(done.unread), kept=list(done.kept)
    )


@router.get("/{agent}/hold")
def get_hold(centre: str, agent: Agent, database: DatabaseOf, _: Annotated[Caller, need_whole("people:erase")]) -> HoldOut:
    """Whether a person must not be erased for now."""
    with database.reading() as connection:
        revision_of(connection, centre)
        why = hold_of(connection, centre, agent)
    return HoldOut(held=why is not None, why=why)


@router.put("/{agent}/hold")
def make_hold(
    request: Request,
    centre: str,
    agent: Agent,
    body: HoldIn,
    database: DatabaseOf,
    caller: Annotated[Caller, need_whole("people:erase")],
) -> HoldOut:
    """The data of a person must not be erased for now."""
    with database.writing() as connection:
        revision_of(connection, centre)
        veil_of(connection, centre, agent)
        put_hold(connection, centre, agent, hand(request, caller, body.why))
    return HoldOut(held=True, why=body.why)


@router.delete("/{agent}/hold", status_code=204)
def end_hold(
    request: Request, centre: str, agent: Agent, database: DatabaseOf, caller: Annotated[Caller, need_whole("people:erase")]
) -> Response:
    """Nothing speaks against erasing the data of a person any longer."""
    with database.writing() as connection:
        revision_of(connection, centre)
        drop_hold(connection, centre, agent, hand(request, caller))
    return Response(status_code=204)
