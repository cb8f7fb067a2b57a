"""Which shift may follow which: pairs that are barred, and backward rotation (a start earlier on the clock than the one before).

A name is a shift code, a kind (``early``, ``day``, ``late``), ``night`` (at least three hours between 22:00 and 06:00) or
``split`` (a pause of at least two hours).
Two shifts follow each other when so many days without a shift at most lie between them.

References
----------
HSE, *Good practice guidelines* for shift work: rotate forward, early to late to night. Numbers: house choice.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field

from data.model.base import Frozen
from data.model.roster import AgentLine, Breach, Duty
from optimizer.rostering.language import Language, aftermath
from optimizer.rostering.naming import bears, named
from optimizer.rostering.problem import LineContext
from optimizer.rostering.rules import Example, Tongue
from optimizer.rostering.tally import breach

Pair = Annotated[str, Field(pattern=r"^[^\s>]+>[^\s>]+$", examples=["night>E", "L>E", "N>split", "D>D", "S>night", "late>early"])]


class Params(Frozen):
    """Numbers of the rule.

    Parameters
    ----------
    pairs : tuple of str
        Barred pairs, e.g. ``night>E``.
    backward_minutes : int or None
        How much earlier than the one before a shift may start, minutes; 0 to 1440, None = as much as it likes.
    over_days_off : int
        Days without a shift that are looked across; 0 to 7.
    """

    pairs: tuple[Pair, ...] = ()
    backward_minutes: int | None = Field(default=None, ge=0, le=1440)
    over_days_off: int = Field(default=0, ge=0, le=7)

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """First and second name of each pair."""
        return tuple((before, after) for before, _, after in (pair.partition(">") for pair in self.pairs))


def sentence(params: Params, language: Tongue) -> str:
    """The rule in one sentence."""
    back, across = params.backward_minutes, params.over_days_off
    if language == "zh":
        bars = [f"不得出现 {'、'.join(params.pairs)}"] if params.pairs else []
        bars += [] if back is None else [f"后一班的上班钟点不得比前一班早 {back} 分钟以上"]
        return f"两班之间隔不超过 {across} 天不排班时，{'，且'.join(bars) or '不限'}；每次违反计 1。"
    bars = [f"not {', '.join(params.pairs)}"] if params.pairs else []
    bars += [] if back is None else [f"no start more than {back} minutes earlier on the clock"]
    pair = f"From a shift to the next with at most {across} days without a shift between"
    return f"{pair}: {' and '.join(bars) or 'any'}; each breach counts 1."


def shift_names(params: Params) -> tuple[str, ...]:
    """Shifts that the numbers name."""
    return tuple(name for pair in params.names for name in pair)


def breaches(params: Params, line: AgentLine) -> list[Breach]:
    """One breach for each open shift that may not follow the one before it."""
    found: list[Breach] = []
    reach, last = params.over_days_off + 1, None
    for d in range(max(line.first_open - reach, 0), len(line.duties)):
        if not line.worked[d]:
            continue
        if last is not None and d - last <= reach and d >= line.first_open and _barred(params, line.duties[last], line.duties[d]):
            message = f"{line.duties[d].code} on {line.duties[d].day} after {line.duties[last].code} on {line.duties[last].day}"
            found.append(breach(line, last, d, 1, 0, 1, message))
        last = d
    return found


def _barred(params: Params, before: Duty, after: Duty) -> bool:
    """Whether a shift may not follow another."""
    if params.backward_minutes is not None and before.start is not None and after.start is not None:
        earlier = (before.start.hour - after.start.hour) * 60 + before.start.minute - after.start.minute
        if earlier > params.backward_minutes:
            return True
    return any(bears(before, one) and bears(after, other) for one, other in params.names)


def language(params: Params, context: LineContext, price: float) -> Language:
    """An automaton over what the last shift bars."""
    alphabet = context.alphabet
    shift, start = alphabet.is_shift, alphabet.start
    bad = np.zeros((len(shift), len(shift)), dtype=bool)
    if params.backward_minutes is not None:
        bad |= (start[:, None] - start > params.backward_minutes) & shift[:, None] & shift
    for before, after in params.names:
        bad |= named(alphabet, before)[:, None] & named(alphabet, after)
    return aftermath(bad, ~shift, params.over_days_off, context.charged, price)


def examples() -> Sequence[Example]:
    """Lines that it allows and forbids."""
    return (
        Example({"pairs": ["night>E", "night>D"]}, "N - E L N N L", True),
        Example({"pairs": ["night>E"]}, "L N E", False),
        Example({"pairs": ["night>E"], "over_days_off": 1}, "N AL E", False),
        Example({"pairs": ["night>E"], "over_days_off": 1}, "N - - E", True),
        Example({"pairs": ["T>split"]}, "T T - T", False),
        Example({"backward_minutes": 0}, "E D L N - E L - L", True),
        Example({"backward_minutes": 0}, "L D", False),
        Example({"backward_minutes": 120}, "D E L", True),
        Example({"backward_minutes": 0, "over_days_off": 2}, "N - AL L", False),
        Example({"backward_minutes": 0}, "L D D", True, history=2),
        Example({"backward_minutes": 0}, "L D D", False, history=1),
    )
