"""Time and memory of the verifier: ``python -m benchmarks.verifying [--out FILE] [--processes N]``.

A month of 31 days of the synthetic centre of `benchmarks.rostering` under the house rules, Chinese law and the hours of its
contracts. Rosters are made without a search: the legal one of `benchmarks.rostering.start`, and one in which a tenth of the days is
random. The target: 20,000 agents under some 20 rules in 20 s.
"""

import argparse
import json
import resource
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.rostering.centre import RULES, month_centre
from benchmarks.rostering.start import legal, roster_of
from data.exchange.folder import RULEBOOKS
from data.model.roster import Roster
from data.model.rulebook import Rulebook
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import verify

AGENTS = (500, 5000, 20000)
OWN = ("full_week", "part_week", "nights")
"""Rules of the centre that stand beside the house rules and the law."""
RANDOM_SHARE = 0.1
MEBIBYTE = 2**20 if sys.platform == "darwin" else 2**10
"""Units of ``ru_maxrss`` in a MiB: bytes on macOS, KiB elsewhere."""


@dataclass(frozen=True)
class Row:
    """What one roster takes.

    Parameters
    ----------
    processes : int
        1 = this one alone.
    rules : int
        Of the rulebook.
    cpu_s : float
        CPU time of this process alone; per agent in `us_per_agent`.
    peak_mib : float
        Most memory that this process has held so far, problem and roster included.
    findings : int
        Breaches, priced ones included, and faults.
    """

    roster: str
    agents: int
    processes: int
    rules: int
    seconds: float
    cpu_s: float
    us_per_agent: float
    peak_mib: float
    legal: bool
    findings: int


def centre(agents: int) -> RosterProblem:
    """The problem that the rosters answer."""
    house, law = (
        Rulebook.model_validate(tomllib.loads((RULEBOOKS / f"{name}.toml").read_text("utf-8"))) for name in ("house", "cn")
    )
    own = tuple(rule for rule in RULES if rule.id in OWN)
    book = Rulebook(id="benchmark", rules=house.rules + law.rules + own, goals=house.goals)
    return replace(month_centre(agents), rulebook=book)


def disturbed(problem: RosterProblem, roster: Roster, seed: int = 0) -> Roster:
    """The roster with a tenth of the open days random."""
    rng = np.random.default_rng(seed)
    anything = rng.integers(0, len(roster.codes), roster.symbol.shape)
    random = (rng.random(anything.shape) < RANDOM_SHARE) & (problem.fixed < 0)
    return roster_of(problem, np.where(random, anything, roster.symbol))


def measure(name: str, problem: RosterProblem, roster: Roster, processes: int, executor: Executor | None) -> Row:
    """Verify once, from a problem of which nothing is known yet."""
    problem = replace(problem)
    began, busy = perf_counter(), process_time()
    verdict = verify(problem, roster, executor=executor)
    seconds, cpu, agents = perf_counter() - began, process_time() - busy, len(problem.agents)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
    found = len(verdict.breaches) + len(verdict.priced) + len(verdict.faults)
    rules = len(problem.rulebook.rules)
    return Row(name, agents, processes, rules, seconds, cpu, 1e6 * cpu / agents, peak, verdict.legal, found)


def run(agents: int, processes: int, executor: Executor) -> Iterator[Row]:
    """A legal and a disturbed roster, here and over processes."""
    problem = centre(agents)
    good = legal(problem)
    for name, roster in (("legal", good), ("disturbed", disturbed(problem, good))):
        yield measure(name, problem, roster, 1, None)
        yield measure(name, problem, roster, processes, executor)


def main() -> None:
    """Time every size and print a table; a first, small one imports all rules and is not shown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    table = Table(
        "roster", "agents", "processes", "rules", "s", "CPU s", "µs an agent", "peak MiB", "legal", "findings", title="Verifier"
    )
    with ProcessPoolExecutor(args.processes, mp_context=get_context("spawn")) as executor:
        list(run(10, args.processes, executor))
        rows = [row for agents in AGENTS for row in run(agents, args.processes, executor)]
    for r in rows:
        figures = (
            f"{r.seconds:.2f}",
            f"{r.cpu_s:.2f}",
            f"{r.us_per_agent:.0f}",
            f"{r.peak_mib:.0f}",
            str(r.legal),
            str(r.findings),
        )
        table.add_row(r.roster, *map(str, (r.agents, r.processes, r.rules)), *figures)
    Console().print(table)
    if args.out:
        args.out.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
