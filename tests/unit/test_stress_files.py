"""Scenarios in, with all that is wrong at once; broken runs out."""

from datetime import UTC, datetime, time
from pathlib import Path

import pandas as pd
import pytest

from data.exchange.files import read_table
from data.exchange.stress import SCENARIOS_FILE, STRESS, STRESS_FILE, read_scenarios, write_stress
from data.model.errors import InvalidData
from data.model.stress import Broken, Fix, MoreAbsence, Step, Storm, StressBook

QUEUES = ("fault", "ev")


def test_without_a_file_those_of_the_house(tmp_path: Path) -> None:
    book = read_scenarios(tmp_path / SCENARIOS_FILE, QUEUES)
    assert book == StressBook()
    assert {"absence", "handle_time", "volume", "storm", "system_slow"} <= set(book.scenarios)


def test_several_shocks_hold_at_once_and_the_latest_known_tells_the_notice(tmp_path: Path) -> None:
    path = tmp_path / SCENARIOS_FILE
    path.write_text(
        '[scenarios.bad]\ntitle = "bad day"\nshocks = [{kind = "absence", share = 0.1}, '
        '{kind = "storm", at = 15:00:00, times = 3, queues = ["fault"]}]\n',
        encoding="utf-8",
    )
    (scenario,) = read_scenarios(path, QUEUES).scenarios.values()
    absence, storm = scenario.shocks
    assert isinstance(absence, MoreAbsence)
    assert isinstance(storm, Storm)
    assert (absence.share, storm.at, storm.times) == (0.1, time(15), 3)
    assert scenario.notice_minutes == 0


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / SCENARIOS_FILE
    path.write_text(
        '[scenarios.a]\nshocks = [{kind = "absence", share = 1.5}, {kind = "flood"}, {kind = "volume", more = -2, start = "12:00", '
        'end = "10:00"}]\n[scenarios.b]\ntitel = "x"\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidData) as caught:
        read_scenarios(path, QUEUES)
    columns = [finding.column for finding in caught.value.findings]
    assert len(columns) == 5
    assert all(finding.where == SCENARIOS_FILE for finding in caught.value.findings)
    path.write_text('[scenarios.a]\nshocks = [{kind = "volume", more = 1, queues = ["fault", "gas", "oil"]}]\n', encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_scenarios(path, QUEUES)
    assert [finding.read for finding in caught.value.findings] == ["'gas'", "'oil'"]


def test_rows_have_the_fix_or_nothing(tmp_path: Path) -> None:
    start, end = datetime(2026, 6, 1, 9, tzinfo=UTC), datetime(2026, 6, 1, 11, tzinfo=UTC)
    steps = (
        Step("overtime", ("a1", "a2"), ((start, end),) * 2, 120, 3.0, 0.7),
        Step("call_out", ("a3",), ((start, end),), 60, 2.0, 0.4),
    )
    fix = Fix(True, steps, {"pauses": "no_gain", "overtime": "not_enough"}, 2, 0.4, 0.85)
    plain = Broken("storm", "fault", start, end, 0.9, 0.5, 0.8, 3, 12.5, 4, 0.2, 0.1)
    mended = Broken("storm", "ev", start, end, 0.9, 0.5, 0.8, 3, 12.5, 4, 0.2, 0.1, fix)
    write_stress([(plain, "", ""), (mended, "text", "文字")], tmp_path / STRESS_FILE)
    rows = read_table(tmp_path / STRESS_FILE, STRESS).to_dict("records")
    assert rows[0]["fix"] is None
    assert rows[1] | {"start": 0, "end": 0} == rows[1] | {"start": 0, "end": 0, "fix": "overtime;call_out", "fix_cost_hours": 5.0}
    assert (rows[1]["fix_hours"], rows[1]["fix_agents"], rows[1]["cured"]) == (3.0, ("a1", "a2", "a3"), True)
    assert rows[1]["not_by"] == "pauses=no_gain;overtime=not_enough"
    assert pd.read_csv(tmp_path / STRESS_FILE)["missing"].tolist() == [3, 3]
