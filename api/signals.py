"""The signal inbox: what was heard, what it would bring, and the events that a person makes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from data.exchange.documents import findings_of
from data.exchange.files import stop
from data.exchange.folder import CentreFolder
from data.exchange.people import write_events
from data.exchange.playbooks import read_playbooks
from data.exchange.signals import SIGNALS_FILE, read_signals, write_signals
from data.model.centre import Centre
from data.model.demand import Event, Forecast
from data.model.errors import Finding, InvalidData, NotFound, there_are
from data.model.signal import Signal

EVENTS_FILE = "events.csv"


@dataclass(frozen=True)
class Uplift:
    """What a signal would bring to a queue.

    Parameters
    ----------
    event : Event
        What it would be in ``events.csv``.
    calls : float
        Calls more than foreseen, in the stretch that the forecast knows; NaN = it knows none of it.
    """

    event: Event
    calls: float


def inbox(centre: CentreFolder) -> tuple[Signal, ...]:
    """Signals of a folder."""
    return read_signals(centre.path / SIGNALS_FILE, centre.centre)


def add_signal(centre: CentreFolder, **told: Any) -> Signal:
    """Put a signal under the next id into ``signals.csv``; the fields are those of `Signal`.

    Raises
    ------
    InvalidData
        With every finding; nothing was written.
    """
    held = inbox(centre)
    findings = [
        *_unknown(told.get("queues", ()), told.get("region", ""), centre.centre),
        *_unready(told.get("scenario", ""), centre),
    ]
    try:
        signal = Signal(id=f"s{len(held) + 1:04d}", **told)
    except ValidationError as error:
        raise InvalidData([*findings_of(error, "command line"), *findings]) from error
    stop(findings)
    write_signals((*held, signal), centre.path / SIGNALS_FILE)
    return signal


def _unknown(named: Iterable[str], region: str, centre: Centre) -> Iterator[Finding]:
    queues, regions = [queue.id for queue in centre.queues], [region.id for region in centre.regions]
    for queue in named:
        if queue not in queues:
            yield Finding("command line", None, "queues", repr(queue), f"one of {', '.join(queues)}")
    if region and region not in regions:
        yield Finding("command line", None, "region", repr(region), f"one of {', '.join(regions) or 'none: there are none'}")


def _unready(scenario: str, centre: CentreFolder) -> Iterator[Finding]:
    books = read_playbooks(centre.path) if scenario else {}
    if scenario and scenario not in books:
        yield Finding("command line", None, "scenario", repr(scenario), f"a playbook: {', '.join(books)}")


def uplifts(signal: Signal, centre: Centre, made: Forecast | None) -> tuple[Uplift, ...]:
    """What a signal would bring to each queue that it moves: factor 1 + weight x (uplift - 1) x share of the region."""
    regions = {region.id: region.shares for region in centre.regions}
    found = list[Uplift]()
    for queue in signal.queues or [queue.id for queue in centre.queues]:
        share = regions[signal.region].get(queue, 0.0) if signal.region else 1.0
        more = signal.weight * (signal.uplift - 1) * share
        if more:
            event = Event(
                queue=queue,
                name=f"{signal.source} {signal.id}",
                start=signal.at,
                end=signal.until,
                factor=max(1 + more, 0.0),
                known_from=signal.heard_at or signal.at,
            )
            found.append(Uplift(event, expected_calls(event, made)))
    return tuple(found)


def expected_calls(event: Event, made: Forecast | None) -> float:
    """Calls that an event adds to a forecast that does not know it; NaN where the forecast knows none of its stretch."""
    if made is None or event.queue not in made.queues:
        return float("nan")
    first, end = (min(max(made.grid.slot(at), 0), made.grid.size) for at in (event.start, event.end))
    return float(made.mean[made.queues.index(event.queue), first:end].sum() * (event.factor - 1)) if end > first else float("nan")


def take_over(centre: CentreFolder, name: str) -> tuple[Event, ...]:
    """Write the events of a signal into ``events.csv``, which the next forecast reads: somebody has decided so.

    Raises
    ------
    NotFound
        There is no such signal.
    InvalidData
        It says nothing of calls, or was taken over before.
    """
    held = inbox(centre)
    signal = next((one for one in held if one.id == name), None)
    if signal is None:
        raise NotFound(f"no signal {name!r}; {there_are(one.id for one in held)}")
    events = tuple(one.event for one in uplifts(signal, centre.centre, None))
    if not events:
        raise InvalidData([Finding(SIGNALS_FILE, None, "uplift", f"{signal.uplift:g}", "an uplift other than 1 of some queue")])
    if taken_over(signal, centre):
        raise InvalidData([Finding(EVENTS_FILE, None, "name", events[0].name, "a signal that was not taken over yet")])
    write_events((*centre.events, *events), centre.path / EVENTS_FILE)
    return events


def taken_over(signal: Signal, centre: CentreFolder) -> bool:
    """Whether the folder has events of a signal."""
    return any(event.name == f"{signal.source} {signal.id}" for event in centre.events)


def heard(signals: tuple[Signal, ...], now: datetime | None) -> tuple[Signal, ...]:
    """Signals known by an instant and not over by then; all for None."""
    return tuple(one for one in signals if now is None or (one.known(now) and one.until > now))
