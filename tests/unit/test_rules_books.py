import tomllib
from datetime import date
from pathlib import Path

import pytest

import data
from data.model.errors import InvalidData
from data.model.people import Agent, Contract
from data.model.rulebook import Rulebook, RuleSpec
from optimizer.rostering import goals
from optimizer.rostering.ruling import check_rulebook

BOOKS = sorted((Path(data.__file__).parent / "rulebooks").glob("*.toml"))


def read(path: Path) -> Rulebook:
    return Rulebook.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_rulebooks_are_valid(path: Path) -> None:
    book = read(path)
    check_rulebook(book, path.name)
    assert book.id == path.stem
    assert all(rule.source and rule.title and rule.title_zh for rule in book.rules)
    for goal in book.goals:
        goals.kinds()[goal.kind].Params.model_validate(goal.numbers)


def test_the_three_packs_ship_and_fit_together() -> None:
    assert {path.stem for path in BOOKS} >= {"cn", "eu", "house"}
    Rulebook(id="all", rules=tuple(rule for path in BOOKS for rule in read(path).rules))


def test_legal_numbers() -> None:
    rules = {rule.id: rule for path in BOOKS for rule in read(path).rules}
    assert rules["cn.week.normal_max"].numbers["max_minutes"] == 40 * 60
    assert rules["cn.system.comprehensive.month"].numbers["max_minutes"] == round(248 / 12 * 480)
    assert rules["cn.part_time"].numbers["max_minutes"] == 24 * 60
    assert rules["cn.ot.max"].numbers == {"max_day_minutes": 3 * 60, "max_month_minutes": 36 * 60}
    assert rules["eu.rest.daily"].numbers["rest_minutes"] == 11 * 60
    assert not rules["cn.protection"].waivable


def test_scopes_and_dates_select() -> None:
    book = read(BOOKS[0].parent / "cn.toml")
    contract = Contract(id="any", name="any", hours_system="part_time", shifts=("A",))
    part_timer = Agent(id="a", contract="any", skills=("q",)), contract
    bound = {rule.id for rule in book.binding(*part_timer, date(2026, 6, 1), date(2026, 6, 30))}
    assert "cn.part_time" in bound
    assert not bound & {"cn.week.normal_max", "cn.system.comprehensive.month"}
    assert "cn.holiday.consecutive_work" not in {r.id for r in book.binding(*part_timer, date(2024, 6, 1), date(2024, 6, 30))}


def test_a_mistyped_number_names_those_of_the_kind() -> None:
    book = Rulebook(id="typo", rules=(RuleSpec(id="week", kind="hours", numbers={"max_minute": 2400}),))
    with pytest.raises(InvalidData) as caught:
        check_rulebook(book)
    finding = next(finding for finding in caught.value.findings if finding.column == "week.max_minute")
    assert "no such key" in finding.expected
    assert "max_minutes" in finding.fix
