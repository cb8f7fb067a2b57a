"""The life of a folder's rulebooks: ``rulebooks.csv``, which is only ever added to, and the texts in ``rulebooks/``.

``rulebook.toml`` is the one in force, ``rulebooks/NAME.toml`` a draft (which stays there when it comes into force), and
``rulebooks/ID-VERSION-HASH.toml`` one that was in force and that rosters were made by, written out in full: what it includes may
change with the next release, what bound a roster may not.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from data.cells import AWARE, DAY, TEXT, choice
from data.columns import Column, Table, optional
from data.exchange.documents import dump_toml
from data.exchange.files import write_table
from data.exchange.rulebooks import read_rulebook
from data.exchange.steps import read_steps
from data.model.errors import InvalidData, NotFound
from data.model.rulebook import Rulebook
from data.model.rulebook_life import DEEDS, LIFE_FILE, LifeStep, RulebookLife, RulebookTerms

KEPT, IN_FORCE = "rulebooks", "rulebook.toml"
CURRENT = "current"
"""What commands call the rulebook in force."""

LIFE = Table(
    "rulebooks",
    (
        Column("rulebook", TEXT),
        Column("deed", choice(*DEEDS)),
        Column("by", TEXT),
        Column("at", AWARE),
        *(optional(name, TEXT) for name in ("text", "rule", "comment")),
        *(optional(name, DAY) for name in ("first", "last")),
        *(optional(name, TEXT) for name in ("sha256", "base")),
    ),
)


def read_life(folder: Path, terms: RulebookTerms | None = None) -> RulebookLife:
    """The life of a folder's rulebooks, taken step by step anew; empty if nothing was done yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    # what the centre asks for today says nothing of the steps of before
    life = read_steps(folder / LIFE_FILE, LIFE, LifeStep.model_validate, RulebookLife(terms=RulebookTerms(consultation_days=0)))
    return replace(life, terms=terms or RulebookTerms())


def write_life(life: RulebookLife, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(LIFE.frame(step.model_dump(exclude_none=True) for step in life.steps), folder / LIFE_FILE)


def draft_path(folder: Path, name: str) -> Path:
    """File of a rulebook by its name; `CURRENT` is the one in force."""
    return folder / IN_FORCE if name == CURRENT else folder / KEPT / f"{name}.toml"


def read_named(folder: Path, name: str) -> Rulebook:
    """A rulebook of a folder by its name.

    Raises
    ------
    NotFound
        There is none of that name.
    """
    path = draft_path(folder, name)
    if not path.is_file():
        there = ", ".join([CURRENT, *(kept.stem for kept in _kept(folder))])
        raise NotFound(f"no rulebook {name!r}; there are {there}")
    return read_rulebook(path)


def keep_rulebook(book: Rulebook, folder: Path) -> Path:
    """Keep a rulebook written out in full, so that what was made by it can be judged by it; one that is there stays."""
    label = re.sub(r"[^\w.-]", "_", f"{book.id}-{book.version}-{book.sha256[:8]}")
    path = folder / KEPT / f"{label}.toml"
    if not path.is_file():
        dump_toml(book, path)
    return path


def find_rulebook(folder: Path, sha256: str) -> Rulebook | None:
    """The rulebook of a folder with a hash of all that it says; None if it is not kept."""
    return next((book for book in _readable(folder) if book.sha256 == sha256), None)


def rulebook_at(folder: Path, day: date) -> Rulebook:
    """The rulebook in force on a day, or announced for it.

    Raises
    ------
    NotFound
        That of the time before the first one that came into force by these steps is not kept.
    """
    life = read_life(folder)
    name = life.at(day)
    if name:
        in_force = life.states[name] == "in_force"
        return read_rulebook(folder / IN_FORCE) if in_force else read_named(folder, name)
    first = next((step for step in life.steps if step.deed == "enforced"), None)
    if first is None:
        return read_rulebook(folder / IN_FORCE)
    base = life.known(first.rulebook, "drafted").base
    found = [book for book in _readable(folder) if book.text_sha256 == base]
    if not found:
        raise NotFound(f"the rulebook in force on {day} is not kept in {KEPT}")
    return found[-1]


def _kept(folder: Path) -> list[Path]:
    return sorted((folder / KEPT).glob("*.toml"))


def _readable(folder: Path) -> Iterator[Rulebook]:
    """Rulebooks of a folder; a draft that does not read is no text that anything was made by."""
    for path in (folder / IN_FORCE, *_kept(folder)):
        try:
            yield read_rulebook(path)
        except InvalidData:
            continue
