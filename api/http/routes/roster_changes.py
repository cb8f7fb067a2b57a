"""Rosters that are given as a whole, and what people do with versions in one step; publishing is a run."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.given_rosters import Given, Store
from api.http.access import DatabaseOf, SettingsOf, hand, need
from api.http.etags import IfMatch, must_match, tag
from api.http.permissions import Caller
from api.http.problems import Forbidden
from api.http.roster_models import Deed, MatrixIn, VersionOut
from api.http.routes.rosters import tag_of
from api.http.scopes import visible_agents
from data.model.errors import Superseded
from data.model.version import Hand
from data.store.base import Database
from data.store.revisions import Author, begin, revision_of
from data.store.roster_reading import chain_of, version_held
from data.store.version_steps import add_step

router = APIRouter(prefix="/centres/{centre}/rosters", tags=["rosters"])

Writer = Annotated[Caller, need("data:write")]
Publisher = Annotated[Caller, need("rosters:publish")]


@router.post("", status_code=201)
def give_roster(
    request: Request,
    response: Response,
    centre: str,
    body: MatrixIn,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Writer,
    judge: Annotated[
        Literal["now", "later"],
        Query(
            description="now: kept only if the verifier finds no new breach; later: kept at once, and judged when it is approved."
        ),
    ] = "now",
    if_match: IfMatch = None,
) -> VersionOut:
    """Keep a whole roster as a proposal, made out of the version in force. `If-Match` is the `ETag` of that version."""
    _check_parent(database, centre, body.parent, if_match, caller)
    author, store = hand(request, caller, body.reason), Store(database, settings.files, centre)
    given = Given(body.agents, body.days, body.codes, body.cells, body.keep)
    propose = store.propose_judged if judge == "now" else store.propose_at_once
    return _answer(database, centre, propose(body.parent, given, author), response)


def _check_parent(database: Database, centre: str, parent: str, if_match: str | None, caller: Caller) -> None:
    with database.reading() as connection:
        revision_of(connection, centre)
        held, chain = version_held(connection, centre, parent), chain_of(connection, centre)
        if visible_agents(connection, centre, caller) is not None:
            raise Forbidden("a whole roster is given by those to whom all agents are open")
    must_match(if_match, tag_of(held, chain))
    if chain.states.get(parent) != "published":
        raise Superseded(f"{parent} is not in force: it is {chain.states.get(parent, 'no version')}")


def _answer(database: Database, centre: str, version: str, response: Response) -> VersionOut:
    with database.reading() as connection:
        held, chain = version_held(connection, centre, version), chain_of(connection, centre)
    tag(response, tag_of(held, chain))
    return VersionOut.of(held, chain)


@router.post("/{version}/approve")
def approve_version(
    request: Request,
    response: Response,
    centre: str,
    version: str,
    body: Deed,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Publisher,
    if_match: IfMatch = None,
) -> VersionOut:
    """Approve a proposal; by another person than its author where the rulebook asks for one.

    One that was kept before it was judged is judged now, and refused with every hard rule that it breaks.
    """
    author = hand(request, caller, body.reason)
    _check_tag(database, centre, version, if_match)
    made = Store(database, settings.files, centre).judge(version, author)
    _step(database, centre, version, "approved", author, "*" if made else if_match)
    return _answer(database, centre, version, response)


@router.post("/{version}/withdraw")
def withdraw_version(
    request: Request,
    response: Response,
    centre: str,
    version: str,
    body: Deed,
    database: DatabaseOf,
    caller: Publisher,
    if_match: IfMatch = None,
) -> VersionOut:
    """Take back a version that is not published."""
    _step(database, centre, version, "withdrawn", hand(request, caller, body.reason), if_match)
    return _answer(database, centre, version, response)


def _check_tag(database: Database, centre: str, version: str, if_match: str | None) -> None:
    with database.reading() as connection:
        revision_of(connection, centre)
        must_match(if_match, tag_of(version_held(connection, centre, version), chain_of(connection, centre)))


def _step(
    database: Database, centre: str, version: str, deed: Literal["approved", "withdrawn"], author: Author, if_match: str | None
) -> None:
    """Take a step of a version, if it stands as it was read."""
    with database.writing() as connection:
        change = begin(connection, centre, author, f"roster.{deed}", version)
        held, chain = version_held(connection, centre, version), chain_of(connection, centre)
        must_match(if_match, tag_of(held, chain))
        add_step(change, Hand(author.who, author.at.replace(microsecond=0), author.why).step(version, deed))
