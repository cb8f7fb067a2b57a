"""Column generation: its bound against every line there is, with everyone free and with some fixed."""

import numpy as np
import pytest
from team_case import Tiny, best_of, placeable_team

from optimizer.rostering.search.teams import pricing
from optimizer.rostering.search.teams.columns import clipped, generate
from optimizer.rostering.search.teams.master import Master


def begun(tiny: Tiny) -> Master:
    """A master with one line for each agent, the dearest."""
    master = Master(tiny.team, tiny.problem.idle)
    for a in range(len(tiny.price)):
        mine = [column for column in tiny.columns if column[0] == a]
        master.add(*max(mine, key=lambda column: column[2]))
    return master


def always() -> bool:
    return True


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_meets_the_best_mixture(seed: int) -> None:
    tiny = placeable_team(np.random.default_rng(seed))
    found = generate(begun(tiny), tiny.pricer(), always, close=1e-7)
    mixture, optimum = tiny.optimum(whole=False), tiny.optimum(whole=True)
    assert found.done
    assert found.bound <= mixture + 1e-6
    assert found.bound == pytest.approx(mixture, abs=1e-4)
    assert found.relaxed.cost == pytest.approx(mixture, abs=1e-4)
    assert found.bound <= optimum + 1e-6


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_the_bound_holds_whenever_generation_stops(seed: int, rounds: int) -> None:
    tiny = placeable_team(np.random.default_rng(seed))
    found = generate(begun(tiny), tiny.pricer(), always, most=rounds)
    assert found.rounds <= rounds
    assert found.bound <= tiny.optimum(whole=True) + 1e-6
    assert found.relaxed.cost >= tiny.optimum(whole=False) - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_with_limits_that_are_priced(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 1)
    tiny = placeable_team(np.random.default_rng(seed))
    master = begun(tiny)
    found = generate(master, tiny.pricer(), always, close=1e-7, most=60)
    assert found.bound <= tiny.optimum(whole=False) + 1e-6
    assert all(np.isfinite(tiny.own_of(a, line)) for a, line in zip(master.agent, master.line, strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_for_the_others_when_some_are_fixed(seed: int) -> None:
    tiny = placeable_team(np.random.default_rng(seed))
    master = begun(tiny)
    master.fix(2, 2)
    found = generate(master, tiny.pricer(), always, close=1e-7)
    held = [c for c in tiny.columns if c[0] != 2] + [(2, master.line[2], master.own[2])]
    best = best_of(tiny.team, tiny.problem.idle, held, whole=False)
    assert found.bound == pytest.approx(best, abs=1e-4)
    assert found.bound <= best + 1e-6
    assert len(master.of_agent[2]) == 1


@pytest.mark.parametrize("seed", range(3))
def test_prices_to_lean_on_do_no_harm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng)
    start = 30 * rng.normal(size=tiny.team.step.shape[:2])
    found = generate(begun(tiny), tiny.pricer(), always, start, close=1e-7)
    assert found.bound == pytest.approx(tiny.optimum(whole=False), abs=1e-4)


def test_prices_of_the_bound_give_it_again() -> None:
    tiny = placeable_team(np.random.default_rng(2))
    found = generate(begun(tiny), tiny.pricer(), always, close=1e-7)
    best = (tiny.price - found.wage[np.arange(len(found.wage)), tiny.every].sum(axis=1)).min(axis=1)
    gain = np.minimum(tiny.team.step + found.wage[:, :, None], 0.0).sum()
    assert tiny.problem.idle + best.sum() + gain == pytest.approx(found.bound)


def test_it_stops_when_nothing_below_the_ceiling_is_left_or_it_is_told_to() -> None:
    tiny = placeable_team(np.random.default_rng(3))
    optimum = tiny.optimum(whole=True)
    high = generate(begun(tiny), tiny.pricer(), always, close=1e-7)
    low = generate(begun(tiny), tiny.pricer(), always, close=1e-7, ceiling=optimum - 40)
    told = generate(begun(tiny), tiny.pricer(), lambda: False, close=1e-7)
    assert low.bound > optimum - 40
    assert low.rounds < high.rounds
    assert (told.rounds, told.done) == (1, False)


def test_no_head_earns_more_than_it_could_save_nor_costs_more_than_it_could() -> None:
    step = np.array([[[-5.0, -1.0, 2.0], [0.0, 0.0, 0.0]]])
    np.testing.assert_array_equal(clipped(step, np.array([[9.0, 1.0]])), [[5.0, 0.0]])
    np.testing.assert_array_equal(clipped(step, np.array([[-9.0, -1.0]])), [[-2.0, 0.0]])
    np.testing.assert_array_equal(clipped(step, np.array([[3.0, 0.0]])), [[3.0, 0.0]])
