"""The book of loans: consent, expiry, what follows what, and what the file keeps; and projects that move together."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from response_case import at

from data.exchange.loans import read_loans, write_loans
from data.model.book import numbered
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.loan import LendPolicy, Loan, LoanBook, LoanStep
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


def test_an_order_must_end_after_it_starts() -> None:
    with pytest.raises(ValidationError):
        Loan.model_validate(LOAN.model_dump() | {"end": LOAN.start - timedelta(minutes=1)})
