"""A person in the payroll: their lines in every drawing, and a pseudonym in those that need not be kept as they are."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select, update

from data.store.documents import content, keep_blob
from data.store.payroll import PERIODS
from data.store.veil import Veil

FROZEN = ("submitted", "approved")
"""States in which a drawing keeps its bytes: wages were or will be paid by it."""


def pay_held(connection: Connection, centre: str, agent: str) -> list[dict[str, Any]]:
    """Lines of a person in every drawing of the payroll."""
    return [
        {"drawing": row["number"], "state": row["state"], **line}
        for row, text in _drawings(connection, centre)
        for line in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        if line["employee_no"] == agent
    ]


def veil_pay(connection: Connection, centre: str, veil: Veil) -> tuple[str, ...]:
    """Put the pseudonym into drawings that were not handed in; period and number of those that keep the id."""
    kept = list[str]()
    for row, text in _drawings(connection, centre):
        now = veil.text(text)
        if now == text:
            continue
        if row["state"] in FROZEN:
            kept.append(f"{row['period']} ({row['number']})")
        else:
            connection.execute(update(PERIODS).where(PERIODS.c.id == row["id"]).values(sha=keep_blob(connection, now.encode())))
    return tuple(kept)


def _drawings(connection: Connection, centre: str) -> Iterator[tuple[dict[str, Any], str]]:
    of = select(PERIODS).where(PERIODS.c.centre == centre).order_by(PERIODS.c.id)
    for row in connection.execute(of).mappings().all():
        yield dict(row), content(connection, row["sha"]).decode("utf-8")
