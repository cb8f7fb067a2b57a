"""The rulebook: which rules and goals hold, with which numbers, for whom, since when and by which source."""

import hashlib
import json
from datetime import date
from functools import partial
from typing import Any, Literal, Self, get_args

from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.people import Agent, Contract, HoursSystem

Rhythm = Literal["month", "week", "day"]
"""Which of the three rhythms makes a roster: 月计划, 周调整, 日微调."""

Ground = Literal["disaster", "repair", "law"]
"""Cases of Labour Law art. 42: a disaster or accident that threatens life, health or property and needs urgent handling; urgent
repair of production equipment, transport lines or public facilities; other cases that laws and regulations name."""

EMERGENCY_DAYS = 7
"""Most days for which one derogation lifts a rule on overtime (house choice: the law sets no number, an emergency ends)."""


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
        if not (self.hours_systems or self.contracts or self.agents or self.teams or self.sites):
            return True
        pairs = (
            (self.hours_systems, contract.hours_system),
            (self.contracts, agent.contract),
            (self.agents, agent.id),
            (self.teams, agent.team),
            (self.sites, agent.site),
        )
        return all(not wanted or value in wanted for wanted, value in pairs)


class Strategy(Frozen):
    """A named heading of the rulebook (策略), under which rules, goals and notes stand.

    Parameters
    ----------
    order : int
        Place among the strategies; 1 = first.
    description, description_zh : str
        What it is for, and what of it the roster does not carry.
    owner, owner_zh : str
        Role that answers for it, not a person's name.
    """

    id: str
    order: int = Field(ge=1)
    name: str
    name_zh: str = ""
    owner: str = ""
    owner_zh: str = ""
    description: str = ""
    description_zh: str = ""


class Note(Frozen):
    """What a law or policy says that no rule of the same id keeps, and what keeps it instead.

    Parameters
    ----------
    kept_by, kept_by_zh : str
        Rule, goal, setting or person that keeps it, or that nothing does yet.
    strategy : str
        Id of the strategy that it belongs to; empty = none.
    """

    id: str
    title: str
    title_zh: str
    source: str
    kept_by: str
    kept_by_zh: str
    strategy: str = ""
    valid_from: date | None = None


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
        Whether a derogation may lift it; that of a protected agent never is (Special Rules for Female Employees arts. 6, 9).
    strategy : str
        Id of the strategy that it belongs to; empty = none.
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
    strategy: str = ""

    def __hash__(self) -> int:
        return hash((self.id, self.kind, str(self.numbers)))

    @model_validator(mode="after")
    def _protects(self) -> Self:
        if self.waivable and self.kind == "protection":
            raise ValueError(f"rule {self.id!r} protects agents: no derogation may lift it")
        return self

    @property
    def hard(self) -> bool:
        """Whether a breach makes the roster illegal."""
        return self.weight is None

    @property
    def named(self) -> str:
        """Its id, and its title if it has one."""
        return f"{self.id} ({self.title})" if self.title else self.id

    def in_force(self, first: date, last: date) -> bool:
        """Whether the rule is valid on any day of ``[first, last]``."""
        return (self.valid_from is None or self.valid_from <= last) and (self.valid_until is None or self.valid_until >= first)

    def lifted_throughout(self, first: date, last: date) -> bool:
        """Whether derogations lift it on all days of ``[first, last]``."""
        return isinstance(self, LiftedRule) and all(
            self.lifted(date.fromordinal(d)) for d in range(first.toordinal(), last.toordinal() + 1)
        )


class GoalSpec(Frozen):
    """One goal: a file in ``optimizer/rostering/goals``, its numbers and the id of its strategy, if any."""

    kind: str
    numbers: dict[str, Any] = {}
    strategy: str = ""


class Derogation(Frozen):
    """A waivable rule lifted for some agents on some days: by whom, why and until when.

    Parameters
    ----------
    rule : str
        Id of the rule.
    agents : tuple of str
        Ids; empty = everyone whom the rule binds.
    first, last : date
        Days on which the rule is lifted, both included.
    approved_by, reason : str
        Who answers for it, and the emergency that it is for.
    ground : str or None
        Case of Labour Law art. 42; a rule on overtime is lifted on one alone (`emergency_gaps`).
    legal_approved_by : str
        Who has confirmed the ground for the employer's lawyers: another person than `approved_by`.

    References
    ----------
    Labour Law art. 42 (emergencies lift the limits of art. 41), art. 44 (pay stays); that each has an approver, a reason and an
    end: house choice.
    """

    rule: str
    agents: tuple[str, ...] = ()
    first: date
    last: date
    approved_by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    ground: Ground | None = None
    legal_approved_by: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"the derogation from {self.rule!r} ends {self.last}, before it starts {self.first}")
        return self

    def lifts(self, rule: RuleSpec, agent: Agent) -> bool:
        """Whether it is about a rule and an agent, and the rule may be lifted."""
        return self.rule == rule.id and rule.waivable and (not self.agents or agent.id in self.agents)

    @property
    def days(self) -> int:
        """Days on which it lifts the rule."""
        return (self.last - self.first).days + 1

    def emergency_gaps(self) -> tuple[tuple[str, str, str], ...]:
        """What it lacks to lift a rule on overtime: field, what stands there, what should."""
        gaps = (
            ("ground", "nothing", f"a case of Labour Law art. 42: {', '.join(get_args(Ground))}", self.ground is None),
            ("legal_approved_by", "nothing", "who confirmed the ground for the lawyers", not self.legal_approved_by),
            ("legal_approved_by", self.legal_approved_by, "another person than approved_by", self._alone),
            ("last", str(self.last), f"at most {EMERGENCY_DAYS} days from {self.first}", self.days > EMERGENCY_DAYS),
        )
        return tuple((field, read, expected) for field, read, expected, lacks in gaps if lacks)

    @property
    def _alone(self) -> bool:
        return bool(self.legal_approved_by) and self.legal_approved_by == self.approved_by


class LiftedRule(RuleSpec):
    """A rule as it binds an agent for whom derogations lift it on some days; `Rulebook.binding` makes it."""

    derogations: tuple[Derogation, ...]

    def lifted(self, day: date) -> bool:
        """Whether one of them lifts the rule on a day."""
        return any(derogation.first <= day <= derogation.last for derogation in self.derogations)


class Rulebook(Frozen):
    """A versioned set of rules and goals under strategies, of notes on what they leave out, and of derogations from its rules.

    Parameters
    ----------
    second_person : tuple of str
        Rhythms (month, week, day) whose rosters another person than their author must approve.
    """

    id: str
    version: str = "1"
    second_person: tuple[Rhythm, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    goals: tuple[GoalSpec, ...] = ()
    derogations: tuple[Derogation, ...] = ()
    strategies: tuple[Strategy, ...] = ()
    notes: tuple[Note, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for name, entries in (("rules", self.rules), ("strategies", self.strategies), ("notes", self.notes)):
            ids = [entry.id for entry in entries]
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"rulebook {self.id!r} names {name} twice: {', '.join(twice)}")
        return self

    @property
    def sha256(self) -> str:
        """SHA-256 of all that it says."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def text_sha256(self) -> str:
        """SHA-256 of what the staff is consulted about: all but the derogations, which come and go with emergencies."""
        return self.model_copy(update={"derogations": ()}).sha256

    def under(self, strategy: str) -> tuple[RuleSpec | GoalSpec | Note, ...]:
        """Rules, goals and notes of a strategy."""
        return tuple(entry for entry in (*self.rules, *self.goals, *self.notes) if entry.strategy == strategy)

    def binding(self, agent: Agent, contract: Contract, first: date, last: date) -> tuple[RuleSpec, ...]:
        """Rules that bind an agent under a contract at some time in ``[first, last]``, with the days on which they are lifted."""
        bound = (rule for rule in self.rules if rule.scope.covers(agent, contract) and rule.in_force(first, last))
        if not self.derogations:
            return tuple(bound)
        return tuple(rule for rule in map(partial(self._bound, agent), bound) if not rule.lifted_throughout(first, last))

    def _bound(self, agent: Agent, rule: RuleSpec) -> RuleSpec:
        """A rule as it binds an agent."""
        found = tuple(derogation for derogation in self.derogations if derogation.lifts(rule, agent))
        return LiftedRule(**dict(rule), derogations=found) if found else rule
