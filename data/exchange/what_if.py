"""What a scenario does to a roster, out: ``what_if.csv``, one row for each queue and open interval."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from data.cells import AWARE, TEXT, number
from data.columns import Column, Table, alike
from data.exchange.files import write_table

WHAT_IF_FILE = "what_if.csv"

WHAT_IF = Table(
    "what_if",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        *alike("calls_usual calls q10 q90", number(0), "calls"),
        *alike("required_usual required on_phones", number(0), "agents on the phones"),
        *alike("chance_usual chance chance_with_echelons", number(0, 1)),
        Column("service_level", number(0, 1)),
        Column("lost_calls", number(0), "calls"),
    ),
    keys=("queue", "timestamp"),
)
"""The chances are those that expected service misses its target."""


def write_what_if(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """Write ``what_if.csv``."""
    write_table(WHAT_IF.frame(rows), path)
