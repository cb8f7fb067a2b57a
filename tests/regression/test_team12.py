"""The team of twelve, solved to the proven optimum, and how far the month search stays from it."""

from datetime import date
from pathlib import Path

import pytest

from api import planning
from data.centres.samples import read_demo, write_sample
from data.exchange.folder import read_folder
from data.model.time import Horizon
from optimizer.rostering.cpsat import solve_exact
from optimizer.rostering.solution import Status
from optimizer.rostering.verify import verify

SECONDS = 120
"""Limit of the proof; it takes a small part of it."""
MONTH_GAP = 0.2
"""The month search may cost so much more than the optimum."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> planning.Planned:
    """Month plan of the sample centre, from its call history."""
    folder: Path = tmp_path_factory.mktemp("team12")
    write_sample("team12", folder)
    centre, demo = read_folder(folder), read_demo(folder)
    horizon = Horizon(zone=centre.centre.zone, first=date(2026, 6, 1), days=28)
    made = planning.forecast(centre, planning.learn(centre), demo.origin, horizon)
    return planning.plan_month(centre, made, planning.require(centre, made), history=centre.history)


def test_the_optimum_is_proved_and_the_month_search_is_close_to_it(planned: planning.Planned) -> None:
    exact = solve_exact(planned.problem, seconds=SECONDS, hint=planned.roster)
    assert exact.status is Status.OPTIMAL
    assert exact.roster is not None
    assert exact.bound == pytest.approx(exact.cost, abs=1e-6)
    assert verify(planned.problem, exact.roster, exact.costs).legal
    assert planned.solution.bound <= exact.cost + 1e-6
    assert exact.cost - 1e-6 <= planned.solution.cost <= exact.cost * (1 + MONTH_GAP)
