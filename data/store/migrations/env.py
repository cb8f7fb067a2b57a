"""What Alembic runs; the connection is handed in by `data.store.schema`."""

from alembic import context

from data.store.schema import configured

context.configure(**configured(context.config.attributes["connection"]))
with context.begin_transaction():
    context.run_migrations()
