"""What may still be done against a warning, and the last moment at which each remedy still helps."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from data.model.centre import EchelonTier
from data.model.response import CapacityWarning, Remedy, RemedyKind
from data.model.time import epoch_minutes
from optimizer.response.reserve import Member, Span, refusal


def remedies(
    warning: CapacityWarning,
    *,
    now: datetime,
    minutes: int,
    leads: Mapping[RemedyKind, int],
    tiers: Sequence[EchelonTier] = (),
    members: Sequence[Member] = (),
    rest_minutes: int = 0,
    zone: str = "",
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
    members : sequence of Member
        Members of the tiers, of whom those are counted who may be called for as much of the stretch as their tier stays; empty =
        nobody is counted.
    rest_minutes, zone
        As of `optimizer.response.reserve.refusal` and `Span`.
    """
    found = [_remedy(warning, kind, kind, lead, now, minutes) for kind, lead in leads.items()]
    for tier in tiers:
        heads = _lawful(warning, tier, members, now, rest_minutes, zone) if members else None
        found.append(_remedy(warning, "echelon", tier.id, tier.notice_minutes, now, minutes, heads))
    return tuple(sorted(found, key=lambda one: one.until))


def _remedy(
    warning: CapacityWarning, kind: RemedyKind, name: str, lead: int, now: datetime, minutes: int, heads: int | None = None
) -> Remedy:
    whole, until = _earlier(warning.start, lead), _earlier(warning.end, lead + minutes)
    return Remedy(kind, name, whole, until, heads, late=until < now)


def _earlier(instant: datetime, minutes: int) -> datetime:
    """So many elapsed minutes before, in the same zone."""
    return (instant.astimezone(UTC) - timedelta(minutes=minutes)).astimezone(instant.tzinfo)


def _lawful(
    warning: CapacityWarning, tier: EchelonTier, members: Sequence[Member], now: datetime, rest_minutes: int, zone: str
) -> int:
    """Members of a tier who may be called for a duty that begins with the stretch, or as soon as the tier can be there."""
    start = max(epoch_minutes(warning.start), epoch_minutes(now) + tier.notice_minutes)
    span = Span(start, min(epoch_minutes(warning.end), start + tier.max_minutes), zone)
    return sum(not refusal(one, tier, warning.queue, span, rest_minutes) for one in _of(tier, members)) if span.end > start else 0


def _of(tier: EchelonTier, members: Sequence[Member]) -> Iterator[Member]:
    return (member for member in members if member.agent.echelon == tier.id)
