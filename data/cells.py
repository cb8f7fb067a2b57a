"""How the cells of a table read: one parser for each kind, with what it expects said for people."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from data.model.base import Frozen
from data.model.pauses import Break

SPREADSHEET_DATE = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[T ](\d{1,2})(:.*))?")

YES, NO = ("yes", "true", "1", "y", "是"), ("no", "false", "0", "n", "否")


Form = Literal["text", "number", "whole", "flag", "day", "clock", "instant", "list"]
"""What a cell is outside of a file: in JSON, in a database."""


@dataclass(frozen=True)
class Kind:
    """How a cell reads: what is expected, for people, and its parser (ValueError = it does not fit).

    Parameters
    ----------
    low, high : float
        Bounds of a number.
    choices : tuple of str
        The words that there are; empty = any text.
    """

    expected: str
    parse: Callable[[str], Any]
    form: Form = "text"
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()

    def fits(self, text: str) -> bool:
        """Whether a cell reads."""
        try:
            self.parse(text)
        except ValueError:
            return False
        return True


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    value = _finite(text)
    if value != int(value):
        raise ValueError(text)
    return int(value)


def _bounded(parse: Callable[[str], Any], low: float, high: float) -> Callable[[str], Any]:
    def bounded(text: str) -> Any:
        value = parse(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return bounded


def number(low: float = -math.inf, high: float = math.inf) -> Kind:
    """A finite number within bounds."""
    return Kind(_range_text("a number", low, high), _bounded(_finite, low, high), "number", low, high)


def whole(low: float = -math.inf, high: float = math.inf) -> Kind:
    """A whole number within bounds."""
    return Kind(_range_text("a whole number", low, high), _bounded(_whole, low, high), "whole", low, high)


def _range_text(noun: str, low: float, high: float) -> str:
    if math.isinf(low):
        return noun
    return f"{noun} of at least {low:g}" if math.isinf(high) else f"{noun} from {low:g} to {high:g}"


def choice(*values: str) -> Kind:
    """One of some words."""

    def chosen(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Kind(f"one of {', '.join(values)}", chosen, choices=values)


def whole_of(entity: type[Frozen], field: str) -> Kind:
    """Whole number with the bounds of a model's field, so that they are written once."""
    bounds = {type(m).__name__: m for m in entity.model_fields[field].metadata}
    low = bounds["Ge"].ge if "Ge" in bounds else bounds["Gt"].gt + 1
    return whole(low, bounds["Le"].le if "Le" in bounds else math.inf)


def word_of(entity: type[Frozen], field: str) -> Kind:
    """One of the words of a model's field."""
    return choice(*getattr(entity.model_fields[field].annotation, "__args__", ()))


def _yes(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError(text)
    return text.lower() in YES


def _moment(text: str) -> datetime:
    """A date, with or without a time, in ISO 8601 or as spreadsheets save it, year first: ``2026/6/1 8:00``."""
    loose = SPREADSHEET_DATE.fullmatch(text)
    if loose is None:
        return datetime.fromisoformat(text)
    year, month, day, hour, rest = loose.groups("")
    return datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else ""))


def _day(text: str) -> date:
    moment = _moment(text)
    if moment.time() != time(0):
        raise ValueError(text)
    return moment.date()


def _ids(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(";") if part.strip())
    if not parts or len(parts) != len(set(parts)):
        raise ValueError(text)
    return parts


def _moments(text: str) -> tuple[datetime, ...]:
    return tuple(_moment(part.strip()) for part in text.split(";"))


def _clock(text: str) -> time:
    return time.fromisoformat(text if len(text.split(":")[0]) > 1 else f"0{text}")


TEXT = Kind("text", str)
FLAG = Kind("yes or no", _yes, "flag")
DAY = Kind("a day such as 2026-06-01", _day, "day")
CLOCK = Kind("a time of day such as 07:30", _clock, "clock")
INSTANT = Kind("a timestamp such as 2026-06-01T07:30 or 2026-06-01T07:30+08:00", _moment, "instant")
INSTANTS = Kind("timestamps parted by ;", _moments, "list")
BREAKS = Kind(
    "breaks in their order, parted by ;, each with its minutes, first and last start and step, such as 15@90-150/15",
    lambda text: tuple(Break.of(part) for part in text.split(";")),
    "list",
)
AWARE = Kind("a timestamp with offset such as 2026-06-01T07:30+08:00", lambda text: _aware(text), "instant")
IDS = Kind("ids parted by ; and none twice, such as q1;q2", _ids, "list")


def _aware(text: str) -> datetime:
    moment = _moment(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def each_once(cells: Iterable[Any], told: Callable[[Any], Any]) -> list[Any]:
    """What is told of each cell, the same object asked about once: equal ones need not be the same, as a clock set back shows."""
    held = list(cells)
    known = {key: told(cell) for key, cell in {id(cell): cell for cell in held}.items()}
    return [known[id(cell)] for cell in held]
