"""The audit log is chained and append-only; second factors, throttle, known browsers, locked sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from pipeline.store import chain, dialect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.String(27)


def upgrade() -> None:
    """Make the log anew, its lines chained as they stand; widen two tables and add three."""
    _audit()
    op.add_column("session", sa.Column("locked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("session", sa.Column("browser", sa.String(60), nullable=False, server_default=""))
    op.add_column("actor", sa.Column("totp", sa.String(64)))
    op.add_column("actor", sa.Column("totp_used", sa.Integer))
    op.create_table(
        "recovery",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("actor_id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recovery"),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name="fk_recovery_actor_id"),
        sa.UniqueConstraint("actor_id", "digest", name="uq_recovery_actor_id_digest"),
    )
    op.create_table(
        "browser",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("actor_id", sa.Integer, nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_browser"),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name="fk_browser_actor_id"),
        sa.UniqueConstraint("actor_id", "token_sha256", name="uq_browser_actor_id_token_sha256"),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
    )
    op.create_index("ix_throttle_last", "throttle", ["last"])


def _audit() -> None:
    connection = op.get_bind()
    before = connection.execute(sa.text("SELECT at, actor, action, target FROM audit ORDER BY id")).all()
    op.drop_table("audit")
    table = op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(64)),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("why", sa.String(100), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    for name in ("actor", "at"):
        op.create_index(f"ix_audit_{name}", "audit", [name])
    rows, last = [], chain.START
    key = chain.key(context.config.attributes["secret"])
    for number, row in enumerate(before, 1):
        entry = chain.Entry(number, row.at, row.actor, row.action, row.target, "")
        last = chain.seal(key, last, entry)
        rows.append({**vars(entry), "mac": last})
    if rows:
        op.bulk_insert(table, rows)
    dialect.append_only(connection, "audit")
