"""Pages by key: a page holds so many items and, if there are more, the cursor after its last one."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from data.model.errors import Finding, InvalidData

MOST = 1000

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items of a page.")]
After = Annotated[str | None, Query(description="`next` of the page before.")]


class Page(BaseModel, Generic[Item]):
    """Some items, and the cursor of the next page; null = these are the last."""

    items: list[Item]
    next: str | None = None


def cursor(*keys: Any) -> str:
    """Cursor that says after which keys the next page begins."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def keys_of(after: str | None, many: int) -> list[Any] | None:
    """Keys of a cursor; None = from the start.

    Raises
    ------
    InvalidData
        It is none of ours.
    """
    if after is None:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if b"\\u0000" in json.dumps(keys, ensure_ascii=False).encode():  # NUL, or half a character: no database takes them
            keys = None
    except (binascii.Error, ValueError):
        keys = None
    if not isinstance(keys, list) or len(keys) != many:  # pyright: ignore[reportUnknownArgumentType]
        raise InvalidData([Finding("query", None, "after", repr(after), "`next` of an earlier page")])
    return keys  # pyright: ignore[reportUnknownVariableType]


def page_of(rows: Sequence[Item], limit: int, key: Callable[[Item], tuple[Any, ...]]) -> Page[Item]:
    """Page of rows that were asked for with one more than its limit."""
    held = list(rows[:limit])
    return Page(items=held, next=cursor(*key(held[-1])) if len(rows) > limit else None)
