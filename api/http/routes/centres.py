"""Centres: which there are, a new one, its revisions."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from api.http.access import DatabaseOf, SettingsOf, hand, need
from api.http.either import either
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.whole import need_whole
from api.keeping import import_folder
from api.settings import Settings
from data.exchange.folder import write_template
from data.store.hr import rows_by_key
from data.store.revisions import Author, add_centre, centres, revision_of

router = api_router("/centres", tags=["centres"])


class CentreOut(BaseModel):
    """A centre, and the number of its last revision."""

    id: str
    revision: int


class CentreIn(BaseModel):
    """A new centre."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    sample: bool = Field(default=False, description="Whether it begins as the small commented sample of `echelon init`.")


@router.get("")
def list_centres(database: DatabaseOf, caller: Annotated[Caller, either("centres:read", "own:read")]) -> list[CentreOut]:
    """Centres that are open to the caller; an agent is told those that have them on their staff."""
    with database.reading() as connection:
        held = [one for one in centres(connection) if not caller.centres or one in caller.centres]
        if not caller.may("centres:read"):
            held = [one for one in held if rows_by_key(connection, one, "staff", [caller.agent])]
        return [CentreOut(id=one, revision=revision_of(connection, one)) for one in held]


@router.post("", status_code=201)
def make_centre(
    request: Request,
    body: CentreIn,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Annotated[Caller, need_whole("centres:write")],
) -> CentreOut:
    """Add a centre: an empty one, or the sample to try with."""
    author = hand(request, caller)
    if body.sample:
        return CentreOut(id=body.id, revision=_sample(settings, body.id, author))
    with database.writing() as connection:
        add_centre(connection, body.id, author)
    return CentreOut(id=body.id, revision=0)


def _sample(settings: Settings, centre: str, author: Author) -> int:
    with TemporaryDirectory() as root:
        folder = Path(root) / centre
        write_template(folder)
        return import_folder(settings, centre, folder, author)


@router.get("/{centre}")
def get_centre(centre: str, database: DatabaseOf, _: Annotated[Caller, need("centres:read")]) -> CentreOut:
    """A centre."""
    with database.reading() as connection:
        return CentreOut(id=centre, revision=revision_of(connection, centre))
