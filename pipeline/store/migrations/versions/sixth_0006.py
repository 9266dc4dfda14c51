"""Pages joined and parted by hand, and pictures taken out for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "bound",
        sa.Column("own_id", sa.String(40), nullable=False),
        sa.Column("hand", sa.Integer),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("behind", sa.String(40)),
        sa.PrimaryKeyConstraint("own_id", name="pk_bound"),
    )
    op.create_index("ix_bound_hand", "bound", ["hand"])
    op.create_index("ix_bound_behind", "bound", ["behind"])
    op.add_column("scan", sa.Column("removed", sa.String(27)))
    op.add_column("scan", sa.Column("kept", sa.String(64)))
    op.add_column("page", sa.Column("removed", sa.String(27)))
