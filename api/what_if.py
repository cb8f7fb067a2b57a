"""What if: a scenario laid over the forecast, against the published roster, with the echelons that would be called."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from api import planning
from api.planned import Planned, available_agents, foreseen, rest_of
from api.playbooks import Scene
from api.policies import Policies
from data.exchange.folder import CentreFolder
from data.model.base import BoolArray, FloatArray
from data.model.demand import Forecast, Requirement
from data.model.errors import Finding, InvalidData
from data.model.playbook import Playbook
from data.model.response import WarningLadder
from data.model.time import Horizon, TimeGrid
from optimizer.response.warning.warn import Outlook, outlook

TOLD = 0.5
"""Share of the customers told of which the effect is shown (house choice)."""

BY_THE_BOT = 0.45
"""Share of the additional calls ended by the voice bot of which the effect is shown: the most that State Grid reports of
emergencies."""


@dataclass(frozen=True, eq=False)
class Stand:
    """How a roster stands against a forecast, with everybody at the best use under it.

    Parameters
    ----------
    planned : Planned
        The roster against the forecast.
    view : Outlook
        On the grid of the problem.
    """

    planned: Planned
    view: Outlook
    ladder: WarningLadder

    @property
    def requirement(self) -> Requirement:
        """On the grid of the problem."""
        return self.planned.problem.requirement

    @property
    def broken(self) -> BoolArray:
        """Queues and slots at or above the blue chance; shape (queues, slots)."""
        return self.view.chance >= self.ladder.chance[0]

    @property
    def spare(self) -> FloatArray:
        """Agents on the phones beyond the required ones; shape (queues, slots)."""
        return np.where(self.view.live, np.maximum(self.view.on_phones - self.requirement.on_phone, 0.0), 0.0)


@dataclass(frozen=True)
class Saving:
    """What it brings to tell customers, or to let the voice bot answer.

    Parameters
    ----------
    by : str
        notice or deflection.
    share : float
        Of the customers, or of the additional calls.
    agents : int
        Fewer agents on the phones where most are saved.
    hours : float
        Fewer agent-hours on the phones over the days looked at.
    calls : float
        Fewer calls.
    """

    by: str
    share: float
    agents: int
    hours: float
    calls: float


@dataclass(frozen=True)
class Room:
    """What a queue that holds could lend while others break.

    Parameters
    ----------
    least, mean : float
        Agents on the phones beyond those it needs, in the worst of those intervals and on average.
    """

    queue: str
    least: float
    mean: float


@dataclass(frozen=True, eq=False)
class WhatIf:
    """A scenario against a roster.

    Parameters
    ----------
    now : datetime
        When it becomes known.
    usual, struck : Stand
        Without and with it.
    response : Response
        Warnings, and the echelons to call.
    """

    scene: Scene
    now: datetime
    usual: Stand
    struck: Stand
    response: planning.Response
    savings: tuple[Saving, ...]

    @property
    def grid(self) -> TimeGrid:
        """The days looked at."""
        return self.struck.planned.forecast.grid

    @property
    def left(self) -> BoolArray:
        """Queues and slots that stay at or above the blue chance with the echelons; shape as `Stand.broken`."""
        return self.response.call_outs.chances >= self.struck.ladder.chance[0]

    @property
    def rooms(self) -> tuple[Room, ...]:
        """Queues that hold all along, and what they could lend while others break."""
        broken, spare = self.struck.broken, self.struck.spare
        at = broken.any(axis=0)
        holding = [(row, queue) for row, queue in enumerate(self.struck.requirement.queues) if not broken[row].any()]
        return tuple(Room(queue, float(spare[row, at].min()), float(spare[row, at].mean())) for row, queue in holding if at.any())


def what_if(centre: CentreFolder, planned: Planned, scene: Scene, now: datetime, policies: Policies) -> WhatIf:
    """Lay a scenario over the newest forecast of a roster and see what breaks, who could be called, and what remains.

    Parameters
    ----------
    now : datetime
        When it becomes known; nobody is called before.

    Raises
    ------
    InvalidData
        If roster and forecast do not have the days of the scenario.
    """
    plain = known_on(planned, days_of(planned, scene, now), now)
    laid = scene.over(plain)
    usual = _stand(centre, planned, plain, 0.0, policies)
    struck = _stand(centre, planned, laid, scene.book.absent, policies)
    response = planning.respond(struck.planned, now, ladder=policies.warnings, policy=policies.call_outs)
    required = struck.requirement.on(laid.grid)
    return WhatIf(scene, now, usual, struck, response, tuple(_savings(centre, plain, laid, required, scene)))


def days_of(planned: Planned, scene: Scene, now: datetime) -> Horizon:
    """Days of a scenario from the moment it is known to its end, as far as roster and forecast go."""
    rest, made = rest_of(planned, now), planned.forecast.grid.horizon
    first, last = max(rest.first, made.first), min(rest.last, made.last, scene.end.astimezone(rest.start.tzinfo).date())
    if not first <= scene.start.astimezone(rest.start.tzinfo).date() <= min(rest.last, made.last) or last < first:
        expected = f"a time from {first} to {min(rest.last, made.last)}, the days of roster and forecast.csv"
        raise InvalidData([Finding("command line", None, "--at", f"{scene.start:%Y-%m-%d %H:%M}", expected)])
    return Horizon(zone=rest.zone, first=first, days=(last - first).days + 1)


def known_on(planned: Planned, days: Horizon, now: datetime) -> Forecast:
    """The newest forecast on some days, from a moment on."""
    made = planned.forecast.on(TimeGrid(horizon=days, minutes=planned.problem.grid.minutes))
    return replace(made, origin=max(made.origin, now))


def _stand(centre: CentreFolder, planned: Planned, made: Forecast, absent: float, policies: Policies) -> Stand:
    seen = foreseen(planned, made, required(centre, made, absent))
    problem = seen.problem
    queues = [problem.centre.queue(queue) for queue in problem.requirement.queues]
    view = outlook(made.on(problem.grid), problem.requirement, available_agents(seen), queues)
    return Stand(seen, view, policies.warnings)


def required(centre: CentreFolder, made: Forecast, absent: float) -> Requirement:
    """Agents needed for a forecast when more of those rostered do not come than usual.

    Parameters
    ----------
    absent : float
        Share of the agents, beside those usually absent, in [0, 1).
    """
    need = planning.require(centre, made)
    if not absent:
        return need
    lost = 1 - (1 - need.shrinkage) * (1 - absent)
    return replace(need, shrinkage=lost, heads=np.ceil(need.on_phone / (1 - lost) - 1e-9))


def _savings(centre: CentreFolder, plain: Forecast, laid: Forecast, need: Requirement, scene: Scene) -> Iterator[Saving]:
    """What telling more customers, and a better voice bot, would save; nothing where they change nothing."""
    for by, share, book in _told(scene.book):
        made = replace(scene, book=book).over(plain)
        calls = float(laid.mean.sum() - made.mean.sum())
        if calls > 0:
            fewer = (need.on_phone - required(centre, made, book.absent).on_phone).sum(axis=0)
            yield Saving(by, share, int(fewer.max()), float(fewer.sum()) * laid.grid.minutes / 60, calls)


def _told(book: Playbook) -> Iterator[tuple[str, float, Playbook]]:
    yield "notice", TOLD, book.told(notice_coverage=TOLD)
    yield "deflection", BY_THE_BOT, book.told(deflection=BY_THE_BOT)
