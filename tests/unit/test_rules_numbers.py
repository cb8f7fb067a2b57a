"""Numbers worked out by hand, for what random lines do not make plain."""

from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
from rule_case import AGENT, ALPHABET, MONDAY, Case, price_of, random_case

from data.model.people import Protection
from data.model.roster import AgentLine
from data.model.rulebook import RuleSpec
from data.model.time import Horizon
from optimizer.rostering.rules import days_off, hours, overtime, protection, rest_between_shifts, weekends
from optimizer.rostering.ruling import line_breaches, line_language


def case(line: str, first: date = MONDAY, zone: str = "Asia/Shanghai", history: int = 0, leave: str = "") -> Case:
    codes = tuple(line.split())
    due = tuple("" if code == "." else code for code in leave.split()) or ("",) * len(codes)
    return Case(Horizon(zone=zone, first=first, days=len(codes)), AGENT, codes, history, due)


def with_overtime(line: AgentLine, minutes: dict[int, int]) -> AgentLine:
    return replace(line, duties=tuple(replace(d, overtime_minutes=minutes.get(i, 0)) for i, d in enumerate(line.duties)))


def test_spring_takes_an_hour_of_rest() -> None:
    params = rest_between_shifts.Params(rest_minutes=660)
    night_of_the_change = case("L D", date(2026, 3, 28), "Europe/Berlin").line
    [breach] = rest_between_shifts.breaches(params, night_of_the_change)
    assert (breach.measured, breach.amount) == (9.5 * 60, 90)
    [breach] = rest_between_shifts.breaches(params, case("L D", date(2026, 3, 27), "Europe/Berlin").line)
    assert (breach.measured, breach.amount) == (10.5 * 60, 30)


def test_autumn_gives_an_hour_of_rest() -> None:
    params = rest_between_shifts.Params(rest_minutes=660)
    assert rest_between_shifts.breaches(params, case("L D", date(2026, 10, 24), "Europe/Berlin").line) == []


def test_a_cut_week_keeps_its_maximum_and_cuts_its_minimum_to_whole_days() -> None:
    week = hours.Params(period="week", min_minutes=2400, max_minutes=2400)
    assert hours.breaches(week, case("E E -").line) == []
    [breach] = hours.breaches(week, case("E - -").line)
    assert (breach.measured, breach.limit, breach.amount) == (480, 960, 480)
    [breach] = hours.breaches(week, case("E E E E E E").line)
    assert (breach.limit, breach.amount) == (2400, 480)


def test_leave_alone_breaks_no_maximum_but_work_beside_it_does() -> None:
    week = hours.Params(period="week", max_minutes=2400)
    six = "AL AL AL AL AL AL"
    assert hours.breaches(week, case(f"{six} -", leave=f"{six} .").line) == []
    [breach] = hours.breaches(week, case(f"{six} E", leave=f"{six} .").line)
    assert breach.amount == 480


def test_a_month_has_its_own_length() -> None:
    rule = days_off.Params(period="month", min_days=8)
    line = case("E " * 21 + "- " * 7, date(2026, 2, 1)).line
    [breach] = days_off.breaches(rule, line)
    assert (breach.measured, breach.limit, breach.first, breach.last) == (7, 8, date(2026, 2, 1), date(2026, 2, 28))
    assert days_off.breaches(rule, case("E " * 21 + "- " * 7, date(2026, 3, 1)).line) == []


def test_a_weekend_cut_by_the_month_counts_where_it_is_worked() -> None:
    rule = weekends.Params(period="month", max_weekends=0)
    saturday = date(2026, 1, 31)
    assert len(weekends.breaches(rule, case("E E", saturday).line)) == 2
    [breach] = weekends.breaches(rule, case("- E", saturday).line)
    assert breach.first == date(2026, 2, 1)


def test_overtime_of_the_day_and_of_the_month() -> None:
    rule = overtime.Params(max_day_minutes=60, max_month_minutes=150)
    line = with_overtime(case("E E E E").line, {0: 90, 1: 60, 2: 60})
    assert [(b.measured, b.amount) for b in overtime.breaches(rule, line)] == [(90, 30), (210, 60)]
    later = replace(line, first_open=2)
    assert [(b.measured, b.amount) for b in overtime.breaches(rule, later)] == [(210, 60)]
    assert overtime.breaches(rule, replace(line, first_open=3)) == []


def test_overtime_of_a_protected_agent() -> None:
    guarded = AGENT.model_copy(update={"protection": Protection(no_overtime=True, until=date(2026, 6, 2))})
    line = replace(with_overtime(case("E E E").line, {1: 15, 2: 15}), agent=guarded)
    [breach] = protection.breaches(protection.Params(), line)
    assert (breach.first, breach.measured, breach.amount) == (date(2026, 6, 2), 15, 1)


def test_a_sum_of_rules_names_breaches_and_counters() -> None:
    specs = [
        RuleSpec(id="week", kind="hours", numbers={"period": "week", "max_minutes": 480}),
        RuleSpec(id="plan", kind="hours", numbers={"period": "plan", "max_minutes": 420}, weight=1.0),
        RuleSpec(id="free", kind="weekends", numbers={"max_weekends": 1}),
    ]
    example = case("E E E", date(2026, 6, 6))
    language = line_language(specs, example.context)
    assert [counter.name for counter in language.counters] == ["week:hours", "plan:hours", "free:weekends"]
    assert [automaton.counter for automaton in language.automata] == ["free:weekends"]
    assert [breach.rule for breach in line_breaches(specs, example.line)] == ["week", "plan"]


def test_counters_count_in_the_coarsest_step_of_the_usable_symbols() -> None:
    cap = RuleSpec(id="week", kind="hours", numbers={"max_minutes": 2400})
    contract = RuleSpec(id="contract", kind="contract_shifts")
    [fine] = line_language([cap], case("E E E").context).counters
    [coarse] = line_language([cap, contract], case("E E E").context).counters
    assert (fine.weight.max(), coarse.weight.max()) == (2, 1)
    early = ALPHABET.codes.index("E")
    assert np.all(coarse.weight[:, early] == 1)
    assert coarse.hi == 3
    [after_history] = line_language([cap, contract], case("E E E", history=2).context).counters
    assert after_history.weight.max() == 1


def test_a_history_of_another_contract_is_counted_exactly() -> None:
    specs = [RuleSpec(id="week", kind="hours", numbers={"max_minutes": 1200}), RuleSpec(id="contract", kind="contract_shifts")]
    for line, price in (("S S E", 0), ("S S E E", np.inf), ("E S E", 0), ("E E E", np.inf)):
        example = case(line, history=2)
        assert price_of(line_language(specs, example.context), example.symbols) == price


def test_a_counter_that_another_implies_is_left_out() -> None:
    contract = RuleSpec(id="contract", kind="contract_shifts")
    forty = RuleSpec(id="week", kind="hours", numbers={"max_minutes": 2400})
    rest = RuleSpec(id="rest", kind="days_off", numbers={"min_days": 2})
    more_rest = rest.model_copy(update={"numbers": {"min_days": 3}})
    context = case("E " * 14).context
    assert [c.name for c in line_language([rest, contract, forty], context).counters] == ["week:hours"]
    assert [c.name for c in line_language([forty, contract, forty.model_copy(update={"id": "again"})], context).counters] == [
        "again:hours"
    ]
    assert len(line_language([more_rest, contract, forty], context).counters) == 2
    assert len(line_language([rest, forty], context).counters) == 2
    no_leave = RuleSpec(id="leave", kind="leave")
    part_time = replace(case("D " * 14), agent=AGENT.model_copy(update={"contract": "part"})).context
    twenty_eight = forty.model_copy(update={"numbers": {"max_minutes": 1680}})
    assert len(line_language([rest, contract, no_leave, twenty_eight], part_time).counters) == 2


def test_rules_left_out_change_nothing() -> None:
    rng = Random("implied")
    fewer = 0
    for _ in range(300):
        example = random_case(rng)
        specs = [
            RuleSpec(id="week", kind="hours", numbers={"max_minutes": 240 * rng.randint(0, 14)}, weight=rng.choice([None, 1.0])),
            RuleSpec(id="rest", kind="days_off", numbers={"min_days": rng.randint(0, 7)}, weight=rng.choice([None, 1.0])),
            RuleSpec(id="nights", kind="nights", numbers={"period": "week", "max_nights": rng.randint(0, 7)}),
            RuleSpec(id="contract", kind="contract_shifts"),
        ]
        weights = {spec.id: spec.weight or np.inf for spec in specs}
        language = line_language(specs, example.context)
        expected = sum(weights[breach.rule] * breach.amount for breach in line_breaches(specs, example.line))
        assert price_of(language, example.symbols) == expected, (specs, example)
        fewer += len(language.counters) < 3
    assert fewer > 50


def test_a_month_that_its_weeks_cannot_exceed_needs_no_counter() -> None:
    weeks = RuleSpec(id="week", kind="hours", numbers={"period": "week", "max_minutes": 960})
    example = case(" ".join("E" * 30), date(2026, 6, 1))

    def kept(limit: int) -> list[str]:
        month = RuleSpec(id="month", kind="hours", numbers={"period": "month", "max_minutes": limit})
        return [counter.name for counter in line_language([weeks, month], example.context).counters]

    # four whole weeks of two shifts, and Monday and Tuesday 29 and 30 June
    assert kept(10 * 480) == ["week:hours"]
    assert kept(10 * 480 - 1) == ["week:hours", "month:hours"]
