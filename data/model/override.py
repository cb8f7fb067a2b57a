"""A planner's override: one layer over the machine's forecast, which stays as it is."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from data.model.base import Frozen

EVERY_CALL = -100.0
"""Least change of a ``percent`` override, per cent: every call taken away."""


class Override(Frozen):
    """A change of the expected calls that a planner lays over the forecast.

    Parameters
    ----------
    kind : str
        percent: the calls change by `value` per cent;
        absolute: `value` calls are added to each slot of each queue (taken away if negative);
        set, min, max: each slot of each queue has `value` calls, at least or at most;
        daily_total: the queues together have `value` calls on each local day, spread by the shape of the forecast under it;
        copied_day: each slot has the calls of `copy_day` at the same time of day.
    value : float or None
        Per cent, calls per slot or calls per day by `kind`; none for a copied day.
    copy_day, copy_from
        The local day that is copied: what came then, or what the machine expects of it.
    start, end : datetime
        It acts on the slots that begin in this stretch, half-open.
    queues : tuple of str
        Empty = all.
    order : int
        Layers are applied from the lowest to the highest; equal ones as they were made.
    active : bool
        Whether it is switched on.
    made_at : datetime
        When the planner entered it; it earns nothing in slots that had begun by then.
    cause : str
        Tag for why such overrides are made, e.g. ``campaign``; value added is summed by it.
    """

    id: str = Field(min_length=1)
    kind: Literal["percent", "absolute", "set", "min", "max", "daily_total", "copied_day"]
    value: float | None = Field(default=None, allow_inf_nan=False, validate_default=True)
    copy_from: Literal["history", "forecast"] = "history"
    copy_day: date | None = Field(default=None, validate_default=True)
    start: AwareDatetime
    end: AwareDatetime
    queues: tuple[str, ...] = ()
    order: int = 0
    active: bool = True
    author: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    cause: str = ""
    made_at: AwareDatetime

    @field_validator("value")
    @classmethod
    def _fits_the_kind(cls, value: float | None, info: ValidationInfo) -> float | None:
        kind = info.data.get("kind", "absolute")
        if (value is None) != (kind == "copied_day"):
            raise ValueError("no value: the day says it" if value is not None else f"a value for the kind {kind}")
        least = {"percent": EVERY_CALL, "absolute": float("-inf")}.get(kind, 0.0)
        if value is not None and value < least:
            raise ValueError(f"a value of at least {least:g} for the kind {kind}")
        return value

    @field_validator("copy_day")
    @classmethod
    def _only_copies(cls, day: date | None, info: ValidationInfo) -> date | None:
        if "kind" in info.data and (day is not None) != (info.data["kind"] == "copied_day"):
            raise ValueError("a day to copy" if day is None else f"no day to copy for the kind {info.data['kind']}")
        return day

    @field_validator("end")
    @classmethod
    def _after_its_start(cls, end: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        if "start" in info.data and end <= info.data["start"]:
            raise ValueError(f"a time after the start, {info.data['start'].isoformat(timespec='minutes')}")
        return end


def in_order(overrides: tuple[Override, ...]) -> tuple[Override, ...]:
    """The overrides from the lowest layer to the highest."""
    return tuple(sorted(overrides, key=lambda override: (override.order, override.made_at, override.id)))
