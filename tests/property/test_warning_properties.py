"""Laws of warnings: no flapping inside the band, monotone signals give monotone levels, causes add up to the missing heads."""

from itertools import pairwise, permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.model.response import WarningLadder, WarningLevel
from optimizer.response.warning.causes import FACTORS, Drift, shares
from optimizer.response.warning.hysteresis import Held, stepped

LADDER = WarningLadder()
CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=40)
PATIENCE = st.integers(1, 4)


def rung(chance: float, rungs: tuple[float, ...]) -> WarningLevel:
    return WarningLevel(int(np.searchsorted(rungs, chance, side="right")))


def walked(chances: list[float], patience: int, held: Held | None = None) -> list[Held]:
    found = [held or Held()]
    for chance in chances:
        found.append(stepped(found[-1], rung(chance, LADDER.chance), rung(chance, LADDER.staying[0]), patience))
    return found


@given(st.sampled_from([level for level in WarningLevel if level]), st.lists(st.floats(0, 1), max_size=40), PATIENCE)
def test_inside_its_band_a_level_never_moves(level: WarningLevel, places: list[float], patience: int) -> None:
    """The band runs from the rung less its margin up to the next rung."""
    low, high = LADDER.staying[0][level - 1], (*LADDER.chance, 1.0)[level]
    chances = [low + (high - low) * place * 0.999 for place in places]
    assert {held.level for held in walked(chances, patience, Held(level))} == {level}


@given(CHANCES, PATIENCE)
def test_rising_signals_never_lower_and_falling_ones_never_raise(chances: list[float], patience: int) -> None:
    rising = [held.level for held in walked(sorted(chances), patience)]
    assert all(a <= b for a, b in pairwise(rising))
    first = Held(rung(max(chances), LADDER.chance))
    falling = [held.level for held in walked(sorted(chances, reverse=True), patience, first)]
    assert all(a >= b for a, b in pairwise(falling))


@given(CHANCES, PATIENCE)
def test_a_level_is_never_below_its_rung_and_settles_where_it_stays(chances: list[float], patience: int) -> None:
    found = walked(chances, patience)[1:]
    assert all(held.level >= rung(chance, LADDER.chance) for held, chance in zip(found, chances, strict=True))
    last = walked([chances[-1]] * (patience + 1), patience, found[-1])[-1]
    assert last.level <= max(rung(chances[-1], LADDER.staying[0]), rung(chances[-1], LADDER.chance))


HEADS = st.floats(-20, 40).map(lambda heads: round(heads, 2))
NEEDS = arrays(np.float64, (2, 2, 3), elements=st.floats(0, 60).map(round))


@settings(max_examples=50, deadline=None)
@given(NEEDS, arrays(np.float64, 3, elements=st.floats(0, 60)), st.tuples(*[arrays(np.float64, 3, elements=HEADS)] * 3))
def test_causes_add_up_to_the_missing_heads_and_are_means_over_all_orders(
    need: np.ndarray, planned: np.ndarray, lost: tuple[np.ndarray, ...]
) -> None:
    drift = Drift(need, planned, dict(zip(("absence", "leave", "skill_mix"), lost, strict=True)))
    found = shares(drift)
    now = np.maximum(0.0, need[1, 1] - (planned - sum(lost)))
    np.testing.assert_allclose(sum(found.values()), now, atol=1e-9)
    by_order = {cause: np.zeros(3) for cause in FACTORS}
    orders = list(permutations(FACTORS))
    for order in orders:
        for k, cause in enumerate(order):
            by_order[cause] += drift.missing(frozenset(order[: k + 1])) - drift.missing(frozenset(order[:k]))
    for cause in FACTORS:
        np.testing.assert_allclose(found[cause], by_order[cause] / len(orders), atol=1e-9)


def test_what_did_not_change_has_no_share() -> None:
    need = np.full((2, 2, 1), 10.0)
    need[1] += 4
    found = shares(Drift(need, np.array([9.0]), {cause: np.zeros(1) for cause in ("absence", "leave", "skill_mix")}))
    told = {cause: round(float(heads[0]), 9) for cause, heads in found.items() if abs(heads[0]) > 1e-9}
    assert told == {"planned": 1.0, "volume": 4.0}
