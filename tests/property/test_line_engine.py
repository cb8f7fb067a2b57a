"""Random languages against the plain definition of a language, on every line there is."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from language_case import SIZES, all_lines, prices_by_definition, random_language
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.rostering.line import Scratch, best_line, best_value, line_price, new_scratch
from optimizer.rostering.product import LineTables, compile_language
from optimizer.rostering.stretch import settled, stretch_of


@njit
def prices_by_tables(tables: LineTables, lines: IntArray) -> FloatArray:
    return np.array([line_price(tables, line) for line in lines])


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_every_line_and_every_best_line_agree_with_the_definition(seed: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    language, lines = random_language(rng, *size), all_lines(*size)
    price = prices_by_definition(language, lines)
    tables = compile_language(language, *size)
    assert (tables is None) == bool(np.isinf(price).all())
    if tables is None:
        return
    np.testing.assert_allclose(prices_by_tables(tables, lines), price, rtol=1e-12)
    scratch = new_scratch(tables)
    for share in (0.0, 0.2, 0.5):
        cost = np.where(rng.random(size) < share, np.inf, rng.normal(0, 3, size))
        check_best(tables, cost, price + cost[np.arange(size[0]), lines].sum(axis=1), lines, scratch)


def check_best(tables: LineTables, cost: FloatArray, total: FloatArray, lines: IntArray, scratch: Scratch) -> None:
    value, line = best_line(tables, cost, scratch)
    assert best_value(tables, cost, scratch) == value
    if np.isinf(total).all():
        assert value == np.inf
        assert (line == -1).all()
    else:
        np.testing.assert_allclose([value, total[(lines == line).all(axis=1)][0]], total.min(), rtol=1e-12, atol=1e-12)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_frozen_days_leave_the_best_of_the_lines_that_agree_with_them(seed: int) -> None:
    rng, size = np.random.default_rng(seed), (7, 3)
    language, lines = random_language(rng, *size), all_lines(*size)
    tables = compile_language(language, *size)
    if tables is None:
        return
    price = prices_by_definition(language, lines)
    frozen = lines[rng.choice(np.flatnonzero(np.isfinite(price)))]
    cost = rng.normal(0, 3, size)
    for day in range(4):
        cost[day, np.arange(3) != frozen[day]] = np.inf
    check_best(tables, cost, price + cost[np.arange(7), lines].sum(axis=1), lines, new_scratch(tables))


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_on_a_stretch_of_days_lines_cost_as_much_more_than_the_one_that_stands_as_in_the_whole(
    seed: int, size: tuple[int, int]
) -> None:
    rng, days = np.random.default_rng(seed), np.arange(size[0])
    language, lines = random_language(rng, *size), all_lines(*size)
    cost = rng.normal(0, 3, size)
    language = replace(language, cost=cost)
    price = prices_by_definition(language, lines) + cost[days, lines].sum(axis=1)
    if np.isinf(price).all():
        return
    stands = int(rng.choice(np.flatnonzero(np.isfinite(price))))
    first, end = np.sort(rng.choice(size[0] + 1, 2, replace=False)).tolist()
    last = settled(language, lines[stands], end)
    some = (lines == lines[stands])[:, (days < first) | (days >= end)].all(axis=1)
    stretch = stretch_of(language, lines[stands], first, last)
    assert stretch.cost is not None
    assert all(len(set(counter.closes)) == len(counter.closes) for counter in stretch.counters)
    parts = lines[some, first:last]
    ours = prices_by_definition(stretch, parts) + stretch.cost[np.arange(last - first), parts].sum(axis=1)
    there = ours[(parts == lines[stands, first:last]).all(axis=1)]
    np.testing.assert_allclose(ours - there, price[some] - price[stands], rtol=1e-12, atol=1e-9)
