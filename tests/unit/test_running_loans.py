"""Loans that are agreed, in the capacity that warnings look at."""

import numpy as np
import pytest
from lending_case import case_of
from response_case import GRID, at

from data.model.loan import Loan, LoanBook, LoanStep
from optimizer.response.lending.running import served_with_loans
from optimizer.response.warning.causes import flow_without

LOAN = Loan(
    id="l0001", lender="cars", borrower="power", queue="power", agents=("a002", "a003", "gone"), start=at(1, 9), end=at(1, 11),
    efficiency=0.9, consent="asked", reply_by=at(1, 8.5), made_at=at(1, 8), hour_price=1.5, chance_before=0.9, chance_after=0.5,
    lender_chance=0.3,
)  # fmt: skip
SKILLS: list[tuple[str, ...]] = [("power",), ("power",), ("cars", "power"), ("cars",), ("cars",), ("cars",)]


def served(loans: tuple[Loan, ...], absent: tuple[int, ...] = ()) -> np.ndarray:
    """Agents by slot and queue (power, cars, bills); the cars have far the most calls, so everyone who can serves them."""
    case = case_of(SKILLS, (1.0, 400.0, 0.0))
    away = np.zeros(case.roster.start.shape, dtype=np.bool_)
    away[list(absent), :] = True
    flow, _ = flow_without(case.problem, case.roster, away)
    return served_with_loans(case.problem, case.roster, flow, away, loans)


def test_the_lender_is_short_of_who_is_lent_and_the_borrower_has_them_by_their_efficiency() -> None:
    plain, lent = served(()), served((LOAN,))
    inside = np.zeros(GRID.size, dtype=np.bool_)
    inside[GRID.slot(at(1, 9)) : GRID.slot(at(1, 11))] = True
    assert (lent[~inside] == plain[~inside]).all()
    assert (plain[inside] == [2, 4, 0]).all()
    assert lent[inside] == pytest.approx(np.tile([2 + 2 * 0.9, 2, 0], (4, 1)))


def test_who_does_not_come_or_is_at_home_is_not_lent() -> None:
    night = LOAN.model_copy(update={"start": at(1, 17), "end": at(1, 19)})
    assert (served((night,)) == served(())).all()
    slot = GRID.slot(at(1, 10))
    assert served((LOAN,), absent=(2,))[slot] == pytest.approx([2 + 0.9, 2, 0])


def test_an_order_counts_from_its_consent_until_it_is_returned() -> None:
    def step(deed: str, hour: float) -> LoanStep:
        asked = LOAN if deed == "proposed" else None
        return LoanStep.model_validate({"loan": "l0001", "deed": deed, "by": "li", "at": at(1, hour), "asked": asked})

    steps = [step("proposed", 8), step("consented", 8.25), step("started", 9), step("returned", 10)]
    books = [LoanBook().take(*steps[: k + 1]) for k in range(4)]
    assert [bool(book.agreed(at(1, 10))) for book in books] == [False, True, True, False]
    assert books[1].agreed(at(1, 11)) == ()
