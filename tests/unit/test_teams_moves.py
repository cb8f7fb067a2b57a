"""Line moves and first lines: whatever is moved, heads, values and costs are those of the lines that stand, and all are legal."""

from math import inf
from time import monotonic

import numpy as np
import pytest
from team_case import SYMBOLS, Tiny, placeable_team

from optimizer.rostering.language import Language, counter
from optimizer.rostering.search.teams import pricing
from optimizer.rostering.search.teams.lines import LegalLines, Spoken
from optimizer.rostering.search.teams.moves import Team, move
from optimizer.rostering.search.teams.part import heads_of
from optimizer.rostering.search.teams.squad import Squad


def squad_of(tiny: Tiny, seed: int = 0) -> Squad:
    squad = Squad(tiny.team, tiny.problem.lines, tiny.problem.idle, seed)
    squad.insert()
    return squad


def check(tiny: Tiny, squad: Squad) -> None:
    """The floor is what its lines say, and so is the best one."""
    floor = squad.floor
    np.testing.assert_array_equal(floor.heads, heads_of(floor.line, SYMBOLS))
    np.testing.assert_allclose(floor.value, [tiny.own_of(a, line) for a, line in enumerate(floor.line)])
    assert np.isfinite(floor.value).all()
    assert floor.cost[0] == pytest.approx(tiny.cost_of(floor.line))
    assert floor.cost[1] == pytest.approx(tiny.cost_of(floor.best))
    assert floor.cost[1] <= floor.cost[0] + 1e-9


def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 10**9)


@pytest.mark.parametrize("seed", range(10))
def test_first_lines_are_legal_and_cost_what_is_said(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    roomy(monkeypatch)
    tiny = placeable_team(np.random.default_rng(seed), agents=5)
    squad = squad_of(tiny, seed)
    check(tiny, squad)
    assert squad.floor.cost[0] == squad.floor.cost[1]
    assert [squad.own_of(a, line) for a, line in enumerate(squad.floor.line)] == pytest.approx(squad.floor.value.tolist())


@pytest.mark.parametrize("seed", range(10))
def test_first_lines_are_legal_where_limits_are_priced(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 1)
    tiny = placeable_team(np.random.default_rng(seed), agents=5)
    check(tiny, squad_of(tiny, seed))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("temperature", [0.0, 3.0, 100.0])
def test_moves_keep_the_floor_true(monkeypatch: pytest.MonkeyPatch, seed: int, temperature: float) -> None:
    roomy(monkeypatch)
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=5)
    squad = squad_of(tiny, seed)
    for _ in range(12):
        for table, rows in squad.pricer.groups():
            before = squad.floor.line.copy()
            chosen = rng.choice(rows, 3)
            move(table, tiny.team, squad.floor, chosen, temperature, squad.pricer.scratch)
            check(tiny, squad)
            changed = squad.floor.line != before
            assert not changed[np.setdiff1d(np.arange(5), chosen)].any()


def test_a_move_without_noise_never_makes_it_dearer(monkeypatch: pytest.MonkeyPatch) -> None:
    roomy(monkeypatch)
    tiny = placeable_team(np.random.default_rng(4), agents=5)
    squad = squad_of(tiny)
    for _ in range(5):
        for table, rows in squad.pricer.groups():
            before = squad.floor.cost[0]
            move(table, tiny.team, squad.floor, np.resize(rows, 4), 0.0, squad.pricer.scratch)
            # a move that needs priced limits may be dearer; those here do not, once the limits are kept
            squad.pricer.keep_often(squad.floor.broken + 1.0)
            assert squad.floor.cost[0] <= before + 1e-9 or squad.floor.limit_price.any()


def test_a_limit_that_moves_break_often_is_kept_in_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    roomy(monkeypatch)
    tiny = placeable_team(np.random.default_rng(0), agents=5)
    squad = squad_of(tiny)
    squad.floor.broken[3, 1] = 1.0
    squad.anneal(12, 20.0, 5.0, inf)
    assert [sorted(one) for one in squad.pricer.kept] == [[], [], [], [1], []]
    assert squad.floor.broken[3, 1] < 0.5
    squad.anneal(300, 20.0, 0.5, inf)
    check(tiny, squad)


def test_limits_that_cannot_be_kept_by_prices_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two limits that are broken in turn raise each other's prices: what lines cost must not drown in them."""
    monkeypatch.setattr(pricing, "MOST_CELLS", 1)
    tiny = placeable_team(np.random.default_rng(2), agents=4)
    squad = Squad(tiny.team, tiny.problem.lines, tiny.problem.idle, 2)
    squad.insert(np.stack([tiny.every[price.argmin()] for price in tiny.price]))
    squad.anneal(20_000, 2.0, 0.3, inf)
    assert np.isfinite(squad.floor.limit_price).all()
    check(tiny, squad)


@pytest.mark.parametrize("seed", range(6))
def test_falling_temperature_comes_near_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    roomy(monkeypatch)
    tiny = placeable_team(np.random.default_rng(seed))
    squad = squad_of(tiny, seed)
    squad.anneal(3000, 5.0, 0.3, inf)
    check(tiny, squad)
    optimum = tiny.optimum(whole=True)
    assert optimum - 1e-6 <= squad.floor.cost[1] <= optimum + 2.0


@pytest.mark.parametrize("seed", range(8))
def test_exchanges_keep_the_floor_true_and_come_near_the_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    roomy(monkeypatch)
    tiny = placeable_team(np.random.default_rng(seed), agents=4)
    squad = squad_of(tiny, seed)
    for moves in (1, 10, 5000):
        before = squad.floor.cost[1]
        squad.exchange(moves, 1.0, inf)
        check(tiny, squad)
        assert squad.floor.cost[1] <= before + 1e-9
    assert squad.floor.cost[1] <= tiny.optimum(whole=True) + 8.0


def test_lines_of_a_hint_that_are_not_legal_are_replaced() -> None:
    tiny = placeable_team(np.random.default_rng(3), agents=5)
    squad = Squad(tiny.team, tiny.problem.lines, tiny.problem.idle, 0)
    hint = np.stack([tiny.every[price.argmin()] for price in tiny.price])
    hint[2] = tiny.every[np.isinf(tiny.price[2]).argmax()]
    assert squad.insert(hint).tolist() == []
    np.testing.assert_array_equal((squad.floor.line == hint).all(axis=1), [True, True, False, True, True])
    check(tiny, squad)


def test_those_without_a_legal_line_are_told() -> None:
    tiny = placeable_team(np.random.default_rng(3), agents=5)
    tiny.team.own[1, 2] = np.inf
    squad = Squad(tiny.team, tiny.problem.lines, tiny.problem.idle, 0)
    assert squad.insert().tolist() == [1]


def test_those_whose_every_line_breaks_a_limit_are_told() -> None:
    """Without its limits an agent has lines, with them none."""
    least = counter("least", np.tile([0, 1, 1], (4, 1)), [(0, 4)], [3], [4])
    most = counter("most", np.tile([0, 1, 1], (4, 1)), [(0, 4)], [0], [2])
    languages = Spoken.of(Language(counters=(least,)), 4), Spoken.of(Language(counters=(least, most)), 4)
    lines = LegalLines(languages, np.array([0, 1, 0]), 4, SYMBOLS)
    team = Team(np.zeros((3, 4, SYMBOLS)), np.ones((4, SYMBOLS, 2)), lines.weight, lines.high)
    assert Squad(team, lines, 0.0, 0).insert().tolist() == [1]


def test_no_time_no_moves() -> None:
    tiny = placeable_team(np.random.default_rng(0))
    squad = squad_of(tiny)
    before = squad.floor.line.copy()
    squad.anneal(10**6, 20.0, 0.5, monotonic() - 1)
    np.testing.assert_array_equal(squad.floor.line, before)


def test_moves_are_repeatable_and_the_seed_counts() -> None:
    tiny = placeable_team(np.random.default_rng(3), agents=6)
    lines: list[list[int]] = []
    for seed in (1, 1, 2):
        squad = squad_of(tiny, seed)
        squad.anneal(600, 20.0, 5.0, inf)
        lines.append(squad.floor.line.ravel().tolist())
    assert lines[0] == lines[1] != lines[2]
