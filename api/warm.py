"""Compile the numba kernels once: ``python -m api.warm`` runs every step on the small template, so that later runs start hot.

Numba compiles a cached kernel anew when its own file changes, not when that of a kernel it calls does: the cache is emptied first.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import optimizer
from api import planning
from api.planned import available_agents
from api.problems import problem_of
from api.realised import Candidate, realised
from api.report.gather import paid_hours
from api.simulation import simulated
from data.exchange.folder import CentreFolder, read_folder, write_template
from data.model.demand import Requirement
from data.model.rulebook import GoalSpec
from data.model.shift_demand import ShiftDemand
from data.model.time import Horizon
from optimizer.rostering.search import solve
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
    by_shift(centre, requirement)
    week = planning.adjust_week(month, made, requirement, horizon.first, budget=budget)
    day = planning.tweak_day(week, made, requirement, horizon.start + timedelta(hours=10))
    planning.respond(day, horizon.start)
    realised(centre.centre.queues[0], history, made, Candidate("a", "", "", available_agents(month), paid_hours(month)))
    simulated(centre, month, horizon.model_copy(update={"days": 1}), calls="mean", replications=1, seed=1)


def by_shift(centre: CentreFolder, requirement: Requirement) -> None:
    """A month whose cover is by shift alone."""
    problem = problem_of(centre, requirement, 0, requirement.grid.horizon.days)
    shift, day = centre.centre.shifts[0].code, requirement.grid.horizon.first
    demand = (ShiftDemand(day=day, shift=shift, heads=1, under=1, over=1),)
    rulebook = problem.rulebook.model_copy(update={"goals": (GoalSpec(kind="shift_cover"),)})
    solve(replace(problem, rulebook=rulebook, shift_demand=demand), budget=Budget(rounds=1))


def empty_cache(package: Path) -> None:
    """Remove the compiled kernels of a package."""
    for compiled in package.rglob("*.nb[ic]"):
        compiled.unlink()


if __name__ == "__main__":
    empty_cache(Path(optimizer.__file__).parent)
    with TemporaryDirectory() as name:
        warm(Path(name) / "template")
