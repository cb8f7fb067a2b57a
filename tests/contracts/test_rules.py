"""What every kind of rule must keep, whatever is discovered: language and breaches agree, examples hold, pages are current."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf
from pathlib import Path
from random import Random

import numpy as np
import pytest
from rule_case import ALPHABET, Case, of_example, price_of, random_case, random_params

from data.model.base import Frozen
from data.model.rulebook import RuleSpec
from optimizer.rostering.language import Language
from optimizer.rostering.line import line_price
from optimizer.rostering.product import compile_language
from optimizer.rostering.rules import RuleKind, kinds
from optimizer.rostering.rules_page import page
from optimizer.rostering.ruling import line_breaches, line_language

CASES = 400
COMPILED = 6
MOST_MUTANTS = 4000
PRICE = 0.25

every_kind = pytest.mark.parametrize("name", kinds())


def compiled_price(language: Language, case: Case) -> float:
    tables = compile_language(language, case.horizon.days, len(ALPHABET.codes))
    days = 0.0 if language.cost is None else float(language.cost[range(case.horizon.days), case.symbols].sum())
    return inf if tables is None else line_price(tables, case.symbols) + days


def random_spec(rng: Random, name: str, kind: RuleKind, weight: float | None) -> RuleSpec:
    numbers = random_params(rng, kind.Params).model_dump()
    return RuleSpec(id=f"{name}.{rng.random()}", kind=name, numbers=numbers, weight=weight)


@every_kind
def test_language_and_breaches_agree(name: str) -> None:
    kind, rng, verdicts = kinds()[name], Random(name), set[bool]()
    for number in range(CASES):
        case, params = random_case(rng), random_params(rng, kind.Params)
        amount = sum(breach.amount for breach in kind.breaches(params, case.line))
        said = (number, params, case, amount)
        assert price_of(kind.language(params, case.context, PRICE), case.symbols) == PRICE * amount, said
        assert price_of(kind.language(params, case.context, inf), case.symbols) == (inf if amount else 0), said
        verdicts.add(amount == 0)
    assert verdicts == {example.legal for example in kind.examples()}


def mutants(kind: RuleKind, params: Frozen, case: Case) -> Iterator[tuple[str, Language]]:
    """The language of a rule, each time with one thing wrong."""
    sound = kind.language(params, case.context, PRICE)
    for i, automaton in enumerate(sound.automata):
        others = sound.automata[:i] + sound.automata[i + 1 :]
        yield f"automaton {i} dropped", replace(sound, automata=others)
        yield f"automaton {i} a day late", replace(sound, automata=(*others, replace(automaton, kind=np.roll(automaton.kind, 1))))
    for i, count in enumerate(sound.counters):
        free, late = np.zeros(count.price.shape), np.hstack([count.price[:, :1], count.price[:, :-1]])
        for wrong, price in (("dropped", free), ("one off", late)):
            counters = (*sound.counters[:i], replace(count, price=price), *sound.counters[i + 1 :])
            yield f"counter {i} {wrong}", replace(sound, counters=counters)
    if sound.cost is not None:
        yield "day cost dropped", replace(sound, cost=None)
        yield "day cost a day late", replace(sound, cost=np.roll(sound.cost, 1, axis=0))
    if sound.automata or sound.counters or sound.cost is not None:
        yield "history forgotten", kind.language(params, replace(case.context, first_open=0), PRICE)


@every_kind
def test_a_broken_language_is_noticed(name: str) -> None:
    """The comparison above can fail: each way to break a language shows in some random line."""
    kind, rng = kinds()[name], Random(name + " broken")
    missed, noticed = dict[str, Frozen](), set[str]()
    for number in range(MOST_MUTANTS):
        if number >= CASES and noticed == set(missed):
            break
        case, params = random_case(rng), random_params(rng, kind.Params)
        amount = sum(breach.amount for breach in kind.breaches(params, case.line))
        for wrong, language in mutants(kind, params, case):
            missed.setdefault(wrong, params)
            if wrong not in noticed and price_of(language, case.symbols) != PRICE * amount:
                noticed.add(wrong)
    assert not set(missed) - noticed, {wrong: params for wrong, params in missed.items() if wrong not in noticed}


@every_kind
def test_compiled_tables_agree(name: str) -> None:
    kind, rng = kinds()[name], Random(name + " compiled")
    for number in range(COMPILED):
        case, weight = random_case(rng), (None, PRICE)[number % 2]
        spec = random_spec(rng, name, kind, weight)
        amount = sum(breach.amount for breach in line_breaches([spec], case.line))
        expected = amount * PRICE if weight else inf if amount else 0
        assert compiled_price(line_language([spec], case.context), case) == expected, (spec, case)


def test_rules_add_up() -> None:
    rng, legal = Random("sum"), 0
    for _ in range(CASES):
        case = random_case(rng)
        names = rng.choices(sorted(kinds()), k=4)
        specs = [random_spec(rng, name, kinds()[name], rng.choice([None, PRICE, 2.0, 8.0])) for name in names]
        weights = {spec.id: inf if spec.weight is None else spec.weight for spec in specs}
        expected = sum(weights[breach.rule] * breach.amount for breach in line_breaches(specs, case.line))
        assert price_of(line_language(specs, case.context), case.symbols) == expected, (specs, case)
        legal += expected < inf
    assert 0 < legal < CASES


@every_kind
def test_a_breach_says_who_and_reaches_an_open_day(name: str) -> None:
    kind, rng = kinds()[name], Random(name + " history")
    for _ in range(CASES // 4):
        case, params = random_case(rng), random_params(rng, kind.Params)
        for breach in kind.breaches(params, case.line):
            assert case.horizon.index(breach.last) >= case.first_open
            assert breach.amount > 0
            assert breach.agent == case.agent.id
            assert breach.message


@every_kind
def test_examples_hold(name: str) -> None:
    kind = kinds()[name]
    for example in kind.examples():
        case, params = of_example(example), kind.Params.model_validate(example.numbers)
        assert (kind.breaches(params, case.line) == []) == example.legal, example
        assert (price_of(kind.language(params, case.context, inf), case.symbols) == 0) == example.legal, example
    assert any(example.legal for example in kind.examples())


@every_kind
def test_numbers_survive_json_and_are_said(name: str) -> None:
    kind, rng = kinds()[name], Random(name + " words")
    for _ in range(20):
        params = random_params(rng, kind.Params)
        assert kind.Params.model_validate_json(params.model_dump_json()) == params
        numbers = [str(value) for value in params.model_dump().values() if type(value) is int]
        for sentence in (kind.sentence(params, "en"), kind.sentence(params, "zh")):
            assert sentence
            assert not [number for number in numbers if number not in sentence], sentence


def test_the_page_is_current() -> None:
    written = Path(__file__).parents[2] / "docs" / "rules.md"
    assert written.read_text(encoding="utf-8") == page() + "\n", "run python -m optimizer.rostering.rules_page > docs/rules.md"
    assert all(f"## {name}\n" in page() for name in kinds())
