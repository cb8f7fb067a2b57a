"""By what each file of a centre is read when it is judged, beside those that `data.exchange.folder.read_folder` reads as one."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, ClassVar

from api.policies import read_policies
from data.exchange.checks import Sheets
from data.exchange.documents import load_toml
from data.exchange.drivers import read_drivers
from data.exchange.exclusions import read_exclusions
from data.exchange.leave_plan import read_leave_wishes
from data.exchange.live import read_live
from data.exchange.measures import read_measures
from data.exchange.offphone import read_tasks
from data.exchange.outages import read_outages
from data.exchange.overrides import read_overrides
from data.exchange.playbooks import read_playbooks
from data.exchange.points import read_claims
from data.exchange.quality import read_orders, read_servqual
from data.exchange.reach import read_reach
from data.exchange.rosters import read_roster
from data.exchange.rulebooks import read_cases, read_rulebook
from data.exchange.shift_design import read_shift_windows
from data.exchange.signals import read_signals
from data.exchange.stress import read_scenarios
from data.model.centre import Centre
from data.model.errors import Finding, InvalidData
from data.model.measure import Catalogue
from data.model.roster import OFF
from data.model.rulebook import Rulebook
from data.store.contents import Contents
from optimizer.rostering.ruling import check_rulebook


@dataclass(frozen=True)
class Context:
    """What other files are held against.

    Parameters
    ----------
    key : hashable
        Equal for contexts that say the same.
    """

    centre: Centre
    sheets: Sheets
    catalogue: Catalogue
    key: Hashable

    @classmethod
    def of(cls, centre: Centre, sheets: Sheets, held: Contents) -> "Context":
        """The context of what stands."""
        measures = held.documents.get("measures.toml", "")
        of_rows = tuple(tuple(text for _, _, text in held.rows.get(name, ())) for name in ("staff", "shifts", "leave"))
        key = (held.documents["centre.toml"], measures, hash(of_rows))
        return cls(centre, sheets, _catalogue(held, measures), key)

    @property
    def queues(self) -> list[str]:
        """Ids of the queues."""
        return [queue.id for queue in self.centre.queues]

    @property
    def agents(self) -> list[str]:
        """Ids of the agents."""
        return [agent.id for _, agent in self.sheets.staff]

    @property
    def codes(self) -> list[str]:
        """Codes of the shifts."""
        return [shift.code for _, shift in self.sheets.shifts]


def _catalogue(held: Contents, sha: str) -> Catalogue:
    """The measures of the centre; the ready ones where its own do not read, which is told elsewhere."""
    if not sha:
        return _ready()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "measures.toml"
        file.write_bytes(held.bytes_of(sha))
        return attempt(lambda: read_measures(file)).value or _ready()


@cache
def _ready() -> Catalogue:
    return read_measures()


@dataclass(frozen=True)
class Read:
    """What a reader made of a file, or what it found against it."""

    value: Any
    findings: tuple[Finding, ...]


def attempt(read: Callable[[], Any]) -> Read:
    """What is read, or the findings."""
    try:
        return Read(read(), ())
    except InvalidData as error:
        return Read(None, error.findings)


class Memory:
    """The last things that were read, by their content."""

    def __init__(self, most: int):
        self.most, self.held, self.lock = most, OrderedDict[Hashable, Read](), Lock()

    def get(self, key: Hashable, read: Callable[[], Read]) -> Read:
        """What was read under a key, or what is read now."""
        with self.lock:
            found = self.held.get(key)
            if found is not None:
                self.held.move_to_end(key)
                return found
        made = read()
        with self.lock:
            self.held[key] = made
            while len(self.held) > self.most:
                self.held.popitem(last=False)
        return made


def _rulebook(path: Path, context: Context) -> Rulebook:
    book = read_rulebook(path)
    check_rulebook(book, path.name, context.codes or None)
    return book


def _history(path: Path, context: Context) -> None:
    if context.codes and context.agents:
        read_roster(path, context.centre, sorted({one.code for _, one in context.sheets.leave}), context.agents)


def _leave_wishes(path: Path, context: Context) -> Any:
    paid = {absence.code: absence.paid for _, absence in context.sheets.leave}
    return read_leave_wishes(path.parent, context.agents, {OFF, *context.codes}, paid)


Reader = Callable[[Path, Context], Any]

TABLES: dict[str, Reader] = {
    "outages": lambda path, context: read_outages(path, context.queues),
    "exclusions": lambda path, context: read_exclusions(path, context.queues),
    "overrides": lambda path, context: read_overrides(path, context.queues),
    "signals": lambda path, context: read_signals(path, context.centre),
    "live": lambda path, context: read_live(path, context.queues),
    "reach": lambda path, context: read_reach(path.parent, context.agents),
    "claims": lambda path, context: read_claims(path, context.catalogue, context.agents),
    "tasks": lambda path, context: read_tasks(
        path, context.agents, context.queues, {agent.team for _, agent in context.sheets.staff} - {""}
    ),
    "leave-wishes": _leave_wishes,
    "repeat-orders": lambda path, context: read_orders(path.parent, context.queues),
    "servqual": lambda path, context: read_servqual(path.parent, [one.id for one in context.centre.projects]),
    "shift-windows": lambda path, context: read_shift_windows(path, context.centre.interval_minutes),
}
"""Readers of the tables that stand beside those of `read_folder`."""


class DOCUMENTS:
    """Readers of documents by the pattern of their path; the first that fits reads."""

    by_pattern: ClassVar[dict[str, Reader]] = {
        "rulebook.toml": _rulebook,
        "policies.toml": lambda path, _: read_policies(path.parent),
        "measures.toml": lambda path, _: read_measures(path),
        "stress.toml": lambda path, context: read_scenarios(path, context.queues),
        "drivers.csv": lambda path, context: read_drivers(path, context.centre.zone),
        "history.csv": _history,
        "playbooks/*.toml": lambda path, _: read_playbooks(path.parents[1]),
        "rulebooks/*.toml": lambda path, _: read_rulebook(path),
        "rulebook_cases/*.toml": lambda path, _: read_cases(path.parent),
        "*.toml": lambda path, _: load_toml(path),
    }
    alone: ClassVar[frozenset[str]] = frozenset({"centre.toml", "policies.toml", "measures.toml"})
    """Those that are held against nothing."""


def reader_of(path: str) -> Reader | None:
    """Reader of a document; None = it is not read."""
    return next((reader for pattern, reader in DOCUMENTS.by_pattern.items() if fnmatch(path, pattern)), None)
