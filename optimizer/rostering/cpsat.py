"""The exact model of a small team, generated from the same rules and goals as the line engine (OR-Tools CP-SAT).

It proves small rosters optimal, and it is the referee of the drivers. All agents of a skill group who work the same shift
share their meals and their queues as whole numbers, so that only the lines are counted one by one.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from data.model.base import FloatArray
from data.model.errors import SolverFailure, VerificationFailed
from data.model.roster import Roster
from optimizer.rostering.cpsat_line import Line, Objective, add_language
from optimizer.rostering.frame import Frame, Lines, frame_of, kept_lines
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_language
from optimizer.rostering.solution import OnProgress, Progress, Solution, Status, keep_going
from optimizer.rostering.verify import TOLERANCE, confirm, verify

STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.OUT_OF_BUDGET,
}

FILL_EFFORT = 5.0
"""Deterministic effort spent on the meals and queues of a hint (house choice)."""
Post = tuple[int, int, int, int]
"""Agents who are alike to coverage: (group, day, symbol, number of the meal they have so far; -1 = none)."""
Heads = cp_model.LinearExpr | int
"""A number of agents."""


@dataclass(frozen=True)
class Model:
    """A roster problem as CP-SAT sees it.

    Parameters
    ----------
    lines : dict
        Line of each agent who has a legal one, by row.
    meals : dict
        How many agents of each post take each meal; one entry where the shift has none.
    scale : int
        What the objective was multiplied by to be whole.
    """

    frame: Frame
    cp: cp_model.CpModel
    lines: dict[int, Line]
    meals: dict[Post, list[cp_model.IntVar]]
    objective: Objective
    scale: int

    def cost(self, objective: float) -> float:
        """What an objective value of the solver means."""
        return objective / self.scale + self.objective.constant


def solve_exact(
    problem: RosterProblem,
    *,
    seconds: float,
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
    bound = model.cost(solver.best_objective_bound)
    costs = _confirmed(model, roster, bound, model.cost(solver.objective_value))
    return Solution(status, roster, costs, bound, solver.wall_time, 0, unplaced)


def _confirmed(model: Model, roster: Roster, bound: float, claimed: float) -> dict[str, float]:
    """Costs as the verifier finds them, for the slacks of a roster that is not proved optimal may be loose."""
    if model.frame.unplaced:
        return verify(model.frame.problem, roster).costs
    costs = confirm(model.frame.problem, roster).costs
    cost, tolerance = sum(costs.values()), TOLERANCE * max(1.0, claimed)
    if not bound - tolerance <= cost <= claimed + tolerance:
        raise VerificationFailed(f"the model claims a cost of {bound} to {claimed}, the verifier finds {cost}")
    return costs


def build(frame: Frame) -> Model:
    """The model of a problem."""
    cp, objective = cp_model.CpModel(), Objective()
    lines: dict[int, Line] = {}
    for a in frame.placeable.tolist():
        agent, context = frame.problem.agents[a], frame.problem.contexts[a]
        language = replace(line_language(frame.problem.binding(agent), context), cost=frame.crew.cost[a])
        lines[a] = add_language(cp, language, np.isfinite(frame.crew.cost[a]), objective)
        _cap_minutes(cp, frame, a, lines[a])
    meals = _add_meals(cp, frame, lines, objective)
    _add_coverage(cp, frame, meals, objective)
    return Model(frame, cp, lines, meals, objective, objective.minimise(cp))


def _cap_minutes(cp: cp_model.CpModel, frame: Frame, a: int, line: Line) -> None:
    """Keep the paid minutes of an agent's open days within their bounds."""
    problem = frame.problem
    if problem.max_line_minutes is not None:
        days = line.x[problem.first_open : problem.end_open]
        minutes = [int(problem.alphabet.paid_minutes[s]) * variable for x in days for s, variable in x.items()]
        least = 0 if problem.min_line_minutes is None else int(problem.min_line_minutes[a])
        cp.add_linear_constraint(sum(minutes), least, int(problem.max_line_minutes[a]))


def _add_meals(
    cp: cp_model.CpModel, frame: Frame, lines: dict[int, Line], objective: Objective
) -> dict[Post, list[cp_model.IntVar]]:
    """How many of each post take each meal, at a price where that moves a known meal; they add up to the agents on the post."""
    posts: dict[Post, list[cp_model.IntVar]] = defaultdict(list)
    for a, line in lines.items():
        for d in range(frame.shape.open_first, frame.shape.open_end):
            for s, variable in line.x[d].items():
                if s >= frame.shape.first_shift:
                    posts[_post(frame, a, d, s)].append(variable)
    meals: dict[Post, list[cp_model.IntVar]] = {}
    for post, members in posts.items():
        meals[post] = [cp.new_int_var(0, len(members), "") for _ in range(max(1, frame.shape.meals[post[2]]))]
        cp.add(sum(meals[post]) == sum(members))
        for number, variable in enumerate(meals[post]):
            objective.add(variable, frame.crew.move_cost if post[3] not in (-1, number) else 0.0)
    return meals


def _post(frame: Frame, a: int, day: int, symbol: int) -> Post:
    known = frame.crew.base_meal[a, day] if frame.crew.base_symbol[a, day] == symbol else -1
    return int(frame.crew.group[a]), day, symbol, int(known)


def _add_coverage(cp: cp_model.CpModel, frame: Frame, meals: dict[Post, list[cp_model.IntVar]], objective: Objective) -> None:
    """Agents of each group to queues; slots with the same staff and the same requirement are one, charged as many times."""
    staff = _staff(frame, meals)
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for t in range(frame.shape.slots):
        who = tuple(tuple(sorted(variable.index for variable in group)) for group in staff[t])
        alike[*frame.required[t].tolist(), *frame.frozen[:, t].tolist(), who].append(t)
    for slots in alike.values():
        t, count, most, single = slots[0], len(slots), len(frame.problem.agents), frame.prices.shape[1] == 1
        here: list[Heads] = [sum(group) + int(fixed) for group, fixed in zip(staff[t], frame.frozen[:, t], strict=True)]
        for q, served in enumerate(_served(cp, frame, here)):
            _charge(cp, objective, served, int(frame.required[t, q]), count * frame.prices[:, q], most, single)


def _served(cp: cp_model.CpModel, frame: Frame, present: list[Heads]) -> list[Heads]:
    """Agents on each queue when those of each group are split over its queues at will."""
    most = len(frame.problem.agents)
    served: list[list[Heads]] = [[] for _ in frame.prices[0]]
    for mask, here in zip(frame.problem.group_mask, present, strict=True):
        queues = np.flatnonzero(mask).tolist()
        split: list[Heads] = [here] if len(queues) == 1 else [cp.new_int_var(0, most, "") for _ in queues]
        if len(queues) > 1:
            cp.add(sum(split) == here)
        for q, share in zip(queues, split, strict=True):
            served[q].append(share)
    return [sum(shares) for shares in served]


def _charge(
    cp: cp_model.CpModel, objective: Objective, served: Heads, required: int, price: FloatArray, most: int, single: bool
) -> None:
    """Under for each agent missing, over for each one beyond.

    With one queue those beyond are those missing plus served less required, and doing without them proved a made-up team of
    twelve in 23 s that was open after 40 s; with two queues the same took small teams from 2 s to over 30 s (one run each).
    """
    under, over = price.tolist()
    missing = cp.new_int_var(0, required, "")
    if single:
        cp.add(missing >= required - served)
        objective.add(missing, under + over)
        objective.add(served, over)
        objective.constant -= over * required
    else:
        beyond = cp.new_int_var(0, most, "")
        cp.add(missing - beyond == required - served)
        objective.add(missing, under)
        objective.add(beyond, over)


def _staff(frame: Frame, meals: dict[Post, list[cp_model.IntVar]]) -> list[list[list[cp_model.IntVar]]]:
    """Variables whose sum is on the phones, for each slot and group."""
    staff: list[list[list[cp_model.IntVar]]] = [[[] for _ in frame.problem.groups] for _ in range(frame.shape.slots)]
    for (group, d, s, _), choices in meals.items():
        for number, variable in enumerate(choices):
            for t in _worked_slots(frame, d, s, number):
                staff[t][group].append(variable)
    return staff


def _worked_slots(frame: Frame, day: int, symbol: int, meal: int) -> list[int]:
    """Slots on the phones of a shift whose meal is the given one of those it offers."""
    shape, shift = frame.shape, frame.problem.alphabet.shifts[symbol - frame.shape.first_shift]
    away = back = 0
    if shift.meal_starts:
        away = int(shape.begin[day, symbol] + shape.away[symbol, meal])
        back = away + int(shape.pause[symbol])
    return [t for t in range(shape.begin[day, symbol], shape.end[day, symbol]) if not away <= t < back]


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
            posts[_post(model.frame, a, d, s)].append(a)
    for post, choices in model.meals.items():
        taken = [number for number, variable in enumerate(choices) for _ in range(solver.value(variable))]
        meal[posts[post], post[1]] = taken if model.frame.shape.meals[post[2]] else -1
    return Lines(symbol, meal)
