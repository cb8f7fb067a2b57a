"""The service-risk index: bands, classes, and the map against its cells counted one by one."""

from dataclasses import replace
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from response_case import GRID, at, forecast_of, queue, requirement_of

from data.model.centre import Centre, Project
from data.model.people import Contract
from data.model.risk import BANDS, RiskPolicy
from data.model.risk_register import Treatment
from data.model.roster import ShiftTemplate
from optimizer.response.risk.index import cheapest, risk_cells, weight_of, worst_cells
from optimizer.response.risk.wording import formula
from optimizer.response.warning.warn import Outlook, live_slots, outlook

POLICY = RiskPolicy(sensitivity={"power": 2.0}, scenario_chances={"storm": 0.25})
POWER, BILLS = queue("power"), queue("bills").model_copy(update={"project": "q"})
CENTRE = Centre(
    id="c", name="c", zone="Asia/Shanghai", queues=(POWER, BILLS),
    projects=(Project(id="p", name="p"), Project(id="q", name="q", priority=3)),
    contracts=(Contract(id="c", name="c", shifts=("D",)),),
    shifts=(ShiftTemplate.model_validate({"code": "D", "start": "08:00", "minutes": 480}),),
)  # fmt: skip


def standing() -> tuple[Outlook, object, np.ndarray]:
    """Two queues whose calls rise and fall, with agents who do not always do."""
    hours = np.arange(GRID.size) / 2
    calls = np.stack([60 + 40 * np.sin(hours / 3), np.where(hours % 24 < 8, 0, 30 + 10 * np.cos(hours / 5))])
    made = forecast_of(calls, CENTRE.queues, origin=at(1, 10))
    need = requirement_of(made, CENTRE.queues)
    available = np.maximum(need.on_phone - 2 + np.round(3 * np.cos(hours))[None], 1.0)
    return outlook(made, need, available, CENTRE.queues), need, live_slots(made)


def test_every_cell_is_what_its_intervals_say() -> None:
    view, need, live = standing()
    cells = risk_cells("storm", view, need, CENTRE, POLICY)
    for project, row, weight in (("p", 0, 2.0), ("q", 1, 0.8)):
        mine = {cell.start: cell for cell in cells if cell.project == project}
        worst = [view.chance[row, 2 * hour : 2 * hour + 2].max() for hour in range(72)]
        open_hours = [hour for hour in range(72) if live[row, 2 * hour] or live[row, 2 * hour + 1]]
        assert [at(1, hour) for hour in open_hours] == sorted(mine)
        for hour in open_hours:
            cell, both = mine[at(1, hour)], [2 * hour, 2 * hour + 1]
            lost = sum(view.lost[row, slot] for slot in both)
            wanted = sum(need.on_phone[row, slot] for slot in both if live[row, slot])
            lacking = sum(max(0.0, need.on_phone[row, slot] - view.on_phones[row, slot]) for slot in both if live[row, slot])
            run = 0
            if worst[hour] >= 0.5:
                first = last = hour
                while first and worst[first - 1] >= 0.5:
                    first -= 1
                while last < 71 and worst[last + 1] >= 0.5:
                    last += 1
                run = last - first + 1
            likelihood = 1 + sum(worst[hour] * 0.25 >= step for step in POLICY.chances)
            told = ((lost * weight, POLICY.lost_calls), (lacking / wanted, POLICY.missing_shares), (run, POLICY.hours))
            severity = median(1 + sum(value >= step for step in steps) for value, steps in told)
            assert (cell.likelihood, cell.severity, cell.index) == (likelihood, severity, likelihood * severity)
            assert cell.hours == run
            assert cell.weighted_calls == pytest.approx(lost * weight)
    assert len({cell.severity for cell in cells}) > 2, "the case should not be flat"


def test_the_worst_cell_is_told_with_its_formula() -> None:
    view, need, _ = standing()
    cells = risk_cells("storm", view, need, CENTRE, POLICY)
    worst = worst_cells(cells)
    for (project, scenario), cell in worst.items():
        assert cell.index == max(one.index for one in cells if (one.project, one.scenario) == (project, scenario))
        for tongue in ("en", "zh"):
            told = formula(cell, POLICY, tongue)
            assert f"{cell.index}" in told
            assert f"{cell.weighted_calls:.1f}" in told
            assert f"{cell.weighted_calls:.1f}" in told
    alike = [replace(cells[0], weighted_calls=calls) for calls in (1.0, 5.0, 2.0)]
    assert [cell.weighted_calls for cell in worst_cells(alike).values()] == [5.0], "of equals the one that loses most"


amounts = st.floats(0, 1000)
shares = st.floats(0, 1)


@given(shares, amounts, shares, amounts, shares, amounts, shares, amounts)
def test_the_index_never_falls_when_chance_or_harm_grow(
    chance: float, lost: float, missing: float, hours: float, more: float, lost_more: float, missing_more: float, hours_more: float
) -> None:
    def index(c: float, x: float, m: float, h: float) -> int:
        severity = POLICY.severity(*(np.array([value]) for value in (x, m, h)))[0]
        return int(POLICY.likelihood(np.array([c]))[0] * severity)

    base = index(chance, lost, missing, hours)
    assert index(max(chance, more), lost, missing, hours) >= base
    assert index(chance, lost + lost_more, max(missing, missing_more), hours + hours_more) >= base


def test_bands_cover_the_scale_in_their_order() -> None:
    policy = RiskPolicy()
    bands = [policy.band(index) for index in range(1, policy.likelihoods * policy.severities + 1)]
    assert bands == sorted(bands, key=BANDS.index)
    assert set(bands) == set(BANDS)
    assert [bands.index(band) + 1 for band in BANDS] == [policy.terms(band).at_least for band in BANDS]


def test_a_scale_that_contradicts_itself_is_refused() -> None:
    for wrong in (
        {"chances": (0.5, 0.2)},
        {"hours": (1.0, 2.0)},
        {"high": {"at_least": 3, "tell": "x", "within_hours": 1, "review_days": 1}},
        {"crisis": {"at_least": 26, "tell": "x", "within_hours": 1, "review_days": 1}},
        {"sensitivity": {"power": -1.0}},
        {"scenario_chances": {"storm": 1.5}},
        {"chances": (0.05, 0.2, 0.2, 0.8)},
        {"chances": (0.05, 0.2, 0.5, 1.0)},
        {"hours": (0.0, 2.0, 4.0, 8.0)},
        {"low": {"at_least": 2, "tell": "x", "within_hours": 1, "review_days": 1}},
    ):
        with pytest.raises(ValidationError):
            RiskPolicy.model_validate(wrong)


def test_a_scale_of_three_by_two_is_one_too() -> None:
    policy = RiskPolicy.model_validate(
        {
            "chances": (0.3, 0.6), "lost_calls": (5.0,), "missing_shares": (0.1,), "hours": (2.0,),
            **{
                band: {"at_least": least, "tell": "x", "within_hours": 1, "review_days": 1}
                for band, least in (("low", 1), ("middle", 2), ("high", 4), ("crisis", 6))
            },
        }
    )  # fmt: skip
    assert (policy.likelihoods, policy.severities) == (3, 2)
    assert policy.band(int(policy.likelihood(np.array([0.9]))[0]) * 2) == "crisis"


def test_the_weight_of_a_lost_call_falls_with_the_rank_of_the_project() -> None:
    weights = [weight_of(Project(id="p", name="p", priority=rank), "bills", POLICY) for rank in range(1, 10)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=6))
def test_the_cheapest_bearable_treatment_is_taken(options: list[tuple[float, int, int]]) -> None:
    policy = RiskPolicy()
    told = [Treatment(kind="reduce", cost_hours=cost, likelihood=a, severity=b) for cost, a, b in options]
    taken = told[cheapest(told, policy)]
    bearable = [one for one in told if one.index < policy.high.at_least]
    if bearable:
        assert taken.index < policy.high.at_least
        assert taken.cost_hours == min(one.cost_hours for one in bearable)
    else:
        assert taken.index == min(one.index for one in told)
