"""A pseudonym put wherever a person is named: in cells, in JSON, in text."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_

DISTINCT = 3
"""Characters from which on an id or name is looked for within text; a shorter one only as a whole cell."""
DISTINCT_DIGITS = 5
"""The same for an id of digits alone."""
DISTINCT_CHINESE = 2
"""The same for a Chinese name."""


@dataclass(frozen=True)
class Veil:
    """Puts a pseudonym where a person is named.

    Parameters
    ----------
    ids : tuple of str
        Id of the agent, and the names of their accounts.
    names : tuple of str
        What they are called.
    pseudonym : str
        What stands there afterwards.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    pseudonym: str

    @cached_property
    def cells(self) -> frozenset[str]:
        """What is replaced as a whole cell."""
        return frozenset({*self.ids, *self.names} - {""})

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What is replaced within text: names stand also as JSON escapes them."""
        forms = {form for one in self.cells if is_distinct(one) for form in (one, _escaped(one))}
        parts = [_bounded(one) for one in sorted(forms, key=len, reverse=True)]
        return re.compile("|".join(parts)) if parts else None

    def text(self, text: str) -> str:
        """Text, or a cell, under the veil."""
        if text in self.cells:
            return self.pseudonym
        return text if self.pattern is None else self.pattern.sub(self.pseudonym, text)

    def value(self, value: Any) -> Any:
        """JSON under the veil, its keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(one) for key, one in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if isinstance(value, list):
            return [self.value(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    def names_in(self, value: Any) -> bool:
        """Whether a person is named somewhere in JSON or text."""
        return self.value(value) != value

    def may_be_in(self, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
        """Condition of rows to be looked at: all that name the person, and some others."""
        forms = {form for one in self.cells for form in (one, _escaped(one))}
        return or_(*(cast(column, Text).contains(form, autoescape=True) for column in columns for form in sorted(forms)))


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def is_distinct(text: str) -> bool:
    """Whether an id or name is looked for within text too."""
    if not text.isascii():
        return len(text) >= DISTINCT_CHINESE
    return len(text) >= (DISTINCT_DIGITS if text.isdigit() else DISTINCT)


def _bounded(text: str) -> str:
    """Chinese text has no blanks between its words: only letters that could be a part of the same id count as such."""
    part = "A-Za-z0-9_-"
    before = f"(?<![{part}])" if re.match(f"[{part}]", text[0]) else ""
    return before + re.escape(text) + (f"(?![{part}])" if re.match(f"[{part}]", text[-1]) else "")
