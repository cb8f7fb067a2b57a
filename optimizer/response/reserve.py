"""The reserve: members of the echelons, what they already do, and who of them may lawfully be called when."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.centre import EchelonTier
from data.model.people import Absence, Agent
from data.model.roster import OFF, Roster, night_minutes
from data.model.rulebook import Rulebook
from data.model.time import epoch_minutes
from optimizer.rostering.rules.rest_between_shifts import Params as RestBetweenShifts

REST_CAP_MINUTES = 48 * 60
"""More rest than this counts no further when members are ranked (house choice)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A possible emergency duty, in epoch minutes, half-open; `zone` says which local days it touches."""

    start: int
    end: int
    zone: str

    @property
    def local_start(self) -> datetime:
        """Start on the wall clock."""
        return datetime.fromtimestamp(self.start * 60, UTC).astimezone(ZoneInfo(self.zone))

    @property
    def days(self) -> tuple[date, ...]:
        """Local days touched."""
        last = datetime.fromtimestamp(self.end * 60 - 1, UTC).astimezone(ZoneInfo(self.zone)).date()
        first = self.local_start.date()
        return tuple(first + timedelta(days=d) for d in range((last - first).days + 1))

    @property
    def night(self) -> bool:
        """Whether any of it is night work."""
        return night_minutes(self.local_start.hour * 60 + self.local_start.minute, self.end - self.start) > 0


@dataclass(slots=True)
class Member:
    """A member of an echelon while call-outs are planned.

    Parameters
    ----------
    leave : frozenset of date
    duties : list of (int, int)
        Shifts and emergency duties, epoch minutes, ascending.
    minutes : int
        Paid minutes rostered, emergency duties included.
    """

    agent: Agent
    leave: frozenset[date]
    duties: list[tuple[int, int]] = field(default_factory=list)
    minutes: int = 0

    def book(self, span: Span) -> None:
        """Give the member an emergency duty."""
        insort(self.duties, (span.start, span.end))
        self.minutes += span.end - span.start

    def rest(self, span: Span) -> int:
        """Shorter of the rests before and after a duty, minutes; negative when it overlaps another."""
        return min((max(start - span.end, span.start - end) for start, end in self.duties), default=REST_CAP_MINUTES)

    def rank(self, span: Span) -> tuple[int, int, str]:
        """Whom to call first: most rest, then fewest minutes, then by id."""
        return -min(self.rest(span), REST_CAP_MINUTES), self.minutes, self.agent.id


def reserve(agents: Sequence[Agent], roster: Roster, absences: Sequence[Absence] = ()) -> tuple[Member, ...]:
    """Members of any echelon with their shifts and leave; days outside the roster count as free."""
    rows = {agent: row for row, agent in enumerate(roster.agents)}
    away: dict[str, set[date]] = {}
    for absence in absences:
        days = (absence.last - absence.first).days + 1
        away.setdefault(absence.agent, set()).update(absence.first + timedelta(days=d) for d in range(days))
    return tuple(_member(agent, roster, rows.get(agent.id), away.get(agent.id, set())) for agent in agents if agent.echelon)


def _member(agent: Agent, roster: Roster, row: int | None, away: set[date]) -> Member:
    if row is None:
        return Member(agent, frozenset(away))
    spans = [span for day in range(roster.horizon.days) if (span := roster.span(row, day))]
    duties = [(epoch_minutes(start), epoch_minutes(end)) for start, end in spans]
    leave = {
        day for d, day in enumerate(roster.horizon.dates) if roster.start[row, d] < 0 and roster.codes[roster.symbol[row, d]] != OFF
    }
    return Member(agent, frozenset(leave | away), sorted(duties), int(roster.paid_minutes[row].sum()))


def least_rest(rulebook: Rulebook) -> int:
    """Rest in minutes that the strictest hard rule between shifts asks, whomever and whenever it binds; 0 without one."""
    rules = [rule for rule in rulebook.rules if rule.hard and rule.kind == "rest_between_shifts"]
    return max((RestBetweenShifts.model_validate(rule.numbers).rest_minutes for rule in rules), default=0)


def refusal(member: Member, tier: EchelonTier, queue: str, span: Span, rest_minutes: int) -> str:
    """Why a member of a tier may not be called for a duty, a key of `optimizer.response.wording.REFUSALS`; empty if they may.

    Whatever the emergency, a protection holds: work beyond the roster is overtime, and work from 22:00 to 06:00 is night work.
    The week's rest day, runs of work and monthly overtime are left to the verifier, which judges the roster with the duty in it.

    References
    ----------
    Special Rules for Female Employees (2012) arts. 6, 9; Labour Law arts. 61, 63; rest between shifts: the rulebook.
    """
    protection = member.agent.protection
    held = protection if protection and any(protection.holds(day) for day in span.days) else None
    rest = member.rest(span)
    causes = {
        "skill": queue not in member.agent.skills or bool(tier.queues and queue not in tier.queues),
        "protection": held is not None and (held.no_overtime or (held.no_night and span.night)),
        "leave": not member.leave.isdisjoint(span.days),
        "duty": rest < 0,
        "rest": rest < rest_minutes,
    }
    return next((cause for cause, holds in causes.items() if holds), "")
