"""Versions of rosters: each is a proposal until people approve and publish it, and nothing is ever overwritten.

A month plan begins a chain for its days; a week adjustment or a daily tweak has the version that it changes for its parent. Several
proposals may be open at once. The published version at the end of a chain is its head; publishing another one supersedes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from pydantic import AwareDatetime, Field

from data.model.base import Frozen
from data.model.errors import Finding, InvalidData, NotFound, Superseded, there_are
from data.model.rulebook import Rhythm

State = Literal["proposal", "approved", "published", "superseded", "withdrawn"]
Deed = Literal["proposed", "approved", "published", "withdrawn"]

JUDGED, UNJUDGED = "judged", "not judged"
"""Key of the origin of a version that was kept before the verifier had judged it, and what stands there until it has."""


def is_unjudged(origin: Mapping[str, str]) -> bool:
    """Whether the verifier has not judged a version of this origin yet: it can be no more than a proposal."""
    return origin.get(JUDGED) == UNJUDGED


class Step(Frozen):
    """What somebody did with a version.

    Parameters
    ----------
    version : str
    deed : str
        proposed, approved, published or withdrawn.
    by : str
        Who did it.
    at : datetime
    reason : str
    parent : str
        Of a version that is proposed: the one that it changes; empty = it begins a chain.
    rhythm : str
        Of a version that is proposed: which of the three rhythms made it.
    first, last : date or None
        Of a version that is proposed: the days that it plans.
    """

    version: str = Field(min_length=1)
    deed: Deed
    by: str = Field(min_length=1)
    at: AwareDatetime
    reason: str = ""
    parent: str = ""
    rhythm: Rhythm = "month"
    first: date | None = None
    last: date | None = None

    def meets(self, first: date | None, last: date | None) -> bool:
        """Whether it plans any day from `first` to `last`; where an end is not known, there is none."""
        return max(self.first or date.min, first or date.min) <= min(self.last or date.max, last or date.max)


@dataclass(frozen=True)
class Hand:
    """Whose hand a step is in, when and why."""

    name: str
    at: datetime
    reason: str = ""

    def step(
        self,
        version: str,
        deed: Deed,
        *,
        parent: str = "",
        rhythm: Rhythm = "month",
        first: date | None = None,
        last: date | None = None,
    ) -> Step:
        """A step of this person."""
        told = {"by": self.name, "at": self.at, "reason": self.reason, "parent": parent, "rhythm": rhythm}
        return Step.model_validate({"version": version, "deed": deed, "first": first, "last": last, **told})


@dataclass(frozen=True)
class Chain:
    """All that was done with the versions of a centre, oldest first; each method gives a longer one.

    Parameters
    ----------
    steps : tuple of Step
    second_person : tuple of str
        Rhythms whose versions another person than their author must approve.
    """

    steps: tuple[Step, ...] = ()
    second_person: tuple[Rhythm, ...] = ()

    @cached_property
    def proposed(self) -> dict[str, Step]:
        """How each version came to be."""
        return {step.version: step for step in self.steps if step.deed == "proposed"}

    @cached_property
    def states(self) -> dict[str, State]:
        """State of each version."""
        states: dict[str, State] = {}
        for step in self.steps:
            if step.deed == "published":
                states |= dict.fromkeys(self._superseded_by(step.version, states), "superseded")
            states[step.version] = "proposal" if step.deed == "proposed" else step.deed
        return states

    def _superseded_by(self, version: str, states: dict[str, State]) -> Iterator[str]:
        """Published versions that a new one takes the place of: its parent, and those of the same days."""
        own = self.proposed[version]
        for other, state in states.items():
            if state == "published" and (other == own.parent or own.meets(self.proposed[other].first, self.proposed[other].last)):
                yield other

    @property
    def heads(self) -> tuple[str, ...]:
        """Published versions that stand, in the order of their days."""
        standing = [name for name, state in self.states.items() if state == "published"]
        return tuple(sorted(standing, key=lambda name: (self.proposed[name].first or date.min, name)))

    @property
    def open(self) -> tuple[str, ...]:
        """Versions that wait for somebody."""
        return tuple(name for name, state in self.states.items() if state in ("proposal", "approved"))

    def head(self, day: date | None = None) -> str:
        """The published version for a day; without one, or without a day, that of the latest days.

        Raises
        ------
        NotFound
            None is published.
        """
        heads = self.heads
        if not heads:
            raise NotFound("no roster is published: `echelon plan` proposes one")
        covering = [name for name in heads if day is not None and self.covers(name, day)]
        return (covering or heads)[-1]

    def covers(self, version: str, day: date) -> bool:
        """Whether a day is among those of a version's plan."""
        return self.proposed[version].meets(day, day)

    def root(self, version: str) -> str:
        """The version that began the chain of another."""
        while self.proposed[version].parent:
            version = self.proposed[version].parent
        return version

    def take(self, step: Step) -> "Chain":
        """Take a step, whatever it is."""
        ways = {"proposed": self.propose, "approved": self.approve, "published": self.publish, "withdrawn": self.withdraw}
        return ways[step.deed](step)

    def propose(self, step: Step) -> "Chain":
        """Add a version.

        Raises
        ------
        InvalidData
            There is one of that name, or its parent is not known.
        """
        findings: list[Finding] = []
        if step.version in self.proposed:
            findings.append(_finding(step.version, "a version of that name", "a new name"))
        if step.parent and step.parent not in self.proposed:
            findings.append(_finding(step.version, f"parent {step.parent}", "a version that is there"))
        return self._with(step, findings)

    def approve(self, step: Step) -> "Chain":
        """Somebody approves a proposal; another person than its author where the rulebook asks for one."""
        own = self._known(step.version)
        findings = list(self._not_in(step.version, ("proposal",)))
        if own.rhythm in self.second_person and own.by == step.by:
            expected = f"another person than {own.by}, who proposed it"
            findings.append(_finding(step.version, f"approved by {step.by}", expected, "let somebody else approve it"))
        return self._with(step, findings)

    def publish(self, step: Step) -> "Chain":
        """Put an approved version in force.

        Raises
        ------
        Superseded
            Its parent is no longer the head.
        """
        own = self._known(step.version)
        chain = self._with(step, list(self._not_in(step.version, ("approved",))))
        if own.parent and self.states[own.parent] != "published":
            raise Superseded(self._moved_on(own))
        return chain

    def _moved_on(self, own: Step) -> str:
        siblings = [name for name, step in self.proposed.items() if step.parent == own.parent]
        since = [name for name in siblings if self.states[name] in ("published", "superseded")]
        told = f"{since[-1]} was published since" if since else f"it is {self.states[own.parent]}"
        fix = "rebase it with `echelon rebase`, or withdraw it"
        return f"{own.version} changes {own.parent}, which is not the roster in force: {told}; {fix}"

    def withdraw(self, step: Step) -> "Chain":
        """Take back a version that is not published."""
        return self._with(step, list(self._not_in(step.version, ("proposal", "approved"))))

    def _known(self, version: str) -> Step:
        if version not in self.proposed:
            raise NotFound(f"no version {version!r}; {there_are(self.proposed)}")
        return self.proposed[version]

    def _not_in(self, version: str, states: tuple[State, ...]) -> Iterator[Finding]:
        self._known(version)
        if self.states[version] not in states:
            yield _finding(version, self.states[version], f"the state {' or '.join(states)}")

    def _with(self, step: Step, findings: Iterable[Finding]) -> "Chain":
        found = list(findings)
        if found:
            raise InvalidData(found)
        return Chain((*self.steps, step), self.second_person)


def _finding(version: str, read: str, expected: str, fix: str = "") -> Finding:
    return Finding("versions.csv", None, version, read, expected, fix)
