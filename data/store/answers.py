"""Answers to requests that carry an idempotency key."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, insert, select

from data.store.base import Instant, metadata

ANSWERS = Table(
    "answer",
    metadata,
    Column("caller", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)


def answer_of(connection: Connection, caller: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """Hash of the request and the answer that was given; None = the key is new."""
    row = connection.execute(
        select(ANSWERS.c.request, ANSWERS.c.body).where(ANSWERS.c.caller == caller, ANSWERS.c.key == key)
    ).first()
    return None if row is None else (row[0], row[1])


def keep_answer(connection: Connection, caller: str, key: str, request: str, body: dict[str, Any], at: datetime) -> None:
    """Keep an answer."""
    connection.execute(insert(ANSWERS).values(caller=caller, key=key, request=request, body=body, at=at))
