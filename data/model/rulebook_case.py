"""Regression cases of a rulebook: a tiny line of shifts for one agent, and which rules it breaks."""

import re
from datetime import date, timedelta
from typing import Any, Self

from pydantic import Field, model_validator

from data.model.base import Frozen
from data.model.ledger import Balance
from data.model.people import Contract, Protection
from data.model.roster import OFF, ShiftTemplate

FIRST = date(2026, 6, 1)
"""A Monday in a month without make-up days; a case that leaves its first day out begins on it."""

OVERTIME = re.compile(r"(?P<code>.+?)\+(?P<minutes>\d+)")


class Token(Frozen):
    """A day of a line: its code, and minutes of overtime after the shift."""

    code: str
    overtime_minutes: int = 0


class RegressionCase(Frozen):
    """One agent's days and what must be found in them.

    Parameters
    ----------
    line : str
        Day symbols parted by blanks: ``-`` off, a shift code, a leave code; ``E+60`` is shift E with an hour of overtime.
    contract, team, site : str
        Of the agent: what scopes of rules ask for.
    rules : tuple of str
        Ids of the rules that are asked; empty = every rule of the rulebook.
    breaches : tuple of str
        Ids of those that must be broken; the others must not.
    source : str
        Law article, agreement, or "house choice".
    first : date
        First day of the line.
    history : int
        How many leading days are history, in which nothing is charged.
    leave : str
        Leave that was granted, a code or ``-`` for each day; empty = what the line itself says.
    unpaid : tuple of str
        Leave codes that credit no hours.
    holidays : tuple of date
        Statutory holidays, beside which every weekday is worked.
    balance : dict
        What the agent brings: fields of `Balance` without the agent.
    """

    id: str = Field(min_length=1)
    title: str = ""
    title_zh: str = ""
    line: str = Field(min_length=1)
    contract: str
    team: str = ""
    site: str = ""
    rules: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    source: str = "house choice"
    first: date = FIRST
    history: int = Field(default=0, ge=0)
    leave: str = ""
    unpaid: tuple[str, ...] = ()
    protection: Protection | None = None
    holidays: tuple[date, ...] = ()
    balance: dict[str, Any] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        days = len(self.line.split())
        if self.leave and len(self.leave.split()) != days:
            raise ValueError(f"leave has {len(self.leave.split())} days, the line has {days}")
        if self.history >= days:
            raise ValueError(f"history of {self.history} days leaves no day of {days} to judge")
        if self.rules and not set(self.breaches) <= set(self.rules):
            raise ValueError("breaches name rules that the case does not ask")
        if self.balance:
            self.brought("agent")
        return self

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The days of the line."""
        matches = ((text, OVERTIME.fullmatch(text)) for text in self.line.split())
        return tuple(Token(code=m["code"], overtime_minutes=int(m["minutes"])) if m else Token(code=text) for text, m in matches)

    @property
    def dates(self) -> tuple[date, ...]:
        """Days of the line."""
        return tuple(self.first + timedelta(days=k) for k in range(len(self.line.split())))

    def granted(self, shifts: set[str]) -> tuple[str, ...]:
        """Leave code that holds on each day, empty = none; shift codes in the line are none."""
        codes = self.leave.split() or [token.code for token in self.tokens]
        return tuple("" if code == OFF or code in shifts else code for code in codes)

    def brought(self, agent: str) -> Balance | None:
        """What the agent brings."""
        return Balance.model_validate({"agent": agent, **self.balance}) if self.balance else None


class CaseFile(Frozen):
    """Cases with the contracts and shifts that they speak of; empty = those of the centre."""

    contracts: tuple[Contract, ...] = ()
    shifts: tuple[ShiftTemplate, ...] = ()
    cases: tuple[RegressionCase, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [case.id for case in self.cases]
        if len(ids) != len(set(ids)):
            raise ValueError(f"cases of one id stand twice: {', '.join(sorted({i for i in ids if ids.count(i) > 1}))}")
        return self
