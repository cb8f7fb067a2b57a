"""The weeks of an instance, planned one after the other: each sees the weeks revealed so far, and plans all that are left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.inrc2.evaluator import lines_of
from benchmarks.inrc2.foresight import task_ahead
from benchmarks.inrc2.mapping import Task, static_task
from data.exchange.inrc2 import Assignment, Border, Scenario, Week, file_of, read_history, read_scenario, read_week, scenario_path
from data.model.errors import Finding, InvalidData
from optimizer.rostering.search import SearchParams, solve
from optimizer.rostering.solution import Budget

SATURDAY = 5


@dataclass(frozen=True)
class Instance:
    """A scenario, a history, and the names of weeks that nobody may read before they are revealed.

    Parameters
    ----------
    path : Path
        The scenario.
    weeks : tuple of str
        Numbers of the weeks' files.
    """

    path: Path
    scenario: Scenario
    history: Mapping[str, Border]
    weeks: tuple[str, ...]

    @classmethod
    def open(cls, folder: Path, history: str, weeks: Sequence[str]) -> "Instance":
        """The instance of a folder, its weeks unread.

        Raises
        ------
        InvalidData
            Findings of the scenario or the history, or another number of weeks than the scenario has.
        """
        path = scenario_path(folder)
        scenario = read_scenario(path)
        if len(weeks) != scenario.weeks:
            raise InvalidData([Finding("weeks", None, None, "-".join(weeks), f"{scenario.weeks} weeks, as {path.name} says")])
        return cls(path, scenario, read_history(file_of(path, "H0", history), scenario), tuple(weeks))

    def week(self, stage: int) -> Week:
        """Read the week of a stage."""
        return read_week(file_of(self.path, "WD", self.weeks[stage]), self.scenario)


@dataclass(frozen=True)
class Stage:
    """What one stage planned.

    Parameters
    ----------
    assignments : tuple
        Of each week planned: of one, or of all if all were known.
    seconds : float
        Wall-clock time.
    """

    assignments: tuple[tuple[Assignment, ...], ...]
    seconds: float


def plan_static(instance: Instance, budget: Budget, seed: int) -> Stage:
    """All weeks known, planned at once."""
    began = perf_counter()
    weeks = [instance.week(stage) for stage in range(len(instance.weeks))]
    planned = _planned(static_task(instance.scenario, instance.history, weeks), budget, seed, ())
    return Stage(planned, perf_counter() - began)


def plan_staged(instance: Instance, budget: Budget, seed: int) -> Iterator[Stage]:
    """One week after the other; the budget is that of a week."""
    scenario, borders = instance.scenario, dict(instance.history)
    revealed: list[Week] = []
    ahead: Sequence[Sequence[Assignment]] = ()
    for stage in range(len(instance.weeks)):
        began = perf_counter()
        revealed.append(instance.week(stage))
        task = task_ahead(scenario, borders, revealed, len(instance.weeks) - stage)
        first, *ahead = _planned(task, budget, seed + stage, ahead)
        borders = borders_after(scenario, borders, first)
        yield Stage((first,), perf_counter() - began)


def _planned(task: Task, budget: Budget, seed: int, known: Sequence[Sequence[Assignment]]) -> tuple[tuple[Assignment, ...], ...]:
    """Assignments of all weeks of a task; a plan that is known already is where the search begins."""
    hint = task.roster(known) if known else None
    solution = solve(task.problem, params=SearchParams(seed=seed), budget=budget, hint=hint)
    assert solution.roster is not None
    return tuple(task.assignments(solution.roster, week) for week in range(task.weeks))


def borders_after(scenario: Scenario, borders: Mapping[str, Border], week: Sequence[Assignment]) -> dict[str, Border]:
    """What each nurse brings from a week that was planned."""
    return {nurse: _after(borders[nurse], line) for nurse, line in lines_of(scenario, [week]).items()}


def _after(border: Border, line: Sequence[str | None]) -> Border:
    shift, same, work, off = border.shift, border.same, border.work, border.off
    for today in line:
        work, off = (work + 1, 0) if today else (0, off + 1)
        same = (same + 1 if today == shift else 1) if today else 0
        shift = today
    assignments = border.assignments + sum(today is not None for today in line)
    return Border(assignments, border.weekends + any(line[SATURDAY:]), shift, same, work, off)
