"""Two offices may call a batch by the same name."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A batch's name is its office's own; SQLite has to make the table anew for that."""
    with op.batch_alter_table("batch") as change:
        change.drop_constraint("uq_batch_name", type_="unique")
        change.create_unique_constraint("uq_batch_name_office_id", ["name", "office_id"])
