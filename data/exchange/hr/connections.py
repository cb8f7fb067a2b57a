"""Connections in: ``connections.toml`` of a centre's folder, with every finding; a secret stands neither there nor in a message."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from data.exchange.documents import findings_of, load_toml
from data.exchange.files import stop
from data.exchange.hr import Pusher, systems
from data.model.errors import Finding, NotFound, there_are
from data.model.push import Connection, Connections

FILE = "connections.toml"
SHOWN = Connection.model_fields.keys() - {"base", "token_base", "secret_env", "secret_file"}
"""Keys whose values a message may repeat: a secret may have been written into the others by mistake."""


def read_connections(folder: Path, agents: Collection[str], shifts: Collection[str], teams: Collection[str]) -> Connections:
    """Every connection of a folder.

    Parameters
    ----------
    agents, shifts, teams : collection of str
        Ids that there are in the centre.

    Raises
    ------
    InvalidData
        With every finding.
    """
    told = load_toml(folder / FILE)
    try:
        found = Connections.model_validate(told)
    except ValidationError as error:
        stop([_hidden(finding) for finding in findings_of(error, FILE)])
        raise
    stop([one for name, connection in found.connections.items() for one in _wrong(name, connection, agents, shifts, teams)])
    return found


def _hidden(finding: Finding) -> Finding:
    """A finding without what may be a secret: anything that is no known key."""
    known = any(key in SHOWN for key in (finding.column or "").split(".")[2:])
    return finding if known else replace(finding, read="a value that is not shown")


def connection_named(found: Connections, name: str) -> Connection:
    """A connection by its name.

    Raises
    ------
    NotFound
        There is none of that name.
    """
    if name not in found.connections:
        raise NotFound(f"no connection {name!r} in {FILE}; {there_are(found.connections)}")
    return found.connections[name]


def secret_of(connection: Connection, name: str, read_env: Callable[[str], str | None], folder: Path) -> str:
    """The secret of a connection; empty if it names none.

    Parameters
    ----------
    folder : Path
        Where files of secrets are.

    Raises
    ------
    InvalidData
        There is no such variable or file.
    """
    where, found = f"connections.{name}", None
    if connection.secret_env:
        found = read_env(connection.secret_env)
        stop(
            [] if found else [Finding(FILE, None, f"{where}.secret_env", f"no ${connection.secret_env}", "a variable that is set")]
        )
    elif connection.secret_file:
        path = folder / connection.secret_file
        found = path.read_text(encoding="utf-8").strip() if path.is_file() else None
        fix = "name a file in the folder that $ECHELON_SECRETS names, /run/secrets if it is not set"
        stop([] if found else [Finding(FILE, None, f"{where}.secret_file", "no such file", "a file with the secret", fix)])
    return found or ""


def _wrong(
    name: str, connection: Connection, agents: Collection[str], shifts: Collection[str], teams: Collection[str]
) -> Iterator[Finding]:
    where = f"connections.{name}"
    pusher = systems().get(connection.system)
    if pusher is None:
        yield Finding(FILE, None, f"{where}.system", repr(connection.system), f"one of {', '.join(systems())}")
        return
    yield from (
        _finding(f"{where}.{key}", "nothing", f"a value: {connection.system} needs it") for key in _lacking(connection, pusher)
    )
    yield from _unknown(f"{where}.users", connection.users, agents, "an agent of staff.csv")
    yield from _unknown(f"{where}.groups", connection.groups, teams, "a team of staff.csv")
    yield from _unknown(f"{where}.shifts", connection.shifts, shifts, "a code of shifts.csv")
    yield from _twice(f"{where}.users", connection, agents)
    if pusher.shifts_named:
        lacking = [code for code in shifts if code not in connection.shifts]
        yield from (_finding(f"{where}.shifts.{code}", "nothing", "the id of this shift there") for code in lacking)
        yield from _ids(where, connection, pusher)


def _ids(where: str, connection: Connection, pusher: Pusher) -> Iterator[Finding]:
    """Ids that the other system cannot have."""
    groups = {f"groups.{team}": group for team, group in connection.groups.items()}
    groups |= {"group": connection.group} if connection.group else {}
    for key, group in groups.items() if pusher.groups_named else ():
        if said := pusher.wrong_group(group):
            yield _finding(f"{where}.{key}", repr(group), said)
    for code, shift in connection.shifts.items():
        if said := pusher.wrong_shift(shift):
            yield _finding(f"{where}.shifts.{code}", repr(shift), said)


def _lacking(connection: Connection, pusher: Pusher) -> Iterator[str]:
    for key in sorted(pusher.needs):
        held = connection.secret_env or connection.secret_file if key == "secret" else getattr(connection, key)
        if not held and not (key == "group" and connection.groups):
            yield "secret_env" if key == "secret" else key


def _unknown(where: str, held: dict[str, str], known: Collection[str], expected: str) -> Iterator[Finding]:
    return (_finding(f"{where}.{key}", repr(key), expected) for key in held if key not in known)


def _twice(where: str, connection: Connection, agents: Collection[str]) -> Iterator[Finding]:
    """Two agents may not be one person there."""
    seen = dict[str, str]()
    for agent in sorted(agents, key=lambda one: one in connection.users):
        user = connection.user_of(agent)
        if user in seen:
            yield _finding(f"{where}.{agent}", repr(user), f"another id than that of {seen[user]}")
        seen.setdefault(user, agent)


def _finding(column: str, read: str, expected: str) -> Finding:
    return Finding(FILE, None, column, read, expected)
