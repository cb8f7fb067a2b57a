"""The exact model of a small team, generated from the same rules and goals as the line engine (OR-Tools CP-SAT).

It proves small rosters optimal, and it is the referee of the drivers.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from ortools.sat.python import cp_model

from data.model.errors import SolverFailure, VerificationFailed
from data.model.roster import Roster
from optimizer.rostering.cpsat_floor import Kinds, Meals, Post, add_floor, add_meals, add_teams
from optimizer.rostering.cpsat_line import Line, Objective, add_language
from optimizer.rostering.frame import Frame, Lines, frame_of, kept_lines
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import OnProgress, Progress, Solution, Status, keep_going
from optimizer.rostering.verify import TOLERANCE, confirm, verify

STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.OUT_OF_BUDGET,
}

MOST_AGENT_DAYS = 350
"""Open days of all agents up to which the exact model is worth its time (house choice; measured in `suits`)."""
FILL_EFFORT = 5.0
"""Deterministic effort spent on the meals and queues of a hint (house choice)."""


@dataclass(frozen=True)
class Model:
    """A roster problem as CP-SAT sees it.

    Parameters
    ----------
    lines : dict
        Line of each agent who has a legal one, by row.
    kinds : Kinds
    meals : dict
        How many agents of each post take each meal; one entry where the shift has none.
    scale : int
        What the objective was multiplied by to be whole.
    """

    frame: Frame
    cp: cp_model.CpModel
    lines: dict[int, Line]
    kinds: Kinds
    meals: Meals
    objective: Objective
    scale: int

    def cost(self, objective: float) -> float:
        """What an objective value of the solver means."""
        return objective / self.scale + self.objective.constant


def suits(problem: RosterProblem) -> bool:
    """Whether the exact model, begun from the roster of the search, is likely to improve or prove it within half a minute.

    Measured on 19 synthetic centres of 5 to 40 agents, 1 to 3 queues, 7 to 28 days and hourly slots, 15 to 20 s each (60 s for
    one) on 2 shared cores: up to 336 agent-days it raised the bound of the search in 13 of 14, proved 6 optimal and found a
    cheaper roster for 3. With 560 or more it proved 1 of 5, improved none, and its bound was the lower one in 3.
    """
    return len(problem.agents) * (problem.end_open - problem.first_open) <= MOST_AGENT_DAYS


def solve_exact(
    problem: RosterProblem,
    *,
    seconds: float = inf,
    effort: float = inf,
    workers: int = 2,
    seed: int = 0,
    hint: Roster | None = None,
    on_progress: OnProgress = keep_going,
) -> Solution:
    """The cheapest roster of all, with its proof if the time suffices.

    With one worker the roster is the same on every run, as long as the time does not run out. Agents without a legal line
    keep the one they have, and what it costs them is not in the bound.

    Parameters
    ----------
    seconds : float
        Wall-clock limit.
    effort : float
        Limit in CP-SAT's deterministic time, two or three seconds each; with one worker it gives the same roster on every machine.
    workers : int
        Threads.
    hint : Roster or None
        Roster of the same agents and days to start from.

    Returns
    -------
    Solution
        Costs are those of `verify`, the bound is the solver's.

    Raises
    ------
    SolverFailure
        CP-SAT refuses the model.
    VerificationFailed
        The roster breaks a rule, or costs something else than the model says.
    """
    model = build(frame_of(problem))
    if hint is not None:
        _hint(model, hint)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.max_deterministic_time = effort
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    listener = _Listener(model, seconds, on_progress)
    code = solver.solve(model.cp, listener)
    if code not in STATUS:
        raise SolverFailure(f"CP-SAT answers {solver.status_name(code)}: {model.cp.validate()}")
    status = Status.CANCELLED if listener.stopped and code != cp_model.OPTIMAL else STATUS[code]
    unplaced = model.frame.unplaced
    if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Solution(status, None, {}, 0.0, solver.wall_time, 0, unplaced)
    roster = model.frame.roster(_lines(model, solver), {"method": "CP-SAT", "seed": str(seed)})
    costs, bound = _confirmed(model, roster, model.cost(solver.best_objective_bound), _claimed(model, solver))
    return Solution(status, roster, costs, bound, solver.wall_time, 0, unplaced)


def _claimed(model: Model, solver: cp_model.CpSolver) -> float:
    """What the model says that its roster costs, at prices that are not rounded."""
    return sum(price * solver.value(number) for number, price in model.objective.terms) + model.objective.constant


def _confirmed(model: Model, roster: Roster, bound: float, claimed: float) -> tuple[dict[str, float], float]:
    """Costs as the verifier finds them, and the bound; what the model leaves loose in a roster that is not proved is dearer there.

    The verifier alone knows what agents without a legal line cost, whatever the others do.
    """
    if model.frame.unplaced:
        costs = verify(model.frame.problem, roster).costs
        return costs, bound + sum(costs.values()) - claimed
    costs = confirm(model.frame.problem, roster).costs
    cost, tolerance = sum(costs.values()), TOLERANCE * max(1.0, abs(claimed))
    if not bound - tolerance <= cost <= claimed + tolerance:
        raise VerificationFailed(f"the model claims a cost of {bound} to {claimed}, the verifier finds {cost}")
    return costs, bound


def build(frame: Frame) -> Model:
    """The model of a problem."""
    cp, objective = cp_model.CpModel(), Objective()
    lines: dict[int, Line] = {}
    for a in frame.placeable.tolist():
        language = replace(frame.languages[frame.said[a]], cost=frame.crew.cost[a])
        lines[a] = add_language(cp, language, np.isfinite(frame.crew.cost[a]), objective)
    kinds = Kinds.of(frame)
    meals = add_meals(cp, frame, kinds, lines, objective)
    add_floor(cp, frame, kinds, meals, objective)
    add_teams(cp, frame, lines, objective)
    return Model(frame, cp, lines, kinds, meals, objective, objective.minimise(cp))


class _Listener(cp_model.CpSolverSolutionCallback):
    """Reports each better roster, and ends the search when told to."""

    def __init__(self, model: Model, seconds: float, on_progress: OnProgress):
        super().__init__()
        self.stopped = False
        self._model, self._limit, self._report = model, seconds, on_progress

    def on_solution_callback(self) -> None:
        """One record for each better roster."""
        cost, bound = self._model.cost(self.objective_value), self._model.cost(self.best_objective_bound)
        if not self._report(Progress("exact", min(1.0, self.wall_time / self._limit), cost, bound, self.wall_time)):
            self.stopped = True
            self.stop_search()


def _hint(model: Model, hint: Roster) -> None:
    """Start from the days of a roster; all else is filled in first, or CP-SAT may not reach it."""
    symbol = kept_lines(model.frame.problem, hint).symbol
    for a, line in model.lines.items():
        for d, x in enumerate(line.x):
            for s, variable in x.items():
                model.cp.add_hint(variable, s == symbol[a, d])
    filler = cp_model.CpSolver()
    filler.parameters.fix_variables_to_their_hinted_value = True
    filler.parameters.num_workers = 1
    filler.parameters.max_deterministic_time = FILL_EFFORT
    if filler.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        model.cp.clear_hints()
        for index in range(len(model.cp.proto.variables)):
            variable = model.cp.get_int_var_from_proto_index(index)
            model.cp.add_hint(variable, filler.value(variable))


def _lines(model: Model, solver: cp_model.CpSolver) -> Lines:
    """The best lines found, the meals of a post dealt out in the order of its agents."""
    symbol, meal = model.frame.kept.symbol.copy(), model.frame.kept.meal.copy()
    posts: dict[Post, list[int]] = defaultdict(list)
    for a, line in model.lines.items():
        for d, x in enumerate(line.x):
            symbol[a, d] = s = next(s for s, variable in x.items() if solver.boolean_value(variable))
            posts[model.kinds.post(model.frame, a, d, s)].append(a)
    for post, choices in model.meals.items():
        taken = [number for number, variable in enumerate(choices) for _ in range(solver.value(variable))]
        meal[posts[post], post[1]] = taken if model.frame.shape.meals[post[2]] else -1
    return Lines(symbol, meal)
