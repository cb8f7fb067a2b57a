"""The peers of the shift scheduling benchmark must answer the same question, or their costs say nothing."""

import os
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.nrp import peers
from benchmarks.nrp.__main__ import judged
from benchmarks.nrp.checker import broken, cost
from benchmarks.nrp.cpsat_peer import solve
from benchmarks.nrp.peers import Answer, Run
from data.exchange.nrp import Cover, Instance, Request, ShiftType, Terms, read_instance

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "nrp"
STAFF, DAYS, CODES = ("Ann", "Bob"), 7, ("E", "L")


def drawn(seed):
    """A tiny instance with tight numbers; some have no legal schedule."""
    rng = np.random.default_rng(seed)
    number = lambda low, high: int(rng.integers(low, high + 1))  # noqa: E731
    shifts = (ShiftType("E", 480, ()), ShiftType("L", 600, ("E",)))
    staff = {
        name: Terms(
            (("E", number(1, 4)), ("L", number(0, 3))), number(1800, 3000), number(0, 1500),
            number(2, 4), number(1, 3), number(1, 3), number(0, 1),
        )
        for name in STAFF
    }  # fmt: skip
    asked = [(name, number(0, DAYS - 1), CODES[number(0, 1)], number(1, 9), wanted) for name in STAFF for wanted in (True, False)]
    cover = [Cover(d, code, number(0, 2), number(1, 20), number(0, 5)) for d in range(DAYS) for code in CODES]
    off = {"Bob": (number(0, DAYS - 1),)}
    return Instance("drawn", DAYS, shifts, staff, off, tuple(Request(*row) for row in asked), tuple(cover))


def cheapest(instance):
    """The least cost of all schedules that the checker finds legal, None if there is none."""
    lines = list(product(("", *CODES), repeat=DAYS))
    nobody = dict.fromkeys(STAFF, ("",) * DAYS)
    complaints = lambda name, line: [what for what in broken(instance, {**nobody, name: line}) if what.startswith(name)]  # noqa: E731
    legal = [[line for line in lines if not complaints(name, line)] for name in STAFF]
    return min((cost(instance, dict(zip(STAFF, pair, strict=True))) for pair in product(*legal)), default=None)


@pytest.mark.parametrize("seed", range(12))
def test_the_monolith_finds_the_cheapest_of_all_schedules(seed):
    instance = drawn(seed)
    answer, least = solve(instance, seed=0, seconds=10), cheapest(instance)
    if least is None:
        assert answer.schedule is None
    else:
        assert (broken(instance, answer.schedule), cost(instance, answer.schedule), answer.bound) == ([], least, least)


def test_some_drawn_instances_have_a_schedule_and_some_have_none():
    found = [solve(drawn(seed), 0, 10).schedule is None for seed in range(12)]
    assert 0 < sum(found) < 9


def test_the_monolith_proves_the_first_published_instance():
    path = DATA / "Instance1.txt"
    if not path.exists():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    instance = read_instance(path)
    answer = solve(instance, seed=0, seconds=10)
    assert (broken(instance, answer.schedule), cost(instance, answer.schedule), answer.bound) == ([], 607, 607)


def test_a_schedule_that_breaks_rules_proves_nothing():
    instance = drawn(0)
    row = judged("peer", instance, 0, Run(Answer({name: ["L", "E"] * 3 + ["L"] for name in STAFF}, bound=1e9), 1.0, 1.0))
    assert (row.proved, row.broken > 0) == (False, True)


def test_a_peer_without_a_schedule_has_no_cost_and_no_gap():
    row = judged("peer", drawn(0), 0, Run(Answer(None, bound=5.0), 1.0, 1.0))
    assert (row.bound, row.proved) == (5.0, False)
    assert np.isnan([row.cost, row.gap, row.broken, row.first_s]).all()


def test_timefold_finds_a_legal_schedule_or_says_what_is_missing(capsys):
    instance = drawn(feasible())
    found = peers.apart("timefold", instance, 0, 3.0)
    if found is None:
        assert "Timefold is skipped; peers need the extra bench, and Timefold a JDK of 17 or later: " in capsys.readouterr().out
    else:
        assert (broken(instance, found.answer.schedule), cost(instance, found.answer.schedule)) == ([], cheapest(instance))


def feasible():
    """The first seed whose instance has a legal schedule."""
    return next(seed for seed in range(12) if solve(drawn(seed), 0, 10).schedule is not None)
