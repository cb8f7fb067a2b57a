"""The leave auction: as good as trying everything, quotas kept, proved."""

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array

from data.model.base import IntArray
from optimizer.rostering.leave.auction import award


def best_of_all(value: IntArray, load: IntArray, quota: IntArray) -> float:
    takes = np.array(list(product((0, 1), repeat=len(value))))
    return float(max(take @ value for take in takes if (load @ take <= quota).all()))


@pytest.mark.parametrize("seed", range(40))
def test_the_award_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pieces, limits = int(rng.integers(1, 11)), int(rng.integers(1, 8))
    value, load = rng.integers(1, 60, pieces), rng.integers(0, 3, (limits, pieces))
    quota = rng.integers(0, 6, limits)
    found = award(value.astype(np.float64), csr_array(load), quota)
    assert (load @ found.granted <= quota).all()
    assert found.value == found.bound == best_of_all(value, load, quota) == value[found.granted].sum()


def test_where_there_is_room_all_is_granted() -> None:
    found = award(np.array([1.0, 2.5]), csr_array([[1, 1]]), np.array([2]))
    assert found.granted.all()
    assert found.value == found.bound == 3.5


def test_the_same_award_on_every_run() -> None:
    rng = np.random.default_rng(3)
    value, load, quota = (
        rng.integers(1, 4, 200).astype(np.float64),
        csr_array(rng.integers(0, 2, (30, 200))),
        rng.integers(5, 40, 30),
    )
    first, again = award(value, load, quota), award(value, load, quota)
    assert (first.granted == again.granted).all()
