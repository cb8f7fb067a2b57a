"""Running balances of fairness: what a roster adds to what agents have borne, how they stand, and what follows for the next month.

Burdens fade in proportion to the days since, to nothing after a year, as points do (`optimizer.rostering.carried`). Whoever has
no balance begins with the mean of comparable agents, an equal share. A weekend or a festival that the edge of a roster cuts
counts on both sides of it if both have a shift.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import numpy as np
from pydantic import Field

from data.model.base import BoolArray, FloatArray, Frozen, IntArray
from data.model.calendar import DayType
from data.model.errors import Finding, InvalidData
from data.model.fairness import BURDENS, Burden, FairnessBalance, Place, Spread, Standing
from data.model.ledger import Balance
from data.model.response import Activation, Standby
from data.model.roster import NIGHT_SHIFT_MINUTES, Roster, night_minutes
from optimizer.rostering.carried import MEMORY_DAYS, carried
from optimizer.rostering.goals.wishes import refusals
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue
from optimizer.rostering.rules.weekends import SATURDAY

LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Levels of the quantiles of a spread."""

Group = tuple[str, bool]
"""Contract and ban on night work: whom an agent is compared with."""


class Shares(Frozen):
    """How much each burden counts in the weight of an agent. Numbers: house choice.

    Points hold nights, weekends and festivals already, so they count only where these do not.
    """

    nights: float = Field(default=1.0, ge=0)
    weekends: float = Field(default=1.0, ge=0)
    festivals: float = Field(default=1.0, ge=0)
    standby: float = Field(default=1.0, ge=0)
    call_outs: float = Field(default=1.0, ge=0)
    refused_wishes: float = Field(default=1.0, ge=0)
    points: float = Field(default=0.0, ge=0)


DEFAULT_SHARES = Shares()


def running(
    problem: RosterProblem,
    roster: Roster,
    held: Sequence[FairnessBalance] = (),
    *,
    called: Iterable[Activation] = (),
    noticed: Iterable[Standby] = (),
) -> tuple[FairnessBalance, ...]:
    """Balance of each agent at the end of a roster.

    Every day of the roster after `until` of the balance before counts, also frozen ones.

    Parameters
    ----------
    held : sequence of FairnessBalance
        Of the time before, at most one for each agent; its points are not read, `problem.balances` hold them.
    called, noticed : iterable
        Call-outs of echelons, and echelons put on notice; each day counts once.
    """
    horizon, before = roster.horizon, {balance.agent: balance for balance in held}
    since = [horizon.index(before[agent].until) + 1 if agent in before else 0 for agent in roster.agents]
    open_days = np.arange(horizon.days) >= np.array(since)[:, None]
    fade = np.clip(1 - (horizon.days - np.array(since)) / MEMORY_DAYS, 0, 1)
    earned: dict[Burden, IntArray] = {
        "nights": (_nights(roster) & open_days).sum(axis=1),
        "weekends": _blocks(roster, open_days, _weekends(roster)),
        "festivals": _blocks(roster, open_days, _festivals(problem, roster)),
        "standby": (_marked(roster, noticed) & open_days).sum(axis=1),
        "call_outs": (_marked(roster, called) & open_days).sum(axis=1),
        "refused_wishes": refusals(problem, roster, open_days),
    }
    totals = {name: (_brought(problem, roster, before, name) * fade + more).round(3).tolist() for name, more in earned.items()}
    points = {balance.agent: balance.points for balance in carried(problem, roster)}
    return tuple(
        FairnessBalance(
            agent=agent, until=horizon.last, points=points[agent], **{name: values[a] for name, values in totals.items()}
        )
        for a, agent in enumerate(roster.agents)
    )


def closing(
    problem: RosterProblem, roster: Roster, called: Iterable[Activation] = (), noticed: Iterable[Standby] = ()
) -> tuple[Balance, ...]:
    """Balance of each agent with which the next plan begins: duty that no roster shows earns points too.

    A day on which an agent was called out, or on notice, since the balance before is a point of unpopular duty (house choice).
    """
    brought, days = carried(problem, roster), np.arange(roster.horizon.days)
    held = [problem.balance_of.get(agent) for agent in roster.agents]
    since = np.array([0 if balance is None else roster.horizon.index(balance.until) + 1 for balance in held])
    marks = (_marked(roster, called).astype(np.int64) + _marked(roster, noticed)) * (days >= since[:, None])
    earned = marks.sum(axis=1)
    points = np.array([balance.points for balance in brought]) + earned - earned.mean()
    return tuple(
        balance.model_copy(update={"points": total, "points_earned": balance.points_earned + more})
        for balance, total, more in zip(brought, points.round(3).tolist(), earned.tolist(), strict=True)
    )


def standings(problem: RosterProblem, balances: Sequence[FairnessBalance], shares: Shares = DEFAULT_SHARES) -> tuple[Standing, ...]:
    """How agents stand among comparable ones, in the order of the balances.

    The weight is 2 to the power of how many deviations an agent lies above the mean, on average over the burdens and from -1 to
    1: half for the least burdened, double for the most (house choice).

    Raises
    ------
    InvalidData
        Balances of agents that the problem does not have.
    """
    _check(problem, balances)
    values = np.array([[getattr(balance, burden) for burden in BURDENS] for balance in balances])
    share = np.array([getattr(shares, burden) for burden in BURDENS])
    found: dict[int, Standing] = {}
    for group, rows in _groups(problem, balances).items():
        own = values[rows]
        spreads = [_spread(burden, group, column) for burden, column in zip(BURDENS, own.T, strict=True)]
        places = np.stack([_places(column) for column in own.T], axis=1)
        beyond = _deviations(own) @ share / max(share.sum(), 1e-9)
        for row, mine, place, weight in zip(rows, own.tolist(), places.tolist(), 2 ** np.clip(beyond, -1, 1), strict=True):
            held = tuple(Place(value=v, place=p, spread=s) for v, p, s in zip(mine, place, spreads, strict=True))
            one = balances[row]
            found[row] = Standing(agent=one.agent, until=one.until, places=held, weight=round(float(weight), 3))
    return tuple(found[row] for row in range(len(balances)))


def _check(problem: RosterProblem, balances: Sequence[FairnessBalance]) -> None:
    unknown = [balance.agent for balance in balances if balance.agent not in problem.index]
    if unknown:
        fix = "take out the row"
        raise InvalidData([Finding("fairness.csv", None, "agent", name, "an agent of the problem", fix) for name in unknown])


def _groups(problem: RosterProblem, balances: Sequence[FairnessBalance]) -> dict[Group, list[int]]:
    """Rows of comparable agents."""
    groups: dict[Group, list[int]] = {}
    for row, balance in enumerate(balances):
        agent = problem.agents[problem.index[balance.agent]]
        guard = agent.protection
        banned = guard is not None and guard.no_night and guard.holds(balance.until)
        groups.setdefault((agent.contract, banned), []).append(row)
    return groups


def _spread(burden: Burden, group: Group, values: FloatArray) -> Spread:
    q = tuple(np.quantile(values, LEVELS).round(3).tolist())
    numbers = {"mean": round(float(values.mean()), 3), "deviation": round(float(values.std()), 3)}
    return Spread(burden=burden, contract=group[0], no_night=group[1], agents=len(values), quantiles=q, **numbers)


def _places(values: FloatArray) -> IntArray:
    """Place of each value: 1 for the greatest, equals alike."""
    return 1 + len(values) - np.searchsorted(np.sort(values), values, side="right")


def _deviations(values: FloatArray) -> FloatArray:
    """How many deviations each value lies above the mean of its column; 0 where all are equal."""
    deviation = values.std(axis=0)
    return np.where(deviation > 1e-9, (values - values.mean(axis=0)) / np.maximum(deviation, 1e-9), 0.0)


def _brought(problem: RosterProblem, roster: Roster, before: Mapping[str, FairnessBalance], burden: Burden) -> FloatArray:
    """What agents bring of a burden, those without a balance the mean of comparable ones; shape (agents,)."""
    blank = [before.get(agent) or FairnessBalance(agent=agent, until=roster.horizon.first) for agent in roster.agents]
    own, known = np.array([getattr(balance, burden) for balance in blank]), np.array([a in before for a in roster.agents])
    for rows in _groups(problem, blank).values():
        mine = np.array(rows)
        if known[mine].any():
            own[mine[~known[mine]]] = own[mine[known[mine]]].mean()
    return own


def _nights(roster: Roster) -> BoolArray:
    """Which days hold a night; shape (agents, days)."""
    pairs, where = np.unique(np.stack([roster.start, roster.minutes]).reshape(2, -1), axis=1, return_inverse=True)
    night = [start >= 0 and night_minutes(start, minutes) >= NIGHT_SHIFT_MINUTES for start, minutes in pairs.T.tolist()]
    return np.array(night)[where].reshape(roster.start.shape)


def _weekends(roster: Roster) -> list[object]:
    """The week of each Saturday and Sunday; None on other days."""
    return [day - timedelta(days=day.weekday()) if day.weekday() >= SATURDAY else None for day in roster.horizon.dates]


def _festivals(problem: RosterProblem, roster: Roster) -> list[object]:
    """The first day of the festival that each day lies in; None on other days."""
    found: list[object] = []
    for day in roster.horizon.dates:
        free = problem.calendar.day_type(day) is DayType.HOLIDAY
        found.append((found[-1] if found and found[-1] else day) if free else None)
    return found


def _blocks(roster: Roster, open_days: BoolArray, block: Sequence[object]) -> IntArray:
    """In how many blocks of days each agent has a shift; shape (agents,)."""
    worked, total = (roster.start >= 0) & open_days, np.zeros(len(roster.agents), dtype=np.int64)
    for one in dict.fromkeys(block):
        if one is not None:
            total += worked[:, np.array([other == one for other in block])].any(axis=1)
    return total


def _marked(roster: Roster, events: Iterable[Activation | Standby]) -> BoolArray:
    """On which days of the roster each agent is a member of an event that starts then; shape (agents, days)."""
    marks, row = np.zeros(roster.start.shape, dtype=bool), {agent: a for a, agent in enumerate(roster.agents)}
    for event in events:
        day = roster.horizon.index(event.start.astimezone(roster.horizon.start.tzinfo).date())
        if 0 <= day < roster.horizon.days:
            marks[[row[member] for member in event.members if member in row], day] = True
    return marks


# -- what the agent is told

NAMES: dict[Tongue, dict[Burden, str]] = {
    "en": {
        "nights": "nights",
        "weekends": "weekends",
        "festivals": "festivals",
        "standby": "days on notice",
        "call_outs": "call-outs",
        "refused_wishes": "wishes refused",
        "points": "points",
    },
    "zh": {
        "nights": "夜班",
        "weekends": "周末",
        "festivals": "节日",
        "standby": "待命",
        "call_outs": "应急出勤",
        "refused_wishes": "未满足愿望",
        "points": "积分",
    },
}
"""How a sentence names a burden."""

WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "sentence": "Up to {until} you bore {parts}, so in the unpopular duty of the next month {turn} (weight {weight:g}).",
        "part": "{value:g} {name} (mean {mean:g}, place {place} of {agents})",
        "alone": "{value:g} {name}",
        "comma": ", ",
        "spared": "you are spared",
        "next": "you are among the next in turn",
        "even": "you bear an equal share",
        "nothing": "nothing that anybody comparable did not",
    },
    "zh": {
        "sentence": "截至 {until}，您承担了{parts}；下月不受欢迎班次{turn}（权重 {weight:g}）。",
        "part": "{name} {value:g}（均值 {mean:g}，第 {place} 位，共 {agents} 人）",
        "alone": "{name} {value:g}",
        "comma": "、",
        "spared": "将优先照顾您",
        "next": "您将靠前轮到",
        "even": "您承担的份额均等",
        "nothing": "与可比同事相同的份额",
    },
}
"""What an agent is told, in the words of the glossary."""


def explained(standing: Standing, tongue: Tongue) -> str:
    """One sentence to the agent: what they bore, among how many, and what follows; burdens that nobody has are left out."""
    words = WORDS[tongue]
    parts = [_part(place, tongue) for place in standing.places if any(place.spread.quantiles)]
    turn = words["spared"] if standing.weight > 1 else words["next"] if standing.weight < 1 else words["even"]
    told = words["comma"].join(parts) or words["nothing"]
    return words["sentence"].format(until=standing.until, parts=told, weight=standing.weight, turn=turn)


def _part(place: Place, tongue: Tongue) -> str:
    spread = place.spread
    form = WORDS[tongue]["part" if spread.agents > 1 else "alone"]
    name, mean = NAMES[tongue][spread.burden], round(spread.mean, 1)
    return form.format(value=round(place.value, 1), name=name, mean=mean, place=place.place, agents=spread.agents)
