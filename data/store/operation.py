"""What an operator watches: whether the database answers, how many runs wait and for how long, what webhooks lag behind."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from data.store.runs import RUNS
from data.store.webhooks import DELIVERIES

Away = SQLAlchemyError
"""Raised where the database does not do as it is asked."""


@dataclass(frozen=True)
class Waiting:
    """Things in one state.

    Parameters
    ----------
    oldest_s : float
        Age of the oldest one, seconds; 0 where there is none.
    """

    many: int
    oldest_s: float


def without_password(url: str) -> str:
    """URL of a database as it may be shown."""
    return make_url(url).render_as_string(hide_password=True)


def runs_by_state(connection: Connection, now: datetime) -> dict[str, Waiting]:
    """Runs by their state, with the age of the one that was submitted first."""
    chosen = select(RUNS.c.state, func.count(), func.min(RUNS.c.submitted_at)).group_by(RUNS.c.state)
    return {state: _waiting(many, first, now) for state, many, first in connection.execute(chosen)}


def deliveries_by_state(connection: Connection, now: datetime) -> dict[str, Waiting]:
    """Deliveries of webhooks by their state, with the age of the oldest."""
    chosen = select(DELIVERIES.c.state, func.count(), func.min(DELIVERIES.c.made_at)).group_by(DELIVERIES.c.state)
    return {state: _waiting(many, first, now) for state, many, first in connection.execute(chosen)}


def _waiting(many: int, first: datetime | None, now: datetime) -> Waiting:
    return Waiting(many, 0.0 if first is None else max(0.0, (now - first).total_seconds()))
