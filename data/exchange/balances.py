"""Balances in and out: what agents bring into a plan (``balances.csv``), and take out of it (``balances_carried.csv``)."""

from collections.abc import Iterable
from pathlib import Path

from data.exchange.files import stop
from data.exchange.people import Rows, read_entities, write_entities
from data.model.errors import Finding
from data.model.ledger import Balance
from data.tables import BALANCES

BALANCES_FILE = "balances.csv"
CARRIED_FILE = "balances_carried.csv"
"""What a plan leaves behind; under the name of `BALANCES_FILE` the next one begins with it."""


def read_balances(path: Path, findings: list[Finding]) -> Rows[Balance]:
    """Balances of ``balances.csv`` with their lines, none if there is no file; what does not read is added to `findings`."""
    return read_entities(path, BALANCES, lambda record: Balance(**record), findings) if path.is_file() else []


def balances_of(path: Path) -> tuple[Balance, ...]:
    """Balances of a file; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    findings: list[Finding] = []
    rows = read_balances(path, findings)
    stop(findings)
    return tuple(balance for _, balance in rows)


def write_balances(balances: Iterable[Balance], path: Path) -> None:
    """Write balances, one row for each agent."""
    write_entities(balances, BALANCES, path)
