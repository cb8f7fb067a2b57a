"""A rulebook is consulted, answered for and announced before it binds anybody; every step that may not be taken is refused."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from planner import append, swap

from data.exchange.rulebook_life import find_rulebook, keep_rulebook, read_life, rulebook_at, write_life
from data.model.errors import InvalidData, NotFound, Superseded
from data.model.rulebook import Derogation, GoalSpec, Rulebook, RuleSpec
from data.model.rulebook_diff import differences
from data.model.rulebook_life import LIFE_FILE, LifeDeed, LifeStep, RulebookLife

DAY = date(2026, 6, 1)
RUN = RuleSpec(id="run", kind="run_length", numbers={"max_days": 6}, title="Six days", title_zh="六天")


def step(deed: LifeDeed, day: int, name: str = "v2", sha256: str = "new", base: str = "old", **told: object) -> LifeStep:
    """A step so many days after the first, at noon."""
    at = datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(days=day)
    return LifeStep.model_validate({"rulebook": name, "deed": deed, "by": "li", "at": at, "sha256": sha256, "base": base, **told})


def drafted(name: str = "v2", day: int = 0) -> LifeStep:
    return step("drafted", day, name, sha256="old")


def consulted(days: int = 7, day: int = 0, **told: object) -> LifeStep:
    first = DAY + timedelta(days=day)
    return step("consulted", day, first=first, last=first + timedelta(days=days - 1), **told)


def commented(day: int = 1, **told: object) -> LifeStep:
    return step("commented", day, text="why", **told)


def announced(day: int = 7, first: int = 14, **told: object) -> LifeStep:
    return step("announced", day, first=DAY + timedelta(days=first), **told)


def lived(steps: Iterable[LifeStep]) -> RulebookLife:
    life = RulebookLife()
    for one in steps:
        life = life.take(one)
    return life


def refused(*steps: LifeStep) -> list[str | None]:
    """Columns of what stands against the last of some steps."""
    life = lived(steps[:-1])
    with pytest.raises(InvalidData) as caught:
        life.take(steps[-1])
    return [finding.column for finding in caught.value.findings]


def test_a_rulebook_goes_from_draft_into_force_and_the_next_one_supersedes_it() -> None:
    life = lived([drafted(), consulted(), commented(), step("answered", 2, text="so", comment=1), announced()])
    assert life.states == {"v2": "announced"}
    assert (life.due(date(2026, 6, 14)), life.due(date(2026, 6, 15))) == ("", "v2")
    life = life.take(step("enforced", 14))
    assert life.states == {"v2": "in_force"}
    again = [step("drafted", 20, "v3", "new", "new"), consulted(day=20, name="v3", base="new")]
    life = lived([*life.steps, *again, announced(28, 40, name="v3", base="new"), step("enforced", 40, "v3", base="new")])
    assert life.states == {"v2": "superseded", "v3": "in_force"}
    assert [life.at(DAY + timedelta(days=d)) for d in (13, 14, 39, 40)] == ["", "v2", "v2", "v3"]


def test_an_announced_one_counts_for_its_days_before_it_is_in_force() -> None:
    life = lived([drafted(), consulted(), announced()])
    assert (life.at(date(2026, 6, 14)), life.at(date(2026, 6, 15))) == ("", "v2")
    assert life.take(step("withdrawn", 8)).at(date(2026, 6, 15)) == ""


@pytest.mark.parametrize(
    ("steps", "against"),
    [
        ([drafted(), announced()], "v2: announced"),  # never consulted
        ([drafted(), consulted(6)], "v2: last"),  # a day too short
        ([drafted(), step("consulted", 0, first=DAY - timedelta(days=9), last=DAY)], "v2: first"),  # dated back
        ([drafted(), consulted(), announced(6)], "v2: at"),  # still under way
        ([drafted(), consulted(), commented(), announced()], "v2: answered"),
        ([drafted(), consulted(), announced(7, 7)], "v2: first"),  # from today on
        ([drafted(), consulted(), announced(sha256="other")], "v2: sha256"),  # not what the staff has seen
        ([drafted(), consulted(), announced(), step("enforced", 13)], "v2: at"),  # before its day
        ([drafted(), consulted(), announced(), step("enforced", 14, sha256="other")], "v2: sha256"),
        ([drafted(), consulted(), step("enforced", 14)], "v2: enforced"),
        ([drafted(), commented()], "v2: commented"),
        ([drafted(), consulted(), step("answered", 2, text="so", comment=1)], "v2: comment"),
        ([drafted(), consulted(), commented(), step("answered", 2, comment=1)], "v2: text"),
        ([drafted(), drafted()], "v2: rulebook"),
        ([drafted(day=3), consulted(day=2)], "v2: at"),  # before the step before
        ([drafted(), consulted(), announced(), step("withdrawn", 8), step("enforced", 14)], "v2: enforced"),
    ],
)
def test_steps_that_may_not_be_taken_are_refused(steps: list[LifeStep], against: str) -> None:
    assert refused(*steps) == [against]


def test_all_that_stands_against_a_step_is_told_at_once() -> None:
    assert refused(drafted(), consulted(), commented(), announced(6, 5)) == ["v2: at", "v2: answered", "v2: first"]


def test_a_text_may_change_after_a_comment_that_was_answered() -> None:
    answered = step("answered", 2, text="five it is", comment=1)
    assert lived([drafted(), consulted(), commented(), answered, announced(sha256="other")]).states == {"v2": "announced"}


def test_a_draft_of_an_old_rulebook_is_superseded() -> None:
    life = lived([drafted(), consulted()])
    with pytest.raises(Superseded, match="draft it anew"):
        life.take(announced(base="newer"))


def test_what_was_never_drafted_is_not_found() -> None:
    with pytest.raises(NotFound, match="v2"):
        RulebookLife().take(consulted())


# -- the file


def test_the_steps_are_read_as_they_were_written_and_nothing_else(tmp_path: Path) -> None:
    life = lived([drafted(), consulted(), commented(), step("answered", 2, text="so, it is", comment=1), announced()])
    write_life(life, tmp_path)
    assert read_life(tmp_path).steps == life.steps
    assert ",1,," in (tmp_path / LIFE_FILE).read_text(encoding="utf-8")
    swap(tmp_path / LIFE_FILE, "v2,answered", "v2,enforced")
    append(tmp_path / LIFE_FILE, "v9,withdrawn,li,2026-07-01T09:00+00:00,,,,,,,")
    with pytest.raises(InvalidData) as caught:
        read_life(tmp_path)
    assert [(finding.row, finding.read) for finding in caught.value.findings] == [
        (5, "a rulebook that is consulted"),
        (6, "comments without an answer: 1"),
        (7, "withdrawn"),
    ]


def test_terms_of_today_say_nothing_of_steps_of_before(tmp_path: Path) -> None:
    write_life(RulebookLife((drafted(), consulted(2))), tmp_path)
    assert read_life(tmp_path).terms.consultation_days == 7


def test_a_kept_rulebook_is_found_by_its_hash(tmp_path: Path) -> None:
    storm = Derogation(rule="run", first=DAY, last=DAY, approved_by="a", reason="b")
    book = Rulebook(id="my centre", version="1/a", rules=(RUN,), derogations=(storm,))
    path = keep_rulebook(book, tmp_path)
    assert path.name == f"my_centre-1_a-{book.sha256[:8]}.toml"
    assert keep_rulebook(book, tmp_path) == path
    assert find_rulebook(tmp_path, book.sha256) == book
    assert find_rulebook(tmp_path, "0" * 64) is None
    bare = book.model_copy(update={"derogations": ()})
    assert (bare.text_sha256, bare.sha256 == book.sha256) == (book.text_sha256, False)


def test_the_rulebook_of_a_day_is_found(tmp_path: Path) -> None:
    old, new = (Rulebook(id="c", version=version, rules=(RUN,)) for version in ("1", "2"))
    for book, name in ((new, "rulebook.toml"), (new, "rulebooks/v2.toml")):
        keep_rulebook(book, tmp_path).replace(tmp_path / name)
    base = old.text_sha256
    steps = [
        drafted().model_copy(update={"base": base}),
        consulted(base=base),
        announced(base=base),
        step("enforced", 14, base=base),
    ]
    write_life(lived(steps), tmp_path)
    with pytest.raises(NotFound, match="not kept"):
        rulebook_at(tmp_path, DAY)
    keep_rulebook(old, tmp_path)
    assert rulebook_at(tmp_path, DAY) == old
    assert rulebook_at(tmp_path, date(2026, 6, 15)) == new


# -- what differs


def test_what_came_went_and_changed_is_told_number_by_number() -> None:
    went, came = RUN.model_copy(update={"id": "went"}), RUN.model_copy(update={"id": "came"})
    shorter = RUN.model_copy(update={"numbers": {"max_days": 5}, "weight": 2.0})
    before = Rulebook(id="c", rules=(RUN, went), goals=(GoalSpec(kind="wishes", numbers={"off_cost": 4.0}),))
    after = Rulebook(id="c", rules=(shorter, came), goals=(GoalSpec(kind="wishes", numbers={"off_cost": 5.0}),))
    told = [(one.id, one.how, one.field, one.before, one.after) for one in differences(before, after)]
    assert told == [
        ("run", "changed", "numbers.max_days", "6", "5"),
        ("run", "changed", "weight", "", "2.0"),
        ("came", "came", "", "", ""),
        ("went", "went", "", "", ""),
        ("wishes", "changed", "numbers.off_cost", "4.0", "5.0"),
    ]
    assert list(differences(before, before)) == []
