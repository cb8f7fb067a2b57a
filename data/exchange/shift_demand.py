"""Heads by shift in and out: how many agents the planner demands on a shift on a day (``shift_demand.csv``)."""

from collections.abc import Iterable
from pathlib import Path

from data.exchange.files import write_table
from data.exchange.people import Rows, read_entities
from data.model.errors import Finding
from data.model.shift_demand import ShiftDemand
from data.tables import SHIFT_DEMAND

SHIFT_DEMAND_FILE = "shift_demand.csv"


def read_shift_demand(path: Path, findings: list[Finding]) -> Rows[ShiftDemand]:
    """Demands of ``shift_demand.csv`` with their lines; what does not read is added to `findings`."""
    return read_entities(path, SHIFT_DEMAND, lambda record: ShiftDemand(day=record.pop("date"), **record), findings)


def write_shift_demand(demands: Iterable[ShiftDemand], path: Path) -> None:
    """Write demands, one row for each."""
    write_table(SHIFT_DEMAND.frame(demand.model_dump() | {"date": demand.day} for demand in demands), path)
