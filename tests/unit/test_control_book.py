"""The book of three-level control: steps in their order, proof, countersign by another, deadlines, and no person."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.control import proposed_steps
from api.report.board import board_of
from data.centres.samples import write_sample
from data.exchange.control import read_control, write_control
from data.exchange.folder import read_folder
from data.model.control import RUNGS, ControlBook, ControlDeed, ControlPolicy, ControlStep
from data.model.errors import InvalidData
from data.model.people import Agent, person_finder
from data.model.time import Horizon
from optimizer.response.control import Row

START = datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
DEEDS: tuple[ControlDeed, ...] = (
    *RUNGS[1:], "ordered", "countersigned", "replied", "signed_off", "closed", "reopened",
)  # fmt: skip


def step(deed: ControlDeed, day: int = 0, by: str = "wang", case: str = "c0001", **more: object) -> ControlStep:
    told: dict[str, object] = {"due": START.date() + timedelta(days=day + 10)} if deed in (*RUNGS, "ordered", "reopened") else {}
    told |= {"unit": "team:T1", "month": "2026-05", "cause": "forecast", "index": 7.0} if deed == "named" else {}
    told |= {"proof": "minutes 12"} if deed in ("replied", "closed") else {}
    filled = {"case": case, "deed": deed, "by": by, "at": START + timedelta(days=day), "text": "late evenings"} | told | more
    return ControlStep.model_validate(filled)


def book(*deeds: ControlDeed) -> ControlBook:
    """A book of steps, a day after the other, each by somebody else."""
    return ControlBook().take(*(step(deed, day, by=f"leader {day}") for day, deed in enumerate(deeds)))


CURED: tuple[ControlDeed, ...] = ("named", "interviewed", "ordered", "countersigned", "replied", "signed_off", "closed")


def refused(held: ControlBook, *steps: ControlStep) -> str:
    with pytest.raises(InvalidData) as caught:
        held.take(*steps)
    return str(caught.value)


def test_a_case_climbs_when_it_is_not_cured_by_its_deadline() -> None:
    named = book("named")
    due = named.due("c0001")
    assert (named.standing("c0001", due), named.next_rung("c0001", due)) == ("open", None)
    later = due + timedelta(days=1)
    assert (named.standing("c0001", later), named.next_rung("c0001", later)) == ("overdue", "interviewed")
    met = book("named", "interviewed", "met")
    assert met.level("c0001") == 3
    assert met.next_rung("c0001", met.due("c0001") + timedelta(days=99)) is None


def test_closing_needs_proof_and_from_the_interview_on_an_order_that_was_signed_off() -> None:
    assert "a reference to the proof" in refused(book("named"), step("closed", 1, proof=""))
    for done in range(2, 6):
        assert "it waits to be" in refused(book(*CURED[:done]), step("closed", 9, by="boss"))
    cured = book(*CURED)
    assert (cured.standing("c0001", date(2027, 1, 1)), cured.closure_rate) == ("closed", 1.0)


def test_who_orders_does_not_countersign_and_who_replies_does_not_sign_off() -> None:
    ordered = book(*CURED[:3])
    assert "another person" in refused(ordered, step("countersigned", 3, by=ordered.steps[-1].by))
    replied = book(*CURED[:5])
    assert "the project's expert" in refused(replied, step("signed_off", 5, by=replied.steps[-1].by))


def test_a_reply_that_is_not_accepted_may_be_made_again_but_nothing_else_may() -> None:
    replied = book(*CURED[:5])
    again = replied.take(step("replied", 6, by="team leader"))
    assert again.lacking("c0001") == "signed_off"
    assert "signed_off first" in refused(replied, step("countersigned", 6))


def test_levels_are_climbed_one_after_the_other() -> None:
    assert "the next level" in refused(book("named"), step("met", 1))
    assert "the next level" in refused(book("named", "interviewed"), step("interviewed", 2))


def test_the_same_problem_reopens_its_case_and_begins_no_second_one() -> None:
    assert "which is open" in refused(book("named"), step("named", 1, case="c0002"))
    back = book(*CURED).take(step("reopened", 20))
    assert (back.level("c0001"), back.standing("c0001", date(2026, 6, 22)), back.lacking("c0001")) == (2, "open", "ordered")
    other = book("named").take(step("named", 1, case="c0002", queue="b"))
    assert other.next_id() == "c0003"


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = refused(book("named"), step("interviewed", 1, due=None), step("closed", 1, case="c0007"), step("replied", 2, proof=""))
    assert all(words in told for words in ("a deadline", "one of the cases c0001", "a reference to the proof"))


def test_a_deadline_lies_ahead() -> None:
    named = book("named")
    assert "a deadline from" in refused(named, step("interviewed", 1, due=START.date()))
    assert named.take(step("interviewed", 1, due=START.date() + timedelta(days=1))).level("c0001") == 2
    assert "a deadline from" in refused(book(*CURED[:2]), step("ordered", 2, due=None))
    assert "a deadline from" in refused(book(*CURED), step("reopened", 20, due=None))


def test_an_id_is_used_once_and_a_day_holds_its_steps() -> None:
    assert "a new case" in refused(book(*CURED), step("named", 20))
    assert [one.deed for one in book("named", "interviewed").until(START.date()).steps] == ["named"]


def test_a_step_is_not_taken_before_the_last_one() -> None:
    assert "a time from" in refused(book("named", "interviewed"), step("ordered", 0))


@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(["a", "b"])), max_size=25))
def test_whatever_is_tried_the_book_keeps_its_laws(tries: list[tuple[ControlDeed, str]]) -> None:
    held = book("named")
    for day, (deed, by) in enumerate(tries, 1):
        try:
            longer = held.take(step(deed, day, by=by))
        except InvalidData:
            continue
        assert longer.steps[:-1] == held.steps
        assert 0 <= longer.level("c0001") - held.level("c0001") <= 1
        held = longer
    deeds = [one.deed for one in held.steps]
    for before, after in pairwise(deeds):
        assert (before == "closed") == (after == "reopened")
    for k, one in enumerate(held.steps):
        if one.deed == "closed" and held.level("c0001") > 1 and "interviewed" in deeds[:k]:
            assert deeds[k - 1] == "signed_off"
        if one.deed == "countersigned":
            assert held.steps[k - 1].by != one.by


def test_a_person_is_found_in_a_text_by_id_or_name_and_words_are_left_alone() -> None:
    agents = [
        Agent(id="A01", name="Li Na", contract="c", skills=("a",)),
        Agent(id="A02", name="王小明", contract="c", skills=("a",)),
    ]
    found = person_finder(agents)
    assert found("A01 and A02 were late, 王小明也迟到, so was Li Na") == ("A01", "A02", "王小明", "Li Na")
    assert found("A011 is a room, Li Nachmann a street") == ()
    assert person_finder([])("anything") == ()
    namesakes = [Agent(id=f"B0{k}", name=name, contract="c", skills=("a",)) for k, name in enumerate(("Li", "Li Na"))]
    assert person_finder(namesakes)("Li Na was late") == ("Li Na",), "the longest name that fits"


@dataclass(frozen=True)
class Kept:
    """A sample with a case in its folder."""

    path: Path

    def read(self) -> ControlBook:
        centre = read_folder(self.path)
        return read_control(self.path, centre.centre, centre.agents)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("team12")
    write_sample("team12", folder)
    return folder


def unit_of(folder: Path) -> str:
    return f"team:{read_folder(folder).agents[0].team}"


def test_a_book_is_read_as_it_was_written(sample: Path) -> None:
    unit = unit_of(sample)
    held = ControlBook().take(step("named", unit=unit), *book(*CURED).steps[1:])
    write_control(held, sample)
    assert Kept(sample).read() == held


def test_a_file_that_names_an_agent_or_was_changed_is_refused_with_every_finding(sample: Path) -> None:
    agent, unit = read_folder(sample).agents[3].id, unit_of(sample)
    wrong = [step("named", unit=unit), step("interviewed", 1, text=f"{agent} was late"), step("met", 2, proof=f"note of {agent}")]
    write_control(ControlBook((*wrong, step("countersigned", 3))), sample)
    with pytest.raises(InvalidData) as caught:
        Kept(sample).read()
    assert [(one.row, one.column) for one in caught.value.findings] == [(3, "text"), (4, "proof"), (5, "deed")]


def test_a_case_of_somebody_who_is_no_team_is_refused(sample: Path) -> None:
    write_control(ControlBook((step("named", unit="team:none"),)), sample)
    with pytest.raises(InvalidData) as caught:
        Kept(sample).read()
    assert caught.value.findings[0].column == "unit"
    (sample / ControlBook.FILE).unlink()


def test_the_board_shows_the_month_and_what_stood_open_in_it() -> None:
    held = book(*CURED).take(step("named", 7, case="c0002", unit="project:p", month="2026-06"))
    may = board_of(held, "2026-05", date(2026, 6, 3))
    assert [(row.case, row.standing, row.level_zh) for row in may.rows] == [("c0001", "open", "约谈整改")]
    june = board_of(held, "2026-06", date(2026, 6, 30))
    assert [(row.case, row.standing) for row in june.rows] == [("c0001", "closed"), ("c0002", "overdue")]
    assert june.closure_rate == 0.5
    assert [row.case for row in board_of(held, "2026-07", date(2026, 7, 1)).rows] == ["c0002"]


def test_weights_of_the_severity_sum_to_one() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        ControlPolicy(lost_weight=0.5)


def row(unit: str = "team:T1", *, named: bool = True) -> Row:
    """A row of a league of which only who, and whether it is named, matters."""
    return Row(unit, 9e3, 20, 30, 5, 5, 5, 0.3, 0.3, 9, 9, 0.9, 9, 1, 1, 1, 1, named, {"practice": 1.0})


def month_of(first: date) -> Horizon:
    return Horizon(zone="Asia/Shanghai", first=first, days=30)


def test_a_month_proposes_warnings_once_and_reopens_what_came_back() -> None:
    policy, june, july = ControlPolicy(), month_of(date(2026, 6, 1)), month_of(date(2026, 7, 1))
    today = date(2026, 6, 9)
    assert proposed_steps(ControlBook(), [row(), row("team:T2", named=False)], june, today, policy) == [("named", "team:T1")]
    assert proposed_steps(book("named"), [row()], june, today, policy) == []
    assert proposed_steps(book("named"), [row()], june, date(2026, 6, 30), policy) == [("interviewed", "c0001")]
    cured = book(*CURED)
    assert proposed_steps(cured, [row()], june, today, policy) == []  # days of before it was closed say nothing
    assert proposed_steps(cured, [row()], july, july.last, policy) == [("reopened", "c0001")]
    forgotten = month_of(date(2027, 1, 1))
    assert proposed_steps(cured, [row()], forgotten, forgotten.last, policy) == [("named", "team:T1")]
