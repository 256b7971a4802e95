"""Access: federations, the forms of a mandate, suspension with its reason, and the history of access."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSALS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Apply. Whoever was inactive becomes suspended, since it became a sender."""
    with op.batch_alter_table("sender", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspension_reason", sa.Text(), nullable=True))
    op.execute(
        "UPDATE sender SET suspended_at = created_at, suspension_reason = 'inactive before reasons were kept' "
        "WHERE NOT active"
    )
    with op.batch_alter_table("sender", schema=None) as batch_op:
        batch_op.drop_column("active")
        batch_op.drop_constraint(op.f("ck_sender_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_sender_kind"), "kind IN ('vendor', 'federation', 'onem')")
        batch_op.create_check_constraint(
            op.f("ck_sender_suspension"), "(suspended_at IS NULL) = (suspension_reason IS NULL)"
        )
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forms", sa.Text(), nullable=True))
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("sender", sa.String(length=6), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sender"], ["sender.number"], name=op.f("fk_access_log_sender")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_log_sender"), ["sender"], unique=False)
    _make_append_only()


def _make_append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in REFUSALS:
        op.execute(
            f"CREATE TRIGGER access_log_no_{change.lower()} BEFORE {change} ON access_log "
            "BEGIN SELECT RAISE(ABORT, 'access_log is append-only'); END"
        )


def downgrade() -> None:
    """Undo. A federation has no place before, and a suspension loses its reason."""
    op.drop_table("access_log")
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.drop_column("forms")
    op.execute("DELETE FROM sender WHERE kind = 'federation'")
    with op.batch_alter_table("sender", schema=None) as batch_op:
        batch_op.add_column(sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE sender SET active = (suspended_at IS NULL)")
    with op.batch_alter_table("sender", schema=None) as batch_op:
        batch_op.alter_column("active", server_default=None)
        batch_op.drop_constraint(op.f("ck_sender_suspension"), type_="check")
        batch_op.drop_constraint(op.f("ck_sender_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_sender_kind"), "kind IN ('vendor', 'onem')")
        batch_op.drop_column("suspension_reason")
        batch_op.drop_column("suspended_at")
