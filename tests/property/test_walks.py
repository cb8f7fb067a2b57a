"""What a line costs when some of its days change, without walking all of it again: as by the definition of a language."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from language_case import SIZES, all_lines, prices_by_definition, random_language
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.rostering.product import compile_language
from optimizer.rostering.search.teams.walks import Trail, Walks, changed_price, retrace, walks_of


@njit
def begun(walks: Walks, trail: Trail, a: int, line: IntArray) -> float:
    return retrace(walks, trail, a, line, -1, len(line))


@njit
def changed(walks: Walks, trail: Trail, a: int, line: IntArray, new: IntArray, first: int, end: int, price: float) -> float:
    return changed_price(walks, trail, a, line, new, first, end, price)


@njit
def put(walks: Walks, trail: Trail, a: int, line: IntArray, first: int, end: int) -> float:
    return retrace(walks, trail, a, line, first, end)


def new_trail(walks: Walks) -> Trail:
    shape = len(walks.of), int(np.diff(walks.op0).max())
    return Trail(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.zeros(shape))


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_changed_lines_cost_what_the_definition_says_and_leave_the_trail_of_a_whole_walk(seed: int, size: tuple[int, int]) -> None:
    rng, lines = np.random.default_rng(seed), all_lines(*size)
    languages = [random_language(rng, *size) for _ in range(2)]
    prices = [prices_by_definition(language, lines) for language in languages]
    if any(np.isinf(price).all() for price in prices):
        return
    tables = [compile_language(language, *size) for language in languages]
    walks = walks_of([table for table in tables if table is not None], np.array([1, 0]))
    trail = new_trail(walks)
    for a, price in enumerate(reversed(prices)):
        stands = int(rng.choice(np.flatnonzero(np.isfinite(price))))
        np.testing.assert_allclose(begun(walks, trail, a, lines[stands]), price[stands], rtol=1e-12)
        for _ in range(12):
            first, end = np.sort(rng.choice(size[0] + 1, 2, replace=False)).tolist()
            some = np.flatnonzero((lines == lines[stands])[:, np.r_[:first, end : size[0]]].all(axis=1))
            for k in rng.choice(some, 8).tolist():
                ours = changed(walks, trail, a, lines[stands], lines[k], first, end, price[stands])
                np.testing.assert_allclose(ours, price[k], rtol=1e-12, atol=1e-9)
            stands = int(rng.choice(some[np.isfinite(price[some])]))
            put(walks, trail, a, lines[stands], first, end)
            check_trail(walks, trail, a, lines[stands])


def check_trail(walks: Walks, trail: Trail, a: int, line: IntArray) -> None:
    whole = new_trail(walks)
    begun(walks, whole, a, line)
    for ours, anew in zip(trail, whole, strict=True):
        np.testing.assert_allclose(as_floats(ours[a]), as_floats(anew[a]), rtol=1e-12, atol=1e-9)


def as_floats(values: IntArray | FloatArray) -> FloatArray:
    return values.astype(np.float64)
