"""How Alembic runs the migrations: on the connection that is handed to it, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from pipeline.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
