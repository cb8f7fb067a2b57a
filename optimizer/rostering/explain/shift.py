"""Why an agent has a shift on a day, or not what the agent wished for: every other symbol with the best line around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.model.base import BoolArray
from data.model.errors import NotFound
from data.model.people import Wish
from data.model.roster import Roster
from optimizer.rostering.explain.law import Law
from optimizer.rostering.explain.stage import SMALL, Answer, Stage, costs_of, difference
from optimizer.rostering.product import TableStore


@dataclass(frozen=True)
class Alternative:
    """Another symbol on a day, with the agent's best legal line around it and all other agents as they are.

    Parameters
    ----------
    code : str
    costs : dict
        What each cost grows by, as the verifier measures it; empty if no legal line has the symbol there.
    changes : tuple of (date, str, str)
        Other days that change: what stands there and what would.
    forbidden : tuple of str
        Smallest set of hard rules that together forbid it; empty if it is legal, or out of the question for the contract alone.
    legal : bool
    """

    code: str
    costs: dict[str, float]
    changes: tuple[tuple[date, str, str], ...]
    forbidden: tuple[str, ...]
    legal: bool

    @property
    def cost(self) -> float:
        """What the roster costs more; inf if forbidden."""
        return sum(self.costs.values()) if self.legal else np.inf


@dataclass(frozen=True)
class ShiftReason:
    """Why an agent has a symbol on a day.

    Parameters
    ----------
    without : dict
        What each cost would grow by with a day off in place of the shift and everything else as it is; empty without a shift.
    frozen : bool
        Whether nobody could choose; then there are no alternatives.
    alternatives : tuple of Alternative
        Every other symbol that the contract allows, cheapest first, forbidden ones last.
    """

    agent: str
    day: date
    code: str
    frozen: bool
    without: dict[str, float]
    alternatives: tuple[Alternative, ...]

    @property
    def best(self) -> bool:
        """Whether no legal alternative is cheaper."""
        return all(other.cost >= -SMALL for other in self.alternatives)


@dataclass(frozen=True)
class WishReason:
    """What becomes of a wish: granted as the roster stands, or what granting it would take."""

    wish: Wish
    code: str
    granted: bool
    granting: Alternative | None
    """The best line that grants it; None if it is granted."""


def why_shift(stage: Stage, agent: str, day: date) -> ShiftReason:
    """Why an agent has what stands on a day.

    Raises
    ------
    NotFound
        When the problem does not hold the agent or the day.
    """
    a, d = place_of(stage, agent, day)
    alphabet, now = stage.problem.alphabet, int(stage.roster.symbol[a, d])
    if is_frozen(stage, d):
        return ShiftReason(agent, day, alphabet.codes[now], True, {}, ())
    contract = stage.problem.contexts[a].contract
    usable = (np.isin(alphabet.codes, contract.shifts) & alphabet.is_shift) | (np.arange(len(alphabet.codes)) == 0)
    before = costs_of(stage.problem, stage.roster, a)
    others = [alternative(stage, a, d, [int(s)], before) for s in np.flatnonzero(usable) if s != now]
    without = _grown(stage, a, before, stage.without_shift(a, d)) if alphabet.is_shift[now] else {}
    return ShiftReason(agent, day, alphabet.codes[now], False, without, tuple(sorted(others, key=lambda other: other.cost)))


def why_refused(stage: Stage, wish: Wish) -> WishReason:
    """What it would take to grant a wish.

    Raises
    ------
    NotFound
        When the problem does not hold the agent or the day.
    """
    a, d = place_of(stage, wish.agent, wish.day)
    codes, now = stage.problem.alphabet.codes, int(stage.roster.symbol[a, d])
    granted = np.flatnonzero(_grants(stage, wish))
    if now in granted or is_frozen(stage, d):
        return WishReason(wish, codes[now], now in granted, None)
    before = costs_of(stage.problem, stage.roster, a)
    return WishReason(wish, codes[now], False, alternative(stage, a, d, granted.tolist(), before))


def _grants(stage: Stage, wish: Wish) -> BoolArray:
    """Symbols that grant a wish; shape (symbols,)."""
    alphabet = stage.problem.alphabet
    named = np.array(alphabet.codes) == wish.shift
    return {"off": ~alphabet.is_shift, "on": named, "avoid": ~named}[wish.kind]


def place_of(stage: Stage, agent: str, day: date) -> tuple[int, int]:
    """Row and day of an agent's day."""
    a, d = stage.problem.index.get(agent, -1), stage.problem.grid.horizon.index(day)
    if a < 0 or not 0 <= d < stage.problem.grid.horizon.days:
        raise NotFound(f"no agent {agent!r} on {day} in this roster")
    return a, d


def is_frozen(stage: Stage, d: int) -> bool:
    """Whether a day was given."""
    return not stage.frame.shape.open_first <= d < stage.frame.shape.open_end


def alternative(stage: Stage, a: int, d: int, symbols: Sequence[int], before: Mapping[str, float]) -> Alternative:
    """The best of some symbols on a day, against the costs of the roster as it is (`costs_of`)."""
    allowed = on_day(stage, d, symbols)
    found, codes = stage.answer(a, allowed), stage.problem.alphabet.codes
    if found is None:
        names = Law(stage.problem, a, TableStore()).conflict(allowed)[0]
        return Alternative("/".join(codes[s] for s in symbols), {}, (), tuple(sorted(names)), False)
    costs = _grown(stage, a, before, stage.with_line(a, found))
    return Alternative(codes[found.symbol[d]], costs, _changes(stage, a, d, found), (), True)


def on_day(stage: Stage, d: int, symbols: Sequence[int]) -> BoolArray:
    """Some symbols on one day, all on the others; shape (days, symbols)."""
    allowed = np.ones_like(stage.frame.crew.cost[0], dtype=np.bool_)
    allowed[d] = np.isin(np.arange(len(allowed[d])), symbols)
    return allowed


def _changes(stage: Stage, a: int, d: int, found: Answer) -> tuple[tuple[date, str, str], ...]:
    """Other days that change."""
    codes, was, now = stage.problem.alphabet.codes, stage.roster.symbol[a].tolist(), found.symbol.tolist()
    days = enumerate(zip(stage.roster.horizon.dates, was, now, strict=True))
    return tuple((day, codes[before], codes[after]) for k, (day, before, after) in days if k != d and before != after)


def _grown(stage: Stage, a: int, before: Mapping[str, float], roster: Roster) -> dict[str, float]:
    """What each cost grows by in another roster that differs in one agent's line."""
    return difference(before, costs_of(stage.problem, roster, a))
