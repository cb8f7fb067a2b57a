"""Playbooks 场景化应急手册: one scenario, one template, with the calls it brings and what is done about it by whom and by when."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import chain
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from data.model.base import Frozen
from data.model.centre import Centre
from data.model.response import Level, WarningLevel
from data.model.signal import Signal, SignalSource

Text = Annotated[str, Field(min_length=1)]
Words = tuple[Text, Text]
"""English and Chinese."""

Share = Annotated[float, Field(ge=0, le=1)]


class _Curve(Frozen):
    """What all demand curves have in common.

    Parameters
    ----------
    plays : str
        Whose calls it moves: a part of the playbook's `plays`.
    notice_coverage : float
        Share of the customers told by SMS, app or IVR, in [0, 1]; they do not call.
    deflection : float
        Share of the additional calls that the voice bot ends, in [0, 1].
    source : str
        Where the numbers come from, or "house choice".
    """

    plays: Text
    notice_coverage: Share = 0.0
    deflection: Share = 0.0
    source: Text

    @property
    def reaching(self) -> float:
        """Share of the additional calls that reach agents."""
        return (1 - self.notice_coverage) * (1 - self.deflection)


class OutageCurve(_Curve):
    """Calls of customers without supply: front, decay, chasers and tail, as in `forecasting.surge.SurgeModel`.

    Parameters
    ----------
    coefficient, log_sd, front_minutes, decay_minutes, chaser_rate, tail
        As there; None = as there by default.
    """

    kind: Literal["outage"] = "outage"
    coefficient: float | None = Field(default=None, gt=0, le=1)
    log_sd: float | None = Field(default=None, ge=0, le=2)
    front_minutes: float | None = Field(default=None, gt=0)
    decay_minutes: float | None = Field(default=None, gt=0)
    chaser_rate: float | None = Field(default=None, ge=0)
    tail: tuple[float, ...] | None = None


class FactorCurve(_Curve):
    """Calls over those that are due, for a stretch.

    Parameters
    ----------
    factor : float
        Calls are multiplied by it where the profile is 1; below 1 they fall.
    from_hours : float
        Start, hours after that of the scenario; negative = before it.
    hours : float
        Length.
    profile : tuple of float
        How far the factor acts in equal parts of the stretch, in [0, 1] each.
    spread : float
        Coefficient of variation of what it brings.
    handle_time : float
        Handle time is multiplied by it where the profile is 1.
    """

    kind: Literal["factor"] = "factor"
    factor: float = Field(default=1.0, ge=0, le=50)
    from_hours: float = Field(default=0.0, ge=-240, le=240)
    hours: float = Field(gt=0, le=720)
    profile: tuple[Share, ...] = Field(default=(1.0,), min_length=1)
    spread: float = Field(default=0.0, ge=0, le=2)
    handle_time: float = Field(default=1.0, ge=1, le=5)


Curve = Annotated[OutageCurve | FactorCurve, Field(discriminator="kind")]


class Trigger(Frozen):
    """What raises a level: any one that holds is enough.

    Parameters
    ----------
    raises : WarningLevel
    source : str
        A source of signals, a capacity warning, or the calendar.
    level : WarningLevel
        Least colour of the signal or the warning; NONE = a person judges by the text.
    text : Words or None
        None = the colour says it.
    """

    raises: Level
    source: SignalSource | Literal["warning", "calendar"]
    level: Level = WarningLevel.NONE
    text: Words | None = Field(default=None, validate_default=True)

    @field_validator("text")
    @classmethod
    def _says_what(cls, text: Words | None, info: ValidationInfo) -> Words | None:
        if text is None and not info.data.get("level"):
            raise ValueError("a text in English and Chinese where no colour says what raises the level")
        return text


class Action(Frozen):
    """What is done from a level on.

    Parameters
    ----------
    track : str
        Line of work beside which others go on.
    lead, support, owner : str
        Three roles 牵头、配合、责任: who directs it, who helps, who answers for its end.
    level : WarningLevel
        From which level on.
    minutes : int
        Until it must be done, from when that level was first reached.
    scripts : tuple of str
        Scripts and documents by reference.
    """

    id: Text
    text: Words
    track: Text
    lead: Text
    support: Text
    owner: Text
    level: Level = WarningLevel.BLUE
    minutes: int = Field(ge=0, le=14400)
    scripts: tuple[str, ...] = ()


class Playbook(Frozen):
    """One scenario.

    Parameters
    ----------
    version : str
    review_by : date
        Day until which it must be looked through again.
    sources : tuple of str
    plays : dict
        For each part that a curve names, ids of queues or projects: the first that the centre has plays it.
    starts : time
        Local time of day at which it begins if nothing else is said.
    customers : float
        Customers without supply, for the outage curves.
    outage_hours : float
        Until all of them have it again.
    absent : float
        Share of the agents who cannot come beside those usually absent, in [0, 1).
    together : float
        Correlation of the logs of the sizes of its curves, in [0, 1]: 1 = all large or small together.
    curves : tuple of Curve
    triggers : tuple of Trigger
        At least one for each of the four levels.
    tracks, people : dict
        Names of tracks and roles.
    checklist : tuple of Words
        What is looked at before the scenario comes.
    """

    name: Words
    version: Text
    review_by: date
    sources: tuple[Text, ...] = Field(min_length=1)
    plays: dict[str, tuple[Text, ...]]
    starts: time = time(8)
    customers: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    outage_hours: float = Field(default=6.0, gt=0, le=720)
    absent: float = Field(default=0.0, ge=0, lt=1)
    together: float = Field(default=0.0, ge=0, le=1)
    curves: tuple[Curve, ...] = Field(min_length=1)
    triggers: tuple[Trigger, ...]
    tracks: dict[str, Words]
    people: dict[str, Words]
    actions: tuple[Action, ...] = Field(min_length=1)
    checklist: tuple[Words, ...] = Field(min_length=1)

    @field_validator("triggers")
    @classmethod
    def _every_level(cls, triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
        lacking = [level.colour for level in WarningLevel if level and level not in {one.raises for one in triggers}]
        if lacking:
            raise ValueError(f"a trigger for each of the four levels; none for {', '.join(lacking)}")
        return triggers

    @field_validator("actions")
    @classmethod
    def _known_names(cls, actions: tuple[Action, ...], info: ValidationInfo) -> tuple[Action, ...]:
        ids, tracks, people = [one.id for one in actions], info.data.get("tracks", {}), info.data.get("people", {})
        wrong = [f"{i} twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
        wrong += [f"track {one.track!r} of {one.id}" for one in actions if one.track not in tracks]
        wrong += [f"{who!r} of {one.id}" for one in actions for who in (one.lead, one.support, one.owner) if who not in people]
        if wrong:
            raise ValueError(f"actions once each, with tracks and people that are named; read {', '.join(wrong)}")
        return actions

    @model_validator(mode="after")
    def _played(self) -> "Playbook":
        unknown = sorted({curve.plays for curve in self.curves} - self.plays.keys())
        if unknown:
            raise ValueError(f"curves name parts that plays has; read {', '.join(unknown)}")
        if not self.customers and any(curve.kind == "outage" for curve in self.curves):
            raise ValueError("an outage curve needs customers")
        return self

    def cast(self, centre: Centre) -> dict[str, tuple[str, ...]]:
        """Queues that play each part in a centre; none where it has neither queue nor project of the ids."""
        return {part: next(chain(_queues(ids, centre), [()])) for part, ids in self.plays.items()}

    def sized(self, size: float, customers: float | None = None) -> "Playbook":
        """The scenario with other customers, and all that it changes multiplied.

        Parameters
        ----------
        size : float
            Not negative; 0 = nothing changes.
        customers : float or None
            In place of its own.
        """
        sizes = {"customers": size * (self.customers if customers is None else customers), "absent": min(size * self.absent, 0.99)}
        return self.model_copy(update=sizes | {"curves": tuple(_sized(curve, size) for curve in self.curves)})

    def told(self, notice_coverage: float = 0.0, deflection: float = 0.0) -> "Playbook":
        """The scenario with at least so many customers told, and so many calls ended by the voice bot."""
        more = [
            {"notice_coverage": max(one.notice_coverage, notice_coverage), "deflection": max(one.deflection, deflection)}
            for one in self.curves
        ]
        return self.model_copy(
            update={"curves": tuple(one.model_copy(update=fields) for one, fields in zip(self.curves, more, strict=True))}
        )

    def raised(self, signals: Iterable[Signal], now: datetime) -> WarningLevel:
        """The level that signals known by now, and not over, raise it to by their colour; NONE = they do not."""
        live = [signal for signal in signals if signal.known(now) and now < signal.until]
        by_colour = [one for one in self.triggers if one.level]
        holding = [one.raises for one in by_colour if any(one.source == s.source and s.level >= one.level for s in live)]
        return max(holding, default=WarningLevel.NONE)

    def due(self, level: WarningLevel) -> tuple[Action, ...]:
        """Actions of a level and those below it."""
        return tuple(action for action in self.actions if action.level <= level)


def _queues(ids: tuple[str, ...], centre: Centre) -> Iterator[tuple[str, ...]]:
    """What the ids stand for, first queues and then projects, of those that the centre has."""
    for name in ids:
        own = tuple(queue.id for queue in centre.queues if queue.id == name)
        found = own or tuple(queue.id for queue in centre.queues if queue.project == name)
        if found:
            yield found


def _sized(curve: OutageCurve | FactorCurve, size: float) -> OutageCurve | FactorCurve:
    if isinstance(curve, OutageCurve):
        return curve
    factor, handle = max(0.0, 1 + (curve.factor - 1) * size), 1 + (curve.handle_time - 1) * size
    return curve.model_copy(update={"factor": factor, "handle_time": handle})
