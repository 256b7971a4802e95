"""Columns as long as what the messages and the table of offices may put in them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LENGTHS = (
    ("dossier", "office", 10, 60),
    ("decision", "law", 40, 60),
    ("decision", "route", 10, 20),
    ("review_task", "office", 10, 60),
    ("deadline", "calendar", 40, 120),
    ("outbox", "office", 10, 60),
)
"""Table, column, length before, length now."""


def upgrade() -> None:
    """Apply."""
    for table, column, before, now in LENGTHS:
        _lengthen(table, column, before, now)


def downgrade() -> None:
    """Undo. What is longer than before stops it on PostgreSQL."""
    for table, column, before, now in LENGTHS:
        _lengthen(table, column, now, before)


def _lengthen(table: str, column: str, before: int, now: int) -> None:
    with op.batch_alter_table(table) as batch_op:
        batch_op.alter_column(column, existing_type=sa.String(length=before), type_=sa.String(length=now))
