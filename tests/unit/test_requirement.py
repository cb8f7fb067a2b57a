from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from data.model.centre import OpeningHours, Queue, ServiceTarget
from data.model.demand import LEVELS, Forecast
from data.model.errors import InvalidData, NotFound
from data.model.time import Horizon, TimeGrid
from optimizer.staffing.explain.requirement import explain
from optimizer.staffing.pool import TARGETS
from optimizer.staffing.queueing import evaluate, least_agents
from optimizer.staffing.requirement import offered_load, require

WEEK = OpeningHours(hours={"mon": ("08:00", "20:00")})
CARE = Queue(id="care", name="Care", project="p", opening=WEEK, handle_time_s=300, patience_s=150, shrinkage=0.3, min_staff=2)
SALES = Queue(
    id="sales", name="Sales", project="p", opening=WEEK, handle_time_s=240, patience_s=90, target=ServiceTarget(threshold_s=10)
)


def forecast(calls=(0.0, 60.0, 600.0, 3.0, 0.0, 0.0), is_open=(True,) * 5 + (False,)):
    """Two queues over the six four-hour slots of one day; the second has half the calls of the first."""
    mean = np.array([calls, np.array(calls) / 2])
    spread = np.linspace(0.5, 1.5, len(LEVELS))
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=1), minutes=240)
    handle = np.array([[300.0], [240.0]]) * np.ones((2, 6))
    return Forecast(
        ("care", "sales"), grid, datetime(2026, 5, 1, tzinfo=UTC), mean, mean[:, :, None] * spread, handle, np.array([is_open] * 2)
    )


def test_requirement_is_least_agents_then_least_staff_then_shrinkage_once():
    made = require(forecast(), [SALES, CARE])
    calls = np.array([0.0, 60, 600, 3, 0, 0])
    wanted = np.maximum(least_agents(calls / 14400, 300, 150, CARE.target)[0], [2, 2, 2, 2, 2, 0])
    assert made.queues == ("care", "sales")
    assert made.on_phone[0].tolist() == wanted.tolist()
    assert made.on_phone[1].tolist() == least_agents(calls / 2 / 14400, 240, 90, SALES.target)[0].tolist()
    assert made.heads[0].tolist() == np.ceil(wanted / 0.7 - 1e-9).tolist()
    assert [TARGETS[k] for k in made.binding[0]] == [
        "min_staff",
        "service_level",
        "service_level",
        "min_staff",
        "min_staff",
        "none",
    ]
    np.testing.assert_array_equal(made.calls, forecast().mean)


def test_closed_slots_need_nobody_even_with_calls_and_least_staff():
    made = require(forecast(calls=(50.0,) * 6, is_open=(True, False, True, False, True, False)), [CARE, SALES])
    assert (made.on_phone > 0).tolist() == [[True, False] * 3] * 2
    assert made.heads[:, 1::2].sum() == made.binding[:, 1::2].sum() == made.calls[:, 1::2].sum() == 0


@pytest.mark.parametrize(
    ("on_phone", "shrinkage", "heads"), [(14, 0.3, 20), (15, 0.3, 22), (40, 0.3, 58), (7, 0.0, 7), (63, 0.1, 70)]
)
def test_shrinkage_rounds_up_once(on_phone, shrinkage, heads):
    queue = CARE.model_copy(update={"min_staff": on_phone, "shrinkage": shrinkage})
    made = require(forecast(calls=(0.0,) * 6), [queue, SALES])
    assert made.heads[0, 0] == heads


@pytest.mark.parametrize("model", ["erlang_a", "erlang_c"])
@pytest.mark.parametrize("load_model", ["stationary", "offered_load"])
def test_curve_runs_from_hopeless_to_nearly_perfect_around_the_agents(model, load_model):
    made = require(forecast(), [CARE, SALES], model=model, load_model=load_model)
    busy = made.calls > 0
    points = made.curve.shape[-1]
    assert (made.curve_first <= np.maximum(made.on_phone - 1, 0)).all()
    assert (made.curve_first + points - 1 > made.on_phone).all()
    assert (np.diff(made.curve, axis=-1) >= 0).all()
    assert (made.curve[busy][:, 0] < 0.05).all()
    assert (made.curve[busy][:, -1] >= 0.995).all()
    assert (made.service(made.on_phone.astype(float))[busy] >= 0.8).all()
    bound = made.binding == TARGETS.index("service_level")
    assert (made.service(made.on_phone - 1.0)[bound] < 0.8).all()
    assert (made.curve[~busy] == 1).all()


def test_curve_agrees_with_the_exact_evaluation():
    made = require(forecast(), [CARE, SALES])
    n = made.curve_first[1, 2] + np.arange(made.curve.shape[-1])
    np.testing.assert_allclose(made.curve[1, 2], evaluate(n, 300 / 14400, 240, 90, 10).service_level, atol=1e-12)


def test_a_narrow_curve_still_holds_the_agents_needed():
    made = require(forecast(calls=(0.0, 2000.0, 90000.0, 3.0, 0.0, 0.0)), [CARE, SALES], points=12)
    above = made.curve_first + 11 - made.on_phone
    assert made.curve.shape[-1] == 12
    assert (above > 0).all()
    assert (made.curve_first[made.on_phone > 1] < made.on_phone[made.on_phone > 1]).all()


def test_never_hanging_up_needs_more_agents():
    patient, impatient = (require(forecast(), [CARE, SALES], model=model).on_phone for model in ("erlang_c", "erlang_a"))
    assert (patient >= impatient).all()
    assert patient.sum() > impatient.sum()


def test_planning_at_a_quantile_of_the_forecast():
    given = forecast()
    median, high, between = (require(given, [CARE, SALES], load=level) for level in (0.5, 0.95, 0.975 - 0.0125))
    np.testing.assert_allclose(median.calls, given.quantiles[:, :, LEVELS.index(0.5)])
    np.testing.assert_allclose(between.calls, given.quantiles[:, :, -2:].mean(axis=-1))
    assert (high.on_phone >= median.on_phone).all()
    assert high.on_phone[0, 2] > median.on_phone[0, 2]
    ends = [require(given, [CARE, SALES], load=level).calls for level in (LEVELS[0], LEVELS[-1])]
    np.testing.assert_allclose(ends[0], given.quantiles[:, :, 0])
    np.testing.assert_allclose(ends[1], given.quantiles[:, :, -1])


def test_offered_load_follows_the_differential_equation():
    calls, handle = np.array([[0.0, 90.0, 30.0, 0.0]]), np.array([[300.0, 300.0, 600.0, 600.0]])
    steps, load, now = 20000, [], 0.0
    for slot in range(4):
        path = []
        for _ in range(steps):
            path.append(now)
            now += 900 / steps * (calls[0, slot] / 900 - now / handle[0, slot])
        load.append(np.mean(path))
    np.testing.assert_allclose(offered_load(calls, handle, 900.0)[0], load, rtol=2e-4)


def test_offered_load_of_a_steady_rate_is_calls_times_handle_time():
    np.testing.assert_allclose(offered_load(np.full((2, 5), 60.0), np.full((2, 5), 300.0), 1800.0), 10.0)


def test_unknown_queues_and_options_are_all_named():
    with pytest.raises(InvalidData) as error:
        require(forecast(), [], load=0.99, points=1)
    assert [finding.read for finding in error.value.findings] == ["'care'", "'sales'", "0.99", "1"]


def test_explanation_shows_numbers_that_a_planner_can_check():
    made = require(forecast(), [CARE, SALES])
    told = explain(made, CARE, 2)
    agents = int(made.on_phone[0, 2])
    assert told.results["load_erlang"] == pytest.approx(600 * 300 / 14400)
    assert told.results["heads"] == np.ceil(agents / 0.7)
    assert told.results["service_level_one_less"] < 0.8 <= told.results["service_level"]
    assert told.binding == "service_level"
    assert told.start == made.grid.index[2]
    for lines in (told.lines, told.lines_zh):
        text = " ".join(lines)
        assert all(number in text for number in ("600.00", "12.500", "150.00", f"{told.results['service_level']:.1%}", "30.0%"))
        assert f"= {made.heads[0, 2]}" in text
    assert "service level" in told.lines[4]
    assert "服务水平" in told.lines_zh[4]


def test_explanation_of_a_quiet_slot_and_of_carried_load():
    made = require(forecast(), [CARE, SALES], load_model="offered_load", model="erlang_c")
    quiet, busy = explain(made, CARE, 4), explain(made, SALES, 1)
    assert (quiet.binding, quiet.results["load_erlang"], quiet.results["service_level"]) == ("min_staff", 0.0, 1.0)
    assert busy.results["planned_load_erlang"] < busy.results["load_erlang"]
    assert busy.inputs["patience_s"] == np.inf
    assert "nobody hangs up" in busy.lines[2]
    assert "run on from slot to slot" in busy.lines[1]


def test_explaining_what_is_not_there():
    made = require(forecast(), [CARE, SALES])
    for queue, slot in ((CARE.model_copy(update={"id": "other"}), 0), (CARE, 6), (CARE, -1)):
        with pytest.raises(NotFound):
            explain(made, queue, slot)


def test_more_calls_never_need_fewer_agents():
    given = forecast(calls=tuple(np.linspace(0, 4000, 6)))
    more = replace(given, mean=given.mean * 1.1)
    assert (require(more, [CARE, SALES]).on_phone >= require(given, [CARE, SALES]).on_phone).all()
