"""A derogation lifts a waivable rule for its agents on its days, for the engines and for the verifier alike."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from math import inf
from pathlib import Path
from random import Random

import pytest
from pydantic import ValidationError
from rule_case import AGENT, MONDAY, Case, price_of, random_case, random_params

from data.exchange.folder import TEMPLATE, read_folder
from data.model.errors import InvalidData
from data.model.people import Contract
from data.model.roster import AgentLine
from data.model.rulebook import Derogation, LiftedRule, Rulebook, RuleSpec
from data.model.time import Horizon
from optimizer.rostering.language import Language
from optimizer.rostering.lifting import lifted_language
from optimizer.rostering.rules import RuleKind, kinds, overtime, run_length
from optimizer.rostering.tally import spared

CASES = 150
PRICE = 0.25
RULE = RuleSpec(id="cn.ot.max", kind="overtime", waivable=True)
STORM = Derogation(rule=RULE.id, first=MONDAY, last=date(2026, 6, 2), approved_by="J. Li", reason="typhoon")
FULL_TIME = Contract(id="full", name="Full time", shifts=("E",))


def bound(rule: RuleSpec, *derogations: Derogation) -> RuleSpec:
    book = Rulebook(id="b", rules=(rule,), derogations=derogations)
    [found] = book.binding(AGENT, FULL_TIME, MONDAY, MONDAY + timedelta(days=30))
    return found


def lifted(kind: str, *days: date) -> RuleSpec:
    rule = RuleSpec(id="r", kind=kind, waivable=kind != "protection")
    spans = tuple(STORM.model_copy(update={"rule": "r", "first": day, "last": day}) for day in days)
    return LiftedRule(**dict(rule), derogations=spans)


def line_of(codes: str, history: int = 0) -> Case:
    symbols = tuple(codes.split())
    horizon = Horizon(zone="Asia/Shanghai", first=MONDAY, days=len(symbols))
    return Case(horizon, AGENT, symbols, history, ("",) * len(symbols))


def with_overtime(line: AgentLine, *minutes: int) -> AgentLine:
    return replace(line, duties=tuple(replace(d, overtime_minutes=m) for d, m in zip(line.duties, minutes, strict=True)))


def test_it_lifts_its_rule_for_its_agents_on_its_days() -> None:
    rule = bound(RULE, STORM)
    assert isinstance(rule, LiftedRule)
    assert [rule.lifted(MONDAY + timedelta(days=d)) for d in (-1, 0, 1, 2)] == [False, True, True, False]
    assert bound(RULE, STORM.model_copy(update={"agents": ("somebody else",)})) is RULE
    assert isinstance(bound(RULE, STORM.model_copy(update={"agents": (AGENT.id,)})), LiftedRule)
    assert bound(RULE, STORM.model_copy(update={"rule": "another"})) is RULE
    assert bound(RULE) is RULE


def test_a_rule_that_is_not_waivable_stands() -> None:
    rule = RULE.model_copy(update={"waivable": False})
    assert bound(rule, STORM) is rule


def test_protection_is_never_waivable() -> None:
    with pytest.raises(ValidationError, match="no derogation may lift it"):
        RuleSpec(id="cn.protection", kind="protection", waivable=True)


def test_it_needs_an_approver_a_reason_and_an_end() -> None:
    whole = STORM.model_dump()
    for field in ("approved_by", "reason", "last"):
        with pytest.raises(ValidationError):
            Derogation.model_validate({name: value for name, value in whole.items() if name != field})
    with pytest.raises(ValidationError, match="before it starts"):
        Derogation.model_validate(whole | {"last": date(2026, 5, 31)})


def test_overtime_of_the_emergency_counts_neither_on_the_day_nor_in_the_month() -> None:
    params, line = (
        overtime.Params(max_day_minutes=180, max_month_minutes=400),
        with_overtime(line_of("E E E E").line, 300, 300, 180, 180),
    )
    assert sum(breach.amount for breach in overtime.breaches(params, line)) == 2 * 120 + 560
    assert overtime.breaches(params, spared(line, bound(RULE, STORM))) == []
    assert overtime.breaches(params, spared(line, RULE)) == overtime.breaches(params, line)


def test_a_lifted_day_ends_a_run_and_credits_a_normal_day() -> None:
    run, week = run_length.Params(max_days=2), kinds()["hours"].Params.model_validate({"min_minutes": 2400, "max_minutes": 2400})
    line = line_of("E E E E E E -").line
    assert sum(breach.amount for breach in run_length.breaches(run, spared(line, lifted("run_length", date(2026, 6, 3))))) == 1
    for codes, legal in (("E E E E E - -", True), ("- - E E E - -", True), ("E E E E E E -", False), ("E E - E E - -", False)):
        blind = spared(line_of(codes).line, lifted("hours", date(2026, 6, 1), date(2026, 6, 2)))
        assert (kinds()["hours"].breaches(week, blind) == []) == legal, codes


@pytest.mark.parametrize("name", kinds())
def test_engines_and_verifier_are_blind_on_the_same_days(name: str) -> None:
    kind, rng, differs = kinds()[name], Random(name + " lifted"), 0
    for _ in range(CASES):
        case, params = random_case(rng), random_params(rng, kind.Params)
        rule = lifted(name, *rng.sample(case.horizon.dates, rng.randint(0, 3)))
        line = spared(case.line, rule)
        amount = sum(breach.amount for breach in kind.breaches(params, line))
        for price, expected in ((PRICE, PRICE * amount), (inf, inf if amount else 0)):
            assert price_of(language_of(kind, params, case, rule, price), case.symbols) == expected, (params, case, rule)
        differs += amount != sum(breach.amount for breach in kind.breaches(params, case.line))
    assert differs or name == "overtime"


def language_of(kind: RuleKind, params: object, case: Case, rule: RuleSpec, price: float) -> Language:
    return lifted_language(rule, case.context, lambda context: kind.language(params, context, price))


def test_a_rule_lifted_on_all_days_does_not_bind() -> None:
    book = Rulebook(id="b", rules=(RULE,), derogations=(STORM,))
    assert book.binding(AGENT, FULL_TIME, MONDAY, date(2026, 6, 2)) == ()
    assert len(book.binding(AGENT, FULL_TIME, MONDAY, date(2026, 6, 3))) == 1


def folder_with(tmp_path: Path, derogations: str) -> Path:
    path = tmp_path / "centre"
    shutil.copytree(TEMPLATE, path)
    with (path / "rulebook.toml").open("a", encoding="utf-8") as rulebook:
        rulebook.write(derogations)
    return path


def entry(rule: str, agent: str = "") -> str:
    agents = f'agents = ["{agent}"]' if agent else ""
    lines = [f'rule = "{rule}"', agents, "first = 2026-06-01", "last = 2026-06-03", 'approved_by = "J. Li"', 'reason = "storm"']
    lines += ['ground = "disaster"', 'legal_approved_by = "W. Chen"']
    return "\n".join(["", "[[derogations]]", *lines, ""])


def test_a_rulebook_file_brings_its_derogations(tmp_path: Path) -> None:
    [read] = read_folder(folder_with(tmp_path, entry("cn.ot.max"))).rulebook.derogations
    assert (read.rule, read.last, read.approved_by) == ("cn.ot.max", date(2026, 6, 3), "J. Li")


def test_derogations_that_cannot_be_are_found(tmp_path: Path) -> None:
    bad = entry("cn.ot.maximum") + entry("cn.protection") + entry("cn.ot.max", agent="nobody")
    with pytest.raises(InvalidData) as caught:
        read_folder(folder_with(tmp_path, bad))
    found = [(finding.where, finding.column, finding.read) for finding in caught.value.findings]
    assert found == [
        ("rulebook.toml", "derogations.0.rule", "'cn.ot.maximum'"),
        ("rulebook.toml", "derogations.1.rule", "cn.protection"),
        ("rulebook.toml", "derogations.2.agents", "'nobody'"),
    ]


def test_a_derogation_without_a_reason_is_found(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as caught:
        read_folder(folder_with(tmp_path, entry("cn.ot.max").replace('reason = "storm"\n', "")))
    assert [finding.column for finding in caught.value.findings] == ["derogations.0.reason"]
