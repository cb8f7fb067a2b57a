"""What a quarter has come to: service and hours against the month plans alone, changes, wishes, leave, rights, balances, time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from api import planning
from api.planned import Planned
from api.simulation import Trial, simulated
from api.versions import compared
from api.workspace import Workspace
from benchmarks.quarter.walk import Quarter, Step
from data.model.splice import spliced
from data.model.time import Horizon, local

REPLICATIONS = 3
"""Of the simulation with the calls that came."""
BALANCES = ("nights", "weekends", "festivals", "points")


def figures(folder: Path, quarter: Quarter, steps: Sequence[Step]) -> dict[str, Any]:
    """All of it, as JSON holds it."""
    workspace = Workspace.at(folder)
    return {
        "agents": len(workspace.agents),
        "first": str(quarter.first),
        "days": quarter.periods * quarter.days,
        "service": list(_service(workspace, quarter)),
        "changes": _changes(folder, len(workspace.agents), quarter),
        "asked": _asked(folder),
        "balances": _balances(folder),
        "steps": list(_times(steps)),
    }


def _service(workspace: Workspace, quarter: Quarter) -> Iterator[dict[str, Any]]:
    """Each period with its month plan alone, and as it was worked in the end; who was ill is absent in both."""
    zone, history = workspace.centre.centre.zone, planning.learn(workspace.centre)
    heads = {workspace.chain.root(name): name for name in workspace.chain.heads}
    for month, head in heads.items():
        plan, worked = workspace.named(month), workspace.named(head)
        days = Horizon(zone=zone, first=plan.roster.horizon.dates[plan.problem.first_open], days=quarter.days)
        made = planning.forecast(workspace.centre, history, local(days.first, time(0), zone), days)
        plan, worked = replace(plan, forecast=made), replace(worked, forecast=made)
        alone = simulated(workspace.centre, _absent(plan, worked), days, calls="came", replications=REPLICATIONS, seed=1)
        ended = simulated(workspace.centre, worked, days, calls="came", replications=REPLICATIONS, seed=1)
        told = {measure.name: (measure.before, measure.after) for measure in compared(workspace, month, head).measures}
        yield {"first": str(days.first), "alone": _met(alone), "worked": _met(ended), "paid_hours": told["paid hours"]} | {
            "wishes": told["wishes granted"]
        }


def _absent(plan: Planned, worked: Planned) -> Planned:
    """The month plan without those who turned out to be on leave."""
    codes = {absence.code for absence in worked.problem.absences}
    away = np.isin(np.array(worked.roster.codes)[worked.roster.symbol], list(codes))
    return replace(plan, solution=replace(plan.solution, roster=spliced(plan.roster, worked.roster, away)))


def _met(trial: Trial) -> dict[str, float]:
    """Share of the calls in target over all queues, of those abandoned, and of the intervals with calls that met their target."""
    service, levels = trial.ran.service, trial.ran.by_slot()
    calls = service.offered.sum(axis=0)
    known = (calls > 0) & ~np.isnan(levels)
    met = (levels >= trial.targets()[:, None]) & known
    return {
        "service_level": float((np.where(known, levels, 0.0) * calls).sum() / calls[known].sum()),
        "abandoned": float((service.abandon_rates((0, 2)) * calls.sum(axis=1)).sum() / calls.sum()),
        "intervals_met": float(met.sum() / known.sum()),
    }


def _changes(folder: Path, agents: int, quarter: Quarter) -> dict[str, float]:
    """Changed days of agents for each agent and week, by rhythm."""
    rows = pd.read_csv(folder / "changes.csv")
    counts = rows.groupby("rhythm").size() / (agents * quarter.periods * quarter.days / 7)
    return {str(rhythm): float(count) for rhythm, count in counts.items() if rhythm != "month"}


def _asked(folder: Path) -> dict[str, dict[str, int]]:
    """What became of wishes for leave, requests, proposals and claims, and points posted."""
    columns = {"leave_decisions.csv": "outcome", "decisions.csv": "verdict", "proposals.csv": "deed", "rights.csv": "state"}
    found = {
        path.removesuffix(".csv"): _tally(pd.read_csv(folder / path)[column].value_counts())
        for path, column in columns.items()
        if (folder / path).is_file()
    }
    ledger = pd.read_csv(folder / "ledger.csv")
    agents = ledger[ledger["account"].str.startswith("agent:", na=False)]
    return found | {"points": _tally(agents.groupby("reason")["points"].sum())}


def _tally(counts: "pd.Series[int]") -> dict[str, int]:
    return {str(name): int(count) for name, count in counts.items()}


def _balances(folder: Path) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each burden among the agents."""
    rows = pd.read_csv(folder / "fairness_carried.csv")
    return {name: {"mean": float(rows[name].mean()), "sd": float(rows[name].std(ddof=0))} for name in BALANCES if name in rows}


def _times(steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """Each kind of step: how often, and how long, in seconds."""
    for name in dict.fromkeys(step.name for step in steps):
        seconds = [step.seconds for step in steps if step.name == name]
        yield {"step": name, "runs": len(seconds), "median_s": median(seconds), "most_s": max(seconds)}
