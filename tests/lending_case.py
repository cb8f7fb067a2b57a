"""A small centre of three projects for the tests of lending: who has spare agents, who lacks them, who would lend."""

from datetime import datetime

import numpy as np
from response_case import GRID, agent, at, forecast_of, queue, requirement_of, roster_of

from data.model.base import FloatArray
from data.model.centre import Centre, LendingTerms, Project
from data.model.loan import LendPolicy, Loan
from data.model.people import Contract
from data.model.roster import ShiftTemplate
from data.model.rulebook import Rulebook
from optimizer.response.lending.orders import LendCase
from optimizer.rostering.problem import RosterProblem

NAMES = ("power", "cars", "bills")
QUEUES = tuple(queue(name).model_copy(update={"project": name}) for name in NAMES)
DAY = ShiftTemplate.model_validate({"code": "D", "start": "08:00", "minutes": 480})


def centre_of(terms: dict[str, LendingTerms]) -> Centre:
    return Centre(
        id="c", name="c", zone="Asia/Shanghai", queues=QUEUES, contracts=(Contract(id="c", name="c", shifts=("D",)),),
        shifts=(DAY,),
        projects=tuple(Project(id=name, name=name, lending=terms.get(name, LendingTerms(consent="standing"))) for name in NAMES),
    )  # fmt: skip


def case_of(
    skills: list[tuple[str, ...]],
    calls: tuple[float, float, float],
    *,
    hours: list[tuple[float, float]] | None = None,
    terms: dict[str, LendingTerms] | None = None,
    policy: LendPolicy | None = None,
    now: datetime | None = None,
    taken: tuple[Loan, ...] = (),
) -> LendCase:
    """Agents ``a0, a1 ...`` with shifts on 1 June (8 to 16 o'clock unless `hours` says ``(first, hours)``), calls a half-hour."""
    centre = centre_of(terms or {})
    agents = tuple(agent(f"a{k:03d}", skills=held) for k, held in enumerate(skills))
    spans = hours or [(8.0, 8.0)] * len(agents)
    roster = roster_of(agents, {(one.id, 1): span for one, span in zip(agents, spans, strict=True)})
    slot = np.arange(GRID.size)
    shape: FloatArray = np.where((slot >= 16) & (slot < 32), 1.0, 0.0)
    made = forecast_of(np.array(calls)[:, None] * shape[None], QUEUES, origin=at(1, 0))
    problem = RosterProblem(centre, agents, GRID, requirement_of(made, QUEUES), Rulebook(id="none"), 0, GRID.horizon.days)
    return LendCase(problem, roster, made, np.ones(GRID.size), now or at(1, 7), policy or LendPolicy(), taken)
