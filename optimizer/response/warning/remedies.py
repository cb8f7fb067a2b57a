"""What may still be done against a warning, and the last moment at which each remedy still helps."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from data.model.centre import EchelonTier
from data.model.response import CapacityWarning, Remedy, RemedyKind
from data.model.time import epoch_minutes
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import Reserve


def remedies(
    warning: CapacityWarning,
    *,
    now: datetime,
    minutes: int,
    leads: Mapping[RemedyKind, int],
    tiers: Sequence[EchelonTier] = (),
    members: Reserve | None = None,
    limits: Limits | None = None,
    overtime_day_minutes: int = 0,
) -> tuple[Remedy, ...]:
    """Remedies of a warning, the one whose last moment comes first in front.

    Parameters
    ----------
    minutes : int
        Length of a slot.
    leads : mapping
        Minutes before its effect at which each remedy must be begun.
    tiers : sequence of EchelonTier
        Each is a remedy, with its notice.
    members : Reserve or None
        Of the members of the tiers those are counted who may be called for a duty in the stretch, when most of them may; None =
        nobody is counted.
    limits : Limits or None
        What the rulebook asks of whoever is called; None = nothing.
    overtime_day_minutes : int
        A longer duty needs an approver, who lifts the limits of overtime.
    """

    def lawful(tier: EchelonTier) -> int | None:
        if members is None:
            return None
        spans = ((span, (limits or Limits()).lifted(span.minutes > overtime_day_minutes)) for span in _duties(warning, tier, now))
        return max((len(members.able(tier, warning.queue, span, held)) for span, held in spans), default=0)

    found = [_remedy(warning, kind, kind, lead, now, minutes) for kind, lead in leads.items()]
    found += [_remedy(warning, "echelon", tier.id, tier.notice_minutes, now, minutes, lawful(tier)) for tier in tiers]
    return tuple(sorted(found, key=lambda one: one.until))


def _remedy(
    warning: CapacityWarning, kind: RemedyKind, name: str, lead: int, now: datetime, minutes: int, heads: int | None = None
) -> Remedy:
    whole, until = _earlier(warning.start, lead), _earlier(warning.end, lead + minutes)
    return Remedy(kind, name, whole, until, heads, late=until < now)


def _earlier(instant: datetime, minutes: int) -> datetime:
    """So many elapsed minutes before, in the same zone."""
    return (instant.astimezone(UTC) - timedelta(minutes=minutes)).astimezone(instant.tzinfo)


def _duties(warning: CapacityWarning, tier: EchelonTier, now: datetime) -> Iterator[Span]:
    """Duties in the stretch as long as the tier stays, hour by hour from when it can be there; none if it comes too late."""
    first, end = max(epoch_minutes(warning.start), epoch_minutes(now) + tier.notice_minutes), epoch_minutes(warning.end)
    length = min(tier.max_minutes, end - first)
    if length > 0:
        starts = dict.fromkeys((*range(first, end - length, 60), end - length))
        yield from (Span(start, start + length, str(warning.start.tzinfo)) for start in starts)
