from datetime import date
from pathlib import Path

import pytest

from data.centres.samples import CENTRES
from data.exchange.documents import dump_toml
from data.exchange.rulebooks import RULEBOOKS, read_rulebook
from data.model.errors import InvalidData
from data.model.people import Agent, Contract
from data.model.rulebook import GoalSpec, Note, Rulebook, RuleSpec, Scope, Strategy
from optimizer.rostering import goals
from optimizer.rostering.rules import params_of
from optimizer.rostering.ruling import check_rulebook

BOOKS = sorted(RULEBOOKS.glob("*.toml"))
CENTRE_BOOKS = sorted(CENTRES.glob("*/rulebook.toml"))
PART_TIME = Contract(id="any", name="any", hours_system="part_time", shifts=("A",))
PART_TIMER = Agent(id="a", contract="any", skills=("q",)), PART_TIME

LAW = """
day.normal_max week.normal_max week.rest_min week.restday_flexible ot.day_typical ot.day_max ot.month_max ot.emergency_exempt
pay.ot_weekday pay.ot_restday pay.holiday pay.piece_rate pay.month_days fine.ot holiday.days holiday.partial
holiday.consecutive_work holiday.300_days calendar.2026 month.std system.comprehensive system.comprehensive.ot system.flexible
system.default_if_unproven part_time dispatch leave.annual leave.annual.new_hire leave.annual.unused leave.annual.plan
female.pregnant7m female.prenatal female.nursing female.maternity female.fine female.province night.window minor
rulebook.procedure no_forced_ot privacy.basis privacy.sensitive privacy.automated
"""
"""What Chinese law asks of a roster and of what surrounds it."""

POLICY = """
rest.between_shifts consecutive.days consecutive.nights rest.after_nights shift.max rotation early_start weekend break.micro
phone.continuous_max meal occupancy flex_reserve publish.notice fairness
"""
"""What good practice asks."""


def book(name: str) -> Rulebook:
    return read_rulebook(RULEBOOKS / f"{name}.toml")


def written(folder: Path, text: str) -> Path:
    path = folder / "rulebook.toml"
    path.write_text('id = "x"\n' + text, encoding="utf-8")
    return path


def findings(path: Path) -> list[tuple[str | None, str]]:
    with pytest.raises(InvalidData) as caught:
        read_rulebook(path)
    return [(finding.column, finding.read) for finding in caught.value.findings]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_rulebooks_are_valid(path: Path) -> None:
    held = read_rulebook(path)
    check_rulebook(held, path.name)
    assert held.id == path.stem
    assert all(rule.source and rule.title and rule.title_zh for rule in held.rules)
    assert all(all(note.model_dump(exclude={"strategy", "valid_from"}).values()) for note in held.notes)
    for goal in held.goals:
        goals.kinds()[goal.kind].Params.model_validate(goal.numbers)


@pytest.mark.parametrize("path", CENTRE_BOOKS, ids=lambda path: path.parent.name)
def test_the_rulebooks_of_the_centres_are_valid(path: Path) -> None:
    check_rulebook(read_rulebook(path), path.name)


def test_the_packs_fit_together() -> None:
    assert {path.stem for path in BOOKS} == {"cn", "eu", "house", "strategies"}
    books = [read_rulebook(path) for path in BOOKS]
    everything = [entry.id for held in books for entry in (*held.rules, *held.notes)]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize(("name", "prefix", "ids"), [("cn", "cn", LAW), ("house", "pol", POLICY)])
def test_every_rule_of_law_and_policy_is_told(name: str, prefix: str, ids: str) -> None:
    held = book(name)
    told = {entry.id for entry in (*held.rules, *held.notes)}
    assert not {f"{prefix}.{i}" for i in ids.split()} - told


@pytest.mark.parametrize("name", ["cn", "eu"])
def test_what_the_law_says_has_a_date(name: str) -> None:
    assert all(rule.valid_from for rule in book(name).rules)


def test_legal_numbers() -> None:
    rules = {rule.id: rule for path in BOOKS for rule in read_rulebook(path).rules}
    assert rules["cn.day.normal_max"].numbers["max_minutes"] == 8 * 60
    assert rules["cn.week.normal_max"].numbers["max_minutes"] == 40 * 60
    assert rules["cn.system.comprehensive.month"].numbers["max_minutes"] == round(248 / 12 * 480)
    assert rules["cn.system.comprehensive.quarter"].numbers["max_minutes"] == 62 * 480
    assert rules["cn.system.comprehensive.year"].numbers["max_minutes"] == 248 * 480
    assert rules["cn.part_time"].numbers["max_minutes"] == 24 * 60
    assert rules["cn.part_time.day"].numbers["max_minutes"] == 4 * 60
    assert rules["cn.ot.max"].numbers == {"max_day_minutes": 3 * 60, "max_month_minutes": 36 * 60}
    assert rules["eu.rest.daily"].numbers["rest_minutes"] == 11 * 60
    assert rules["eu.rest.weekly"].numbers["rest_minutes"] == (24 + 11) * 60
    assert rules["eu.week.average"].numbers["max_minutes"] == 48 * 60
    assert rules["pol.shift.max"].numbers["max_minutes"] == 12 * 60


def test_emergencies_lift_overtime_alone() -> None:
    rules = [rule for path in BOOKS for rule in read_rulebook(path).rules]
    assert {rule.id for rule in rules if rule.waivable} == {"cn.ot.max", "cn.ot.day_typical"}


def test_scopes_and_dates_select() -> None:
    cn = book("cn")
    bound = {rule.id for rule in cn.binding(*PART_TIMER, date(2026, 6, 1), date(2026, 6, 30))}
    assert {"cn.part_time", "cn.part_time.day", "cn.week.rest_min"} <= bound
    assert not bound & {"cn.day.normal_max", "cn.week.normal_max", "cn.system.comprehensive.month"}
    assert "cn.holiday.consecutive_work" not in {r.id for r in cn.binding(*PART_TIMER, date(2024, 6, 1), date(2024, 6, 30))}


def test_an_empty_scope_binds_everyone() -> None:
    assert Scope().covers(*PART_TIMER)
    assert not Scope(teams=("other",)).covers(*PART_TIMER)


def test_the_sample_centre_has_fourteen_strategies_and_each_holds_something() -> None:
    held = read_rulebook(CENTRES / "grid95598" / "rulebook.toml")
    assert [s.order for s in held.strategies] == list(range(1, 15))
    assert all(s.name and s.name_zh and s.description and s.description_zh for s in held.strategies)
    assert all(held.under(s.id) for s in held.strategies)
    bare = [s.id for s in held.strategies if all(isinstance(entry, Note) for entry in held.under(s.id))]
    assert bare == ["off_phone"]
    assert all(rule.strategy for rule in held.rules)
    assert all(goal.strategy for goal in held.goals)


def test_a_strategy_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    entries = '[[rules]]\nid = "r"\nkind = "leave"\nstrategy = "reste"\n[[goals]]\nkind = "wishes"\nstrategy = "leafe"\n'
    path = written(tmp_path, 'include = "strategies"\n' + entries)
    assert findings(path) == [("r.strategy", "'reste'"), ("goals.wishes.strategy", "'leafe'")]
    assert read_rulebook(written(tmp_path, entries)).rules[0].strategy == "reste"


def test_included_rules_are_left_out_by_name(tmp_path: Path) -> None:
    left = read_rulebook(written(tmp_path, 'include = ["house"]\nleave_out = ["pol.weekend"]\n'))
    assert {rule.id for rule in book("house").rules} - {rule.id for rule in left.rules} == {"pol.weekend"}
    path = written(tmp_path, 'include = ["house"]\nleave_out = ["pol.weekends", "cn.leave", "goals.cover"]\n')
    assert findings(path) == [("leave_out", f"'{name}'") for name in ("pol.weekends", "cn.leave", "goals.cover")]


def test_included_goals_are_left_out_by_kind(tmp_path: Path) -> None:
    bare = 'include = ["house"]\nleave_out = ["goals.coverage"]\n'
    left = read_rulebook(written(tmp_path, bare))
    assert {goal.kind for goal in book("house").goals} - {goal.kind for goal in left.goals} == {"coverage"}
    own = read_rulebook(written(tmp_path, bare + '[[goals]]\nkind = "coverage"\n'))
    assert "coverage" in {goal.kind for goal in own.goals}


def test_a_centre_renames_a_strategy(tmp_path: Path) -> None:
    own = '[[strategies]]\nid = "nights"\norder = 5\nname = "Nights as we agreed"\n'
    held = read_rulebook(written(tmp_path, 'include = ["strategies"]\n' + own))
    assert [s.name for s in held.strategies if s.id == "nights"] == ["Nights as we agreed"]
    assert len(held.strategies) == 14


@pytest.mark.parametrize("name", ["strategies", "notes"])
def test_ids_are_told_once(name: str) -> None:
    strategy = Strategy(id="a", order=1, name="A")
    note = Note(id="a", title="A", title_zh="甲", source="s", kept_by="k", kept_by_zh="k")
    entries = {"strategies": strategy, "notes": note}
    with pytest.raises(ValueError, match=f"names {name} twice: a"):
        Rulebook.model_validate({"id": "x", name: (entries[name], entries[name])})


def test_a_rulebook_is_read_as_it_was_written(tmp_path: Path) -> None:
    held = read_rulebook(CENTRES / "grid95598" / "rulebook.toml")
    dump_toml(held, tmp_path / "rulebook.toml")
    assert read_rulebook(tmp_path / "rulebook.toml") == held


def test_what_stands_under_a_strategy() -> None:
    rule, goal = RuleSpec(id="r", kind="leave", strategy="s"), GoalSpec(kind="wishes", strategy="t")
    held = Rulebook(id="x", rules=(rule,), goals=(goal,))
    assert (held.under("s"), held.under("t"), held.under("u")) == ((rule,), (goal,), ())


def test_numbers_are_checked_once_for_equal_rules() -> None:
    week, day = (RuleSpec(id="h", kind="hours", numbers={"period": name, "max_minutes": 480}) for name in ("week", "day"))
    assert params_of(week) is params_of(week.model_copy())
    assert params_of(week) != params_of(day)


def test_a_mistyped_number_names_those_of_the_kind() -> None:
    typo = Rulebook(id="typo", rules=(RuleSpec(id="week", kind="hours", numbers={"max_minute": 2400}),))
    with pytest.raises(InvalidData) as caught:
        check_rulebook(typo)
    finding = next(finding for finding in caught.value.findings if finding.column == "week.max_minute")
    assert "no such key" in finding.expected
    assert "max_minutes" in finding.fix
