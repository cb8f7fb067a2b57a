"""Sequences worked out by hand, for what random lines do not make plain."""

from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError
from rule_case import AGENT, ALPHABET, MONDAY, Case, price_of

from data.model.time import Horizon
from optimizer.rostering.language import Language, rolling_rest
from optimizer.rostering.product import compile_language
from optimizer.rostering.rules import RuleKind, leave_rest, rest_after_run, rotation, run_length, succession, weekends


def case(line: str, first: date = MONDAY, zone: str = "Asia/Shanghai", history: int = 0, leave: str = "") -> Case:
    codes = tuple(line.split())
    due = tuple("" if code == "." else code for code in leave.split()) or ("",) * len(codes)
    return Case(Horizon(zone=zone, first=first, days=len(codes)), AGENT, codes, history, due)


def amount(kind: RuleKind, line: Case, **numbers: object) -> float:
    """Amount of all breaches; the language must say the same."""
    params = kind.Params.model_validate(numbers)
    total = sum(breach.amount for breach in kind.breaches(params, line.line))
    assert price_of(kind.language(params, line.context, 1.0), line.symbols) == total
    return total


def states(language: Language) -> int:
    return max(automaton.next.shape[1] for automaton in language.automata)


def test_each_day_beyond_or_short_of_a_run_counts() -> None:
    assert amount(run_length, case("- E E E E E -"), max_days=3) == 2
    assert amount(run_length, case("- E - E E E E - E"), min_days=3) == 2
    assert amount(run_length, case("- E AL E - E"), min_days=3) == 2  # leave cuts the first run, the plan the second


def test_history_lends_its_days_to_a_run_and_is_not_judged_again() -> None:
    assert amount(run_length, case("- E E E E -", history=3), max_days=2) == 2
    assert amount(run_length, case("- - E - E E", history=4), min_days=2) == 0
    assert amount(run_length, case("- - E - E E", history=3), min_days=2) == 1
    assert amount(run_length, case("E - E E", history=1), min_days=2) == 0  # nobody knows when this run began


def test_two_shifts_meet_across_days_off() -> None:
    assert amount(succession, case("N - - E"), pairs=["night>E"], over_days_off=1) == 0
    assert amount(succession, case("N - - E"), pairs=["night>E"], over_days_off=2) == 1
    assert amount(succession, case("N E L D"), pairs=["N>E", "night>E"], backward_minutes=300) == 1
    assert amount(succession, case("N E L D"), backward_minutes=299) == 2


def test_a_pair_needs_two_names() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        succession.Params(pairs=("N-E",))


def test_rest_ends_only_with_all_its_days() -> None:
    assert amount(rest_after_run, case("E E E - E - E"), run_days=3, days=2) == 1
    assert amount(rest_after_run, case("N N - N - - E"), of="night", run_days=2, days=2) == 1
    assert amount(rest_after_run, case("N N D E"), of="night", run_days=2, days=2) == 1


def test_states_of_rolling_rest_stay_few() -> None:
    rest, charged = ~ALPHABET.is_shift, np.ones(31, dtype=bool)
    assert [states(rolling_rest(rest, window, 1, charged)) for window in (7, 14)] == [8, 15]
    assert states(rolling_rest(rest, 14, 2, charged)) <= 106
    tables = compile_language(rolling_rest(rest, 14, 2, charged), 31, len(ALPHABET.codes))
    assert tables is not None


def test_a_clock_change_takes_an_hour_of_rest_before_leave() -> None:
    spring = date(2026, 3, 28)
    line = case("D - AL", spring, "Europe/Berlin", leave=". . AL")
    assert amount(leave_rest, line, before_minutes=29 * 60 + 30) == 0
    assert amount(leave_rest, line, before_minutes=29 * 60 + 31) == 1


def test_a_night_does_not_run_into_leave() -> None:
    assert amount(leave_rest, case("N AL", leave=". AL")) == 1
    assert amount(leave_rest, case("N AL", leave=". AL", history=1)) == 0
    assert amount(leave_rest, case("N - AL", leave=". . AL")) == 0
    assert amount(leave_rest, case("AL - - E", leave="AL . . ."), days_after=2) == 0
    assert amount(leave_rest, case("AL - E E", leave="AL . . ."), days_after=2) == 1


def test_a_team_is_ahead_in_the_rotation() -> None:
    pattern = {"pattern": "E L night -", "start": MONDAY, "offsets": {"red": 2}}
    line = case("N - E L N")
    assert amount(rotation, line, **pattern) == 5
    red = Case(line.horizon, AGENT.model_copy(update={"team": "red"}), line.codes, 0, line.leave)
    assert amount(rotation, red, **pattern) == 0


def test_a_rotation_says_nothing_before_its_start() -> None:
    assert amount(rotation, case("- E - E"), pattern="E -", start=date(2026, 6, 3)) == 2


def test_a_weekend_worked_in_history_is_not_charged_again() -> None:
    two = "- - - - - E E  - - - - - E E"
    assert amount(weekends, case(two, history=12), max_in_row=1) == 1
    assert amount(weekends, case(two, history=13), max_in_row=1) == 0
    assert amount(weekends, case("- - - - - E -", history=6), whole=True) == 1
    assert amount(weekends, case("- - - - - E"), whole=True) == 0
    assert amount(weekends, case("- E -", date(2026, 6, 7)), whole=True, max_in_row=1) == 0


def test_alternate_weekends() -> None:
    line = "- - - - - {} -  - - - - - {} {}  - - - - - {} -"
    assert amount(weekends, case(line.format("E", "-", "-", "E")), max_in_row=1) == 0
    assert amount(weekends, case(line.format("E", "-", "E", "E")), max_in_row=1) == 2
    assert amount(weekends, case(line.format("E", "-", "E", "E")), max_in_row=2) == 1
