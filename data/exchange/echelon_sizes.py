"""Sizes of the echelons out: ``echelon_sizes.csv``, one row for each point of the curve of cost against risk."""

from math import isfinite
from pathlib import Path
from typing import Any

from data.cells import FLAG, number, whole
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.model.echelon_size import EchelonSizes, SizePoint

SIZES_FILE = "echelon_sizes.csv"
COST = "a day, in the unit of under_cost"


def sizes_table(tiers: tuple[str, ...]) -> Table:
    """Columns of the file: a column ``size_ID`` of each tier."""
    return Table(
        "echelon_sizes",
        (
            optional("bound_hours", number(0), "most agent-hours missing on a mean day of the worst; nothing = not bounded"),
            *(Column(f"size_{tier}", whole(0), "members on standby") for tier in tiers),
            *alike("cost standby called missing bound_of_cost", number(0), COST),
            *alike("hours tail_hours", number(0), "agent-hours missing on a mean day, and on one of the worst"),
            *alike("fresh_cost fresh_half_width", number(0), f"{COST}, on fresh scenarios"),
            Column("fresh_tail_hours", number(0)),
            Column("cheapest", FLAG),
        ),
    )


def write_sizes(sizes: EchelonSizes, path: Path) -> None:
    """Write the curve, nobody on standby first."""
    rows = [(sizes.without, False), *((point, k == 0) for k, point in enumerate(sizes.points))]
    write_table(sizes_table(sizes.tiers).frame(_row(sizes, point, cheapest) for point, cheapest in rows), path)


def _row(sizes: EchelonSizes, point: SizePoint, cheapest: bool) -> dict[str, Any]:
    numbers = {
        "cost": point.cost,
        "standby": point.standby,
        "called": point.called,
        "missing": point.missing,
        "bound_of_cost": point.least,
        "hours": point.hours,
        "tail_hours": point.tail_hours,
        "fresh_cost": point.fresh,
        "fresh_half_width": point.fresh_half,
        "fresh_tail_hours": point.fresh_tail_hours,
    }
    members = {f"size_{tier}": size for tier, size in zip(sizes.tiers, point.sizes, strict=True)}
    bound: dict[str, Any] = {"bound_hours": round(point.bound, 2)} if isfinite(point.bound) else {}
    return bound | members | {name: round(value, 2) for name, value in numbers.items()} | {"cheapest": cheapest}
