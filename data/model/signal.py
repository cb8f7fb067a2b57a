"""Signals: what may move the calls, heard before the calls show it, from ten ways of listening and from the authorities."""

from typing import Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from data.model.base import Frozen
from data.model.response import Level, WarningLevel

SignalSource = Literal[
    "weather",
    "outage",
    "media",
    "suggestion",
    "feedback",
    "survey",
    "inspection",
    "visit",
    "press",
    "forum",
    "hotline",
    "meeting",
]
"""Signals of the authorities (weather, outage) and the ten ways of the early warning of service crises: media, prized
suggestions, feedback slips, surveys, open and secret checks, visits to deputies, contacts in the press, the city's forum, 95598
and its boxes, meetings."""


class Signal(Frozen):
    """One thing heard.

    Parameters
    ----------
    at, until : datetime
        Stretch in which it moves calls, half-open.
    heard_at : datetime or None
        Since when it is known; None = from `at`.
    region : str
        Id of a region of the centre; empty = everywhere.
    queues : tuple of str
        Whose calls it moves; empty = all.
    level : WarningLevel
        Colour that the authority gave it; NONE = none.
    weight : float
        How far it is to be believed, in (0, 1].
    uplift : float
        Calls that it would bring over those that are due, 1.2 = a fifth more; 1 = not said.
    scenario : str
        Name of the playbook that it raises; empty = every one with its source among the triggers.
    by : str
        Who entered it.
    """

    id: str = Field(min_length=1)
    source: SignalSource
    at: AwareDatetime
    until: AwareDatetime
    heard_at: AwareDatetime | None = None
    region: str = ""
    queues: tuple[str, ...] = ()
    level: Level = WarningLevel.NONE
    weight: float = Field(default=1.0, gt=0, le=1)
    uplift: float = Field(default=1.0, gt=0, le=100)
    scenario: str = ""
    text: str = ""
    by: str = ""

    @field_validator("until")
    @classmethod
    def _after_its_start(cls, until: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        if "at" in info.data and until <= info.data["at"]:
            raise ValueError(f"a time after the start, {info.data['at'].isoformat(timespec='minutes')}")
        return until

    def known(self, now: AwareDatetime) -> bool:
        """Whether it has been heard by an instant."""
        return (self.heard_at or self.at) <= now

    def speaks_of(self, playbook: str) -> bool:
        """Whether a playbook may be raised by it."""
        return self.scenario in ("", playbook)
