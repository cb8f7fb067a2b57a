import numpy as np
import pytest

from data.model.errors import InvalidData
from optimizer.rostering import coverage
from optimizer.rostering.curves import Curves, straight

UNDER, OVER = np.array([10.0]), np.array([2.0])
ANYBODY = np.ones((1, 1), dtype=bool)


def one_queue(heads: float, width: float = 0.0) -> coverage.Flow:
    flow = coverage.new_flow(straight(np.array([[heads]]), UNDER, OVER), ANYBODY)
    return flow._replace(width=np.array([[width]]))


def test_exact_marginals_are_the_two_prices() -> None:
    assert [coverage.marginal(one_queue(3), 0, 0, n) for n in range(5)] == [-10, -10, -10, 2, 2]


def test_exact_marginals_follow_every_bend() -> None:
    curves = Curves(np.array([[-10.0]]), np.array([[[1.0, 3.0, 3.0]]]), np.array([[[4.0, 5.0, 3.0]]]))
    flow = coverage.new_flow(curves, ANYBODY)
    assert [coverage.marginal(flow, 0, 0, n) for n in range(5)] == [-10, -6, -6, 2, 2]


def test_smoothed_marginals_rise_evenly_and_meet_the_prices_outside_the_width() -> None:
    slopes = [coverage.marginal(one_queue(5, width=2.0), 0, 0, n) for n in range(10)]
    assert slopes[:3] == [-10] * 3
    assert slopes[7:] == [2] * 3
    assert np.allclose(np.diff(slopes[3:7]), 3.0)


def test_a_fraction_of_a_head_is_priced_in_proportion() -> None:
    assert coverage.marginal(one_queue(2.25), 0, 0, 2) == pytest.approx(-10 * 0.25 + 2 * 0.75)


def test_smoothing_puts_agents_to_their_best_use_under_the_other_curves() -> None:
    flow = coverage.new_flow(straight(np.array([[2.0, 2.0]]), np.array([10.0, 9.0]), np.ones(2)), np.ones((1, 2), dtype=bool))
    for _ in range(2):
        coverage.add_one(flow, 0, 0)
    assert flow.served.tolist() == [[2, 0]]
    other = straight(np.array([[1.0, 2.0]]), np.array([10.0, 9.0]), np.ones(2))
    smooth = coverage.smoothed(flow, other, np.zeros((1, 2)))
    assert smooth.served.tolist() == [[1, 1]]
    assert (smooth.width == 0).all()


def test_slopes_are_what_one_agent_more_would_save_halfway() -> None:
    flow = one_queue(5, width=2.0)
    for _ in range(5):
        coverage.add_one(flow, 0, 0)
    assert coverage.slopes(flow).tolist() == [[4.0]]


def test_an_agent_of_many_skills_makes_room_for_one_of_few() -> None:
    mask = np.array([[True, True], [True, False]])
    flow = coverage.new_flow(straight(np.array([[1.0, 1.0]]), np.array([10.0, 9.0]), np.ones(2)), mask)
    coverage.add_one(flow, 0, 0)
    assert flow.served.tolist() == [[1, 0]]
    coverage.add_one(flow, 1, 0)
    assert flow.served.tolist() == [[1, 1]]
    coverage.remove_one(flow, 1, 0)
    assert flow.served.tolist() == [[1, 0]]


def test_more_queues_than_bits_are_refused() -> None:
    with pytest.raises(InvalidData, match="63 queues"):
        coverage.new_flow(straight(np.zeros((1, 63)), np.ones(63), np.ones(63)), np.ones((1, 63), dtype=bool))
