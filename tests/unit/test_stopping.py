"""The optimal rule of calling a tier or waiting, against trees, closed forms and simulation of its own model."""

import numpy as np
import pytest
from response_case import queue
from stopping_case import Paths, by_tree, choice, draw, expected_cost, level, played, shortage

from optimizer.response.stopping.lattice import NOW, Choice, Rule, optimal_rule
from optimizer.response.stopping.level import BELIEFS, Level
from optimizer.response.stopping.shortage import Shortage
from optimizer.response.stopping.shortage import shortage as shortage_of


def least(rule: Rule) -> float:
    """Expected cost under the rule."""
    return float(rule.costs[0][..., NOW].min())


@pytest.mark.parametrize("variance", [1e-4, 0.003, 0.05, 0.6])
def test_a_step_on_the_lattice_keeps_mean_and_variance(variance: float) -> None:
    # a level that is seen without noise of its own: its variance falls by what was asked
    calls = variance / (1 - variance)
    model = Level(np.array([np.log(calls)]), np.ones(1), np.zeros(1))
    row = model.transitions(np.array([0, 1]))[0][NOW]
    assert row.min() >= 0
    assert row.sum() == pytest.approx(1)
    assert row @ BELIEFS == pytest.approx(0, abs=1e-12)
    assert row @ BELIEFS**2 == pytest.approx(variance, rel=1e-6)


def test_what_is_known_of_the_level_is_that_of_kalmans_filter() -> None:
    model = level(6, common=0.25, own=0.15)
    paths = draw(model, 40_000, seed=5)
    # a martingale whose variance is what has been learnt
    assert np.abs(paths.beliefs.mean(axis=0)).max() < 4 / np.sqrt(40_000)
    assert paths.beliefs.var(axis=0) == pytest.approx(1 - model.variance[:-1], abs=0.02)


def test_never_calling_costs_the_option_on_a_lognormal() -> None:
    model = level(3)
    case = shortage(model, there=22.0)
    first = Level(model.log_rate, model.common, model.own)
    # of a slot seen from the start, whatever comes between: the level's whole variance
    alone = [
        expected_cost(Shortage(_blind(first), 0, case.knots, case.heads, case.there, case.price), k, 0.0, 0.0) for k in range(3)
    ]
    assert case.never() == pytest.approx(sum(alone), rel=5e-3)


def _blind(model: Level) -> Level:
    """The model to one who sees nothing: the level's spread counts as the slot's own."""
    return Level(model.log_rate, np.zeros(len(model.own)), np.hypot(model.common, model.own))


def test_with_one_decision_the_better_of_two_closed_forms_is_chosen() -> None:
    model = level(1)
    for price in (5.0, 30.0, 60.0):
        case, one = shortage(model, there=20.0), choice((0.0, 6.0), 0, (0.0, price), 1)
        best = min(expected_cost(case, 0, 0.0, 0.0), price + expected_cost(case, 0, 0.0, 6.0))
        assert least(optimal_rule(case, (one,))) == pytest.approx(best, rel=5e-3)


@pytest.mark.parametrize(("there", "common", "price"), [(20.0, 0.3, 40.0), (24.0, 0.4, 30.0), (18.0, 0.1, 60.0)])
def test_a_tree_of_all_that_may_happen_costs_the_same(there: float, common: float, price: float) -> None:
    slots = 3
    case = shortage(level(slots, common=common), there)
    choices = (
        choice((0.0, 3.0, 6.0), 0, (0.0, price, 2 * price), slots),
        choice((0.0, 5.0), 1, (0.0, 0.9 * price), slots),
    )
    assert least(optimal_rule(case, choices)) == pytest.approx(by_tree(case, choices), rel=5e-3)


def test_a_level_that_is_known_leaves_the_best_of_all_plans() -> None:
    """Without uncertainty the tree is a list of plans; calls rise from slot to slot, so that calling late is cheaper."""
    slots = 5
    model = Level(np.log(np.array([80.0, 100.0, 130.0, 150.0, 120.0])), np.zeros(slots), np.zeros(slots))
    case = shortage(model, there=20.0)
    hours = np.arange(slots, 0, -1.0)
    choices = tuple(
        Choice(np.array([0.0, 4.0, 8.0]), np.full(slots, delay), np.where(
            (np.arange(slots) + delay < slots)[:, None], np.outer(hours - delay, [0.0, wage, 2 * wage]), np.inf
        ) * np.array([0.0, 1.0, 1.0]) if delay == 0 else _priced(slots, delay, wage))
        for delay, wage in ((0, 14.0), (2, 9.0))
    )  # fmt: skip
    assert least(optimal_rule(case, choices)) == pytest.approx(by_tree(case, choices, nodes=1), rel=1e-6)


def _priced(slots: int, delay: int, wage: float) -> np.ndarray:
    hours = np.maximum(slots - np.arange(slots) - delay, 0.0)
    price = np.outer(hours, [0.0, wage, 2 * wage])
    price[hours <= 0, 1:] = np.inf
    return price


@pytest.fixture(scope="module")
def drill() -> tuple[Shortage, Choice, Rule, Paths]:
    """Ten slots, one tier of three orders that needs two slots to come; the last six slots are threatened."""
    slots, first = 10, 4
    case = shortage(level(slots, calls=100.0, common=0.25, own=0.1), 23.0, first)
    price = _priced(slots, 2, 4.0)
    one = Choice(np.array([0.0, 4.0, 8.0]), np.full(slots, 2), price)
    return case, one, optimal_rule(case, (one,)), draw(case.level, 60_000, seed=11)


def test_the_rule_costs_in_simulation_what_it_says(drill: tuple[Shortage, Choice, Rule, Paths]) -> None:
    case, one, rule, paths = drill
    cost = played(case, one, paths, lambda k, beliefs, _: followed(rule, k, beliefs))
    assert cost.mean() == pytest.approx(least(rule), abs=4 * cost.std() / np.sqrt(cost.size) + 3e-3 * least(rule))


def test_no_simple_policy_costs_less_on_the_same_days(drill: tuple[Shortage, Choice, Rule, Paths]) -> None:
    case, one, rule, paths = drill
    best = played(case, one, paths, lambda k, beliefs, _: followed(rule, k, beliefs))
    simple = {"never": lambda k, beliefs, _: np.zeros(beliefs.size, np.int64)}
    simple |= {f"{order} at once": _once(0, -np.inf, order) for order in (1, 2)}
    simple |= {
        f"{order} at {k} above {bar}": _once(k, bar, order)
        for order in (1, 2)
        for k in (2, 3, 4, 6)
        for bar in (-0.5, 0.0, 0.5, 1.0)
    }
    for name, policy in simple.items():
        saved = played(case, one, paths, policy) - best
        assert saved.mean() > -3 * saved.std() / np.sqrt(saved.size), name


def _once(moment: int, bar: float, order: int):
    return lambda k, beliefs, _: np.where((k == moment) & (beliefs > bar), order, 0)


def followed(rule: Rule, k: int, beliefs: np.ndarray) -> np.ndarray:
    """Order of the one tier at some beliefs, the costs straight between the points of the lattice."""
    moment = np.flatnonzero(rule.moments == k)
    if not moment.size:
        return np.zeros(beliefs.size, np.int64)
    costs = np.array([np.interp(beliefs, BELIEFS, np.minimum(row, 1e9)) for row in rule.costs[int(moment[0])]])
    return costs.argmin(axis=0)


def test_more_uncertainty_makes_waiting_worth_more() -> None:
    """A call that can wait a slot is put off when what is seen may change it, and not when nothing is learnt."""
    slots = 4
    one = choice((0.0, 6.0), 1, (0.0, 40.0), slots)
    blind, seeing = (shortage(level(slots, common=common, own=own), 19.0, 2) for common, own in ((0.0, 0.3), (0.3, 0.0)))
    worth = [float(np.subtract(*optimal_rule(case, (one,)).costs[0][::-1, NOW])) for case in (blind, seeing)]
    assert worth[0] == pytest.approx(0, abs=1e-9)
    assert worth[1] > 1.0


def test_calls_of_a_threshold_lead_to_its_belief() -> None:
    """If every slot lies off by the same level, Kalman's filter believes what the threshold says."""
    model = level(5, calls=400.0, common=0.2, own=0.05)
    k, belief = 3, 0.8
    off = belief / (1 - model.variance[k])
    noise = model.own**2 + np.exp(-model.log_rate)
    weights = (model.common / noise)[:k]
    mean = (weights * model.common[:k] * off).sum() / (1 + (weights * model.common[:k]).sum())
    assert mean == pytest.approx(belief)
    assert model.calls(k, belief) == pytest.approx(3 * 400.0 * np.exp(0.2 * off))


def test_calls_of_a_level_beyond_all_leave_a_slot_without_part_in_it_where_it_is() -> None:
    own = np.full(2, 0.1)
    assert Level(np.log(np.array([50.0, 60.0])), np.zeros(2), own).calls(2, np.inf) == pytest.approx(110.0)
    apart = Level(np.log(np.array([50.0, 60.0])), np.array([0.0, 0.2]), own)
    assert apart.calls(2, np.inf) == np.inf
    assert apart.calls(2, -np.inf) == pytest.approx(50.0)


def test_heads_are_at_least_the_least_staff_before_shrinkage_and_cost_by_the_hour() -> None:
    quiet, ones = level(2, calls=0.1), np.ones(2)
    staffed = queue("power").model_copy(update={"min_staff": 3})
    made = shortage_of(quiet, 0, staffed, 240 * ones, 0.2 * ones, ones, 30)
    np.testing.assert_allclose(made.heads, 3 / 0.8)
    assert made.price == staffed.under_cost / 2
