"""What people do with rulebooks: draft, consult, comment, answer, announce, enforce, withdraw; and what speaks against one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.workspace import Workspace
from data.exchange.atomic import write_text
from data.exchange.checks import derogation_findings, scope_findings
from data.exchange.documents import findings_of
from data.exchange.files import stop
from data.exchange.rulebook_life import CURRENT, IN_FORCE, draft_path, keep_rulebook, read_life, read_named, write_life
from data.exchange.rulebooks import CASES, law_rules, read_cases, ready_cases, ready_rules
from data.model.errors import Finding, InvalidData, NotFound
from data.model.rulebook import Rulebook
from data.model.rulebook_life import LifeDeed, LifeStep, RulebookLife
from optimizer.rostering.lawful import law_findings
from optimizer.rostering.regression_cases import Checked, case_findings, check_cases
from optimizer.rostering.ruling import check_rulebook


@dataclass(frozen=True)
class Judged:
    """A rulebook and what speaks against it.

    Parameters
    ----------
    findings : tuple of Finding
        Kinds, numbers, names, derogations and rules of law; cases that fail are in `checked`.
    checked : Checked
        Regression cases; none were run if the rulebook itself is not sound.
    """

    book: Rulebook
    findings: tuple[Finding, ...]
    checked: Checked

    @property
    def all_findings(self) -> list[Finding]:
        """What keeps it from being announced and from coming into force."""
        return [*self.findings, *(outcome.finding for outcome in self.checked.failed)]


@dataclass(frozen=True)
class Desk:
    """A centre whose rulebook somebody works on, at a moment."""

    workspace: Workspace
    by: str
    at: datetime

    @property
    def folder(self) -> Path:
        """Folder of the centre."""
        return self.workspace.centre.path

    @property
    def in_force(self) -> Rulebook:
        """The rulebook in force."""
        return self.workspace.centre.rulebook

    @cached_property
    def life(self) -> RulebookLife:
        """All that was done so far."""
        return read_life(self.folder, self.workspace.policies.rulebook)

    def step(self, name: str, deed: LifeDeed, **told: Any) -> LifeStep:
        """A step of this person, with the text that it is about.

        Raises
        ------
        InvalidData
            A name that cannot be one, or words that a step refuses.
        """
        try:
            step = LifeStep.model_validate({"by": self.by} | told | {"rulebook": name, "deed": deed, "at": self.at})
        except ValidationError as error:
            raise InvalidData(findings_of(error, "command line")) from error
        return step.model_copy(update={"base": self.in_force.text_sha256, "sha256": self._text_sha256(name)})

    def _text_sha256(self, name: str) -> str:
        return read_named(self.folder, name).text_sha256 if draft_path(self.folder, name).is_file() else ""

    def keep(self, step: LifeStep) -> RulebookLife:
        """Take a step and write it down."""
        life = self.life.take(step)
        write_life(life, self.folder)
        return life

    def draft(self, name: str, source: str, reason: str) -> Path:
        """Begin a draft as a copy of another rulebook, its comments included; its file."""
        path, text = draft_path(self.folder, name), _text(self.folder, source)
        told = read_named(self.folder, source)
        step = self.step(name, "drafted", text=reason).model_copy(update={"sha256": told.text_sha256})
        taken = name == CURRENT or path.is_file()
        stop([Finding(str(path), None, None, "a rulebook of that name", "a new name")] if taken else [])
        life = self.life.take(step)
        write_text(path, text)
        write_life(life, self.folder)
        return path

    def comment(self, name: str, by: str, text: str, rule: str) -> int:
        """Write down a comment of the staff; its number."""
        known = [entry.id for entry in read_named(self.folder, name).rules]
        stop([_finding("--rule", repr(rule), f"one of {', '.join(known)}")] if rule and rule not in known else [])
        life = self.keep(self.step(name, "commented", by=by, text=text, rule=rule))
        return len(life.comments(name))

    def announce(self, name: str, first: date) -> Judged:
        """Announce a draft that nothing speaks against."""
        step, judged = self.step(name, "announced", first=first), self.judged(name)
        life = self._fine(step, judged)
        write_life(life, self.folder)
        return judged

    def enforce(self, name: str) -> tuple[str, Path]:
        """Put an announced rulebook in force; its name, and where the one of before is kept."""
        chosen = name or self.life.due(self.at.date())
        if not chosen:
            announced = [other for other, state in self.life.states.items() if state == "announced"]
            told = f"announced, for later days: {', '.join(announced)}" if announced else "no announced rulebook"
            raise InvalidData([_finding("NAME", told, f"one whose day has come by {self.at.date()}")])
        judged = self.judged(chosen)
        life = self._fine(self.step(chosen, "enforced"), judged, self._lost(chosen, judged.book))
        kept = keep_rulebook(self.in_force, self.folder)
        write_text(self.folder / IN_FORCE, _text(self.folder, chosen))
        write_life(life, self.folder)
        return chosen, kept

    def _fine(self, step: LifeStep, judged: Judged, more: Iterable[Finding] = ()) -> RulebookLife:
        """The life with a step, if neither its order nor its text have anything against it; all findings at once."""
        findings = [*judged.all_findings, *self._same_version(step.rulebook, judged.book), *more]
        try:
            life = self.life.take(step)
        except InvalidData as error:
            raise InvalidData([*error.findings, *findings]) from error
        stop(findings)
        return life

    def _same_version(self, name: str, book: Rulebook) -> Iterator[Finding]:
        """Two texts under one version: rosters say by which they were made."""
        now = self.in_force
        if (book.id, book.version) == (now.id, now.version) and book.text_sha256 != now.text_sha256:
            yield Finding(f"{name}.toml", None, "version", repr(book.version), "another version than the one in force", "raise it")

    def _lost(self, name: str, book: Rulebook) -> Iterator[Finding]:
        """Derogations in force that the new rulebook does not hold."""
        for held in self.in_force.derogations:
            if held.last >= self.at.date() and held not in book.derogations:
                read = f"no derogation from {held.rule} until {held.last}"
                expected = "the derogations in force that have not ended"
                yield Finding(f"{name}.toml", None, "derogations", read, expected, f"copy it from {IN_FORCE}")

    def judged(self, name: str = CURRENT) -> Judged:
        """A rulebook, and all that speaks against it.

        Raises
        ------
        InvalidData
            A file that does not read.
        """
        book, centre = read_named(self.folder, name), self.workspace.centre
        where, own = draft_path(self.folder, name).name, read_cases(self.folder / CASES)
        try:
            check_rulebook(book, where, [shift.code for shift in centre.centre.shifts])
        except InvalidData as error:
            return Judged(book, error.findings, Checked(()))
        named = (*scope_findings(book, centre.centre, centre.agents), *derogation_findings(book, centre.agents))
        findings = [replace(finding, where=where) for finding in named]
        findings += law_findings(book, self.in_force, law_rules(), centre.centre, centre.agents, where)
        rules = [rule.id for rule in book.rules]
        unsound = [found for file, held in own.items() for found in case_findings(held, file, centre.centre, rules)]
        mine = {} if unsound else own
        checked = check_cases(book, mine, ready_cases(), ready_rules(), centre.centre)
        return Judged(book, (*findings, *unsound), checked)


def _text(folder: Path, name: str) -> str:
    path = draft_path(folder, name)
    if not path.is_file():
        raise NotFound(f"no rulebook {name!r}: no file {path}")
    return path.read_text(encoding="utf-8-sig")


def _finding(option: str, read: str, expected: str) -> Finding:
    return Finding("command line", None, option, read, expected)
