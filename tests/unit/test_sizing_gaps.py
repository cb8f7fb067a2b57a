"""Gaps of scenarios: heads needed at the mean calls of a block less those rostered, and what a call-out reaches of it."""

import numpy as np
import pytest
from response_case import GRID, forecast_of, queue, requirement_of, tier

from data.model.echelon_size import SizingPolicy
from optimizer.response.sizing import Gaps, Season, gaps_of
from optimizer.response.sizing.gaps import block_minutes

POWER, OTHER = queue("power", shrinkage=0.1), queue("other")
POLICY = SizingPolicy(tolerated_share=0.0, deep_share=0.2)
FLAT = np.full((2, GRID.size), 100.0)
REQUIREMENT = requirement_of(forecast_of(FLAT, [POWER, OTHER]), [POWER, OTHER])


def found(calls: np.ndarray, alarms: tuple[tuple[int, int, int, int], ...] = (), **terms: object) -> Gaps:
    tiers = [tier("e1", 1, 30), tier("e2", 2, 120).model_copy(update=terms)]
    return gaps_of(Season(REQUIREMENT, (POWER, OTHER), calls, alarms), tiers, POLICY)


def reached(gaps: Gaps) -> list[tuple[float, ...]]:
    """Each reach that some gap has."""
    return sorted(set(map(tuple, gaps.reach.tolist())))


def test_calls_as_forecast_leave_no_gap_that_a_head_would_not_fill() -> None:
    gaps = found(FLAT[None])
    # heads are rounded up, so that nothing is missing
    assert gaps.hours.size == 0
    assert gaps.days == GRID.horizon.days


def test_more_calls_need_the_heads_of_a_requirement_made_for_them() -> None:
    busy = FLAT.copy()
    busy[0, 16:24] = 150.0
    gaps = found(np.stack([FLAT, busy]))
    more = requirement_of(forecast_of(busy, [POWER, OTHER]), [POWER, OTHER])
    exact = (more.on_phone[0, 16] / 0.9 - REQUIREMENT.heads[0, 16]) * 4.0
    # the hours up to the bend, a fifth of the need, and those beyond it at twice the price
    assert (gaps.scenario.tolist(), gaps.day.tolist()) == ([1, 1], [0, 0])
    assert gaps.price.tolist() == [POWER.under_cost, 2 * POWER.under_cost]
    # straight lines between the knots: within half a head
    assert gaps.hours.sum() == pytest.approx(exact, abs=0.5 * 4 / 0.9)
    assert gaps.reach.tolist() == [[4.0, 4.0]] * 2
    assert gaps.hours[0] == pytest.approx(0.2 * (gaps.hours.sum() + REQUIREMENT.heads[0, 16] * 4.0))


def test_an_outage_is_answered_from_its_start_and_the_notice_on() -> None:
    busy = FLAT.copy()
    busy[0, 16:40] = 150.0
    # from slot 18 on, an hour into the block of 08:00, to slot 30
    gaps = found(busy[None], ((0, 0, 18, 30),))
    assert reached(gaps) == [(2.5, 1.0), (4.0, 4.0)]


def test_a_notice_reaches_into_the_next_block() -> None:
    busy = FLAT.copy()
    busy[0, 16:32] = 150.0
    gaps = found(busy[None], ((0, 0, 23, 30),))
    # 11:30: half an hour's notice leaves nothing of the block, two hours' an hour and a half less of the next
    assert reached(gaps) == [(0.0, 0.0), (4.0, 2.5)]


def test_a_tier_serves_its_queues_alone() -> None:
    busy = np.stack([FLAT, FLAT])
    busy[[0, 1], [0, 1], 16:24] = 150.0
    gaps = found(busy, queues=("other",))
    # the first scenario is short of the one queue, the second of the other
    assert set(zip(gaps.scenario.tolist(), gaps.reach[:, 1].tolist(), strict=True)) == {(0, 0.0), (1, 4.0)}


def test_a_block_is_the_longest_that_every_duty_covers() -> None:
    assert block_minutes([tier("a", longest=240), tier("b", longest=500)], 30) == 240
    assert block_minutes([tier("a", longest=200)], 30) == 180
    assert block_minutes([tier("a", longest=20)], 30) == 30
