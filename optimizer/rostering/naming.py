"""What a rule may call a shift: its code, its kind (early, day, late), ``night`` by its hours, or ``split`` by its pause."""

import numpy as np

from data.model.base import BoolArray
from data.model.roster import NIGHT_SHIFT_MINUTES, Duty
from optimizer.rostering.problem import Alphabet

SPLIT_PAUSE_MINUTES = 120
"""A pause of so many minutes makes a shift a split one (house choice)."""
KINDS = ("early", "day", "late")
"""Kinds that are what the shift template says; nights and split shifts are told by their times."""
NAMES = (*KINDS, "night", "split")
"""Names beside the codes of a centre; a code that is spelt like one of them cannot be named."""


def bears(duty: Duty, name: str) -> bool:
    """Whether a duty is a shift of a name."""
    if name == "night":
        return duty.night_minutes >= NIGHT_SHIFT_MINUTES
    if name == "split":
        return duty.meal_minutes >= SPLIT_PAUSE_MINUTES
    return duty.kind == "shift" and name == (duty.shift_kind if name in KINDS else duty.code)


def named(alphabet: Alphabet, name: str) -> BoolArray:
    """Shift symbols of a name; shape (symbols,)."""
    if name == "night":
        return alphabet.night_minutes >= NIGHT_SHIFT_MINUTES
    if name == "split":
        return alphabet.of_shifts([shift.meal_minutes for shift in alphabet.shifts]) >= SPLIT_PAUSE_MINUTES
    if name in KINDS:
        return alphabet.of_shifts([shift.kind == name for shift in alphabet.shifts]) > 0
    return alphabet.is_shift & (np.array(alphabet.codes) == name)
