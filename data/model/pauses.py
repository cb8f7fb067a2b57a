"""Paid rest breaks, and all the ways to place the pauses of a shift."""

import re
from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np
from pydantic import Field, model_validator

from data.model.base import Frozen, IntArray

MOST_PLANS = 64
"""Ways to place the pauses of a shift that are tried, where there are several pauses: evenly thinned (house choice)."""

MOST_CHOICES = 100_000
"""Combinations of starts that a shift may have, before those that do not fit are left out (house choice: they take a second)."""


TEXT = re.compile(r"(?P<minutes>\d+)@(?P<earliest>\d+)-(?P<latest>\d+)(/(?P<step>\d+))?")


class Break(Frozen):
    """A paid rest break, off the phones, and the window in which it starts.

    Parameters
    ----------
    minutes : int
    earliest, latest : int
        First and last start, minutes after the start of the shift.
    step : int
        Step between possible starts, minutes.
    """

    minutes: int = Field(gt=0)
    earliest: int = Field(ge=0)
    latest: int = Field(ge=0)
    step: int = Field(default=15, gt=0)

    @classmethod
    def of(cls, text: str) -> "Break":
        """The break that a text such as ``15@90-150/30`` tells: minutes, first and last start, step; without a step 15."""
        found = TEXT.fullmatch(text.strip())
        if found is None:
            raise ValueError(text)
        return cls.model_validate({name: value for name, value in found.groupdict().items() if value is not None})

    def __str__(self) -> str:
        return f"{self.minutes}@{self.earliest}-{self.latest}/{self.step}"

    @model_validator(mode="after")
    def _in_order(self) -> "Break":
        if self.earliest > self.latest:
            raise ValueError(
                f"a break starts from {self.earliest} to {self.latest} minutes after the start: the first is after the last"
            )
        return self

    @property
    def starts(self) -> tuple[int, ...]:
        """Possible starts, minutes after the start of the shift."""
        return tuple(range(self.earliest, self.latest + 1, self.step))


def pause_plans(minutes: int, starts: Sequence[Sequence[int]], lengths: Sequence[int], longest: int | None, free: int) -> IntArray:
    """Ways to place the pauses of a shift: none overlaps another one, and all lie in the shift; shape (plans, pauses).

    Parameters
    ----------
    minutes : int
        Length of the shift.
    starts : sequence of sequence of int
        Possible starts of each pause, minutes after the start of the shift.
    lengths : sequence of int
        Minutes of each pause.
    longest : int or None
        Most minutes of a stretch without a pause.
    free : int
        The first so many pauses may stand anywhere among the others, which keep their order.

    Returns
    -------
    array of int, shape (plans, pauses)
        In the order of `starts`, the last pause moving first.
    """
    size = prod(len(some) for some in starts)
    chosen = np.array(list(product(*starts)), dtype=np.int64).reshape(size, len(starts))
    in_order = (np.diff(chosen[:, free:], axis=1) > 0).all(axis=1)
    stretches = phone_stretches(minutes, chosen, np.array(lengths, dtype=np.int64))
    fits = in_order & (stretches >= 0).all(axis=1) & (stretches.max(axis=1) <= (minutes if longest is None else longest))
    return chosen[fits]


def phone_stretches(minutes: int, starts: IntArray, lengths: IntArray) -> IntArray:
    """Minutes on the phones before, between and after the pauses; negative = overlap; shape (plans, pauses + 1)."""
    order = np.argsort(starts, axis=1, kind="stable")
    first = np.take_along_axis(starts, order, axis=1)
    edge = np.zeros((len(starts), 1), dtype=np.int64)
    return np.concatenate([first, edge + minutes], axis=1) - np.concatenate([edge, first + lengths[order]], axis=1)


def thinned(plans: IntArray) -> IntArray:
    """Some of the plans, evenly spread over all; a single pause keeps all its starts."""
    if plans.shape[1] < 2 or len(plans) <= MOST_PLANS:
        return plans
    return plans[np.linspace(0, len(plans) - 1, MOST_PLANS).round().astype(np.int64)]
