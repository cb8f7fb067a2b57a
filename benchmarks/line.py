"""Time of the line engine on contact-centre contracts: ``python -m benchmarks.line [--out FILE]``.

Sixteen shift templates (eight day and evening, two long, two night, four part-time), at most six days in a row, eleven hours
of rest, two days off after nights, whole weeks of five days or 40 to 44 hours, long shifts per week, weekends and nights
per month; costs look like the prices of a column master or a Lagrangian bound. Times are CPU time of one thread.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

import numpy as np
from numba import njit
from rich.console import Console
from rich.table import Table

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.rostering.language import Automaton, Counter, Language, blocks, counter, rest_after, run_limit, succession
from optimizer.rostering.layout import END, FIRST
from optimizer.rostering.line import Scratch, best_line, new_scratch
from optimizer.rostering.product import LineTables, compile_language

HOUR = 60
START = np.array([7, 8, 9, 10, 11, 12, 13, 14, 8, 10, 21, 22, 8, 12, 16, 18]) * HOUR
PAID = np.array([8] * 8 + [9] * 2 + [8] * 2 + [4] * 4) * HOUR
LENGTH = PAID + np.where(PAID > 4 * HOUR, HOUR, 0)
LONG, NIGHT, PART = slice(8, 10), slice(10, 12), slice(12, 16)
SYMBOLS = len(START) + 2
REST_HOURS, WEEK = 11, 7
PASSES = 5


@dataclass(frozen=True)
class Case:
    """A contract to time."""

    name: str
    days: int
    nights: bool = False
    minutes: bool = False
    part_time: bool = False


CASES = (
    Case("days a week", 28),
    Case("days a week", 31),
    Case("days, nights", 28, nights=True),
    Case("days, nights", 31, nights=True),
    Case("minutes a week", 28, minutes=True),
    Case("minutes, nights", 28, nights=True, minutes=True),
    Case("part time", 31, part_time=True),
)


def shifts_of(part: slice) -> BoolArray:
    """Symbols of some templates; symbols 0 and 1 are off and leave."""
    member = np.zeros(SYMBOLS, dtype=np.bool_)
    member[2:][part] = True
    return member


def contract(case: Case) -> Language:
    """Rules of a contract, built as the rule kinds build theirs."""
    days, work, off = case.days, shifts_of(slice(None)), ~shifts_of(slice(None))
    charged, night = np.ones(days, dtype=np.bool_), shifts_of(NIGHT)
    start, end = np.append([0, 0], START), np.append([0, 0], START + LENGTH)
    short = (start[None, :] + 24 * HOUR - end[:, None] < REST_HOURS * HOUR) & work[:, None] & work[None, :]
    rules = succession(np.broadcast_to(short, (days, SYMBOLS, SYMBOLS)), charged) + run_limit(work, 6, charged)
    rules += Language((_only(_usable(case), days),))
    if case.nights:
        rules += rest_after(night, off, 2, charged)
    weekend = np.array([d // WEEK if d % WEEK >= 5 else -1 for d in range(days)])
    return rules + Language((blocks(work, weekend, "weekends"),), tuple(_counters(case, work, night)))


def _counters(case: Case, work: BoolArray, night: BoolArray) -> Iterator[Counter]:
    weeks = [(d, d + WEEK) for d in range(0, case.days - WEEK + 1, WEEK)]
    low, high = ([5] * len(weeks), [6 if case.part_time else 5] * len(weeks))
    if case.minutes:
        paid = np.append([0, 0], PAID)
        yield counter("minutes", _each(case, paid), weeks, [40 * HOUR] * len(weeks), [44 * HOUR] * len(weeks))
    else:
        yield counter("days", _each(case, work), weeks, low, high)
        yield counter("long", _each(case, shifts_of(LONG)), weeks, [0] * len(weeks), [4] * len(weeks))
    if case.nights:
        yield counter("nights", _each(case, night), [(0, case.days)], [0], [6])
    nothing = np.zeros((case.days, SYMBOLS), dtype=np.int64)
    yield Counter("weekends", nothing, (case.days - 1,), np.arange(5.0)[None] ** 2)


def _usable(case: Case) -> BoolArray:
    """Symbols of the contract: its own templates, off and leave."""
    other = shifts_of(slice(0, 12)) if case.part_time else shifts_of(PART)
    return ~other if case.nights else ~(other | shifts_of(NIGHT))


def _only(usable: BoolArray, days: int) -> Automaton:
    """Forbid all other symbols on every day."""
    following = np.where(usable, 0, -1)[None, None]
    return Automaton(following, np.zeros(following.shape), np.zeros(days, dtype=np.int64), np.zeros(1))


def _each(case: Case, weight: IntArray | BoolArray) -> IntArray:
    return np.tile(weight.astype(np.int64), (case.days, 1))


@dataclass(frozen=True)
class Result:
    """What one contract takes."""

    name: str
    days: int
    states: int
    cells: int
    arcs: int
    arc_cells: int
    compile_s: float
    line_ms: float
    called_ms: float


def measure(case: Case, lines: int = 2000) -> Result:
    """Compile a contract and price `lines` random lines, in one call and one by one from Python; the best of five passes counts."""
    language = contract(case)
    compile_s = min(_seconds(lambda: compile_language(language, case.days, SYMBOLS)) for _ in range(PASSES))
    tables = compile_language(language, case.days, SYMBOLS)
    if tables is None:
        raise RuntimeError(f"no line of {case.name} is legal")
    together, called = line_seconds(tables, dual_costs(case, lines))
    sizes = int(np.diff(tables.state0).max()), tables.cells, len(tables.arcs), arc_cells(tables)
    return Result(case.name, case.days, *sizes, compile_s, 1000 * together, 1000 * called)


def line_seconds(tables: LineTables, costs: FloatArray) -> tuple[float, float]:
    """Mean time of one line: all of them in one call, and one call from Python for each."""
    scratch = new_scratch(tables)
    together = min(_seconds(lambda: sum_of_best(tables, costs, scratch)) for _ in range(PASSES))
    called = min(_seconds(lambda: [best_line(tables, cost, scratch) for cost in costs]) for _ in range(PASSES))
    return together / len(costs), called / len(costs)


@njit(cache=True, nogil=True)
def sum_of_best(tables: LineTables, costs: FloatArray, scratch: Scratch) -> float:
    """Sum of the prices of the best lines, as a bound or a sweep asks for them."""
    total = 0.0
    for cost in costs:
        total += best_line(tables, cost, scratch)[0]
    return total


def dual_costs(case: Case, lines: int) -> FloatArray:
    """Prices of shifts that repay cover and vary by day and template; shape (lines, days, symbols)."""
    rng = np.random.default_rng(0)
    cost = -rng.gamma(2.0, 4.0, (lines, case.days, SYMBOLS))
    cost[:, :, 0] = 0.0
    cost[:, :, 1] = np.inf
    return cost


def arc_cells(tables: LineTables) -> int:
    """Cells that all arcs visit in one line."""
    return int((tables.arcs[:, END] - tables.arcs[:, FIRST]).sum())


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def main() -> None:
    """Time every contract, print a table, and write it as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    out = parser.parse_args().out
    measure(Case("warm-up", 14), lines=1)
    results = [measure(case) for case in CASES]
    table = Table("contract", "days", "states", "cells", "arcs", "arc-cells", "compile s", "ms/line", "called", title="Line engine")
    for r in results:
        numbers = (r.days, r.states, r.cells, r.arcs, r.arc_cells, f"{r.compile_s:.3f}", f"{r.line_ms:.4f}", f"{r.called_ms:.4f}")
        table.add_row(r.name, *map(str, numbers))
    Console().print(table)
    if out:
        out.write_text(json.dumps([asdict(r) for r in results], indent=2) + "\n")


if __name__ == "__main__":
    main()
