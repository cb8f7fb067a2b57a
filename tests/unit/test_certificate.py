"""The certificate says what the verifier found, no more and no less, of legal rosters, illegal ones and rows that are none."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from rule_case import AGENT, EXAMPLE_CENTRE, MONDAY, SHIFTS

from data.centres.samples import write_sample
from data.exchange.calendars import calendar_for
from data.exchange.folder import read_folder
from data.model.demand import Requirement
from data.model.people import Absence
from data.model.roster import Roster
from data.model.rulebook import Derogation, GoalSpec, Note, Rulebook, RuleSpec, Scope
from data.model.time import Horizon, TimeGrid
from optimizer.rostering.certificate import SHOWN, Certificate, RuleChecked, certify, page, roster_hash
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import verify

CODES = ("-", "AL", "E", "D", "L", "N", "S")
AGENTS = (AGENT, AGENT.model_copy(update={"id": "a2", "contract": "part"}))
LINES = ("E E AL L - N N", "D - D S S - -")
RULES = (
    RuleSpec(id="leave", kind="leave", source="law 5", title="Leave stands", title_zh="休假落实"),
    RuleSpec(id="contract", kind="contract_shifts"),
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}, scope=Scope(contracts=("full",))),
    RuleSpec(id="run", kind="run_length", numbers={"max_days": 1}, weight=2.5),
    RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 60}, waivable=True),
    RuleSpec(id="elsewhere", kind="run_length", numbers={"max_days": 1}, scope=Scope(sites=("mars",))),
    RuleSpec(id="later", kind="run_length", numbers={"max_days": 1}, valid_from=date(2026, 6, 8)),
)
STORM = Derogation(
    rule="overtime", agents=("a1",), first=MONDAY, last=date(2026, 6, 2), approved_by="J. Li", reason="typhoon | <b>landfall</b>"
)
NOTE = Note(
    id="n", title="Nursing hour", title_zh="哺乳时间", source="art. 9", kept_by="the team leader", kept_by_zh="由班组长安排"
)


def nothing_needed(queues: tuple[str, ...], grid: TimeGrid) -> Requirement:
    zero = np.zeros((len(queues), grid.size), dtype=np.int64)
    return Requirement(queues, grid, zero, zero, zero, zero, zero, np.zeros((*zero.shape, 1)), zero.astype(float), zero)


def problem_of(**changes: Any) -> RosterProblem:
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=MONDAY, days=7), minutes=30)
    book = Rulebook(id="book", version="3", rules=RULES, goals=(GoalSpec(kind="coverage"),), derogations=(STORM,), notes=(NOTE,))
    absence = Absence(agent="a1", first=date(2026, 6, 3), last=date(2026, 6, 3))
    problem = RosterProblem(EXAMPLE_CENTRE, AGENTS, grid, nothing_needed(("calls",), grid), book, 0, 7, None, (absence,))
    return replace(problem, **changes)


def roster_of(lines: tuple[str, ...] = LINES, codes: tuple[str, ...] = CODES) -> Roster:
    shifts = {shift.code: shift for shift in SHIFTS}
    symbol = np.array([[codes.index(code) for code in line.split()] for line in lines])
    held = [shifts.get(code) for code in codes]
    start = np.array([-1 if s is None else s.start_minute for s in held])[symbol]
    minutes = np.array([0 if s is None else s.minutes for s in held])[symbol]
    pause = np.array([0 if s is None else s.meal_minutes for s in held])[symbol]
    meal = np.where(pause > 0, 240, -1)
    names = tuple(f"a{k + 1}" for k in range(len(lines)))
    horizon = Horizon(zone="Asia/Shanghai", first=MONDAY, days=symbol.shape[1])
    return Roster(names, horizon, codes, symbol, start, minutes, meal, pause, version="v7")


def rule_of(certificate: Certificate, name: str) -> RuleChecked:
    return next(rule for rule in certificate.rules if rule.id == name)


def test_a_legal_roster() -> None:
    found = certify(problem_of(), roster_of(), "1.2.3")
    assert (found.legal, found.checked, found.faults) == (True, True, ())
    assert (found.roster_version, found.rulebook, found.rulebook_version, found.code_version) == ("v7", "book", "3", "1.2.3")
    assert (found.first, found.last, found.agents) == (MONDAY, date(2026, 6, 7), 2)
    assert [(rule.id, rule.hard, rule.agents, rule.breaches) for rule in found.rules] == [
        ("leave", True, 2, 0),
        ("contract", True, 2, 0),
        ("rest", True, 1, 0),
        ("run", False, 2, 3),
        ("overtime", True, 2, 0),
    ]
    assert found.unbound == ("elsewhere", "later")
    assert (rule_of(found, "leave").title, rule_of(found, "leave").title_zh, rule_of(found, "leave").source) == (
        "Leave stands",
        "休假落实",
        "law 5",
    )
    assert rule_of(found, "overtime").numbers == {"max_day_minutes": 60, "max_month_minutes": 2160}
    assert rule_of(found, "run").amount == 4
    assert found.notes == (NOTE,)
    assert [(one.derogation, one.agents) for one in found.derogations] == [(STORM, 1)]


def test_both_pages_of_a_legal_roster() -> None:
    found = certify(problem_of(), roster_of(), "1.2.3")
    english, chinese = page(found, "en"), page(found, "zh")
    assert "**LEGAL.**" in english
    assert "NOT LEGAL" not in english
    assert "**合规。**" in chinese
    assert "不合规" not in chinese
    for text in (english, chinese):
        for wanted in (
            found.roster_sha256,
            found.rulebook_sha256,
            "1.2.3",
            "v7",
            "J. Li",
            "2026-06-01 - 2026-06-02",
            "`elsewhere`",
        ):
            assert wanted in text
        assert "typhoon \\| &lt;b>landfall" in text
        assert all(rule.source in text and f"`{rule.id}`" in text for rule in found.rules)
    assert "the team leader" in english
    assert "由班组长安排" in chinese
    assert "At most 60 minutes of overtime" in english
    assert "加班每天不超过 60 分钟" in chinese


def test_an_illegal_roster_says_so_first() -> None:
    roster = roster_of(("L E AL L - N N", LINES[1]))
    found = certify(problem_of(), roster, "1")
    assert not found.legal
    assert rule_of(found, "rest").breaches == 1
    (told,) = rule_of(found, "rest").told
    (breach,) = verify(problem_of(), roster).breaches
    assert (told.agent, told.first, told.measured, told.message) == ("a1", breach.first, breach.measured, breach.message)
    english, chinese = page(found, "en"), page(found, "zh")
    assert english.splitlines()[2].startswith("**NOT LEGAL.** 1 breaches of hard rules, 0 faults")
    assert chinese.splitlines()[2].startswith("**不合规。** 违反硬性规则 1 处")
    assert f"- hard `rest` a1, 2026-06-01 to 2026-06-02: {breach.message}, beyond by {breach.amount:g}" in english
    assert f"- 硬性 `rest` a1，2026-06-01 至 2026-06-02：实际 {breach.measured:g}、限值 660" in chinese


def test_a_fault_alone_is_not_legal() -> None:
    good = roster_of()
    start = good.start.copy()
    start[0, 0] += 5
    found = certify(problem_of(), replace(good, start=start), "1")
    assert (found.legal, found.checked, len(found.faults)) == (False, True, 1)
    assert sum(rule.breaches for rule in found.rules if rule.hard) == 0
    assert "0 breaches of hard rules, 1 faults" in page(found, "en")


@pytest.mark.parametrize(
    "roster",
    [roster_of(("E E AL L - N N",)), roster_of(tuple(line + " -" for line in LINES)), replace(roster_of(), agents=("a2", "a1"))],
)
def test_rows_that_are_no_roster_of_the_problem_are_not_checked(roster: Roster) -> None:
    found = certify(problem_of(), roster, "1")
    assert (found.legal, found.checked) == (False, False)
    assert {rule.agents for rule in found.rules} == {0}
    assert "**NOT LEGAL, AND NOT CHECKED.**" in page(found, "en")
    assert "**不合规，且未校验。**" in page(found, "zh")


def test_history_is_told_and_not_charged() -> None:
    roster = roster_of(("L E AL L - N N", LINES[1]))
    found = certify(problem_of(first_open=2, base=roster), roster, "1")
    assert (found.legal, found.known_from, found.first) == (True, MONDAY, date(2026, 6, 3))
    assert "Days before 2026-06-03, known from 2026-06-01, are read as history" in page(found, "en")
    assert "2026-06-03 之前" in page(found, "zh")
    assert "history" not in page(certify(problem_of(), roster_of(), "1"), "en")


def test_a_derogation_that_lifts_a_rule_throughout_is_told_beside_the_rule() -> None:
    problem = problem_of()
    whole = STORM.model_copy(update={"agents": (), "last": date(2026, 6, 30)})
    over = STORM.model_copy(update={"first": date(2026, 5, 1), "last": date(2026, 5, 31)})
    other = STORM.model_copy(update={"rule": "rest"})  # not waivable: it lifts nothing
    book = problem.rulebook.model_copy(update={"derogations": (whole, over, other)})
    found = certify(replace(problem, rulebook=book), roster_of(), "1")
    assert "overtime" in found.unbound
    assert [(one.derogation, one.agents) for one in found.derogations] == [(whole, 2)]


def test_many_breaches_are_counted_and_the_first_told() -> None:
    agents = tuple(AGENT.model_copy(update={"id": f"a{k + 1}"}) for k in range(SHOWN + 5))
    found = certify(problem_of(agents=agents, absences=()), roster_of(("L E - L - N N",) * len(agents)), "1")
    rest = rule_of(found, "rest")
    assert (rest.breaches, len(rest.told)) == (SHOWN + 5, SHOWN)
    assert "- and 5 more" in page(found, "en")


def test_the_hash_of_a_roster_is_that_of_its_rows() -> None:
    good = roster_of()
    same = [roster_of(codes=("-", "N", "AL", "E", "S", "L", "D")), roster_of(codes=("-", "UL", "T", *CODES[1:]))]
    same += [replace(good, breaks=np.full((2, 7, 3), -1)), replace(good, version="x")]
    assert {roster_hash(roster) for roster in same} == {roster_hash(good)}
    symbol = good.symbol.copy()
    symbol[0, 0] = CODES.index("D")
    breaks = np.full((2, 7, 1), -1)
    breaks[0, 0, 0] = 60
    others = [
        replace(good, symbol=symbol),
        replace(good, breaks=breaks),
        replace(good, meal=good.meal + 1),
        replace(good, agents=("a1", "b")),
    ]
    others += [replace(good, symbol=np.where(symbol == 2, k, symbol)) for k in (-1, 99)]  # no symbols at all, but rows
    assert len({roster_hash(roster) for roster in [good, *others]}) == 7
    assert not certify(problem_of(), others[-1], "1").checked


def test_the_hash_of_a_rulebook_is_that_of_all_it_says() -> None:
    book = problem_of().rulebook
    changed = [{"version": "4"}, {"notes": ()}, {"derogations": ()}, {"goals": ()}, {"rules": RULES[1:]}]
    assert len({book.model_copy(update=one).sha256 for one in [{}, *changed]}) == 6
    again = Rulebook.model_validate(book.model_dump())
    assert again.sha256 == book.sha256


def test_it_comes_back_from_json() -> None:
    found = certify(problem_of(), roster_of(("L E AL L - N N", LINES[1])), "1")
    assert Certificate.model_validate_json(found.model_dump_json()) == found


MINIMUM_HOURS = {"cn.week.normal_max", "cn.part_time", "grid.week.comprehensive"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[RosterProblem, Roster]:
    """The sample centre with thirty agents and a week in which nobody works."""
    path = tmp_path_factory.mktemp("grid")
    write_sample("grid95598", path, agents=30)
    folder = read_folder(path)
    grid = TimeGrid(horizon=Horizon(zone=folder.centre.zone, first=date(2026, 9, 28), days=14), minutes=30)
    queues = tuple(queue.id for queue in folder.centre.queues)
    book, calendar = folder.rulebook, calendar_for(folder.centre, grid.horizon.first, grid.horizon.last)
    needed = nothing_needed(queues, grid)
    problem = RosterProblem(folder.centre, folder.agents, grid, needed, book, 0, 14, absences=folder.absences, calendar=calendar)
    shape, leave = (len(folder.agents), 14), problem.leave
    none = np.full(shape, -1)
    idle = Roster(
        tuple(a.id for a in folder.agents),
        grid.horizon,
        problem.alphabet.codes,
        np.maximum(leave, 0),
        none,
        none * 0,
        none,
        none * 0,
    )
    return problem, idle


def test_the_certificate_of_the_sample_centre(sample: tuple[RosterProblem, Roster]) -> None:
    problem, idle = sample
    found, verdict = certify(problem, idle, "1"), verify(problem, idle)
    assert {rule.id for rule in found.rules} | set(found.unbound) == {rule.id for rule in problem.rulebook.rules}
    assert sum(rule.breaches for rule in found.rules if rule.hard) == len(verdict.breaches) > 0
    assert {rule.id for rule in found.rules if rule.hard and rule.breaches} == MINIMUM_HOURS
    assert not found.legal
    assert all(rule.title and rule.title_zh and rule.source and rule.sentence_zh for rule in found.rules)
    assert len(found.notes) == len(problem.rulebook.notes) > 30
    for tongue in ("en", "zh"):
        text = page(found, tongue)
        assert all(f"`{note.id}`" in text for note in found.notes)
        assert "{" not in text


def test_the_sample_centre_is_legal_once_the_minimum_hours_are_left_out(sample: tuple[RosterProblem, Roster]) -> None:
    problem, idle = sample
    kept = tuple(rule for rule in problem.rulebook.rules if rule.id not in MINIMUM_HOURS)
    found = certify(replace(problem, rulebook=problem.rulebook.model_copy(update={"rules": kept})), idle, "1")
    assert found.legal
    assert "**LEGAL.**" in page(found, "en")
