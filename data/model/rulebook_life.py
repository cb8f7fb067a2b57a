"""The life of a rulebook: draft, consultation of the staff 征求意见, announcement 公示, in force from a date, superseded.

Rules on hours, rest and leave are discussed with the staff, settled in consultation and announced before they bind anybody. Every
step is kept and nothing is overwritten; each step says by a hash which text it was about. Days are those of the steps' own zone.

References
----------
Labour Contract Law (2012) art. 4. Numbers of days: house choice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal, get_args

from pydantic import AwareDatetime, Field

from data.model.base import Frozen
from data.model.errors import Finding, InvalidData, NotFound, Superseded, there_are

LIFE_FILE = "rulebooks.csv"

LifeDeed = Literal["drafted", "consulted", "commented", "answered", "announced", "enforced", "withdrawn"]
LifeState = Literal["draft", "consulted", "announced", "in_force", "superseded", "withdrawn"]

BEFORE: dict[LifeDeed, tuple[LifeState, ...]] = {
    "consulted": ("draft", "consulted"),
    "commented": ("consulted",),
    "answered": ("consulted",),
    "announced": ("consulted",),
    "enforced": ("announced",),
    "withdrawn": ("draft", "consulted", "announced"),
}
"""States in which each step may be taken; a draft may be put to the staff again."""

BECOMES: dict[LifeDeed, LifeState] = {
    "drafted": "draft",
    "consulted": "consulted",
    "announced": "announced",
    "enforced": "in_force",
    "withdrawn": "withdrawn",
}
"""What a rulebook is after a step."""

NAME = r"^[A-Za-z0-9_][\w.-]*$"
"""Names of drafts: they name files."""


class RulebookTerms(Frozen):
    """What a centre asks of the life of its rulebook.

    Parameters
    ----------
    consultation_days : int
        Least days for which a draft is before the staff; 0 to 365 (house choice).
    """

    consultation_days: int = Field(default=7, ge=0, le=365)


class LifeStep(Frozen):
    """What somebody did with a rulebook.

    Parameters
    ----------
    rulebook : str
        Name of the draft, as its file is called.
    by : str
        Who did it; of a comment a role or a team, not a person's name.
    text : str
        A comment, an answer, or a reason.
    rule : str
        Id of the rule that a comment is about; empty = the whole.
    comment : int or None
        Of an answer: the number of its comment among those of the draft, from 1.
    first, last : date or None
        Days of a consultation; of an announcement `first` is the day from which the rulebook is in force.
    sha256 : str
        Hash of the text that the step is about (`Rulebook.text_sha256`).
    base : str
        That of the rulebook in force at the step.
    """

    rulebook: str = Field(pattern=NAME)
    deed: LifeDeed
    by: str = Field(min_length=1)
    at: AwareDatetime
    text: str = ""
    rule: str = ""
    comment: int | None = Field(default=None, ge=1)
    first: date | None = None
    last: date | None = None
    sha256: str = ""
    base: str = ""


@dataclass(frozen=True)
class Comment:
    """A comment of the staff with its answer, if it has one."""

    number: int
    said: LifeStep
    answer: LifeStep | None = None


@dataclass(frozen=True)
class RulebookLife:
    """All that was done with the rulebooks of a centre, oldest first; `take` gives a longer one.

    Parameters
    ----------
    steps : tuple of LifeStep
    terms : RulebookTerms
    """

    steps: tuple[LifeStep, ...] = ()
    terms: RulebookTerms = field(default_factory=RulebookTerms)

    @cached_property
    def states(self) -> dict[str, LifeState]:
        """State of each rulebook."""
        states: dict[str, LifeState] = {}
        for step in self.steps:
            if step.deed == "enforced":
                states |= {name: "superseded" for name, state in states.items() if state == "in_force"}
            states[step.rulebook] = BECOMES.get(step.deed, states.get(step.rulebook, "draft"))
        return states

    def last(self, name: str, deed: LifeDeed) -> LifeStep | None:
        """The latest step of a sort with a rulebook."""
        found = [step for step in self.steps if step.rulebook == name and step.deed == deed]
        return found[-1] if found else None

    def known(self, name: str, deed: LifeDeed) -> LifeStep:
        """The latest step of a sort with a rulebook, which has one.

        Raises
        ------
        NotFound
            It has none.
        """
        step = self.last(name, deed)
        if step is None:
            raise NotFound(f"rulebook {name!r} was never {deed}; {there_are(self.states)}")
        return step

    def comments(self, name: str) -> tuple[Comment, ...]:
        """Comments on a draft, oldest first."""
        own = [step for step in self.steps if step.rulebook == name]
        answers = {step.comment: step for step in own if step.deed == "answered"}
        said = (step for step in own if step.deed == "commented")
        return tuple(Comment(k, step, answers.get(k)) for k, step in enumerate(said, 1))

    def due(self, day: date) -> str:
        """The announced rulebook whose day has come, the latest one if there are several; empty = none."""
        announced = [name for name, state in self.states.items() if state == "announced"]
        ready = [(first, name) for name in announced if (first := self._in_force_from(name)) and first <= day]
        return max(ready)[1] if ready else ""

    def at(self, day: date) -> str:
        """Name of the rulebook in force on a day, those that are announced for it included; empty = before the first of them."""
        lived = [
            (first, k, step.rulebook)
            for k, step in enumerate(self.steps)
            if (first := self._binds_from(step)) is not None and first <= day
        ]
        return max(lived)[2] if lived else ""

    def _binds_from(self, step: LifeStep) -> date | None:
        """The day from which a step puts its rulebook in force; None = it does not."""
        if step.deed == "enforced":
            return step.at.date()
        return step.first if step.deed == "announced" and self.states[step.rulebook] == "announced" else None

    def _in_force_from(self, name: str) -> date | None:
        return self.known(name, "announced").first

    def take(self, step: LifeStep) -> "RulebookLife":
        """Take a step.

        Raises
        ------
        NotFound
            There is no draft of that name.
        InvalidData
            With everything that stands against it.
        Superseded
            Another rulebook came into force since the draft was made.
        """
        findings = list(self._late(step))
        if step.deed == "drafted":
            findings += self._taken(step)
        else:
            self.known(step.rulebook, "drafted")
            wrong = list(self._not_in(step))
            findings += wrong or CHECKS.get(step.deed, _nothing)(self, step)
        if findings:
            raise InvalidData(findings)
        if step.deed in ("announced", "enforced") and step.base not in (self.known(step.rulebook, "drafted").base, step.sha256):
            raise Superseded(
                f"rulebook.toml is no longer the one that {step.rulebook} was drafted from: "
                f"draft it anew with `echelon rulebook draft NEW --from {step.rulebook}`, and take in what has changed"
            )
        return replace(self, steps=(*self.steps, step))

    def _late(self, step: LifeStep) -> Iterator[Finding]:
        if self.steps and step.at < self.steps[-1].at:
            yield _finding(step, "at", str(step.at), f"{self.steps[-1].at}, when the step before was taken, or later")

    def _taken(self, step: LifeStep) -> Iterator[Finding]:
        if step.rulebook in self.states:
            yield _finding(step, "rulebook", step.rulebook, "a new name", "names are kept with their steps")

    def _not_in(self, step: LifeStep) -> Iterator[Finding]:
        state, fitting = self.states[step.rulebook], BEFORE[step.deed]
        if state not in fitting:
            yield _finding(step, step.deed, f"a rulebook that is {state}", f"one that is {' or '.join(fitting)}", NEXT[state])


NEXT: dict[LifeState, str] = {
    "draft": "put it to the staff first with `echelon rulebook consult`",
    "consulted": "announce it first with `echelon rulebook announce`",
    "announced": "withdraw it, and draft it anew to change it",
    "in_force": "make a draft from it to change it",
    "superseded": "make a draft from it to bring it back",
    "withdrawn": "make a draft from it to take it up again",
}
"""What can be done with a rulebook instead."""


def _nothing(_: RulebookLife, __: LifeStep) -> Iterable[Finding]:
    return ()


def _consulted(life: RulebookLife, step: LifeStep) -> Iterator[Finding]:
    """The staff needs days ahead, and enough of them."""
    if step.first is None or step.last is None or step.first != step.at.date():
        yield _finding(step, "first", str(step.first), f"{step.at.date()}, the day of the step, and a last day")
    else:
        yield from _too_short(life, step, step)


def _too_short(life: RulebookLife, step: LifeStep, consulted: LifeStep) -> Iterator[Finding]:
    least = life.terms.consultation_days
    if consulted.first is None or consulted.last is None or (days := (consulted.last - consulted.first).days + 1) >= max(least, 1):
        return
    expected = f"at least {least} days from {consulted.first}, both ends counted"
    yield _finding(step, "last", f"{consulted.last}: {days} days of consultation", expected, "consultation_days in policies.toml")


def _commented(_: RulebookLife, step: LifeStep) -> Iterator[Finding]:
    if not step.text:
        yield _finding(step, "text", "nothing", "what the staff says")


def _answered(life: RulebookLife, step: LifeStep) -> Iterator[Finding]:
    """An answer says something to a comment that has none yet."""
    if not step.text:
        yield _finding(step, "text", "nothing", "the answer")
    open_ones = [comment.number for comment in life.comments(step.rulebook) if comment.answer is None]
    if step.comment not in open_ones:
        expected = f"one of {', '.join(map(str, open_ones))}" if open_ones else "none: every comment is answered"
        yield _finding(step, "comment", str(step.comment), expected)


def _announced(life: RulebookLife, step: LifeStep) -> Iterator[Finding]:
    """Consultation held and over, comments answered, no date of the past, and the text that the staff has seen."""
    consulted, today = life.known(step.rulebook, "consulted"), step.at.date()
    yield from _too_short(life, step, consulted)
    if consulted.last is not None and today <= consulted.last:
        yield _finding(step, "at", str(today), f"a day after {consulted.last}, the last one of the consultation")
    unanswered = [str(comment.number) for comment in life.comments(step.rulebook) if comment.answer is None]
    if unanswered:
        fix = "answer them with `echelon rulebook answer`"
        yield _finding(step, "answered", f"comments without an answer: {', '.join(unanswered)}", "an answer to every comment", fix)
    if step.first is None or step.first <= today:
        yield _finding(step, "first", str(step.first), f"a day after {today}: nobody is bound before they could know")
    since = [one for one in life.comments(step.rulebook) if one.said.at >= consulted.at]
    if step.sha256 != consulted.sha256 and not since:
        expected = "the text that the staff was consulted about, or one changed after a comment"
        yield _finding(step, "sha256", "a text changed without a comment", expected, "consult the staff about it anew")


def _enforced(life: RulebookLife, step: LifeStep) -> Iterator[Finding]:
    """The day has come, and the text is the announced one."""
    announced, today = life.known(step.rulebook, "announced"), step.at.date()
    if announced.first is not None and today < announced.first:
        yield _finding(step, "at", str(today), f"{announced.first}, the day from which it is announced, or later")
    if step.sha256 != announced.sha256:
        fix = "put the file back as it was announced, or withdraw it and draft it anew"
        yield _finding(step, "sha256", "a text changed since it was announced", "the announced text", fix)


CHECKS = {
    "consulted": _consulted,
    "commented": _commented,
    "answered": _answered,
    "announced": _announced,
    "enforced": _enforced,
}
"""What stands against a step beside the state of its rulebook."""

DEEDS: tuple[str, ...] = get_args(LifeDeed)


def _finding(step: LifeStep, column: str, read: str, expected: str, fix: str = "") -> Finding:
    return Finding(LIFE_FILE, None, f"{step.rulebook}: {column}", read, expected, fix)
