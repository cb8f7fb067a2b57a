"""Rules of law may be made stricter, never looser; emergencies need a ground in law and leave protection and pay alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from rule_case import AGENT, EXAMPLE_CENTRE
from test_certificate import problem_of, roster_of

from data.exchange.checks import derogation_findings
from data.exchange.rulebooks import law_rules, ready_rules
from data.model.calendar import DayType, SpecialDay
from data.model.rulebook import Derogation, LiftedRule, Rulebook, RuleSpec
from data.model.rulebook_case import CaseFile, RegressionCase
from optimizer.rostering.lawful import law_findings
from optimizer.rostering.payroll import payroll
from optimizer.rostering.regression_cases import check_cases
from optimizer.rostering.verify import verify

LAW = law_rules()
NOW = Rulebook(id="now", rules=tuple(LAW.values()))
AGENTS = (AGENT, AGENT.model_copy(update={"id": "a2", "contract": "part"}))
OVERTIME = RuleSpec(id="overtime", kind="overtime", waivable=True)
STORM = Derogation(
    rule="cn.ot.max",
    first=date(2026, 6, 1),
    last=date(2026, 6, 7),
    approved_by="J. Li",
    legal_approved_by="W. Chen",
    ground="disaster",
    reason="typhoon",
)


def against(name: str, **changes: Any) -> list[str | None]:
    """What is found in a draft that changes one rule of law."""
    rules = tuple(rule.model_copy(update=changes) if rule.id == name else rule for rule in NOW.rules)
    draft = NOW.model_copy(update={"rules": rules})
    return [finding.column for finding in law_findings(draft, NOW, LAW, EXAMPLE_CENTRE, AGENTS, "d.toml")]


def numbers(name: str, **changes: Any) -> list[str | None]:
    return against(name, numbers=LAW[name].numbers | changes)


def left_out(*names: str) -> list[str | None]:
    draft = NOW.model_copy(update={"rules": tuple(rule for rule in NOW.rules if rule.id not in names)})
    return [finding.column for finding in law_findings(draft, NOW, LAW, EXAMPLE_CENTRE, AGENTS, "d.toml")]


def test_the_law_as_shipped_has_nothing_against_it() -> None:
    assert against("") == []


def test_numbers_may_go_one_way_alone() -> None:
    assert numbers("cn.week.normal_max", max_minutes=2401) == ["cn.week.normal_max.numbers.max_minutes"]
    assert numbers("cn.week.normal_max", max_minutes=None) == ["cn.week.normal_max.numbers.max_minutes"]
    assert numbers("cn.week.normal_max", max_minutes=2280, min_minutes=2280) == []
    assert numbers("cn.week.rest_min", min_days=0) == ["cn.week.rest_min.numbers.min_days"]
    assert numbers("cn.week.rest_min", min_days=2) == []
    assert numbers("eu.rest.daily", rest_minutes=659) == ["eu.rest.daily.numbers.rest_minutes"]
    assert numbers("eu.rest.daily", rest_minutes=720) == []
    assert numbers("cn.holiday.consecutive_work", reach_days=9) == ["cn.holiday.consecutive_work.numbers.reach_days"]
    assert numbers("cn.week.normal_max", period="month") == ["cn.week.normal_max.numbers.period"]


def test_weight_kind_dates_and_waivers_may_not_be_looser() -> None:
    assert against("cn.week.rest_min", weight=5.0) == ["cn.week.rest_min.weight"]
    assert against("cn.holiday.consecutive_work", weight=49.0) == ["cn.holiday.consecutive_work.weight"]
    assert against("cn.holiday.consecutive_work", weight=None) == []
    assert against("cn.week.rest_min", waivable=True) == ["cn.week.rest_min.waivable"]
    assert against("cn.week.rest_min", kind="leave", numbers={}) == ["cn.week.rest_min.kind"]
    assert against("cn.week.rest_min", valid_from=date(2026, 1, 1)) == ["cn.week.rest_min.valid_from"]
    assert against("cn.week.rest_min", valid_until=date(2026, 1, 1)) == ["cn.week.rest_min.valid_until"]


def test_a_scope_may_be_said_otherwise_if_nobody_is_left_out() -> None:
    rule = LAW["cn.week.normal_max"]
    assert against(rule.id, scope=rule.scope.model_copy(update={"hours_systems": (), "contracts": ("full",)})) == []
    assert against(rule.id, scope=rule.scope.model_copy(update={"teams": ("red",)})) == ["cn.week.normal_max.scope"]


def test_a_rule_that_binds_somebody_is_not_left_out() -> None:
    assert left_out("cn.week.rest_min") == ["cn.week.rest_min"]
    assert left_out("cn.system.comprehensive.month", "cn.system.comprehensive.quarter", "cn.system.comprehensive.year") == []


def test_one_period_of_comprehensive_hours_is_enough() -> None:
    contract = EXAMPLE_CENTRE.contracts[0].model_copy(update={"hours_system": "comprehensive"})
    centre = EXAMPLE_CENTRE.model_copy(update={"contracts": (contract, *EXAMPLE_CENTRE.contracts[1:])})
    periods = [f"cn.system.comprehensive.{name}" for name in ("month", "quarter", "year")]
    for gone, expected in ((periods[:2], []), (periods, periods)):
        draft = NOW.model_copy(update={"rules": tuple(rule for rule in NOW.rules if rule.id not in gone)})
        assert [finding.column for finding in law_findings(draft, NOW, LAW, centre, AGENTS, "d.toml")] == expected


# -- emergencies


def gate(**changes: Any) -> list[str | None]:
    book = NOW.model_copy(update={"derogations": (STORM.model_copy(update=changes),)})
    return [finding.column for finding in derogation_findings(book, AGENTS)]


def test_overtime_is_lifted_on_a_ground_of_article_42_alone() -> None:
    assert gate() == []
    assert gate(ground=None) == ["derogations.0.ground"]
    assert gate(legal_approved_by="") == ["derogations.0.legal_approved_by"]
    assert gate(legal_approved_by="J. Li") == ["derogations.0.legal_approved_by"]
    assert gate(last=date(2026, 6, 8)) == ["derogations.0.last"]
    assert gate(rule="cn.protection", ground=None) == ["derogations.0.rule"]


def test_a_derogation_of_another_rule_needs_no_emergency() -> None:
    rule = RuleSpec(id="house", kind="run_length", numbers={"max_days": 6}, waivable=True)
    bare = STORM.model_copy(update={"rule": "house", "ground": None, "legal_approved_by": ""})
    book = Rulebook(id="b", rules=(rule,), derogations=(bare,))
    assert list(derogation_findings(book, AGENTS)) == []


def test_an_emergency_lifts_the_limit_not_the_pay() -> None:
    """Overtime of a working day is paid 150 %, work on a rest day 200 %, on a holiday 300 %, whatever is lifted."""
    roster, holiday = roster_of(("E E E E E E -", "- - - - - - -")), {date(2026, 6, 5): SpecialDay(type=DayType.HOLIDAY)}
    longer = roster.minutes + np.where(roster.start >= 0, 240, 0)
    worked, storm = replace(roster, minutes=longer), STORM.model_copy(update={"rule": "overtime"})
    pays = []
    for derogations in ((), (storm,)):
        problem = problem_of(rulebook=Rulebook(id="b", rules=(OVERTIME,), derogations=derogations), absences=())
        problem = replace(problem, calendar=problem.calendar.with_days(holiday))
        pays.append(payroll(problem, worked, STORM.first, STORM.last).rows()[0])
        assert bool(verify(problem, worked).breaches) == (not derogations)
    row = pays[0]
    assert pays[1] == row
    assert (row.minutes_150, row.minutes_200, row.minutes_300) == (960, 720, 720)


def test_an_emergency_does_not_lift_protection() -> None:
    storms = tuple(STORM.model_copy(update={"rule": name}) for name in ("cn.ot.max", "cn.protection"))
    book = NOW.model_copy(update={"derogations": storms})
    bound = book.binding(AGENT, EXAMPLE_CENTRE.contract("full"), STORM.first, date(2026, 6, 30))
    assert [rule.id for rule in bound if isinstance(rule, LiftedRule)] == ["cn.ot.max"]


# -- cases of a centre


def test_a_centres_case_fails_when_its_rulebook_changes_and_shipped_ones_step_back() -> None:
    own = {"own.toml": CaseFile(cases=(RegressionCase(id="six", line="E E E E E E -", contract="full", rules=("run",)),))}
    rule = RuleSpec(id="run", kind="run_length", numbers={"max_days": 6})
    changed = LAW["cn.week.rest_min"].model_copy(update={"numbers": {"min_days": 2}})
    shipped = {
        "cn.toml": CaseFile(
            contracts=EXAMPLE_CENTRE.contracts,
            shifts=EXAMPLE_CENTRE.shifts,
            cases=(RegressionCase(id="rest", line="E E E E E E -", contract="full", rules=("cn.week.rest_min",)),),
        )
    }
    checked = check_cases(Rulebook(id="b", rules=(rule, changed)), own, shipped, ready_rules(), EXAMPLE_CENTRE)
    assert ([outcome.case.id for outcome in checked.outcomes], checked.failed, checked.skipped) == (["six"], (), ("rest",))
    tight = rule.model_copy(update={"numbers": {"max_days": 5}})
    [failed] = check_cases(Rulebook(id="b", rules=(tight,)), own, {}, ready_rules(), EXAMPLE_CENTRE).failed
    assert "run broken by E E E E E E -" in str(failed.finding)
