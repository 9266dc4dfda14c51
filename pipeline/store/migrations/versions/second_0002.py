"""Questions about a field that wait for a supervisor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("record", sa.String(40), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("closed_at", sa.String(27)),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sa.ForeignKeyConstraint(["by"], ["actor.name"], name="fk_note_by"),
    )
    op.create_index("ix_note_record_field", "note", ["record", "field"])
