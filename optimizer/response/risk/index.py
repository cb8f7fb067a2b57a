"""The map of service risks: likelihood x severity of each project, hour and scenario; and the treatment that pays."""

from collections.abc import Sequence

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Centre, Project
from data.model.demand import Requirement
from data.model.risk import BANDS, RiskCell, RiskPolicy
from data.model.risk_register import Treatment
from optimizer.response.warning.warn import Outlook, instant, runs

HOUR_MINUTES = 60


def risk_cells(scenario: str, view: Outlook, requirement: Requirement, centre: Centre, policy: RiskPolicy) -> tuple[RiskCell, ...]:
    """Every hour of every project in which one of its queues is open, in one scenario.

    Parameters
    ----------
    view : Outlook
        How the queues stand if the scenario holds; its queues and slots are those of `requirement`.

    References
    ----------
    House choice: the index of a four-part risk system is likelihood x severity.
    """
    return tuple(cell for project in centre.projects for cell in _of_project(project, scenario, view, requirement, centre, policy))


def _of_project(
    project: Project, scenario: str, view: Outlook, requirement: Requirement, centre: Centre, policy: RiskPolicy
) -> list[RiskCell]:
    queues = [centre.queue(name) for name in requirement.queues]
    rows = [row for row, queue in enumerate(queues) if queue.project == project.id]
    weight = np.array([weight_of(project, queues[row].id, policy) for row in rows])[:, None]
    per_hour, required = HOUR_MINUTES // requirement.grid.minutes, np.where(view.live, requirement.on_phone, 0)
    lost, weighted = (_hourly(part, per_hour) for part in (view.lost[rows], view.lost[rows] * weight))
    missing, need = (_hourly(part[rows], per_hour) for part in (view.missing * view.live, required))
    chance = view.chance[rows].max(axis=0, initial=0.0).reshape(-1, per_hour).max(axis=1)
    lasting, scenario_chance = _lasting(chance >= policy.lasting_chance), policy.scenario_chances.get(scenario, 1.0)
    share = np.divide(missing, need, out=np.zeros_like(missing), where=need > 0)
    likelihood, severity = policy.likelihood(chance * scenario_chance), policy.severity(weighted, share, lasting)
    return [
        RiskCell(
            project=project.id,
            start=instant(requirement.grid, hour * per_hour),
            end=instant(requirement.grid, (hour + 1) * per_hour),
            scenario=scenario,
            chance=float(chance[hour]),
            scenario_chance=scenario_chance,
            likelihood=int(likelihood[hour]),
            lost_calls=float(lost[hour]),
            weighted_calls=float(weighted[hour]),
            missing_share=float(share[hour]),
            hours=float(lasting[hour]),
            severity=int(severity[hour]),
            index=int(likelihood[hour] * severity[hour]),
            band=policy.band(int(likelihood[hour] * severity[hour])),
        )
        for hour in np.flatnonzero(_hourly(view.live[rows], per_hour)).tolist()
    ]


def weight_of(project: Project, queue: str, policy: RiskPolicy) -> float:
    """What a lost call of a queue weighs."""
    return (1 - policy.priority_step * (project.priority - 1)) * policy.sensitivity.get(queue, 1.0)


def _hourly(values: np.ndarray, per_hour: int) -> FloatArray:
    """Sum over queues and the slots of each hour; shape (hours,)."""
    return values.sum(axis=0, dtype=np.float64).reshape(-1, per_hour).sum(axis=1)


def _lasting(risky: np.ndarray) -> FloatArray:
    """Length of the run of risky hours that each hour lies in, 0 outside of any."""
    hours = np.zeros(risky.size)
    for first, end in runs(risky):
        hours[first:end] = end - first
    return hours


def worst_cells(cells: Sequence[RiskCell]) -> dict[tuple[str, str], RiskCell]:
    """The cell of the highest index (then of most weighted lost calls, then the earliest) of each project and scenario."""
    worst: dict[tuple[str, str], RiskCell] = {}
    for cell in sorted(cells, key=lambda cell: (-cell.index, -cell.weighted_calls, cell.start)):
        worst.setdefault((cell.project, cell.scenario), cell)
    return worst


def cheapest(options: Sequence[Treatment], policy: RiskPolicy) -> int:
    """Place of the cheapest treatment that leaves a bearable risk; if none does, of the one that leaves the lowest index."""

    def rank(place: int) -> tuple[bool, float, float]:
        one = options[place]
        over = BANDS.index(policy.band(one.index)) > BANDS.index(policy.bearable)
        return over, float(one.index) if over else one.cost_hours, one.cost_hours if over else float(one.index)

    return min(range(len(options)), key=rank)
