"""Running balances of fairness: what a month begins with (``fairness.csv``) and leaves behind (``fairness_carried.csv``)."""

from collections.abc import Iterable
from pathlib import Path

from data.cells import DAY, TEXT, number
from data.columns import Column, Table, optional
from data.exchange.people import Rows, read_entities, write_entities
from data.model.errors import Finding
from data.model.fairness import BURDENS, FairnessBalance

FAIRNESS_FILE = "fairness.csv"
CARRIED_FILE = "fairness_carried.csv"
"""What a month leaves behind; under the name of `FAIRNESS_FILE` the next one begins with it."""

FAIRNESS = Table(
    "fairness",
    (
        Column("agent", TEXT),
        Column("until", DAY),
        *(optional(burden, number() if burden == "points" else number(0)) for burden in BURDENS),
    ),
    keys=("agent",),
)


def read_fairness(path: Path, findings: list[Finding]) -> Rows[FairnessBalance]:
    """Balances of ``fairness.csv`` with their lines, none if there is no file; what does not read is added to `findings`."""
    return read_entities(path, FAIRNESS, lambda record: FairnessBalance(**record), findings) if path.is_file() else []


def write_fairness(balances: Iterable[FairnessBalance], path: Path) -> None:
    """Write balances, one row for each agent."""
    write_entities(balances, FAIRNESS, path)
