"""Multi-skill requirement against the optimum that big simulations find, and the surrogate against long runs.

``python -m benchmarks.multiskill [--calls 4000000] [--out results.json]``. Six queues (AHT 300 s, lognormal with cv 0.95, patience
150 s, 80 % within 20 s in every queue), equal loads of 30 Erlang or 80/50/35/25/15/8, and a limited share of flexible agents: a
chain of neighbouring pairs, or agents of all skills; calls go to the fewest skills first. The optimum is found without the
surrogate: from our answer downwards, heads are rearranged by integer programmes over gradients of big simulations until one
agent less can no longer be made to do. Both are judged by the same big run.
"""

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.optimize import milp
from scipy.special import ndtr

from data.model.base import FloatArray, IntArray
from data.model.centre import ServiceTarget
from optimizer.staffing.centre_model import CentreModel, SimulatedQueue, SkillGroup
from optimizer.staffing.multiskill.margins import Margins, settled_margins
from optimizer.staffing.multiskill.requirement import multi_skill_requirement
from optimizer.staffing.multiskill.steady import SteadyInterval, steady_interval
from optimizer.staffing.multiskill.surrogate import measures, train, varied

HANDLE_S, PATIENCE_S = 300.0, 150.0
EQUAL, UNEQUAL = (30.0,) * 6, (80.0, 50.0, 35.0, 25.0, 15.0, 8.0)
TARGET = ServiceTarget()
STEPS = 6
"""Most rearrangements at one number of heads."""

KNOWN = {EQUAL: (192, 190, 185, 183, 182, 177, 174), UNEQUAL: (229, 225, 218, 215, 215, 210, 204)}
"""Heads by simulation when the flexible agents are a fixed share of all, spread like the loads: shares 0, 10, 20, 40 % in a
chain, 20 and 40 % with all skills, 100 % (an earlier trial with 250,000 calls)."""

KINDS = (("none", 0.0), ("chain", 0.1), ("chain", 0.2), ("chain", 0.4), ("all", 0.2), ("all", 0.4), ("all", 1.0))


@dataclass(frozen=True)
class Row:
    """One case."""

    loads: str
    flexible: str
    known: int | None
    lower: int
    upper: int
    ours: int
    optimum: int
    worst_margin: float
    error: float
    optimum_margin: float
    seconds: float

    @property
    def above(self) -> float:
        """Heads above the optimum, as a share."""
        return self.ours / self.optimum - 1


@dataclass(frozen=True, eq=False)
class Judge:
    """Big runs of one interval; the same calls for all heads."""

    interval: SteadyInterval
    calls: float
    executor: Executor
    seen: dict[tuple[int, ...], Margins] = field(default_factory=dict)

    def margins(self, heads: IntArray) -> Margins:
        """What some heads reach."""
        key = tuple(heads.tolist())
        if key not in self.seen:
            run = self.interval.run(heads, calls=self.calls, seed=987, runs=4, executor=self.executor)
            self.seen[key] = settled_margins(run, [TARGET] * len(self.interval.model.queues))
        return self.seen[key]

    def meets(self, heads: IntArray) -> bool:
        """Whether no queue is short by more than a standard error."""
        at = self.margins(heads)
        return bool((at.margin + at.error >= 0).all())

    def optimum(self, heads: IntArray, most: FloatArray) -> IntArray:
        """Least heads, from some that do or nearly do."""
        best = heads
        while not self.meets(best):
            best = self.step(best, most, 1)
        while self.meets(fewer := self.rearranged(self.step(best, most, -1), most)):
            best = fewer
        return best

    def rearranged(self, heads: IntArray, most: FloatArray) -> IntArray:
        """The same number of heads, moved until the worst queue is no longer better off or all targets are met."""
        for _ in range(STEPS):
            if self.meets(heads):
                break
            moved = self.step(heads, most, 0)
            if self.margins(moved).worst <= self.margins(heads).worst + 5e-4:
                break
            heads = moved
        return heads

    def step(self, heads: IntArray, most: FloatArray, more: int) -> IntArray:
        """Best worst margin by the gradient with `more` heads, each group moved by two at most."""
        at = self.margins(heads).margin[:, 0]
        gradient = np.stack([self.margins(heads + one).margin[:, 0] - at for one in np.eye(heads.size, dtype=np.int64)])
        queues, groups = at.size, heads.size
        # variables: the move of each group from two below, and the worst margin from -1
        low, high = np.maximum(heads - 2, 0), np.minimum(heads + 2.0, most)
        rows = np.hstack([gradient.T, -np.ones((queues, 1))])
        total = np.r_[np.ones(groups), 0.0]
        base = rows @ np.r_[low - heads, -1.0]
        constraints = [
            (rows, -at - base, np.inf),
            (total, heads.sum() + more - low.sum(), heads.sum() + more - low.sum()),
            (np.eye(groups + 1), np.zeros(groups + 1), np.r_[high - low, 3.0]),
        ]
        found = milp(np.r_[np.zeros(groups), -1.0], integrality=np.r_[np.ones(groups), 0.0], constraints=constraints)
        if found.x is None:  # the solver gave up: one group alone
            allowed = (heads + more >= 0) & (heads + more <= most)
            best = int(np.argmax(np.where(allowed, (at + more * gradient).min(axis=1), -np.inf)))
            return heads + more * np.eye(groups, dtype=np.int64)[best]
        return low + np.round(found.x[:-1]).astype(np.int64)


def centre(queues: int, kind: str) -> CentreModel:
    """Specialists of each queue, and pairs in a chain or agents of all skills."""
    names = [f"q{k}" for k in range(queues)]
    streams = tuple(SimulatedQueue(name, HANDLE_S, patience=((1.0, PATIENCE_S),)) for name in names)
    groups = [SkillGroup(f"only {name}", (name,), levels=(0,)) for name in names]
    if kind == "chain":
        pairs = [(names[k], names[(k + 1) % queues]) for k in range(queues)]
        groups += [SkillGroup("+".join(pair), pair, levels=(1, 1)) for pair in pairs]
    if kind == "all":
        groups.append(SkillGroup("all", tuple(names), levels=(queues - 1,) * queues))
    return CentreModel(streams, tuple(groups), 1800.0, 1)


def limits(loads: Sequence[float], kind: str, share: float, known: int) -> FloatArray:
    """Most heads of each group: so many of the known heads are flexible, the pairs of a chain like the loads."""
    special = np.full(len(loads), 0.0 if share == 1 else np.inf)
    if kind == "none":
        return special
    flexible = np.inf if share == 1 else share * known
    parts = np.array(loads) / sum(loads) if kind == "chain" else np.ones(1)
    return np.r_[special, np.round(flexible * parts)]


def compared(loads: Sequence[float], kind: str, share: float, known: int | None, calls: float, executor: Executor) -> Row:
    """Ours, its bounds and the optimum of one case."""
    model = centre(len(loads), kind)
    most = limits(loads, kind, share, known or 0)
    expected = np.array(loads)[:, None] * model.slot_s / HANDLE_S
    start = time.perf_counter()
    found = multi_skill_requirement(model, expected, [TARGET] * len(loads), seed=1, most=most, executor=executor)
    seconds = time.perf_counter() - start
    judge = Judge(steady_interval(model, expected, 0), calls, executor)
    ours = judge.margins(found.heads[:, 0])
    best = judge.optimum(found.heads[:, 0], most)
    worst = int(np.argmin(ours.margin))
    return Row(
        loads="/".join(f"{load:g}" for load in loads),
        flexible=f"{share:.0%} {kind}" if share else "none",
        known=known,
        lower=int(found.lower_cost[0]),
        upper=int(min(found.upper_cost[0], 1e6)),
        ours=int(found.heads.sum()),
        optimum=int(best.sum()),
        worst_margin=float(ours.margin[worst, 0]),
        error=float(ours.error[worst, 0]),
        optimum_margin=judge.margins(best).worst,
        seconds=seconds,
    )


def double_counted(executor: Executor) -> dict[str, float]:
    """Two queues of 30 Erlang: what 32 agents reach, who would do if one agent counted in full for both."""
    interval = steady_interval(centre(2, "all"), np.full((2, 1), 30.0 * 1800 / HANDLE_S), 0)
    level = Judge(interval, 1_000_000, executor).margins(np.array([0, 0, 32])).level
    return {"agents": 32, "service_level": float(level.min())}


def surrogate_errors(executor: Executor) -> dict[str, dict[str, float]]:
    """Mean and 95th percentile of the absolute error of estimates of the service level, over 150 staffings run for long."""
    interval = steady_interval(centre(6, "chain"), np.array(UNEQUAL)[:, None] * 1800 / HANDLE_S, 0)
    plan = np.array([66, 41, 30, 21, 13, 8, 10, 7, 6, 4, 3, 6])
    rng = np.random.default_rng(99)
    cases = [varied(interval, plan, rng) for _ in range(150)]

    def level(number: int) -> FloatArray:
        run = cases[number][0].run(cases[number][1], calls=500_000, seed=5000 + number)
        return run.service_levels(axis=(0,))[1:].mean(axis=0)

    truth = np.array(list(executor.map(level, range(len(cases)))))
    surrogate = train([(interval, plan)], seed=1, executor=executor)
    pools = np.array([ndtr(measures(each, heads[None])[0, :, :3]) for each, heads in cases])
    estimates = {"dedicated split": pools[..., 0], "pooled component": pools[..., 1], "one pool": pools[..., 2]}
    estimates["surrogate"] = ndtr(np.array([surrogate.probits(each, heads[None])[0] for each, heads in cases]))
    errors = {name: np.abs(values - truth) for name, values in estimates.items()}
    return {name: {"mae": float(e.mean()), "p95": float(np.quantile(e, 0.95))} for name, e in errors.items()}


def main() -> None:
    """Run, print the tables and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=float, default=4_000_000, help="calls of a big run")
    parser.add_argument("--cases", type=int, help="only so many cases")
    parser.add_argument("--out", type=Path, help="file for the results as JSON")
    options = parser.parse_args()
    cases: list[tuple[Sequence[float], str, float, int | None]] = [((30.0, 30.0), "all", 1.0, 61)]
    cases += [(loads, *kind, known) for loads in (EQUAL, UNEQUAL) for kind, known in zip(KINDS, KNOWN[loads], strict=True)]
    console, table = Console(width=132), Table("loads", "flexible", "fixed share", "lower", "upper", "ours", "optimum", "above")
    for name in ("worst queue", "optimum's", "seconds"):
        table.add_column(name)
    with ThreadPoolExecutor(2) as executor:
        errors, counted = surrogate_errors(executor), double_counted(executor)
        console.print({"absolute error of the service level": errors, "each skill counted in full": counted})
        rows: list[Row] = []
        for case in cases[: options.cases]:
            rows.append(row := compared(*case, options.calls, executor))
            console.print(asdict(row))
    for r in rows:
        numbers = (f"{r.above:+.1%}", f"{r.worst_margin:+.2%} ± {r.error:.2%}", f"{r.optimum_margin:+.2%}", f"{r.seconds:.0f}")
        table.add_row(r.loads, r.flexible, *(str(n) for n in (r.known, r.lower, r.upper, r.ours, r.optimum)), *numbers)
    console.print(table)
    if options.out:
        results = {"rows": [asdict(row) | {"above": row.above} for row in rows], "surrogate": errors, "double_counted": counted}
        options.out.write_text(json.dumps(results, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
