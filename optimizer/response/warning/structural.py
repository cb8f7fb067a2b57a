"""Shortages that come back day after day where there is no roster yet: one warning of each queue instead of one a day."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from data.model.centre import Queue
from data.model.response import CapacityWarning, WarningLevel
from optimizer.response.warning.wording import days_text, grounds_text, warning_message, when

GAP = timedelta(days=7)
"""Longest time between stretches of one shortage: an outline is a mean week, so what lacks on a Monday lacks every Monday."""


def structural(found: Sequence[CapacityWarning], queues: Sequence[Queue]) -> tuple[CapacityWarning, ...]:
    """Warnings with the blue ones that stand on an outline together, the highest level first, then by time.

    Parameters
    ----------
    found : sequence of CapacityWarning
        Of `optimizer.response.warning.warn.warnings`.
    queues : sequence of Queue
    """
    plain = [one for one in found if not _lasts(one)]
    lasting = [_joined(chain, queue) for queue in queues for chain in _chains(found, queue) if len(chain) > 1]
    alone = [chain[0] for queue in queues for chain in _chains(found, queue) if len(chain) == 1]
    return tuple(sorted((*plain, *lasting, *alone), key=lambda one: (-one.level, one.start)))


def _lasts(one: CapacityWarning) -> bool:
    return one.stands_on == "outline" and one.level == WarningLevel.BLUE


def _chains(found: Sequence[CapacityWarning], queue: Queue) -> Iterator[list[CapacityWarning]]:
    """Warnings of a queue that follow each other within `GAP`."""
    chain = list[CapacityWarning]()
    for one in sorted((one for one in found if _lasts(one) and one.queue == queue.id), key=lambda one: one.start):
        if chain and one.start - chain[-1].end > GAP:
            yield chain
            chain = []
        chain.append(one)
    if chain:
        yield chain


def _joined(chain: Sequence[CapacityWarning], queue: Queue) -> CapacityWarning:
    """One warning of several stretches: the highest of each figure, and all calls and hours together."""
    worst = max(chain, key=lambda one: (one.chance, one.missing_heads))
    parts = tuple((one.start, one.end) for one in chain)
    highest = {
        name: max(getattr(one, name) for one in chain)
        for name in ("chance", "chance_realised", "missing_heads", "need_over_capacity")
    }
    total = {name: sum(getattr(one, name) for one in chain) for name in ("lost_calls", "missing_hours")}
    en, zh = (
        warning_message(queue, worst.level, days_text(parts, tongue), tongue, **highest, lost_calls=total["lost_calls"])
        + (f" Worst {when(parts[chain.index(worst)])}." if tongue == "en" else f"最差{when(parts[chain.index(worst)])}。")
        + grounds_text(worst.reasons, worst.stands_on, tongue)
        for tongue in ("en", "zh")
    )
    span = {"start": parts[0][0], "end": parts[-1][1], "parts": parts}
    return replace(worst, **span, **highest, **total, message=en, message_zh=zh)
