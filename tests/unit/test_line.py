"""Tables and kernel of the line engine, and the builders of the rule vocabulary on every short line."""

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby, pairwise, product

import numpy as np
import pytest

from data.model.base import FloatArray, IntArray
from optimizer.rostering.language import (
    FORBIDDEN,
    Automaton,
    Carry,
    Counter,
    Language,
    blocks,
    counter,
    day_cost,
    rest_after,
    run_limit,
    succession,
)
from optimizer.rostering.line import best_line, best_value, line_price, new_scratch
from optimizer.rostering.product import LineTables, TableStore, compile_language, table_key

OFF, EARLY, NIGHT = range(3)
DAYS, SYMBOLS = 7, 3
WORK, NIGHTS, REST = np.array([False, True, True]), np.array([False, False, True]), np.array([True, False, False])
LINES = [np.array(line) for line in product(range(SYMBOLS), repeat=DAYS)]
CHARGED = np.ones(DAYS, dtype=np.bool_)
AFTER_HISTORY = np.arange(DAYS) >= 3


def compiled(language: Language, days: int = DAYS, symbols: int = SYMBOLS) -> LineTables:
    tables = compile_language(language, days, symbols)
    assert tables is not None
    return tables


def cheapest(language: Language, cost: FloatArray) -> tuple[float, IntArray]:
    tables = compiled(language, *cost.shape)
    return best_line(tables, cost, new_scratch(tables))


def assert_prices(language: Language, definition: Callable[[IntArray], float]) -> None:
    tables = compiled(language)
    np.testing.assert_array_equal([line_price(tables, line) for line in LINES], [definition(line) for line in LINES])


@pytest.mark.parametrize("price", [FORBIDDEN, 2.0])
@pytest.mark.parametrize("charged", [CHARGED, AFTER_HISTORY])
def test_succession_charges_each_bad_pair_whose_second_day_is_charged(price: float, charged: IntArray) -> None:
    bad = np.zeros((DAYS, SYMBOLS, SYMBOLS), dtype=np.bool_)
    bad[:, NIGHT, EARLY] = True
    bad[5, EARLY, EARLY] = True

    def definition(line: IntArray) -> float:
        pairs = [(d + 1, a, b) for d, (a, b) in enumerate(pairwise(line))]
        return sum(price for d, a, b in pairs if bad[d, a, b] and charged[d])

    assert_prices(succession(bad, charged, price), definition)


@pytest.mark.parametrize("price", [FORBIDDEN, 2.0])
@pytest.mark.parametrize("longest", [1, 3])
@pytest.mark.parametrize("charged", [CHARGED, AFTER_HISTORY])
def test_run_limit_charges_each_charged_day_beyond_the_longest_run(longest: int, price: float, charged: IntArray) -> None:
    def definition(line: IntArray) -> float:
        late = [d for d in range(longest, DAYS) if WORK[line[d - longest : d + 1]].all()]
        return sum(price for d in late if charged[d])

    assert_prices(run_limit(WORK, longest, charged, price), definition)


@pytest.mark.parametrize("price", [FORBIDDEN, 2.0])
@pytest.mark.parametrize("days_off", [1, 2])
@pytest.mark.parametrize("charged", [CHARGED, AFTER_HISTORY])
def test_rest_after_charges_other_work_while_rest_is_due(days_off: int, price: float, charged: IntArray) -> None:
    def definition(line: IntArray) -> float:
        early = np.flatnonzero(line == EARLY)
        due = [d for d in early if any(line[e] == NIGHT and (line[e + 1 : d] == OFF).all() for e in range(max(d - days_off, 0), d))]
        return sum(price for d in due if charged[d])

    assert_prices(rest_after(NIGHTS, REST, days_off, charged, price), definition)


@pytest.mark.parametrize("price", [FORBIDDEN, 1.5])
def test_counter_charges_each_unit_outside_the_bounds_of_each_period(price: float) -> None:
    weight = np.tile([0, 480, 540], (DAYS, 1))
    periods, low, high = [(0, 3), (4, 7)], [0, 960], [960, 1440]

    def definition(line: IntArray) -> float:
        sums = [weight[0][line[first:end]].sum() for first, end in periods]
        outside = [max(lo - s, 0, s - up) for s, lo, up in zip(sums, low, high, strict=True)]
        return sum(price * out for out in outside if out)

    assert_prices(Language(counters=(counter("minutes", weight, periods, low, high, price),)), definition)


@pytest.mark.parametrize("price", [FORBIDDEN, 4.0])
def test_blocks_count_each_block_with_work_once(price: float) -> None:
    block = np.array([0, 0, -1, 1, -1, 2, 2])

    def definition(line: IntArray) -> float:
        worked = {int(b) for b, symbol in zip(block, line, strict=True) if b >= 0 and WORK[symbol]}
        return price * (len(worked) - 1) if len(worked) > 1 else 0.0

    count = counter("weekends", np.zeros((DAYS, SYMBOLS), dtype=np.int64), [(0, DAYS)], [0], [1], price, emitted=3)
    assert_prices(Language((blocks(WORK, block, "weekends"),), (count,)), definition)


def test_rules_add_up() -> None:
    def definition(line: IntArray) -> float:
        runs = [len(list(run)) for works, run in groupby(WORK[line]) if works]
        nights = int((line == NIGHT).sum())
        return np.inf if nights > 3 else sum(max(run - 2, 0) for run in runs) + 10.0 * max(2 - nights, 0)

    nights = Counter("nights", np.tile(NIGHTS, (DAYS, 1)).astype(np.int64), (DAYS - 1,), np.array([[20.0, 10.0, 0.0, 0.0]]))
    assert_prices(run_limit(WORK, 2, CHARGED, 1.0) + Language(counters=(nights,)), definition)


@pytest.mark.parametrize(("first", "second"), [(EARLY, NIGHT), (NIGHT, EARLY)])
def test_a_tight_cap_never_spills_into_the_next_counter(first: int, second: int) -> None:
    """Whichever counter lies inside: twice its symbol, at -10, must not be read as once the other one, at -3."""
    each = [np.tile(np.arange(SYMBOLS) == symbol, (DAYS, 1)).astype(np.int64) for symbol in (EARLY, NIGHT)]
    language = Language(counters=tuple(counter(f"count {i}", weight, [(0, DAYS)], [0], [1]) for i, weight in enumerate(each)))
    cost = np.zeros((DAYS, SYMBOLS))
    cost[:, first], cost[:, second] = -1.0, -5.0
    cost[1, first], cost[3, second] = -3.0, -6.0
    value, line = cheapest(language, cost)
    assert value == -9.0
    assert line.tolist() == [OFF, first, OFF, second, OFF, OFF, OFF]


def test_a_free_line_takes_the_cheapest_symbol_of_each_day_and_ties_fall_the_same_way() -> None:
    cost = np.array([[1.0, 1.0, 2.0], [3.0, 0.0, 0.0], [-1.0, np.inf, np.inf]])
    value, line = cheapest(Language(), cost)
    assert (value, line.tolist()) == (0.0, [0, 1, 0])
    assert cheapest(Language(), cost)[1].tolist() == line.tolist()


def test_costs_forbid_symbols_and_may_leave_no_line() -> None:
    language = run_limit(WORK, 2, CHARGED)
    cost = np.where(np.arange(DAYS)[:, None] < 3, np.where(REST, np.inf, 1.0), 0.0)
    value, line = cheapest(language, cost)
    assert value == np.inf
    assert line.tolist() == [-1] * DAYS
    tables = compiled(language)
    assert best_value(tables, cost, new_scratch(tables)) == np.inf


def test_day_costs_are_left_to_the_caller() -> None:
    mask = day_cost(np.tile(REST, (DAYS, 1)))
    language = run_limit(WORK, 2, CHARGED) + mask
    assert table_key(language) == table_key(run_limit(WORK, 2, CHARGED))
    assert line_price(compiled(language), np.full(DAYS, OFF)) == 0.0
    assert mask.cost is not None
    assert cheapest(language, mask.cost - 1.0)[1].tolist() == [OFF] * DAYS


def test_an_impossible_language_has_no_tables() -> None:
    every_day = np.ones((DAYS, SYMBOLS), dtype=np.int64)
    too_many = Language(counters=(counter("days", every_day, [(0, DAYS)], [0], [DAYS - 1]),))
    dead_end = Language((Automaton(np.full((1, 1, 3), -1), np.zeros((1, 1, 3)), np.zeros(DAYS, dtype=np.int64), np.zeros(1)),))
    no_end = Language(
        (Automaton(np.zeros((1, 1, 3), dtype=np.int64), np.zeros((1, 1, 3)), np.zeros(DAYS, dtype=np.int64), np.array([np.inf])),)
    )
    unpayable = Language(counters=(Counter("days", every_day, (3,), np.full((1, 9), np.inf)),))
    for language in (too_many, dead_end, no_end, unpayable, dead_end + no_end):
        assert compile_language(language, DAYS, SYMBOLS) is None


def test_counts_are_kept_in_their_common_unit_and_dropped_without_effect() -> None:
    minutes = np.tile([0, 480, 480], (DAYS, 1))
    month = counter("minutes", minutes, [(0, DAYS)], [960], [2400])
    loose = counter("loose", minutes, [(0, DAYS)], [0], [DAYS * 480])
    assert compiled(Language(counters=(month,))).cells == 6
    assert compiled(Language(counters=(loose,))).cells == 1


def test_days_after_the_last_closing_are_free() -> None:
    count = Counter("days", np.ones((DAYS, SYMBOLS), dtype=np.int64), (1,), np.array([[0.0, 0.0, 3.0]]))
    feeder = Automaton(
        np.zeros((1, 1, SYMBOLS), dtype=np.int64),
        np.zeros((1, 1, SYMBOLS)),
        np.zeros(DAYS, dtype=np.int64),
        np.zeros(1),
        emit=np.zeros((1, 1, SYMBOLS), dtype=np.int64),
        counter="days",
    )
    assert line_price(compiled(Language((feeder,), (count,))), np.zeros(DAYS, dtype=np.int64)) == 3.0


WORKED = np.tile(WORK, (DAYS, 1)).astype(np.int64)


def test_a_start_counts_into_the_first_period_only() -> None:
    """One night short of the cap before the plan: the first period allows one more, the second two."""
    nights = Counter("nights", np.tile(NIGHTS, (DAYS, 1)).astype(np.int64), (3, 6), np.zeros((2, 3)), start=1)

    def definition(line: IntArray) -> float:
        return 0.0 if (line[:4] == NIGHT).sum() <= 1 and (line[4:] == NIGHT).sum() <= 2 else np.inf

    assert_prices(Language(counters=(nights,)), definition)


def test_a_start_that_is_no_multiple_of_the_unit_keeps_its_remainder() -> None:
    price = np.tile(np.arange(1501.0), (2, 1))
    month = Counter("minutes", 480 * WORKED, (3, 6), price, start=100)

    def definition(line: IntArray) -> float:
        first, second = 100 + 480 * WORK[line[:4]].sum(), 480 * WORK[line[4:]].sum()
        return float(first + second) if max(first, second) <= 1500 else np.inf

    assert_prices(Language(counters=(month,)), definition)
    assert compiled(Language(counters=(month,))).cells == 4


def test_a_start_above_the_cap_leaves_no_line() -> None:
    full = Counter("days", 0 * WORKED, (3,), np.zeros((1, 3)), start=3)
    assert compile_language(Language(counters=(full,)), DAYS, SYMBOLS) is None


@pytest.mark.parametrize("order", [1, -1])
def test_a_carry_arrives_before_the_close_of_the_same_day(order: int) -> None:
    """Days beyond two in a half week are overtime, at most two of them in all, whichever counter is named first."""
    overtime = np.maximum(np.arange(5) - 2, 0)
    half = Counter("half", WORKED, (2, 6), np.zeros((2, 5)), carry=Carry("month", np.stack([overtime, overtime])))
    month = Counter("month", 0 * WORKED, (6,), np.array([[0.0, 1.0, 4.0]]))

    def definition(line: IntArray) -> float:
        over = max(WORK[line[:3]].sum() - 2, 0) + max(WORK[line[3:]].sum() - 2, 0)
        return [0.0, 1.0, 4.0, np.inf][over]

    assert_prices(Language(counters=(half, month)[::order]), definition)


def test_a_carry_falls_into_the_period_that_holds_its_day_and_is_lost_after_the_last() -> None:
    each = Counter("each", WORKED, (0, 1, 2, 5), np.zeros((4, 4)), carry=Carry("sum", np.tile([0, 1, 2, 3], (4, 1))))
    total = Counter("sum", 0 * WORKED, (1, 4), np.array([[0.0, 1.0, 9.0], [0.0, 2.0, 9.0]]))

    def definition(line: IntArray) -> float:
        return [0.0, 1.0, 9.0][WORK[line[:2]].sum()] + [0.0, 2.0][int(WORK[line[2]])]

    assert_prices(Language(counters=(total, each)), definition)


def test_a_counter_is_dropped_only_if_what_it_carries_is_without_effect() -> None:
    free = Counter("free", WORKED, (6,), np.zeros((1, 8)), carry=Carry("sum", np.arange(8)[None]))
    for price, cells in ((np.zeros((1, 8)), 1), (np.arange(8.0)[None], 64)):
        assert compiled(Language(counters=(free, Counter("sum", 0 * WORKED, (6,), price)))).cells == cells


def test_counters_must_have_their_own_names_and_exist() -> None:
    days = Counter("days", np.ones((DAYS, SYMBOLS), dtype=np.int64), (1,), np.zeros((1, 3)))
    weekends = Language((blocks(WORK, np.zeros(DAYS, dtype=np.int64), "weekends"),))
    lost = replace(days, carry=Carry("nowhere", np.zeros((1, 3), dtype=np.int64)))
    for language in (Language(counters=(days, days)), Language(counters=(lost,)), weekends):
        with pytest.raises(ValueError, match="distinct names"):
            compile_language(language, DAYS, SYMBOLS)


def test_carries_do_not_run_in_a_circle() -> None:
    nothing = np.zeros((1, 3), dtype=np.int64)
    pair = tuple(Counter(a, WORKED, (1,), np.zeros((1, 3)), carry=Carry(b, nothing)) for a, b in ("ab", "ba"))
    with pytest.raises(ValueError, match="cycle"):
        compile_language(Language(counters=pair), DAYS, SYMBOLS)


def test_a_store_compiles_equal_languages_once() -> None:
    store = TableStore()
    first, again = (store.get(run_limit(WORK, 2, CHARGED), DAYS, SYMBOLS) for _ in range(2))
    other = store.get(run_limit(WORK, 3, CHARGED), DAYS, SYMBOLS)
    assert first is again
    assert other is not first


def test_every_part_of_a_language_enters_its_key() -> None:
    weight = np.ones((DAYS, SYMBOLS), dtype=np.int64)
    variants = [
        Language(),
        run_limit(WORK, 2, CHARGED),
        run_limit(WORK, 2, CHARGED, 1.0),
        run_limit(WORK, 2, AFTER_HISTORY, 1.0),
        run_limit(NIGHTS, 2, CHARGED),
        Language(counters=(Counter("a", weight, (3,), np.zeros((1, 8))),)),
        Language(counters=(Counter("a", weight, (4,), np.zeros((1, 8))),)),
        Language(counters=(Counter("a", weight, (3,), np.ones((1, 8))),)),
        Language(counters=(Counter("a", 2 * weight, (3,), np.zeros((1, 8))),)),
        Language(counters=(Counter("a", weight, (3,), np.zeros((1, 8)), 1),)),
        Language(counters=(Counter("a", weight, (3,), np.zeros((1, 8)), 0, Carry("b", np.zeros((1, 8), dtype=np.int64))),)),
        Language(counters=(Counter("a", weight, (3,), np.zeros((1, 8)), 0, Carry("b", np.ones((1, 8), dtype=np.int64))),)),
        Language(counters=(Counter("a", weight, (3,), np.zeros((1, 8)), 0, Carry("c", np.ones((1, 8), dtype=np.int64))),)),
        Language((blocks(WORK, np.zeros(DAYS, dtype=np.int64), "a"),), (Counter("a", weight, (3,), np.zeros((1, 8))),)),
    ]
    assert len({table_key(language) for language in variants}) == len(variants)


def test_scratch_grows_and_serves_smaller_tables() -> None:
    small, large = compiled(Language()), compiled(rest_after(NIGHTS, REST, 2, CHARGED))
    scratch = new_scratch(small)
    assert new_scratch(small, scratch) is scratch
    grown = new_scratch(large, scratch)
    assert grown is not scratch
    assert new_scratch(small, grown) is grown
    cost = np.arange(DAYS * SYMBOLS, dtype=np.float64).reshape(DAYS, SYMBOLS) % 5
    assert best_value(small, cost, grown) == cost.min(axis=1).sum()
