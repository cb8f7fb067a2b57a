"""What a report is made of: frames of forecast, coverage and changes, and the page around them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from response_case import GRID, agent, at, forecast_of, queue, requirement_of, roster_of

from api.planned import Planned
from api.report import charts, gather
from api.report.page import _bilingual, _number, _percent
from data.model.centre import Centre
from data.model.demand import CallHistory, Forecast
from data.model.people import Contract
from data.model.response import CapacityWarning, WarningLevel
from data.model.roster import Breach, Change, ShiftTemplate, Verdict
from data.model.rulebook import Rulebook
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.solution import Solution, Status, Unplaced

QUEUES = (queue("power"),)
HOUR = GRID.wall_minute // 60
OPEN = (HOUR >= 8) & (HOUR < 18)


@pytest.fixture(scope="module")
def made() -> Forecast:
    return forecast_of(np.where(OPEN, 20.0, 0.0)[None, :], QUEUES)


@pytest.fixture(scope="module")
def history() -> CallHistory:
    """Every call forecast came and one more, but on the last day, which is not known."""
    offered = np.where(OPEN & (GRID.day_of_slot < 2), 21.0, np.nan)[None, :]
    return CallHistory(("power",), GRID, offered, np.full(offered.shape, np.nan))


@pytest.fixture(scope="module")
def planned(made: Forecast) -> Planned:
    """Two agents, the second day open first, one shift of ten hours a day."""
    shift = ShiftTemplate.model_validate({"code": "D", "start": "08:00", "minutes": 600})
    contract = Contract(id="c", name="C", shifts=("D",))
    centre = Centre(id="c", name="C", zone=GRID.horizon.zone, queues=QUEUES, contracts=(contract,), shifts=(shift,))
    people = (agent("x", echelon=""), agent("y", echelon=""))
    base = roster_of(people, {("x", 1): (8, 10), ("x", 2): (8, 10), ("y", 2): (8, 10), ("y", 3): (8, 9)})
    roster = replace(base, codes=("-", "AL", "D"), version="v007-week")
    problem = RosterProblem(centre, people, GRID, requirement_of(made, QUEUES), Rulebook(id="r"), 1, 3, base=roster, rhythm="week")
    problem = replace(problem, base=replace(roster, codes=("-", "D"), symbol=np.minimum(roster.symbol, 1)))
    solution = Solution(
        Status.FEASIBLE,
        replace(problem.base, version="v007-week"),
        {"goal.coverage": 30.0},
        24.0,
        1.5,
        2,
        (Unplaced("x", "no line"),),
    )
    return Planned(problem, solution, made)


def test_the_fan_holds_open_slots_with_bands_and_what_came(made: Forecast, history: CallHistory) -> None:
    frame = gather.fan_frames(made, history)["power"]
    assert list(frame.columns) == ["timestamp", "mean", "actual", "q025", "q10", "q90", "q975"]
    assert frame["timestamp"].tolist() == list(GRID.index[OPEN])
    assert (frame[["q025", "q10", "q90", "q975"]].diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert frame["actual"].notna().sum() == 40
    assert set(frame["actual"].dropna()) == {21.0}


def test_scores_are_named_rows(made: Forecast, history: CallHistory) -> None:
    rows = gather.score_rows([("month", made), ("week", made)], history)
    assert rows["horizon"].tolist() == ["month", "week"]
    assert rows["queue"].tolist() == ["power", "power"]
    assert rows["bias"].tolist() == pytest.approx([-1 / 21] * 2)
    assert rows["count"].tolist() == [40, 40]


def test_coverage_begins_with_the_first_open_day(planned: Planned) -> None:
    frame = gather.coverage_frames(planned)["power"]
    assert frame["timestamp"].min() == pd.Timestamp(at(2, 8))
    assert len(frame) == 40
    assert frame["rostered"].tolist() == [2.0] * 20 + [1.0] * 18 + [0.0] * 2
    need = planned.problem.requirement.heads[0][OPEN & (GRID.day_of_slot > 0)]
    assert frame["required"].tolist() == need.tolist()
    assert (need > 0).all()


def test_paid_hours_a_day(planned: Planned) -> None:
    assert gather.paid_hours(planned).tolist() == [10, 20, 9]


def test_a_version_row_is_copied_from_the_run(planned: Planned) -> None:
    breach = Breach("r", "x", date(2026, 6, 2), date(2026, 6, 2), 2, 1, 1)
    judged = replace(planned, solution=replace(planned.solution, verdict=Verdict((breach,), (), (), {})))
    row = gather.version_row(judged, "06-01 00:00", 5)
    assert (row.version, row.rhythm, row.made_at) == ("v007-week", "week", "06-01 00:00")
    assert (row.cost, row.bound, row.gap) == (30.0, 24.0, pytest.approx(0.2))
    # 6 above the bound at 20 an agent-hour, on the 29 paid hours of the open days
    assert row.paid_time_gap == pytest.approx(6 / 20 / 29)
    assert (row.changes, row.breaches, row.unplaced, row.seconds) == (5, 1, 1, 1.5)


def test_changes_carry_their_version() -> None:
    change = Change("x", date(2026, 6, 2), "D", "-", "week", "why", -480)
    frame = gather.change_frame([("v2", change)])
    assert frame.to_dict("records") == [
        {
            "version": "v2",
            "agent": "x",
            "day": date(2026, 6, 2),
            "before": "D",
            "after": "-",
            "rhythm": "week",
            "reason": "why",
            "minutes": -480,
        }
    ]
    assert list(gather.change_frame([]).columns) == list(frame.columns)


def test_numbers_as_people_write_them() -> None:
    assert [_percent(share) for share in (0.8049, 1.0, float("nan"))] == ["80.5 %", "100.0 %", "–"]
    assert [_number(12345.6), _number(1.26, 1), _number(float("nan"))] == ["12,346", "1.3", "–"]


def test_both_languages_are_escaped_and_one_may_be_missing() -> None:
    assert str(_bilingual("a < b", "甲")) == '<span class="en">a &lt; b</span><span class="zh">甲</span>'
    assert str(_bilingual("<b>", "")) == '<span class="en">&lt;b&gt;</span><span class="zh">&lt;b&gt;</span>'


def test_closed_nights_take_no_room(made: Forecast, history: CallHistory) -> None:
    breaks = charts._closed(gather.fan_frames(made, history)["power"])
    assert [gap["bounds"] for gap in breaks] == [[f"2026-06-0{d}T18:00:00", f"2026-06-0{d + 1}T08:00:00"] for d in (1, 2)]


def test_charts_carry_their_name_and_no_library(made: Forecast, history: CallHistory, planned: Planned) -> None:
    warning = CapacityWarning(
        "power", WarningLevel.RED, at(1, 8), at(1, 9), at(1, 8), 0.9, 0.8, 2.0, 1.3, 4.0, "gap </script>", "缺口"
    )
    pictures = {
        "fan-power": charts.fan(gather.fan_frames(made, history)["power"], "fan-power"),
        "staffing-power": charts.staffing(gather.coverage_frames(planned)["power"], "staffing-power"),
        "heat-power": charts.heat_map(gather.coverage_frames(planned)["power"], "heat-power"),
        "warning-timeline": charts.warning_timeline((warning,), "warning-timeline"),
    }
    for name, text in pictures.items():
        assert f'id="{name}"' in text
        assert "src=" not in text
        assert text.count("</script>") == 1
