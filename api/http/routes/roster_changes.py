"""Rosters that are given as a whole, and what people do with versions in one step; publishing is a run."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from fastapi import Query, Request, Response, UploadFile

from api.given_rosters import Given, Store
from api.given_tables import by_line, read_given
from api.http.access import DatabaseOf, SettingsOf, hand, need
from api.http.etags import IfMatch, must_match, tag
from api.http.idempotency import IdempotencyKey, told_before
from api.http.idempotency import keep as keep_once
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.problems import Forbidden
from api.http.roster_models import UNEXPLAINED, Deed, MatrixIn, VersionOut
from api.http.routes.rosters import tag_of
from api.http.routes.uploads import received
from api.http.scopes import visible_agents
from api.http.whole import need_whole
from data.model.errors import InvalidData, Superseded
from data.model.version import Hand
from data.store.base import Connection, Database
from data.store.revisions import Author, begin, revision_of
from data.store.roster_reading import chain_of, version_held
from data.store.version_steps import add_step

router = api_router("/centres/{centre}/rosters", tags=["rosters"])

Writer = Annotated[Caller, need("data:write")]
Publisher = Annotated[Caller, need_whole("rosters:publish")]


Judge = Annotated[
    Literal["now", "later"],
    Query(description="now: kept only if the verifier finds no new breach; later: kept at once, and judged when it is approved."),
]


@router.post("", status_code=201)
def give_roster(
    request: Request,
    response: Response,
    centre: str,
    body: MatrixIn,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Writer,
    judge: Judge = "now",
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> VersionOut:
    """Keep a whole roster as a proposal, made out of the version in force. `If-Match` is the `ETag` of that version."""
    given = Given(body.agents, body.days, body.codes, body.cells, body.keep)
    giving = _Giving(request, Store(database, settings.files, centre), caller, judge, if_match, idempotency_key, body.reason)
    return _answer(database, centre, giving.keep(body.parent, given), response)


@router.post("/table", status_code=201)
def give_roster_table(
    request: Request,
    response: Response,
    centre: str,
    file: UploadFile,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Writer,
    parent: Annotated[str, Query(description="The version in force that it changes.")],
    keep: Annotated[bool, Query(description="Whether later runs keep the days that it changes.")] = True,
    judge: Judge = "now",
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> VersionOut:
    """Keep a roster given as a long table with the columns `agent`, `date` and `code`, as a proposal.

    Agent-days without a row stay as the parent has them; other columns are not read. `If-Match` is the `ETag` of the parent.
    """
    giving = _Giving(request, Store(database, settings.files, centre), caller, judge, if_match, idempotency_key)
    with received(file, settings, "given") as path:
        given, rows = read_given(path, keep)
    try:
        return _answer(database, centre, giving.keep(parent, given), response)
    except InvalidData as error:
        raise InvalidData(by_line(error.findings, rows, path.name)) from error


@dataclass(frozen=True)
class _Giving:
    """Somebody gives a roster."""

    request: Request
    store: Store
    caller: Caller
    judge: str
    if_match: str | None
    key: str | None
    reason: str = ""

    def keep(self, parent: str, given: Given) -> str:
        """Keep it, once; its name."""
        store, author = self.store, hand(self.request, self.caller, self.reason)
        asked = [self.request.url.path, self.judge, parent, asdict(given)] if self.key is not None else None
        with store.database.reading() as connection:
            found = told_before(connection, self.key, self.caller.name, asked)
        if found is not None:
            return str(found["version"])
        _check_parent(store.database, store.centre, parent, self.if_match, self.caller)
        propose = store.propose_judged if self.judge == "now" else store.propose_at_once

        def noted(connection: Connection, name: str) -> None:
            keep_once(connection, self.key, self.caller.name, asked, {"version": name}, author.at)

        return propose(parent, given, author, noted)


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
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Publisher,
    body: Deed = UNEXPLAINED,
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
    database: DatabaseOf,
    caller: Publisher,
    body: Deed = UNEXPLAINED,
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
