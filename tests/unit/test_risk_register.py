"""The register of risks: four states, what is due, what a treatment brought, and what the file keeps."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from planner import swap
from pydantic import ValidationError
from response_case import at

from data.exchange.risk import read_risks, write_risks
from data.model.errors import InvalidData
from data.model.risk import RiskPolicy
from data.model.risk_register import Rating, RiskBook, RiskItem, RiskStep, Treatment

POLICY = RiskPolicy()
ITEM = RiskItem(id="r0001", title="calls beyond the staff", title_zh="话务超出人力", cause="people", project="p", owner="PM")
FOUND = RiskStep(risk="r0001", deed="identified", by="li", at=at(1, 8), item=ITEM)
OPTIONS = (
    Treatment(kind="reduce", cost_hours=12.5, likelihood=2, severity=3, text="overtime, Wednesday"),
    Treatment(kind="accept", cost_hours=0, likelihood=5, severity=4),
)


def rated(likelihood: int, severity: int, hour: float, deed: str = "assessed") -> RiskStep:
    rating = Rating(likelihood=likelihood, severity=severity, review_by=date(2026, 6, 8))
    return RiskStep.model_validate({"risk": "r0001", "deed": deed, "by": "li", "at": at(1, hour), "rating": rating})


TREATED = RiskStep(risk="r0001", deed="treated", by="li", at=at(1, 10), options=OPTIONS)
ANSWERED = RiskStep(risk="r0001", deed="responded", by="li", at=at(1, 11), plan="plan 7", told="duty manager")
WHOLE = (FOUND, rated(5, 4, 9), TREATED, ANSWERED, rated(2, 3, 12, "reviewed"))


def test_a_risk_goes_through_its_four_states() -> None:
    states = [RiskBook().take(*WHOLE[: k + 1]).state("r0001") for k in range(len(WHOLE))]
    assert states == ["identified", "assessed", "controlled", "responded", "responded"]


def test_steps_out_of_order_are_told_all_at_once() -> None:
    stray = RiskStep(risk="r0009", deed="responded", by="li", at=at(1, 9), plan="x", told="y")
    with pytest.raises(InvalidData) as caught:
        RiskBook().take(FOUND, TREATED, FOUND, stray, rated(5, 4, 7))
    assert [finding.column for finding in caught.value.findings] == ["r0001", "r0001", "r0009", "r0001"]


def test_no_risk_is_responded_or_reviewed_before_it_is_treated() -> None:
    for early in (ANSWERED, rated(2, 3, 12, "reviewed")):
        with pytest.raises(InvalidData, match="a risk that is controlled"):
            RiskBook().take(FOUND, rated(5, 4, 9), early)
    with pytest.raises(ValidationError, match="chosen"):
        RiskStep.model_validate(TREATED.model_dump() | {"chosen": len(OPTIONS)})


def test_a_high_risk_is_due_upward_until_somebody_is_told() -> None:
    book = RiskBook().take(FOUND, rated(5, 4, 9))
    assert book.notice_due("r0001", POLICY) == at(1, 9) + timedelta(hours=POLICY.crisis.within_hours)
    assert book.take(TREATED).notice_due("r0001", POLICY) is not None
    assert book.take(TREATED, ANSWERED).notice_due("r0001", POLICY) is None
    assert RiskBook().take(FOUND, rated(1, 2, 9)).notice_due("r0001", POLICY) is None
    silent = ANSWERED.model_copy(update={"told": ""})
    assert book.take(TREATED, silent).notice_due("r0001", POLICY) is not None, "a plan tells nobody"
    again = book.take(TREATED, ANSWERED, rated(5, 5, 13))
    assert again.notice_due("r0001", POLICY) == at(1, 13) + timedelta(hours=POLICY.crisis.within_hours), "rated anew, told anew"


def test_a_risk_that_was_not_looked_at_again_is_stale() -> None:
    book = RiskBook().take(FOUND, rated(5, 4, 9))
    assert not book.stale("r0001", date(2026, 6, 8))
    assert book.stale("r0001", date(2026, 6, 9))


def test_the_effect_is_the_index_before_the_treatment_and_by_the_review_after() -> None:
    assert RiskBook().take(*WHOLE[:4]).effect("r0001") is None
    assert RiskBook().take(*WHOLE).effect("r0001") == (20, 6)
    book = RiskBook().take(FOUND, rated(2, 2, 8.5), *WHOLE[1:])
    assert book.effect("r0001") == (20, 6), "by the rating that the treatment met"
    assert book.rating("r0001") == WHOLE[-1].rating, "a review rates anew"
    anew = TREATED.model_copy(update={"at": at(1, 14)})
    assert RiskBook().take(*WHOLE, rated(5, 4, 13), anew).effect("r0001") is None, "not reviewed since"


def test_a_risk_is_of_a_project_in_a_scenario() -> None:
    book = RiskBook().take(FOUND)
    assert [book.holds(*which) for which in (("p", ""), ("p", "storm"), ("q", ""))] == [True, False, False]


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    write_risks(RiskBook().take(*WHOLE), tmp_path)
    assert read_risks(tmp_path).steps == WHOLE
    assert read_risks(tmp_path / "none").steps == ()


def test_a_file_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    write_risks(RiskBook().take(*WHOLE), tmp_path)
    lines = (tmp_path / RiskBook.FILE).read_text(encoding="utf-8").splitlines()
    (tmp_path / RiskBook.FILE).write_text("\n".join([lines[0], *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_risks(tmp_path)
    assert [finding.row for finding in caught.value.findings] == [2, 3, 4, 5]


def test_a_step_that_does_not_read_is_told(tmp_path: Path) -> None:
    write_risks(RiskBook().take(FOUND), tmp_path)
    swap(tmp_path / RiskBook.FILE, '""owner"":""PM""', '""owner"":""""')
    with pytest.raises(InvalidData):
        read_risks(tmp_path)
