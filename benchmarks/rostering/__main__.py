"""A month's roster of a synthetic centre: cost, bound, gaps, time and memory.

``python -m benchmarks.rostering --agents 500 2000 5000 --seed 0 [--sites N] [--json FILE] [--peers [NAME ...]]``
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from math import nan
from pathlib import Path
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

from benchmarks.rostering.centre import month_centre
from benchmarks.rostering.peers import PEERS
from benchmarks.rostering.result import Row, row_of
from optimizer.rostering.executor import open_executor
from optimizer.rostering.many import solve_all
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget, Progress, gap_of


class Listener:
    """Remembers when the first roster stood, and what was covered last."""

    def __init__(self, show: bool):
        self.first_s, self.coverage, self._show = 0.0, 0.0, show

    def __call__(self, record: Progress) -> bool:
        """Take one record; never stops a search."""
        self.first_s = self.first_s or (record.seconds if record.phase == "first roster" else 0.0)
        self.coverage = record.coverage if record.coverage == record.coverage else self.coverage
        if self._show:
            figures = f"cost {record.cost:12.0f}  bound {record.bound:12.0f}"
            print(f"{record.seconds:8.1f} s  {record.phase:12} {record.done:6.1%}  {figures}")
        return True


def run(problem: RosterProblem, seed: int, budget: Budget, executor: str, show: bool) -> Row:
    """Ours."""
    began, cpu, listener = perf_counter(), process_time(), Listener(show)
    with open_executor(executor) as workers:
        solution = solve(problem, params=SearchParams(seed=seed), budget=budget, on_progress=listener, executor=workers)
    times = perf_counter() - began, process_time() - cpu, listener.first_s
    return row_of("Echelon", problem, solution, seed, times, listener.coverage)


def run_sites(agents: int, sites: int, seed: int, budget: Budget, executor: str) -> Row:
    """Ours: sites of so many agents each, every one a centre of its own seed, side by side; CPU time is of this process alone."""
    problems = [month_centre(agents, seed + site) for site in range(sites)]
    began, cpu = perf_counter(), process_time()
    with open_executor(executor) as workers:
        found = solve_all(problems, workers, params=SearchParams(seed=seed), budget=budget, on_progress=Listener(show=True))
    times = perf_counter() - began, process_time() - cpu, nan
    rows = [row_of("", problem, found[site], seed, times, nan) for site, problem in enumerate(problems)]
    cost, bound = sum(row.cost for row in rows), sum(row.bound for row in rows)
    paid = sum(row.gap_paid for row in rows) / sites
    legal = all(row.verified for row in rows)
    return replace(
        rows[0], method=f"Echelon, {sites} sites", agents=agents * sites, cost=cost, bound=bound, gap=gap_of(cost, bound),
        gap_paid=paid, verified=legal, peak_mb=max(row.peak_mb for row in rows), note=executor,
    )  # fmt: skip


def show(rows: list[Row]) -> None:
    """Print a table."""
    names = (
        "method",
        "agents",
        "seed",
        "wall s",
        "CPU s",
        "first s",
        "cost",
        "bound",
        "gap",
        "of paid time",
        "covered",
        "verified",
        "MB",
        "",
    )
    table = Table(*names)
    for r in rows:
        shares = f"{r.gap:.2%}", f"{r.gap_paid:.3%}", f"{r.coverage:.2%}"
        times = f"{r.wall_s:.1f}", f"{r.cpu_s:.1f}", f"{r.first_s:.1f}"
        table.add_row(
            r.method,
            str(r.agents),
            str(r.seed),
            *times,
            f"{r.cost:.0f}",
            f"{r.bound:.0f}",
            *shares,
            str(r.verified),
            f"{r.peak_mb:.0f}",
            r.note,
        )
    Console(width=180).print(table)


def compare(agents: int, args: argparse.Namespace, budget: Budget) -> Iterator[Row]:
    """Ours, and the peers that were asked for."""
    if args.sites > 1:
        yield run_sites(agents, args.sites, args.seed, budget, args.executor)
        return
    ours = run(month_centre(agents, args.seed), args.seed, budget, args.executor, args.progress)
    yield ours
    for name in () if args.peers is None else args.peers or PEERS:
        yield PEERS[name](agents, args.seed, ours.wall_s)


def main() -> None:
    """Run the sizes asked for, the peers beside them if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, nargs="+", default=[500])
    parser.add_argument("--sites", type=int, default=1, help="so many centres of this size side by side")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sweeps", type=int, default=Budget().sweeps)
    parser.add_argument("--bound-steps", type=int, default=Budget().bound_steps)
    parser.add_argument("--rounds", type=int, default=Budget().rounds)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--executor", default="threads")
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="peers on the same centres; all if none is named")
    parser.add_argument("--json", type=Path, help="write the figures to this file, after every row")
    parser.add_argument("--progress", action="store_true")
    args = parser.parse_args()
    budget = Budget(sweeps=args.sweeps, bound_steps=args.bound_steps, rounds=args.rounds, seconds=args.seconds)
    run(month_centre(40), 0, replace(budget, sweeps=2, bound_steps=4), args.executor, show=False)
    rows: list[Row] = []
    for agents in args.agents:
        for row in compare(agents, args, budget):
            rows.append(row)
            if args.json:
                args.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    show(rows)


if __name__ == "__main__":
    main()
