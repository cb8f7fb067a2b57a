import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np
import pytest

from data.exchange import folder as folders
from data.exchange.calls import read_calls
from data.exchange.drivers import read_drivers
from data.exchange.folder import CentreFolder, read_folder, write_folder, write_template
from data.model.calendar import DayType, SpecialDay
from data.model.centre import OpeningHours
from data.model.demand import Event
from data.model.driver import Drivers
from data.model.errors import Finding, InvalidData
from data.model.exclusion import Exclusion
from data.model.outage import Outage
from data.model.override import Override
from data.model.people import Absence, Protection, Wish
from data.model.rulebook import RuleSpec, Scope


@pytest.fixture
def template(tmp_path: Path) -> Path:
    write_template(tmp_path / "centre")
    return tmp_path / "centre"


def findings(path: Path) -> list[Finding]:
    with pytest.raises(InvalidData) as caught:
        read_folder(path)
    return list(caught.value.findings)


def places(path: Path) -> list[tuple[str, int | None, str | None]]:
    return [(f.where, f.row, f.column) for f in findings(path)]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_template_reads_without_findings_and_runs(template: Path) -> None:
    folder = read_folder(template)
    assert (len(folder.centre.queues), len(folder.agents), len(folder.centre.contracts)) == (1, 12, 3)
    assert folder.absences
    assert folder.wishes
    assert folder.events
    assert {"cn.leave", "pol.rest.between_shifts"} <= {rule.id for rule in folder.rulebook.rules}
    assert folder.calls is not None
    history = read_calls(folder.calls, folder.centre.zone)
    assert history.queues == ("service",)
    assert history.grid.minutes == 30


def test_the_template_explains_itself_in_two_languages(template: Path) -> None:
    for name in ("centre.toml", "rulebook.toml"):
        text = (template / name).read_text(encoding="utf-8")
        lines = [
            re.fullmatch(r"(\w+) = (?:[^#]|#[0-9a-f]{6})*(?:# (.*))?", line) for line in text.splitlines() if re.match(r"\w", line)
        ]
        keys = {line[1] for line in lines if line}
        explained = {line[1] for line in lines if line and re.search(r"[a-z].*[一-鿿]", line[2] or "")}
        assert keys - explained <= {"tue", "wed", "thu", "fri", "sat", "sun"}


def test_every_key_that_the_template_comments_out_may_be_used(template: Path) -> None:
    path = template / "centre.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    off = [re.match(r"# (?=\[|\w+ = )", line) is not None for line in lines]
    keys = {line.split()[1]: line for line, is_off in zip(lines, off, strict=True) if is_off and "[" not in line.split()[1]}
    assert {key for key, line in keys.items() if not re.search(r" #.*[a-z].*[一-鿿]", line)} <= {"type", "name"}
    text = "\n".join(line[2:] if is_off else line for line, is_off in zip(lines, off, strict=True)) + "\n"
    path.write_text(text.replace('channel = "call"', 'channel = "deferred"'), encoding="utf-8")
    made = read_folder(template).centre
    queue = made.queues[0]
    assert (queue.room, queue.due_minutes, len(queue.patience_mix), queue.target.min_answer_rate) == (50, 480, 2, 0.95)
    assert [cause.id for cause in made.shrinkage_causes] == ["leave"]
    assert made.redials is not None


def test_the_efficiency_of_agents_is_an_optional_column(template: Path, tmp_path: Path) -> None:
    folder = read_folder(template)
    write_folder(folder, tmp_path / "none")
    assert "efficiency" not in (tmp_path / "none" / "staff.csv").read_text(encoding="utf-8")
    agents = (folder.agents[0].model_copy(update={"efficiency": 0.6}), *folder.agents[1:])
    write_folder(replace(folder, agents=agents), tmp_path / "one")
    assert [agent.efficiency for agent in read_folder(tmp_path / "one").agents] == [0.6] + [1.0] * 11
    for wrong in ("0", "1.2", "fast"):
        write_folder(replace(folder, agents=agents), tmp_path / wrong)
        edit(tmp_path / wrong / "staff.csv", "0.6", wrong)
        assert ("staff.csv", 2, "efficiency") in places(tmp_path / wrong)


def test_a_folder_that_holds_files_is_left_alone(template: Path) -> None:
    before = {path.name: path.read_bytes() for path in template.iterdir()}
    with pytest.raises(InvalidData):
        write_template(template)
    with pytest.raises(InvalidData):
        write_template(template / "centre.toml")
    assert {path.name: path.read_bytes() for path in template.iterdir()} == before


def test_an_included_rule_is_overridden_by_the_same_id(template: Path) -> None:
    rules = {rule.id: rule for rule in read_folder(template).rulebook.rules}
    assert rules["cn.week.normal_max"].scope.contracts == ("FT", "FTE")
    assert sum(goal.kind == "wishes" for goal in read_folder(template).rulebook.goals) == 1
    edit(template / "rulebook.toml", '"house"]', '"mars"]')
    (finding,) = findings(template)
    assert (finding.column, finding.read) == ("include", "'mars'")
    assert "cn" in finding.expected


def _same(one: CentreFolder, other: CentreFolder) -> None:
    blank = {"path": Path(), "calls": None, "history": None}
    assert replace(one, **blank) == replace(other, **blank)


def test_a_folder_comes_back_as_it_was(template: Path, tmp_path: Path) -> None:
    folder = read_folder(template)
    queue = folder.centre.queues[0].model_copy(
        update={"opening": OpeningHours(hours={"mon": ("22:00", "06:00"), "sun": ("00:00", "24:00")})}
    )
    shift = folder.centre.shifts[0].model_copy(update={"start": time(22), "name": '=1+1, quoted "so"'})
    special = SpecialDay(type=DayType.WORK, name="open")
    guard = Protection(no_night=False, no_overtime=True, until=date(2026, 7, 1))
    rule = RuleSpec(
        id="x.y", kind="nights", numbers={"max_nights": 3}, weight=2.5, valid_from=date(2026, 1, 1), scope=Scope(agents=("A0001",))
    )
    changed = replace(
        folder,
        centre=folder.centre.model_copy(
            update={"special_days": {date(2026, 6, 19): special}, "queues": (queue,), "shifts": (shift, *folder.centre.shifts[1:])}
        ),
        agents=(
            folder.agents[0].model_copy(update={"protection": guard}),
            folder.agents[1].model_copy(update={"protection": Protection()}),
            *folder.agents[2:],
        ),
        rulebook=folder.rulebook.model_copy(update={"rules": (*folder.rulebook.rules, rule)}),
        absences=(Absence(agent="A0001", first=date(2026, 6, 1), last=date(2026, 6, 1), code="UL", paid=False),),
        wishes=(Wish(agent="A0001", day=date(2026, 6, 2), kind="avoid", shift="L", rank=1),),
        events=(
            Event(
                queue="service",
                name="a, b",
                start=datetime(2026, 6, 1, tzinfo=UTC),
                end=datetime(2026, 6, 2, tzinfo=UTC),
                extra_calls=0.1,
            ),
        ),
    )
    assert folder.calls is not None
    history = read_calls(folder.calls, folder.centre.zone)
    for k, value in enumerate((folder, changed)):
        write_folder(value, tmp_path / str(k), history)
        _same(read_folder(tmp_path / str(k)), value)
    assert (tmp_path / "0" / "calls.csv").read_bytes() == folder.calls.read_bytes()


def test_every_finding_of_every_file_in_one_error(template: Path) -> None:
    edit(template / "centre.toml", "handle_time_s = 240.0", "handle_time_s = -1.0")
    edit(template / "centre.toml", 'project = "service"', 'projct = "service"')
    edit(template / "rulebook.toml", "version", "versio")
    edit(template / "shifts.csv", "09:30,540", "9 o'clock,540")
    edit(template / "staff.csv", "A0004,丁一,main,T01,FT,service", "A0004,丁一,main,T01,,service")
    edit(template / "leave.csv", "2026-06-12", "2026-06-02")
    edit(template / "wishes.csv", "off,,1", "off,,9")
    edit(template / "events.csv", "2026-06-19T00:00+08:00", "2026-06-19T00:00")
    assert set(places(template)) == {
        ("centre.toml", None, "queues.0.handle_time_s"),
        ("centre.toml", None, "queues.0.project"),
        ("centre.toml", None, "queues.0.projct"),
        ("rulebook.toml", None, "versio"),
        ("shifts.csv", 3, "start"),
        ("staff.csv", 5, "contract"),
        ("leave.csv", 2, None),
        ("wishes.csv", 2, "rank"),
        ("events.csv", 2, "end"),
    }


def test_names_that_no_other_file_knows(template: Path) -> None:
    edit(template / "centre.toml", 'shifts = ["E", "D", "L"]', 'shifts = ["E", "D", "X"]')
    edit(template / "staff.csv", "A0002,乙一,main,T01,FT,service,E1", "A0002,乙一,moon,T01,XX,service;sales,E9")
    edit(template / "leave.csv", "A0009", "A0099")
    edit(template / "leave.csv", ",AL,", ",E,")
    edit(template / "wishes.csv", "avoid,L", "avoid,Z")
    edit(template / "events.csv", "service,", "sales,")
    assert places(template) == [
        ("centre.toml", None, "contracts.0.shifts"),
        ("staff.csv", 3, "contract"),
        ("staff.csv", 3, "skills"),
        ("staff.csv", 3, "site"),
        ("staff.csv", 3, "echelon"),
        ("leave.csv", 3, "agent"),
        ("leave.csv", 2, "code"),
        ("wishes.csv", 4, "shift"),
        ("events.csv", 2, "queue"),
    ]


def test_missing_files_and_empty_ones(template: Path) -> None:
    for name in ("centre.toml", "rulebook.toml", "shifts.csv"):
        (template / name).unlink()
    (template / "staff.csv").write_text("agent,name,site,team,contract,skills\n")
    assert {(f.where, f.read) for f in findings(template)} == {
        *((name, "no file") for name in ("centre.toml", "rulebook.toml", "shifts.csv")),
        ("staff.csv", "no row"),
    }


def test_optional_files_may_be_absent(template: Path) -> None:
    for name in ("leave", "wishes", "events", "calls"):
        (template / f"{name}.csv").unlink()
    folder = read_folder(template)
    assert (folder.absences, folder.wishes, folder.events, folder.history, folder.calls) == ((), (), (), None, None)


def test_a_toml_syntax_error_names_its_line(template: Path) -> None:
    edit(template / "centre.toml", 'country = "CN"', 'country = "CN')
    (finding,) = findings(template)
    line = (template / "centre.toml").read_text(encoding="utf-8").splitlines()[finding.row - 1]
    assert line.startswith("country")


def test_agents_twice_and_shifts_twice(template: Path) -> None:
    edit(template / "staff.csv", "A0002", "A0001")
    edit(template / "shifts.csv", "D,Day", "E,Day")
    assert places(template) == [("shifts.csv", 3, "code"), ("staff.csv", 3, "agent")]


def test_overlapping_leave_is_found_even_inside_a_long_one(template: Path) -> None:
    rows = [
        "A0001,2026-06-01,2026-06-10,AL,yes",
        "A0001,2026-06-02,2026-06-03,AL,yes",
        "A0001,2026-06-10,2026-06-11,SL,yes",
        "A0002,2026-06-01,2026-06-10,AL,yes",
    ]
    (template / "leave.csv").write_text("agent,first,last,code,paid\n" + "\n".join(rows) + "\n")
    assert places(template) == [("leave.csv", 3, "first"), ("leave.csv", 4, "first")]


def test_one_leave_code_is_paid_or_not(template: Path) -> None:
    edit(template / "leave.csv", "A0009,2026-06-24,2026-06-25,SL,yes", "A0009,2026-06-24,2026-06-25,AL,no")
    assert places(template) == [("leave.csv", 3, "paid")]


def test_shifts_lie_on_the_planning_interval(template: Path) -> None:
    edit(template / "shifts.csv", "09:30,540", "09:45,550")
    found = findings(template)
    assert [(f.row, f.column, f.read) for f in found] == [(3, "start", "09:45"), (3, "minutes", "550")]


def test_a_model_refuses_a_row(template: Path) -> None:
    edit(template / "shifts.csv", "E,Early,早班,early,08:00,540,60,180,300", "E,Early,早班,early,08:00,540,60,180,500")
    edit(template / "wishes.csv", "A0006,2026-06-04,avoid,L", "A0006,2026-06-04,avoid,")
    found = findings(template)
    assert {(f.where, f.row) for f in found} >= {("shifts.csv", 2), ("wishes.csv", 4)}


def test_calls_are_found_by_any_suffix(template: Path) -> None:
    (template / "calls.csv").rename(template / "calls.parquet")
    assert read_folder(template).calls == template / "calls.parquet"


def test_rulebooks_are_where_they_are_looked_for() -> None:
    assert folders.RULEBOOKS.is_dir()
    assert folders.TEMPLATE.is_dir()


def test_two_call_histories_are_one_too_many(template: Path) -> None:
    (template / "calls.csv.gz").write_bytes(b"")
    (finding,) = findings(template)
    assert finding.read == "calls.csv and calls.csv.gz"


def test_no_folder_is_one_finding_that_says_how_to_begin(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path / "nowhere")
    assert (finding.read, "echelon init" in finding.fix) == ("no folder", True)


def test_one_included_rulebook_needs_no_list(template: Path) -> None:
    edit(template / "rulebook.toml", 'include = ["cn", "house"]', 'include = "cn"')
    assert {rule.id.split(".")[0] for rule in read_folder(template).rulebook.rules} == {"cn"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("shrinkage = 0.10", "shrinkagee = 0.10", "no such key"),
        ('mon = ["08:00", "20:00"]', 'mon = ["05:00", "26:00"]', "'26:00' is no time"),
        ('mon = ["08:00", "20:00"]', "mon = [8, 20]", "text in quotes"),
        ("interval_minutes = 30", "interval_minutes = 45", "30 or 60"),
    ],
)
def test_what_a_key_should_hold_is_said_in_plain_words(template: Path, old: str, new: str, words: str) -> None:
    edit(template / "centre.toml", old, new)
    assert any(words in finding.expected for finding in findings(template))


def test_a_row_that_the_model_refuses_is_told_without_code(template: Path) -> None:
    edit(template / "leave.csv", "2026-06-08,2026-06-12", "2026-06-12,2026-06-08")
    (finding,) = findings(template)
    assert finding.read.startswith("agent A0003, first 2026-06-12")


SPAN = {"start": datetime(2026, 6, 1, 9, tzinfo=UTC), "end": datetime(2026, 6, 1, 12, tzinfo=UTC)}


def test_what_is_known_of_the_demand_comes_back(template: Path, tmp_path: Path) -> None:
    folder = replace(
        read_folder(template),
        outages=(Outage(queue="service", name="cable", customers=900, start=SPAN["start"], restored=SPAN["end"]),),
        exclusions=(Exclusion(queue="service", reason="queue full", **SPAN),),
        overrides=(
            Override(
                id="one", kind="percent", value=5, author="Li", reason="mailing", made_at=datetime(2026, 5, 30, tzinfo=UTC), **SPAN
            ),
        ),
        drivers=Drivers(("bills",), date(2026, 6, 1), np.array([[1.5], [np.nan]])),
    )
    write_folder(folder, tmp_path / "again")
    found = read_folder(tmp_path / "again")
    assert (found.outages, found.exclusions, found.overrides) == (folder.outages, folder.exclusions, folder.overrides)
    assert found.drivers is not None
    np.testing.assert_array_equal(found.drivers.daily[0], [1.5])
    assert read_drivers(tmp_path / "again" / "drivers.csv").names == ("bills",)


def test_findings_of_the_demand_stand_with_the_others(template: Path) -> None:
    edit(template / "events.csv", "2026-06-19T00:00+08:00", "2026-06-19T00:00")
    for name, row in (
        ("outages", "sales,cable,,900,2026-06-01T09:00+08:00,2026-06-01T08:00+08:00,,,,"),
        ("exclusions", "sales,2026-06-01T09:00+08:00,2026-06-01T10:00+08:00,full"),
        ("overrides", "one,percent,,,,2026-06-01T09:00+08:00,2026-06-01T10:00+08:00,,,,Li,x,,2026-05-30T09:00+08:00"),
    ):
        with (template / f"{name}.csv").open("a") as file:
            file.write(f"{row}\n")
    (template / "drivers.csv").write_text("date,bills\n2026-06-01,many\n")
    assert places(template) == [
        ("events.csv", 2, "end"),
        ("outages.csv", 2, "restored"),
        ("exclusions.csv", 2, "queue"),
        ("overrides.csv", 2, "value"),
        ("drivers.csv", 2, "bills"),
    ]


def test_calls_of_an_outage_are_not_told_twice(template: Path) -> None:
    outage = "service,cable,,900,{},{},,,,\n"
    header = (template / "outages.csv").read_text()
    edit(template / "events.csv", "1.2,0,0.1", "1.0,300,0.1")
    (template / "outages.csv").write_text(header + outage.format("2026-06-18T23:00+08:00", "2026-06-19T03:00+08:00"))
    assert places(template) == [("events.csv", 2, "extra_calls")]
    (template / "outages.csv").write_text(header + outage.format("2026-06-19T00:00+08:00", "2026-06-19T03:00+08:00"))
    assert len(read_folder(template).outages) == 1


def test_hours_of_the_drivers_are_those_of_the_centre(template: Path) -> None:
    (template / "drivers.csv").write_text("timestamp,rain\n2026-06-01T20:00Z,3\n")
    drivers = read_folder(template).drivers
    assert drivers is not None
    assert drivers.first == date(2026, 6, 2)


def test_every_unknown_country_is_found_with_the_rest(template: Path) -> None:
    edit(template / "centre.toml", 'country = "CN"', 'country = "CN+XX+DE-QQ"')
    edit(template / "events.csv", "service,", "sales,")
    assert [(f.where, f.column, f.read) for f in findings(template)] == [
        ("centre.toml", "country", "'XX'"),
        ("centre.toml", "country", "'DE-QQ'"),
        ("events.csv", "queue", "'sales'"),
    ]
    edit(template / "events.csv", "sales,", "service,")
    edit(template / "centre.toml", "CN+XX+DE-QQ", "CN+DE-BY")
    assert read_folder(template).centre.country == "CN+DE-BY"


def test_redials_of_a_centre(template: Path) -> None:
    assert read_folder(template).centre.redials is None
    text = (template / "centre.toml").read_text(encoding="utf-8")
    (template / "centre.toml").write_text(
        re.sub(r"^# (?=\[redials|probability|persistence|delay_minutes|expected_abandonment)", "", text, flags=re.MULTILINE),
        encoding="utf-8",
    )
    redials = read_folder(template).centre.redials
    assert redials is not None
    assert (redials.probability, redials.delay_minutes, redials.expected_abandonment) == (0.4, 15, 0.05)
    write_folder(read_folder(template), template.with_name("again"))
    assert read_folder(template.with_name("again")).centre.redials == redials
    edit(template / "centre.toml", "probability = 0.4", "probability = 1.4")
    assert places(template) == [("centre.toml", None, "redials.probability")]
