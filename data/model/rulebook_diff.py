"""What differs between two rulebooks: which entries came, which went, and which numbers, weights, scopes or dates are others."""

from collections.abc import Iterator
from typing import Any, Literal, cast

from data.model.base import Frozen
from data.model.rulebook import Rulebook

How = Literal["came", "went", "changed"]


class Difference(Frozen):
    """One thing that differs.

    Parameters
    ----------
    sort : str
        rules, goals, strategies or notes.
    id : str
        Of the entry; of a goal its kind.
    how : str
        came, went or changed.
    field : str
        Of a change: dotted, e.g. ``numbers.max_minutes``.
    before, after : str
        What stood and what stands there; empty = nothing.
    """

    sort: str
    id: str
    title: str = ""
    title_zh: str = ""
    how: How
    field: str = ""
    before: str = ""
    after: str = ""


def differences(before: Rulebook, after: Rulebook) -> Iterator[Difference]:
    """Entries and fields that differ, in the order of the later rulebook, what went last; derogations are no part of the text."""
    for sort in ("rules", "goals", "strategies", "notes"):
        old, new = _entries(before, sort), _entries(after, sort)
        for name, entry in new.items():
            yield from _changed(sort, name, old[name], entry) if name in old else (_whole(sort, name, entry, "came"),)
        yield from (_whole(sort, name, entry, "went") for name, entry in old.items() if name not in new)


def _entries(book: Rulebook, sort: str) -> dict[str, dict[str, Any]]:
    """Entries by id, each with its fields by dotted name."""
    dumps = cast(list[dict[str, Any]], book.model_dump(mode="json", include={sort})[sort])
    return {entry.get("id", entry.get("kind", "")): dict(_flat(entry)) for entry in dumps}


def _flat(value: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(cast(dict[str, Any], inner), f"{path}{key}.")
        else:
            yield f"{path}{key}", inner


def _titles(entry: dict[str, Any]) -> dict[str, str]:
    title, chinese = (entry.get(f"title{tongue}") or entry.get(f"name{tongue}") or "" for tongue in ("", "_zh"))
    return {"title": title, "title_zh": chinese}


def _whole(sort: str, name: str, entry: dict[str, Any], how: How) -> Difference:
    return Difference(sort=sort, id=name, how=how, **_titles(entry))


def _changed(sort: str, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for field in dict.fromkeys((*new, *old)):
        before, after = _text(old.get(field)), _text(new.get(field))
        if before != after:
            told = _titles(new)
            yield Difference(sort=sort, id=name, how="changed", field=field, before=before, after=after, **told)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast(list[Any], value)))
    return "" if value is None else str(value)
