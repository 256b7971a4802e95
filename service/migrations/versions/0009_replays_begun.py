"""A replay leaves a line before it begins: whoever asked is known though it is cut short."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ACTIONS = "action IN ('begun', 'tried', 'replayed', 'discarded', 'written')"
ACTIONS_BEFORE = "action IN ('tried', 'replayed', 'discarded', 'written')"


def upgrade() -> None:
    """Apply."""
    _allow(ACTIONS)


def downgrade() -> None:
    """Undo. A replay that was begun has no place before: where one is kept, this stops."""
    _allow(ACTIONS_BEFORE)


def _allow(actions: str) -> None:
    with op.batch_alter_table("quarantine_event") as batch_op:
        batch_op.drop_constraint(op.f("ck_quarantine_event_action"), type_="check")
        batch_op.create_check_constraint(op.f("ck_quarantine_event_action"), actions)
    if op.get_bind().dialect.name == "sqlite":
        # which replaced the table, and its triggers went with the old one
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER quarantine_event_no_{change.lower()} BEFORE {change} ON quarantine_event "
                "BEGIN SELECT RAISE(ABORT, 'quarantine_event is append-only'); END"
            )
