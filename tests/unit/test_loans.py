"""The book of loans: consent, expiry, what follows what, and what the file keeps; and projects that move together."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from response_case import at

from data.exchange.loans import read_loans, write_loans
from data.model.book import numbered
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.loan import LendPolicy, Loan, LoanBook, LoanStep, settlement
from data.model.time import Horizon, TimeGrid
from forecasting.together import correlations, strays

LOAN = Loan(
    id="l0001", lender="cars", borrower="power", queue="fault", agents=("a1", "a2"), start=at(1, 9), end=at(1, 11), efficiency=0.9,
    consent="asked", reply_by=at(1, 8.5), made_at=at(1, 8), hour_price=1.5, chance_before=0.9, chance_after=0.5, lender_chance=0.3,
)  # fmt: skip


def step(deed: str, hour: float, loan: Loan | None = None, minutes: int | None = None) -> LoanStep:
    name = "l0001" if loan is None else loan.id
    told = {"loan": name, "deed": deed, "by": "li", "at": at(1, hour), "asked": loan, "minutes": minutes}
    return LoanStep.model_validate(told)


PROPOSED = step("proposed", 8, LOAN)
WHOLE = (PROPOSED, step("consented", 8.25), step("started", 9), step("returned", 11, minutes=225))


NIGHT = LOAN.model_copy(update={"start": datetime(2026, 6, 30, 17, tzinfo=UTC), "end": datetime(2026, 6, 30, 19, tzinfo=UTC)})
PROPOSED_AT_NIGHT, AT_NIGHT = step("proposed", 8, NIGHT), WHOLE[1:]
"""An hour after midnight in Shanghai."""


def test_an_order_waits_for_its_answer_and_expires_without() -> None:
    book = LoanBook().take(PROPOSED)
    assert (book.state("l0001", at(1, 8.5)), book.state("l0001", at(1, 8.6))) == ("open", "expired")
    assert book.held(at(1, 8)) == (LOAN,)
    assert book.held(at(1, 8.6)) == ()
    with pytest.raises(InvalidData):
        book.take(step("consented", 8.75))


def test_standing_consent_is_given_with_the_order() -> None:
    book = LoanBook().take(step("proposed", 8, LOAN.model_copy(update={"consent": "standing"})))
    assert book.state("l0001", at(1, 10)) == "consented"
    assert book.take(step("started", 9)).state("l0001", at(1, 9)) == "started"


def test_an_order_goes_its_way_and_no_other() -> None:
    assert [LoanBook().take(*WHOLE[: k + 1]).state("l0001", at(1, 8.2)) for k in range(4)] == [
        "open",
        "consented",
        "started",
        "returned",
    ]
    refused = LoanBook().take(PROPOSED, step("refused", 8.1))
    for deed in ("consented", "started", "returned"):
        with pytest.raises(InvalidData):
            refused.take(step(deed, 9))
    assert refused.held(at(1, 8.2)) == ()


def test_a_step_is_not_taken_before_the_last_one() -> None:
    with pytest.raises(InvalidData, match="a time from"):
        LoanBook().take(PROPOSED, step("consented", 8.25), step("started", 8.2))


def test_who_was_lent_is_free_when_the_loan_is_over_and_others_always() -> None:
    book = LoanBook().take(*WHOLE[:3])
    assert (book.held(at(1, 10.9)), book.held(at(1, 11))) == ((LOAN,), ())
    other = LOAN.model_copy(update={"id": "l0002", "agents": ("a8", "a9")})
    assert len(LoanBook().take(PROPOSED, step("proposed", 8.1, other)).loans) == 2


def test_what_was_worked_is_settled_once_it_is_returned() -> None:
    assert settlement(LoanBook().take(*WHOLE[:3]), "Asia/Shanghai") == ()
    told = [(one.month, one.project, one.hours, one.amount) for one in settlement(LoanBook().take(*WHOLE), "Asia/Shanghai")]
    assert told == [("2026-06", "cars", 3.75, 5.625), ("2026-06", "power", -3.75, -5.625)]
    ordered = settlement(LoanBook().take(*WHOLE[:3], step("returned", 11)), "Asia/Shanghai")
    assert [one.hours for one in ordered] == [4.0, -4.0], "two agents for two hours"
    assert {one.month for one in settlement(LoanBook().take(PROPOSED_AT_NIGHT, *AT_NIGHT), "Asia/Shanghai")} == {"2026-07"}


def test_nobody_is_lent_twice_at_once() -> None:
    other = LOAN.model_copy(update={"id": "l0002", "agents": ("a2", "a3"), "start": at(1, 10), "end": at(1, 12)})
    with pytest.raises(InvalidData):
        LoanBook().take(PROPOSED, step("proposed", 8.1, other))
    later = other.model_copy(update={"start": at(1, 11)})
    assert len(LoanBook().take(PROPOSED, step("proposed", 8.1, later)).loans) == 2
    assert [loan.id for loan in numbered(LoanBook().take(PROPOSED), (later,))] == ["l0002"]


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    write_loans(LoanBook().take(*WHOLE), tmp_path)
    assert read_loans(tmp_path).steps == WHOLE


def test_efficiency_falls_with_the_rank_of_the_skill() -> None:
    policy = LendPolicy()
    steps = [policy.efficiency(rank) for rank in range(8)]
    assert steps == sorted(steps, reverse=True)
    assert (steps[0], steps[-1]) == (1.0, 0.6)
    for wrong in ((), (0.5, 0.9), (1.1,), (0.5, 0.0)):
        with pytest.raises(ValidationError):
            LendPolicy(efficiencies=wrong)


def test_projects_that_stray_together_are_found_to() -> None:
    rng = np.random.default_rng(7)
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 1, 1), days=200), minutes=60)
    shared, own = rng.normal(0, 0.1, 200), rng.normal(0, 0.1, (3, 200))
    factors = 1 + np.stack([shared, 0.8 * shared + 0.6 * own[1], own[2]])
    usual = np.full((3, grid.size), 900.0)
    calls = rng.poisson(usual * factors[:, grid.day_of_slot]).astype(np.float64)
    calls[2, :48] = np.nan
    history = CallHistory(("a", "b", "c"), grid, calls, np.full(calls.shape, 240.0))
    found = {(one.first, one.second): one for one in correlations(strays(history, usual, {"a": "p", "b": "q", "c": "r"}))}
    assert found["p", "q"].low < 0.8 < found["p", "q"].high
    assert found["p", "q"].low > 0.5
    assert (found["p", "q"].days, found["p", "r"].days) == (200, 198)


def test_the_interval_of_a_correlation_holds_nineteen_times_in_twenty() -> None:
    """Of days that hang together too: each strays by half of the day before and by chance."""
    rng, held = np.random.default_rng(11), 0
    for _ in range(300):
        days = rng.normal(size=(2, 160))
        for k in range(1, 160):
            days[:, k] += 0.5 * days[:, k - 1]
        (one,) = correlations({"p": days[0], "q": days[1]})
        held += one.low < 0 < one.high
    assert 0.91 <= held / 300 <= 0.99


def test_an_order_ends_after_it_starts_and_goes_to_another_project() -> None:
    for wrong in ({"end": LOAN.start - timedelta(minutes=1)}, {"end": LOAN.start}, {"borrower": LOAN.lender}):
        with pytest.raises(ValidationError):
            Loan.model_validate(LOAN.model_dump() | wrong)


def test_a_loan_lasts_at_most_no_less_than_at_least() -> None:
    assert LendPolicy(least_minutes=60, most_minutes=60, efficiencies=(0.9, 0.9)).efficiency(1) == 0.9
    with pytest.raises(ValidationError, match="most_minutes"):
        LendPolicy(least_minutes=61, most_minutes=60)
