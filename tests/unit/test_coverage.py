import numpy as np
import pytest

from data.model.errors import InvalidData
from optimizer.rostering import coverage


def one_queue(heads: int, width: float = 0.0) -> coverage.Flow:
    flow = coverage.new_flow(np.array([[float(heads)]]), np.array([[10.0], [2.0]]), np.ones((1, 1), dtype=bool))
    return flow._replace(width=np.array([[width]]))


def test_exact_marginals_are_the_two_prices() -> None:
    flow = one_queue(3)
    assert [coverage.marginal(flow, 0, 0, n) for n in range(5)] == [-10, -10, -10, 2, 2]


def test_smoothed_marginals_rise_evenly_and_meet_the_prices_outside_the_width() -> None:
    slopes = [coverage.marginal(one_queue(5, width=2.0), 0, 0, n) for n in range(10)]
    assert slopes[:3] == [-10] * 3
    assert slopes[7:] == [2] * 3
    assert np.allclose(np.diff(slopes[3:7]), 3.0)


def test_a_fraction_of_a_head_is_priced_in_proportion() -> None:
    flow = coverage.new_flow(np.array([[2.25]]), np.array([[10.0], [2.0]]), np.ones((1, 1), dtype=bool))
    assert coverage.marginal(flow, 0, 0, 2) == pytest.approx(-10 * 0.25 + 2 * 0.75)


def test_the_width_follows_the_square_root_of_the_requirement() -> None:
    flow = coverage.new_flow(np.array([[16.0], [4.0], [0.0]]), np.ones((2, 1)), np.ones((1, 1), dtype=bool))
    assert coverage.smoothed(flow, 3.0).width.ravel().tolist() == [3.0, 1.5, 0.0]


def test_an_agent_of_many_skills_makes_room_for_one_of_few() -> None:
    mask = np.array([[True, True], [True, False]])
    flow = coverage.new_flow(np.array([[1.0, 1.0]]), np.array([[10.0, 9.0], [1.0, 1.0]]), mask)
    parent = np.empty(2, dtype=np.int64)
    coverage.add(flow, 0, 0, parent)
    assert flow.served.tolist() == [[1, 0]]
    coverage.add(flow, 1, 0, parent)
    assert flow.served.tolist() == [[1, 1]]
    coverage.remove(flow, 1, 0, parent)
    assert flow.served.tolist() == [[1, 0]]


def test_more_queues_than_bits_are_refused() -> None:
    with pytest.raises(InvalidData, match="63 queues"):
        coverage.new_flow(np.zeros((1, 63)), np.ones((2, 63)), np.ones((1, 63), dtype=bool))
