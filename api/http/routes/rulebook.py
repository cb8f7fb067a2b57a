"""The rulebook in force, as it binds: what it includes put before its own, every number filled in, in words of both languages."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.access import DatabaseOf, need
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.scopes import visible_agents
from data.exchange.rulebook_life import IN_FORCE
from data.exchange.rulebooks import read_rulebook, ready_strategies
from data.model.errors import NotFound
from data.model.rulebook import Derogation, GoalSpec, Note, Rhythm, Rulebook, RuleSpec, Strategy
from data.store.documents import content, documents
from data.store.revisions import revision_of
from data.store.row_pages import revisions
from optimizer.rostering import goals
from optimizer.rostering.rules import kinds, params_of

router = api_router("/centres/{centre}/rulebook", tags=["documents"])

Seen = frozenset[str] | None


class RuleOut(RuleSpec):
    """A rule as it binds: its numbers with those left out filled in, and the sentence that they make."""

    says: str = Field(description="What it says, in English.")
    says_zh: str = Field(description="The same in Chinese.")


class GoalOut(BaseModel):
    """What rosters are made towards."""

    kind: str = Field(examples=["coverage"])
    strategy: str = Field(description="Id of the strategy that it belongs to; empty = none.")
    says: str = Field(description="What it says, in English.")
    says_zh: str = Field(description="The same in Chinese.")


class RulebookOut(BaseModel):
    """The rulebook in force; its drafts and what was done with them are the table `rulebooks`."""

    id: str
    version: str
    sha256: str = Field(description="SHA-256 of all that it says.")
    revision: int = Field(description="Revision of the centre that wrote it.")
    written_at: datetime = Field(description="When that was.")
    second_person: tuple[Rhythm, ...] = Field(description="Rhythms whose rosters another person than their author approves.")
    strategies: list[Strategy] = Field(description="Headings in their order.")
    rules: list[RuleOut] = Field(description="Those that are valid now, were before or will be; see their dates.")
    goals: list[GoalOut]
    notes: list[Note] = Field(description="What a law or policy says that no rule keeps, and what keeps it instead.")
    derogations: list[Derogation]


@router.get("")
def get_rulebook(centre: str, database: DatabaseOf, caller: Annotated[Caller, need("data:read")]) -> RulebookOut:
    """The rulebook in force: strategies, rules with their numbers and sources, goals, notes and derogations.

    What is about single agents is told of those alone who are open to the caller.
    """
    with database.reading() as connection:
        revision_of(connection, centre)
        held = documents(connection, centre)
        if IN_FORCE not in held:
            raise NotFound(f"{centre} has no rulebook yet")
        sha, revision = held[IN_FORCE]
        text, seen = content(connection, sha), visible_agents(connection, centre, caller)
        written_at = revisions(connection, centre, revision + 1, 1)[0].at
    book = _read(text)
    return RulebookOut(
        id=book.id,
        version=book.version,
        sha256=book.sha256,
        revision=revision,
        written_at=written_at,
        second_person=book.second_person,
        strategies=sorted(book.strategies or ready_strategies(), key=lambda one: one.order),
        rules=[_rule(rule, seen) for rule in book.rules if _open(rule.scope.agents, seen)],
        goals=[_goal(goal) for goal in book.goals],
        notes=list(book.notes),
        derogations=[
            one.model_copy(update={"agents": _of(one.agents, seen)}) for one in book.derogations if _open(one.agents, seen)
        ],
    )


def _read(text: bytes) -> Rulebook:
    """The rulebook with what it includes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / IN_FORCE
        path.write_bytes(text)
        return read_rulebook(path)


def _rule(rule: RuleSpec, seen: Seen) -> RuleOut:
    kind, params = kinds()[rule.kind], params_of(rule)
    told: dict[str, Any] = dict(rule) | {
        "numbers": params.model_dump(mode="json"),
        "scope": rule.scope.model_copy(update={"agents": _of(rule.scope.agents, seen)}),
    }
    return RuleOut(**told, says=kind.sentence(params, "en"), says_zh=kind.sentence(params, "zh"))


def _goal(goal: GoalSpec) -> GoalOut:
    kind = goals.kinds()[goal.kind]
    params = kind.Params.model_validate(goal.numbers)
    english, chinese = kind.sentence(params, "en"), kind.sentence(params, "zh")
    return GoalOut(kind=goal.kind, strategy=goal.strategy, says=english, says_zh=chinese)


def _of(agents: tuple[str, ...], seen: Seen) -> tuple[str, ...]:
    return agents if seen is None else tuple(agent for agent in agents if agent in seen)


def _open(agents: tuple[str, ...], seen: Seen) -> bool:
    """Whether it is about everybody, or about somebody who is open to the caller."""
    return not agents or bool(_of(agents, seen))
