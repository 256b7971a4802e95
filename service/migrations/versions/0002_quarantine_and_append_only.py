"""What a quarantined message needs to be replayed, who did what with it, refusals counted once, history append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("history", "quarantine_event")


def upgrade() -> None:
    """Apply."""
    op.add_column("quarantine", sa.Column("transport_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("quarantine", sa.Column("attempts", sa.Integer(), server_default="1", nullable=False))
    op.add_column("quarantine", sa.Column("trail", sa.Text(), nullable=True))
    held = sa.text("state = 'held'")
    op.create_index("ix_quarantine_held", "quarantine", ["sha256"], postgresql_where=held, sqlite_where=held)
    op.add_column("inbox", sa.Column("refusal", sa.LargeBinary(length=32), nullable=True))
    op.create_index("uq_inbox_refusal", "inbox", ["refusal"], unique=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "quarantine_event",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("quarantine", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "action IN ('tried', 'replayed', 'discarded', 'written')", name=op.f("ck_quarantine_event_action")
        ),
        sa.ForeignKeyConstraint(["quarantine"], ["quarantine.id"], name=op.f("fk_quarantine_event_quarantine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine_event")),
    )
    op.create_index(op.f("ix_quarantine_event_quarantine"), "quarantine_event", ["quarantine"])
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
        )
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change() CASCADE")
    else:
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER history_no_{change}")
    op.drop_table("quarantine_event")
    op.drop_index("uq_inbox_refusal", "inbox")
    op.drop_column("inbox", "refusal")
    op.drop_index("ix_quarantine_held", "quarantine")
    for column in ("trail", "attempts", "transport_sealed"):
        op.drop_column("quarantine", column)
