"""Synthetic staff of a sample centre: contracts, skills, teams, leave, wishes and protections by share, from a seed."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

import numpy as np
from pydantic import Field

from data.exchange.calendars import calendar_for
from data.model.base import Frozen
from data.model.calendar import DayType
from data.model.centre import Centre
from data.model.people import Absence, Agent, Protection, Wish

FAMILY = "甲乙丙丁戊己庚辛壬癸"
"""Names are made of the ten heavenly stems: they are nobody's."""


class Group(Frozen):
    """A share of the staff with the same skills, contract, site or echelon."""

    share: float = Field(ge=0, le=1)
    skills: tuple[str, ...] = ()
    id: str = ""


class StaffPlan(Frozen):
    """How the staff of a sample centre is made up.

    Parameters
    ----------
    agents : int
    contracts, skills, sites, echelons : tuple of Group
        Shares; whoever is left over belongs to the last group, and to no echelon.
    leave, sick, wishes, no_night : float
        Share of agents with annual leave, with sick leave, with wishes, and protected from nights and overtime.
    holiday_code : str
        Paid leave of everyone on closed public holidays; empty = none.
    first, days
        Days over which leave and wishes are spread.
    """

    seed: int
    agents: int = Field(ge=1)
    team_size: int = Field(default=15, ge=1)
    contracts: tuple[Group, ...] = Field(min_length=1)
    skills: tuple[Group, ...] = Field(min_length=1)
    sites: tuple[Group, ...] = ()
    echelons: tuple[Group, ...] = ()
    leave: float = Field(default=0.0, ge=0, le=1)
    sick: float = Field(default=0.0, ge=0, le=1)
    wishes: float = Field(default=0.0, ge=0, le=1)
    no_night: float = Field(default=0.0, ge=0, le=1)
    holiday_code: str = ""
    first: date
    days: int = Field(ge=7)

    @property
    def horizon_last(self) -> date:
        """Last day of leave and wishes."""
        return self.first + timedelta(days=self.days - 1)


def make_agents(plan: StaffPlan) -> tuple[Agent, ...]:
    """Agents ``A0001`` ... in teams of one site; the same plan gives the same people."""
    random = np.random.default_rng([plan.seed, 1])
    contracts = _dealt(plan.contracts, plan.agents, random)
    skills = _dealt(plan.skills, plan.agents, random)
    echelons = _dealt((*plan.echelons, Group(share=1 - sum(group.share for group in plan.echelons))), plan.agents, random)
    guarded = random.random(plan.agents) < plan.no_night
    return tuple(
        Agent(
            id=f"A{a + 1:04d}",
            name=f"{FAMILY[a % 10]}{FAMILY[a // 10 % 10]}{a // 100 + 1}",
            site=_of_share(plan.sites, a / plan.agents).id if plan.sites else "",
            team=f"T{a // plan.team_size + 1:02d}",
            contract=contracts[a].id,
            skills=skills[a].skills,
            echelon=echelons[a].id,
            protection=Protection(no_night=True, no_overtime=True, until=plan.first + timedelta(days=180)) if guarded[a] else None,
        )
        for a in range(plan.agents)
    )


def _of_share(groups: Sequence[Group], place: float) -> Group:
    """Group that holds a place in [0, 1)."""
    ends = accumulate(group.share for group in groups)
    return next((group for group, end in zip(groups, ends, strict=True) if place < end - 1e-9), groups[-1])


def _dealt(groups: Sequence[Group], agents: int, random: np.random.Generator) -> list[Group]:
    """One group per agent, by share, shuffled."""
    dealt = [_of_share(groups, (a + 0.5) / agents) for a in range(agents)]
    return [dealt[k] for k in random.permutation(agents)]


def make_absences(plan: StaffPlan, centre: Centre, agents: Sequence[Agent]) -> tuple[Absence, ...]:
    """Paid leave inside working weeks (so that a week never credits more than the contract's), a block for each agent at most."""
    random = np.random.default_rng([plan.seed, 2])
    closed = closed_holidays(centre, plan.first, plan.horizon_last) if plan.holiday_code else ()
    found = [Absence(agent=agent.id, first=day, last=day, code=plan.holiday_code) for day in closed for agent in agents]
    for agent in agents:
        draw, week, start, length = random.random(), *random.integers(0, [plan.days // 7, 4, 5])
        monday = plan.first - timedelta(days=plan.first.weekday()) + timedelta(weeks=int(week) + bool(plan.first.weekday()))
        first = monday + timedelta(days=int(start))
        last = min(first + timedelta(days=int(length)), monday + timedelta(days=4), plan.horizon_last)
        if draw < plan.leave + plan.sick and last >= first and not any(first <= day <= last for day in closed):
            found.append(Absence(agent=agent.id, first=first, last=last, code="AL" if draw < plan.leave else "SL"))
    return tuple(found)


def closed_holidays(centre: Centre, first: date, last: date) -> tuple[date, ...]:
    """Public holidays on weekdays on which every queue is closed."""
    if not all(queue.closes_on_holidays for queue in centre.queues):
        return ()
    calendar = calendar_for(centre, first, last)
    return tuple(day for day in _days(first, last) if day.weekday() < 5 and calendar.day_type(day) == DayType.HOLIDAY)


def make_wishes(plan: StaffPlan, centre: Centre, agents: Sequence[Agent], absences: Sequence[Absence]) -> tuple[Wish, ...]:
    """One or two wishes of some agents, on days without leave: mostly days off, some for or against a shift of the contract."""
    random = np.random.default_rng([plan.seed, 3])
    away = {(absence.agent, day) for absence in absences for day in _days(absence.first, absence.last)}
    found: list[Wish] = []
    for agent in agents:
        count = int(random.integers(1, 3)) if random.random() < plan.wishes else 0
        for offset in sorted(random.choice(plan.days, count, replace=False)):
            day, kind, rank = plan.first + timedelta(days=int(offset)), int(random.integers(0, 10)), int(random.integers(1, 6))
            shift = str(random.choice(centre.contract(agent.contract).shifts))
            wish = {"kind": "off"} if kind < 7 else {"kind": "on" if kind == 7 else "avoid", "shift": shift}
            if (agent.id, day) not in away:
                found.append(Wish.model_validate({"agent": agent.id, "day": day, "rank": rank} | wish))
    return tuple(found)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=d) for d in range((last - first).days + 1)]
