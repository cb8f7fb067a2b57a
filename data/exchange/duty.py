"""The duty list of the echelons in and out: ``duty.csv``, one row for each standby shift of a day."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path

from data.cells import AWARE, DAY, IDS, TEXT, whole_of
from data.columns import Column, Table, alike, optional
from data.exchange.files import stop, write_table
from data.exchange.people import read_entities
from data.model.duty import DutySlot
from data.model.errors import Finding

DUTY_FILE = "duty.csv"

DUTY = Table(
    "duty",
    (
        Column("echelon", TEXT),
        Column("day", DAY),
        Column("shift", TEXT),
        *alike("start end", AWARE),
        Column("heads", whole_of(DutySlot, "heads"), "agents"),
        optional("agents", IDS),
    ),
    keys=("echelon", "day", "shift"),
)


def read_duty(folder: Path, agents: Collection[str]) -> tuple[DutySlot, ...]:
    """The duty list of a folder, in the order of the rows; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, unknown agents.
    """
    path, findings = folder / DUTY_FILE, list[Finding]()
    if not path.is_file():
        return ()
    rows = read_entities(path, DUTY, lambda record: DutySlot(**record), findings)
    findings += [
        Finding(path.name, line, "agents", repr(agent), "agents of staff.csv", "plan these days anew: `echelon echelons duty`")
        for line, slot in rows
        for agent in slot.agents
        if agent not in agents
    ]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(slot for _, slot in rows)


def write_duty(slots: Iterable[DutySlot], folder: Path) -> None:
    """Write the duty list, by day, echelon and start."""
    ordered = sorted(slots, key=lambda slot: (slot.day, slot.echelon, slot.start))
    write_table(DUTY.frame(slot.model_dump() for slot in ordered), folder / DUTY_FILE)


def replaced(old: Iterable[DutySlot], new: Iterable[DutySlot], days: Collection[date]) -> Iterator[DutySlot]:
    """A duty list in which some days of the echelons that were planned stand anew."""
    made = tuple(new)
    planned = {slot.echelon for slot in made}
    yield from (slot for slot in old if slot.day not in days or slot.echelon not in planned)
    yield from made
