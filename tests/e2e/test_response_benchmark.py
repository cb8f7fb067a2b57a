"""The benchmark of the response measures what it says: a centre twice over, and tables that show the figures given."""

from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
from planner import Told

from api.planned import available_agents
from api.playbooks import Scene
from api.workspace import Workspace
from benchmarks.response.centre import enlarged, everyone_in_reserve
from benchmarks.response.drilled import drill_of
from benchmarks.response.report import drill_section, speed_section
from benchmarks.response.speed import Speed, timed
from data.exchange.playbooks import read_playbooks
from data.model.time import local


def test_a_centre_twice_over_has_twice_everything_and_nobody_twice(month: tuple[Path, Told]) -> None:
    workspace = Workspace.at(month[0])
    planned = workspace.newest()
    twice_workspace, twice = enlarged(workspace, planned, 2)
    names = [agent.id for agent in twice.problem.agents]
    assert len(set(names)) == len(names) == 2 * len(planned.problem.agents)
    assert tuple(names) == twice.roster.agents == tuple(agent.id for agent in twice_workspace.centre.agents)
    assert len(twice.problem.absences) == 2 * len(planned.problem.absences) > 0
    assert {absence.agent for absence in twice.problem.absences} <= set(names)
    assert (available_agents(twice) == 2 * available_agents(planned)).all()
    assert twice.forecast.mean == pytest.approx(2 * planned.forecast.mean)
    assert {agent.echelon for agent in everyone_in_reserve(twice).problem.agents} == {"E1"}


def test_the_least_times_of_some_runs_are_taken_after_one_that_warms_up() -> None:
    runs = list[int]()
    found = timed("step", "size", lambda: runs.append(1), 2.0)
    assert len(runs) == 4
    assert 0 <= found.cpu_s < 1
    assert 0 <= found.wall_s < 1


def test_tables_show_the_figures(month: tuple[Path, Told]) -> None:
    text = speed_section([Speed("warnings", "6 queues", 0.1234, 0.5, 2.0), Speed("register", "all", 0.25, 0.3, None)])
    assert "| warnings | 6 queues | 0.123 | 0.500 | 2 |" in text
    assert "| register | all | 0.250 | 0.300 |  |" in text
    workspace = Workspace.at(month[0])
    centre, book = workspace.centre.centre, read_playbooks(month[0])["typhoon"].sized(1.0, 4000)
    begin = local(date(2026, 6, 10), time(10), centre.zone)
    found = drill_of(workspace, Scene("typhoon", book, centre, begin), begin, 4)
    told = drill_section(found)
    (level,) = (one for one in found["figures"] if one["measure"] == "service_level")
    assert f"{100 * level['without']:.1f} | {100 * level['with_echelons']:.1f}" in told
    assert np.isfinite(level["half_width"])
    assert "4 paired replications" in told
