"""The regression cases of the ready rulebooks hold, and cover each rule of law and house from both sides."""

from collections.abc import Iterable

import pytest

from data.exchange.rulebooks import RULEBOOKS, read_rulebook, ready_cases, ready_rules
from data.model.rulebook import Rulebook
from optimizer.rostering.regression_cases import Outcome, run_cases

READY = Rulebook(id="ready", rules=tuple(ready_rules().values()))
FILES = ready_cases()


def outcomes(book: Rulebook, files: Iterable[str] = FILES) -> list[Outcome]:
    return [outcome for name in files for outcome in run_cases(book, FILES[name], name)]


@pytest.mark.parametrize("outcome", outcomes(READY), ids=lambda outcome: outcome.case.id)
def test_every_shipped_case_holds(outcome: Outcome) -> None:
    assert outcome.held, str(outcome.finding)


@pytest.mark.parametrize("name", ["cn", "house"])
def test_every_rule_has_a_case_on_both_sides(name: str) -> None:
    cases = [case for file in FILES.values() for case in file.cases]
    for rule in read_rulebook(RULEBOOKS / f"{name}.toml").rules:
        assert any(rule.id in case.breaches for case in cases), f"nothing breaks {rule.id}"
        assert any(rule.id in case.rules and rule.id not in case.breaches for case in cases), f"nothing keeps {rule.id}"


def test_every_case_says_what_it_asks_and_by_which_source() -> None:
    cases = [case for file in FILES.values() for case in file.cases]
    assert len(cases) >= 30
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.title and case.title_zh and case.source and case.rules for case in cases)
