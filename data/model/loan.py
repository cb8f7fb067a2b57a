"""Lending between projects 跨项目支援: orders, what became of them, and the hours that partners settle.

An order is frozen; what became of it follows from the steps taken with it, which are only ever added to.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from math import fsum
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, model_validator

from data.model.base import Frozen
from data.model.book import Book, early

Deed = Literal["proposed", "consented", "refused", "started", "returned"]
State = Literal["open", "expired", "consented", "refused", "started", "returned"]

BEFORE: Mapping[Deed, State] = {"consented": "open", "refused": "open", "started": "consented", "returned": "started"}
"""How an order must stand for a deed."""


class LendPolicy(Frozen):
    """When agents answer for another project (house choices; editable).

    Parameters
    ----------
    efficiencies : tuple of float
        Calls that an agent who is lent handles relative to one at home, by the rank of the queue among the agent's skills; the
        last holds beyond. In (0, 1], not rising (four in ten lost is reported for agents without practice).
    help_chance : float
        Help is looked for from this chance of missing the target on.
    keep_chance : float
        No queue of a lender comes to this chance.
    least_minutes, most_minutes : int
        Shorter loans are not worth the change; a longer gap is filled by several loans.
    """

    efficiencies: tuple[float, ...] = (1.0, 0.9, 0.8, 0.7, 0.6)
    help_chance: float = Field(default=0.65, gt=0, le=1)
    keep_chance: float = Field(default=0.5, gt=0, le=1)
    least_minutes: int = Field(default=60, gt=0)
    most_minutes: int = Field(default=240, gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> "LendPolicy":
        steps = self.efficiencies
        if self.most_minutes < self.least_minutes:
            raise ValueError(f"most_minutes {self.most_minutes} must not be less than least_minutes {self.least_minutes}")
        if not steps or steps[0] > 1 or steps[-1] <= 0 or any(first < then for first, then in pairwise(steps)):
            raise ValueError(f"efficiencies must lie in (0, 1] and not rise, read {steps}")
        return self

    def efficiency(self, rank: int) -> float:
        """Efficiency on the queue of a rank, from 0."""
        return self.efficiencies[min(rank, len(self.efficiencies) - 1)]


class Loan(Frozen):
    """An order: agents of one project who answer a queue of another for a while.

    Parameters
    ----------
    efficiency : float
        Mean over the agents, relative to one at home.
    consent : str
        standing = it holds at once; asked = the lender's owner has until `reply_by`.
    hour_price : float
        Settled for an hour of an agent, in hours of normal pay.
    chance_before, chance_after : float
        Of the borrower's queue in the worst interval, without any of the orders and with all of them.
    lender_chance : float
        Highest of the lender's queues in the loan, with all orders.
    """

    id: str = Field(min_length=1)
    lender: str
    borrower: str
    queue: str
    agents: tuple[str, ...] = Field(min_length=1)
    start: AwareDatetime
    end: AwareDatetime
    efficiency: float = Field(gt=0, le=1)
    consent: Literal["standing", "asked"]
    reply_by: AwareDatetime
    made_at: AwareDatetime
    hour_price: float = Field(ge=0)
    chance_before: float = Field(ge=0, le=1)
    chance_after: float = Field(ge=0, le=1)
    lender_chance: float = Field(ge=0, le=1)
    reason: str = ""
    reason_zh: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> "Loan":
        if self.end <= self.start or self.lender == self.borrower:
            raise ValueError("a loan ends after it starts, and goes to another project")
        return self

    @property
    def minutes(self) -> int:
        """Minutes of all agents together."""
        return len(self.agents) * round((self.end - self.start).total_seconds() / 60)

    def overlaps(self, other: "Loan") -> bool:
        """Whether an agent would be lent twice at once."""
        return bool({*self.agents} & {*other.agents}) and self.start < other.end and other.start < self.end


class LoanStep(Frozen):
    """What somebody did with an order.

    Parameters
    ----------
    minutes : int or None
        Of a returned one: what all agents together have worked; None = as ordered.
    asked : Loan or None
        Of a proposed one: the order.
    """

    loan: str = Field(min_length=1)
    deed: Deed
    by: str = Field(min_length=1)
    at: AwareDatetime
    reason: str = ""
    minutes: int | None = Field(default=None, ge=0)
    asked: Loan | None = None


@dataclass(frozen=True)
class LoanBook(Book[LoanStep, Loan]):
    """All that was done with the orders of a centre."""

    FILE = "loan_steps.csv"
    OF = "loan"

    @cached_property
    def loans(self) -> Mapping[str, Loan]:
        """Every order by id."""
        return {step.loan: step.asked for step in self.steps if step.asked is not None}

    @property
    def _things(self) -> Mapping[str, Loan]:
        return self.loans

    @cached_property
    def last(self) -> Mapping[str, LoanStep]:
        """The newest step of every order."""
        return {step.loan: step for step in self.steps}

    def state(self, name: str, at: datetime) -> State:
        """How an order stands at an instant; standing consent is given with the order."""
        deed, loan = self.last[name].deed, self.loans[name]
        if deed != "proposed":
            return deed
        if loan.consent == "standing":
            return "consented"
        return "expired" if at > loan.reply_by else "open"

    def held(self, at: datetime) -> tuple[Loan, ...]:
        """Orders whose agents are spoken for at an instant or later."""
        live = ("open", "consented", "started")
        return tuple(loan for name, loan in self.loans.items() if self.state(name, at) in live and loan.end > at)

    def agreed(self, at: datetime) -> tuple[Loan, ...]:
        """Orders whose agents are lent at an instant or later: consented or begun, and not over."""
        return tuple(loan for loan in self.held(at) if self.state(loan.id, at) != "open")

    def _wrong(self, step: LoanStep) -> Iterator[tuple[str, str]]:
        if (step.deed == "proposed") != (step.asked is not None) or (step.asked is not None) == (step.loan in self.loans):
            yield f"{step.deed} {step.loan}", "a new order as it was made, or a deed on one that is there"
        elif step.deed == "proposed":
            assert step.asked is not None
            twice = [loan.id for loan in self.held(step.at) if loan.overlaps(step.asked)]
            if twice:
                yield f"agents of {', '.join(twice)}", "agents who are not lent at that time"
        elif step.at < self.last[step.loan].at:
            yield from early(step, self.last[step.loan].at)
        elif self.state(step.loan, step.at) != BEFORE[step.deed]:
            yield f"{step.deed}; it is {self.state(step.loan, step.at)}", f"an order that is {BEFORE[step.deed]}"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a project has lent to another in a month, less what it has borrowed: every row has its mirror image.

    Parameters
    ----------
    hours : float
        Hours of agents; below 0 = borrowed.
    amount : float
        Hours of normal pay that are due to it; below 0 = that it owes.
    """

    month: str
    project: str
    counterpart: str
    hours: float
    amount: float


def settlement(book: LoanBook, zone: str) -> tuple[Settled, ...]:
    """The account of every project with every other, by month of the start; the rows of a month sum to nothing."""
    accounts: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for name, loan in book.loans.items():
        step = book.last[name]
        if step.deed == "returned":
            hours = (loan.minutes if step.minutes is None else step.minutes) / 60
            month = f"{loan.start.astimezone(ZoneInfo(zone)):%Y-%m}"
            accounts[month, loan.lender, loan.borrower].append((hours, hours * loan.hour_price))
            accounts[month, loan.borrower, loan.lender].append((-hours, -hours * loan.hour_price))
    return tuple(
        Settled(*key, fsum(hours for hours, _ in entries), fsum(amount for _, amount in entries))
        for key, entries in sorted(accounts.items())
    )
