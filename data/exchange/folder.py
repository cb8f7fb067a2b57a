"""A centre as a folder of files: reading it with every finding, writing it, and the commented template."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.centres.synthetic_calls import read_call_plan, synthetic_calls
from data.exchange import people
from data.exchange.atomic import write_text
from data.exchange.balances import BALANCES_FILE, read_balances, write_balances
from data.exchange.calls import write_calls
from data.exchange.checks import Sheets, cross_findings, derogation_findings, scope_findings, twice_told
from data.exchange.documents import dump_toml, findings_of, load_toml
from data.exchange.drivers import DRIVERS_FILE, read_drivers, write_drivers
from data.exchange.exclusions import read_exclusions, write_exclusions
from data.exchange.files import SUFFIXES
from data.exchange.outages import read_outages, write_outages
from data.exchange.overrides import read_overrides, write_overrides
from data.exchange.rosters import read_roster, write_roster
from data.exchange.rulebooks import RULEBOOKS as RULEBOOKS
from data.exchange.rulebooks import read_rulebook
from data.exchange.shift_demand import SHIFT_DEMAND_FILE, read_shift_demand, write_shift_demand
from data.model.centre import Centre
from data.model.demand import CallHistory, Event
from data.model.driver import Drivers
from data.model.errors import Finding, InvalidData
from data.model.exclusion import Exclusion
from data.model.ledger import Balance
from data.model.outage import Outage
from data.model.override import Override
from data.model.people import Absence, Agent, Wish
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import Rulebook
from data.model.shift_demand import ShiftDemand

TEMPLATE = Path(__file__).parents[1] / "centres" / "template"
CALL_FILES = tuple(f"calls{suffix}" for suffix in SUFFIXES)
_ANY_SHIFT = ShiftTemplate.model_validate({"code": "x", "start": "00:00", "minutes": 60})


@dataclass(frozen=True)
class CentreFolder:
    """What stands in the folder of a centre.

    Parameters
    ----------
    history : Roster or None
        Roster before the plan (``history.csv``), for every agent.
    calls : Path or None
        File of the call history; it is read by `data.exchange.calls.read_calls`.
    """

    path: Path
    centre: Centre
    agents: tuple[Agent, ...]
    rulebook: Rulebook
    absences: tuple[Absence, ...] = ()
    wishes: tuple[Wish, ...] = ()
    events: tuple[Event, ...] = ()
    history: Roster | None = None
    calls: Path | None = None
    drivers: Drivers | None = None
    outages: tuple[Outage, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    overrides: tuple[Override, ...] = ()
    balances: tuple[Balance, ...] = ()
    shift_demand: tuple[ShiftDemand, ...] = ()


def read_folder(path: Path) -> CentreFolder:
    """Read the folder of a centre.

    Parameters
    ----------
    path : Path
        Holds ``centre.toml``, ``rulebook.toml``, ``shifts.csv``, ``staff.csv`` and, if need be, ``leave.csv``, ``wishes.csv``,
        ``events.csv``, ``outages.csv``, ``exclusions.csv``, ``overrides.csv``, ``drivers.csv``, ``balances.csv``,
        ``shift_demand.csv``, ``history.csv`` and ``calls`` (``.csv``, ``.csv.gz``, ``.xlsx`` or ``.parquet``).

    Raises
    ------
    InvalidData
        Once, with every finding over all files.
    """
    if not path.is_dir():
        raise InvalidData([Finding(str(path), None, None, "no folder", "the folder of a centre", f"run `echelon init {path}`")])
    findings: list[Finding] = []
    sheets = _sheets(path, findings)
    centre = _centre(path / "centre.toml", sheets, findings)
    rulebook = _rulebook(path / "rulebook.toml", findings)
    calls = _calls(path, findings)
    findings += cross_findings(centre, sheets) if centre else []
    findings += scope_findings(rulebook, centre, sheets.entities("staff")) if centre and rulebook and sheets.staff else []
    findings += derogation_findings(rulebook, sheets.entities("staff")) if rulebook and sheets.staff else []
    history = _history(path / "history.csv", centre, sheets, findings) if centre else None
    demand = _demand(path, centre, sheets, findings)
    if findings or centre is None or rulebook is None:
        raise InvalidData(findings)
    known = {
        "absences": sheets.entities("leave"),
        "wishes": sheets.entities("wishes"),
        "events": sheets.entities("events"),
        "balances": sheets.entities("balances"),
        "shift_demand": sheets.entities("shift_demand"),
    }
    return CentreFolder(path, centre, sheets.entities("staff"), rulebook, **known, history=history, calls=calls, **demand)


def _demand(path: Path, centre: Centre | None, sheets: Sheets, findings: list[Finding]) -> dict[str, Any]:
    """What the folder says of the demand beside calls and events, by the field it belongs to."""
    queues = [queue.id for queue in centre.queues] if centre else None
    found: dict[str, Any] = {}
    if queues is not None:
        for name, read in (("outages", read_outages), ("exclusions", read_exclusions), ("overrides", read_overrides)):
            found[name] = _read_if_there(path / f"{name}.csv", partial(read, queues=queues), findings) or ()
    found["drivers"] = _read_if_there(path / DRIVERS_FILE, partial(read_drivers, zone=centre.zone if centre else ""), findings)
    findings += twice_told(found.get("outages", ()), sheets)
    return found


def _read_if_there(path: Path, read: Callable[[Path], Any], findings: list[Finding]) -> Any:
    if not path.is_file():
        return None
    try:
        return read(path)
    except InvalidData as error:
        findings += error.findings
        return None


def _sheets(path: Path, findings: list[Finding]) -> Sheets:
    leave, wishes, events = (path / f"{name}.csv" for name in ("leave", "wishes", "events"))
    balances, demand = path / BALANCES_FILE, path / SHIFT_DEMAND_FILE
    shifts, staff = people.read_shifts(path / "shifts.csv", findings), people.read_staff(path / "staff.csv", findings)
    if not staff and not any(finding.where == "staff.csv" for finding in findings):
        findings.append(Finding("staff.csv", None, None, "no row", "at least one agent"))
    return Sheets(
        shifts,
        staff,
        people.read_leave(leave, findings) if leave.is_file() else [],
        people.read_wishes(wishes, findings) if wishes.is_file() else [],
        people.read_events(events, findings) if events.is_file() else [],
        read_balances(balances, findings),
        read_shift_demand(demand, findings) if demand.is_file() else [],
    )


def _centre(path: Path, sheets: Sheets, findings: list[Finding]) -> Centre | None:
    shifts = tuple(shift for _, shift in sheets.shifts)
    try:
        # without readable shifts the rest of the centre is judged all the same
        return Centre.model_validate(load_toml(path) | {"shifts": shifts or (_ANY_SHIFT,)})
    except InvalidData as error:
        findings += error.findings
    except ValidationError as error:
        findings += findings_of(error, path.name)
    return None


def _calls(path: Path, findings: list[Finding]) -> Path | None:
    """The one call history of the folder, if any."""
    held = [path / name for name in CALL_FILES if (path / name).is_file()]
    if len(held) > 1:
        read = " and ".join(file.name for file in held)
        findings.append(Finding(path.name, None, None, read, "one call history", "take the others away"))
    return held[0] if held else None


def _rulebook(path: Path, findings: list[Finding]) -> Rulebook | None:
    try:
        return read_rulebook(path)
    except InvalidData as error:
        findings += error.findings
        return None


def _history(path: Path, centre: Centre, sheets: Sheets, findings: list[Finding]) -> Roster | None:
    if not path.is_file() or not sheets.shifts or not sheets.staff:
        return None
    codes = sorted({absence.code for _, absence in sheets.leave})
    try:
        return read_roster(path, centre, codes, [agent.id for _, agent in sheets.staff])
    except InvalidData as error:
        findings += error.findings
        return None


def write_folder(folder: CentreFolder, path: Path, calls: CallHistory | None = None) -> None:
    """Write the folder of a centre, so that reading it gives equal values; ``folder.path`` and ``folder.calls`` are not read.

    Parameters
    ----------
    calls : CallHistory or None
        Written as ``calls.csv``.
    """
    dump_toml(folder.centre, path / "centre.toml", frozenset({"shifts"}))
    dump_toml(folder.rulebook, path / "rulebook.toml")
    people.write_shifts(folder.centre.shifts, path / "shifts.csv")
    people.write_staff(folder.agents, path / "staff.csv")
    optional: list[tuple[Any, Any, str]] = [
        (people.write_leave, folder.absences, people.LEAVE_FILE),
        (people.write_wishes, folder.wishes, "wishes.csv"),
        (people.write_events, folder.events, "events.csv"),
        (write_outages, folder.outages, "outages.csv"),
        (write_exclusions, folder.exclusions, "exclusions.csv"),
        (write_overrides, folder.overrides, "overrides.csv"),
        (write_drivers, folder.drivers, DRIVERS_FILE),
        (write_balances, folder.balances, BALANCES_FILE),
        (write_shift_demand, folder.shift_demand, SHIFT_DEMAND_FILE),
        (write_roster, folder.history, "history.csv"),
        (write_calls, calls, "calls.csv"),
    ]
    for write, content, name in optional:
        if content:
            write(content, path / name)


def write_template(path: Path) -> None:
    """Write a small commented centre that runs as it stands: the start of one's own.

    Raises
    ------
    InvalidData
        The folder holds files already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        finding = Finding(str(path), None, None, "a folder that holds files", "an empty or new folder", "name another folder")
        raise InvalidData([finding])
    plan = TEMPLATE / "calls.toml"
    for source in sorted(TEMPLATE.iterdir()):
        if source != plan:
            write_text(path / source.name, source.read_text(encoding="utf-8"))
    write_calls(synthetic_calls(read_folder(path).centre, read_call_plan(plan)), path / "calls.csv")
