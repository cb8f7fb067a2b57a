"""Limits of a language told from the rest, and the tables that hold some of them."""

from dataclasses import replace

import numpy as np
import pytest
from rule_case import price_of
from team_case import SYMBOLS, placeable_team, random_language, random_team

from optimizer.rostering.language import Carry, Counter, Language, blocks
from optimizer.rostering.line import line_price
from optimizer.rostering.search.teams.lines import LegalLines, Spoken, is_limit

DAYS = 5
NIGHTS = np.tile([0, 1, 2], (DAYS, 1))
LIMIT = Counter("nights", NIGHTS, (DAYS - 1,), np.zeros((1, 4)))
LATER = np.where(np.arange(DAYS)[:, None] > 0, NIGHTS, 0)


@pytest.mark.parametrize(
    ("other", "fed", "limit"),
    [
        (LIMIT, (), True),
        (LIMIT, ("days",), True),
        (LIMIT, ("nights",), False),
        (replace(LIMIT, start=1), (), False),
        (replace(LIMIT, closes=(1, DAYS - 1), price=np.zeros((2, 4))), (), False),
        (replace(LIMIT, closes=(DAYS - 2,)), (), False),
        (replace(LIMIT, closes=(), price=np.zeros((0, 4))), (), False),
        (replace(LIMIT, price=np.array([[0.0, 0.0, 0.0, 5.0]])), (), False),
        (replace(LIMIT, price=np.array([[np.inf, 0.0, 0.0, 0.0]])), (), False),
        (replace(LIMIT, weight=LATER), (), False),
        (replace(LIMIT, carry=Carry("days", np.zeros((1, 4), dtype=np.int64))), (), False),
    ],
)
def test_a_limit_is_a_hard_maximum_of_the_whole_plan_that_stands_alone(other: Counter, fed: tuple[str, ...], limit: bool) -> None:
    assert is_limit(other, fed, DAYS) is limit


def test_a_counter_that_is_fed_or_carried_to_is_no_limit() -> None:
    emits = blocks(np.arange(SYMBOLS) > 0, np.arange(DAYS), "nights")
    giver = replace(LIMIT, name="days", carry=Carry("nights", np.zeros((1, 4), dtype=np.int64)))
    for language in (Language((emits,), (LIMIT,)), Language((), (LIMIT, giver))):
        assert Spoken.of(language, DAYS).limits == ()


@pytest.mark.parametrize("seed", range(5))
def test_language_and_limits_are_the_whole_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    language = random_language(rng, DAYS)
    spoken = Spoken.of(language, DAYS)
    free = [c.name for c in language.counters if c.name != "pairs" and not c.price.any()]
    assert [limit.name for limit in spoken.limits] == free
    assert len(free) >= 2
    whole, bare = spoken.holding(range(len(spoken.limits))), spoken.holding(())
    for line in rng.integers(0, SYMBOLS, (60, DAYS)).tolist():
        assert price_of(whole, line) == price_of(language, line)
        kept = all(sum(int(limit.weight[0, s]) for s in line) <= limit.hi for limit in spoken.limits)
        assert price_of(language, line) == (price_of(bare, line) if kept else np.inf)


@pytest.mark.parametrize("seed", range(5))
def test_tables_with_all_limits_price_every_line(seed: int) -> None:
    tiny = placeable_team(np.random.default_rng(seed))
    lines, days = tiny.problem.lines, np.arange(tiny.problem.lines.days)
    for a, said in enumerate(lines.said):
        table = lines.tables(a, range(len(lines.languages[said].limits)))
        assert table is not None
        priced = [line_price(table, line) + tiny.team.own[a, days, line].sum() for line in tiny.every]
        np.testing.assert_allclose(priced, tiny.price[a])


def test_agents_of_one_language_share_tables() -> None:
    tiny = placeable_team(np.random.default_rng(1), agents=4)
    lines = tiny.problem.lines
    for a, b in np.ndindex(4, 4):
        if lines.said[a] == lines.said[b]:
            assert lines.tables(a, (1, 0)) is lines.tables(b, [0, 1])
    assert lines.of(np.array([2])).tables(0, ()) is lines.tables(2, ())


def test_weights_and_maxima_are_padded_with_what_nobody_breaks() -> None:
    few, many = Language(counters=(LIMIT,)), Language(counters=(replace(LIMIT, name="other"), LIMIT))
    none = Language()
    spoken = tuple(Spoken.of(language, DAYS) for language in (few, none, many))
    lines = LegalLines(spoken, np.array([2, 0, 1]), DAYS, SYMBOLS)
    assert lines.most_limits == 2
    np.testing.assert_array_equal(lines.weight, [[[0, 1, 2]] * 2, [[0, 1, 2], [0, 0, 0]], [[0, 0, 0]] * 2])
    assert lines.high[0].tolist() == [3, 3]
    assert lines.high[1, 0] == 3
    assert (lines.high[[1, 2, 2], [1, 0, 1]] > 10**12).all()
    assert lines.cells(0, {1}) == 4
    assert lines.cells(0, {0, 1}) == 16
    assert lines.cells(2, ()) == 1


def test_contradictory_rules_have_no_tables() -> None:
    never = replace(LIMIT, price=np.full((1, 4), np.inf))
    lines = LegalLines((Spoken.of(Language(counters=(never,)), DAYS),), np.zeros(1, dtype=np.int64), DAYS, SYMBOLS)
    assert lines.tables(0, ()) is None
    assert random_team(np.random.default_rng(0)).problem.lines.tables(0, ()) is not None
