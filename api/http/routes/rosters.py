"""Rosters: the versions of a centre, and each as rows, as a matrix, beside another one, and as the verifier sees it."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel

from api.http.access import DatabaseOf, SettingsOf, need
from api.http.caches import cache_of
from api.http.etags import IfNoneMatch, etag, known, tag
from api.http.openapi import api_router
from api.http.paging import After, Limit, Page, keys_of, page_of
from api.http.permissions import Caller
from api.http.roster_models import (
    BreachOut,
    CoverageOut,
    DayOut,
    DifferenceOut,
    MatrixOut,
    Moved,
    ShiftSpan,
    VerdictOut,
    VersionOut,
)
from api.http.scopes import visible_agents, visible_queues
from api.looking import coverage_of, looking, verdict_of
from data.model.errors import NotFound
from data.model.roster import Breach
from data.model.version import Chain, State
from data.store.base import Connection
from data.store.revisions import revision_of
from data.store.roster_reading import (
    Held,
    Wanted,
    chain_of,
    differences,
    matrix,
    rows,
    skilled_agents,
    team_agents,
    version_held,
    versions_held,
)

router = api_router("/centres/{centre}/rosters", tags=["rosters"])

MATRICES, VERDICTS = 16, 64
"""Answers that are kept in memory."""

Reader = Annotated[Caller, need("rosters:read")]
Agents = Annotated[list[str] | None, Query(alias="agent", description="Only these agents.")]
Teams = Annotated[list[str] | None, Query(alias="team", description="Only agents of these teams.")]
Skills = Annotated[list[str] | None, Query(alias="skill", description="Only agents who hold all of these skills.")]
Codes = Annotated[list[str] | None, Query(alias="code", description="Only days with these symbols.")]
From = Annotated[date | None, Query(alias="from", description="First day.")]
To = Annotated[date | None, Query(alias="to", description="Last day, included.")]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The caller holds it already."}}


def tag_of(held: Held, chain: Chain) -> str:
    """Tag of a version and its state."""
    return f"{held.id}-{chain.states.get(held.name, 'aside')}"


@router.get("")
def list_versions(
    centre: str,
    response: Response,
    database: DatabaseOf,
    _: Reader,
    state: Annotated[list[State] | None, Query(description="Only versions in these states.")] = None,
    first: From = None,
    last: To = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[VersionOut]:
    """Versions of the rosters, oldest first: their state, parent, days, author, cost and bound."""
    with database.reading() as connection:
        tag(response, revision_of(connection, centre))
        chain, held = chain_of(connection, centre), versions_held(connection, centre)
    begun = keys_of(after, 1)
    names = [name for name in sorted(held) if begun is None or name > begun[0]]
    fitting = [name for name in names if _fits(name, chain, state, first, last)]
    told = [VersionOut.of(held[name], chain) for name in fitting[: limit + 1]]
    return page_of(told, limit, lambda one: (one.version,))


def _fits(name: str, chain: Chain, state: list[State] | None, first: date | None, last: date | None) -> bool:
    step = chain.proposed.get(name)
    meets = step.meets(first, last) if step is not None else first is None and last is None
    return meets and (not state or chain.states.get(name) in state)


@router.get("/current")
def get_current(
    centre: str,
    response: Response,
    database: DatabaseOf,
    _: Reader,
    day: Annotated[
        date | None, Query(description="The version in force for this day; without it, that of the latest days.")
    ] = None,
) -> VersionOut:
    """The version in force. Its `ETag` is the `If-Match` of a roster that is made out of it."""
    with database.reading() as connection:
        revision_of(connection, centre)
        chain = chain_of(connection, centre)
        held = version_held(connection, centre, chain.head(day))
    if day is not None and not chain.covers(held.name, day):
        raise NotFound(f"no published roster plans {day}")
    tag(response, tag_of(held, chain))
    return VersionOut.of(held, chain)


@router.get("/{version}")
def get_version(centre: str, version: str, response: Response, database: DatabaseOf, _: Reader) -> VersionOut:
    """A version and how it was made."""
    with database.reading() as connection:
        revision_of(connection, centre)
        held, chain = version_held(connection, centre, version), chain_of(connection, centre)
    tag(response, tag_of(held, chain))
    return VersionOut.of(held, chain)


@router.get("/{version}/days")
def list_days(
    centre: str,
    version: str,
    database: DatabaseOf,
    caller: Reader,
    agents: Agents = None,
    teams: Teams = None,
    skills: Skills = None,
    codes: Codes = None,
    first: From = None,
    last: To = None,
    limit: Limit = 500,
    after: After = None,
) -> Page[DayOut]:
    """A version as a long table: one row for each agent and day, in its order, of those agents that the caller may see."""
    begun = keys_of(after, 1)
    with database.reading() as connection:
        held = version_held(connection, centre, version)
        wanted = _wanted(connection, centre, caller, agents, teams, skills, codes, first, last)
        found = rows(connection, held, wanted, None if begun is None else int(begun[0]), limit + 1)
    page = page_of(found, limit, lambda row: (row["place"],))
    return Page(items=[DayOut.model_validate(row) for row in page.items], next=page.next)


def _wanted(
    connection: Connection,
    centre: str,
    caller: Caller,
    agents: list[str] | None = None,
    teams: list[str] | None = None,
    skills: list[str] | None = None,
    codes: list[str] | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Wanted:
    """The rows that are asked for, of the agents that the caller may see."""
    sets = [visible_agents(connection, centre, caller), None if not agents else frozenset(agents)]
    sets += [team_agents(connection, centre, teams)] if teams else []
    sets += [skilled_agents(connection, centre, skills)] if skills else []
    named = [one for one in sets if one is not None]
    return Wanted(frozenset.intersection(*named) if named else None, first, last, tuple(codes or ()))


@router.get("/{version}/matrix", response_model=MatrixOut, responses=NOT_MODIFIED)
def get_matrix(
    request: Request,
    centre: str,
    version: str,
    database: DatabaseOf,
    caller: Reader,
    agents: Agents = None,
    teams: Teams = None,
    skills: Skills = None,
    first: From = None,
    last: To = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A version as a compact matrix of agents by days; it never changes, so its `ETag` holds for good."""
    with database.reading() as connection:
        held = version_held(connection, centre, version)
        wanted = _wanted(connection, centre, caller, agents, teams, skills, None, first, last)
    seen = "" if wanted.agents is None else "\n".join(sorted(wanted.agents))
    key = f"{held.id}-m{hashlib.sha256(f'{first} {last} {seen}'.encode()).hexdigest()[:16]}"

    def make() -> bytes:
        with database.reading() as connection:
            return _matrix(connection, held, wanted).model_dump_json().encode()

    return _kept(request, key, if_none_match, "matrices", MATRICES, make)


def _matrix(connection: Connection, held: Held, wanted: Wanted) -> MatrixOut:
    made = matrix(connection, held, wanted)
    return MatrixOut.model_construct(
        version=held.name,
        zone=held.zone,
        agents=made.agents,
        days=made.days,
        codes=made.codes,
        cells=made.cells,
        shifts={code: ShiftSpan(start=span.start, minutes=span.minutes) for code, span in made.spans.items()},
        moved=[Moved(agent=agent, date=day, start=start, end=end) for agent, day, start, end in made.moved],
    )


def _kept(request: Request, key: str, if_none_match: str | None, name: str, most: int, make: Callable[[], bytes]) -> Response:
    """An answer that never changes: from memory if it was made before, nothing if the caller holds it."""
    headers = {"ETag": etag(key), "Cache-Control": "private, max-age=0, must-revalidate"}
    if known(if_none_match, key):
        return Response(status_code=304, headers=headers)
    return Response(cache_of(request.app, name, most).get(key, make), media_type="application/json", headers=headers)


@router.get("/{version}/agents/{agent}")
def get_line(
    centre: str, version: str, agent: str, database: DatabaseOf, caller: Reader, first: From = None, last: To = None
) -> list[DayOut]:
    """The days of one agent."""
    with database.reading() as connection:
        held = version_held(connection, centre, version)
        found = rows(connection, held, _wanted(connection, centre, caller, [agent], first=first, last=last))
    if not found:
        raise NotFound(f"no day of {agent} in {version} that is open to {caller.name}")
    return [DayOut.model_validate(row) for row in found]


@router.get("/{version}/differences")
def list_differences(
    centre: str,
    version: str,
    database: DatabaseOf,
    caller: Reader,
    since: Annotated[str, Query(description="The version that it is compared with; without it, its parent.")] = "",
    agents: Agents = None,
    first: From = None,
    last: To = None,
    limit: Limit = 500,
    after: After = None,
) -> Page[DifferenceOut]:
    """Days that a version has unlike another one, with what stood before and what stands after."""
    begun = keys_of(after, 1)
    with database.reading() as connection:
        held = version_held(connection, centre, version)
        before = version_held(connection, centre, since or _parent(held))
        wanted = _wanted(connection, centre, caller, agents, first=first, last=last)
        found = differences(connection, before, held, wanted, None if begun is None else int(begun[0]), limit + 1)
    page = page_of(found, limit, lambda one: (one[0],))
    told = [{"agent": now["agent"], "date": now["date"], "before": was, "after": now} for _, was, now in page.items]
    return Page(items=[DifferenceOut.model_validate(one) for one in told], next=page.next)


def _parent(held: Held) -> str:
    record = held.told
    if record is None or not record.parent:
        raise NotFound(f"{held.name} has no parent: say which version it is compared with (`since`)")
    return record.parent


@router.get("/{version}/verdict", response_model=VerdictOut, responses=NOT_MODIFIED)
def get_verdict(
    request: Request,
    centre: str,
    version: str,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Reader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What the independent verifier says of a version, by the rulebook and the leave that it was made by."""
    held, seen = _held_and_seen(database, centre, version, caller)

    def make() -> bytes:
        with looking(database, settings.files, centre) as workspace:
            found = verdict_of(workspace, version)
        breaches, priced = (_breaches(one, seen) for one in (found.breaches, found.priced))
        faults = list(found.faults) if seen is None else []
        told = VerdictOut(version=version, legal=found.legal, breaches=breaches, priced=priced, faults=faults, costs=found.costs)
        return told.model_dump_json().encode()

    return _kept(request, f"{held.id}-v{_of(seen)}", if_none_match, "verdicts", VERDICTS, make)


def _held_and_seen(database: DatabaseOf, centre: str, version: str, caller: Caller) -> tuple[Held, frozenset[str] | None]:
    with database.reading() as connection:
        return version_held(connection, centre, version), visible_agents(connection, centre, caller)


def _of(seen: frozenset[str] | None) -> str:
    return "" if seen is None else hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()[:16]


def _breaches(found: tuple[Breach, ...], seen: frozenset[str] | None) -> list[BreachOut]:
    return [BreachOut.model_validate(one, from_attributes=True) for one in found if seen is None or one.agent in seen]


class CoverageRows(BaseModel):
    """Intervals of the queues under a version."""

    version: str
    items: list[CoverageOut]


@router.get("/{version}/coverage", response_model=CoverageRows, responses=NOT_MODIFIED)
def get_coverage(
    request: Request,
    centre: str,
    version: str,
    database: DatabaseOf,
    settings: SettingsOf,
    caller: Reader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """How well a version covers what its queues need, interval by interval."""
    with database.reading() as connection:
        held, seen = version_held(connection, centre, version), visible_queues(connection, centre, caller)

    def make() -> bytes:
        with looking(database, settings.files, centre) as workspace:
            found = [row for row in coverage_of(workspace, version) if seen is None or row["queue"] in seen]
        return CoverageRows(version=version, items=[CoverageOut.model_validate(row) for row in found]).model_dump_json().encode()

    return _kept(request, f"{held.id}-c{_of(seen)}", if_none_match, "coverage", MATRICES, make)
