"""Compile the numba kernels once: ``python -m api.warm`` runs every step on the small template, so that later runs start hot.

Numba compiles a cached kernel anew when its own file changes, not when that of a kernel it calls does: the cache is emptied first.
"""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import optimizer
from api import planning
from api.realised import Candidate, realised
from api.report.gather import paid_hours
from api.simulate_command import simulated
from data.exchange.folder import read_folder, write_template
from data.model.time import Horizon
from optimizer.rostering.solution import Budget


def warm(folder: Path) -> None:
    """Plan, adjust, tweak, warn and simulate the template, each with the smallest budget; the kernels stay in their cache."""
    write_template(folder)
    centre, budget = read_folder(folder), Budget(sweeps=1, bound_steps=1)
    history = planning.learn(centre)
    horizon = Horizon(zone=centre.centre.zone, first=history.grid.horizon.last - timedelta(days=6), days=7)
    made = planning.forecast(centre, history, horizon.start, horizon)
    requirement = planning.require(centre, made)
    planning.require(centre, made, model="erlang_c")
    planning.require(centre, made, load="expected", load_model="carried")
    month = planning.plan_month(centre, made, requirement, budget=budget)
    week = planning.adjust_week(month, made, requirement, horizon.first, budget=budget)
    day = planning.tweak_day(week, made, requirement, horizon.start + timedelta(hours=10))
    planning.respond(day, horizon.start)
    realised(centre.centre.queues[0], history, made, Candidate("a", "", "", planning.available_agents(month), paid_hours(month)))
    simulated(centre, month, horizon.model_copy(update={"days": 1}), calls="mean", replications=1, seed=1)


def empty_cache(package: Path) -> None:
    """Remove the compiled kernels of a package."""
    for compiled in package.rglob("*.nb[ic]"):
        compiled.unlink()


if __name__ == "__main__":
    empty_cache(Path(optimizer.__file__).parent)
    with TemporaryDirectory() as name:
        warm(Path(name) / "template")
