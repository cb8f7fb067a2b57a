"""A roster against the days ahead: as they are foreseen now, and as each scenario would have them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from api import forecasting
from api.ahead import foreseen_by
from api.planned import Planned, available_agents, rest_of
from api.stress import pressure
from api.workspace import Workspace
from data.exchange.stress import SCENARIOS_FILE, read_scenarios
from data.model.base import FloatArray
from data.model.centre import Queue
from data.model.demand import CallHistory, Forecast
from data.model.stress import AS_FORECAST, Scenario
from data.model.time import Horizon
from optimizer.response.warning.warn import Outlook, outlook


@dataclass(frozen=True, eq=False)
class Ahead:
    """The roster in force against one foresight.

    Parameters
    ----------
    planned : Planned
        Its requirement and its forecast are those of the scenario.
    staying : array of float, shape (slots,)
        Share of the rostered agents who come.
    """

    scenario: str
    planned: Planned
    staying: FloatArray

    @property
    def made(self) -> Forecast:
        """The forecast on the grid of the roster."""
        return self.planned.forecast.on(self.planned.problem.grid)

    @property
    def queues(self) -> tuple[Queue, ...]:
        """Queues in the order of the requirement."""
        return tuple(self.planned.problem.centre.queue(name) for name in self.planned.problem.requirement.queues)

    def outlook(self) -> Outlook:
        """How each queue and slot stands, agents put to their best use."""
        available = available_agents(self.planned) * self.staying
        return outlook(self.made, self.planned.problem.requirement, available, self.queues)


def scenarios_of(workspace: Workspace) -> dict[str, Scenario]:
    """As forecast, and every scenario of the centre by name."""
    book = read_scenarios(workspace.centre.path / SCENARIOS_FILE, [queue.id for queue in workspace.centre.centre.queues])
    return {AS_FORECAST: Scenario(title="as forecast", title_zh="按预测")} | book.scenarios


def ahead_of(
    workspace: Workspace, history: CallHistory, now: datetime, days: int, scenarios: Mapping[str, Scenario]
) -> Iterator[Ahead]:
    """The roster in force against the next days in each scenario, as it is foreseen now."""
    newest = workspace.newest(now.date())
    rest = rest_of(newest, now)
    horizon = Horizon(zone=rest.zone, first=rest.first, days=min(days, rest.days))
    made = forecasting.forecast_now(workspace.centre, history, now, horizon)
    return (_ahead(workspace, newest, made, name, scenario) for name, scenario in scenarios.items())


def _ahead(workspace: Workspace, planned: Planned, made: Forecast, name: str, scenario: Scenario) -> Ahead:
    times, seconds, absent = pressure(scenario, made, made.handle_time_s, np.zeros(made.grid.horizon.days))
    pressed = replace(made, mean=made.mean * times, quantiles=made.quantiles * times[..., None], handle_time_s=seconds)
    known = foreseen_by(workspace.centre, planned, pressed)
    grid = known.problem.grid
    here, there = grid.overlap(made.grid)
    staying = np.ones(grid.size)
    staying[here] -= absent[made.grid.day_of_slot[there]]
    return Ahead(name, known, staying)
