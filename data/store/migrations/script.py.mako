"""${message[0].upper()}${message[1:]}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """To this schema from the one before."""
    ${upgrades if upgrades else "pass"}
