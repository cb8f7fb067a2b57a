"""The rulebook: which rules and goals hold, with which numbers, for whom, since when and by which source."""

from datetime import date
from typing import Any

from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.people import Agent, Contract, HoursSystem


class Scope(Frozen):
    """Whom a rule binds; an empty tuple means everyone.

    Parameters
    ----------
    hours_systems : tuple of str
        Hours systems of the contract: what a law speaks of. The others are ids of the centre.
    """

    hours_systems: tuple[HoursSystem, ...] = ()
    contracts: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()

    def covers(self, agent: Agent, contract: Contract) -> bool:
        """Whether an agent under a contract is bound."""
        pairs = (
            (self.hours_systems, contract.hours_system),
            (self.contracts, agent.contract),
            (self.agents, agent.id),
            (self.teams, agent.team),
            (self.sites, agent.site),
        )
        return all(not wanted or value in wanted for wanted, value in pairs)


class RuleSpec(Frozen):
    """One rule of the rulebook.

    Parameters
    ----------
    id : str
        Dotted name, e.g. ``cn.week.rest_min``.
    kind : str
        Name of a file in ``optimizer/rostering/rules``.
    numbers : dict
        Parameters of the kind; checked by it.
    weight : float or None
        None = hard; else the cost of one unit of breach.
    source : str
        Law article, agreement, or "house choice".
    waivable : bool
        Whether a derogation may lift it.
    """

    id: str
    kind: str
    numbers: dict[str, Any] = {}
    weight: float | None = Field(default=None, gt=0)
    scope: Scope = Scope()
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = "house choice"
    title: str = ""
    title_zh: str = ""
    waivable: bool = False

    @property
    def hard(self) -> bool:
        """Whether a breach makes the roster illegal."""
        return self.weight is None

    def in_force(self, first: date, last: date) -> bool:
        """Whether the rule is valid on any day of ``[first, last]``."""
        return (self.valid_from is None or self.valid_from <= last) and (self.valid_until is None or self.valid_until >= first)


class GoalSpec(Frozen):
    """One goal: a file in ``optimizer/rostering/goals`` and its numbers."""

    kind: str
    numbers: dict[str, Any] = {}


class Derogation(Frozen):
    """A rule lifted for some agents on some days: by whom, why and until when."""

    rule: str
    agents: tuple[str, ...] = ()
    first: date
    last: date
    approved_by: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Rulebook(Frozen):
    """A versioned set of rules and goals."""

    id: str
    version: str = "1"
    rules: tuple[RuleSpec, ...] = ()
    goals: tuple[GoalSpec, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> "Rulebook":
        ids = [rule.id for rule in self.rules]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"rulebook {self.id!r} names rules twice: {', '.join(twice)}")
        return self

    def binding(self, agent: Agent, contract: Contract, first: date, last: date) -> tuple[RuleSpec, ...]:
        """Rules that bind an agent under a contract at some time in ``[first, last]``."""
        return tuple(rule for rule in self.rules if rule.scope.covers(agent, contract) and rule.in_force(first, last))
