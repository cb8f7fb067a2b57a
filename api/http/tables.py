"""The tables of the catalogue as models: rows as JSON, what a list may be asked for, pages."""

import math
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic import create_model as pydantic_model

from api.http.paging import MOST
from data.columns import Column
from data.exchange.catalogue import Kept

EXAMPLES: dict[str, Any] = {
    "day": "2026-06-01",
    "clock": "07:30",
    "instant": "2026-06-01T07:30:00+08:00",
    "agent": "e001",
    "queue": "q1",
}
FORMATS = {"day": "date", "instant": "date-time", "clock": "clock"}
OWN = ("limit", "after", "first_day", "last_day", "fields", "at_revision")
"""Of a list, beside its columns."""


create_model: Any = pydantic_model
"""The fields of our models are known when the programme runs, not before."""


class RowModel(BaseModel):
    """A row of a table."""

    model_config = ConfigDict(extra="forbid")


def title_of(kept: Kept) -> str:
    """Name of the models of a table: ``leave-wishes`` -> ``LeaveWishes``."""
    return "".join(part.title() for part in kept.name.split("-"))


def _type(column: Column) -> Any:
    kind = column.kind
    if kind.choices:
        return Literal[kind.choices]
    if kind.form in ("number", "whole"):
        bounds: dict[str, Any] = {
            name: value for name, value in (("ge", kind.low), ("le", kind.high)) if not math.isinf(value) and abs(value) < 2**53
        }
        number = {"whole": int, "number": float}[kind.form]
        return Annotated[number, Field(**bounds)]
    if kind.form == "list":
        return list[str]
    return bool if kind.form == "flag" else str


def _field(column: Column, *, required: bool) -> tuple[Any, Any]:
    form = column.kind.form
    extra = {"format": FORMATS[form]} if form in ("day", "instant") else None
    example = EXAMPLES.get(form, EXAMPLES.get(column.name))
    told: dict[str, Any] = {"description": column.expected, "json_schema_extra": extra}
    told |= {"examples": [example]} if example else {}
    kind = _type(column)
    return (kind, Field(**told)) if required else (kind | None, Field(None, **told))


@cache
def row_in(kept: Kept) -> type[BaseModel]:
    """A whole row as it is sent."""
    fields = {column.name: _field(column, required=column.required and column.filled) for column in kept.table.columns}
    return create_model(f"{title_of(kept)}RowIn", __base__=RowModel, __doc__=f"A row of {kept.file}.", **fields)


@cache
def row_out(kept: Kept) -> type[BaseModel]:
    """A row as it is read, or some fields of it; sent, null empties a cell."""
    fields = {column.name: _field(column, required=False) for column in kept.table.columns}
    text = f"Cells of a row of {kept.file}; empty ones are left out."
    return create_model(f"{title_of(kept)}Row", __base__=RowModel, __doc__=text, **fields)


@cache
def entry_of(kept: Kept) -> type[BaseModel]:
    """A row with its key and version."""
    return create_model(
        f"{title_of(kept)}Entry",
        __doc__=f"A row of {kept.file} with its key and its version.",
        key=(str, Field(description="Tells the row apart within its table.")),
        version=(int, Field(description="Revision of the centre that wrote it: its ETag.")),
        row=(row_out(kept), ...),
    )


@cache
def page_model(kept: Kept) -> type[BaseModel]:
    """A page of rows."""
    entry: Any = entry_of(kept)
    return create_model(
        f"{title_of(kept)}Page",
        __doc__=f"Some rows of {kept.file}.",
        items=(list[entry], ...),
        next=(str | None, Field(None, description="`after` of the next page; null = these are the last.")),
    )


@cache
def asked_of(kept: Kept) -> type[BaseModel]:
    """What a list may be asked for."""
    columns = kept.table.columns
    fields: dict[str, Any] = {filter_name(one.name): (str | None, Field(None, description=one.expected)) for one in columns}
    fields |= {
        "limit": (Annotated[int, Field(ge=1, le=MOST)], Field(100, description="Most items of a page.")),
        "after": (str | None, Field(None, description="`next` of the page before.")),
        "fields": (str | None, Field(None, description="Columns that are wanted, parted by commas.")),
        "at_revision": (int | None, Field(None, ge=0, le=2**31 - 1, description="The table as it stood at a revision.")),
    }
    if any(column.kind.form in ("day", "instant") for column in columns):
        fields["first_day"] = (str | None, _day("from", "First day"))
        fields["last_day"] = (str | None, _day("to", "Last day"))
    return create_model(f"{title_of(kept)}Asked", __base__=RowModel, **fields)


def _day(name: str, text: str) -> Any:
    extra: dict[str, Any] = {"format": "date"}
    return Field(None, alias=name, pattern=r"^\d{4}-\d{2}-\d{2}$", description=f"{text} that rows touch.", json_schema_extra=extra)


def filter_name(column: str) -> str:
    """Parameter that asks for a value of a column; those that lists have anyway come first."""
    return f"{column}_is" if column in (*OWN, "from", "to") else column
