"""Fields that a second person must enter too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark decisions that a second person must repeat, and list what waits for that."""
    op.add_column("decision", sa.Column("double", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "twice",
        sa.Column("record_id", sa.String(40), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "field", name="pk_twice"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_twice_record_id", ondelete="CASCADE"),
    )
    op.create_index("ix_twice_stage_by", "twice", ["stage", "by"])
