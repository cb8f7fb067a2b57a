"""Published instances of shift design: ``python -m benchmarks.shift_design FILE [FILE ...] [--seconds 60] [--json out.json]``.

Cost: over x surplus minutes + under x shortage minutes + weight x distinct shifts, without the term of duties. Every design is
judged by `checked`, which reads windows and demand only and shares nothing with the model. Where a shortage costs nothing, the
cheapest design is none at all, and the instance is solved a second time with full cover.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import inf, isclose
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.command import ended_well
from data.exchange.shift_design import read_shift_design
from data.model.shift_design import ShiftDesign
from optimizer.rostering.shift_design import DesignedShifts, design_shifts
from optimizer.rostering.solution import Status


@dataclass(frozen=True)
class Row:
    """A design as it was found and judged; over and under in agent-minutes."""

    instance: str
    cost: float
    bound: float
    over: int
    under: int
    shifts: int
    seconds: float
    proved: bool
    checked: bool
    status: str


def checked(design: ShiftDesign, found: DesignedShifts) -> float:
    """Cost of a design, minute by minute; ValueError where a shift is in no window."""
    cycle = design.days * 1440
    present = [0] * cycle
    for (start, length), heads in zip(found.shapes, found.workers.tolist(), strict=True):
        if not any(
            w.first_start <= start + k <= w.last_start and w.least_length <= length <= w.most_length
            for w in design.windows
            for k in (0, 1440 // design.minutes)
        ):
            raise ValueError(f"no window allows a shift of {length} intervals from {start}")
        for day, number in enumerate(heads):
            begin = day * 1440 + start * design.minutes
            for minute in range(begin, begin + length * design.minutes):
                present[minute % cycle] += number
    cost = design.shift_cost * len(set(found.shapes))
    for minute, there in enumerate(present):
        needed = design.demand[minute // design.minutes]
        cost += design.over_cost * max(0, there - needed) + design.under_cost * max(0, needed - there)
    return cost


def row(name: str, design: ShiftDesign, *, seconds: float, effort: float, seed: int, workers: int) -> Row:
    """Solve and judge an instance."""
    found = design_shifts(design, seconds=seconds, effort=effort, seed=seed, workers=workers)
    proved = found.status is Status.OPTIMAL
    sound = bool(found.costs) and isclose(checked(design, found), found.cost, abs_tol=1e-6)
    minutes = found.over_minutes, found.under_minutes
    return Row(name, found.cost, found.bound, *minutes, len(found.shapes), found.seconds, proved, sound, found.status.value)


def cases(paths: list[Path]) -> Iterator[tuple[str, ShiftDesign]]:
    """The instances, those without a price of shortage a second time with full cover."""
    for path in paths:
        design = read_shift_design(path)
        yield path.stem, design
        if design.under_cost == 0:
            yield f"{path.stem}, full cover", design.model_copy(update={"full_cover": True})


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("instance")
    for head in ("cost", "bound", "over, min", "under, min", "shifts", "seconds", "proved", "checked"):
        table.add_column(head, justify="right")
    for one in rows:
        counts = f"{one.over:,}", f"{one.under:,}", str(one.shifts), f"{one.seconds:.1f}"
        said = "yes" if one.proved else one.status, "yes" if one.checked else "NO"
        table.add_row(one.instance, f"{one.cost:,g}", f"{one.bound:,g}", *counts, *said)
    Console(width=120).print(table)


def main() -> None:
    """Run the instances named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--effort", type=float, default=inf)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    limits = {"seconds": asked.seconds, "effort": asked.effort, "seed": asked.seed, "workers": asked.workers}
    rows = [row(name, design, **limits) for name, design in cases(asked.files)]
    show(rows)
    if asked.json is not None:
        asked.json.write_text(json.dumps([asdict(one) for one in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    ended_well(main)
