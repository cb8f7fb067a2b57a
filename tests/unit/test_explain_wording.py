"""What explanations say: the same in both languages."""

from dataclasses import replace
from datetime import date, datetime
from string import Formatter

import pytest
from explain_case import FIRST, plain_problem

from data.model.people import Wish
from data.model.roster import Breach
from optimizer.rostering.explain import AgentConflict, Alternative, Help, Repair, ShiftReason, ShortReason, Unmet, WishReason
from optimizer.rostering.explain.short import PLACES
from optimizer.rostering.explain.wording import WORDS, tell_conflicts, tell_demand, tell_shift, tell_short, tell_wish
from optimizer.rostering.rules import Tongue

DAY = date(2026, 6, 2)
LEGAL = Alternative("L", {"goal.coverage": 12.5, "free": -7.5}, ((FIRST, "E", "-"),), (), legal=True)
SAME = Alternative("E", {}, (), (), legal=True)
ILLEGAL = Alternative("N", {}, (), ("rest", "run"), legal=False)
BARRED = Alternative("S", {}, (), (), legal=False)
BOTH: tuple[Tongue, ...] = ("en", "zh")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_numbers() -> None:
    english, chinese = (WORDS[tongue] for tongue in BOTH)
    assert english.keys() == chinese.keys()
    assert {key: names(text) for key, text in english.items() if key != "breach"} == {
        key: names(text) for key, text in chinese.items() if key != "breach"
    }


def test_a_shift_is_told_with_its_sums_and_a_legend() -> None:
    reason = ShiftReason("g0", DAY, "E", False, {"goal.coverage": 20.0}, (SAME, LEGAL, ILLEGAL, BARRED))
    lines = tell_shift(plain_problem(0), reason, "en")
    assert lines[:7] == [
        "g0 on 2026-06-02: E.",
        "A day off instead, everything else as it is, would cost +20.00 = +20.00 goal.coverage.",
        "Whatever else stands on this day, no legal line of the agent costs less while all others keep theirs.",
        "E: costs the same.",
        "L: +5.00 = +12.50 goal.coverage -7.50 free; with it 06-01 E -> -.",
        "N: forbidden, no line keeps rest with run.",
        "S: out of the question, the contract or the days that already stand leave no room for it.",
    ]
    assert [line.split(":")[0] for line in lines[7:]] == ["  goal.coverage", "  free", "  rest", "  run"]
    assert len(tell_shift(plain_problem(0), reason, "zh")) == len(lines)


@pytest.mark.parametrize("tongue", BOTH)
def test_a_cheaper_line_is_not_kept_quiet(tongue: Tongue) -> None:
    cheap = replace(LEGAL, costs={"goal.coverage": -3.0})
    reason = ShiftReason("g0", DAY, "E", False, {}, (cheap,))
    assert "-3.00" in tell_shift(plain_problem(0), reason, tongue)[1]
    assert tell_shift(plain_problem(0), replace(reason, frozen=True), tongue)[1] == WORDS[tongue]["frozen"]
    refused = WishReason(Wish(agent="g0", day=DAY), "E", False, cheap)
    assert "-3.00" in tell_wish(plain_problem(0), refused, tongue)[2]


@pytest.mark.parametrize("tongue", BOTH)
def test_a_short_interval_is_a_sum_of_agents(tongue: Tongue) -> None:
    counts = dict(zip(PLACES, range(1, 8), strict=True))
    reason = ShortReason("a", datetime(2026, 6, 1, 12), 4.0, counts, {("rest",): 4, (): 1}, "g1", LEGAL)
    told = tell_short(plain_problem(0), reason, tongue)
    assert "28" in told[1]
    assert all(str(n) in told[1] for n in range(1, 8))
    assert "rest" in told[2]
    assert told[4].count("+5.00") == 1


@pytest.mark.parametrize("tongue", BOTH)
def test_wishes(tongue: Tongue) -> None:
    wish = Wish(agent="g0", day=DAY, kind="avoid", shift="L", rank=2)
    granted = tell_wish(plain_problem(0), WishReason(wish, "E", True, None), tongue)
    stuck = tell_wish(plain_problem(0), WishReason(wish, "L", False, None), tongue)
    refused = tell_wish(plain_problem(0), WishReason(wish, "L", False, ILLEGAL), tongue)
    assert granted[0] == stuck[0] == refused[0]
    assert len({granted[1], stuck[1], refused[1]}) == 3
    assert "rest" in refused[1]


@pytest.mark.parametrize("tongue", BOTH)
def test_agents_in_the_same_place_are_told_together(tongue: Tongue) -> None:
    breach = Breach("rest", "g0", DAY, DAY, 600, 660, 60, "600 minutes of rest")
    repair = Repair(("rest",), (breach,), -4.0, 960, ("E",), ((DAY, FIRST),))
    found = [AgentConflict(agent, ("rest", "run"), (repair,)) for agent in ("g0", "g1")] + [AgentConflict("g2", (), ())]
    told = tell_conflicts(plain_problem(0), found, tongue)
    assert "g0" in told[0]
    assert "g1" in told[0]
    assert all(number in told[1] for number in ("60", "-4.00", "16", "2026-06-01"))
    assert "g2" in told[2]
    assert len(told) == 3 + 2
    assert tell_conflicts(plain_problem(0), [], tongue) == [WORDS[tongue]["all_legal"]]


@pytest.mark.parametrize("tongue", BOTH)
def test_demand_out_of_reach_shows_its_formula_and_what_helps(tongue: Tongue) -> None:
    slot = Unmet("a", 12, datetime(2026, 6, 1, 12), 5.0, 3.0, 40.0)
    overtime, hire = Help("overtime", "a", 2, "", 40.0, 120, 30.0), Help("hire", "a", 1, "c", 90.0, 2400, float("nan"))
    told = tell_demand([slot], [overtime, hire], tongue)
    assert "40.00" in told[0]
    assert "2 x 20 = 40.00" in told[1].replace("×", "x")
    assert "30.00" in told[2]
    assert "nan" not in "".join(told)
    assert tell_demand([slot], [], tongue)[-1] == WORDS[tongue]["no_help"]
    assert tell_demand([], [], tongue) == [WORDS[tongue]["all_met"]]
