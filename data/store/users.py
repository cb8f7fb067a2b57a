"""People who log in: their roles and scopes, their passwords, and how often a login has failed."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Integer, String, Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from data.model.errors import Finding, InvalidData, NotFound
from data.store.base import Database, Id, Instant, metadata
from data.store.passwords import check_password, hashed, matches, one_time_password
from data.store.revisions import Author, record

ADMINISTRATOR = "administrator"

USERS = Table(
    "user_account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("hash", String(200)),
    Column("roles", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("agent", String(100), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("password_at", Instant),
)
"""`scopes`: centres, sites, teams, projects; names are kept in lower case; `version` counts the changes."""

TOLD = tuple(column for column in USERS.columns if column.name != "hash")

FAILURES = Table(
    "login_failure",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant),
)
"""By account and by address, whether or not there is such an account; `until` = no login before."""

FREE = 5
"""Failures of an account before one has to wait."""
FREE_OF_ADDRESS = 50
"""Failures from an address before one has to wait: a whole site may share it."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=24)
"""After so long without a failure counting begins anew."""

FIELDS = frozenset({"roles", "scopes", "agent", "disabled"})


def first_administrator(database: Database, now: datetime) -> str | None:
    """Make the first administrator of an installation; their one-time password, None = there are people already.

    Parameters
    ----------
    now : datetime
        Time of the account.
    """
    with database.writing() as connection:
        if connection.scalar(select(func.count()).select_from(USERS)):
            return None
        return add_user(connection, ADMINISTRATOR, [ADMINISTRATOR], Author("installation", now, "first start"))


def add_user(
    connection: Connection,
    name: str,
    roles: list[str],
    author: Author,
    scopes: dict[str, Any] | None = None,
    agent: str = "",
) -> str:
    """Add a person; their one-time password, which is told this once.

    Raises
    ------
    InvalidData
        There is one of that name.
    """
    held = name.lower()
    if connection.scalar(select(USERS.c.id).where(USERS.c.name == held)) is not None:
        raise InvalidData([Finding("users", None, "name", repr(name), "a new name")])
    password = one_time_password()
    told = {"roles": roles, "scopes": scopes or {}, "agent": agent, "disabled": False}
    kept = {"hash": hashed(password), "must_change_password": True, "version": 1, "created_at": author.at}
    connection.execute(insert(USERS).values(name=held, **told, **kept))
    record(connection, author, "user.added", held, after=told)
    return password


def users(connection: Connection, after: str = "", limit: int = 1000) -> list[dict[str, Any]]:
    """People by their name; never their hashes."""
    rows = connection.execute(select(*TOLD).where(USERS.c.name > after).order_by(USERS.c.name).limit(limit)).mappings()
    return [dict(row) for row in rows]


def user_named(connection: Connection, name: str) -> dict[str, Any]:
    """A person.

    Raises
    ------
    NotFound
        There is none of that name.
    """
    row = connection.execute(select(*TOLD).where(USERS.c.name == name.lower())).mappings().first()
    if row is None:
        raise NotFound(f"no user {name!r}")
    return dict(row)


def change_user(connection: Connection, name: str, author: Author, **told: Any) -> dict[str, Any]:
    """Change the roles, scopes or agent of a person, or disable them.

    Raises
    ------
    NotFound
        There is none of that name.
    InvalidData
        Nobody would be left who may administer the installation.
    """
    was = user_named(connection, name)
    changed = {key: value for key, value in told.items() if key in FIELDS and was[key] != value}
    if not changed:
        return was
    connection.execute(update(USERS).where(USERS.c.name == was["name"]).values(**changed, version=USERS.c.version + 1))
    _check_administered(connection)
    record(connection, author, "user.changed", was["name"], before={key: was[key] for key in changed}, after=changed)
    return user_named(connection, name)


def remove_user(connection: Connection, name: str, author: Author) -> None:
    """Remove a person; their lines in the audit trail stay.

    Raises
    ------
    NotFound
        There is none of that name.
    InvalidData
        Nobody would be left who may administer the installation.
    """
    was = user_named(connection, name)
    connection.execute(delete(USERS).where(USERS.c.name == was["name"]))
    _check_administered(connection)
    record(connection, author, "user.removed", was["name"], before={key: was[key] for key in sorted(FIELDS)})


def _check_administered(connection: Connection) -> None:
    """Of two administrators who remove one another at once the second one fails: the rows are locked until the end."""
    rows = connection.execute(select(USERS.c.roles, USERS.c.disabled, USERS.c.scopes).with_for_update())
    if not any(ADMINISTRATOR in roles and not disabled and not scopes.get("centres") for roles, disabled, scopes in rows):
        raise InvalidData(
            [Finding("users", None, "roles", "no administrator", "one who is not disabled", "name another one first")]
        )


def set_password(connection: Connection, name: str, password: str, author: Author) -> None:
    """Set the password that a person has chosen.

    Raises
    ------
    InvalidData
        It is weak.
    """
    check_password(password, name.lower())
    _keep_password(connection, name, password, author, must_change=False)


def reset_password(connection: Connection, name: str, author: Author) -> str:
    """Give a person a one-time password, which is told this once."""
    user_named(connection, name)
    password = one_time_password()
    _keep_password(connection, name, password, author, must_change=True)
    return password


def _keep_password(connection: Connection, name: str, password: str, author: Author, *, must_change: bool) -> None:
    kept = {"hash": hashed(password), "must_change_password": must_change, "password_at": author.at}
    connection.execute(update(USERS).where(USERS.c.name == name.lower()).values(**kept, version=USERS.c.version + 1))
    record(connection, author, "user.password_reset" if must_change else "user.password_changed", name.lower())


def is_password(database: Database, name: str, password: str) -> bool:
    """Whether a password is that of a person who may log in; it takes as long whether or not there is one."""
    with database.reading() as connection:
        row = connection.execute(select(USERS.c.hash, USERS.c.disabled).where(USERS.c.name == name.lower())).first()
    return matches(password, None if row is None or row[1] else row[0])


@retry(retry=retry_if_exception_type(IntegrityError), stop=stop_after_attempt(5), reraise=True)  # two first failures at once
def attempt(database: Database, account: str, address: str, now: datetime) -> datetime | None:
    """Count a login as failed before its password is looked at: guesses sent at once are counted one by one.

    Returns
    -------
    datetime or None
        Until when one has to wait; None = the password may be looked at.
    """
    sources = _sources(account, address)
    with database.writing() as connection:
        rows = connection.execute(select(FAILURES).where(FAILURES.c.key.in_(sources)).with_for_update()).mappings()
        held = {row["key"]: row for row in rows}
        waits = [row["until"] for row in held.values() if row["until"] is not None and row["until"] > now]
        if waits:
            return max(waits)
        for key, free in sources.items():
            _count(connection, key, free, held.get(key), now)
    return None


def account_key(name: str) -> str:
    """Under what the failures of an account are counted."""
    return f"account:{name.lower()}"


def _sources(account: str, address: str) -> dict[str, int]:
    return {account_key(account): FREE, f"address:{address}": FREE_OF_ADDRESS}


def _count(connection: Connection, key: str, free: int, row: Any, now: datetime) -> None:
    many = 1 if row is None or now - row["at"] > FORGOTTEN else row["count"] + 1
    wait = min(FIRST_WAIT * 2 ** min(many - free, 20), LONGEST_WAIT) if many >= free else None
    told = {"count": many, "at": now, "until": None if wait is None else now + wait}
    if row is None:
        connection.execute(insert(FAILURES).values(key=key, **told))
    else:
        connection.execute(update(FAILURES).where(FAILURES.c.key == key).values(**told))


def forgive(connection: Connection, account: str, address: str, now: datetime) -> None:
    """A login has succeeded: the failures of the account count no longer; the address is given back the one that was counted."""
    of_account, of_address = _sources(account, address)
    connection.execute(delete(FAILURES).where((FAILURES.c.key == of_account) | (FAILURES.c.at < now - FORGOTTEN)))
    fewer = update(FAILURES).where(FAILURES.c.key == of_address)
    connection.execute(fewer.values(count=FAILURES.c.count - 1, until=None))
