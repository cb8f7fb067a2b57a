"""Who could take an agent's shift on a day, the cheapest first, and how many could not for which cause.

First come those who only take the shift (`gap`); where they are too few, those who are off on another day of the week instead
(`moves`), as far as the terms of a cover allow. The verifier confirms the few that are shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from data.model.base import FloatArray
from data.model.errors import NotFound
from data.model.request import Ask, Cover, Reason, Request, RequestPolicy, Swap, Terms
from data.model.roster import OFF, Roster
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import wording
from optimizer.rostering.requests.causes import Cause, cause_of, in_order
from optimizer.rostering.requests.checks import against
from optimizer.rostering.requests.desk import Desk, desk_of
from optimizer.rostering.requests.drafts import Draft, day_off, with_cells
from optimizer.rostering.requests.gap import SMALL, Gap, Key
from optimizer.rostering.requests.handover import handed
from optimizer.rostering.requests.limits import risks
from optimizer.rostering.requests.moves import Moves
from optimizer.rostering.requests.service import chance_at_the_mean, effect_of, touched

MOST_SHOWN = 5
"""Stand-ins that are confirmed and shown (house choice)."""

TERMS = RequestPolicy().cover
"""Terms under which a day may be moved unless a centre has its own."""

PLAINLY = TERMS.model_copy(update={"notice_hours": 0.0})
"""Terms under which other requests are looked for: they are judged on those of their own kind."""

MOST_WEIGHED = 40
"""Kinds of moves that are looked at for them in vain (house choice): each takes some hundredths of a second."""


@dataclass(frozen=True)
class StandIn:
    """An agent who may take a shift.

    Parameters
    ----------
    costs : dict
        What each cost grows by, by the names of `Verdict.costs`; those that stay the same are left out.
    sentence, sentence_zh : str
        Why the agent has this rank.
    instead : date or None
        Day on which the agent is off in place of a shift; None = no day moves.
    """

    agent: str
    costs: dict[str, float]
    sentence: str
    sentence_zh: str
    instead: date | None = None

    @property
    def cost(self) -> float:
        """What the roster costs more."""
        return sum(self.costs.values())


@dataclass(frozen=True)
class Refused:
    """How many agents cannot take a shift for a cause, each counted once, by the first cause.

    Parameters
    ----------
    cause : str
        Code of the catalogue.
    rule : str
        Id of the rule; empty = none.
    """

    cause: str
    rule: str
    count: int


@dataclass(frozen=True)
class Beyond:
    """Somebody who might take a shift and be off on another day, at more risk to service than the terms allow."""

    stand_in: StandIn
    reason: Reason


@dataclass(frozen=True)
class StandIns:
    """Who could take a shift.

    Parameters
    ----------
    best : tuple of StandIn
        Confirmed by the verifier: those who only take the shift, then those who move a day, the cheapest of each first.
    able : int
        All who may only take it, by the tables.
    moving : int
        All others who may take it if they move a day, by the tables and whatever it does to service; not counted (0) where
        enough may only take it.
    refused : tuple of Refused
        All but the able and the agent whose shift it is, in the order of the catalogue and of the rulebook.
    beyond : Beyond or None
        If nobody is shown who moves a day: the cheapest, and what that would do to service.
    leave : str
        Code of the leave that the agent whose shift it is has on the day; empty = none.
    bound : Reason or None
        Without leave: why a rule forbids that this agent is only off (the week's hours would be too few).
    """

    agent: str
    day: date
    code: str
    best: tuple[StandIn, ...]
    able: int
    moving: int
    refused: tuple[Refused, ...]
    beyond: Beyond | None = None
    leave: str = ""
    bound: Reason | None = None


def stand_ins(
    problem: RosterProblem, roster: Roster, agent: str, day: date, now: datetime, *, most: int = MOST_SHOWN, terms: Terms = TERMS
) -> StandIns:
    """Who could take an agent's shift on a day.

    Parameters
    ----------
    problem, roster, now
        As of `judge`.
    most : int
        Stand-ins shown.
    terms : Terms
        Notice and risk to service within which a day may be moved.

    Raises
    ------
    NotFound
        When the agent has no shift on the day.
    """
    return stand_ins_at(desk_of(problem, roster, now, chance_at_the_mean(problem)), agent, day, most=most, terms=terms)


def stand_ins_at(desk: Desk, agent: str, day: date, *, most: int = MOST_SHOWN, terms: Terms = TERMS) -> StandIns:
    """`stand_ins` at a desk; for many shifts ask for `Desk.rule_walks` first, which makes the tables of all agents once."""
    index, horizon = desk.problem.index, desk.problem.grid.horizon
    if agent not in index or not horizon.dates[desk.problem.first_open] <= day <= horizon.last or not desk.cell(agent, day).worked:
        raise NotFound(f"{agent!r} has no shift on {day} in this roster")
    gap = Gap(desk, desk.place(agent, day))
    best, wrong = _able(gap, most)
    moving, moved, beyond = _moving(gap, best, most, terms) if len(best) < most else (0, (), None)
    able, refused = len(gap.able) - sum(wrong.values()), tuple(_refused(gap, wrong))
    leave = desk.leave(gap.place)
    bound = None if leave else next(iter(_bound(gap)), None)
    return StandIns(agent, day, desk.cell(agent, day).code, (*best, *moved), able, moving, refused, beyond, leave, bound)


def _refused(gap: Gap, wrong: Mapping[Key, int]) -> Iterator[Refused]:
    """How many cannot by the tables, and by the verifier, for which cause."""
    rules = [(cause_of(spec.kind).code, spec.id) for spec in gap.desk.problem.rulebook.rules]
    for cause in Cause:
        for key in [(cause.code, ""), *(rule for rule in rules if rule[0] == cause.code)]:
            count = gap.counts.get(key, 0) + wrong.get(key, 0)
            if count:
                yield Refused(*key, count)


def _bound(gap: Gap) -> Iterable[Reason]:
    """What forbids that the agent whose shift it is is only off, or on the leave that is due."""
    alone = Draft({gap.place: day_off(gap.desk.leave(gap.place) or OFF)})
    return against(gap.desk, alone, with_cells(gap.desk.roster, alone.cells))


def _able(gap: Gap, most: int) -> tuple[list[StandIn], dict[Key, int]]:
    """The best of those who only take the shift, and what the verifier found against others."""
    best, wrong = list[StandIn](), dict[Key, int]()
    for at in gap.ranking.tolist():
        if len(best) == most:
            break
        agent = gap.desk.agent(int(gap.able[at])).id
        reasons = _against(gap, handed(gap.desk, gap.giver, agent, gap.day), agent)
        if reasons:
            key = reasons[0].cause, reasons[0].rule
            wrong[key] = wrong.get(key, 0) + 1
        else:
            best.append(_told(gap, len(best) + 1, agent, gap.costs, at))
    return best, wrong


def _moving(gap: Gap, best: Sequence[StandIn], most: int, terms: Terms) -> tuple[int, tuple[StandIn, ...], Beyond | None]:
    """How many of all others may take the shift if they move a day, the best of them, and why none of them is shown."""
    moves = _moves(gap, [one.agent for one in best], terms)
    if not len(moves.agents):
        return 0, (), None
    moved = _moved(moves, len(best), most)
    return len(np.unique(moves.agents)), moved, None if moved else _beyond(moves, len(best) + 1)


def _moved(moves: Moves, shown: int, most: int) -> tuple[StandIn, ...]:
    """The best of those who move a day, to make up `most` with those that are shown."""
    gap, found, risky = moves.gap, dict[str, StandIn](), dict[tuple[int, int], bool]()
    for way in moves.ranking[moves.quiet[moves.ranking]].tolist():
        (agent, instead), kind = moves.way(way), moves.kind(way)
        if shown + len(found) == most or (len(risky) == MOST_WEIGHED and kind not in risky):
            break
        if agent in found or risky.get(kind):
            continue
        draft = handed(gap.desk, gap.giver, agent, gap.day, instead)
        if kind not in risky:
            risky[kind] = any(_risks(gap.desk, draft, agent, moves.terms))
        if not risky[kind] and not _against(gap, draft, agent):
            found[agent] = _told(gap, shown + len(found) + 1, agent, moves.costs, way, instead)
    return tuple(found.values())


def _moves(gap: Gap, able: list[str], terms: Terms) -> Moves:
    """Ways of all others who are free."""
    known = [gap.desk.problem.index[agent] for agent in able]
    return Moves(gap, np.setdiff1d(gap.free, known), terms)


def _risks(desk: Desk, draft: Draft, agent: str, terms: Terms) -> Iterator[Reason]:
    """More risk to service than the terms allow."""
    return risks(desk, agent, terms, effect_of(desk, *touched(desk, draft, with_cells(desk.roster, draft.cells))))


def _beyond(moves: Moves, rank: int) -> Beyond | None:
    """The cheapest way that moves a day and that the verifier lets pass, with what it would do to service beyond the terms."""
    gap = moves.gap
    for way in moves.ranking[:MOST_WEIGHED].tolist():
        agent, instead = moves.way(way)
        draft = handed(gap.desk, gap.giver, agent, gap.day, instead)
        reason = next(_risks(gap.desk, draft, agent, moves.terms), None)
        if reason and not _against(gap, draft, agent):
            return Beyond(_told(gap, rank, agent, moves.costs, way, instead), reason)
    return None


def covers(desk: Desk, request: Ask, day: date) -> Iterator[Request]:
    """Covers of the shift that an agent has on a day by those who could, the cheapest first; none without a shift.

    After those who only take it come those who are off on another day of the week instead. Where a rule forbids that the agent
    only gives the shift away (the week's hours would be too few), they are asked to swap both days.
    """
    place = desk.place(request.agent, day)
    if desk.roster.start[place] < 0:
        return
    gap = Gap(desk, place)
    others = [desk.agent(row).id for row in gap.able[gap.ranking].tolist()]
    yield from (_cover(request, other, day) for other in others)
    moves, bound, asked = _moves(gap, others, PLAINLY), any(_bound(gap)), getattr(request, "other", "")
    ways = (moves.way(way) for way in moves.ranking.tolist())
    # whoever was asked first may find it easiest to say yes
    for other, instead in sorted(ways, key=lambda way: way[0] != asked):
        if not bound:
            yield _cover(request, other, day, instead)
        elif not desk.cell(request.agent, instead).worked:
            yield Swap(id=request.id, agent=request.agent, made_at=request.made_at, other=other, days=(day, instead))


def _cover(request: Ask, other: str, day: date, instead: date | None = None) -> Cover:
    return Cover(id=request.id, agent=request.agent, made_at=request.made_at, other=other, day=day, instead=instead)


def _against(gap: Gap, draft: Draft, taker: str) -> tuple[Reason, ...]:
    """What the form and the verifier find against a stand-in."""
    reasons = [*draft.flaws, *against(gap.desk, draft, with_cells(gap.desk.roster, draft.cells))]
    return in_order(reason for reason in reasons if reason.agent == taker)


def _told(gap: Gap, rank: int, agent: str, costs: dict[str, FloatArray], at: int, instead: date | None = None) -> StandIn:
    """A stand-in in words."""
    own = {name: float(cost[at]) for name, cost in costs.items() if abs(cost[at]) > SMALL}
    rulebook = gap.desk.problem.rulebook
    en, zh = (wording.ranked(rulebook, rank, agent, own, tongue, instead) for tongue in ("en", "zh"))
    return StandIn(agent, own, en, zh, instead)
