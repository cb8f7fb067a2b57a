"""Numbers worked out by hand, for what random lines do not make plain."""

from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
from rule_case import AGENT, ALPHABET, MONDAY, Case, price_of, random_case

from data.model.calendar import WEEKENDS_ONLY, DayType, SpecialDay
from data.model.ledger import Balance
from data.model.people import Protection
from data.model.roster import AgentLine
from data.model.rulebook import RuleSpec
from data.model.time import Horizon
from optimizer.rostering.product import table_key
from optimizer.rostering.rules import (
    days_off,
    festival_run,
    holiday_days,
    hours,
    night_length,
    overtime,
    protection,
    rest_between_shifts,
    rest_weekly_hours,
    shifts,
    weekends,
)
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
    cap = RuleSpec(id="week", kind="hours", numbers={"max_minutes": 1000})
    contract = RuleSpec(id="contract", kind="contract_shifts")
    [fine] = line_language([cap], case("E E E").context).counters
    [coarse] = line_language([cap, contract], case("E E E").context).counters
    assert (fine.weight.max(), coarse.weight.max()) == (2, 1)
    early = ALPHABET.codes.index("E")
    assert np.all(coarse.weight[:, early] == 1)
    assert coarse.hi == 2
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
    assert len(line_language([forty, contract, forty.model_copy(update={"id": "again"})], context).counters) == 1
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


def balance(until: date, **totals: int) -> Balance:
    return Balance(agent=AGENT.id, until=until, **totals)


QUARTER = hours.Params(period="quarter", max_minutes=496 * 60)
YEAR = hours.Params(period="year", max_minutes=1984 * 60)


def test_a_quarter_goes_on_from_the_balance_and_counts_no_day_twice() -> None:
    june = case("E E E - -")
    full = balance(date(2026, 5, 31), quarter_minutes=496 * 60 - 960)
    [breach] = hours.breaches(QUARTER, replace(june, balance=full).line)
    assert (breach.measured, breach.limit, breach.amount) == (496 * 60 + 480, 496 * 60, 480)
    after_tuesday = balance(date(2026, 6, 2), quarter_minutes=496 * 60 - 480)
    assert hours.breaches(QUARTER, replace(june, balance=after_tuesday).line) == []
    assert hours.breaches(QUARTER, replace(june, balance=balance(date(2026, 6, 30), quarter_minutes=10**6)).line) == []
    last_quarter = balance(date(2026, 3, 31), quarter_minutes=10**6, year_minutes=1984 * 60 - 1000)
    assert hours.breaches(QUARTER, replace(june, balance=last_quarter).line) == []
    [breach] = hours.breaches(YEAR, replace(june, balance=last_quarter).line)
    assert breach.amount == 440


def test_a_quarter_that_ends_in_the_plan_leaves_the_next_one_alone() -> None:
    turn = replace(case("E E E E", date(2026, 6, 29)), balance=balance(date(2026, 6, 28), quarter_minutes=496 * 60 - 480))
    [breach] = hours.breaches(QUARTER, turn.line)
    assert (breach.first, breach.last, breach.amount) == (date(2026, 6, 29), date(2026, 6, 30), 480)
    [counter] = hours.language(QUARTER, turn.context, np.inf).counters
    assert counter.closes == (1, 3)


def test_history_used_up_a_quarter_and_its_minimum_is_cut_by_all_days_known() -> None:
    used = replace(case("E E E -", history=2), balance=balance(date(2026, 5, 31), quarter_minutes=496 * 60))
    [breach] = hours.breaches(QUARTER, used.line)
    assert breach.amount == 480
    least = hours.Params(period="quarter", min_minutes=91 * 480)
    [breach] = hours.breaches(least, replace(used, balance=balance(date(2026, 5, 31), quarter_minutes=50 * 480)).line)
    assert (breach.measured, breach.limit) == (53 * 480, (61 + 4) * 480)


def test_agents_with_room_enough_have_no_counter_and_those_with_as_many_shifts_left_share_one() -> None:
    rules = [
        RuleSpec(id="quarter", kind="hours", numbers={"period": "quarter", "max_minutes": 496 * 60}),
        RuleSpec(id="contract", kind="contract_shifts"),
    ]

    def language(left: int):
        brought = balance(date(2026, 5, 31), quarter_minutes=496 * 60 - left)
        return line_language(rules, replace(case("E " * 10), balance=brought).context)

    assert language(10 * 480).counters == ()
    assert table_key(language(5 * 480)) == table_key(language(6 * 480 - 1))
    assert table_key(language(5 * 480)) != table_key(language(6 * 480))


def test_an_average_of_the_days_worked_and_of_the_weeks() -> None:
    four_hours = hours.Params(period="month", per="day", max_minutes=240)
    assert hours.breaches(four_hours, case("S S S - AL").line) == []
    [breach] = hours.breaches(four_hours, case("S D - S D").line)
    assert breach.amount == 480
    forty_eight = hours.Params(period="plan", per="week", max_minutes=48 * 60)
    assert hours.breaches(forty_eight, case("E E E E E E - " * 2).line) == []
    [breach] = hours.breaches(forty_eight, case("E E E E E E E " * 2).line)
    assert (breach.limit, breach.amount) == (2 * 48 * 60, 960)


def test_a_day_of_eight_hours() -> None:
    long_day = with_overtime(case("E S -").line, {0: 120})
    assert hours.breaches(hours.Params(period="day", max_minutes=480), long_day) == []
    [short] = hours.breaches(hours.Params(period="day", min_minutes=480), long_day)
    assert (short.first, short.amount) == (date(2026, 6, 2), 240)


def test_the_month_of_overtime_goes_on_from_the_balance() -> None:
    rule = overtime.Params(max_day_minutes=180, max_month_minutes=2160)
    line = with_overtime(replace(case("E E E"), balance=balance(date(2026, 6, 1), overtime_minutes=2100)).line, {0: 90, 1: 90})
    [breach] = overtime.breaches(rule, line)
    assert (breach.measured, breach.amount) == (2190, 30)
    may = replace(line, balance=balance(date(2026, 5, 31), overtime_minutes=2100))
    assert overtime.breaches(rule, may) == []


DRAGON_BOAT = WEEKENDS_ONLY.with_days({date(2026, 6, 19): SpecialDay(type=DayType.HOLIDAY)})


def test_work_days_in_a_row_are_judged_around_a_festival() -> None:
    nine_days = replace(case("E " * 9 + "- E", date(2026, 6, 9)), calendar=DRAGON_BOAT).line
    for reach, amount in ((2, 1), (4, 3), (1, 0)):
        found = festival_run.breaches(festival_run.Params(max_days=6, reach_days=reach), nine_days)
        assert sum(breach.amount for breach in found) == amount
    assert festival_run.breaches(festival_run.Params(max_days=6, reach_days=31), replace(nine_days, calendar=WEEKENDS_ONLY)) == []


def test_holidays_count_by_the_day_or_by_the_festival() -> None:
    days = [date(2026, 9, 25), *(date(2026, 10, day) for day in (1, 2, 3))]
    autumn = WEEKENDS_ONLY.with_days({day: SpecialDay(type=DayType.HOLIDAY) for day in days})
    line = replace(case("E E - - - - - E E E", date(2026, 9, 24)), calendar=autumn).line
    [by_day] = holiday_days.breaches(holiday_days.Params(max_worked=1), line)
    assert (by_day.measured, by_day.amount) == (4, 3)
    [by_festival] = holiday_days.breaches(holiday_days.Params(max_worked=1, count="festivals"), line)
    assert (by_festival.measured, by_festival.amount) == (2, 1)
    alternate = replace(line, duties=(line.duties[0], replace(line.duties[1], kind="off"), *line.duties[2:]))
    assert holiday_days.breaches(holiday_days.Params(max_worked=1, count="festivals"), alternate) == []


def test_the_weekly_rest_takes_the_night_after_it_along() -> None:
    rule = rest_weekly_hours.Params(rest_minutes=35 * 60)
    assert rest_weekly_hours.breaches(rule, case("L L L L L L - D").line) != []
    assert rest_weekly_hours.breaches(rule, case("L L L L L L - L").line) == []
    # Sunday is free in both weeks: the first has it from Saturday 22:30 to Monday 09:00, 34.5 h
    assert [b.first for b in rest_weekly_hours.breaches(rule, case("L L L L L L - D D D D D E - E").line)] == [MONDAY]


def test_leave_on_make_up_days_counts_and_on_weekends_does_not() -> None:
    five = shifts.Params(min_shifts=5, leave_counts="workdays")
    week = "E E E AL - AL -"
    [breach] = shifts.breaches(five, case(week).line)
    assert breach.measured == 4
    made_up = WEEKENDS_ONLY.with_days({date(2026, 6, 6): SpecialDay(type=DayType.MAKEUP)})
    assert shifts.breaches(five, replace(case(week), calendar=made_up).line) == []


def test_the_same_count_is_one_counter() -> None:
    specs = [
        RuleSpec(id="rest", kind="days_off", numbers={"min_days": 2}, weight=1.0),
        RuleSpec(id="four", kind="shifts", numbers={"min_shifts": 4}, weight=2.0),
        RuleSpec(id="nights", kind="nights", numbers={"period": "month", "max_nights": 4}, weight=1.0),
        RuleSpec(id="some", kind="shifts", numbers={"names": ["night"], "period": "month", "min_shifts": 2}, weight=1.0),
    ]
    assert len(line_language(specs, case("E " * 30).context).counters) == 2


def test_overtime_lengthens_a_night() -> None:
    line = with_overtime(case("N E").line, {})
    longer = replace(line, duties=(replace(line.duties[0], paid_minutes=540), line.duties[1]))
    [breach] = night_length.breaches(night_length.Params(), longer)
    assert (breach.measured, breach.amount) == (540, 60)
