"""What an issued sheet was printed for, and what people enter by hand since no paper carries it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ABOUT = {"run": 200, "district": 60, "office": 100, "subject": 60, "about": 100}


def upgrade() -> None:
    """Widen one table and make another."""
    for name, length in ABOUT.items():
        op.add_column("issued", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("thread", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("day", sa.String(10)),
        sa.Column("said", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.ForeignKeyConstraint(["by"], ["actor.name"], name="fk_entry_by"),
        sa.UniqueConstraint("thread", "version", name="uq_entry_thread_version"),
    )
    op.create_index("ix_entry_kind", "entry", ["kind"])
    op.create_index("ix_entry_target", "entry", ["target"])
