"""How a number of the requirement came about, and what other targets would ask for."""

import tomllib
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from api.http.access import DatabaseOf, need
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.scopes import visible_queues
from data.exchange.forecasts import read_forecast
from data.exchange.requirements import read_requirement
from data.model.centre import Queue, ServiceTarget, ShrinkageCause
from data.model.demand import Forecast, Requirement
from data.model.errors import NotFound, there_are
from data.model.time import Horizon
from data.store.base import Connection, Database
from data.store.documents import content, documents
from data.store.revisions import revision_of
from optimizer.staffing.explain.requirement import explain
from optimizer.staffing.explain.retarget import Otherwise, Staffed, staffed_otherwise

router = api_router("/centres/{centre}/requirement", tags=["series"])

Reader = Annotated[Caller, need("data:read")]


class ExplanationOut(BaseModel):
    """How the requirement of one queue in one interval came about."""

    queue: str
    start: datetime = Field(description="Start of the interval.")
    inputs: dict[str, float | str | None] = Field(
        description="What it was computed from: calls, handle time, patience, targets, shrinkage; null = without limit."
    )
    results: dict[str, float | None] = Field(
        description="Load, agents, heads, and the service at the agents and at one less (`_one_less`); null = without limit."
    )
    binding: str = Field(description="The target that asks for the most agents.")
    lines: list[str] = Field(description="The steps in words, with the numbers, in English.")
    lines_zh: list[str] = Field(description="The same in Chinese.")


class WhatIfIn(Otherwise):
    """One queue on some days under other assumptions."""

    queue: str
    first: date = Field(description="First day, in the zone of the centre.")
    last: date = Field(description="Last day, included.")


class AgentsOut(BaseModel):
    """Agents per interval."""

    on_phone: list[int] = Field(description="Agents on the phones.")
    heads: list[int] = Field(description="Agents rostered, shrinkage included.")


class WhatIfOut(BaseModel):
    """A queue as it is and as it would be; both staffed interval by interval at the calls of the requirement."""

    queue: str
    zone: str
    target: ServiceTarget = Field(description="The target that stands.")
    timestamps: list[datetime] = Field(description="Starts of the intervals, UTC.")
    before: AgentsOut
    after: AgentsOut


@router.get("/explanation")
def get_explanation(
    centre: str,
    database: DatabaseOf,
    caller: Reader,
    queue: Annotated[str, Query(description="Id of a queue.")],
    at: Annotated[AwareDatetime, Query(description="An instant within the interval.")],
) -> ExplanationOut:
    """The formula behind a number of the requirement: its inputs, its results and the steps between them."""
    held = _held(database, centre, caller, queue)
    told = explain(held.made, held.queue, held.made.grid.slot(at), forecast=held.forecast, causes=held.causes)
    inputs = {name: value if isinstance(value, str) else _finite(value) for name, value in told.inputs.items()}
    results = {name: _finite(value) for name, value in told.results.items()}
    return ExplanationOut(
        queue=told.queue,
        start=told.start,
        inputs=inputs,
        results=results,
        binding=told.binding,
        lines=list(told.lines),
        lines_zh=list(told.lines_zh),
    )


@router.post("/what-if")
def post_what_if(centre: str, body: WhatIfIn, database: DatabaseOf, caller: Reader) -> WhatIfOut:
    """What other targets, calls, handle times or shrinkage would ask for; nothing is changed."""
    held = _held(database, centre, caller, body.queue)
    made, grid = held.made, held.made.grid
    span = Horizon(zone=grid.horizon.zone, first=body.first, days=max((body.last - body.first).days + 1, 1))
    begin, end = max(grid.slot(span.start), 0), min(max(grid.slot(span.end), 0), grid.size)

    def agents(found: Staffed) -> AgentsOut:
        return AgentsOut(on_phone=found.on_phone[begin:end].tolist(), heads=found.heads[begin:end].tolist())

    return WhatIfOut(
        queue=body.queue,
        zone=grid.horizon.zone,
        target=held.queue.target,
        timestamps=[one.to_pydatetime() for one in grid.index[begin:end].tz_convert("UTC")],
        before=agents(staffed_otherwise(made, held.queue, Otherwise())),
        after=agents(staffed_otherwise(made, held.queue, body)),
    )


class _Held:
    """The requirement that stands, with what it was made from."""

    def __init__(self, folder: Path, queue: str):
        told = tomllib.loads((folder / "centre.toml").read_text(encoding="utf-8"))
        queues = {one["id"]: one for one in told.get("queues", [])}
        if queue not in queues:
            raise NotFound(f"no queue {queue!r}; {there_are(list(queues))}")
        self.made: Requirement = read_requirement(folder / "requirement.csv")
        self.queue = Queue.model_validate(queues[queue])
        self.causes = [ShrinkageCause.model_validate(one) for one in told.get("shrinkage_causes", [])]
        expected = self.made.origin.get("load") == "expected"
        self.forecast: Forecast | None = read_forecast(folder / "forecast.csv") if expected else None


def _held(database: Database, centre: str, caller: Caller, queue: str) -> _Held:
    with TemporaryDirectory() as root:
        folder = Path(root)
        with database.reading() as connection:
            revision_of(connection, centre)
            seen = visible_queues(connection, centre, caller)
            if seen is not None and queue not in seen:
                raise NotFound(f"no queue {queue!r} that is open to {caller.name}")
            _write(connection, centre, folder)
        return _Held(folder, queue)


def _write(connection: Connection, centre: str, folder: Path) -> None:
    """The documents that tell how a requirement came about."""
    standing = documents(connection, centre)
    if "requirement.csv" not in standing:
        raise NotFound("no requirement yet; run `require` first")
    for stem in ("centre.toml", *(f"{name}.{end}" for name in ("requirement", "forecast") for end in ("csv", "json", "npz"))):
        if stem in standing:
            (folder / stem).write_bytes(content(connection, standing[stem][0]))


def _finite(value: float) -> float | None:
    """A number as JSON knows them."""
    return value if abs(value) < float("inf") else None
