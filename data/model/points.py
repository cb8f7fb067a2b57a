"""Contribution points: the entries of a double-entry ledger, and what they say that an agent holds at an instant.

Points go from the budget of a month to an agent, and from the agent to `REDEEMED` or `EXPIRED`. No entry is ever edited: a wrong
one is reversed by another, a doubtful one is put in dispute. What an agent holds is told by replaying the entries: what was
earned lies in lots, the oldest lot is spent first, an old lot expires, a lot in dispute cannot be spent. An entry and its
reversal are replayed as if neither had been, so that points come back to the lots that they were spent from. Entries count by
their instant, not by the order in which they are read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from data.model.base import Frozen

REDEEMED, EXPIRED = "redeemed", "expired"
"""Accounts of points that were spent and that were not."""
AGENT, BUDGET = "agent:", "budget:"
"""How the account of an agent, and that of the budget of a month, begins."""
NEVER = datetime.max.replace(tzinfo=UTC)
"""When a lot in dispute expires, as long as nobody has decided."""


def agent_account(agent: str) -> str:
    """Account of an agent."""
    return AGENT + agent


def budget_account(month: str) -> str:
    """Account that pays what is earned in a month, such as ``2026-06``; its points are those paid out, below zero."""
    return BUDGET + month


class Reason(StrEnum):
    """Why an entry was made."""

    CALL_IN = "call_in"
    OVERTIME = "overtime"
    UNPOPULAR = "unpopular"
    REDEMPTION = "redemption"
    EXPIRY = "expiry"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    DISPUTE = "dispute"
    UPHELD = "upheld"


EARNED = (Reason.CALL_IN, Reason.OVERTIME, Reason.UNPOPULAR)
"""What earns points: emergency call-ins, overtime in short intervals, unpopular shifts."""
REVERSIBLE = (*EARNED, Reason.REDEMPTION, Reason.CORRECTION)
"""What may be put in dispute and reversed; an expiry follows from the other entries."""
ABOUT_AN_ENTRY = (Reason.REVERSAL, Reason.DISPUTE, Reason.UPHELD)
"""What names the entry that it is about."""
UNPOSTED = (Reason.DISPUTE, Reason.UPHELD)
"""What moves no points."""
AGAINST = dict.fromkeys((*EARNED, Reason.CORRECTION), BUDGET) | {Reason.REDEMPTION: REDEEMED, Reason.EXPIRY: EXPIRED}
"""How the account begins that stands against the agent's."""


class Posting(Frozen):
    """Points that come to an account, or leave it when negative."""

    account: str = Field(pattern=rf"^({AGENT}.+|{BUDGET}\d{{4}}-(0[1-9]|1[0-2])|{REDEEMED}|{EXPIRED})$")
    points: int


class Entry(Frozen):
    """One line of the ledger: points that go from one account to another, or a dispute, which moves none.

    Parameters
    ----------
    at : datetime
        When it was booked.
    postings : tuple of Posting
        One of an agent and one of another account that add up to zero; none of a dispute and of its end.
    of : str
        Id of the entry that a reversal, a dispute, or the end of one is about.
    source : str
        Roster version, activation or claim that it comes from.
    text, text_zh : str
        Why, for people.
    """

    id: str = Field(min_length=1)
    at: AwareDatetime
    reason: Reason
    postings: tuple[Posting, ...] = ()
    of: str = ""
    source: str = ""
    text: str = ""
    text_zh: str = ""

    @classmethod
    def moved(cls, id: str, at: datetime, reason: Reason, agent: str, points: int, against: str, **told: str) -> Self:  # noqa: A002
        """An entry that gives an agent points from an account, or takes them when negative."""
        postings = (Posting(account=agent_account(agent), points=points), Posting(account=against, points=-points))
        return cls(id=id, at=at, reason=reason, postings=postings, **told)

    @field_validator("postings")
    @classmethod
    def _agent_first(cls, postings: tuple[Posting, ...]) -> tuple[Posting, ...]:
        return tuple(sorted(postings, key=lambda posting: not posting.account.startswith(AGENT)))

    @model_validator(mode="after")
    def _fits_its_reason(self) -> Self:
        wrong = list(self._misfits())
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _misfits(self) -> Iterator[str]:
        if bool(self.of) != (self.reason in ABOUT_AN_ENTRY):
            yield "the entry that it is about" if not self.of else f"no other entry named by the reason {self.reason}"
        if sum(posting.points for posting in self.postings):
            yield "postings that add up to zero"
        agents = [posting for posting in self.postings if posting.account.startswith(AGENT)]
        if self.reason in UNPOSTED:
            yield from ["no postings"] if self.postings else []
        elif len(self.postings) != 2 or len(agents) != 1:
            yield "one posting of an agent and one of another account"
        else:
            yield from self._mispaid()

    def _mispaid(self) -> Iterator[str]:
        if not self.against.startswith(AGAINST.get(self.reason, "")):
            yield f"the account {AGAINST[self.reason]} against that of the agent"
        if (self.reason in EARNED and self.points <= 0) or (self.reason is Reason.REDEMPTION and self.points >= 0):
            yield f"points {'to' if self.reason in EARNED else 'from'} the agent"

    @property
    def agent(self) -> str:
        """Id of the agent; empty = none."""
        return next((p.account.removeprefix(AGENT) for p in self.postings if p.account.startswith(AGENT)), "")

    @property
    def points(self) -> int:
        """Points that come to the agent."""
        return next((p.points for p in self.postings if p.account.startswith(AGENT)), 0)

    @property
    def against(self) -> str:
        """Account that stands against the agent's; empty = none."""
        return next((p.account for p in self.postings if not p.account.startswith(AGENT)), "")

    @property
    def month(self) -> str:
        """Month whose budget it is about; empty = none."""
        return self.against.removeprefix(BUDGET) if self.against.startswith(BUDGET) else ""

    @property
    def place(self) -> tuple[datetime, int, str]:
        """Where it stands in the ledger: at one instant points come first, then they go, then entries are judged."""
        return self.at, 2 if self.reason in ABOUT_AN_ENTRY else int(self.points < 0), self.id

    def reversed(self, id: str, at: datetime, **told: str) -> "Entry":  # noqa: A002
        """The counter-entry."""
        back = tuple(posting.model_copy(update={"points": -posting.points}) for posting in self.postings)
        return Entry(id=id, at=at, reason=Reason.REVERSAL, postings=back, of=self.id, **told)


class PointsPolicy(Frozen):
    """What may be given, and for how long it holds (house choice).

    Parameters
    ----------
    month_budget : int
        Most points that all agents earn in a month.
    budgets : dict
        Budgets of months that have another, such as ``{"2026-07": 2000}``.
    agent_month_cap : int
        Most points that one agent earns in a month.
    expire_months : int
        Months after which points expire.
    """

    month_budget: int = Field(ge=0)
    budgets: dict[str, int] = {}
    agent_month_cap: int = Field(default=100, ge=0)
    expire_months: int = Field(default=12, ge=1, le=120)

    def budget(self, month: str) -> int:
        """Budget of a month."""
        return self.budgets.get(month, self.month_budget)


@dataclass(slots=True)
class Lot:
    """Points of one entry that are not yet spent.

    Parameters
    ----------
    due : datetime
        When they expire; the time in dispute does not count.
    frozen : bool
        Whether they are in dispute.
    """

    entry: str
    points: int
    due: datetime
    frozen: bool


class Holding(NamedTuple):
    """What an agent holds: lots, oldest first; points spent that were reversed since; points that have expired so far."""

    lots: tuple[Lot, ...]
    debt: int
    expired: int

    @property
    def points(self) -> int:
        """Points in all; below zero only when what was spent has been reversed."""
        return sum(lot.points for lot in self.lots) - self.debt

    @property
    def available(self) -> int:
        """Points that may be redeemed: those that are not in dispute."""
        return max(0, sum(lot.points for lot in self.lots if not lot.frozen) - self.debt)


def months_later(instant: datetime, months: int) -> datetime:
    """The same day and time some months later, in UTC; the last day of a month that is too short."""
    start = instant.astimezone(UTC)
    years, month = divmod(start.month - 1 + months, 12)
    following = datetime(start.year + years + (month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=UTC)
    return start.replace(year=start.year + years, month=month + 1, day=min(start.day, (following - timedelta(days=1)).day))


Spans = list[tuple[datetime, datetime]]


def _disputes(entries: Iterable[Entry]) -> dict[str, Spans]:
    """When each entry was in dispute; a dispute that lasts ends `NEVER`."""
    spans: dict[str, Spans] = defaultdict(list)
    for entry in entries:
        if entry.reason is Reason.DISPUTE:
            spans[entry.of].append((entry.at, NEVER))
        elif entry.reason is Reason.UPHELD and spans[entry.of]:
            spans[entry.of][-1] = (spans[entry.of][-1][0], entry.at)
    return spans


def _due(entry: Entry, months: int, spans: Spans) -> datetime:
    """When a lot expires: the later, the longer it was in dispute."""
    due = months_later(entry.at, months)
    for start, end in spans:
        if start < due:
            due = NEVER if end == NEVER else due + (end - start)
    return due


def replayed(entries: Sequence[Entry], at: datetime, months: int) -> Holding:
    """What an agent's entries, in the order of their places, come to at an instant.

    Parameters
    ----------
    months : int
        Months after which points expire.
    """
    known = [entry for entry in entries if entry.at <= at]
    undone, spans = {entry.of for entry in known if entry.reason is Reason.REVERSAL}, _disputes(known)
    lots: list[Lot] = []
    debt = 0
    for entry in known:
        if entry.reason not in REVERSIBLE or entry.id in undone:
            continue
        if entry.points > 0:
            debt, left = max(0, debt - entry.points), max(0, entry.points - debt)
            lots.append(Lot(entry.id, left, _due(entry, months, spans[entry.id]), False))
        else:
            debt += _spend(lots, -entry.points, entry.at, spans)
    held = [replace(lot, frozen=any(start <= at < end for start, end in spans[lot.entry])) for lot in lots if lot.points]
    expired = sum(lot.points for lot in held if lot.due <= at)
    return Holding(tuple(lot for lot in held if lot.due > at), debt, expired)


def _spend(lots: list[Lot], points: int, at: datetime, spans: dict[str, Spans]) -> int:
    """Take points from the oldest lots that may be spent at an instant; the points that are missing."""
    for lot in lots:
        if lot.due > at and not any(start < at < end for start, end in spans[lot.entry]):
            taken = min(points, lot.points)
            lot.points, points = lot.points - taken, points - taken
    return points
