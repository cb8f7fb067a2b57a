"""Rulebooks: TOML files that may include the ready ones of ``data/rulebooks``; and regression cases that a rulebook must keep."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from data.exchange.documents import findings_of, load_toml
from data.model.errors import Finding, InvalidData
from data.model.rulebook import GoalSpec, Rulebook, RuleSpec, Strategy
from data.model.rulebook_case import CaseFile

RULEBOOKS = Path(__file__).parents[1] / "rulebooks"
"""Where the ready rulebooks are."""

LAWS = ("cn", "eu")
"""Ready rulebooks that are law: what they say may be made stricter, never looser."""

CASES = "rulebook_cases"
"""Folder of a centre's own regression cases, beside its rulebook."""


def read_rulebook(path: Path) -> Rulebook:
    """Rulebook of a file with what it includes put before it.

    Of rules, strategies and notes of one id, and of goals of one kind, the last stands, in the place of the first. Included
    rules and goals that ``leave_out`` names, a goal as ``goals.KIND``, are left out.

    Raises
    ------
    InvalidData
        Everything wrong with the file at once.
    """
    raw = load_toml(path)
    names, left_out = (_names(raw.pop(key, [])) for key in ("include", "leave_out"))
    try:
        own = Rulebook.model_validate(raw)
    except ValidationError as error:
        raise InvalidData(findings_of(error, path.name)) from error
    included = [_included(name, path.name) for name in names]
    ready = {rule.id for book in included for rule in book.rules} | {_goal(goal) for book in included for goal in book.goals}
    book = _joined(own, included, set(left_out))
    findings = [*_unknown("leave_out", left_out, ready, path.name), *_unknown_strategies(book, path.name)]
    if findings:
        raise InvalidData(findings)
    return book


def law_rules() -> dict[str, RuleSpec]:
    """Rules of the ready rulebooks that are law, by id."""
    return {rule.id: rule for name in LAWS for rule in _included(name, name).rules}


def ready_rules() -> dict[str, RuleSpec]:
    """Rules of every ready rulebook, by id."""
    return {rule.id: rule for path in sorted(RULEBOOKS.glob("*.toml")) for rule in _included(path.stem, path.name).rules}


def ready_strategies() -> tuple[Strategy, ...]:
    """The strategies as shipped: headings of a rulebook that has none of its own."""
    return _included("strategies", "strategies").strategies


def read_cases(folder: Path) -> dict[str, CaseFile]:
    """Regression cases of a folder's files by the names of the files; none if there is no folder.

    Raises
    ------
    InvalidData
        Everything wrong with all files at once.
    """
    found, findings = dict[str, CaseFile](), list[Finding]()
    for path in sorted(folder.glob("*.toml")):
        try:
            found[path.name] = CaseFile.model_validate(load_toml(path))
        except ValidationError as error:
            findings += findings_of(error, path.name)
        except InvalidData as error:
            findings += error.findings
    if findings:
        raise InvalidData(findings)
    return found


def ready_cases() -> dict[str, CaseFile]:
    """Regression cases of the ready rulebooks."""
    return read_cases(RULEBOOKS / "cases")


def _goal(goal: GoalSpec) -> str:
    """What ``leave_out`` and findings call a goal."""
    return f"goals.{goal.kind}"


def _names(value: Any) -> list[str]:
    """One name, or a list of names."""
    return [str(name) for name in (cast(list[Any], value) if isinstance(value, list) else [value])]


def _included(name: str, where: str) -> Rulebook:
    path = RULEBOOKS / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(book.stem for book in RULEBOOKS.glob("*.toml")))
        raise InvalidData([Finding(where, None, "include", repr(name), f"one of {known}")])
    return Rulebook.model_validate(load_toml(path))


def _joined(own: Rulebook, included: list[Rulebook], left_out: set[str]) -> Rulebook:
    """The own rulebook with the entries of the others before its own."""
    ready = [rule for book in included for rule in book.rules if rule.id not in left_out]
    aims = [goal for book in included for goal in book.goals if _goal(goal) not in left_out]
    books = (*included, own)
    return own.model_copy(
        update={
            "rules": tuple({rule.id: rule for rule in (*ready, *own.rules)}.values()),
            "goals": tuple({goal.kind: goal for goal in (*aims, *own.goals)}.values()),
            "strategies": tuple({strategy.id: strategy for book in books for strategy in book.strategies}.values()),
            "notes": tuple({note.id: note for book in books for note in book.notes}.values()),
        }
    )


def _unknown_strategies(book: Rulebook, where: str) -> Iterator[Finding]:
    """Strategies that rules, goals and notes name and that are not there; without any strategy the names say nothing."""
    known = {strategy.id for strategy in book.strategies}
    named = [(entry.id, entry.strategy) for entry in (*book.rules, *book.notes)]
    named += [(_goal(goal), goal.strategy) for goal in book.goals]
    for name, strategy in named if known else ():
        yield from _unknown(f"{name}.strategy", [strategy] if strategy else [], known, where)


def _unknown(column: str, names: Iterable[str], known: set[str], where: str) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            yield Finding(where, None, column, repr(name), f"one of {', '.join(sorted(known)) or 'none'}")
