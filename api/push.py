"""Pushing the rosters in force to another system: differences first, read back, and told day by day what became of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from api.workspace import Workspace
from data.exchange.atomic import write_text
from data.exchange.files import stop
from data.exchange.hr import Pusher, Session, systems, too_far
from data.exchange.hr.connections import FILE, connection_named, read_connections
from data.exchange.hr.wire import Busy, Clock, Context, Key, Line, Refused, Told
from data.exchange.pushes import add_push, read_pushes, read_state, write_report, write_state
from data.model.errors import Finding, InvalidData
from data.model.push import CLEAR, REST, Cell, Confirmed, Connection, Mode, Outcome, PushRecord, Status, differences
from data.model.roster import Roster
from data.model.time import as_local
from data.model.version import Hand

ROUNDS = 2
"""What is not seen as it was sent is sent once more."""
FIRST_LOOK_S, LONGEST_LOOK_S = 1.0, 30.0
"""Waits between two readings, s."""
NOT_SEEN = ("the system shows something else, or nothing", "对方系统显示不一致或未显示")
NOT_READ = ("it could not be read back", "未能读回核对")
TOO_FAR = ("further from today than the system takes", "超出对方系统允许的日期范围")


@dataclass(frozen=True)
class Asked:
    """What is to be pushed.

    Parameters
    ----------
    name : str
        Of the connection.
    first, last : date or None
        Days; None = all that published rosters plan.
    """

    name: str
    first: date | None = None
    last: date | None = None
    mode: Mode = Mode.DIFFERENCES


@dataclass(frozen=True)
class Plan:
    """What another system is to have, and what it is known to have.

    Parameters
    ----------
    folder : Path
        Of the centre.
    wanted : list of Cell
        Every day of the rosters in force.
    pending : list of Cell
        Those that are to be sent.
    """

    folder: Path
    zone: str
    asked: Asked
    connection: Connection
    pusher: Pusher
    versions: tuple[str, ...]
    wanted: list[Cell]
    pending: list[Cell]
    known: dict[tuple[str, date], Confirmed]


@dataclass
class Result:
    """What became of each day, by agent and day."""

    outcomes: dict[tuple[str, date], Outcome] = field(default_factory=dict)
    sent: set[tuple[str, date]] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)

    def count(self, status: Status) -> int:
        """Days of a status."""
        return sum(one.status == status for one in self.outcomes.values())


def plan_push(workspace: Workspace, asked: Asked) -> Plan:
    """What would be pushed; nothing is called.

    Raises
    ------
    InvalidData
        ``connections.toml`` is wrong, with every finding; or no roster is published for the days.
    NotFound
        There is no such connection.
    """
    agents = {agent.id: agent.team for agent in workspace.centre.agents}
    codes = [shift.code for shift in workspace.centre.centre.shifts]
    found = read_connections(workspace.out, list(agents), codes, set(agents.values()) - {""})
    connection = connection_named(found, asked.name)
    pusher = systems()[connection.system]
    versions, wanted = _wanted(workspace, asked, connection, pusher, agents)
    return plan_of(workspace.out, workspace.centre.centre.zone, asked, connection, versions, wanted)


def plan_of(
    folder: Path, zone: str, asked: Asked, connection: Connection, versions: tuple[str, ...], wanted: Sequence[Cell]
) -> Plan:
    """What of some days is to be sent, after what the folder knows that the system has."""
    known = {(row.agent, row.date): row for row in read_state(folder) if row.system == asked.name}
    whole = [*wanted, *_gone(wanted, known, connection)]
    pending = whole if asked.mode is not Mode.DIFFERENCES else differences(whole, known.values())
    held = {} if asked.mode is Mode.FULL else known
    return Plan(folder, zone, asked, connection, systems()[connection.system], versions, whole, pending, held)


def _wanted(
    workspace: Workspace, asked: Asked, connection: Connection, pusher: Pusher, teams: dict[str, str]
) -> tuple[tuple[str, ...], list[Cell]]:
    """Every day of the rosters in force; where two plan a day, the later one stands."""
    chain, found, names = workspace.chain, dict[tuple[str, date], Cell](), list[str]()
    for name in chain.heads:
        step = chain.proposed[name]
        first, last = max(step.first or date.min, asked.first or date.min), min(step.last or date.max, asked.last or date.max)
        if first <= last:
            roster = workspace.roster(name)
            _check_codes(roster, name, connection, pusher)
            found |= {cell.ident: cell for cell in _cells(roster, first, last, connection, pusher, teams)}
            names.append(name)
    if not found:
        expected = "days that a published roster plans"
        raise InvalidData([Finding("versions.csv", None, None, "no roster in force for the days", expected, "`echelon publish`")])
    return tuple(names), sorted(found.values(), key=lambda cell: cell.ident)


def _cells(
    roster: Roster, first: date, last: date, connection: Connection, pusher: Pusher, teams: dict[str, str]
) -> Iterator[Cell]:
    for k, agent in enumerate(roster.agents):
        user, group = connection.user_of(agent), connection.group_of(teams.get(agent, "")) if pusher.groups_named else ""
        for d, day in enumerate(roster.horizon.dates):
            if not first <= day <= last:
                continue
            span = roster.span(k, d)
            if span is None:
                yield Cell(agent, user, day, REST, group)
            else:
                code: str = roster.codes[roster.symbol[k, d]]
                held = connection.shifts.get(code, code)
                yield Cell(agent, user, day, held if pusher.shifts_named else _named(held, *span), group, code, *span)


def _check_codes(roster: Roster, version: str, connection: Connection, pusher: Pusher) -> None:
    """Raise `InvalidData` if a roster holds shifts that the connection has no id of: they are gone from ``shifts.csv``."""
    worked = {roster.codes[symbol] for symbol in set(roster.symbol[roster.start >= 0].tolist())}
    lacking = sorted(worked - set(connection.shifts)) if pusher.shifts_named else []
    stop([Finding(FILE, None, f"shifts.{code}", "nothing", f"the id of this shift of {version} there") for code in lacking])


def _named(code: str, start: datetime, end: datetime) -> str:
    """A shift that the other system knows by its times."""
    return f"{code}@{start:%H:%M}-{end:%H:%M}"


def _gone(wanted: Iterable[Cell], known: dict[tuple[str, date], Confirmed], connection: Connection) -> list[Cell]:
    """Days of people who are no longer in the roster, though the system still has them."""
    cells = {cell.ident for cell in wanted}
    days = {day for _, day in cells}
    left = [row for ident, row in known.items() if ident not in cells and row.date in days]
    return [Cell(row.agent, connection.user_of(row.agent), row.date, CLEAR, row.group) for row in left]


def run_push(plan: Plan, secret: str, hand: Hand, clock: Clock) -> Result:
    """Push, or compare only, and write the report, what the system has by now, and the log.

    The days that are sent count as unknown until they are read: a push that is cut short is made good by the next one.
    """
    folder, comparing = plan.folder, plan.asked.mode is Mode.COMPARE
    number = 1 + sum(record.system == plan.asked.name for record in read_pushes(folder))
    if plan.pending and not comparing:
        touched = {cell.ident for cell in plan.pending}
        write_state((row for row in read_state(folder) if row.system != plan.asked.name or _ident(row) not in touched), folder)
    with Line(clock, Context(number, as_local(hand.at, plan.zone), plan.known), plan.connection.seconds_between) as line:
        session = plan.pusher.open(plan.connection, secret, line)
        result = _compared(plan, session) if comparing else _pushed(plan, session, clock, as_local(hand.at, plan.zone).date())
        result.files = session.files if plan.pending and not comparing else {}
    _keep(plan, result, hand, number)
    return result


def _ident(row: Confirmed) -> tuple[str, date]:
    return row.agent, row.date


def _pushed(plan: Plan, session: Session, clock: Clock, today: date) -> Result:
    result, far = Result(), {cell.ident for cell in plan.pending if too_far(plan.pusher, cell.day, today)}
    _settle(plan, result, [cell for cell in plan.pending if cell.ident in far], "refused", TOO_FAR)
    left = [cell for cell in plan.pending if cell.ident not in far]
    for _ in range(ROUNDS):
        if left:
            left = _round(plan, session, clock, left, result)
    return result


def _round(plan: Plan, session: Session, clock: Clock, cells: Sequence[Cell], result: Result) -> list[Cell]:
    """Send and read back once; the days that may be sent again."""
    told = session.send(cells)
    result.sent |= {cell.ident for cell in told.accepted}
    for cell, why in told.refused:
        _settle(plan, result, [cell], "refused", (why, why))
    for cell, why in told.unsent:
        _settle(plan, result, [cell], "unsent", (why, why))
    tried = [*told.accepted, *told.doubtful]
    if not plan.pusher.reads_back:
        return _believed(plan, told, result)
    try:
        found = _read_until(session, tried, clock, min(plan.connection.patience_s, plan.pusher.settles_s))
    except (Busy, Refused) as error:
        _settle(plan, result, tried, "mismatched", (f"{NOT_READ[0]}: {error}", f"{NOT_READ[1]}: {error}"))
        return []
    # a system that is back though it did not answer is told the rest
    rest = [cell for cell, _ in told.unsent] if told.doubtful else []
    return [*_judged(plan, tried, found, result), *rest]


def _believed(plan: Plan, told: Told, result: Result) -> list[Cell]:
    """Of a system that cannot be read what was accepted is there, and what has no answer is not known."""
    _settle(plan, result, told.accepted, "confirmed")
    _settle(plan, result, told.doubtful, "mismatched", ("no answer", "对方系统未应答"))
    return []


def _judged(plan: Plan, cells: Sequence[Cell], found: dict[Key, tuple[str, str]], result: Result) -> list[Cell]:
    """Compare days with what the system has; those that differ."""
    right = [cell for cell in cells if as_wanted(cell, found)]
    wrong = [cell for cell in cells if not as_wanted(cell, found)]
    result.sent |= {cell.ident for cell in right} if plan.asked.mode is not Mode.COMPARE else set()
    _settle(plan, result, right, "confirmed", found=found)
    _settle(plan, result, wrong, "mismatched", NOT_SEEN, found=found)
    return wrong


def as_wanted(cell: Cell, found: dict[Key, tuple[str, str]]) -> bool:
    """Whether a system has of a day what it should."""
    shift, group = found.get(cell.key, ("", ""))
    if cell.shift == CLEAR:
        return shift in ("", REST)
    return shift == cell.shift and (shift == REST or group in ("", cell.group))


def _read_until(session: Session, cells: Sequence[Cell], clock: Clock, patience_s: float) -> dict[Key, tuple[str, str]]:
    """Read days until all are as they should be, or the patience is over; later and later."""
    found, left = dict[Key, tuple[str, str]](), list(cells)
    until, pause = clock.now() + patience_s, FIRST_LOOK_S
    while left:
        looked = {cell.key for cell in left}
        found = {key: value for key, value in found.items() if key not in looked} | session.read(left)
        left = [cell for cell in left if not as_wanted(cell, found)]
        if not left or clock.now() >= until:
            return found
        clock.sleep(min(pause, until - clock.now()))
        pause = min(pause * 2, LONGEST_LOOK_S)
    return found


def _compared(plan: Plan, session: Session) -> Result:
    """Read every day, and send nothing."""
    result = Result()
    if not plan.pusher.reads_back:
        raise InvalidData([Finding(FILE, None, plan.asked.name, plan.connection.system, "a system that can be read")])
    _judged(plan, plan.wanted, session.read(plan.wanted), result)
    return result


def _settle(
    plan: Plan,
    result: Result,
    cells: Iterable[Cell],
    status: Status,
    why: tuple[str, str] = ("", ""),
    found: dict[Key, tuple[str, str]] | None = None,
) -> None:
    for cell in cells:
        shown = (found or {}).get(cell.key, ("", ""))[0] if found is not None or status != "confirmed" else cell.shift
        told = {"system": plan.asked.name, "agent": cell.agent, "date": cell.day, "wanted": cell.shift, "found": shown}
        reason = {"reason": why[0], "reason_zh": why[1]}
        result.outcomes[cell.ident] = Outcome.model_validate(told | reason | {"status": status})


def _keep(plan: Plan, result: Result, hand: Hand, number: int) -> None:
    folder = plan.folder
    for name, text in result.files.items():
        write_text(folder / name, text)
    others = [row for row in read_state(folder) if row.system != plan.asked.name]
    before = {_ident(row): row for row in read_state(folder) if row.system == plan.asked.name}
    groups = {cell.ident: cell.group for cell in plan.wanted}
    write_state([*others, *_state(plan, result, before, groups).values()], folder)
    write_report((result.outcomes[ident] for ident in sorted(result.outcomes)), folder)
    if result.outcomes and plan.asked.mode is not Mode.COMPARE:
        add_push(_record(plan, result, hand, number), folder)


def _state(
    plan: Plan, result: Result, before: dict[tuple[str, date], Confirmed], groups: dict[tuple[str, date], str]
) -> dict[tuple[str, date], Confirmed]:
    """What the system has by now: what was seen of a day, or what it had before if it was told nothing new.

    Of a day that was refused nothing is known: a part of the call may have been taken.
    """
    now = dict(before)
    for ident, one in result.outcomes.items():
        now.pop(ident, None)
        if one.status == "unsent":
            now |= {ident: plan.known[ident]} if ident in plan.known else {}
        elif one.found and one.found != CLEAR and one.wanted != CLEAR:
            agent, day = ident
            now[ident] = Confirmed(system=plan.asked.name, agent=agent, date=day, shift=one.found, group=groups[ident])
    return now


def _record(plan: Plan, result: Result, hand: Hand, number: int) -> PushRecord:
    days = [cell.day for cell in plan.wanted]
    counts = {status: result.count(status) for status in ("confirmed", "mismatched", "refused", "unsent")}
    return PushRecord(
        system=plan.asked.name,
        number=number,
        version=";".join(plan.versions),
        first=min(days),
        last=max(days),
        sent=len(result.sent),
        **counts,
        at=hand.at.replace(microsecond=0),
        by=hand.name,
    )
