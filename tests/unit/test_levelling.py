"""Deferred work fills the valleys of the open hours, in time and in the order it came."""

import numpy as np
import pytest

from optimizer.staffing.levelling import level

OPEN = np.ones(6, dtype=np.bool_)


def test_work_fills_the_valley_within_its_due_time() -> None:
    made = level(np.array([4.0, 0, 0, 0, 0, 0]), 4, OPEN, np.array([5.0, 5, 2, 3, 0, 0]))
    np.testing.assert_allclose(made.work, [0, 0, 2.5, 1.5, 0, 0])
    assert made.left == made.late.sum() == 0


def test_work_is_never_done_before_it_comes() -> None:
    made = level(np.array([0.0, 0, 0, 6, 0, 0]), 6, OPEN, np.array([0.0, 0, 0, 4, 4, 4]))
    np.testing.assert_allclose(made.work, [0, 0, 0, 2, 2, 2])


def test_a_due_date_forces_a_peak_and_the_rest_stays_level() -> None:
    made = level(np.array([8.0, 0, 0, 0, 4, 0]), 2, OPEN, np.zeros(6))
    np.testing.assert_allclose(made.work, [4, 4, 0, 0, 2, 2])


def test_closed_slots_are_skipped() -> None:
    is_open = np.array([True, False, False, True, True, False])
    made = level(np.array([3.0, 3, 0, 0, 0, 0]), 5, is_open, np.zeros(6))
    np.testing.assert_allclose(made.work, [2, 0, 0, 2, 2, 0])


def test_what_no_open_slot_takes_in_time_is_done_in_the_first_after_and_told() -> None:
    is_open = np.array([True, False, False, False, True, True])
    made = level(np.array([1.0, 2, 0, 0, 0, 0]), 2, is_open, np.zeros(6))
    np.testing.assert_allclose(made.work, [1, 0, 0, 0, 2, 0])
    np.testing.assert_allclose(made.late, [0, 2, 0, 0, 0, 0])


def test_work_with_no_open_slot_left_is_late_only_if_due_before_the_end() -> None:
    is_open = np.array([True, True, False, False, False, False])
    made = level(np.array([0.0, 0, 2, 0, 0, 3]), 2, is_open, np.zeros(6))
    assert made.work.sum() == 0
    assert made.left == 5
    np.testing.assert_allclose(made.late, [0, 0, 2, 0, 0, 0])


@pytest.mark.parametrize("size", [1, 7])
def test_no_work_needs_nobody(size: int) -> None:
    made = level(np.zeros(size), 3, np.arange(size) > 1, np.ones(size))
    assert made.agents.tolist() == [0] * size
    assert made.late.sum() == made.left == 0


def test_whole_agents_keep_the_sum_and_are_never_behind_the_work() -> None:
    made = level(np.array([7.3, 0, 0, 0, 0, 0]), 6, OPEN, np.zeros(6))
    assert made.agents.sum() == 8
    assert (np.cumsum(made.agents) >= np.cumsum(made.work) - 1e-9).all()
    assert set(made.agents) == {1, 2}


def test_whole_work_needs_exactly_so_many_agents() -> None:
    made = level(np.array([0.1] * 30), 10, np.ones(30, dtype=np.bool_), np.zeros(30))
    assert made.agents.sum() == 3
