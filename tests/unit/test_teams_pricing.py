"""Everyone's cheapest line under prices, against every line there is."""

import numpy as np
import pytest
from team_case import SYMBOLS, Tiny, placeable_team, random_team

from data.model.base import FloatArray
from optimizer.rostering.search.teams import pricing
from optimizer.rostering.search.teams.pricing import Answers, Pricer


def wages(rng: np.random.Generator, tiny: Tiny, count: int) -> list[FloatArray]:
    """Prices of being there: whole numbers, so that many lines cost the same."""
    return list(rng.integers(-6, 12, (count, tiny.problem.lines.days, SYMBOLS)).astype(np.float64))


def cheapest(tiny: Tiny, wage: FloatArray) -> FloatArray:
    """Price of everyone's cheapest legal line; inf = none is legal."""
    return (tiny.price - wage[np.arange(len(wage)), tiny.every].sum(axis=1)).min(axis=1)


def check(tiny: Tiny, wage: FloatArray, answers: Answers) -> None:
    """Lines that were found are legal and cost what is said; no bound lies above the cheapest line."""
    best = cheapest(tiny, wage)
    assert (answers.bound <= best + 1e-9).all()
    for a in np.flatnonzero(np.isfinite(answers.value)).tolist():
        assert answers.own[a] == pytest.approx(tiny.own_of(a, answers.line[a]))
        earned = wage[np.arange(len(wage)), answers.line[a]].sum()
        assert answers.value[a] == pytest.approx(answers.own[a] - earned)
        assert answers.bound[a] <= answers.value[a] + 1e-9


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every limit may be counted."""
    monkeypatch.setattr(pricing, "MOST_CELLS", 10**9)


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize("seed", range(12))
def test_answers_are_the_cheapest_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = random_team(rng, agents=4)
    pricer = tiny.pricer()
    for wage in wages(rng, tiny, 6):
        answers = pricer.ask(wage)
        check(tiny, wage, answers)
        np.testing.assert_allclose(answers.value, cheapest(tiny, wage))
        np.testing.assert_allclose(answers.bound, answers.value)
    assert pricer.asked == 6 * 4


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize("often", [0.0, 2.0])
def test_limits_are_kept_in_the_tables_when_lines_break_them_often(monkeypatch: pytest.MonkeyPatch, often: float) -> None:
    monkeypatch.setattr(pricing, "OFTEN", often)
    rng = np.random.default_rng(5)
    tiny = placeable_team(rng, agents=4)
    pricer = tiny.pricer()
    for wage in wages(rng, tiny, 8):
        np.testing.assert_allclose(pricer.ask(wage).value, cheapest(tiny, wage))
    assert any(pricer.kept) == (often == 0)
    again = Pricer(tiny.team, tiny.problem.lines, pricer.kept)
    for wage in wages(rng, tiny, 3):
        np.testing.assert_allclose(again.ask(wage).value, cheapest(tiny, wage))


@pytest.mark.parametrize("seed", range(8))
def test_limits_whose_tables_would_be_large_are_priced(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 1)
    rng = np.random.default_rng(seed)
    tiny = random_team(rng, agents=4)
    pricer, found, exact = tiny.pricer(), 0, 0
    for wage in wages(rng, tiny, 10):
        answers, best = pricer.ask(wage), cheapest(tiny, wage)
        check(tiny, wage, answers)
        found += int(np.isfinite(answers.value).sum())
        exact += int((answers.value <= best + 1e-9).sum())
    assert not any(pricer.kept)
    possible = np.isfinite(tiny.price).any(axis=1).sum() * 10
    assert found >= 0.8 * possible
    assert exact >= 0.4 * possible


@pytest.mark.parametrize("seed", [7, 28])
def test_bounds_hold_however_often_prices_of_limits_are_raised(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(pricing, "MOST_CELLS", 1)
    rng = np.random.default_rng(seed)
    tiny = placeable_team(rng, agents=4)
    pricer = tiny.pricer()
    for wage in wages(rng, tiny, 500):
        check(tiny, wage, pricer.ask(wage))
    assert np.isfinite(pricer.limit_price).all()


@pytest.mark.parametrize("seed", range(4))
def test_some_limits_are_counted_and_others_priced(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tiny = random_team(rng, agents=4)
    monkeypatch.setattr(pricing, "MOST_CELLS", 3 * max(tiny.problem.lines.cells(a, ()) for a in range(4)))
    pricer = tiny.pricer()
    for wage in wages(rng, tiny, 20):
        check(tiny, wage, pricer.ask(wage))


@pytest.mark.usefixtures("roomy")
def test_only_those_asked_answer() -> None:
    rng = np.random.default_rng(2)
    tiny = placeable_team(rng, agents=5)
    pricer, rows = tiny.pricer(), np.array([1, 4])
    for wage in wages(rng, tiny, 4):
        np.testing.assert_allclose(pricer.ask(wage, rows).value[rows], cheapest(tiny, wage)[rows])
    assert pricer.asked == 8
    assert not pricer.broken[[0, 2, 3]].any()


@pytest.mark.usefixtures("roomy")
def test_nobody_answers_who_has_no_legal_line() -> None:
    rng = np.random.default_rng(3)
    tiny = placeable_team(rng)
    tiny.team.own[1, 2] = np.inf
    tiny.price[1] = np.inf
    answers = tiny.pricer().ask(np.zeros((4, SYMBOLS)))
    assert np.isinf(answers.value[1])
    assert np.isinf(answers.bound[1])
    np.testing.assert_allclose(answers.value, cheapest(tiny, np.zeros((4, SYMBOLS))))
