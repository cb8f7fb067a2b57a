"""A lean language says what the whole one says, with fewer counters."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from rule_case import ALPHABET, Case, price_of, random_case

from data.model.rulebook import RuleSpec
from optimizer.rostering.language import Counter, Language
from optimizer.rostering.ruling import lean, rule_language

HOURS = RuleSpec(id="week", kind="hours", numbers={"period": "week", "min_minutes": 480, "max_minutes": 2400}, weight=0.25)


def capped_week(rng: Random, case: Case, shift: int, times: int) -> tuple[Language, Language]:
    """Weekly hours, and bounds of one week in the same minutes, moved by `shift` days and counted `times` over."""
    context = replace(case.context, first_open=0, fixed=None)
    spans = [(a, b) for a, b, full in context.periods("week") if b - a == full]
    first, end = rng.choice(spans)
    days = np.arange(context.days)
    inside = (days >= first + shift) & (days < min(end + shift, context.days))
    weight = np.where(inside[:, None], times * ALPHABET.credit_minutes(context.contract), 0)
    price = np.where(np.arange(rng.randrange(5) * 480 + 1) < 480 * rng.randrange(3), np.inf, 0.0)
    cap = Language(counters=(Counter("cap", weight, (int(np.flatnonzero(inside)[-1]),), price[None]),))
    total = rule_language(HOURS, context) + cap
    return total, lean(total, context)


@pytest.mark.parametrize(("shift", "times"), [(0, 1), (1, 1), (0, 2)])
def test_bounds_of_a_week_are_a_price_of_the_weekly_hours(shift: int, times: int) -> None:
    rng, finite = Random(7 + shift), 0
    for _ in range(300):
        case = random_case(rng)
        if case.horizon.days < 15:
            continue
        total, short = capped_week(rng, case, shift, times)
        assert len(short.counters) <= shift + times
        price = price_of(total, case.symbols)
        assert price_of(short, case.symbols) == price
        finite += price < np.inf
    assert finite
