"""What tells one held message from another: its names too, not its bytes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Apply. What is held already has no identity: delivered once more, it is held once more."""
    op.add_column("quarantine", sa.Column("identity", sa.LargeBinary(length=32), nullable=True))
    _index("identity")


def downgrade() -> None:
    """Undo."""
    _index("sha256")
    op.drop_column("quarantine", "identity")


def _index(column: str) -> None:
    op.drop_index("ix_quarantine_held", "quarantine")
    op.create_index("ix_quarantine_held", "quarantine", [column], postgresql_where=HELD, sqlite_where=HELD)
