import numpy as np
import pytest

from optimizer.rostering.curves import Curves, envelope, straight


def one(first: float, *bends: tuple[float, float]) -> Curves:
    """Curve of one slot and queue; bends as (agents, step)."""
    where, step = np.array(bends, dtype=np.float64).T[:, None, None, :]
    return Curves(np.array([[first]]), where, step)


def costs(curves: Curves, numbers: range = range(8)) -> list[float]:
    return [float(curves.cost(np.array([[float(n)]]))[0, 0]) for n in numbers]


STEEP = one(-10, (2, 6), (5, 5), (6, 3))
"""Slopes -10, -4, 1 and 4."""


def test_a_straight_cost_is_that_of_the_missing_and_of_those_too_many() -> None:
    curves = straight(np.array([[3.0]]), np.array([10.0]), np.array([2.0]))
    assert costs(curves) == [30, 20, 10, 0, 2, 4, 6, 8]
    assert curves.required == 3
    assert curves.last == 2


def test_a_straight_cost_may_differ_from_slot_to_slot() -> None:
    curves = straight(np.array([[3.0], [3.0]]), np.array([[10.0], [0.0]]), np.array([2.0]))
    assert curves.cost(np.array([[1.0], [1.0]])).ravel().tolist() == [20, 0]


def test_cost_is_nothing_at_the_best_number_and_rises_by_the_slopes() -> None:
    assert costs(STEEP) == [32, 22, 12, 8, 4, 0, 1, 5]
    assert STEEP.required == 5
    assert STEEP.last == 4


def test_the_first_agent_missing_costs_the_last_slope_before_the_best_number() -> None:
    assert STEEP.under == 4
    assert straight(np.array([[3.0]]), np.array([10.0]), np.array([2.0])).under == 10
    assert one(0, (2, 1)).under == 0


def test_a_cost_that_falls_for_ever_requires_nobody() -> None:
    assert one(-3, (2, 1)).required == 0


def test_a_slope_that_is_nothing_but_rounding_is_nothing() -> None:
    assert one(-0.3, (2, 0.1), (4, 0.2 - 1e-16)).required == 4


def test_scaled_curves_are_reached_with_a_share_of_the_agents() -> None:
    assert STEEP.scaled(0.5).required == 2.5
    assert STEEP.scaled(0.5).last == STEEP.last


def test_curves_of_some_slots() -> None:
    curves = straight(np.array([[1.0], [2.0], [3.0]]), np.array([1.0]), np.array([1.0]))
    assert curves.of(slice(1, None)).required.ravel().tolist() == [2, 3]


def test_a_price_of_agents_is_answered_by_the_best_number() -> None:
    numbers = np.arange(12.0)
    for beta in np.linspace(-4, 10, 29):
        least, best = STEEP.conjugate(np.array([[beta]]))
        every = [STEEP.cost(np.array([[n]]))[0, 0] + beta * n for n in numbers]
        assert least[0, 0] == pytest.approx(min(every))
        assert STEEP.cost(best)[0, 0] + beta * best[0, 0] == pytest.approx(min(every))


def test_a_sum_costs_what_its_parts_do_and_forgets_bends_without_a_step() -> None:
    total = STEEP.plus(one(-2, (1, 0), (4, 2), (4, 0)))
    raw = [a + b for a, b in zip(costs(STEEP), costs(one(-2, (4, 2))), strict=True)]
    assert np.diff(costs(total)) == pytest.approx(np.diff(raw))
    assert total.bend.ravel().tolist() == [2, 4, 5, 6]


def test_a_sum_of_nothing_keeps_one_bend() -> None:
    assert one(0, (3, 0)).plus(one(0, (1, 0))).bend.shape == (1, 1, 1)


def test_the_envelope_goes_through_convex_points() -> None:
    points, cost = np.array([[[2, 3, 5, 6]]]), np.array([[[10.0, 6.0, 2.0, 1.0]]])
    assert costs(envelope(points, cost)) == [17, 13, 9, 5, 3, 1, 0, 0]


def test_the_envelope_takes_the_chord_where_points_stand_out() -> None:
    points, cost = np.array([[[0, 1, 2, 3, 4]]]), np.array([[[10.0, 9.5, 8.0, 3.0, 2.0]]])
    assert costs(envelope(points, cost), range(5)) == pytest.approx([8, 17 / 3, 10 / 3, 1, 0])


@pytest.mark.parametrize("seed", range(20))
def test_the_envelope_is_the_lowest_chord_of_random_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, cost = np.cumsum(rng.integers(1, 5, 6)).astype(float), np.sort(rng.uniform(0, 9, 6))[::-1]
    chords = [
        min(np.interp(p, points[[a, b]], cost[[a, b]]) for a in range(k + 1) for b in range(k, 6)) for k, p in enumerate(points)
    ]
    curves = envelope(points[None, None], cost[None, None])
    assert [curves.cost(np.array([[p]]))[0, 0] for p in points] == pytest.approx([c - chords[-1] for c in chords])
    assert (curves.step >= 0).all()
